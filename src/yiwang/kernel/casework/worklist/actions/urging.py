"""催办: ask for haste. It shows on the task; the event is there for whoever tells the holder."""

from datetime import timedelta

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.casework.cases.actions.cases import tell
from yiwang.kernel.casework.worklist.errors import NothingToUrgeError, UrgedTooSoonError
from yiwang.kernel.casework.worklist.models import Urge
from yiwang.kernel.casework.worklist.passing import locked_task
from yiwang.kernel.casework.worklist.people import read_words

PAUSE = timedelta(hours=1)


def urge_task(*, actor: Actor, task_id: int, words: str = "") -> Urge:
    """催办: whoever may see the task may urge it, once an hour. The holder need not.

    :raises NotFoundError: the task is out of the actor's reach.
    :raises TaskClosedError: it is done.
    :raises NothingToUrgeError: the actor holds it.
    :raises UrgedTooSoonError: less than an hour ago; ``again_at`` says from when.
    """
    said = read_words(words, most=200, required=False)
    with locked_task(actor, task_id) as (case, task):
        if task.assignee_id == actor.account_id:
            raise NothingToUrgeError
        at = now()
        last = Urge.objects.filter(task=task, by_id=actor.account_id).order_by("-id").first()
        if last is not None and at < last.at + PAUSE:
            raise UrgedTooSoonError(again_at=(last.at + PAUSE).isoformat())
        row = Urge.objects.create(
            task=task, by_id=actor.account_id, by_name=actor.name, words=said, at=at
        )
        tell(
            case,
            kind="task.urged",
            title_zh=f"{task.title_zh}：{actor.name}催办" + (f"：{said}" if said else ""),
            title_en=f"{task.title_en}: urged by {actor.name}" + (f": {said}" if said else ""),
            actor=actor,
            organization_name=task.organization.name,
            is_public=False,
        )
        details = {"task": task.pk, "holder": task.assignee_id}
        audit.record(actor, "task.urge", "task", task.pk, case_id=case.pk, details=details)
        events.emit("task.urged", case.number, {"case": case.pk, **details})
        return row
