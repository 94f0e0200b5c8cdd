"""公众核验: is this licence real, and does it hold today? For anyone, without signing in."""

import re
from dataclasses import dataclass
from typing import Any

from yiwang.kernel.base.calendars import today
from yiwang.kernel.base.crypto.facade import CryptoError, verify_record
from yiwang.kernel.base.parties.rules import names
from yiwang.kernel.registers.licences.models import Licence
from yiwang.kernel.trust.seals import facade as seals

__all__ = ["Verification", "verify_code", "verify_file"]

_CODE = re.compile(r"[0-9A-F]{16}", re.ASCII)
_STATUS_WORDS = {
    Licence.Status.VALID: ("有效", "valid"),
    Licence.Status.SUSPENDED: ("已暂扣", "suspended"),
    Licence.Status.RECALLED: ("已撤回", "recalled"),
    Licence.Status.ANNULLED: ("已撤销", "annulled"),
    Licence.Status.REVOKED: ("已吊销", "revoked"),
    Licence.Status.DEREGISTERED: ("已注销", "deregistered"),
    Licence.Status.REPLACED: ("已换发新证", "replaced by a newer one"),
}


@dataclass(frozen=True, slots=True)
class Verification:
    """核验结果: ``is_valid`` only when everything fits; else ``code`` and words say what does not.

    ``licence`` is shown with the holder's personal name masked.
    """

    is_valid: bool
    code: str
    reason_zh: str
    reason_en: str
    licence: dict[str, Any] | None = None
    signature: dict[str, Any] | None = None


def verify_code(code: str) -> Verification:
    """Verify by the code under the QR picture; blanks and dashes in it do not matter."""
    licence = _find(code.upper().replace(" ", "").replace("-", ""))
    if licence is None:
        return Verification(False, "UNKNOWN", "没有这份证照", "There is no such licence.")
    return _verify_row(licence)


def verify_file(data: bytes) -> Verification:
    """Verify an uploaded file: its seal, its signed record, and the register, in this order."""
    report = seals.validate_document(data)
    signature = {
        "intact": report.intact,
        "trusted": report.trusted,
        "covers_whole_document": report.covers_whole_document,
        "signer": report.signer_name,
        "signed_at": report.signed_at.isoformat() if report.signed_at else None,
        "reason": report.reason,
    }
    if not report.valid:
        return Verification(
            False,
            "SIGNATURE_INVALID",
            "电子印章无效：文件不是本平台签发，或者签发后被改动过",
            "The seal is not valid: the file was not issued here, or was changed afterwards.",
            signature=signature,
        )
    embedded = seals.extract_record(data)
    if embedded is None:
        return Verification(
            True,
            "PAPER_VALID",
            "电子印章有效，文件未被改动",
            "The seal is valid and the document is unchanged.",
            signature=signature,
        )
    try:
        record = verify_record(embedded["signed"])
    except (CryptoError, KeyError):
        return Verification(
            False,
            "RECORD_INVALID",
            "文件内的证照数据签名不符",
            "The signed licence data inside the file do not verify.",
            signature=signature,
        )
    licence = _find(str(record.get("verify", "")))
    if licence is None or licence.record != record:
        return Verification(
            False,
            "NOT_IN_REGISTER",
            "文件与登记的证照不一致",
            "The file does not match the register.",
            signature=signature,
        )
    found = _verify_row(licence)
    return Verification(
        found.is_valid, found.code, found.reason_zh, found.reason_en, found.licence, signature
    )


def _find(code: str) -> Licence | None:
    if not _CODE.fullmatch(code):
        return None
    return (
        Licence.objects.select_related("type", "organization", "holder")
        .filter(verification_code=code)
        .first()
    )


def _verify_row(licence: Licence) -> Verification:
    shown = _shown(licence)
    try:
        signed = verify_record(licence.signed)
    except CryptoError:
        signed = None
    if signed != licence.record or not _says_what_was_signed(licence):
        return Verification(
            False,
            "RECORD_INVALID",
            "登记数据的签名不符，请联系发证机关",
            "The register's own signature does not verify; ask the issuer.",
            shown,
        )
    status_zh, status_en = _STATUS_WORDS[Licence.Status(licence.status)]
    if licence.status != Licence.Status.VALID:
        return Verification(
            False, licence.status, f"这份证照{status_zh}", f"This licence is {status_en}.", shown
        )
    if licence.valid_to is not None and licence.valid_to < today():
        return Verification(
            False,
            "EXPIRED",
            f"这份证照已于{licence.valid_to:%Y年%-m月%-d日}到期",
            f"This licence expired on {licence.valid_to:%Y-%m-%d}.",
            shown,
        )
    return Verification(
        True, "VALID", "这份证照真实有效", "This licence is genuine and valid.", shown
    )


def _says_what_was_signed(licence: Licence) -> bool:
    """Say whether the columns, which are shown and searched, agree with the signed record."""
    columns = {
        "type": licence.type_key,
        "number": licence.number,
        "holder": licence.holder_name,
        "verify": licence.verification_code,
        "valid_from": licence.valid_from.isoformat(),
        "valid_to": licence.valid_to.isoformat() if licence.valid_to else None,
    }
    return all(licence.record.get(name) == value for name, value in columns.items())


def _shown(licence: Licence) -> dict[str, Any]:
    is_person = licence.holder.kind == "PERSON"
    return {
        "title_zh": licence.type.title_zh,
        "title_en": licence.type.title_en,
        "number": licence.number if not is_person else _masked(licence.number),
        "holder": names.mask(licence.holder_name) if is_person else licence.holder_name,
        "issuer": licence.organization.name,
        "valid_from": licence.valid_from,
        "valid_to": licence.valid_to,
        "status": licence.status,
        "verification_code": licence.verification_code,
    }


def _masked(number: str) -> str:
    return f"{number[:4]}****{number[-4:]}"
