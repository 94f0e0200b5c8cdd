"""Dates, times and durations against Python's own where it reaches, and by their laws beyond."""

from __future__ import annotations

import datetime as py
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernel.casework.rules.feel import temporal
from yiwang.kernel.casework.rules.feel.builtins.conversion import weekday
from yiwang.kernel.casework.rules.feel.builtins.patterns import compile_pattern
from yiwang.kernel.casework.rules.feel.temporal import Date, DaysTime, YearsMonths

days = st.integers(-365_000_000_000, 365_000_000_000)
zones = st.sampled_from(
    [None, py.UTC, py.timezone(py.timedelta(hours=-5, minutes=-30)), ZoneInfo("Asia/Shanghai")]
)


@given(st.dates())
def test_calendar_is_the_one_of_python(day):
    date = temporal.from_python(day)
    assert date.days == (day - py.date(1970, 1, 1)).days
    assert temporal.civil_from_days(date.days) == date
    assert weekday(date) == day.isoweekday()
    assert temporal.to_python(date) == day


@given(days)
def test_far_days_count_back_to_themselves(number):
    date = temporal.civil_from_days(number)
    assert date is not None
    assert date.days == number
    assert temporal.parse_date(str(date)) == date


def test_days_end_with_the_years_feel_knows():
    last = Date(999_999_999, 12, 31)
    assert temporal.civil_from_days(last.days) == last
    assert temporal.civil_from_days(last.days + 1) is None
    assert temporal.add_months(last, 1) is None


@given(st.datetimes(timezones=zones))
def test_moments_survive_the_way_in_and_out_and_their_text(moment):
    value = temporal.from_python(moment)
    assert temporal.to_python(value) == moment
    assert temporal.parse_date_time(str(value)) == value


@given(st.integers(-(10**20), 10**20))
def test_days_and_time_durations_survive_their_text(nanos):
    value = DaysTime(nanos)
    assert temporal.parse_duration(str(value)) == value


@given(st.integers(-(10**9), 10**9))
def test_years_and_months_durations_survive_their_text(months):
    value = YearsMonths(months)
    assert temporal.parse_duration(str(value)) == value


@given(st.dates(), st.integers(0, 1200))
def test_months_added_are_the_months_between(day, months):
    start = temporal.from_python(day)
    later = temporal.add_months(start, months)
    assert later is not None
    between = temporal.months_between(start, later).months
    # The 31st of January and a month is the last of February: a day short of a whole month.
    assert between in ((months,) if later.day == start.day else (months - 1,))


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-29",
        "2026-13-01",
        "02026-01-01",
        "+2026-01-01",
        "2026-1-1",
        "26-01-01",
        "P",
        "PT",
        "P1YT1H",
        "25:00:00",
        "10:60:00",
        "10:00",
        "10:00:00+19:00",
        "10:00:00@Nowhere/City",
    ],
)
def test_texts_that_are_no_temporal_value(text):
    assert temporal.parse_temporal(text) is None


@pytest.mark.parametrize(
    ("pattern", "flags", "matching", "other"),
    [
        (r"^\p{Lu}\p{L}+$", "", "Élan", "élan"),
        (r"^\P{L}+$", "", "123", "1a"),
        (r"^[\p{IsCJKUnifiedIdeographs}·]+$", "", "阿依·古丽", "Li"),
        (r"^[a-z-[aeiou]]+$", "", "xyz", "abc"),
        ("a.b", "", "a-b", "a\nb"),
        ("a.b", "s", "a\nb", "ab"),
        ("^b$", "m", "a\nb", "ab"),
        ("A B", "ix", "ab", "a b"),
        ("a.b", "q", "a.b", "axb"),
        (r"^\i\c*$", "", "_x1", "1x"),
    ],
)
def test_xpath_patterns(pattern, flags, matching, other):
    compiled = compile_pattern(pattern, flags)
    assert compiled is not None
    assert compiled.search(matching)
    assert not compiled.search(other)


@pytest.mark.parametrize(
    ("pattern", "flags"),
    [
        ("(?=a)", ""),
        ("[", ""),
        ("a", "z"),
        (r"\y", ""),
        (r"\p{Xx}", ""),
        ("[]", ""),
        ("a**", ""),
        ("a*+", ""),
    ],
)
def test_faulty_patterns_are_null(pattern, flags):
    assert compile_pattern(pattern, flags) is None
