"""Forms: each format, when a question is asked, and what is said of whatever is wrong."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernel.base.parties.rules import citizen_id_no, uscc
from yiwang.kernel.casework.forms.rules.definition import Form, compile_form, storable

ID_NO = str(citizen_id_no.make("441702", date(1990, 2, 28), 17))
USCC = str(uscc.make("92", "441702", 1234))


def form(required: tuple[str, ...] = (), **fields: dict[str, Any]) -> Form:
    schema = {"properties": fields, "required": list(required)}
    page = {"key": "p", "title_zh": "页", "title_en": "Page", "schema": schema}
    return compile_form({"key": "f", "pages": [page]})


def problems(made: Form, **data: Any) -> list[tuple[str, str]]:
    found = made.check(data, {"form": data})
    for problem in found:
        assert all((problem.reason_zh, problem.reason_en, problem.mend_zh, problem.mend_en)), (
            problem
        )
    return [(problem.field, problem.code) for problem in found]


@pytest.mark.parametrize(
    ("schema", "good", "bad", "code"),
    [
        ({"type": "string", "format": "date"}, "2028-02-29", "2027-02-29", "FORMAT"),
        ({"type": "string", "format": "date"}, "2026-01-01", "20260101", "FORMAT"),
        ({"type": "string", "format": "date"}, "2026-01-01", "2026-W01-4", "FORMAT"),
        ({"type": "string", "format": "citizen-id-no"}, ID_NO, ID_NO[:-1] + "?", None),
        ({"type": "string", "format": "uscc"}, USCC, USCC[:-1] + "-", None),
        ({"type": "string", "format": "mobile-phone"}, "13800138000", "1380013800", None),
        ({"type": "string", "format": "money"}, "12.50", "NaN", "FORMAT"),
        ({"type": "string", "format": "money"}, "0", "1e9", "FORMAT"),
        ({"type": "string", "format": "money"}, "7", "0.005", "FORMAT"),
        ({"type": "string", "format": "division"}, "441702001000", "4417020010", "FORMAT"),
        ({"type": "string", "format": "division"}, "441702001000", "44170200100x", "FORMAT"),
        ({"type": "string", "minLength": 2}, "两字", "一", "MINLENGTH"),
        ({"type": "string", "maxLength": 2}, "两字", "三个字", "MAXLENGTH"),
        ({"type": "string", "pattern": "^粤"}, "粤Q", "桂Q", "PATTERN"),
        ({"type": "string", "enum": ["A", "B"]}, "A", "C", "ENUM"),
        ({"type": "integer", "minimum": 1}, 1, 0, "MINIMUM"),
        ({"type": "integer", "maximum": 9}, 9, 10, "MAXIMUM"),
        ({"type": "number", "exclusiveMinimum": 0}, 0.1, 0, "EXCLUSIVEMINIMUM"),
        ({"type": "number", "exclusiveMaximum": 1}, 0.9, 1, "EXCLUSIVEMAXIMUM"),
        ({"type": "number", "multipleOf": 0.5}, 1.5, 1.2, "MULTIPLEOF"),
        ({"type": "integer"}, 3, "3", "TYPE"),
        ({"type": "integer"}, 3, True, "TYPE"),
        ({"type": "boolean"}, False, "false", "TYPE"),
        ({"type": "array", "uniqueItems": True}, ["A"], ["A", "A"], "UNIQUEITEMS"),
        ({"type": "array", "maxItems": 1}, ["A"], ["A", "B"], "MAXITEMS"),
        ({"type": "array", "items": {"enum": ["A"]}}, ["A"], ["B"], "ENUM"),
        ({"type": "string"}, "好", "坏\0", "CHARACTER"),
        ({"type": "string"}, "好", "\ud800", "CHARACTER"),
        ({"type": "string"}, "店\n铺\t一", "\u202e铺店", "CHARACTER"),
        ({"type": "string"}, "好", "坏\x1b[31m", "CHARACTER"),
        ({"type": "number"}, 1.0, float("nan"), "CHARACTER"),
    ],
)
def test_each_rule_takes_what_fits_and_says_what_does_not(
    schema: dict[str, Any], good: Any, bad: Any, code: str | None
) -> None:
    made = form(x=schema)
    assert problems(made, x=good) == []
    ((field, found),) = problems(made, x=bad)
    assert field == "x"
    # Codes of standards say themselves what is wrong with them.
    assert found == code if code else found != "FORMAT"


def test_a_limit_is_named_in_the_words() -> None:
    made = form(x={"type": "integer", "maximum": 200})
    (problem,) = made.check({"x": 201}, {"form": {"x": 201}})
    assert problem.reason_zh.endswith("不能大于 200")
    assert problem.reason_en.endswith("Limit: 200.")


@pytest.mark.parametrize("empty", [None, "", "   ", []])
def test_an_empty_answer_is_missing_only_where_one_is_needed(empty: Any) -> None:
    made = form(("x",), x={"type": "string"}, y={"type": "string"})
    assert problems(made, x=empty, y=empty) == [("x", "REQUIRED")]
    assert made.clean({"x": empty, "y": empty}, {"form": {}}) == {}


def test_an_answer_to_no_question_is_refused() -> None:
    assert problems(form(x={"type": "string"}), z="1", a="2") == [
        ("a", "UNKNOWN"),
        ("z", "UNKNOWN"),
    ]


def chain() -> Form:
    return form(
        ("kind", "name", "since"),
        kind={"type": "string", "enum": ["SHOP", "NONE"]},
        named={"type": "boolean", "x-when": 'form.kind = "SHOP"'},
        name={"type": "string", "x-when": "form.named = true"},
        since={"type": "string", "format": "date", "x-when": "form.name != null"},
    )


def test_a_question_is_asked_when_its_condition_is_true() -> None:
    assert problems(chain(), kind="NONE") == []
    assert problems(chain(), kind="SHOP") == []
    assert problems(chain(), kind="SHOP", named=True) == [("name", "REQUIRED")]
    assert problems(chain(), kind="SHOP", named=True, name="海味") == [("since", "REQUIRED")]


def test_answers_to_questions_that_are_not_asked_decide_nothing_and_are_not_kept() -> None:
    # The person first chose a named shop, then none at all.
    left = {"kind": "NONE", "named": True, "name": "海味", "since": "nonsense"}
    assert problems(chain(), **left) == []
    assert chain().clean(left, {"form": left}) == {"kind": "NONE"}


def test_conditions_may_read_facts_beside_the_form() -> None:
    made = form(("x",), x={"type": "string", "x-when": "applicant.age >= 60"})
    assert [p.code for p in made.check({}, {"form": {}, "applicant": {"age": 60}})] == ["REQUIRED"]
    assert made.check({}, {"form": {}, "applicant": {"age": 59}}) == []


def test_one_page_is_checked_by_itself() -> None:
    pages = [
        {
            "key": key,
            "title_zh": key,
            "title_en": key,
            "schema": {"properties": {f"{key}_x": {"type": "string"}}, "required": [f"{key}_x"]},
        }
        for key in ("a", "b")
    ]
    made = compile_form({"key": "f", "pages": pages})
    assert [problem.field for problem in made.check({}, {"form": {}}, "b")] == ["b_x"]
    assert [field.key for field in made.visible(made.pages[0], {"form": {}})] == ["a_x"]


@pytest.mark.parametrize(
    ("schema", "typed", "value"),
    [
        ({"type": "integer"}, " 12 ", 12),
        ({"type": "integer"}, "1_2", "1_2"),
        ({"type": "integer"}, "十二", "十二"),
        ({"type": "number"}, "1.5", 1.5),
        ({"type": "number"}, "nan", "nan"),
        ({"type": "number"}, "1e999", "1e999"),
        ({"type": "boolean"}, "false", False),
        ({"type": "boolean"}, "on", True),
        ({"type": "boolean"}, "perhaps", "perhaps"),
        ({"type": "string"}, " a\0b ", "ab"),
        ({"type": "string", "format": "citizen-id-no"}, f" {ID_NO.lower()} ", ID_NO),
        ({"type": "string", "format": "uscc"}, USCC.lower(), USCC),
        ({"type": "string"}, "", None),
        ({"type": "array"}, ["A"], ["A"]),
    ],
)
def test_what_is_typed_is_read_as_the_schema_wants_or_kept_for_the_check(
    schema: dict[str, Any], typed: Any, value: Any
) -> None:
    (field,) = form(x=schema).fields()
    assert field.read(typed) == value


def test_words_and_values_are_shown_in_the_reader_s_language() -> None:
    schema = {
        "type": "string",
        "title": "种类",
        "x-title-en": "Kind",
        "x-hint": "选一个",
        "enum": ["A", "B"],
        "x-enum-zh": ["甲", "乙"],
        "x-enum-en": ["First", "Second"],
    }
    (field,) = form(x=schema).fields()
    assert (field.text("title", "zh-hans"), field.text("title", "en")) == ("种类", "Kind")
    assert field.text("hint", "en") == "选一个"
    assert (field.show("B", "zh-hans"), field.show("B", "en")) == ("乙", "Second")
    assert field.show(["A", "B"], "zh-hans") == "甲、乙"
    assert (field.show(True, "zh"), field.show(False, "en"), field.show(None, "en")) == (
        "是",
        "No",
        "—",
    )


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
_answers = st.dictionaries(st.sampled_from(["kind", "named", "name", "since", "x"]), _values)


@given(_answers)
def test_what_passes_the_check_can_be_kept_and_passes_again(data: dict[str, Any]) -> None:
    made = chain()
    if made.check(data, {"form": data}):
        return
    kept = made.clean(data, {"form": data})
    assert kept.keys() <= data.keys()
    assert made.check(kept, {"form": kept}) == []
    assert made.clean(kept, {"form": kept}) == kept


@given(st.text(st.characters(exclude_categories=())))
def test_what_can_be_stored_is_stored_unchanged_and_the_rest_encodes(text: str) -> None:
    clean = storable(text)
    assert clean.encode().decode() == clean
    assert "\0" not in clean
    assert storable(clean) == clean
