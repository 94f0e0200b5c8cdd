"""Clocks against the plainest reference: walk day by day (or quarter by quarter) and count."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yiwang.kernel.base import calendars
from yiwang.kernel.base.calendars import LOCAL_ZONE
from yiwang.kernel.base.calendars.rules.working_calendar import WorkingCalendar, build_calendar
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.clocks import facade as clocks
from yiwang.kernel.casework.clocks.facade import ApproverRank, Extension, Limit, Unit
from yiwang.kernel.casework.clocks.models import Clock
from yiwang.kernel.casework.clocks.rules.counting import Interval, compute_deadline
from yiwang.kernel.casework.clocks.tests.factories import make_case

FIRST = date(2026, 9, 1)
CLOSE = time(17, 30)


def moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, LOCAL_ZONE)


days = st.integers(0, 120).map(lambda n: FIRST + timedelta(days=n))
hours = st.sampled_from([time(8, 0), time(9, 15), time(12, 30), time(15, 0), time(17, 30)])
moments = st.builds(moment, days, hours)
made_calendars = st.dictionaries(days, st.booleans(), max_size=30).map(
    lambda odd: build_calendar(key="x", published_years=range(2020, 2030), exceptions=odd)
)
intervals = st.lists(
    st.tuples(moments, moments).map(lambda pair: Interval(*sorted(pair))), max_size=4
)


def day_by_day(
    start: date,
    amount: int,
    calendar: WorkingCalendar,
    excluded: list[Interval],
    *,
    working_only: bool,
) -> datetime:
    """Count days after the first; what an interval covers from its first day to before its last."""
    day, counted = start, 0
    while counted < amount:
        day += timedelta(days=1)
        taken_out = any(one.begins_at.date() <= day < one.ends_at.date() for one in excluded)
        if not taken_out and (calendar.is_working_day(day) or not working_only):
            counted += 1
    while not working_only and not calendar.is_working_day(day):
        day += timedelta(days=1)
    return moment(day, CLOSE)


@given(moments, st.integers(1, 45), made_calendars, intervals)
def test_working_days_end_where_counting_day_by_day_ends(start, amount, calendar, excluded):
    excluded = [one for one in excluded if one.begins_at >= start]
    found = compute_deadline(
        unit=Unit.WORKING_DAY,
        amount=amount,
        started_at=start,
        calendar=calendar,
        excluded=excluded,
    )
    expected = day_by_day(start.date(), amount, calendar, excluded, working_only=True)
    assert found.due_at == expected


@given(moments, st.integers(1, 60), made_calendars, intervals)
def test_calendar_days_end_where_counting_day_by_day_ends(start, amount, calendar, excluded):
    excluded = [one for one in excluded if one.begins_at >= start]
    found = compute_deadline(
        unit=Unit.CALENDAR_DAY,
        amount=amount,
        started_at=start,
        calendar=calendar,
        excluded=excluded,
    )
    expected = day_by_day(start.date(), amount, calendar, excluded, working_only=False)
    assert found.due_at == expected


@given(moments, st.integers(1, 60), made_calendars)
def test_what_does_not_roll_over_ends_on_its_very_day(start, amount, calendar):
    found = compute_deadline(
        unit=Unit.CALENDAR_DAY, amount=amount, started_at=start, calendar=calendar, rolls=False
    )
    assert found.due_at == moment(start.date() + timedelta(days=amount), time(23, 59, 59))


@given(moments, st.integers(1, 12), made_calendars, intervals)
@settings(max_examples=40, deadline=None)
def test_working_hours_end_where_counting_quarter_by_quarter_ends(
    start, amount, calendar, excluded
):
    excluded = [one for one in excluded if one.begins_at >= start]
    # Every time here is a multiple of a quarter, so quarters are fine enough.
    quarter, counted = start, 0
    while counted < amount * 4:
        is_open = calendar.is_working_day(quarter.date()) and any(
            period.opens <= quarter.time() < period.closes for period in calendar.business_hours
        )
        taken_out = any(one.begins_at <= quarter < one.ends_at for one in excluded)
        counted += is_open and not taken_out
        quarter += timedelta(minutes=15)
    found = compute_deadline(
        unit=Unit.WORKING_HOUR,
        amount=amount,
        started_at=start,
        calendar=calendar,
        excluded=excluded,
    )
    assert found.due_at == quarter


@given(moments, st.integers(1, 72), made_calendars)
def test_urgent_hours_run_on_by_day_and_night(start, amount, calendar):
    found = compute_deadline(
        unit=Unit.URGENT_HOUR,
        amount=amount,
        started_at=start,
        calendar=calendar,
    )
    assert found.due_at == start + timedelta(hours=amount)


steps = st.lists(
    st.tuples(st.sampled_from(["exclude", "resume", "extend", "hold"]), st.integers(0, 6)),
    max_size=8,
)
LIMIT = Limit(
    amount=20,
    unit=Unit.WORKING_DAY,
    source="行政许可法 42.1",
    extension=Extension(10, ApproverRank.ORGAN_HEAD, "行政许可法 42.1"),
)


@pytest.mark.django_db
@given(steps)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_clock_through_exclusions_an_extension_and_holds_ends_as_the_reference_says(walk):
    """A hold changes where the case rests, never its clock."""
    at = moment(date(2026, 9, 7), time(9, 0))
    excluded: list[Interval] = []
    begun: datetime | None = None
    extended = 0
    with calendars.freeze(at) as frozen:
        case = make_case()
        clocks.start_clock(case=case, kind="decision", limit=LIMIT)
        for verb, later in walk:
            at += timedelta(days=later)
            frozen.move_to(at)
            clock = Clock.objects.get(case=case)
            if verb == "exclude" and begun is None:
                clocks.begin_exclusion(
                    case=case, kind="decision", reason="听证", legal_source="行政许可法 46"
                )
                begun = at
            elif verb == "resume" and begun is not None:
                clocks.end_exclusion(case=case, kind="decision")
                excluded.append(Interval(begun, at))
                begun = None
            elif verb == "extend" and not extended and at <= clock.due_at:
                clocks.extend_clock(
                    case=case,
                    kind="decision",
                    amount=7,
                    reason="r",
                    approver="局长",
                    approver_rank=ApproverRank.ORGAN_HEAD,
                )
                extended = 7
            elif verb == "hold":
                Case.objects.filter(pk=case.pk).update(phase=Case.Phase.REVIEWING)
        clock = Clock.objects.get(case=case)
    expected = day_by_day(
        date(2026, 9, 7),
        20 + extended,
        calendars.calendar_for(),
        excluded,
        working_only=True,
    )
    assert clock.due_at == expected
    assert (clock.suspended_at is not None) is (begun is not None)
