"""What an act was sent: read into what its definition asks for, or refused by field."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernel.casework.process.rules.definition import Act
from yiwang.kernel.casework.process.rules.inputs import (
    MOST_CHARACTERS,
    read_input,
    read_opinion,
)
from yiwang.kernel.errors import InvalidInputError

KINDS = ("text", "list", "date", "integer", "money", "boolean", "file")


def asking(**fields: str) -> Act:
    return Act("a", "办理", "Act", "z", (), "optional", "", fields)


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("text", "  门口 ", "门口"),
        ("list", "一\n\n 二 \n", ["一", "二"]),
        ("list", ["一", " ", "二"], ["一", "二"]),
        ("date", "2028-02-29", "2028-02-29"),
        ("integer", "-7", -7),
        ("integer", 7, 7),
        ("money", "12.5", "12.50"),
        ("money", 3, "3.00"),
        ("boolean", "true", True),
        ("boolean", False, False),
        ("file", "31", 31),
    ],
)
def test_what_fits_is_read(kind: str, raw: Any, value: Any) -> None:
    assert read_input(asking(x=kind), {"x": raw}) == {"x": value}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("raw", [None, "", "  ", []])
def test_what_is_empty_is_asked_for(kind: str, raw: Any) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read_input(asking(x=kind), {"x": raw})
    assert [(p.field, p.code) for p in refused.value.problems] == [("x", "REQUIRED")]


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("text", 7),
        ("text", {"a": 1}),
        ("text", "\0"),
        ("text", "\ud800"),
        ("text", "长" * (MOST_CHARACTERS + 1)),
        ("list", 7),
        ("list", {"a": 1}),
        ("list", [1]),
        ("list", ["  "]),
        ("list", ["一"] * 51),
        ("date", "2026-02-29"),
        ("date", "20260223"),
        ("date", "2026-W09-1"),
        ("date", 7),
        ("integer", "1_000"),
        ("integer", "1.5"),
        ("integer", True),
        ("integer", "9" * 5000),
        ("money", "NaN"),
        ("money", "1e9"),
        ("money", "0.001"),
        ("boolean", "maybe"),
        ("boolean", 1),
        ("file", "a.pdf"),
    ],
)
def test_what_does_not_fit_is_refused_with_reason_and_mend(kind: str, raw: Any) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read_input(asking(x=kind), {"x": raw})
    (problem,) = refused.value.problems
    assert (problem.field, problem.code) == ("x", "WRONG_TYPE")
    assert all((problem.reason_zh, problem.reason_en, problem.mend_zh, problem.mend_en))


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(InvalidInputError) as refused:
        read_input(asking(day="date", sum="money"), {"day": "x", "stray": 1, "alien": 2})
    assert [(p.field, p.code) for p in refused.value.problems] == [
        ("alien", "UNKNOWN_FIELD"),
        ("stray", "UNKNOWN_FIELD"),
        ("day", "WRONG_TYPE"),
        ("sum", "REQUIRED"),
    ]


def test_an_opinion_that_no_store_can_hold_is_refused() -> None:
    for opinion in ("a\0b", "\ud800", "长" * (MOST_CHARACTERS + 1)):
        with pytest.raises(InvalidInputError) as refused:
            read_opinion(asking(), opinion)
        assert refused.value.problems[0].field == "opinion"
    assert read_opinion(asking(), "  \n") == ""


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@given(kind=st.sampled_from(KINDS), raw=_json)
def test_whatever_is_sent_is_read_or_refused_and_a_second_reading_is_the_same(
    kind: str, raw: Any
) -> None:
    try:
        value = read_input(asking(x=kind), {"x": raw})
    except InvalidInputError as refused:
        assert [problem.field for problem in refused.problems] == ["x"]
    else:
        assert read_input(asking(x=kind), value) == value
