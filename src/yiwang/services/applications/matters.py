"""您的事: what waits for the person, most urgent first; four queries whatever the size."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.db.models import Case as Choose
from django.db.models import When

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.calendars import now, today
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.forms.models import Draft
from yiwang.kernel.registers.licences.models import Licence
from yiwang.kernel.registers.licences.selectors import licences_of
from yiwang.services.applications.selectors import visible_cases

__all__ = ["EXPIRES_SOON", "Matter", "MatterKind", "drafts_of", "matters_of"]

# ui.md asks for "expiring"; renewals are applied for 30 working days ahead at most.
EXPIRES_SOON = timedelta(days=60)
DELIVERED_LATELY = timedelta(days=7)
MOST_OF_A_KIND = 3


class MatterKind(StrEnum):
    """Why something is listed, in the order in which it matters to the person."""

    CORRECT = "CORRECT"
    PAY = "PAY"
    EXPIRING = "EXPIRING"
    DELIVERED = "DELIVERED"
    DRAFT = "DRAFT"
    RUNNING = "RUNNING"


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing of the person's own; exactly one of the three is set."""

    kind: MatterKind
    case: Case | None = None
    licence: Licence | None = None
    draft: Draft | None = None


def drafts_of(actor: Actor, limit: int) -> list[Draft]:
    """Return what the actor began for the present party and did not submit, newest first."""
    rows = Draft.objects.filter(
        account_id=actor.account_id,
        party_id=actor.acting_for_id or 0,
        submitted_case_id=None,
        expires_at__gt=now(),
    )
    return list(rows.order_by("-updated_at", "-id")[:limit])


def matters_of(actor: Actor, limit: int = 6) -> list[Matter]:
    """Return what the person should look at first: to correct, to pay, expiring, delivered."""
    own = visible_cases(actor).filter(parent=None).select_related("organization")
    running = list(
        own.filter(status=Case.Status.OPEN)
        .annotate(
            urgency=Choose(
                When(phase=Case.Phase.CORRECTING, then=0),
                When(phase=Case.Phase.PAYING, then=1),
                default=2,
            )
        )
        .order_by("urgency", "due_at", "id")[:limit]
    )
    delivered = own.filter(
        outcome=Case.Outcome.GRANTED, concluded_at__gte=now() - DELIVERED_LATELY
    ).order_by("-concluded_at", "-id")[:MOST_OF_A_KIND]
    expiring = (
        licences_of(actor.acting_for_id or 0)
        .filter(status=Licence.Status.VALID, valid_to__range=(today(), today() + EXPIRES_SOON))
        .order_by("valid_to", "id")[:MOST_OF_A_KIND]
    )
    listed = [
        *(Matter(_kind_of(case), case=case) for case in running),
        *(Matter(MatterKind.DELIVERED, case=case) for case in delivered),
        *(Matter(MatterKind.EXPIRING, licence=licence) for licence in expiring),
        *(Matter(MatterKind.DRAFT, draft=draft) for draft in drafts_of(actor, MOST_OF_A_KIND)),
    ]
    order = list(MatterKind)
    return sorted(listed, key=lambda matter: order.index(matter.kind))[:limit]


def _kind_of(case: Case) -> MatterKind:
    waits_for_person = {
        Case.Phase.CORRECTING: MatterKind.CORRECT,
        Case.Phase.PAYING: MatterKind.PAY,
    }
    return waits_for_person.get(Case.Phase(case.phase), MatterKind.RUNNING)
