"""综合窗口: who stands there, and the checks of identity."""

from dataclasses import replace
from typing import Any

from django.db.models import Q

from yiwang.kernel.base.access import facade as access
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.access.models import Grant
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import today
from yiwang.kernel.base.identity import facade as identity
from yiwang.kernel.base.parties import facade as parties
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.errors import NotFoundError, NotPermittedError

WINDOW = "case.window"


def party_at_window(
    actor: Actor, name: str, citizen_id_no: str, uscc: str = ""
) -> tuple[Actor, int]:
    """Return the clerk as acting at a window, and the party of the person who stands there.

    The clerk has seen the identity card; the population source confirms name and number. A person
    whom the platform does not know yet is registered. With ``uscc`` the party is the business that
    the person operates, and the person is its agent. What the clerk may take in there is decided
    by each act (:func:`require_window`).

    :raises NotFoundError: the business is not the person's.
    :raises NotPermittedError: the actor has a window nowhere.
    :raises RealNameMismatchError: the source does not know this name with this number.
    """
    if not windows_of(actor):
        audit.record_denied(actor, WINDOW, "page", "window")
        raise NotPermittedError(permission=WINDOW)
    person = parties.find_or_register_person(actor=actor, name=name, citizen_id_no=citizen_id_no)
    party = person
    if uscc:
        business = Party.objects.filter(uscc=uscc.strip().upper(), operator=person).first()
        if business is None:
            raise NotFoundError
        party = business
    clerk = replace(actor, channel="WINDOW", party_id=person.pk, acting_for_id=party.pk)
    return clerk, party.pk


def require_window(actor: Actor, *, org_path: str, division_path: str) -> None:
    """Refuse the act unless a window of the actor reaches a unit in a place.

    A window serves the people of its own place: it takes in what is decided there, below, and by
    the units above that its seat names (a town's window for the county).

    :raises NotPermittedError: it does not; the refusal is audited.
    """
    for unit, place in windows_of(actor):
        is_near = division_path.startswith(place) or place.startswith(division_path)
        if org_path.startswith(unit) and is_near:
            return
    audit.record_denied(
        actor,
        WINDOW,
        "organization",
        org_path.rstrip("/").rsplit("/", 1)[-1],
        details={"division_path": division_path},
    )
    raise NotPermittedError(permission=WINDOW)


def windows_of(actor: Actor) -> list[tuple[str, str]]:
    """Return unit and place of each window that the actor holds today."""
    day = today()
    return list(
        Grant.objects.filter(
            Q(valid_to=None) | Q(valid_to__gte=day),
            account_id=actor.account_id,
            permission=access.known(WINDOW),
            valid_from__lte=day,
        )
        .values_list("org_path", "division_path")
        .distinct()
    )


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
