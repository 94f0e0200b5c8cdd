"""办理: start a case's process, act in a task, pass on an event, let a timer fire."""

import logging
from collections.abc import Mapping
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import F, OuterRef, Subquery

from yiwang.kernel.base.access.contracts import SYSTEM, Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import LOCAL_ZONE, calendar_for, now
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.base.files.models import StoredFile
from yiwang.kernel.casework.cases.actions.cases import lock_case, tell
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.process.access import access_task
from yiwang.kernel.casework.process.engine import Move, get_process, timer_due
from yiwang.kernel.casework.process.errors import (
    SignersDisagreeError,
    TaskClosedError,
    UnknownActError,
)
from yiwang.kernel.casework.process.models import ProcessDefinition, Task, TaskAct, Timer, Token
from yiwang.kernel.casework.process.registry import EffectContext
from yiwang.kernel.casework.process.rules.definition import Act
from yiwang.kernel.casework.process.rules.inputs import read_input, read_opinion
from yiwang.kernel.errors import DomainError, FieldProblem, InvalidInputError

logger = logging.getLogger(__name__)

# What two officers may put in their own words; everything else they sign must be the same.
_PROSE = frozenset({"text", "list", "file"})


def start_process(*, case: Case, definition: ProcessDefinition, actor: Actor) -> None:
    """Put the first token down and walk until the case rests or ends. The case is new or locked."""
    move = Move(case=case, definition_id=definition.pk, actor=actor, _is_new=True)
    move.enter(move.process.start)


def act_on_task(
    *,
    actor: Actor,
    task_id: int,
    act: str,
    opinion: str = "",
    given: Mapping[str, Any] | None = None,
) -> Task:
    """办理: carry out one act of a task; with several signers, the last one moves the case.

    Repeating one's own act gives the same answer and changes nothing. A signer may come to another
    mind until the last one has signed.

    :raises NotFoundError: the task is not the actor's.
    :raises TaskClosedError: somebody else closed it; the details name who and when.
    :raises UnknownActError, OpinionMissingError, InvalidInputError: what was sent does not fit.
    :raises SignersDisagreeError: where officers must agree and do not.
    """
    task = access_task(actor, task_id)
    with transaction.atomic():
        case = lock_case(task.case_id)
        task = Task.objects.select_related("token", "organization").get(pk=task_id)
        mine = TaskAct.objects.filter(task=task, account_id=actor.account_id, is_current=True)
        if task.status != Task.Status.OPEN:
            if mine.filter(act=act).exists():
                return task
            raise _closed(task)
        move = Move(case=case, definition_id=task.token.definition_id, actor=actor, act=act)
        chosen = move.process.steps[task.step].acts.get(act)
        if chosen is None:
            raise UnknownActError(acts=sorted(move.process.steps[task.step].acts))
        move.opinion = read_opinion(chosen, opinion)
        move.input = read_input(chosen, given or {})
        _require_own_files(actor, chosen, move.input)
        earlier = mine.first()
        if earlier is not None:
            if (earlier.act, earlier.opinion, earlier.input) == (act, move.opinion, move.input):
                return task
            mine.update(is_current=False)
        others = list(
            TaskAct.objects.filter(task=task, is_current=True)
            .exclude(account_id=actor.account_id)
            .order_by("id")
        )
        _require_agreement(chosen, move.input, others)
        context = EffectContext(
            case=case,
            actor=actor,
            step=task.step,
            facts=move.facts,
            act=act,
            opinion=move.opinion,
            input=move.input,
        )
        move.kind.validate_act(case, task, context)
        TaskAct.objects.create(
            task=task,
            account_id=actor.account_id,
            actor_name=actor.name,
            act=act,
            opinion=move.opinion,
            input=dict(move.input),
            at=move.at,
        )
        details = {"task": task.pk, "step": task.step, "act": act}
        audit.record(actor, "process.act", "task", task.pk, case_id=case.pk, details=details)
        move.signer_names = (*(row.actor_name for row in others), actor.name)
        if len(move.signer_names) < task.signers:
            tell(
                case,
                kind="task.signed",
                title_zh=f"{task.title_zh}：{actor.name}已确认，等待另一人",
                title_en=f"{task.title_en}: {actor.name} has confirmed, one more to go",
                actor=actor,
                is_public=False,
            )
            return task
        Task.objects.filter(pk=task.pk).update(status=Task.Status.DONE, done_at=move.at, act=act)
        tell(
            case,
            kind="task.done",
            title_zh=f"{task.title_zh}：{chosen.title_zh}",
            title_en=f"{task.title_en}: {chosen.title_en}",
            actor=actor,
            organization_name=task.organization.name,
            details={"opinion": move.opinion, "signers": list(move.signer_names)},
            is_public=False,
        )
        move.leave(task.token)
        move.run_effects(task.step, chosen.effects, is_of_act=True)
        move.enter(chosen.target, task.token.branch)
        events.emit("case.moved", case.number, {"case": case.pk, "phase": case.phase, **details})
        task.refresh_from_db()
        return task


