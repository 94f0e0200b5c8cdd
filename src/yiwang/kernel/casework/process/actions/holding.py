"""挂起与恢复: an internal hold of one task. Every clock, of law and of promise, runs on."""

from django.db import transaction

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.casework.cases.actions.cases import tell
from yiwang.kernel.casework.process.access import take_turn
from yiwang.kernel.casework.process.actions import frame
from yiwang.kernel.casework.process.actions.frame import Held
from yiwang.kernel.casework.process.models import Task
from yiwang.kernel.casework.process.rules.inputs import read_reason, read_words

__all__ = ["resume_task", "suspend_task"]


def suspend_task(
    *, actor: Actor, task_id: int, opinion: str, seen_version: int | None = None
) -> Task:
    """挂起: put a task aside, with the reason; it leaves the inbox until it is resumed.

    Nothing else stops: due dates, lamps and timers go on, and a timer of the step still fires.

    :raises VerbNotAllowedError: the step forbids it.
    """
    reason = read_reason(opinion)
    with transaction.atomic():
        held = frame.hold(actor, task_id)
        if held.task.status == Task.Status.SUSPENDED:
            return held.task
        frame.take_up(held)
        frame.require_verb(held.step, "suspend")
        frame.require_fresh(held.task, seen_version)
        _set(held, Task.Status.SUSPENDED)
        _tell(held, "suspended", "挂起（时限照常计算）", "suspended; its clocks run on", reason)
        return held.task


def resume_task(*, actor: Actor, task_id: int, opinion: str = "") -> Task:
    """恢复: bring a suspended task back into the inbox. A task that is open stays as it is.

    :raises TaskClosedError: it has ended meanwhile, by a timer for instance.
    """
    words = read_words("opinion", opinion)
    with transaction.atomic():
        held = frame.hold(actor, task_id)
        if held.task.status == Task.Status.OPEN:
            return held.task
        if held.task.status != Task.Status.SUSPENDED:
            frame.take_up(held)
        held.actor = take_turn(held.actor, held.task)
        _set(held, Task.Status.OPEN)
        _tell(held, "resumed", "恢复办理", "resumed", words)
        return held.task


def _set(held: Held, status: Task.Status) -> None:
    Task.objects.filter(pk=held.task.pk).update(status=status)
    frame.touch(held.token)
    held.task.refresh_from_db()


def _tell(held: Held, verb: str, zh: str, en: str, reason: str) -> None:
    tell(
        held.case,
        kind=f"task.{verb}",
        title_zh=f"{held.task.title_zh}：{zh}",
        title_en=f"{held.task.title_en}: {en}",
        actor=held.actor,
        organization_name=held.task.organization.name,
        details={"opinion": reason},
        is_public=False,
    )
    audit.record(
        held.actor,
        f"process.{verb}",
        "task",
        held.task.pk,
        case_id=held.case.pk,
        details={"step": held.step.key},
    )
    events.emit(f"task.{verb}", held.case.number, {"case": held.case.pk, "task": held.task.pk})
