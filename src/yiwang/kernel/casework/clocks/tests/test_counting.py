from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.kernel.base.calendars import LOCAL_ZONE, published_holidays
from yiwang.kernel.base.calendars.rules.working_calendar import build_calendar
from yiwang.kernel.casework.clocks.errors import IntervalInvalidError, LimitInvalidError
from yiwang.kernel.casework.clocks.rules import limits, statutes
from yiwang.kernel.casework.clocks.rules.counting import (
    Interval,
    compute_deadline,
    counted,
    matching_day,
    positions_of,
    scale_for,
)
from yiwang.kernel.casework.clocks.rules.limits import StartRule, Unit

CALENDAR = build_calendar(
    key="cn",
    published_years=published_holidays.published_years(),
    exceptions=published_holidays.published_exceptions(),
)
CLOSE = CALENDAR.closing_time


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL_ZONE)


def due(unit: Unit, amount: int, start: str, *excluded: tuple[str, str]) -> str:
    found = compute_deadline(
        unit=unit,
        amount=amount,
        started_at=at(start),
        calendar=CALENDAR,
        excluded=[Interval(at(begin), at(end)) for begin, end in excluded],
    )
    return f"{found.due_at:%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("unit", "amount", "start", "expected"),
    [
        # The first day is not counted, working or not, early or late in the day (民法典 201).
        (Unit.WORKING_DAY, 5, "2026-11-23 09:00", "2026-11-30 17:30"),
        (Unit.WORKING_DAY, 5, "2026-11-23 23:59", "2026-11-30 17:30"),
        (Unit.WORKING_DAY, 1, "2026-11-21 10:00", "2026-11-23 17:30"),
        # Over National Day, with Saturday 10 October worked in exchange.
        (Unit.WORKING_DAY, 3, "2026-09-30 10:00", "2026-10-10 17:30"),
        (Unit.WORKING_DAY, 20, "2026-09-24 10:00", "2026-10-29 17:30"),
        # On the spot: the present working day, or the next when business is closed.
        (Unit.WORKING_DAY, 0, "2026-11-23 09:00", "2026-11-23 17:30"),
        (Unit.WORKING_DAY, 0, "2026-11-23 17:30", "2026-11-23 17:30"),
        (Unit.WORKING_DAY, 0, "2026-11-23 17:31", "2026-11-24 17:30"),
        (Unit.WORKING_DAY, 0, "2026-10-03 09:00", "2026-10-08 17:30"),
        # A calendar-day limit that ends on a day off ends on the next day after it (民法典 203).
        (Unit.CALENDAR_DAY, 15, "2026-11-23 09:00", "2026-12-08 17:30"),
        (Unit.CALENDAR_DAY, 5, "2026-11-23 09:00", "2026-11-30 17:30"),
        (Unit.CALENDAR_DAY, 15, "2026-09-18 09:00", "2026-10-08 17:30"),
        (Unit.CALENDAR_DAY, 10, "2026-09-30 09:00", "2026-10-10 17:30"),
        # Months end on the matching day or the last of the month (民法典 202).
        (Unit.MONTH, 1, "2026-01-31 09:00", "2026-02-28 17:30"),
        (Unit.MONTH, 3, "2026-08-31 09:00", "2026-11-30 17:30"),
        (Unit.MONTH, 2, "2026-12-07 09:00", "2027-02-08 17:30"),
        (Unit.YEAR, 1, "2024-02-29 09:00", "2025-02-28 17:30"),
        (Unit.YEAR, 2, "2024-11-25 09:00", "2026-11-25 17:30"),
        # Hours begin at once; working hours stand still outside business hours.
        (Unit.URGENT_HOUR, 24, "2026-10-01 23:15", "2026-10-02 23:15"),
        (Unit.WORKING_HOUR, 2, "2026-11-23 09:00", "2026-11-23 11:00"),
        (Unit.WORKING_HOUR, 4, "2026-11-23 09:00", "2026-11-23 15:30"),
        (Unit.WORKING_HOUR, 1, "2026-11-23 13:00", "2026-11-23 15:30"),
        (Unit.WORKING_HOUR, 1, "2026-11-27 17:00", "2026-11-30 09:00"),
        (Unit.WORKING_HOUR, 13, "2026-11-23 08:30", "2026-11-24 17:30"),
        (Unit.WORKING_HOUR, 1, "2026-10-03 03:00", "2026-10-08 09:30"),
    ],
)
def test_where_limits_end(unit, amount, start, expected):
    assert due(unit, amount, start) == expected