def signal_case(*, case: Case, event: str, actor: Actor) -> bool:
    """Pass an event to the tokens that wait for it. The caller holds the case lock.

    Returns whether a token waited; an event that nobody waits for changes nothing.
    """
    waited = False
    tokens = Token.objects.filter(case=case, status=Token.Status.ACTIVE, waits_for=event)
    for token in list(tokens.order_by("id")):
        move = Move(case=case, definition_id=token.definition_id, actor=actor)
        # An earlier one of these may have led to the end, which closes the others.
        if move.leave(token):
            waited = True
            move.enter(move.process.steps[token.step].target, token.branch)
    return waited


def stop_process(*, case: Case, actor: Actor) -> None:
    """Close every open token, task and timer: nothing more is done. The case is locked."""
    token = Token.objects.filter(case=case, status=Token.Status.ACTIVE).first()
    if token is not None:
        Move(case=case, definition_id=token.definition_id, actor=actor).cancel_rest()


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
    Task.objects.filter(token=token, status=Task.Status.OPEN).update(
        status=Task.Status.CANCELLED, done_at=move.at
    )
    move.leave(token)
    audit.record(
        SYSTEM,
        "process.timer",
        "timer",
        timer.pk,
        case_id=case.pk,
        details={"step": token.step, "source": rule.source},
    )
    move.run_effects(token.step, rule.effects)
    move.enter(rule.target, token.branch)
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
        Task.objects.filter(status=Task.Status.OPEN)
        .exclude(due_at=F("case__due_at"))
        .exclude(due_at=None, case__due_at=None)
    )
    return Task.objects.filter(pk__in=rows.values("pk")).update(due_at=Subquery(due))


def _closed(task: Task) -> TaskClosedError:
    last = TaskAct.objects.filter(task=task, is_current=True).order_by("-id").first()
    if last is None or task.status == Task.Status.CANCELLED:
        return TaskClosedError("这一步已结束", "This step has ended.")
    when = f"{last.at.astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M}"
    return TaskClosedError(
        f"这一步已由{last.actor_name}于{when}办理",
        f"{last.actor_name} did this step at {when}.",
        done_by=last.actor_name,
        done_act=last.act,
    )


def _require_agreement(act: Act, given: Mapping[str, Any], others: list[TaskAct]) -> None:
    """Refuse what differs from those who signed before: the act, and every fact that is no prose.

    :raises SignersDisagreeError: naming who signed what.
    """
    for row in others:
        if row.act != act.key:
            raise SignersDisagreeError(first_act=row.act, first_by=row.actor_name)
        problems = [
            FieldProblem(
                name,
                "SIGNERS_DISAGREE",
                f"与{row.actor_name}填写的不一致",
                f"This differs from what {row.actor_name} entered.",
                SignersDisagreeError.mend_zh,
                SignersDisagreeError.mend_en,
            )
            for name, kind in act.input.items()
            if kind not in _PROSE and row.input.get(name) != given.get(name)
        ]
        if problems:
            raise SignersDisagreeError(
                first_act=row.act, first_by=row.actor_name, problems=problems
            )


def _require_own_files(actor: Actor, act: Act, given: Mapping[str, Any]) -> None:
    names = {name: given[name] for name, kind in act.input.items() if kind == "file"}
    if not names:
        return
    own = set(
        StoredFile.objects.filter(
            pk__in=names.values(), uploaded_by_id=actor.account_id, status="OK"
        ).values_list("pk", flat=True)
    )
    problems = [
        FieldProblem(
            name,
            "FILE_UNKNOWN",
            "没有找到您上传的这个文件",
            "No such file of yours was found.",
            "请重新上传",
            "Upload it again.",
        )
        for name, pk in names.items()
        if pk not in own
    ]
    if problems:
        raise InvalidInputError(problems=problems)
