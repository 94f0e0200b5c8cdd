"""For whom a person may act."""

from django.db.models import Q, QuerySet

from yiwang.kernel.base import calendars
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.parties.models import Party, Representation

__all__ = ["acts_within_mandate", "list_principals", "may_act_for"]


def list_principals(person_id: int) -> QuerySet[Party]:
    """Return the parties that a person may act for today besides itself, by name (one query)."""
    return Party.objects.filter(_principals_of(person_id)).order_by("pinyin", "pk")


def may_act_for(person_id: int, party_id: int, item_key: str | None = None) -> bool:
    """Say whether a person may act for a party today, and with ``item_key`` in this matter.

    One query, none for oneself.
    """
    if person_id == party_id:
        return True
    return Party.objects.filter(_principals_of(person_id, item_key), pk=party_id).exists()


def acts_within_mandate(actor: Actor, item_key: str) -> bool:
    """Say whether the actor's present mandate covers this service item."""
    if actor.party_id is None or actor.acting_for_id is None:
        return True
    return may_act_for(actor.party_id, actor.acting_for_id, item_key)


def _principals_of(person_id: int, item_key: str | None = None) -> Q:
    mandates = Representation.objects.in_force_on(calendars.today()).filter(agent=person_id)
    if item_key is not None:
        mandates = mandates.filter(Q(item_keys=[]) | Q(item_keys__contains=[item_key]))
    return Q(operator=person_id, died_on=None) | Q(pk__in=mandates.values("principal"))
