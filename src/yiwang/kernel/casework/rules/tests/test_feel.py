"""FEEL expressions, one line each: text, facts, value."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from yiwang.kernel.casework.rules import feel
from yiwang.kernel.casework.rules.errors import FeelError, RulesError
from yiwang.kernel.casework.rules.feel.clock import use_clock
from yiwang.kernel.casework.rules.feel.temporal import YearsMonths

FACTS = {
    "applicant": {"age": 17, "name": "李雷", "born on": datetime.date(2009, 5, 1)},
    "月收入": 5000,
    "Monthly income - costs": 12,
    "rate": 0.1,
    "items": [{"price": 5, "kind": "A"}, {"price": 20, "kind": "B"}],
    "missing": None,
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1 + 0.2", Decimal("0.3")),
        ("rate * 3", Decimal("0.3")),
        ("1 / 3", Decimal("0.3333333333333333333333333333333333")),
        ("1 / 0", None),
        ("2 ** 3 ** 2", Decimal(64)),
        ("-2 ** 2", Decimal(4)),
        ("0 ** 0", Decimal(1)),
        ("10 - 2 - 3", Decimal(5)),
        ("1 + true", None),
        ('"a" + "b"', "ab"),
        ("月收入 * 12", Decimal(60000)),
        ("Monthly income - costs + 1", Decimal(13)),
        ("applicant.born on", datetime.date(2009, 5, 1)),
        ('applicant.born on + duration("P18Y")', datetime.date(2027, 5, 1)),
        ("applicant.height", None),
        ("applicant.age.year", None),
        ("nowhere", None),
        ("missing > 5", None),
        ("missing = null", True),
        ("not(missing)", None),
        ("null and false", False),
        ("null or true", True),
        ("null and true", None),
        ("applicant.age < 18 or missing > 5", True),
        ('if applicant.age < 18 then "minor" else "adult"', "minor"),
        ("if missing then 1 else 2", Decimal(2)),
        ("5 in [1..5)", False),
        ("5 in (1..5]", True),
        ("5 in (< 3, > 4)", True),
        ('"B" in ("A", "B")', True),
        ("applicant.age between 16 and 17", True),
        ("items.price", [Decimal(5), Decimal(20)]),
        ('items[kind = "B"].price', [Decimal(20)]),
        ("items[price > 10][1].kind", "B"),
        ("items[-1].price", Decimal(20)),
        ("items[3]", None),
        ("[1, 2, 3, 4][item >= 3]", [Decimal(3), Decimal(4)]),
        ("for i in items return i.price * 2", [Decimal(10), Decimal(40)]),
        ("for i in 3..1 return i", [Decimal(3), Decimal(2), Decimal(1)]),
        ("for i in 1..4 return if i = 1 then 1 else partial[-1] * i", [1, 2, 6, 24]),
        ("for i in 1..3 return count(partial)", [0, 1, 2]),
        ("for i in 1..2 return partial", [[], [[]]]),
        ('[1, 2]["a"]', None),
        ("for x in [1, 2], y in [x, 10] return x * y", [1, 10, 4, 20]),
        ("some i in items satisfies i.price > 10", True),
        ("every i in items satisfies i.price > 10", False),
        ("some i in [null, 1] satisfies i > 5", None),
        ("{a: 1, b: a + 1}.b", Decimal(2)),
        ("{f: function(n) if n <= 1 then 1 else n * f(n - 1), r: f(5)}.r", Decimal(120)),
        ('(function(a: number) a + 1)("x")', None),
        ("sort(items, function(x, y) x.price > y.price)[1].kind", "B"),
        ("sum(items.price)", Decimal(25)),
        ('count(items[kind = "C"])', Decimal(0)),
        ("mean([1, 2, 6])", Decimal(3)),
        ('min("b", "a")', "a"),
        ("max([])", None),
        ("decimal(1.115, 2)", Decimal("1.12")),
        ("round half down(2.5, 0)", Decimal(2)),
        ("modulo(-5, 3)", Decimal(1)),
        ('number("1.234,5", ".", ",")', Decimal("1234.5")),
        ('number("1,000", ",")', None),
        ("string(1.10)", "1.10"),
        ('string([1, "a", {b: null}])', '[1, "a", {b: null}]'),
        ('substring("一二三四", 2, 2)', "二三"),
        ('substring("abc", -2)', "bc"),
        ('string length("\\U01F40E🐎")', Decimal(2)),
        ('replace("abcd", "(b)(c)", "$2$1")', "acbd"),
        ('matches("粤Q12345", "^粤[A-Z-[IO]][0-9]{5}$")', True),
        ('split("a,b;c", "[,;]")', ["a", "b", "c"]),
        ('contains("阳江市", "江")', True),
        ('upper case(string: "ab")', "AB"),
        ('upper case(text: "ab")', None),
        ('date("2024-02-30")', None),
        ('date("2024-01-31") + duration("P1M")', datetime.date(2024, 2, 29)),
        ('date("2026-03-01") - date("2026-02-01")', datetime.timedelta(28)),
        ('@"2026-01-01T08:00:00@Asia/Shanghai" = @"2026-01-01T00:00:00Z"', True),
        ('@"2026-01-01".weekday', Decimal(4)),
        ('day of week(@"2026-10-01")', "Thursday"),
        ('week of year(date("2005-01-01"))', Decimal(53)),
        ('years and months duration(@"2020-01-15", @"2026-01-14")', YearsMonths(71)),
        ('@"P1Y2M".months', Decimal(2)),
        ('time("10:00:00") + @"PT15H"', datetime.time(1, 0)),
        ('duration("PT90M").hours', Decimal(1)),
        ("5 instance of number", True),
        ('"5" instance of number', False),
        ("null instance of number", False),
        ("[1, 2] instance of list<number>", True),
        ("{a: 1} instance of context<a: number>", True),
        ("before([1..5], 6)", True),
        ("overlaps([1..5], [5..8])", True),
        ("overlaps([1..5), [5..8])", False),
        ('range("[18..21)").end included', False),
        ('range("[21..18]")', None),
        ('is(@"10:00:00Z", @"10:00:00")', False),
        ('context put({a: {b: 1}}, ["a", "b"], 2)', {"a": {"b": Decimal(2)}}),
        ('get value({a: {b: 1}}, ["a", "b"])', Decimal(1)),
        ("context merge([{a: 1}, {a: 2}])", {"a": Decimal(2)}),
        ("list replace([2, 4, 7], function(item, newItem) item < newItem, 5)", [5, 5, 7]),
        ("distinct values([1, 1.0, null, null])", [Decimal(1), None]),
        ("1 + /* one */ 1 // two", Decimal(2)),
    ],
)
def test_value(text, value):
    names = [*FACTS, "born on", "nowhere"]
    actual = feel.compile(text, names=names)(FACTS)
    assert actual == value
    assert isinstance(actual, bool) is isinstance(value, bool)


@pytest.mark.parametrize(
    ("cell", "passing", "failing"),
    [
        ("-", [1, "x", None], []),
        ("< 18", [17, Decimal("17.9")], [18, None, "1"]),
        ("[1..5)", [1, 4.99], [5, 0]),
        ('"A", "B"', ["A", "B"], ["C", None]),
        ('not("A", "B")', ["C"], ["A", "B"]),
        ("not(< 18)", [18], [17, None]),
        ("null", [None], [0, ""]),
        ("? > 5 and ? < 7", [6], [5, 7, None]),
        ("limit", [9], [8]),
        ("<= limit", [9, 8], [10]),
        ("list contains([1, 2], ?)", [1], [3]),
        ("true", [True], [False, None]),
        ('date("2026-01-01")', [datetime.date(2026, 1, 1)], [datetime.date(2026, 1, 2)]),
    ],
)
def test_unary_tests(cell, passing, failing):
    tests = feel.compile_unary_tests(cell)
    assert [value for value in passing if not tests(value, {"limit": 9})] == []
    assert [value for value in failing if tests(value, {"limit": 9})] == []


def test_names_and_paths_are_what_the_expression_reads():
    expression = feel.compile(
        "for i in items return i.price + applicant.age + {x: 1, y: x + rate}.y"
    )
    assert expression.names == {"items", "applicant", "rate"}
    assert ("applicant", "age") in expression.paths


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        ("", "syntax", 0),
        ("1 +", "syntax", 3),
        ("(1", "syntax", 2),
        ("a b c", "unknown-name", 0),
        ('"open', "string-open", 0),
        ("1 /* open", "comment-open", 2),
        ("1 # 2", "character", 2),
        ("applicant.age ≥ 18", "character", 14),
        ("salary > 1", "unknown-name", 0),
        ("applicant，x", "unknown-name", 0),
        ("1e9999", "number", 0),
        ("(" * 80 + "1" + ")" * 80, "too-deep", 60),
        ("1" + "+1" * 500, "too-deep", None),
    ],
)
def test_faulty_text_is_refused_with_its_place_and_a_mend(text, code, position):
    with pytest.raises(FeelError) as caught:
        feel.compile(text, names={"applicant"})
    error = caught.value
    assert error.code == code
    assert position is None or error.position == position
    assert error.mend.zh
    assert error.mend.en
    assert str(error.line) in str(error)


def test_full_width_punctuation_is_named_as_the_likely_cause():
    with pytest.raises(FeelError) as caught:
        feel.compile("min（1，2） + +")
    assert "全角" in caught.value.mend.zh


def test_endless_recursion_is_an_error_not_a_crash():
    with pytest.raises(RulesError) as caught:
        feel.compile("{f: function(n) f(n + 1), r: f(1)}.r")({})
    assert caught.value.code == "recursion"


def test_a_value_feel_has_no_type_for_is_refused():
    with pytest.raises(RulesError) as caught:
        feel.compile("x")({"x": object()})
    assert caught.value.code == "value-type"


def test_today_and_now_follow_the_clock_given():
    moment = datetime.datetime(2026, 11, 23, 9, 30, tzinfo=datetime.UTC)
    before = use_clock(lambda: moment)
    try:
        assert feel.compile("today()")({}) == datetime.date(2026, 11, 23)
        assert feel.compile("now()")({}) == moment
    finally:
        use_clock(before)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "applicant.__class__.__mro__",
        "().__class__",
        'get value(applicant, "__class__")',
    ],
)
def test_python_is_out_of_reach(text):
    try:
        assert feel.compile(text)(FACTS) is None
    except FeelError as error:
        assert error.code in ("syntax", "character")
