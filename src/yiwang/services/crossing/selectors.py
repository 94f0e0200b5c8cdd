"""跨域通办查询: packages on their way to and from the official's units."""

from django.db.models import Q

from yiwang.kernel.base.access import facade as access
from yiwang.kernel.base.access.contracts import Actor
from yiwang.services.crossing.models import CustodyLeg, HelpMandate

__all__ = ["custody_of", "legs_from", "legs_to", "mandates_of"]

MOST = 50


def legs_to(actor: Actor) -> list[CustodyLeg]:
    """Return packages that wait to be taken by a unit of the actor's, most urgent first."""
    rows = CustodyLeg.objects.filter(_in_units(actor, "receiver"), taken_at=None)
    return list(rows.select_related("case", "sender", "receiver").order_by("due_at", "id")[:MOST])


def legs_from(actor: Actor) -> list[CustodyLeg]:
    """Return what the actor's units passed on, newest first."""
    rows = CustodyLeg.objects.filter(_in_units(actor, "sender"))
    return list(rows.select_related("case", "sender", "receiver").order_by("-id")[:MOST])


def _in_units(actor: Actor, side: str) -> Q:
    readable = access.scope(
        actor, "case.read", org=f"{side}__path", division=f"{side}__division__path"
    )
    return readable | Q(**{side: actor.organization_code})


def custody_of(case_id: int) -> list[CustodyLeg]:
    """Return who held the package of a case, in order."""
    rows = CustodyLeg.objects.filter(case_id=case_id).select_related("sender", "receiver")
    return list(rows.order_by("id"))


def mandates_of(actor: Actor) -> list[HelpMandate]:
    """Return the authorities under which the agent may help, newest first."""
    rows = HelpMandate.objects.filter(agent_account_id=actor.account_id, revoked_at=None)
    return list(rows.select_related("principal").order_by("-id")[:MOST])
