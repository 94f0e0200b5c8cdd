"""终止: an official ends a case before its process has."""

from django.db import transaction

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.casework.cases.actions.cases import tell
from yiwang.kernel.casework.process.actions import frame
from yiwang.kernel.casework.process.errors import TerminationNotOfferedError
from yiwang.kernel.casework.process.models import Task
from yiwang.kernel.casework.process.registry import Terminates
from yiwang.kernel.casework.process.rules.inputs import read_reason

__all__ = ["terminate_case"]

TERMINATE = ":terminate"


def terminate_case(
    *, actor: Actor, task_id: int, opinion: str, seen_version: int | None = None
) -> Task:
    """终止: end the case with a reason, whatever else is still open in it.

    What it means in law the kind of case says: it concludes the case and issues the papers.

    :raises VerbNotAllowedError: the step forbids it.
    :raises TerminationNotOfferedError: this kind of case is decided or withdrawn, not terminated.
    """
    reason = read_reason(opinion)
    with transaction.atomic():
        held = frame.hold(actor, task_id)
        if frame.own_act(held, TERMINATE) is not None:
            return held.task
        frame.take_up(held)
        frame.require_verb(held.step, "terminate")
        frame.require_fresh(held.task, seen_version)
        move = held.move
        kind = move.kind
        if not isinstance(kind, Terminates):
            raise TerminationNotOfferedError
        frame.record_verb(held, TERMINATE, reason)
        move.act, move.opinion, move.closing = TERMINATE, reason, Task.Closing.TERMINATED
        move.signer_names = (held.actor.name,)
        move.cancel_rest()
        tell(
            held.case,
            kind="task.terminated",
            title_zh=f"{held.task.title_zh}：终止办理",
            title_en=f"{held.task.title_en}: terminated",
            actor=held.actor,
            organization_name=held.task.organization.name,
            details={"opinion": reason},
            is_public=False,
        )
        audit.record(
            held.actor,
            "process.terminate",
            "task",
            held.task.pk,
            case_id=held.case.pk,
            details={"step": held.step.key},
        )
        kind.terminated(held.case, move.context(held.step.key, is_of_act=True))
        events.emit(
            "case.terminated", held.case.number, {"case": held.case.pk, "step": held.step.key}
        )
        held.task.refresh_from_db()
        return held.task
