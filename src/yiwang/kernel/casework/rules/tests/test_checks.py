"""Checks of rule tables: overlaps, gaps, rules that cannot match, with examples as proof."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.kernel.casework.rules.checks import check_table
from yiwang.kernel.casework.rules.errors import DecisionError
from yiwang.kernel.casework.rules.tests.samples import approval, table
from yiwang.kernel.casework.rules.yaml_tables import compile_table


def rule(name: str, *cells: Any, then: int = 1) -> dict[str, Any]:
    return {"id": name, "when": list(cells), "then": [then]}


def codes(definition: dict[str, Any]) -> list[tuple[str, str]]:
    return [(finding.path, finding.code) for finding in check_table(definition)]


def test_a_sound_table_has_no_findings():
    assert check_table(approval()) == []
    assert check_table(table("UNIQUE", [rule("A", "< 5"), rule("B", ">= 5")])) == []


def test_overlap_comes_with_facts_that_show_it():
    definition = table("UNIQUE", [rule("A", "<= 5"), rule("B", ">= 5")])
    (finding,) = check_table(definition)
    assert (finding.path, finding.code, finding.level) == ("rules[1].when", "overlap", "error")
    assert finding.example == {"x": 5}
    with pytest.raises(DecisionError):
        compile_table(definition).decide(finding.example)


def test_any_may_overlap_while_the_outputs_agree():
    assert codes(table("ANY", [rule("A", "-"), rule("B", "> 5")])) == []
    assert ("rules[1].when", "overlap") in codes(
        table("ANY", [rule("A", "-"), rule("B", "> 5", then=2)])
    )


def test_gap_comes_with_facts_that_match_nothing():
    definition = table("UNIQUE", [rule("A", "< 5"), rule("B", "> 6")])
    (finding,) = check_table(definition)
    assert (finding.code, finding.level) == ("gap", "warning")
    assert compile_table(definition).decide(finding.example).matched == ()


def test_no_gap_between_days_that_follow_each_other():
    definition = table("UNIQUE", [rule("A", '<= @"2026-01-01"'), rule("B", '>= @"2026-01-02"')])
    definition["inputs"] = [{"name": "x", "type": "date"}]
    assert check_table(definition) == []


def test_gap_stays_inside_the_allowed_values():
    definition = table("UNIQUE", [rule("A", '"A"'), rule("B", '"B"')])
    definition["inputs"] = [{"name": "x", "type": "string", "values": ["A", "B"]}]
    assert check_table(definition) == []
    definition["inputs"][0]["values"].append("C")
    assert check_table(definition)[0].example == {"x": "C"}


def test_rules_that_never_match_and_rules_always_preceded():
    definition = table("FIRST", [rule("A", "> 3"), rule("B", "> 5"), rule("C", "[9..1]")])
    assert ("rules[1].when", "shadowed") in codes(definition)
    assert ("rules[2].when", "never-matches") in codes(definition)


def test_each_period_of_the_parameters_is_checked():
    definition = table(
        "UNIQUE",
        [rule("A", "< parameters.limit"), rule("B", ">= 60")],
        parameters=[
            {
                "name": "limit",
                "values": [
                    {"valid_from": datetime.date(2020, 1, 1), "value": 60, "source": "样例"},
                    {"valid_from": datetime.date(2025, 1, 1), "value": 65, "source": "样例"},
                ],
            }
        ],
    )
    (finding,) = check_table(definition)
    assert finding.code == "overlap"
    assert 60 <= finding.example["x"] < 65
    assert check_table(definition, on=datetime.date(2021, 1, 1)) == []


def test_parameters_that_never_hold_together_are_found():
    definition = approval()
    periods = {"valid_from": datetime.date(2010, 1, 1), "valid_to": datetime.date(2019, 1, 1)}
    definition["parameters"].append(
        {"name": "old", "values": [{**periods, "value": 1, "source": "样例"}]}
    )
    assert codes(definition) == [("parameters", "parameters-never")]


def test_faults_of_the_definition_are_findings_too():
    definition = approval()
    definition["rules"][0]["whn"] = []
    assert codes(definition) == [("rules[0].whn", "unknown-key")]


cells = st.sampled_from(["-", "< 2", ">= 2", "[1..3)", "not(2)", "1, 3", "> 4"])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=5))
def test_examples_prove_their_findings_and_silence_means_soundness(rows):
    definition = table("UNIQUE", [rule(f"R{n}", *row) for n, row in enumerate(rows)])
    definition["inputs"] = [{"name": "x", "type": "number"}, {"name": "z", "type": "number"}]
    compiled = compile_table(definition)
    findings = check_table(definition)
    for finding in findings:
        if finding.code == "overlap":
            with pytest.raises(DecisionError):
                compiled.decide(finding.example)
        elif finding.code == "gap":
            assert compiled.decide(finding.example).matched == ()
    found = {finding.code for finding in findings}
    for x in range(11):
        for z in range(11):
            try:
                matched = compiled.decide({"x": x / 2, "z": z / 2}).matched
            except DecisionError:
                assert "overlap" in found
                continue
            assert matched or "gap" in found
