"""验章: say whether a PDF is, to the last byte, what a unit sealed.

Stricter than the standard asks: one signature, over the whole file, by a certificate under a known
root, in exactly the spelling a signer writes. What a standard reader forgives (another spelling of
the signature's own bytes, an update after it) is refused here, because a person who changed a byte
of a licence must not read "valid".
"""

import asyncio
import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import cms, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext

logger = logging.getLogger(__name__)
# pyHanko writes a traceback for every bad signature; a stranger's upload must not fill the log.
logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)

REASONS: dict[str, tuple[str, str]] = {
    "VALID": ("电子印章有效，文件自盖章后未被改动", "The seal is valid; nothing changed since."),
    "UNREADABLE": ("文件不是完整的 PDF，或者已经损坏", "The file is no complete PDF, or damaged."),
    "NOT_SEALED": ("文件没有电子印章", "The file bears no electronic seal."),
    "SEVERAL_SIGNATURES": (
        "文件有多个签名，不是本系统出具的文件",
        "The file bears several signatures: it was not made here.",
    ),
    "NOT_COVERED": (
        "盖章之后文件又被增加或者改动了内容",
        "Something was added to the file after it was sealed.",
    ),
    "CHANGED": ("文件内容与盖章时不一致，已被改动", "The file is not as it was sealed: changed."),
    "SIGNATURE_ALTERED": ("签名数据被改动", "The bytes of the signature were altered."),
    "NOT_TRUSTED": (
        "印章证书不是受信任的机构签发的，或者不在有效期内",
        "The seal's certificate is not of a trusted authority, or not in force.",
    ),
    "REVOKED": ("印章证书在用印时已经吊销", "The seal's certificate was revoked before sealing."),
}


@dataclass(frozen=True, slots=True)
class PdfReport:
    """验章结果: what is true of a file, and why.

    ``reason`` is a sentence in Chinese, ``reason_en`` in English, ``code`` a key of ``REASONS``.
    ``signed_at`` is what the signature says; ``registered`` whether the register of this
    installation knows this very file.
    """

    valid: bool
    intact: bool
    trusted: bool
    covers_whole_document: bool
    code: str
    signer_name: str = ""
    unit_code: str = ""
    signed_at: datetime | None = None
    certificate_serial: str = ""
    registered: bool = False

    @property
    def reason(self) -> str:
        """Why, in Chinese."""
        return REASONS[self.code][0]

    @property
    def reason_en(self) -> str:
        """Why, in English."""
        return REASONS[self.code][1]


def validate_pdf(data: bytes, roots: Sequence[bytes], *, moment: datetime) -> PdfReport:
    """Check the seal of a PDF against the root certificates (DER) at ``moment``. Never raises.

    ``moment`` is when the certificate must hold: now, or an earlier instant at which this file is
    known to have existed.
    """
    try:
        reader = PdfFileReader(io.BytesIO(data))
        signatures = list(reader.embedded_signatures)
        if not signatures:
            return _refused("NOT_SEALED")
        if len(signatures) > 1:
            return _refused("SEVERAL_SIGNATURES")
        return _check(signatures[0], data, roots, moment)
    # A hostile file can fail anywhere in the reader or the ASN.1 parser: the answer is the same.
    except Exception as error:
        logger.info("seal_validation_unreadable", extra={"cause": type(error).__name__})
        return _refused("UNREADABLE")


def _check(
    signature: EmbeddedPdfSignature, data: bytes, roots: Sequence[bytes], moment: datetime
) -> PdfReport:
    context = ValidationContext(
        trust_roots=[x509.Certificate.load(root) for root in roots],
        moment=moment,
        allow_fetching=False,
    )
    covered = _covers_whole(signature, data)
    # What was added after the signature is refused anyway; comparing it would only cost time.
    status = asyncio.run(async_validate_pdf_signature(signature, context, skip_diff=not covered))
    intact = bool(status.intact and status.valid and (status.docmdp_ok or not covered))
    if not covered:
        code = "NOT_COVERED"
    elif not intact:
        code = "CHANGED"
    elif not (status.trusted and status.bottom_line):
        code = "NOT_TRUSTED"
    elif not _is_plain_spelling(signature, data, status):
        code = "SIGNATURE_ALTERED"
    else:
        code = "VALID"
    subject = signature.signer_cert.subject.native
    return PdfReport(
        valid=code == "VALID",
        intact=intact,
        trusted=bool(status.trusted),
        covers_whole_document=covered,
        code=code,
        signer_name=str(subject.get("organization_name") or subject.get("common_name") or ""),
        unit_code=str(subject.get("organization_identifier") or ""),
        signed_at=signature.self_reported_timestamp,
        certificate_serial=f"{signature.signer_cert.serial_number:x}",
    )


def _covers_whole(signature: EmbeddedPdfSignature, data: bytes) -> bool:
    """Tell whether the signed ranges are the whole file but for the signature's own bytes."""
    ranges = [int(number) for number in signature.byte_range]
    if len(ranges) != 4:
        return False
    start, before, resume, after = ranges
    return (
        start == 0
        and 0 < before < resume
        and resume + after == len(data)
        and data[before : before + 1] == b"<"
        and data[resume - 1 : resume] == b">"
    )


def _is_plain_spelling(
    signature: EmbeddedPdfSignature, data: bytes, status: PdfSignatureStatus
) -> bool:
    """Tell whether the bytes that no signature covers are exactly what a signer writes.

    They are the hexadecimal text of the signature: the CMS object, whose unsigned parts follow from
    the signed ones, then nothing but zeros.
    """
    _, before, resume, _ = (int(number) for number in signature.byte_range)
    text = data[before + 1 : resume - 1]
    raw = bytes.fromhex(text.decode("ascii"))
    if text not in (raw.hex().encode(), raw.hex().upper().encode()):
        return False
    signed, signer = signature.signed_data, signature.signer_info
    path = status.validation_path
    known = {certificate.dump() for certificate in path} if path is not None else set()
    embedded = [choice.chosen.dump() for choice in signed["certificates"]]
    if len(set(embedded)) != len(embedded) or not known.issuperset(embedded):
        return False
    rebuilt = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [signer["digest_algorithm"]],
            "encap_content_info": {"content_type": "data"},
            "certificates": signed["certificates"],
            "signer_infos": [
                {
                    "version": "v1",
                    "sid": signer["sid"],
                    "digest_algorithm": signer["digest_algorithm"],
                    "signed_attrs": signer["signed_attrs"],
                    "signature_algorithm": signer["signature_algorithm"],
                    "signature": signer["signature"],
                }
            ],
        }
    )
    plain = cms.ContentInfo({"content_type": "signed_data", "content": rebuilt}).dump()
    return raw.startswith(plain) and not any(raw[len(plain) :])


def _refused(code: str) -> PdfReport:
    return PdfReport(
        valid=False, intact=False, trusted=False, covers_whole_document=False, code=code
    )
