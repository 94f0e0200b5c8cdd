"""规则用例检查: cases name a table of the pack, outputs and rules that it has, each key once."""

from collections.abc import Iterator

from yiwang.kernel.packs.checks.content import CheckedPack
from yiwang.kernel.packs.checks.documents import Document, Place
from yiwang.kernel.packs.findings import Finding
from yiwang.kernel.packs.rule_cases import no_table


def check_rule_cases(pack: CheckedPack) -> Iterator[Finding]:
    """Check every file of cases against the table that it names."""
    for document in pack.rule_cases:
        table = pack.get("rules", document.data["table"])
        if table is not None:
            outputs = [output["name"] for output in table["outputs"]]
            rules = [rule["id"] for rule in table["rules"]]
            yield from _cases(document, outputs, rules)
        elif not pack.has_gaps:
            yield no_table(document)


def _cases(document: Document, outputs: list[str], rules: list[str]) -> Iterator[Finding]:
    seen: set[str] = set()
    for number, case in enumerate(document.data["cases"]):
        place: Place = ("cases", number)
        if case["key"] in seen:
            yield document.finding(
                (*place, "key"),
                "KEY_TWICE",
                f"用例“{case['key']}”写了两次",
                f'The case "{case["key"]}" stands twice.',
                "改名",
                "Rename one of them.",
            )
        seen.add(case["key"])
        for name in case["expect"]:
            if name not in outputs:
                yield _missing(document, (*place, "expect", name), "输出", "output", name, outputs)
        for row, rule in enumerate(case.get("rules", [])):
            if rule not in rules:
                yield _missing(document, (*place, "rules", row), "规则", "rule", rule, rules)


def _missing(
    document: Document, place: Place, word_zh: str, word_en: str, name: str, known: list[str]
) -> Finding:
    return document.finding(
        place,
        "NAME_UNKNOWN",
        f"规则表里没有{word_zh}“{name}”",
        f'The table has no {word_en} "{name}".',
        f"改为：{'、'.join(known)}",
        f"Use one of: {', '.join(known)}.",
    )
