"""Cases of a table as data: what they prove, and what each kind of slip is told."""

from __future__ import annotations

from typing import Any

import pytest

from yiwang.kernel.casework.rules.cases import dated, run_cases
from yiwang.kernel.casework.rules.errors import TableError
from yiwang.kernel.casework.rules.tests.samples import approval
from yiwang.kernel.casework.rules.yaml_tables import compile_table

CLEAR: dict[str, Any] = {"applicant": {"age": 20, "banned": False}, "trade": "RETAIL"}
MINOR: dict[str, Any] = {"applicant": {"age": 17, "banned": False}, "trade": "RETAIL"}


def case(**parts: Any) -> dict[str, Any]:
    return {
        "key": "one",
        "on": "2026-11-23",
        "facts": CLEAR,
        "expect": {"result": "APPROVE"},
    } | parts


def test_a_case_passes_on_the_day_it_names():
    made = compile_table(approval())
    cases = [
        case(rules=["R4"]),
        case(facts=MINOR, expect={"result": "MANUAL"}),
        # From 2027 on the age is 16.
        case(facts=MINOR, on="2027-01-01"),
    ]
    result = run_cases(made, cases)
    assert (result.passed, result.total, result.faults) == (3, 3, ())
    assert result.untried == ("R2", "R3")


@pytest.mark.parametrize(
    ("parts", "code", "place"),
    [
        ({"expect": {"result": "REFUSE"}}, "differs", ("expect", "result")),
        ({"expect": {"absent": 1}}, "differs", ("expect", "absent")),
        ({"rules": ["R2"]}, "other-rule", ("rules",)),
        ({"rules": []}, "other-rule", ("rules",)),
        ({"facts": CLEAR | {"trade": "SPACE"}}, "undecided", ("facts",)),
        ({"on": "1999-01-01"}, "undecided", ("facts",)),
    ],
)
def test_each_slip_is_a_fault_with_its_place(
    parts: dict[str, Any], code: str, place: tuple[str, ...]
) -> None:
    result = run_cases(compile_table(approval()), [case(), case(**parts)])
    (fault,) = result.faults
    assert (fault.number, fault.code, fault.place) == (1, code, place)
    assert fault.reason.zh and fault.reason.en and result.passed == 1


def test_text_that_is_a_day_is_a_day():
    assert str(dated({"a": ["2026-02-28", "2026-02-30", "x"]})) == (
        "{'a': [datetime.date(2026, 2, 28), '2026-02-30', 'x']}"
    )


def with_value(**parts: Any) -> dict[str, Any]:
    definition = approval()
    value = {"valid_from": "2021-01-01", "value": 18, "source": "民法典 第十七条", **parts}
    definition["parameters"][0]["values"] = [value]
    return definition


def test_the_trace_names_value_edition_and_doubt():
    made = compile_table(with_value(edition="2020", mark="C"))
    record = made.decide(MINOR, on=dated("2026-11-23")).record()
    (used,) = record["parameters"]
    assert (used["value"], used["valid_from"], used["valid_to"]) == (18, "2021-01-01", None)
    assert (used["edition"], used["mark"], used["confirmed"]) == ("2020", "C", False)
    assert "民法典 第十七条 (2020)，待核实" in record["words_zh"]


@pytest.mark.parametrize("parts", [{"mark": "D"}, {"mark": "C", "confirmed": True}])
def test_a_mark_that_contradicts_is_refused(parts: dict[str, Any]) -> None:
    with pytest.raises(TableError) as caught:
        compile_table(with_value(**parts))
    assert caught.value.findings[0].code == "mark"
