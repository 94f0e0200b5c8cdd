"""一件事的叙述: a whole as the API tells it, with the parts in the order of the theme."""

from typing import Any

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.cases.rules.wholes import Part, derive_whole
from yiwang.kernel.casework.clocks.models import Clock
from yiwang.services.themes.selectors import PartView, WholeView, view_whole

__all__ = ["state_of", "tell_whole"]


def state_of(view: WholeView) -> str:
    """Return how the whole stands: OPEN, PARTLY_DONE, DONE, PARTIAL, REFUSED or WITHDRAWN."""
    return derive_whole(
        Part(one.case.status, one.case.phase, one.case.outcome, one.part.begun_at is not None)
        for one in view.parts
    ).state.value


def tell_whole(actor: Actor, case: Case) -> dict[str, Any]:
    """Return a whole as the API tells it to this actor."""
    view = view_whole(actor, case)
    clocks = [clock for clock in (view.joint.clock, view.joint.promised_clock) if clock]
    return {
        "number": case.number,
        "title": case.title,
        "title_en": case.title_en,
        "theme": view.application.theme_key,
        "item": view.application.theme_key,
        "status": case.status,
        "phase": case.phase,
        "outcome": case.outcome,
        "state": state_of(view),
        "organization": case.organization.name,
        "opened_at": case.opened_at,
        "accepted_at": view.application.accepted_at,
        "due_at": case.due_at,
        "concluded_at": case.concluded_at,
        "delivered_at": view.application.delivered_at,
        "credit": "",
        "deemed_accepted": False,
        "parts": [_part(one) for one in view.parts],
        "correction_points": [
            {"part": one.part.key, "organization": one.case.organization.name, "point": point}
            for one in view.parts
            if one.correction is not None
            for point in one.correction.points
        ],
        "timeline": [
            {"at": e.at, "kind": e.kind, "title_zh": e.title_zh, "title_en": e.title_en}
            for e in view.events
        ],
        "clocks": [_clock(clock) for clock in clocks],
        "papers": [
            {"id": p.pk, "kind": p.kind, "number": p.number, "issued_at": p.issued_at}
            for p in view.papers
        ],
        "licences": [
            {
                "id": licence.pk,
                "type": licence.type_key,
                "number": licence.number,
                "holder": licence.holder_name,
                "status": licence.status,
                "owner": licence.owner.name if licence.owner else "",
                "fields": licence.record["fields"],
                "valid_to": licence.valid_to,
                "verification_code": licence.verification_code,
            }
            for one in view.parts
            for licence in one.licences
        ],
        "bills": [
            {
                "id": bill.pk,
                "number": bill.number,
                "amount_yuan": str(bill.amount_yuan),
                "refunded_yuan": str(bill.refunded_yuan),
                "status": bill.status,
                "payment_code": bill.payment_code,
            }
            for one in view.parts
            for bill in one.bills
        ],
        "open_tasks": [
            {
                "id": t.pk,
                "step": t.step,
                "role": t.role,
                "signers": t.signers,
                "organization": t.organization_id,
                "part": one.part.key,
            }
            for one in view.parts
            for t in one.tasks
        ],
    }


def _part(one: PartView) -> dict[str, Any]:
    case = one.case
    return {
        "key": one.part.key,
        "number": case.number if one.is_mine else "",
        "title": case.title,
        "title_en": case.title_en,
        "organization": case.organization.name,
        "status": case.status,
        "phase": case.phase,
        "outcome": case.outcome,
        "due_at": case.due_at,
        "concluded_at": case.concluded_at,
        "after": one.part.after,
        "has_begun": one.part.begun_at is not None,
        "is_mine": one.is_mine,
        "papers": [paper.kind for paper in one.papers],
    }


def _clock(clock: Clock) -> dict[str, Any]:
    return {
        "kind": clock.kind,
        "basis": clock.basis,
        "amount": clock.amount,
        "unit": clock.unit,
        "source": clock.source,
        "due_at": clock.due_at,
        "assumed": clock.assumed,
        "outcome": clock.outcome,
        "owed_by": clock.owed_by,
        "suspended": clock.suspended_at is not None,
    }
