"""流转: the one place where a task changes hands. The caller holds the lock of the case."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.models import F

from yiwang.kernel.base.access import facade as access
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.base.identity.models import Account
from yiwang.kernel.casework.cases.actions.cases import lock_case, tell
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.process.access import NotTheHolderError, see_task, take_turn
from yiwang.kernel.casework.process.actions import frame
from yiwang.kernel.casework.process.models import Task
from yiwang.kernel.casework.worklist.models import Passing

__all__ = ["locked_task", "pass_to", "require_say"]

Verb = Passing.Verb
_SAID = {
    Verb.CLAIM: ("{by}抢办", "{by} claimed it"),
    Verb.GIVE_BACK: ("{by}放回待领", "{by} gave it back to the pool"),
    Verb.TRANSFER: ("{by}转给{to}办理", "{by} transferred it to {to}"),
    Verb.DELEGATE: ("{by}委派{to}答复", "{by} asked {to} for an answer"),
    Verb.ANSWER: ("{by}已答复，交回{to}", "{by} answered; it is with {to} again"),
    Verb.TAKE_BACK: ("{by}收回委派", "{by} took it back"),
    Verb.HAND_OVER: ("{from_}交接给{to}", "{from_} handed it over to {to}"),
    Verb.FALL_BACK: ("{from_}已离岗，退回{to}", "{from_} has left; it went back to {to}"),
}
_POOL = ("本岗待领", "the pool")


@contextmanager
def locked_task(
    actor: Actor, task_id: int, seen_version: int | None = None
) -> Iterator[tuple[Case, Task]]:
    """Open a transaction with the case locked and the task, not yet done, as it stands now.

    :raises NotFoundError: the task is out of the actor's reach.
    :raises TaskClosedError: it was done or cancelled meanwhile; the words say by whom.
    :raises ScreenStaleError: ``seen_version`` is the version that the screen shows, and is older.
    """
    seen = see_task(actor, task_id)
    with transaction.atomic():
        case = lock_case(seen.case_id)
        task = Task.objects.select_related("organization", "token").get(pk=task_id)
        if task.status not in Task.PENDING:
            raise frame.closed_error(task)
        frame.require_fresh(task, seen_version)
        yield case, task


def require_say(actor: Actor, task: Task) -> Actor:
    """Return the actor as it disposes of the task: its turn, or the right to assign (调配待办).

    :raises NotTheHolderError: a colleague holds it and the actor may not assign.
    :raises DelegatedError: it is out for an answer.
    """
    try:
        return take_turn(actor, task)
    except NotTheHolderError:
        if access.allowed(
            actor, "task.assign", org_path=task.org_path, division_path=task.division_path
        ):
            return actor
        raise


def pass_to(
    case: Case,
    task: Task,
    *,
    verb: Passing.Verb,
    actor: Actor,
    to: Account | None,
    reason: str = "",
) -> Passing:
    """Put the task into other hands, or into the pool: row, timeline, audit and event together."""
    names = dict(
        Account.objects.filter(pk__in=[task.assignee_id or 0]).values_list("pk", "display_name")
    )
    row = Passing.objects.create(
        task=task,
        verb=verb,
        from_id=task.assignee_id,
        from_name=names.get(task.assignee_id or 0, ""),
        to_id=to.pk if to else None,
        to_name=to.display_name if to else "",
        reason=reason,
        by_id=actor.account_id,
        by_name=actor.name,
        at=now(),
    )
    # The lock of the case makes this the only writer; screens that show the former holder
    # become stale.
    Task.objects.filter(pk=task.pk).update(assignee_id=row.to_id, version=F("version") + 1)
    task.assignee_id = row.to_id
    zh, en = (
        words.format(by=actor.name, from_=row.from_name, to=row.to_name or pool)
        for words, pool in zip(_SAID[verb], _POOL, strict=True)
    )
    kind = f"task.{verb.lower()}"
    tell(
        case,
        kind=kind,
        title_zh=f"{task.title_zh}：{zh}" + (f"（{reason}）" if reason else ""),
        title_en=f"{task.title_en}: {en}" + (f" ({reason})" if reason else ""),
        actor=actor,
        organization_name=task.organization.name,
        is_public=False,
    )
    details = {"task": task.pk, "step": task.step, "from": row.from_id, "to": row.to_id}
    audit.record(actor, kind, "task", task.pk, case_id=case.pk, details=details)
    events.emit("task.passed", case.number, {"case": case.pk, "verb": str(verb), **details})
    return row
