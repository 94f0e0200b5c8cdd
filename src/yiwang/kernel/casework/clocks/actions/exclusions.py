"""不计入期限: what the law takes out of a limit. The verb has locked the case, and audits."""

from datetime import datetime

from yiwang.kernel.base import calendars
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.clocks.actions.rows import (
    DUE_FIELDS,
    all_running,
    exclude_above,
    forget_exclusions,
    resume,
    run_above,
    set_due,
    stand_above,
)
from yiwang.kernel.casework.clocks.errors import (
    ClockNotSuspendedError,
    ClockSuspendedError,
    IntervalInvalidError,
)
from yiwang.kernel.casework.clocks.models import Clock, ClockExclusion
from yiwang.kernel.casework.clocks.rules.exclusions import lawful_exclusion


def begin_exclusion(
    *, case: Case, kind: str, reason: str, legal_source: str, at: datetime | None = None
) -> list[Clock]:
    """Suspend the clocks of a kind for a reason that the law takes out of the limit.

    ``reason`` is a name or Chinese word of 行政许可法 45; ``legal_source`` the clause that
    requires the step. The calling verb tells the applicant in writing how long it will take.

    :raises ClockNotRunningError: when no such clock runs.
    :raises ClockSuspendedError: when one of them stands already.
    :raises ExclusionNotLawfulError: when the law does not know the reason.
    :raises ExclusionSourceMissingError: when no clause is named.
    """
    lawful = lawful_exclusion(reason, legal_source)
    at = at or calendars.now()
    clocks = all_running(case, kind)
    for clock in clocks:
        if clock.suspended_at is not None:
            raise ClockSuspendedError()
        if at < clock.started_at:
            raise IntervalInvalidError()
    for clock in clocks:
        clock.suspended_at = at
        clock.save(update_fields=["suspended_at"])
        row = ClockExclusion.objects.create(
            clock=clock, kind=lawful.value, legal_source=legal_source.strip(), begins_at=at
        )
        stand_above(case, row)
    return clocks


def end_exclusion(*, case: Case, kind: str, at: datetime | None = None) -> list[Clock]:
    """Let the suspended clocks of a kind run on; their due instants move by what was taken out.

    :raises ClockNotRunningError: when no such clock runs.
    :raises ClockNotSuspendedError: when none of them stands.
    :raises IntervalInvalidError: when ``at`` lies before the beginning.
    """
    at = at or calendars.now()
    clocks = [clock for clock in all_running(case, kind) if clock.suspended_at is not None]
    if not clocks:
        raise ClockNotSuspendedError()
    for clock in clocks:
        resume(clock, at)
        clock.save(update_fields=["suspended_at", *DUE_FIELDS])
    run_above(case, at)
    return clocks


def exclude_interval(
    *,
    case: Case,
    kind: str,
    reason: str,
    legal_source: str,
    begins_at: datetime,
    ends_at: datetime,
) -> list[Clock]:
    """Take an interval that is over out of the running clocks of a kind.

    :raises: as :func:`begin_exclusion`, and IntervalInvalidError when the interval is reversed,
        begins before the clock or ends in the future.
    """
    lawful = lawful_exclusion(reason, legal_source)
    if ends_at < begins_at or ends_at > calendars.now():
        raise IntervalInvalidError()
    clocks = all_running(case, kind)
    if any(begins_at < clock.started_at for clock in clocks):
        raise IntervalInvalidError()
    for clock in clocks:
        row = ClockExclusion.objects.create(
            clock=clock,
            kind=lawful.value,
            legal_source=legal_source.strip(),
            begins_at=begins_at,
            ends_at=ends_at,
        )
        forget_exclusions(clock)
        set_due(clock)
        clock.save(update_fields=DUE_FIELDS)
    exclude_above(case, row)
    return clocks
