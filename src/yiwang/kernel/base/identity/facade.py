"""身份认证: what other apps use."""

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.identity.actions.accounts import (
    create_citizen,
    create_official,
    open_phone_account,
    set_password,
    verify_real_name,
)
from yiwang.kernel.base.identity.codes import register_sender
from yiwang.kernel.base.identity.errors import (
    CodeRefusedError,
    FaceRefusedError,
    IdentityError,
    SecondFactorRefusedError,
    SignInRefusedError,
    SmsUnavailableError,
    TooManyAttemptsError,
)
from yiwang.kernel.base.parties import facade as parties
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.errors import NotFoundError

__all__ = [
    "CodeRefusedError",
    "FaceRefusedError",
    "IdentityError",
    "SecondFactorRefusedError",
    "SignInRefusedError",
    "SmsUnavailableError",
    "TooManyAttemptsError",
    "check_face",
    "create_citizen",
    "create_official",
    "open_phone_account",
    "register_sender",
    "set_password",
    "verify_real_name",
]


def check_face(*, actor: Actor, party_id: int, image_token: str) -> bool:
    """Compare a picture with the person (人脸核验); ``image_token`` names it at the source.

    Only the person itself, or whoever acts for it now, may ask.

    :raises NotFoundError: another party, or one that has no face.
    :raises PopulationUnavailableError: the source did not answer.
    """
    person = Party.objects.filter(pk=party_id, kind=Party.Kind.PERSON).first()
    if person is None or person.citizen_id_no is None or party_id not in _own(actor):
        raise NotFoundError
    return (
        parties.source()
        .check_face(name=person.name, citizen_id_no=person.citizen_id_no, image_token=image_token)
        .match
    )


def _own(actor: Actor) -> tuple[int | None, ...]:
    return actor.party_id, actor.acting_for_id
