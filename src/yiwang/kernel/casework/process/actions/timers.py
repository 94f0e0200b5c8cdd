"""定时: let what is due happen, and count again when a calendar changes."""

import logging

from django.db import DatabaseError, transaction
from django.db.models import F, OuterRef, Subquery

from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import calendar_for, now
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.casework.cases.actions.cases import lock_case
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.process.engine import Move, close_tasks, get_process, timer_due
from yiwang.kernel.casework.process.models import ExternalCall, Task, Timer
from yiwang.kernel.errors import DomainError

logger = logging.getLogger(__name__)


def fire_due_timers(*, limit: int = 100) -> int:
    """到时: let due timers fire, each in its own transaction. Returns how many fired.

    What is due at an instant may still be done at it: the timer fires after it. One that cannot
    fire (no unit is competent any more) is logged, and holds up no other; it is tried again in the
    next round.
    """
    fired = 0
    due = Timer.objects.filter(fired_at=None, cancelled_at=None, due_at__lt=now())
    for timer_id, case_id in due.order_by("due_at", "id").values_list("id", "case_id")[:limit]:
        try:
            with transaction.atomic():
                fired += _fire_one(timer_id, lock_case(case_id))
        except (DomainError, DatabaseError):
            logger.exception("timer_not_fired", extra={"timer": timer_id, "case": case_id})
    return fired


def _fire_one(timer_id: int, case: Case) -> int:
    claimed = Timer.objects.filter(pk=timer_id, fired_at=None, cancelled_at=None).update(
        fired_at=now()
    )
    if claimed:
        _fire(case, Timer.objects.select_related("token").get(pk=timer_id))
    return claimed


def _fire(case: Case, timer: Timer) -> None:
    token = timer.token
    move = Move(case=case, definition_id=token.definition_id, actor=SYSTEM)
    rule = move.process.steps[token.step].timers[timer.position]
    close_tasks(Task.objects.filter(token=token), at=move.at, closing=Task.Closing.TIMER)
    ExternalCall.objects.filter(token=token, status=ExternalCall.Status.WAITING).update(
        status=ExternalCall.Status.CANCELLED, ended_at=move.at
    )
    move.leave(token, act=":timer")
    audit.record(
        SYSTEM,
        "process.timer",
        "timer",
        timer.pk,
        case_id=case.pk,
        details={"step": token.step, "source": rule.source},
    )
    move.run_effects(token.step, rule.effects)
    move.go_on(token, rule.target)
    events.emit("case.moved", case.number, {"case": case.pk, "phase": case.phase})


def recompute_timers(*, batch_size: int = 500) -> int:
    """Count waiting timers again whose calendar has changed; returns how many moved.

    Those that a verb holds at the moment keep their old edition, by which the next run finds them.
    """
    moved = 0
    waiting = Timer.objects.filter(fired_at=None, cancelled_at=None).order_by()
    for key in waiting.values_list("calendar_key", flat=True).distinct():
        calendar = calendar_for(key)
        last_id = 0
        while True:
            with transaction.atomic():
                batch = list(
                    waiting.filter(calendar_key=key, pk__gt=last_id)
                    .exclude(calendar_edition=calendar.edition)
                    .select_for_update(skip_locked=True, of=("self",))
                    .select_related("token")
                    .order_by("pk")[:batch_size]
                )
                if not batch:
                    break
                last_id = batch[-1].pk
                for timer in batch:
                    token = timer.token
                    rule = get_process(token.definition_id).steps[token.step].timers[timer.position]
                    before = timer.due_at
                    timer.due_at = timer_due(timer.started_at, rule.amount, rule.unit, calendar)
                    timer.calendar_edition = calendar.edition
                    moved += timer.due_at != before
                Timer.objects.bulk_update(batch, ["due_at", "calendar_edition"])
    return moved


def follow_due_dates() -> int:
    """Bring the due dates that the inbox shows along with those of the cases."""
    due = Case.objects.filter(pk=OuterRef("case_id")).values("due_at")
    rows = (
        Task.objects.filter(status__in=Task.PENDING)
        .exclude(due_at=F("case__due_at"))
        .exclude(due_at=None, case__due_at=None)
    )
    return Task.objects.filter(pk__in=rows.values("pk")).update(due_at=Subquery(due))
