"""规则用例: runs the cases of a pack's tables; ``pack test`` prints what they find."""

from dataclasses import dataclass
from pathlib import Path

from yiwang.kernel.casework.rules.cases import run_cases
from yiwang.kernel.casework.rules.errors import RulesError
from yiwang.kernel.casework.rules.yaml_tables import compile_table
from yiwang.kernel.packs.checks.documents import Document, read_document
from yiwang.kernel.packs.findings import Finding

CASES = ".cases.yaml"


@dataclass(frozen=True, slots=True)
class RuleCasesResult:
    """用例文件结果: one file of cases: how many, how many passed, and what was found."""

    pack: str
    file: str
    total: int
    passed: int
    findings: tuple[Finding, ...]

    @property
    def failed(self) -> bool:
        """Return whether an error was found; a rule that no case hits is only a warning."""
        return any(finding.severity == "error" for finding in self.findings)


def run_rule_cases(folder: Path) -> list[RuleCasesResult]:
    """Return the result of each ``rules/*.cases.yaml`` of a pack that passed its check."""
    tables = {}
    for path in sorted((folder / "rules").glob("*.yaml")):
        if not path.name.endswith(CASES):
            document = read_document(f"rules/{path.name}", path.read_bytes())
            tables[document.data["key"]] = document
    return [
        _run(folder.name, read_document(f"rules/{path.name}", path.read_bytes()), tables)
        for path in sorted((folder / "rules").glob(f"*{CASES}"))
    ]


def _run(pack: str, document: Document, tables: dict[str, Document]) -> RuleCasesResult:
    cases = document.data["cases"]
    rules = tables.get(document.data["table"])
    if rules is None:
        return RuleCasesResult(pack, document.path, len(cases), 0, (no_table(document),))
    try:
        result = run_cases(compile_table(rules.data), cases)
    except RulesError as error:
        finding = rules.finding(
            (), "RULE_BROKEN", error.reason.zh, error.reason.en, error.mend.zh, error.mend.en
        )
        return RuleCasesResult(pack, document.path, len(cases), 0, (finding,))
    findings = [
        document.finding(
            ("cases", fault.number, *fault.place),
            f"CASE_{fault.code.upper().replace('-', '_')}",
            f"用例 {cases[fault.number]['key']}：{fault.reason.zh}",
            f"Case {cases[fault.number]['key']}: {fault.reason.en}.",
            fault.mend.zh,
            fault.mend.en,
        )
        for fault in result.faults
    ]
    rows = [rule["id"] for rule in rules.data["rules"]]
    findings += [
        rules.finding(
            ("rules", rows.index(rule)),
            "RULE_UNTRIED",
            f"规则 {rule} 没有用例",
            f"No case hits rule {rule}.",
            f"在 {document.path} 补一个用例",
            f"Add a case to {document.path}.",
            warning=True,
        )
        for rule in result.untried
    ]
    return RuleCasesResult(pack, document.path, result.total, result.passed, tuple(findings))


def no_table(document: Document) -> Finding:
    """Return the finding for cases of a table that the pack does not have."""
    table = document.data["table"]
    return document.finding(
        ("table",),
        "REFERENCE_UNKNOWN",
        f"没有规则表“{table}”",
        f'There is no rule table "{table}".',
        "改成本场景包 rules/ 里的键",
        "Use the key of a table in rules/ of this pack.",
    )
