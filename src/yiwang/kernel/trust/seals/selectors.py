"""验章: the check of a file, joined with what the registers of this installation know."""

import hashlib
from dataclasses import replace

from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.crypto import authority
from yiwang.kernel.base.crypto.models import Certificate
from yiwang.kernel.trust.seals.models import SealUse
from yiwang.kernel.trust.seals.validation import PdfReport, validate_pdf


def validate_document(data: bytes) -> PdfReport:
    """Check the seal of an uploaded file. Never raises on what the file holds.

    A file in the register of uses is checked as of the moment it was sealed, so that a licence
    outlives the certificate of its seal; any other file as of now.
    """
    used_at = (
        SealUse.objects.filter(document_digest=hashlib.sha256(data).hexdigest())
        .order_by("used_at")
        .values_list("used_at", flat=True)
        .first()
    )
    moment = used_at or now()
    report = validate_pdf(data, authority.trust_anchors(), moment=moment)
    if not report.valid:
        return report
    revoked_at = (
        Certificate.objects.filter(serial_number=report.certificate_serial)
        .values_list("revoked_at", flat=True)
        .first()
    )
    report = replace(report, registered=used_at is not None)
    if revoked_at is not None and revoked_at <= moment:
        return replace(report, valid=False, trusted=False, code="REVOKED")
    return report