@pytest.mark.parametrize(
    ("unit", "amount", "excluded", "expected"),
    [
        # A hearing from Wednesday to Friday takes Wednesday and Thursday out.
        (Unit.WORKING_DAY, 5, [("11-25 10:00", "11-27 10:00")], "2026-12-02"),
        # Begun on the last day, it still takes that day out.
        (Unit.WORKING_DAY, 5, [("11-30 10:00", "12-02 10:00")], "2026-12-02"),
        # Begun after the end it changes nothing.
        (Unit.WORKING_DAY, 5, [("12-01 10:00", "12-04 10:00")], "2026-11-30"),
        # Begun and ended on one day, or over a weekend, it takes nothing.
        (Unit.WORKING_DAY, 5, [("11-25 09:00", "11-25 17:00")], "2026-11-30"),
        (Unit.WORKING_DAY, 5, [("11-28 09:00", "11-29 17:00")], "2026-11-30"),
        # The day of start was not counted anyway.
        (Unit.WORKING_DAY, 5, [("11-23 10:00", "11-24 10:00")], "2026-11-30"),
        # What overlaps is taken out once.
        (
            Unit.WORKING_DAY,
            5,
            [("11-25 10:00", "11-27 10:00"), ("11-26 10:00", "11-30 10:00")],
            "2026-12-03",
        ),
        # The second begins inside the limit only because the first moved its end.
        (
            Unit.WORKING_DAY,
            5,
            [("12-02 10:00", "12-04 10:00"), ("11-25 10:00", "11-27 10:00")],
            "2026-12-04",
        ),
        (Unit.CALENDAR_DAY, 15, [("11-25 10:00", "11-27 10:00")], "2026-12-10"),
    ],
)
def test_what_is_taken_out_moves_the_end(unit, amount, excluded, expected):
    intervals = [(f"2026-{begin}", f"2026-{end}") for begin, end in excluded]
    assert due(unit, amount, "2026-11-23 09:00", *intervals) == f"{expected} 17:30"


def test_excluded_hours_move_the_end_to_the_second():
    assert due(
        Unit.URGENT_HOUR, 2, "2026-11-23 09:00", ("2026-11-23 10:00", "2026-11-23 10:20")
    ).endswith("11:20")
    assert due(
        Unit.WORKING_HOUR, 4, "2026-11-23 09:00", ("2026-11-23 11:30", "2026-11-23 15:00")
    ).endswith("16:30")


MOMENTS = st.integers(0, 3 * 366 * 86_400).map(
    lambda seconds: at("2024-01-01") + timedelta(seconds=seconds)
)
AMOUNTS = st.integers(1, 90)
INTERVALS = st.lists(
    st.tuples(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=40))).map(
        lambda pair: Interval(pair[0], pair[0] + timedelta(seconds=int(pair[1].total_seconds())))
    ),
    max_size=4,
)
DAY_UNITS = st.sampled_from([Unit.WORKING_DAY, Unit.CALENDAR_DAY])


def excluded_days(intervals: list[Interval]) -> set[date]:
    """From the day an interval begins on to the day before it ends."""
    return {
        interval.begins_at.date() + timedelta(days=offset)
        for interval in intervals
        for offset in range((interval.ends_at.date() - interval.begins_at.date()).days)
    }


@settings(deadline=None)
@given(DAY_UNITS, AMOUNTS, MOMENTS, INTERVALS)
def test_days_end_where_counting_on_the_fingers_ends(unit, amount, start, intervals):
    out = excluded_days(intervals)
    day, left = start.date(), amount
    while left:
        day += timedelta(days=1)
        counts = unit is Unit.CALENDAR_DAY or CALENDAR.is_working_day(day)
        left -= counts and day not in out
    while not CALENDAR.is_working_day(day):
        day += timedelta(days=1)
    found = compute_deadline(
        unit=unit, amount=amount, started_at=start, calendar=CALENDAR, excluded=intervals
    )
    assert found.due_at == datetime.combine(day, CLOSE, LOCAL_ZONE)
    assert found.assumed is CALENDAR.is_assumed(day)


@settings(deadline=None)
@given(st.integers(1, 60), MOMENTS)
def test_working_hours_end_where_counting_minutes_ends(hours, start):
    start = start.replace(second=0)
    moment, left = start, hours * 60
    while left:
        is_open = CALENDAR.is_working_day(moment.date()) and any(
            period.opens <= moment.time() < period.closes for period in CALENDAR.business_hours
        )
        if is_open:
            left -= 1
            moment += timedelta(minutes=1)
        elif CALENDAR.is_working_day(moment.date()) and moment.time() < CLOSE:
            moment += timedelta(minutes=1)
        else:
            moment = datetime.combine(moment.date() + timedelta(days=1), time(8, 30), LOCAL_ZONE)
    found = compute_deadline(
        unit=Unit.WORKING_HOUR, amount=hours, started_at=start, calendar=CALENDAR
    )
    assert found.due_at == moment


