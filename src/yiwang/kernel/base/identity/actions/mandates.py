"""办理身份: for whom a person acts from now on."""

from django.db import transaction

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.identity.errors import NotAllowedToActError
from yiwang.kernel.base.parties import facade as parties
from yiwang.kernel.base.parties.models import Party


@transaction.atomic
def choose_principal(*, actor: Actor, party_id: int) -> Party:
    """Return the party that the actor will act for, after checking that it may.

    Oneself, a business that one operates, or whoever gave an authority that counts today.

    :raises NotAllowedToActError: none of these; absent and not yours are one answer.
    """
    if actor.party_id is None or not parties.may_act_for(actor.party_id, party_id):
        raise NotAllowedToActError
    party = Party.objects.get(pk=party_id)
    audit.record(actor, "identity.act_for", "party", party.pk)
    return party
