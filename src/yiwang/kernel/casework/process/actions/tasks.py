"""办理: start a case's process, act in a task, pass on an event, let a timer fire."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction

from yiwang.kernel.base.access.contracts import SYSTEM, Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.casework.cases.actions.cases import lock_case, tell
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.process.access import access_task
from yiwang.kernel.casework.process.engine import Move
from yiwang.kernel.casework.process.errors import (
    AlreadySignedError,
    OpinionMissingError,
    SignersDisagreeError,
    TaskClosedError,
    UnknownActError,
)
from yiwang.kernel.casework.process.models import ProcessDefinition, Task, TaskAct, Timer, Token
from yiwang.kernel.casework.process.registry import EffectContext
from yiwang.kernel.casework.process.rules.definition import Act
from yiwang.kernel.errors import FieldProblem, InvalidInputError


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

    Repeating one's own act gives the same answer and changes nothing.

    :raises NotFoundError: the task is not the actor's.
    :raises TaskClosedError: somebody else closed it; the details name who and when.
    :raises UnknownActError, OpinionMissingError, InvalidInputError: what was sent does not fit.
    :raises AlreadySignedError, SignersDisagreeError: where two officers must agree.
    """
    task = access_task(actor, task_id)
    with transaction.atomic():
        case = lock_case(task.case_id)
        task = Task.objects.select_related("token", "organization").get(pk=task_id)
        if task.status != Task.Status.OPEN:
            mine = TaskAct.objects.filter(task=task, account_id=actor.account_id, act=act).exists()
            if mine:
                return task
            raise _closed(task)
        move = Move(
            case=case, definition_id=task.token.definition_id, actor=actor, opinion=opinion.strip()
        )
        chosen = move.process.steps[task.step].acts.get(act)
        if chosen is None:
            raise UnknownActError(acts=sorted(move.process.steps[task.step].acts))
        move.act = act
        move.input = _read_input(chosen, given or {})
        if chosen.opinion == "required" and not move.opinion:
            raise OpinionMissingError(
                problems=[
                    FieldProblem(
                        "opinion",
                        "OPINION_REQUIRED",
                        OpinionMissingError.reason_zh,
                        OpinionMissingError.reason_en,
                        OpinionMissingError.mend_zh,
                        OpinionMissingError.mend_en,
                    )
                ]
            )
        signed = list(TaskAct.objects.filter(task=task).order_by("id"))
        _check_signers(actor, act, signed)
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
        move.signer_names = (*(row.actor_name for row in signed), actor.name)
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
        move.run_effects(task.step, chosen.effects)
        move.enter(chosen.target, task.token.branch)
        events.emit("case.moved", case.number, {"case": case.pk, "phase": case.phase, **details})
        task.refresh_from_db()
        return task


def signal_case(*, case: Case, event: str, actor: Actor) -> bool:
    """Pass an event to the tokens that wait for it. The caller holds the case lock.

    Returns whether a token waited; an event that nobody waits for changes nothing.
    """
    tokens = list(
        Token.objects.filter(case=case, status=Token.Status.ACTIVE, waits_for=event).order_by("id")
    )
    for token in tokens:
        move = Move(case=case, definition_id=token.definition_id, actor=actor)
        step = move.process.steps[token.step]
        move.leave(token)
        move.enter(step.target, token.branch)
    return bool(tokens)


def fire_due_timers(*, limit: int = 100) -> int:
    """到时: let due timers fire, each in its own transaction. Returns how many fired."""
    fired = 0
    due = Timer.objects.filter(fired_at=None, cancelled_at=None, due_at__lte=now())
    for timer_id, case_id in due.order_by("due_at", "id").values_list("id", "case_id")[:limit]:
        with transaction.atomic():
            case = lock_case(case_id)
            claimed = Timer.objects.filter(pk=timer_id, fired_at=None, cancelled_at=None).update(
                fired_at=now()
            )
            if not claimed:
                continue
            timer = Timer.objects.select_related("token").get(pk=timer_id)
            _fire(case, timer)
            fired += 1
    return fired


def _fire(case: Case, timer: Timer) -> None:
    token = timer.token
    # The timer acts at the moment that it was due, not when the worker came round.
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


def _closed(task: Task) -> TaskClosedError:
    last = TaskAct.objects.filter(task=task).order_by("-id").first()
    if last is None:
        return TaskClosedError("这一步已结束", "This step has ended.")
    when = f"{last.at:%Y-%m-%d %H:%M}"
    return TaskClosedError(
        f"这一步已由{last.actor_name}于{when}办理",
        f"{last.actor_name} did this step at {when}.",
        done_by=last.actor_name,
        done_act=last.act,
    )


def _check_signers(actor: Actor, act: str, signed: list[TaskAct]) -> None:
    for row in signed:
        if row.account_id == actor.account_id:
            raise AlreadySignedError
        if row.act != act:
            raise SignersDisagreeError(first_act=row.act, first_by=row.actor_name)


def _read_input(act: Act, given: Mapping[str, Any]) -> dict[str, Any]:
    problems: list[FieldProblem] = []
    values: dict[str, Any] = {}
    for name in given.keys() - act.input.keys():
        problems.append(
            FieldProblem(name, "UNKNOWN_FIELD", "没有这个填写项", "There is no such field.")
        )
    for name, kind in act.input.items():
        raw = given.get(name)
        if raw in (None, "", []):
            problems.append(
                FieldProblem(
                    name,
                    "REQUIRED",
                    "请填写这一项",
                    "This is needed.",
                    "填写后再办理",
                    "Fill it in.",
                )
            )
            continue
        try:
            values[name] = _READERS[kind](raw)
        except (TypeError, ValueError, InvalidOperation):
            problems.append(
                FieldProblem(name, "WRONG_TYPE", "内容格式不对", f"This must be a {kind}.")
            )
    if problems:
        raise InvalidInputError(problems=problems)
    return values


def _read_list(raw: Any) -> list[str]:
    lines = raw.splitlines() if isinstance(raw, str) else [str(entry) for entry in raw]
    kept = [line.strip() for line in lines if line.strip()]
    if not kept:
        raise ValueError("empty")
    return kept


def _read_boolean(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    return {"true": True, "false": False}[str(raw).lower()]


def _read_date(raw: Any) -> str:
    return (raw.date() if isinstance(raw, datetime) else date.fromisoformat(str(raw))).isoformat()


_READERS = {
    "text": lambda raw: str(raw).strip(),
    "list": _read_list,
    "date": _read_date,
    "integer": lambda raw: int(str(raw)),
    "money": lambda raw: str(Decimal(str(raw)).quantize(Decimal("0.01"))),
    "boolean": _read_boolean,
    "file": lambda raw: int(str(raw)),
}
