"""子办件: when a child case is concluded, the step of the parent that waits for it hears of it."""

from django.db import transaction

from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.casework.cases.actions.cases import lock_case
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.process.engine import Move
from yiwang.kernel.casework.process.models import Subcase, Token
from yiwang.kernel.casework.process.outside import outputs_of

__all__ = ["note_conclusion"]


def note_conclusion(case_id: int) -> bool:
    """Note that a child case is concluded; walk the parent on when it waits for no more.

    Returns whether the parent moved. Said twice, it changes nothing. Children that a step no
    longer waits for go on by themselves.
    """
    link = Subcase.objects.filter(case_id=case_id).select_related("token").first()
    if link is None:
        return False
    with transaction.atomic():
        parent = lock_case(link.token.case_id)
        child = Case.objects.get(pk=case_id)
        if child.concluded_at is None:
            return False
        noted = Subcase.objects.filter(pk=link.pk, concluded_at=None).update(
            outcome=child.outcome, concluded_at=child.concluded_at
        )
        token = Token.objects.get(pk=link.token_id)
        if not noted or token.status != Token.Status.ACTIVE:
            return False
        move = Move(case=parent, definition_id=token.definition_id, actor=SYSTEM)
        step = move.process.steps[token.step]
        outputs = None if step.subcases is None else outputs_of(token, step.subcases)
        if outputs is None:
            return False
        move.leave(token, act=":concluded", outputs=outputs)
        audit.record(
            SYSTEM,
            "process.subcases_concluded",
            "token",
            token.pk,
            case_id=parent.pk,
            details={"step": token.step, **outputs},
        )
        move.go_on(token, step.target)
        events.emit("case.moved", parent.number, {"case": parent.pk, "phase": parent.phase})
        return True
