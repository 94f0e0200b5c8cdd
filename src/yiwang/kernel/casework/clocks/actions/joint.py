"""联合办理时限: one limit over the cases of several departments. The verb has locked the parent.

The clocks of the parts run on under it: each department answers for its own, the leading one for
the joint. Whoever changes parts and the joint clock in one act locks the parts first.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from yiwang.kernel.base import calendars
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.clocks.actions.clocks import extend_clock, start_clock, stop_clock
from yiwang.kernel.casework.clocks.actions.rows import JOINT
from yiwang.kernel.casework.clocks.models import Clock, ClockOutcome
from yiwang.kernel.casework.clocks.reading import read_all
from yiwang.kernel.casework.clocks.rules.lamps import Lamp, Reading
from yiwang.kernel.casework.clocks.rules.limits import ApproverRank, Basis, Limit
from yiwang.kernel.casework.clocks.rules.statutes import JOINT_DECISION

PART = "decision"


@dataclass(frozen=True, slots=True)
class JointPart:
    """One department's case under the joint limit. Without a clock it is not accepted yet."""

    case: Case
    clock: Clock | None
    reading: Reading | None
    promised: Reading | None

    @property
    def is_late(self) -> bool:
        return self.reading is not None and self.reading.lamp in (Lamp.OVERDUE, Lamp.MISSED)


@dataclass(frozen=True, slots=True)
class JointReading:
    """The joint clock with the clocks of its parts; every part in the order of its opening."""

    clock: Clock | None
    reading: Reading | None
    promised_clock: Clock | None
    promised: Reading | None
    parts: tuple[JointPart, ...]

    @property
    def outlasting(self) -> tuple[JointPart, ...]:
        """Return the parts whose own limit would end after the joint one: they must hurry."""
        if self.clock is None:
            return ()
        return tuple(
            part
            for part in self.parts
            if part.clock is not None
            and part.clock.stopped_at is None
            and part.clock.due_at > self.clock.due_at
        )

    @property
    def waiting_for(self) -> tuple[JointPart, ...]:
        """Return the parts that are still open."""
        return tuple(part for part in self.parts if part.case.status == Case.Status.OPEN)


def start_joint_clock(
    parent_case: Case,
    limit: Limit = JOINT_DECISION,
    *,
    started_at: datetime | None = None,
    calendar_key: str = "",
) -> Clock:
    """Start the joint clock; once with the statutory limit, once with what is promised.

    Source: 行政许可法 42.2, 2019.

    :raises ClockAlreadyRunningError: when it runs already.
    """
    return start_clock(
        case=parent_case,
        kind=JOINT,
        limit=limit,
        started_at=started_at,
        calendar_key=calendar_key,
    )


def stop_joint_clock(
    parent_case: Case, *, at: datetime | None = None, outcome: ClockOutcome | None = None
) -> list[Clock]:
    """Stop it: the last part is decided. MET or MISSED by the clock itself unless given."""
    return stop_clock(case=parent_case, kind=JOINT, at=at, outcome=outcome)


def extend_joint_clock(
    parent_case: Case, *, amount: int, reason: str, approver: str, approver_rank: ApproverRank
) -> Clock:
    """Extend it once, by 15 working days at most, with leave of the head of the government.

    :raises ClockNotRunningError, ExtensionRefusedError: as :func:`extend_clock`.
    """
    return extend_clock(
        case=parent_case,
        kind=JOINT,
        amount=amount,
        reason=reason,
        approver=approver,
        approver_rank=approver_rank,
    )


def joint_reading(parent_case: Case, *, now: datetime | None = None) -> JointReading:
    """Read the joint clock and those of its parts, in three queries however many parts."""
    at = now or calendars.now()
    clocks = list(
        Clock.objects.filter(
            Q(case=parent_case, kind=JOINT) | Q(case__parent=parent_case, kind=PART)
        )
        .prefetch_related("exclusions")
        .order_by("pk")
    )
    children = Case.objects.filter(parent=parent_case).select_related("organization").order_by("pk")
    readings = read_all(clocks, now=at)
    latest = {(clock.case_id, clock.basis): clock for clock in clocks}

    def found(case_id: int, basis: Basis) -> tuple[Clock | None, Reading | None]:
        clock = latest.get((case_id, basis.value))
        return clock, readings[clock.pk] if clock else None

    clock, reading = found(parent_case.pk, Basis.STATUTORY)
    promised_clock, promised = found(parent_case.pk, Basis.PROMISED)
    parts = tuple(
        JointPart(child, *found(child.pk, Basis.STATUTORY), found(child.pk, Basis.PROMISED)[1])
        for child in children
    )
    return JointReading(clock, reading, promised_clock, promised, parts)
