"""个人信息展示: masked by default, in full by a logged act with a reason."""

from dataclasses import dataclass

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.access.facade import require
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.parties.errors import PurposeNeededError
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.base.parties.rules import citizen_id_no, names, phone

__all__ = ["PartyCard", "card", "mask_id", "mask_name", "mask_phone", "reveal"]

mask_name = names.mask
mask_id = citizen_id_no.mask
mask_phone = phone.mask


@dataclass(frozen=True, slots=True)
class PartyCard:
    """What a page shows of a party; ``is_masked`` tells whether personal data are hidden."""

    party_id: int
    kind: str
    name: str
    citizen_id_no: str
    uscc: str
    phone: str
    address: str
    is_masked: bool


def card(party: Party) -> PartyCard:
    """Return a party with personal data masked. Names of businesses are public and stay."""
    is_person = party.kind == Party.Kind.PERSON
    return PartyCard(
        party_id=party.pk,
        kind=party.kind,
        name=mask_name(party.name) if is_person else party.name,
        citizen_id_no=mask_id(party.citizen_id_no or ""),
        uscc=party.uscc or "",
        phone=mask_phone(party.phone or ""),
        address="*" * 6 if party.address else "",
        is_masked=True,
    )


def reveal(
    actor: Actor,
    party: Party,
    purpose: str,
    *,
    org_path: str = "",
    division_path: str = "",
    case_id: int | None = None,
) -> PartyCard:
    """Return a party in full, after writing down who looked and why, on a path that stays.

    The party itself may, and whoever acts for it now. Officials need ``party.reveal`` over the
    unit and place of the case in which they look (``org_path``, ``division_path``).

    :raises PurposeNeededError: an official gave no reason.
    :raises NotPermittedError: without the permission there.
    """
    if party.pk not in (actor.party_id, actor.acting_for_id):
        if len(purpose.strip()) < 2:
            raise PurposeNeededError
        require(actor, "party.reveal", org_path=org_path, division_path=division_path)
    audit.record_read(
        actor, "party.reveal", "party", party.pk, purpose=purpose.strip()[:200], case_id=case_id
    )
    return PartyCard(
        party_id=party.pk,
        kind=party.kind,
        name=party.name,
        citizen_id_no=party.citizen_id_no or "",
        uscc=party.uscc or "",
        phone=party.phone or "",
        address=party.address or "",
        is_masked=False,
    )
