"""印章登记: apply for, activate, suspend, destroy and renew seals."""

from cryptography.x509 import ReasonFlags
from django.db import transaction

from yiwang.kernel.base.access.contracts import SYSTEM, Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.crypto import authority
from yiwang.kernel.trust.seals import picture
from yiwang.kernel.trust.seals.errors import SealTransitionError
from yiwang.kernel.trust.seals.models import Seal
from yiwang.kernel.trust.seals.rules.transitions import TRANSITIONS


@transaction.atomic
def apply_for_seal(
    *, actor: Actor, unit_code: str, unit_name: str, kind: str, custodian: str = ""
) -> Seal:
    """Draw a seal for a unit and have its certificate issued; it seals nothing until activated.

    :raises IntegrityError: the unit has a seal of this kind that is not destroyed.
    :raises SealPictureError: the name is empty or too long for a seal.
    :raises ValueError: no such kind of seal.
    """
    at = now()
    seal = Seal(
        unit_code=unit_code,
        unit_name=unit_name,
        kind=Seal.Kind(kind),
        status=Seal.Status.APPLIED,
        custodian=custodian,
        applied_at=at,
    )
    seal.picture_svg = picture.draw_svg(unit_name, seal.caption)
    seal.picture_pdf = picture.draw_pdf(unit_name, seal.caption)
    seal.certificate = authority.issue_seal_certificate(unit_name, unit_code)
    seal.valid_from = seal.certificate.valid_from
    seal.valid_until = seal.certificate.valid_until
    seal.save(force_insert=True)
    audit.record(actor, "seals.apply_for_seal", "seal", seal.pk, details={"unit": unit_code})
    return seal


@transaction.atomic
def activate_seal(*, actor: Actor, seal: Seal) -> None:
    """Put a seal applied for or suspended into use.

    :raises SealTransitionError: it is in use or destroyed.
    """
    _move(actor, seal, "activate")


@transaction.atomic
def suspend_seal(*, actor: Actor, seal: Seal) -> None:
    """Stop the use of a seal until it is activated again.

    :raises SealTransitionError: it is not in use.
    """
    _move(actor, seal, "suspend")


@transaction.atomic
def destroy_seal(*, actor: Actor, seal: Seal, compromised: bool = False) -> None:
    """Destroy a seal for good and revoke its certificate.

    What it sealed before stays valid, as the register knows when; ``compromised`` marks a stolen
    key in the revocation list.

    :raises SealTransitionError: it is destroyed already.
    """
    _move(actor, seal, "destroy")
    reason = ReasonFlags.key_compromise if compromised else ReasonFlags.cessation_of_operation
    authority.revoke_certificate(seal.certificate, reason)


@transaction.atomic
def ensure_seal(*, unit_code: str, unit_name: str, kind: str) -> Seal:
    """Return the unit's seal of this kind, in use; cut one where there is none.

    A unit that was renamed, or whose seal has run out, gets a new seal and the old one is
    destroyed. A seal that a person suspended is returned as it is: only a person activates it.
    """
    found = (
        Seal.objects.select_for_update(of=("self",))
        .select_related("certificate")
        .filter(unit_code=unit_code, kind=Seal.Kind(kind))
        .exclude(status=Seal.Status.DESTROYED)
        .first()
    )
    if found is not None and found.status == Seal.Status.SUSPENDED:
        return found
    if found is not None and (found.unit_name != unit_name or found.valid_until <= now()):
        destroy_seal(actor=SYSTEM, seal=found)
        found = None
    if found is None:
        found = apply_for_seal(actor=SYSTEM, unit_code=unit_code, unit_name=unit_name, kind=kind)
    if found.status == Seal.Status.APPLIED:
        activate_seal(actor=SYSTEM, seal=found)
    return found


def _move(actor: Actor, seal: Seal, act: str) -> None:
    sources, target = TRANSITIONS[act]
    values: dict[str, object] = {"status": target}
    if target == Seal.Status.DESTROYED:
        values["destroyed_at"] = now()
    if not Seal.objects.filter(pk=seal.pk, status__in=sources).update(**values):
        raise SealTransitionError(act=act)
    for field, value in values.items():
        setattr(seal, field, value)
    audit.record(actor, f"seals.{act}_seal", "seal", seal.pk)
