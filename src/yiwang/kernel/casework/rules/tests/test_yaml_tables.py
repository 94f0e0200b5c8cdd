"""The YAML form of decision tables: reading, deciding, tracing."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal

import pytest

from yiwang.kernel.casework.rules.errors import DecisionError, TableError
from yiwang.kernel.casework.rules.tests.samples import approval, table
from yiwang.kernel.casework.rules.yaml_tables import compile_table

DAY = datetime.date(2026, 11, 1)


def facts(age: object = 30, trade: object = "RETAIL", banned: object = False) -> dict[str, object]:
    return {"applicant": {"age": age, "banned": banned}, "trade": trade}


@pytest.mark.parametrize(
    ("given", "result", "rule"),
    [
        (facts(), "APPROVE", "R4"),
        (facts(age=17), "MANUAL", "R1"),
        (facts(age=Decimal("17.99")), "MANUAL", "R1"),
        (facts(age=17.5), "MANUAL", "R1"),
        (facts(banned=True), "REFUSE", "R2"),
        (facts(trade="FOOD"), "MANUAL", "R3"),
        (facts(age=None), "APPROVE", "R4"),
    ],
)
def test_decides_by_the_first_rule_that_matches(given, result, rule):
    decision = compile_table(approval()).decide(given, DAY)
    assert (decision.outputs["result"], decision.matched) == (result, (rule,))


def test_default_outputs_are_marked_as_such():
    decision = compile_table(approval()).decide(facts(banned=None), DAY)
    assert decision.outputs == {"result": "MANUAL", "reason_zh": "材料不全"}
    assert decision.defaulted
    assert decision.matched == ()


def test_parameters_are_those_of_the_day_and_stand_in_the_trace():
    compiled = compile_table(approval())
    before = compiled.decide(facts(age=17), datetime.date(2026, 12, 31))
    after = compiled.decide(facts(age=17), datetime.date(2027, 1, 1))
    assert before.matched == ("R1",)
    assert before.outputs["reason_zh"] == "未满18周岁"
    assert after.matched == ("R4",)
    (use,) = before.trace.parameters
    assert (use.parameter.name, use.value.value, use.value.source) == (
        "min_age",
        18,
        "民法典 第十七条 (2020)",
    )
    (used,) = compiled.decide(facts(age=15), datetime.date(2027, 1, 1)).trace.parameters
    assert used.value.confirmed is False


def test_trace_names_facts_rule_version_and_source():
    decision = compile_table(approval(), version="1.2.0").decide(facts(age=17), DAY)
    assert decision.trace.facts == (("age", Decimal(17)), ("trade", "RETAIL"), ("banned", False))
    assert decision.trace.rules[0].source == "民法典 第十七条 (2020)"
    record = decision.record()
    assert json.loads(json.dumps(record)) == record
    assert record["version"] == "1.2.0"
    assert record["matched"] == ["R1"]
    assert record["facts"][0] == {"name": "age", "value": 17}
    assert record["parameters"][0]["valid_from"] == "2021-01-01"


def test_plain_decision_has_no_trace_and_the_same_outputs():
    compiled = compile_table(approval())
    plain = compiled.decide(facts(), DAY, trace=False)
    assert plain.trace is None
    assert plain.outputs == compiled.decide(facts(), DAY).outputs


def test_same_content_has_the_same_digest_whatever_the_order_of_keys():
    turned = dict(reversed(approval().items()))
    assert compile_table(turned).digest == compile_table(approval()).digest
    turned["rules"][0]["source"] = "其他"
    assert compile_table(turned).digest != compile_table(approval()).digest


@pytest.mark.parametrize(
    ("given", "day", "code"),
    [
        (facts(trade="TAXI"), DAY, "input-value"),
        (facts(age="thirty"), DAY, "input-type"),
        (facts(age=True), DAY, "input-type"),
        (facts(), None, "date-needed"),
        (facts(), datetime.date(2020, 1, 1), "parameter-missing"),
    ],
)
def test_facts_and_days_that_do_not_fit_are_refused(given, day, code):
    with pytest.raises(DecisionError) as caught:
        compile_table(approval()).decide(given, day)
    assert caught.value.code == code
    assert caught.value.mend.zh
    assert caught.value.mend.en


def _changed(change) -> dict[str, object]:
    definition = approval()
    change(definition)
    return definition


@pytest.mark.parametrize(
    ("change", "path", "code"),
    [
        (lambda d: d.update(colour="red"), "colour", "unknown-key"),
        (lambda d: d["rules"][0].update(whn=[]), "rules[0].whn", "unknown-key"),
        (lambda d: d["rules"][0].pop("id"), "rules[0].id", "missing-key"),
        (lambda d: d["rules"][1].update(id="R1"), "rules", "repeated"),
        (lambda d: d.update(hit_policy="BEST"), "hit_policy", "hit-policy"),
        (lambda d: d["inputs"][0].update(type="numbr"), "inputs[0].type", "type"),
        (lambda d: d["rules"][0]["when"].pop(), "rules[0].when", "length"),
        (lambda d: d["rules"][2]["when"].__setitem__(0, "< <"), "rules[2].when[0]", "syntax"),
        (
            lambda d: d["rules"][2]["then"].__setitem__(0, '"YES"'),
            "rules[2].then[0]",
            "output-value",
        ),
        (lambda d: d["rules"][2]["then"].__setitem__(1, 5), "rules[2].then[1]", "output-value"),
        (
            lambda d: d["rules"][2]["when"].__setitem__(0, "> parameters.max_age"),
            "rules[2].when[0]",
            "unknown-name",
        ),
        (
            lambda d: d["parameters"][0]["values"][0].update(valid_from="soon"),
            "parameters[0].values[0].valid_from",
            "date",
        ),
        (lambda d: d.update(rules={}), "rules", "not-a-list"),
        (lambda d: d.update(default=['"MANUAL"']), "default", "length"),
        (lambda d: d.update(hit_policy="PRIORITY"), None, None),
    ],
)
def test_faults_are_found_with_their_place(change, path, code):
    definition = _changed(change)
    if path is None:
        assert compile_table(definition).decide(facts(), DAY).matched == ("R4",)
        return
    with pytest.raises(TableError) as caught:
        compile_table(definition)
    assert (path, code) in [(f.path, f.code) for f in caught.value.findings]
    assert all(f.mend.zh and f.mend.en for f in caught.value.findings)


def test_every_fault_is_reported_at_once():
    definition = _changed(lambda d: (d.update(colour=1), d["rules"][0].update(whn=1)))
    with pytest.raises(TableError) as caught:
        compile_table(definition)
    assert {f.path for f in caught.value.findings} == {"colour", "rules[0].whn"}


def test_known_facts_can_be_enforced():
    with pytest.raises(TableError) as caught:
        compile_table(approval(), names={"applicant.age", "applicant.banned"})
    assert [f.path for f in caught.value.findings] == ["inputs[1].expression"]
    assert compile_table(approval(), names={"applicant", "trade"}).key == "approval"


def test_a_date_may_be_given_as_text_where_the_type_says_date():
    definition = table("UNIQUE", [{"id": "A", "when": ['< date("2020-01-01")'], "then": [1]}])
    definition["inputs"] = [{"name": "x", "type": "date"}]
    compiled = compile_table(definition)
    assert compiled.decide({"x": "2019-12-31"}).matched == ("A",)
    assert compiled.decide({"x": datetime.date(2020, 1, 1)}).matched == ()
