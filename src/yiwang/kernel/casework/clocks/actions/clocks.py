"""Writes of 时限. The calling verb has locked the case row, opened the transaction, and audits.

Only :func:`recompute_clocks` runs by itself, in batches of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from yiwang.kernel.base import calendars
from yiwang.kernel.base.calendars import LOCAL_ZONE
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.clocks.actions.rows import (
    DUE_FIELDS,
    all_running,
    resume,
    run_above,
    running,
    set_due,
)
from yiwang.kernel.casework.clocks.errors import ClockAlreadyRunningError, ClockNotRunningError
from yiwang.kernel.casework.clocks.models import Clock, ClockOutcome
from yiwang.kernel.casework.clocks.rules.extensions import check_extension
from yiwang.kernel.casework.clocks.rules.limits import (
    ApproverRank,
    Basis,
    EffectOnExpiry,
    Extension,
    Limit,
    OwedBy,
)

NATIONAL_KEYS = ("", "cn")


@dataclass(frozen=True, slots=True)
class MovedClock:
    """A clock whose due instant changed with its calendar."""

    clock_id: int
    case_id: int
    kind: str
    basis: str
    due_before: datetime
    due_after: datetime


def start_clock(
    *,
    case: Case,
    kind: str,
    limit: Limit,
    started_at: datetime | None = None,
    calendar_key: str = "",
    subject: str = "",
) -> Clock:
    """Start a clock of a case; from now unless ``started_at`` says otherwise.

    One clock runs per case, kind, basis and subject: a limit that starts anew is stopped first.

    :raises ClockAlreadyRunningError: when it runs already.
    """
    started_at = (started_at or calendars.now()).astimezone(LOCAL_ZONE)
    if running(case, kind, subject).filter(basis=limit.basis.value).exists():
        raise ClockAlreadyRunningError()
    extension = limit.extension
    clock = Clock(
        case=case,
        kind=kind,
        subject=subject,
        owed_by=limit.owed_by.value,
        basis=limit.basis.value,
        amount=limit.amount,
        unit=limit.unit.value,
        source=limit.source,
        edition=limit.edition,
        valid_from=limit.valid_from,
        confirmed=limit.confirmed,
        calendar_key=calendar_key,
        started_at=started_at,
        start_rule=limit.start_rule.value,
        roll_rule=limit.roll_rule.value,
        extension_allowed=extension.amount if extension else 0,
        extension_rank=extension.approver_rank.value if extension else "",
        extension_source=extension.source if extension else "",
        effect_on_expiry=limit.effect_on_expiry.value,
        effect_source=limit.effect_source,
    )
    set_due(clock, calendars.calendar_for(calendar_key))
    clock.save(force_insert=True)
    return clock


def stop_clock(
    *,
    case: Case,
    kind: str,
    at: datetime | None = None,
    outcome: ClockOutcome | None = None,
    basis: Basis | None = None,
    subject: str = "",
) -> list[Clock]:
    """Stop the running clocks of a kind, statutory and promised; the list may be empty.

    The outcome is MET or MISSED by the clock itself unless given (CANCELLED when the duty fell
    away, as on withdrawal). What was suspended resumes at ``at`` first.
    """
    at = at or calendars.now()
    rows = running(case, kind, subject)
    if basis is not None:
        rows = rows.filter(basis=basis.value)
    stopped = list(rows.prefetch_related("exclusions"))
    stood = False
    for clock in stopped:
        if clock.suspended_at is not None:
            stood = True
            resume(clock, at)
        clock.stopped_at = at
        by_clock = ClockOutcome.MET if at <= clock.due_at else ClockOutcome.MISSED
        clock.outcome = (outcome or by_clock).value
        clock.save(update_fields=["stopped_at", "outcome", "suspended_at", *DUE_FIELDS])
    if stood:
        run_above(case, at)
    return stopped


def stop_all_clocks(
    *, case: Case, at: datetime | None = None, keep: frozenset[str] = frozenset()
) -> list[Clock]:
    """Stop whatever the organ still owes in a case as CANCELLED: the case ended, so did its duties.

    The kinds in ``keep`` outlive the decision, as the delivery of its result does. What a person
    may still do, such as asking for review, is never stopped by the organ.
    """
    rows = Clock.objects.filter(case=case, stopped_at=None, owed_by=OwedBy.ORGAN.value)
    found = rows.exclude(kind__in=keep).values_list("kind", "subject")
    return [
        clock
        for kind, subject in sorted(set(found))
        for clock in stop_clock(
            case=case, kind=kind, subject=subject, at=at, outcome=ClockOutcome.CANCELLED
        )
    ]


def extend_clock(
    *,
    case: Case,
    kind: str,
    amount: int,
    reason: str,
    approver: str,
    approver_rank: ApproverRank,
    at: datetime | None = None,
    basis: Basis = Basis.STATUTORY,
) -> Clock:
    """Extend a limit, once, as its source allows. Source: 行政许可法 42, 2019.

    The calling verb tells the applicant the reason.

    :raises ClockNotRunningError: when no such clock runs.
    :raises ExtensionRefusedError: and its kinds, see ``rules.extensions``.
    """
    at = at or calendars.now()
    clock = next((clock for clock in all_running(case, kind) if clock.basis == basis.value), None)
    if clock is None:
        raise ClockNotRunningError()
    check_extension(
        rule=_extension_rule(clock),
        already_extended=clock.extended_amount,
        amount=amount,
        at=at,
        due_at=clock.due_at,
        approver=approver,
        approver_rank=approver_rank,
        reason=reason,
    )
    clock.extended_amount = amount
    clock.extension_reason = reason.strip()
    clock.extension_approver = approver.strip()
    clock.extended_at = at
    set_due(clock)
    clock.save(
        update_fields=[
            "extended_amount",
            "extension_reason",
            "extension_approver",
            "extended_at",
            *DUE_FIELDS,
        ]
    )
    return clock


def list_expired(now: datetime, limit: int) -> list[Clock]:
    """List running clocks that have ended and were not yet dealt with, the longest ago first.

    What stands suspended does not expire. Whoever deals with one locks its case, then claims it
    with :func:`mark_expired`.
    """
    return list(
        Clock.objects.filter(
            stopped_at=None, suspended_at=None, expired_at=None, due_at__lt=now
        ).order_by("due_at", "id")[:limit]
    )


def list_running_effects(effect: EffectOnExpiry, now: datetime, limit: int) -> list[Clock]:
    """List expired clocks to which the law gives an effect, such as 视为受理."""
    return list(
        Clock.objects.filter(
            stopped_at=None,
            suspended_at=None,
            expired_at=None,
            due_at__lt=now,
            effect_on_expiry=effect.value,
        ).order_by("due_at", "id")[:limit]
    )


def mark_expired(*, clock: Clock, at: datetime | None = None) -> bool:
    """Claim the expiry of a clock; False when it was claimed, stopped or moved meanwhile."""
    at = at or calendars.now()
    claimed = Clock.objects.filter(
        pk=clock.pk, stopped_at=None, suspended_at=None, expired_at=None, due_at__lt=at
    ).update(expired_at=at)
    return claimed == 1


def recompute_clocks(
    calendar_key: str = "",
    *,
    on_moved: Callable[[Sequence[MovedClock]], None] | None = None,
    batch_size: int = 500,
) -> int:
    """Compute the running clocks of a calendar again; returns how many due instants moved.

    Call it after a change of the calendar, after a year was published, and after an upgrade of
    the holiday data; it may run at any time and twice. The national calendar reaches every
    region. Each batch is one transaction, in which ``on_moved`` gets the clocks that moved, to
    bring copies of the date along. Clocks that a verb holds at the moment are left for the next
    run: they keep their old edition, by which it finds them.
    """
    keys = [calendar_key]
    if calendar_key in NATIONAL_KEYS:
        keys = list(
            Clock.objects.filter(stopped_at=None)
            .order_by()
            .values_list("calendar_key", flat=True)
            .distinct()
        )
    return sum(_recompute_key(key, on_moved, batch_size) for key in keys)


def _recompute_key(
    key: str, on_moved: Callable[[Sequence[MovedClock]], None] | None, batch_size: int
) -> int:
    moved_in_all, last_id = 0, 0
    while True:
        with transaction.atomic():
            calendar = calendars.calendar_for(key)
            # Verbs lock the case first and a clock afterwards; skipping what they hold instead of
            # waiting for it keeps the two from waiting for each other.
            batch = list(
                Clock.objects.filter(calendar_key=key, stopped_at=None, pk__gt=last_id)
                .exclude(calendar_edition=calendar.edition)
                .order_by("pk")
                .select_for_update(skip_locked=True)
                .prefetch_related("exclusions")[:batch_size]
            )
            if not batch:
                return moved_in_all
            last_id = batch[-1].pk
            moved = []
            for clock in batch:
                before = clock.due_at
                set_due(clock, calendar)
                if clock.due_at != before:
                    if clock.due_at > calendars.now():
                        clock.expired_at = None
                    moved.append(
                        MovedClock(
                            clock_id=clock.pk,
                            case_id=clock.case_id,
                            kind=clock.kind,
                            basis=clock.basis,
                            due_before=before,
                            due_after=clock.due_at,
                        )
                    )
            Clock.objects.bulk_update(batch, [*DUE_FIELDS, "expired_at"])
            if moved and on_moved is not None:
                on_moved(moved)
            moved_in_all += len(moved)


def _extension_rule(clock: Clock) -> Extension | None:
    if not clock.extension_allowed:
        return None
    return Extension(
        amount=clock.extension_allowed,
        approver_rank=ApproverRank(clock.extension_rank),
        source=clock.extension_source,
    )
