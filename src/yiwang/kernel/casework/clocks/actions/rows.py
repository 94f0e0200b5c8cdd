"""What the acts on clocks share: rows that run, their due instants, and the joint clock above."""

from datetime import datetime

from django.db import models

from yiwang.kernel.base import calendars
from yiwang.kernel.base.calendars import WorkingCalendar
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.clocks.errors import ClockNotRunningError, IntervalInvalidError
from yiwang.kernel.casework.clocks.models import Clock, ClockExclusion
from yiwang.kernel.casework.clocks.reading import deadline_of

DUE_FIELDS = ("due_at", "assumed", "calendar_edition")


def set_due(clock: Clock, calendar: WorkingCalendar | None = None) -> None:
    """Work out anew when a clock ends; the caller saves :data:`DUE_FIELDS`."""
    calendar = calendar or calendars.calendar_for(clock.calendar_key)
    deadline = deadline_of(clock, calendar)
    clock.due_at, clock.assumed = deadline.due_at, deadline.assumed
    clock.calendar_edition = calendar.edition


def running(case: Case, kind: str, subject: str = "") -> models.QuerySet[Clock]:
    """Return the running clocks of a kind and subject, statutory and promised."""
    return Clock.objects.filter(case=case, kind=kind, subject=subject, stopped_at=None).order_by(
        "pk"
    )


def all_running(case: Case, kind: str) -> list[Clock]:
    """Return the running clocks of a kind with their exclusions.

    :raises ClockNotRunningError: when no such clock runs.
    """
    clocks = list(running(case, kind).prefetch_related("exclusions"))
    if not clocks:
        raise ClockNotRunningError()
    return clocks


def resume(clock: Clock, at: datetime) -> None:
    """Close the open exclusion of a clock and set its new due instant; the caller saves."""
    if clock.suspended_at is not None and at < clock.suspended_at:
        raise IntervalInvalidError()
    clock.exclusions.filter(ends_at=None).update(ends_at=at)
    forget_exclusions(clock)
    clock.suspended_at = None
    set_due(clock)


def forget_exclusions(clock: Clock) -> None:
    """Drop what was prefetched, so that the rows just written are seen."""
    prefetched = getattr(clock, "_prefetched_objects_cache", None)
    if prefetched is not None:
        prefetched.pop("exclusions", None)


def stand_above(case: Case, like: ClockExclusion) -> None:
    """Let the joint clock of the parent stand while the law takes time out of one of its parts.

    Article 45 speaks of every limit of its section, the joint one of 42.2 too; intervals of
    several parts that overlap are taken out once. Source: 行政许可法 45, 2019.
    """
    if case.parent_id is None:
        return
    for clock in _joint_of(case.parent_id).filter(suspended_at=None):
        begins_at = max(like.begins_at, clock.started_at)
        clock.suspended_at = begins_at
        clock.save(update_fields=["suspended_at"])
        ClockExclusion.objects.create(
            clock=clock, kind=like.kind, legal_source=like.legal_source, begins_at=begins_at
        )


def run_above(case: Case, at: datetime) -> None:
    """Let the joint clock of the parent run on once none of its parts stands any more."""
    if case.parent_id is None:
        return
    standing = Clock.objects.filter(
        case__parent_id=case.parent_id, stopped_at=None, suspended_at__isnull=False
    )
    if standing.exists():
        return
    for clock in _joint_of(case.parent_id).filter(suspended_at__isnull=False):
        resume(clock, at)
        clock.save(update_fields=["suspended_at", *DUE_FIELDS])


def exclude_above(case: Case, like: ClockExclusion) -> None:
    """Take an interval of a part that is over out of the joint clock as well."""
    if case.parent_id is None or like.ends_at is None:
        return
    for clock in _joint_of(case.parent_id).filter(started_at__lt=like.ends_at):
        ClockExclusion.objects.create(
            clock=clock,
            kind=like.kind,
            legal_source=like.legal_source,
            begins_at=max(like.begins_at, clock.started_at),
            ends_at=like.ends_at,
        )
        set_due(clock)
        clock.save(update_fields=DUE_FIELDS)


JOINT = "joint_decision"
"""The kind of the clock that runs for several departments together."""


def _joint_of(parent_id: int) -> models.QuerySet[Clock]:
    return (
        Clock.objects.filter(case_id=parent_id, kind=JOINT, stopped_at=None)
        .select_for_update()
        .order_by("pk")
    )
