"""A decision in words, and what would change it."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.kernel.casework.rules.errors import Words
from yiwang.kernel.casework.rules.tests.samples import approval, table
from yiwang.kernel.casework.rules.words import explain, list_changes
from yiwang.kernel.casework.rules.yaml_tables import compile_table

DAY = datetime.date(2026, 11, 1)


def decide(**facts):
    given = {"age": 30, "trade": "RETAIL", "banned": False} | facts
    applicant = {"age": given["age"], "banned": given["banned"]}
    return compile_table(approval(), version="1.0.0").decide(
        {"applicant": applicant, "trade": given["trade"]}, DAY
    )


def test_words_in_chinese():
    assert explain(decide(age=17), "zh") == "\n".join(
        [
            "按《秒批规则》（版本 1.0.0）规则 R1 决定。",
            "年龄：17（规则要求小于 18）。",
            "行业：“RETAIL”。",
            "禁业：否。",
            "说明：未成年人须人工核验。",
            "依据：民法典 第十七条 (2020)。",
            "结果：结论 “MANUAL”，理由 “未满18周岁”。",
            "参数 最低年龄 自 2021-01-01 起为 18（民法典 第十七条 (2020)）。",
            "若年龄不小于 18，则适用规则 R4，结果为：结论 “APPROVE”，理由 “符合条件”。",
        ]
    )


def test_words_in_english():
    said = explain(decide(trade="FOOD"), "en-us").splitlines()
    assert said[0] == 'Decided by rule R3 of "Instant approval" (version 1.0.0).'
    assert 'trade: "FOOD".' in said
    assert 'If banned were yes, rule R2 would apply: result "REFUSE", reason "在禁业期内".' in said


def test_no_match_is_said_plainly():
    said = explain(decide(banned=None), "zh").splitlines()
    assert said[0] == "《秒批规则》（版本 1.0.0）没有规则符合，采用默认结果。"
    assert "禁业：（未填）。" in said


def test_the_nearest_failing_rule_is_named_where_no_single_fact_helps():
    definition = table("UNIQUE", [{"id": "A", "when": ["> 5", "> 5"], "then": [1]}])
    definition["inputs"] = [{"name": "x", "type": "number"}, {"name": "z", "type": "number"}]
    said = explain(compile_table(definition).decide({"x": 1, "z": 2}), "zh")
    assert "规则 A 未适用：x须大于 5（现为 1）；z须大于 5（现为 2）。" in said


def test_cells_of_every_form_have_words():
    cells = ['"A", "B"', 'not("A")', "[1..5)", "(1..5]", "!= 3", '@"P3D"', "? > 1", "true", "null"]
    for cell in cells:
        definition = table("FIRST", [{"id": "A", "when": [cell], "then": [1]}])
        definition["inputs"] = [{"name": "x"}]
        definition["default"] = [2]
        decision = compile_table(definition).decide({"x": "C"})
        for lang in ("zh", "en"):
            assert len(explain(decision, lang).splitlines()) >= 3


cells = st.sampled_from(["-", "< 2", ">= 2", "[1..3)", "not(2)", "1, 3", "> 4"])
rows = st.lists(st.tuples(cells, cells, st.sampled_from([1, 2, 3])), min_size=1, max_size=5)


@settings(max_examples=150, deadline=None)
@given(rows=rows, x=st.integers(0, 5), z=st.integers(0, 5))
def test_a_change_that_is_named_does_change_the_outcome(rows, x, z):
    definition = table(
        "FIRST",
        [{"id": f"R{n}", "when": list(row[:2]), "then": [row[2]]} for n, row in enumerate(rows)],
    )
    definition["inputs"] = [{"name": "x", "type": "number"}, {"name": "z", "type": "number"}]
    compiled = compile_table(definition)
    decision = compiled.decide({"x": x, "z": z})
    engine = compiled.engine_on(None)
    for change in list_changes(decision):
        assert change.outcome.outputs != decision.outputs
        # Try values on a fine grid: one of them must reach exactly the outcome that was named.
        name = ("x", "z")[change.place]
        reached = [
            compiled.decide({"x": x, "z": z, name: step / 2}).matched for step in range(-4, 16)
        ]
        assert change.outcome.rules in reached
    if not list_changes(decision):
        for name in ("x", "z"):
            outcomes = [
                compiled.decide({"x": x, "z": z, name: step / 2}).outputs for step in range(-4, 16)
            ]
            assert outcomes == [decision.outputs] * 20
    assert engine.spec.key == "sample"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_record_keeps_the_words(lang):
    decision = decide(age=17)
    assert decision.record()[f"words_{lang}"] == explain(decision, lang)


def test_each_fact_says_where_it_comes_from():
    made = compile_table(approval())
    facts = {"applicant": {"age": 20, "banned": False}, "trade": "RETAIL"}
    decision = made.decide(facts, on=datetime.date(2026, 11, 23))
    sources = {"applicant": Words("人口信息", "the population register")}
    assert "年龄：20（来自人口信息）" in explain(decision, "zh", sources)
    assert "age: 20 (from the population register)." in explain(decision, "en", sources)
    told = {fact["name"]: fact.get("source_zh") for fact in decision.record(sources)["facts"]}
    assert (told["age"], told["trade"]) == ("人口信息", None)
    assert "来自" not in explain(decision)
