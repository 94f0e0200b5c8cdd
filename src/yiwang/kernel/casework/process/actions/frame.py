"""每个动作的开头: the case locked, the task read anew under the lock, and its step."""

import contextlib
from dataclasses import dataclass

from django.db.models import F

from yiwang.kernel.base.access.contracts import SYSTEM, Actor
from yiwang.kernel.base.calendars import LOCAL_ZONE
from yiwang.kernel.casework.cases.actions.cases import lock_case
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.process.access import in_reach, take_turn, within_own_reach
from yiwang.kernel.casework.process.engine import Move
from yiwang.kernel.casework.process.errors import (
    ScreenStaleError,
    TaskClosedError,
    TaskSuspendedError,
    TurnNotYetError,
    VerbNotAllowedError,
)
from yiwang.kernel.casework.process.models import Task, TaskAct, Token
from yiwang.kernel.casework.process.rules.definition import Step
from yiwang.kernel.errors import NotFoundError


@dataclass(slots=True)
class Held:
    """A task under the lock of its case, who acts on it, and the move that the act makes."""

    actor: Actor
    case: Case
    task: Task
    step: Step
    move: Move
    is_seated: bool = False

    @property
    def token(self) -> Token:
        return self.task.token


def hold(actor: Actor, task_id: int) -> Held:
    """Lock the case of a task that the actor may see. Call it first, inside the transaction.

    :raises NotFoundError: the task is out of the actor's reach.
    """
    case, is_seated = _lock(actor, task_id)
    task = Task.objects.select_related("token", "organization").get(pk=task_id)
    move = Move(case=case, definition_id=task.token.definition_id, actor=actor)
    return Held(actor, case, task, move.process.steps[task.step], move, is_seated)


def _lock(actor: Actor, task_id: int) -> tuple[Case, bool]:
    """Lock the case of a task that the actor may see: no stranger can hold up a case.

    Also returns whether the actor's own seat reaches it, which is so nearly always. The wider
    question asks for deputyships, and for what was only shown to the actor.
    """
    task = Task.objects.filter(pk=task_id)
    for reach, is_own in ((within_own_reach, True), (in_reach, False)):
        with contextlib.suppress(Case.DoesNotExist):
            return lock_case(task.filter(reach(actor)).values("case_id")), is_own
    raise NotFoundError


def look_at(task: Task) -> Held:
    """Return a task as the verbs see it, for reading only: nothing is locked, nobody acts."""
    move = Move(case=task.case, definition_id=task.token.definition_id, actor=SYSTEM)
    return Held(SYSTEM, task.case, task, move.process.steps[task.step], move)


def take_up(held: Held) -> None:
    """Make sure that the task is open and the actor's, and in whose name the actor acts.

    :raises NotTheHolderError: a colleague holds it.
    :raises TaskClosedError, TaskSuspendedError, TurnNotYetError: it cannot be acted on.
    """
    match held.task.status:
        case Task.Status.SUSPENDED:
            raise TaskSuspendedError
        case Task.Status.WAITING:
            raise TurnNotYetError
        case Task.Status.OPEN:
            held.actor = take_turn(held.actor, held.task, is_seated=held.is_seated)
            held.move.actor = held.actor
        case _:
            raise closed_error(held.task)


def require_verb(step: Step, verb: str) -> None:
    """Refuse a verb that the step does not allow.

    :raises VerbNotAllowedError: naming those that it allows.
    """
    if verb not in step.verbs:
        raise VerbNotAllowedError(verb=verb, verbs=sorted(step.verbs))


def require_fresh(task: Task, seen_version: int | None) -> None:
    """Refuse an act on a screen that shows an older state of the task.

    :raises ScreenStaleError: something was changed since.
    """
    if seen_version is not None and seen_version != task.version:
        raise ScreenStaleError(version=task.version)


def own_act(held: Held, act: str) -> TaskAct | None:
    """Return what the actor did on this task by this act or verb, if it still counts."""
    return TaskAct.objects.filter(
        task=held.task, account_id=held.actor.account_id, act=act, is_current=True
    ).first()


def record_verb(held: Held, verb: str, opinion: str, **given: object) -> None:
    """Write down a verb as what the actor did on the task; it replaces an earlier signature."""
    TaskAct.objects.filter(
        task=held.task, account_id=held.actor.account_id, is_current=True
    ).update(is_current=False)
    TaskAct.objects.create(
        task=held.task,
        account_id=held.actor.account_id,
        actor_name=held.actor.name,
        act=verb,
        opinion=opinion,
        input=given,
        at=held.move.at,
    )


def touch(token: Token) -> None:
    """Tell every screen that shows a task of the token that it has become old."""
    Task.objects.filter(token=token).update(version=F("version") + 1)


def closed_error(task: Task) -> TaskClosedError:
    """Return the refusal that names who closed the task and when, or why it was closed."""
    last = TaskAct.objects.filter(task=task, is_current=True).order_by("-id").first()
    if task.closing and task.closing != Task.Closing.TIMER:
        return TaskClosedError(
            f"这一步已结束：{task.get_closing_display()}",
            f"This step has ended: {task.closing}.",
            closing=task.closing,
        )
    if last is None or task.status == Task.Status.CANCELLED:
        return TaskClosedError("这一步已结束", "This step has ended.")
    when = f"{last.at.astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M}"
    return TaskClosedError(
        f"这一步已由{last.actor_name}于{when}办理",
        f"{last.actor_name} did this step at {when}.",
        done_by=last.actor_name,
        done_act=last.act,
    )
