"""Rows of clocks turned into what the rules count with, and into what people read."""

from collections.abc import Iterable
from datetime import datetime

from yiwang.kernel.base import calendars
from yiwang.kernel.base.calendars import LOCAL_ZONE, WorkingCalendar
from yiwang.kernel.casework.clocks.models import Clock
from yiwang.kernel.casework.clocks.rules.counting import Deadline, Interval, compute_deadline
from yiwang.kernel.casework.clocks.rules.exclusions import Exclusion
from yiwang.kernel.casework.clocks.rules.lamps import ClockFacts, Reading, read_clock
from yiwang.kernel.casework.clocks.rules.limits import OwedBy, RollRule, Unit


def read(
    clock: Clock, *, now: datetime | None = None, calendar: WorkingCalendar | None = None
) -> Reading:
    """Return lamp, counters and sentence of a clock.

    In lists prefetch ``exclusions`` and pass the calendar: then no query is made per clock.
    """
    calendar = calendar or calendars.calendar_for(clock.calendar_key)
    return read_clock(_facts(clock), (now or calendars.now()).astimezone(LOCAL_ZONE), calendar)


def read_all(clocks: Iterable[Clock], *, now: datetime | None = None) -> dict[int, Reading]:
    """Return the readings of many clocks by id; loads each calendar once."""
    now = now or calendars.now()
    kept: dict[str, WorkingCalendar] = {}
    readings = {}
    for clock in clocks:
        if clock.calendar_key not in kept:
            kept[clock.calendar_key] = calendars.calendar_for(clock.calendar_key)
        readings[clock.pk] = read(clock, now=now, calendar=kept[clock.calendar_key])
    return readings


def deadline_of(clock: Clock, calendar: WorkingCalendar) -> Deadline:
    """Compute when a clock ends from its own rows; what is open is not yet taken out."""
    return compute_deadline(
        unit=Unit(clock.unit),
        amount=clock.amount + clock.extended_amount,
        started_at=clock.started_at.astimezone(LOCAL_ZONE),
        calendar=calendar,
        excluded=_closed_intervals(clock),
        rolls=clock.roll_rule == RollRule.NEXT_WORKING_DAY.value,
    )


def next_due_at(case_id: int) -> datetime | None:
    """Return the earliest due instant of what the organ owes in a case, or None."""
    return (
        Clock.objects.filter(
            case_id=case_id, stopped_at=None, suspended_at=None, owed_by=OwedBy.ORGAN.value
        )
        .order_by("due_at")
        .values_list("due_at", flat=True)
        .first()
    )


def _closed_intervals(clock: Clock) -> tuple[Interval, ...]:
    if clock.pk is None:
        return ()
    return tuple(
        Interval(row.begins_at.astimezone(LOCAL_ZONE), row.ends_at.astimezone(LOCAL_ZONE))
        for row in clock.exclusions.all()
        if row.ends_at is not None
    )


def _facts(clock: Clock) -> ClockFacts:
    open_row = next((row for row in clock.exclusions.all() if row.ends_at is None), None)
    reason = Exclusion(open_row.kind) if open_row else None
    return ClockFacts(
        kind=clock.kind,
        unit=Unit(clock.unit),
        amount=clock.amount + clock.extended_amount,
        started_at=clock.started_at.astimezone(LOCAL_ZONE),
        due_at=clock.due_at.astimezone(LOCAL_ZONE),
        assumed=clock.assumed,
        excluded=_closed_intervals(clock),
        suspended_at=clock.suspended_at and clock.suspended_at.astimezone(LOCAL_ZONE),
        suspended_for=(reason.zh, reason.en) if reason else ("", ""),
        stopped_at=clock.stopped_at and clock.stopped_at.astimezone(LOCAL_ZONE),
        outcome=clock.outcome,
    )
