"""DMN models: every boxed expression, imports, services, and files that must be refused."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from yiwang.kernel.casework.rules import dmn
from yiwang.kernel.casework.rules.errors import DmnError
from yiwang.kernel.casework.rules.words import explain

MODELS = Path(__file__).parent / "models"
LOAN = (MODELS / "loan.dmn").read_bytes()
PERSON = {"年龄": 30, "户籍": "本市", "monthly income - costs": 300}


def loan() -> dmn.Model:
    return dmn.load(LOAN)


def small(body: str, namespace: str = "https://www.omg.org/spec/DMN/20230324/MODEL/") -> str:
    return (
        f'<definitions xmlns="{namespace}" id="m" name="m" namespace="urn:m">{body}</definitions>'
    )


def literal(name: str, text: str, more: str = "", type_ref: str = "") -> str:
    kind = f' typeRef="{type_ref}"' if type_ref else ""
    return (
        f'<decision id="{name}" name="{name}"><variable name="{name}"{kind}/>{more}'
        f"<literalExpression><text>{text}</text></literalExpression></decision>"
    )


def needs(kind: str, href: str) -> str:
    return f'<informationRequirement><{kind} href="{href}"/></informationRequirement>'


def test_every_boxed_expression_in_one_context():
    value = loan().evaluate("月供", {"申请人": PERSON, "amounts": [10000, 60000]})
    assert value == {
        "rate - monthly": Decimal("0.004"),
        "payments": [Decimal(40), Decimal(240)],
        "affordable": True,
        "answer": "贴息",
        "large": [Decimal(60000)],
        "grades": [{"name": "A", "least": 1}, {"name": "B", "least": 2}],
        "some large": True,
        "pair": [Decimal(1), Decimal(2)],
    }


def test_tables_on_the_way_can_be_traced_and_explained():
    outcome = loan().decide("月供", {"申请人": PERSON, "amounts": [1]})
    (step,) = outcome.steps
    assert step.matched == ("r2",)
    assert step.trace.rules[0].annotations == (("依据", "办法第四条"),)
    said = explain(step, "zh")
    assert "依据：办法第四条" in said
    assert "若户籍为“外市”" not in said
    assert step.record()["facts"] == [
        {"name": "年龄", "value": 30},
        {"name": "户籍", "value": "本市"},
    ]


def test_data_that_does_not_fit_its_type_is_null():
    model = loan()
    assert model.evaluate("资格", {"申请人": {**PERSON, "户籍": "外省"}}) is None
    assert model.evaluate("资格", {"申请人": {**PERSON, "年龄": "三十"}}) is None
    assert model.evaluate("资格", {"申请人": {**PERSON, "年龄": 17}}) == "不符合"
    assert model.evaluate("月供", {"申请人": PERSON, "amounts": 7})["payments"] == [
        Decimal("0.028")
    ]


def test_service_takes_its_input_decisions_as_given():
    value = loan().evaluate_service(
        "资格服务", {"申请人": {**PERSON, "年龄": 10}, "amounts": [1], "资格": "符合"}
    )
    assert value["answer"] == "贴息"


def test_imported_decisions_functions_and_types():
    model = dmn.load(
        (MODELS / "caller.dmn").read_bytes(),
        lambda namespace, _: LOAN if namespace == "urn:yiwang:loan" else None,
    )
    assert model.evaluate("through import", {"申请人": PERSON}) == "导入：符合"
    assert model.evaluate("through function", {}) == Decimal("0.01")
    assert model.evaluate("person kept", {"person": {"年龄": 3}}) is None
    assert model.evaluate("person kept", {"person": PERSON}) == PERSON


@pytest.mark.parametrize(
    "namespace",
    [
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
    ],
)
def test_all_versions_of_dmn_are_read(namespace):
    assert dmn.load(small(literal("d", "1 + 1"), namespace)).evaluate("d", {}) == Decimal(2)


def test_names_with_operators_are_read_as_names_where_they_are_in_scope():
    more = needs("requiredDecision", "#a - b")
    model = dmn.load(small(literal("a - b", "7") + literal("d", "a-b + 1", more)))
    assert model.evaluate("d", {}) == Decimal(8)


def test_result_is_made_to_fit_the_type_of_the_decision():
    model = dmn.load(
        small(literal("one", "[5]", "", "number") + literal("none", '"5"', "", "number"))
    )
    assert model.evaluate("one", {}) == Decimal(5)
    assert model.evaluate("none", {}) is None


def test_external_functions_are_never_run():
    body = (
        '<decision id="d" name="d"><variable name="d"/><context>'
        '<contextEntry><variable name="f"/><functionDefinition kind="Java">'
        '<formalParameter name="x"/><context><contextEntry><variable name="class"/>'
        '<literalExpression><text>"java.lang.Runtime"</text></literalExpression></contextEntry>'
        "</context></functionDefinition></contextEntry>"
        "<contextEntry><literalExpression><text>f(1)</text></literalExpression></contextEntry>"
        "</context></decision>"
    )
    assert dmn.load(small(body)).evaluate("d", {}) is None


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
OUTSIDE = '<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>'


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("", "xml-syntax"),
        ("<definitions>", "xml-syntax"),
        (BOMB, "xml-doctype"),
        (OUTSIDE, "xml-doctype"),
        ("<a>" * 300 + "</a>" * 300, "xml-depth"),
        ("<definitions/>", "not-dmn"),
        (small("", "urn:other"), "not-dmn"),
        (small(literal("d", "1 +")), "model-invalid"),
        (small(literal("d", "1", needs("requiredInput", "#x"))), "model-invalid"),
        (small(literal("d", "1", needs("requiredDecision", "#d"))), "cycle"),
        (
            small(
                '<import name="x" namespace="urn:x" '
                'importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>'
            ),
            "import-missing",
        ),
    ],
)
def test_files_that_are_no_sound_model_are_refused(source, code):
    with pytest.raises(DmnError) as caught:
        dmn.load(source)
    assert caught.value.code == code
    assert caught.value.mend.zh


def test_models_that_import_each_other_are_refused():
    circle = small(
        '<import name="x" namespace="urn:m" '
        'importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>'
    )
    with pytest.raises(DmnError) as caught:
        dmn.load(circle, lambda namespace, location: circle)
    assert caught.value.code == "import-circle"


def test_a_faulty_part_is_null_when_the_model_is_read_leniently():
    model = dmn.load(small(literal("bad", "1 +") + literal("good", "1")), strict=False)
    assert (model.evaluate("bad", {}), model.evaluate("good", {})) == (None, Decimal(1))
    assert [finding.code for finding in model.findings] == ["syntax"]
    assert model.list_decisions() == ["bad", "good"]


def test_an_unknown_decision_is_named():
    with pytest.raises(DmnError) as caught:
        loan().evaluate("年审", {})
    assert "资格" in caught.value.mend.zh
