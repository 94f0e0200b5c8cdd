"""Cases of rules in a pack: checked against their table, run, and every finding with its place."""

from pathlib import Path

import pytest
from django.conf import settings

from yiwang.kernel.packs.check import check_pack, known_names
from yiwang.kernel.packs.reading import read_pack
from yiwang.kernel.packs.rule_cases import run_rule_cases

TABLE = """key: age
title_zh: 年龄
title_en: Age
inputs:
  - {name: years, label_zh: 年龄, label_en: Age, type: number}
outputs:
  - {name: result, label_zh: 结果, label_en: Result, type: string}
rules:
  - {id: minor, when: ["< 18"], then: ['"NO"']}
  - {id: adult, when: [">= 18"], then: ['"YES"']}
"""
CASES = """table: age
cases:
  - key: minor
    facts: {years: 17}
    expect: {result: "NO"}
"""


def pack(folder: Path, cases: str) -> Path:
    made = folder / "yj.sample"
    (made / "rules").mkdir(parents=True)
    manifest = (settings.PACKS_DIR / "yj.senior-card" / "pack.yaml").read_text(encoding="utf-8")
    manifest = manifest.replace("key: yj.senior-card", "key: yj.sample")
    (made / "pack.yaml").write_text(manifest, encoding="utf-8")
    (made / "rules" / "age.yaml").write_text(TABLE, encoding="utf-8")
    (made / "rules" / "age.cases.yaml").write_text(cases, encoding="utf-8")
    return made


def test_a_failing_case_names_its_file_and_line(tmp_path: Path) -> None:
    wrong = CASES + '  - key: adult\n    facts: {years: 18}\n    expect:\n      result: "NO"\n'
    (result,) = run_rule_cases(pack(tmp_path, wrong))
    (finding,) = result.findings
    assert (result.passed, result.total, result.failed) == (1, 2, True)
    assert (finding.file, finding.line, finding.code) == (
        "rules/age.cases.yaml",
        9,
        "CASE_DIFFERS",
    )
    assert finding.path == "cases[1].expect.result"
    assert finding.reason_en == 'Case adult: result should be "NO", rule adult gives "YES".'


def test_a_rule_that_no_case_hits_is_a_warning_at_the_rule(tmp_path: Path) -> None:
    (result,) = run_rule_cases(pack(tmp_path, CASES))
    (finding,) = result.findings
    assert (finding.file, finding.line, finding.severity) == ("rules/age.yaml", 10, "warning")
    assert not result.failed


def test_cases_are_a_section_of_their_own_and_no_rules(tmp_path: Path) -> None:
    content = read_pack(pack(tmp_path, CASES))
    assert list(content.sections["rules"]) == ["age"]
    assert list(content.sections["rule_cases"]) == ["rules/age.cases.yaml"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("cases", "code", "place"),
    [
        (CASES.replace("table: age", "table: absent"), "REFERENCE_UNKNOWN", "table"),
        (CASES.replace("result:", "other:"), "NAME_UNKNOWN", "cases[0].expect.other"),
        (CASES + "    rules: [absent]\n", "NAME_UNKNOWN", "cases[0].rules[0]"),
        (CASES + CASES.split("cases:\n")[1], "KEY_TWICE", "cases[1].key"),
        (CASES + "    surplus: 1\n", "KEY_UNKNOWN", "cases[0].surplus"),
    ],
)
def test_the_check_finds_cases_that_do_not_fit(
    tmp_path: Path, cases: str, code: str, place: str
) -> None:
    found = check_pack(pack(tmp_path, cases), known_names())
    assert (code, place) in {(one.code, one.path) for one in found}


@pytest.mark.parametrize(
    "folder", sorted(p.parent for p in settings.PACKS_DIR.glob("*/pack.yaml")), ids=lambda p: p.name
)
def test_the_cases_of_the_shipped_packs_pass(folder: Path) -> None:
    assert [f for result in run_rule_cases(folder) for f in result.findings] == []
