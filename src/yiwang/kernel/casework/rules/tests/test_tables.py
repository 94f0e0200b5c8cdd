"""Hit policies against a brute-force reading of the same table, and their error cases."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.kernel.casework.rules import feel
from yiwang.kernel.casework.rules.errors import DecisionError
from yiwang.kernel.casework.rules.tests.samples import table
from yiwang.kernel.casework.rules.yaml_tables import compile_table

PRIORITIES = [3, 2, 1]
number_cells = st.sampled_from(
    """- | 1 | < 2 | >= 2 | [1..3) | (1..3] | not(2) | not(< 1, > 3) | 1, 3 | != 2 | null | 2.5
    | ? > 1 and ? < 3 | < limit | not(limit) | [limit..5]""".replace("\n", "").split(" | ")
)
text_cells = st.sampled_from(["-", '"A"', '"A", "B"', 'not("A")', "null", '["B", "C"]', '> "A"'])
date_cells = st.sampled_from(
    ["-", '< date("2026-01-02")', '[@"2026-01-01"..@"2026-01-03")', 'not(@"2026-01-02")']
)
boolean_cells = st.sampled_from(["-", "true", "false", "not(true)"])
columns = {
    "n": (number_cells, st.sampled_from([None, 0, 1, Decimal("1.5"), 2, 2.5, 3, 9])),
    "t": (text_cells, st.sampled_from([None, "A", "B", "C", "Z"])),
    "d": (date_cells, st.sampled_from([None, *(datetime.date(2026, 1, d) for d in (1, 2, 3))])),
    "b": (boolean_cells, st.sampled_from([None, True, False])),
}
rules = st.lists(
    st.tuples(*(cells for cells, _ in columns.values()), st.sampled_from(PRIORITIES)),
    min_size=1,
    max_size=8,
)
facts = st.fixed_dictionaries({name: values for name, (_, values) in columns.items()})


def _definition(policy: str, rows: list[tuple[Any, ...]], default: bool) -> dict[str, Any]:
    more: dict[str, Any] = {"default": [2]} if default else {}
    made = table(
        policy,
        [
            {"id": f"R{place}", "when": list(row[:-1]), "then": [row[-1]]}
            for place, row in enumerate(rows)
        ],
        **more,
    )
    made["inputs"] = [{"name": name} for name in columns]
    return made


def _matching(rows: list[tuple[Any, ...]], values: dict[str, Any]) -> list[int]:
    return [
        place
        for place, row in enumerate(rows)
        if all(
            feel.compile_unary_tests(cell)(values[name], {"limit": 2})
            for name, cell in zip(columns, row[:-1], strict=True)
        )
    ]


def _expected(policy: str, rows: list[tuple[Any, ...]], places: list[int]) -> Any:
    """Return ("error", ) or (outputs, ids) as the policy has it, outputs None for no match."""
    outputs = [rows[place][-1] for place in places]
    if policy in ("RULE ORDER", "COLLECT"):
        return outputs, places
    ranked = sorted(places, key=lambda place: PRIORITIES.index(rows[place][-1]))
    if policy == "OUTPUT ORDER":
        return [rows[place][-1] for place in ranked], ranked
    if policy == "COLLECT COUNT":
        return len(outputs), places
    if not places:
        return None, []
    if policy == "FIRST":
        return outputs[0], places[:1]
    if policy == "UNIQUE":
        return "error" if len(places) > 1 else (outputs[0], places)
    if policy == "ANY":
        return "error" if len(set(outputs)) > 1 else (outputs[0], places)
    if policy == "PRIORITY":
        return rows[ranked[0]][-1], ranked[:1]
    fold = {"COLLECT SUM": sum, "COLLECT MIN": min, "COLLECT MAX": max}[policy]
    return fold(outputs), places


@pytest.mark.parametrize(
    "policy",
    [
        "UNIQUE",
        "ANY",
        "PRIORITY",
        "FIRST",
        "RULE ORDER",
        "OUTPUT ORDER",
        "COLLECT",
        "COLLECT SUM",
        "COLLECT MIN",
        "COLLECT MAX",
        "COLLECT COUNT",
    ],
)
@settings(max_examples=60, deadline=None)
@given(rows=rules, values=facts)
def test_hit_policy_agrees_with_brute_force(policy, rows, values):
    compiled = compile_table(_definition(policy, rows, default=False))
    expected = _expected(policy, rows, _matching(rows, values))
    given_facts = {**values, "limit": 2}
    if expected == "error":
        with pytest.raises(DecisionError):
            compiled.decide(given_facts)
        return
    outputs, places = expected
    decision = compiled.decide(given_facts)
    assert list(decision.matched) == [f"R{place}" for place in places]
    assert decision.outputs == ({} if outputs is None else {"y": outputs})
    assert compiled.decide(given_facts, trace=False).outputs == decision.outputs


@settings(max_examples=60, deadline=None)
@given(rows=rules, values=facts, policy=st.sampled_from(["FIRST", "COLLECT", "COLLECT COUNT"]))
def test_default_is_taken_exactly_when_nothing_matches(rows, values, policy):
    decision = compile_table(_definition(policy, rows, default=True)).decide({**values, "limit": 2})
    assert decision.defaulted is (not _matching(rows, values))
    if decision.defaulted:
        assert decision.outputs == {"y": [2] if policy == "COLLECT" else 2}


def test_conflicts_name_the_rules():
    rows = [{"id": "A", "when": ["> 1"], "then": [1]}, {"id": "B", "when": ["> 2"], "then": [2]}]
    for policy, code in (("UNIQUE", "not-unique"), ("ANY", "outputs-differ")):
        with pytest.raises(DecisionError) as caught:
            compile_table(table(policy, rows)).decide({"x": 3})
        assert caught.value.code == code
        assert caught.value.details["rules"] == ["A", "B"]


def test_outputs_that_depend_on_facts_are_checked_against_their_values():
    definition = table("FIRST", [{"id": "A", "when": ["-"], "then": ["x + 1"]}])
    compiled = compile_table(definition)
    assert compiled.decide({"x": 1}).outputs == {"y": Decimal(2)}
    with pytest.raises(DecisionError) as caught:
        compiled.decide({"x": 7})
    assert (caught.value.code, caught.value.details["rule"]) == ("output-value", "A")


def test_facts_read_only_by_the_rule_stand_in_its_trace():
    definition = table("FIRST", [{"id": "A", "when": ["> base.floor"], "then": ["base.score"]}])
    decision = compile_table(definition).decide({"x": 5, "base": {"floor": 2, "score": 3}})
    assert decision.trace.facts == (
        ("x", Decimal(5)),
        ("base.floor", Decimal(2)),
        ("base.score", Decimal(3)),
    )


def test_facts_inside_an_input_that_is_an_expression_stand_in_the_trace():
    definition = table("FIRST", [{"id": "A", "when": [True], "then": [1]}])
    definition["inputs"] = [
        {"name": "of_age", "expression": "person.age >= parameters.least", "type": "boolean"}
    ]
    definition["parameters"] = [
        {
            "name": "least",
            "values": [{"value": 18, "valid_from": datetime.date(2021, 1, 1), "source": "样例"}],
        }
    ]
    decision = compile_table(definition).decide({"person": {"age": 20}}, datetime.date(2026, 1, 1))
    assert decision.trace.facts == (("of_age", True), ("person.age", Decimal(20)))
    assert [use.parameter.name for use in decision.trace.parameters] == ["least"]


def test_a_decision_cannot_change_the_table():
    compiled = compile_table(table("FIRST", [{"id": "A", "when": ["-"], "then": [1]}]))
    compiled.decide({"x": 1}).outputs["y"] = 99
    assert compiled.decide({"x": 1}).outputs == {"y": Decimal(1)}
