"""综合窗口: who stands there, and the checks of identity."""

from dataclasses import replace
from typing import Any

from yiwang.kernel.base.access import facade as access
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.access.models import Grant
from yiwang.kernel.base.identity import facade as identity
from yiwang.kernel.base.parties import facade as parties
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.errors import NotFoundError, NotPermittedError


def party_at_window(
    actor: Actor, name: str, citizen_id_no: str, uscc: str = ""
) -> tuple[Actor, int]:
    """Return the clerk as acting at a window, and the party of the person who stands there.

    The clerk has seen the identity card; the population source confirms name and number. A person
    whom the platform does not know yet is registered. With ``uscc`` the party is the business that
    the person operates.

    :raises NotFoundError: the business is not the person's.
    :raises NotPermittedError: the actor is no window clerk.
    :raises RealNameMismatchError: the source does not know this name with this number.
    """
    access.known("case.window")
    if not Grant.objects.filter(account_id=actor.account_id, permission="case.window").exists():
        raise NotPermittedError
    party = parties.find_or_register_person(actor=actor, name=name, citizen_id_no=citizen_id_no)
    if uscc:
        business = Party.objects.filter(uscc=uscc.strip().upper(), operator=party).first()
        if business is None:
            raise NotFoundError
        party = business
    return replace(actor, channel="WINDOW", acting_for_id=party.pk), party.pk


def check_face(actor: Actor, party_id: int, face_token: str) -> dict[str, Any]:
    """Return the outcome of the real-name and face checks, as facts for the rules.

    At a window the clerk's eyes take the place of the camera. ``None`` means not checked.
    """
    if actor.channel == "WINDOW":
        return {"real_name": True, "face": True}
    face: bool | None = None
    if face_token:
        face = identity.check_face(actor=actor, party_id=party_id, image_token=face_token)
    return {"real_name": actor.assurance_level >= 2, "face": face}
