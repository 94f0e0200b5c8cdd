"""用印: find the unit's seal, seal the file, keep the record."""

import hashlib

from django.db import transaction

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.crypto import authority
from yiwang.kernel.trust.seals import sealing
from yiwang.kernel.trust.seals.errors import SealUnavailableError
from yiwang.kernel.trust.seals.models import Seal, SealUse

REASON = "电子用印"


@transaction.atomic
def seal_document(
    *,
    pdf: bytes,
    unit_code: str,
    seal_kind: str,
    actor: Actor,
    document_key: str,
    case_number: str = "",
) -> bytes:
    """Seal ``pdf`` with the unit's active seal of this kind and record the use.

    :raises SealUnavailableError: no such seal in force.
    :raises NotAPdfError: the bytes are no complete PDF.
    :raises SealsError: the file is sealed already.
    """
    at = now()
    seal = (
        Seal.objects.select_related("certificate__key", "certificate__issuer")
        .filter(unit_code=unit_code, kind=seal_kind, status=Seal.Status.ACTIVE)
        .first()
    )
    if seal is None or not (seal.valid_from <= at < seal.valid_until):
        raise SealUnavailableError(unit=unit_code, kind=seal_kind)
    sealed = sealing.seal_pdf(
        pdf, _seal_key(seal), moment=at, reason=REASON, location=seal.unit_name
    )
    digest = hashlib.sha256(sealed).hexdigest()
    use = SealUse.objects.create(
        seal=seal,
        document_key=document_key,
        document_digest=digest,
        account_id=actor.account_id,
        actor_name=actor.name,
        case_number=case_number,
        used_at=at,
    )
    audit.record(
        actor,
        "seals.seal_document",
        "seal_use",
        use.pk,
        details={"seal": seal.pk, "document": document_key, "sha256": digest},
    )
    return sealed


def _seal_key(seal: Seal) -> sealing.SealKey:
    certificate = seal.certificate
    # The root is what a verifier trusts beforehand; only what lies between goes into the file.
    *between, _root = authority.chain_above(certificate)
    return sealing.SealKey(
        certificate=bytes(certificate.der),
        intermediates=tuple(between),
        private_key=authority.private_key(certificate.key),
        picture_pdf=bytes(seal.picture_pdf),
    )