@given(st.sampled_from(Unit), AMOUNTS, MOMENTS, INTERVALS)
def test_more_time_or_more_exclusions_never_end_earlier(unit, amount, start, intervals):
    def end(length: int, excluded: list[Interval]) -> datetime:
        return compute_deadline(
            unit=unit, amount=length, started_at=start, calendar=CALENDAR, excluded=excluded
        ).due_at

    if unit is Unit.YEAR:
        amount = amount % 5 + 1
    base = end(amount, [])
    assert base > start
    assert end(amount, intervals) >= base
    assert end(amount + 1, intervals) >= end(amount, intervals)
    assert end(amount, intervals) == end(amount, [*reversed(intervals), *intervals])


@given(st.sampled_from(Unit), AMOUNTS, MOMENTS, INTERVALS)
def test_at_the_end_the_whole_limit_is_counted(unit, amount, start, intervals):
    amount = amount % 5 + 1 if unit is Unit.YEAR else amount
    found = compute_deadline(
        unit=unit, amount=amount, started_at=start, calendar=CALENDAR, excluded=intervals
    )
    scale = scale_for(unit, start, CALENDAR)
    total = positions_of(unit, amount, start)
    at_end = counted(scale, found.due_at, intervals)
    if unit in (Unit.WORKING_DAY, Unit.WORKING_HOUR, Unit.URGENT_HOUR):
        assert at_end == total
    else:
        assert at_end >= total
    assert counted(scale, start, intervals) == 0
    assert counted(scale, start - timedelta(days=3), intervals) == 0


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(0, 100))
def test_matching_day_keeps_the_day_or_takes_the_last(start, later):
    found = matching_day(start, later)
    assert (found.year * 12 + found.month) - (start.year * 12 + start.month) == later
    assert found.day == start.day or (
        found.day < start.day and (found + timedelta(days=1)).day == 1
    )


def test_date_in_an_unpublished_year_is_marked_as_assumed():
    year = max(published_holidays.published_years())
    late = at(f"{year}-12-28 09:00")
    for unit, assumed in ((Unit.WORKING_DAY, True), (Unit.URGENT_HOUR, False)):
        found = compute_deadline(unit=unit, amount=200, started_at=late, calendar=CALENDAR)
        assert found.assumed is assumed


def test_interval_may_not_end_before_it_begins():
    with pytest.raises(IntervalInvalidError):
        Interval(at("2026-11-24 10:00"), at("2026-11-24 09:59"))


@pytest.mark.parametrize(
    ("amount", "unit"),
    [(0, Unit.CALENDAR_DAY), (0, Unit.MONTH), (0, Unit.URGENT_HOUR), (-1, Unit.WORKING_DAY)],
)
def test_limits_without_length_are_refused(amount, unit):
    with pytest.raises(LimitInvalidError):
        limits.Limit(amount=amount, unit=unit, source="x")


def test_limit_without_source_or_with_empty_extension_is_refused():
    with pytest.raises(LimitInvalidError):
        limits.Limit(amount=1, unit=Unit.WORKING_DAY, source="")
    with pytest.raises(LimitInvalidError):
        limits.Extension(0, limits.ApproverRank.ORGAN_HEAD, "x")


@pytest.mark.parametrize(
    ("limit", "amount", "extension", "rank", "effect"),
    [
        (statutes.CORRECTION_NOTICE, 5, None, None, "DEEMED_ACCEPTANCE"),
        (statutes.DECISION, 20, 10, "ORGAN_HEAD", "NONE"),
        (statutes.JOINT_DECISION, 45, 15, "GOVERNMENT_HEAD", "NONE"),
        (statutes.DELIVERY, 10, None, None, "NONE"),
    ],
)
def test_limits_of_the_licensing_law(limit, amount, extension, rank, effect):
    assert (limit.amount, limit.unit, limit.effect_on_expiry) == (
        amount,
        Unit.WORKING_DAY,
        effect,
    )
    assert (limit.extension.amount if limit.extension else None) == extension
    assert (limit.extension.approver_rank if limit.extension else None) == rank
    assert (limit.start_rule, limit.confirmed, limit.edition) == (StartRule.NEXT_DAY, True, "2019")
