"""自然人与法人: what other apps use."""

from yiwang.kernel.base.parties.actions.registration import (
    find_or_register_person,
    register_business,
    register_person,
    update_contact,
)
from yiwang.kernel.base.parties.actions.representations import (
    authorise_representative,
    is_principal,
    revoke_representation,
)
from yiwang.kernel.base.parties.display import (
    PartyCard,
    card,
    mask_id,
    mask_name,
    mask_phone,
    reveal,
)
from yiwang.kernel.base.parties.errors import (
    PartyError,
    PopulationUnavailableError,
    RealNameMismatchError,
    RepresentationError,
    RepresentativeUnknownError,
    UsccTakenError,
    field_problem,
)
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.base.parties.population import (
    FaceMatch,
    PopulationSource,
    register_source,
    source,
)
from yiwang.kernel.base.parties.selectors import (
    acts_within_mandate,
    list_principals,
    may_act_for,
)

__all__ = [
    "FaceMatch",
    "PartyCard",
    "PartyError",
    "PopulationSource",
    "PopulationUnavailableError",
    "RealNameMismatchError",
    "RepresentationError",
    "RepresentativeUnknownError",
    "UsccTakenError",
    "acts_within_mandate",
    "authorise_representative",
    "card",
    "field_problem",
    "find_by_citizen_id_no",
    "find_or_register_person",
    "is_principal",
    "list_principals",
    "mask_id",
    "mask_name",
    "mask_phone",
    "may_act_for",
    "register_business",
    "register_person",
    "register_source",
    "reveal",
    "revoke_representation",
    "source",
    "update_contact",
]


def find_by_citizen_id_no(text: str) -> Party | None:
    """Return the person with this number, or None.

    :raises InvalidCodeError: when it is no 公民身份号码.
    """
    return Party.objects.with_citizen_id_no(text).first()
