from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernel.base.calendars import published_holidays
from yiwang.kernel.base.calendars.rules.working_calendar import (
    CalendarRangeError,
    OpenPeriod,
    build_calendar,
)

NATIONAL = build_calendar(
    key="cn",
    published_years=published_holidays.published_years(),
    exceptions=published_holidays.published_exceptions(),
)
DAYS = st.dates(date(2004, 1, 1), date(2030, 12, 31))


@pytest.mark.parametrize(
    ("day", "is_working"),
    [
        (date(2026, 9, 30), True),
        (date(2026, 10, 1), False),
        (date(2026, 10, 7), False),
        (date(2026, 10, 8), True),
        (date(2026, 10, 10), True),  # a Saturday worked in exchange
        (date(2026, 10, 11), False),
        (date(2026, 2, 14), True),
        (date(2026, 2, 16), False),
    ],
)
def test_published_arrangement_of_2026(day, is_working):
    assert NATIONAL.is_working_day(day) is is_working


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        # Over mid-autumn (from 25 September) and National Day, with Saturday 10 October worked.
        (date(2026, 9, 24), 20, date(2026, 10, 29)),
        (date(2026, 9, 30), 1, date(2026, 10, 8)),
        (date(2026, 9, 30), 3, date(2026, 10, 10)),
        (date(2026, 10, 3), 1, date(2026, 10, 8)),
        (date(2026, 10, 8), -1, date(2026, 9, 30)),
        (date(2026, 10, 5), -1, date(2026, 9, 30)),
        (date(2026, 10, 5), 0, date(2026, 10, 5)),
    ],
)
def test_counting_over_national_day(start, days, expected):
    assert NATIONAL.add_working_days(start, days) == expected


@given(DAYS, st.integers(1, 400))
def test_counting_on_and_back_are_inverse(start, days):
    end = NATIONAL.add_working_days(start, days)
    assert NATIONAL.is_working_day(end)
    assert NATIONAL.working_days_between(start, end) == days
    back = NATIONAL.add_working_days(start, -days)
    assert NATIONAL.working_days_between(start, back) == -days


@given(DAYS, st.integers(-60, 60))
def test_arithmetic_equals_counting_day_by_day(start, days):
    day, left = start, abs(days)
    step = timedelta(days=1 if days > 0 else -1)
    while left:
        day += step
        left -= NATIONAL.is_working_day(day)
    assert NATIONAL.add_working_days(start, days) == day


@given(DAYS, DAYS, DAYS)
def test_counts_add_up(first, second, third):
    first, second, third = sorted((first, second, third))
    assert NATIONAL.working_days_between(first, third) == NATIONAL.working_days_between(
        first, second
    ) + NATIONAL.working_days_between(second, third)


@given(DAYS, st.integers(1, 100))
def test_a_later_start_never_ends_earlier(start, days):
    assert NATIONAL.add_working_days(start, days) <= NATIONAL.add_working_days(
        start + timedelta(days=1), days
    )


@given(DAYS)
def test_next_working_day_is_the_nearest(day):
    found = NATIONAL.working_day_on_or_after(day)
    assert NATIONAL.is_working_day(found)
    assert found >= day
    assert not any(
        NATIONAL.is_working_day(day + timedelta(days=offset))
        for offset in range((found - day).days)
    )


def test_year_without_arrangement_counts_weekends_and_is_assumed():
    last = max(published_holidays.published_years())
    assert not NATIONAL.is_assumed(date(last, 12, 31))
    unknown = date(last + 1, 1, 1)
    assert NATIONAL.is_assumed(unknown)
    for offset in range(7):
        day = unknown + timedelta(days=offset)
        assert NATIONAL.is_working_day(day) is (day.weekday() < 5)


def test_edition_names_the_content_and_nothing_else():
    same = build_calendar(
        key="elsewhere",
        published_years=published_holidays.published_years(),
        exceptions=published_holidays.published_exceptions(),
    )
    assert same.edition == NATIONAL.edition
    exceptions = published_holidays.published_exceptions()
    other_day = build_calendar(
        key="cn",
        published_years=published_holidays.published_years(),
        exceptions={**exceptions, date(2026, 11, 25): False},
    )
    other_year = build_calendar(
        key="cn",
        published_years=published_holidays.published_years() | {2090},
        exceptions=exceptions,
    )
    other_hours = build_calendar(
        key="cn",
        published_years=published_holidays.published_years(),
        exceptions=exceptions,
        business_hours=[OpenPeriod(time(9), time(17))],
    )
    assert len({c.edition for c in (NATIONAL, other_day, other_year, other_hours)}) == 4


@pytest.mark.parametrize("day", [date(1999, 12, 31), date(2100, 1, 1)])
def test_days_outside_the_covered_years_are_refused(day):
    with pytest.raises(CalendarRangeError):
        NATIONAL.is_working_day(day)


@pytest.mark.parametrize(("start", "days"), [(date(2099, 12, 1), 40), (date(2000, 1, 5), -10)])
def test_counting_out_of_the_covered_years_is_refused(start, days):
    with pytest.raises(CalendarRangeError):
        NATIONAL.add_working_days(start, days)


def test_business_hours_that_overlap_or_are_missing_are_refused():
    for hours in (
        [],
        [OpenPeriod(time(8), time(12)), OpenPeriod(time(11), time(17))],
        [OpenPeriod(time(14), time(17)), OpenPeriod(time(8), time(12))],
    ):
        with pytest.raises(ValueError, match="business hours"):
            build_calendar(key="x", published_years=(), exceptions={}, business_hours=hours)
    with pytest.raises(ValueError, match="open before"):
        OpenPeriod(time(12), time(12))
