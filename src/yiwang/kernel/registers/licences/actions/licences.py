"""电子证照: issue, end, consent, use and draw."""

import secrets
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from yiwang.kernel import acts
from yiwang.kernel.base.access.contracts import SYSTEM, Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import LOCAL_ZONE, now, today
from yiwang.kernel.base.chinese import pinyin_key
from yiwang.kernel.base.crypto.facade import sign_record
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.base.files.facade import MediaType, store_made
from yiwang.kernel.base.files.models import StoredFile
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.base.parties.rules import uscc
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.registers.licences.errors import (
    LicenceNotUsableError,
    LicenceStatusError,
    LicenceTypeUnknownError,
)
from yiwang.kernel.registers.licences.models import (
    Licence,
    LicenceConsent,
    LicenceStatusChange,
    LicenceType,
    LicenceUse,
)
from yiwang.kernel.registers.licences.rules.definition import LicenceDefinition, compile_licence
from yiwang.kernel.registers.licences.rules.status import ENDED, FOLLOWING
from yiwang.kernel.trust.seals import facade as seals

# Registering authority 9 (market supervision), kind 2 (individual business): GB 32100.
INDIVIDUAL_BUSINESS_CATEGORY = "92"
CONSENT_DAYS = 30


@lru_cache(maxsize=1024)
def _read_type(type_id: int) -> tuple[LicenceType, LicenceDefinition]:
    """Return a type, whole and compiled, kept by this process once read.

    What a type says never changes, so the kept one never goes stale; only ``is_current`` does, and
    is asked of the database.
    """
    licence_type = LicenceType.objects.get(pk=type_id)
    return licence_type, compile_licence(licence_type.content)


def get_definition(licence_type: LicenceType) -> LicenceDefinition:
    """Return the compiled form of a type."""
    return _read_type(licence_type.pk)[1]


def issue_licence(
    *,
    actor: Actor,
    type_key: str,
    holder: Party,
    organization: Organization,
    case: Case | None,
    facts: Mapping[str, Any],
) -> Licence:
    """制证: sign the record and store it. Its sealed PDF is drawn at first download.

    Where the type founds a new party (an individual business), that party is made and holds it.

    :raises LicenceTypeUnknownError: no pack ever brought such a type.
    """
    type_id, key, party_key, sequence = _type_in_force(type_key)
    licence_type, definition = _read_type(type_id)
    at = now()
    start = today()
    code = ""
    owner = None
    if definition.new_party:
        code = str(uscc.make(INDIVIDUAL_BUSINESS_CATEGORY, organization.division_id[:6], sequence))
        facts = {**facts, "new_party": {"uscc": code}}
    values = {f.key: f.value({**facts, "uscc": code}) for f in definition.fields}
    shown = {key: plain_value(value) for key, value in values.items()}
    if definition.new_party:
        owner = holder
        holder = _found_party(party_key, definition.new_party, code, shown, owner, at)
    valid_to = definition.valid_to(start, facts)
    number = definition.number.format(
        division6=organization.division_id[:6], year=start.year, sequence=sequence, uscc=code
    )
    verification_code = secrets.token_hex(8).upper()
    record = {
        "type": type_key,
        "title": licence_type.title_zh,
        "number": number,
        "holder": holder.name,
        "issuer": organization.name,
        "issuer_code": organization.code,
        "issued_on": start.isoformat(),
        "valid_from": start.isoformat(),
        "valid_to": valid_to.isoformat() if valid_to else None,
        "fields": shown,
        "verify": verification_code,
    }
    signed = sign_record(record)
    licence = Licence(
        pk=key,
        number=number,
        type=licence_type,
        type_key=type_key,
        holder=holder,
        owner=owner,
        holder_name=holder.name,
        organization=organization,
        case=case,
        status=Licence.Status.VALID,
        issued_at=at,
        valid_from=start,
        valid_to=valid_to,
        record=record,
        signed=signed.compact,
        signing_key_id=signed.key_id,
        verification_code=verification_code,
    )
    acts.append(licence)
    case_id = case.pk if case else None
    audit.record(actor, "licence.issue", "licence", licence.pk, case_id=case_id)
    events.emit(
        "licence.issued", number, {"licence": licence.pk, "case": case_id, "type": type_key}
    )
    return licence


def change_status(
    *, actor: Actor, licence: Licence, status: str, reason: str, legal_basis: str
) -> Licence:
    """Change the status: 撤回、撤销、注销、吊销、暂扣 each under its own name and basis.

    :raises LicenceStatusError: the present status does not lead to this one.
    """
    with transaction.atomic():
        licence = Licence.objects.select_for_update(of=("self",)).get(pk=licence.pk)
        if status not in FOLLOWING.get(licence.status, ()):
            raise LicenceStatusError(status=licence.status)
        licence.status = status
        licence.save(update_fields=["status"])
        LicenceStatusChange.objects.create(
            licence=licence,
            status=status,
            reason=reason,
            legal_basis=legal_basis,
            at=now(),
            account_id=actor.account_id,
        )
        audit.record(
            actor,
            "licence.status",
            "licence",
            licence.pk,
            case_id=licence.case_id,
            details={"status": status},
        )
        events.emit(
            "licence.ended" if status in ENDED else "licence.status_changed",
            licence.number,
            {"licence": licence.pk, "status": status},
        )
        return licence


def usable_licences(party_id: int) -> QuerySet[Licence]:
    """Return the valid licences that a party may use: its own and those of its businesses.

    Whoever founded a business and passed it on has no more to do with what it holds.
    """
    return Licence.objects.filter(
        Q(holder_id=party_id) | Q(holder__operator_id=party_id),
        Q(valid_to=None) | Q(valid_to__gte=today()),
        status=Licence.Status.VALID,
    )


def use_licence(
    *,
    actor: Actor,
    licence_id: int,
    type_key: str,
    party_id: int,
    purpose: str,
    case: Case | None,
) -> Licence:
    """用证: use a licence instead of an upload, with the holder's consent for this purpose.

    The act of choosing it in the form is the consent; it names purpose and end, and both it and
    the use are shown to the holder.

    :raises LicenceNotUsableError: expired, ended, of another type, deleted or not the party's.
    """
    licence = usable_licences(party_id).filter(pk=licence_id, type_key=type_key).first()
    if licence is None:
        raise LicenceNotUsableError
    at = now()
    consent = LicenceConsent.objects.create(
        licence=licence,
        purpose=purpose,
        subject=case.number if case else "",
        granted_by_id=actor.account_id,
        granted_at=at,
        valid_until=at + timedelta(days=CONSENT_DAYS),
    )
    LicenceUse.objects.create(
        licence=licence,
        consent=consent,
        case=case,
        account_id=actor.account_id,
        organization_name=case.organization.name if case else "",
        purpose=purpose,
        at=at,
    )
    return licence


def draw_licence(licence: Licence) -> StoredFile:
    """Return the sealed PDF with the signed record inside, drawn when it is first asked for."""
    if licence.file is not None:
        return licence.file
    with transaction.atomic():
        licence = (
            Licence.objects.select_for_update(of=("self",))
            .select_related("organization", "type", "file")
            .get(pk=licence.pk)
        )
        if licence.file is not None:
            return licence.file
        definition = get_definition(licence.type)
        pdf = seals.draw_document(
            "licence",
            {
                "title": licence.type.title_zh,
                "title_en": licence.type.title_en,
                "number": licence.number,
                "fields": [
                    {"label": f.title_zh, "value": _printed(licence.record["fields"].get(f.key))}
                    for f in definition.fields
                ],
                "unit": licence.organization.name,
                "date": f"{licence.valid_from:%Y年%-m月%-d日}",
                "valid_to": f"{licence.valid_to:%Y年%-m月%-d日}" if licence.valid_to else "长期",
                "note": definition.note_zh,
                "qr": verification_url(licence),
                "verification_code": licence.verification_code,
            },
        )
        pdf = seals.embed_record(pdf, {"record": licence.record, "signed": licence.signed})
        sealed = seals.seal_document(
            pdf=pdf,
            unit_code=licence.organization_id,
            seal_kind=definition.seal_kind,
            actor=SYSTEM,
            document_key=_document_key(licence),
        )
        licence.file = store_made(
            content=sealed, name=f"{licence.number}.pdf", media_type=MediaType.PDF
        )
        licence.save(update_fields=["file"])
        return licence.file


def _document_key(licence: Licence) -> str:
    key = f"licence:{licence.number}"
    return key if licence.version == 1 else f"{key}:{licence.version}"


def verification_url(licence: Licence) -> str:
    """Return the address that the QR code holds."""
    return f"{settings.PUBLIC_URL}/verify/{licence.verification_code}/"


def _type_in_force(type_key: str) -> tuple[int, int, int, int]:
    """Return the type to issue by, keys for a licence and its new holder, and the next number.

    A case that began before its pack gave the type up still ends with the last one in force.

    :raises LicenceTypeUnknownError: no pack ever brought such a type.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, nextval(pg_get_serial_sequence('licences_licence', 'id')),"
            " nextval(pg_get_serial_sequence('parties_party', 'id')), nextval('licence_number')"
            " FROM (SELECT id FROM licences_licencetype WHERE key = %s"
            " ORDER BY is_current DESC, id DESC LIMIT 1) AS in_force",
            [type_key],
        )
        found: tuple[int, int, int, int] | None = cursor.fetchone()
    if found is None:
        raise LicenceTypeUnknownError(type=type_key)
    return found


def _found_party(
    key: int, kind: str, code: str, shown: Mapping[str, Any], founder: Party, at: datetime
) -> Party:
    """Make the party that the licence founds; its operator is the applicant."""
    name = str(shown.get("name") or shown.get("business_name") or founder.name)
    party = Party(
        pk=key,
        kind=kind,
        name=name,
        pinyin=pinyin_key(name),
        uscc=code,
        operator=founder,
        residence_division_id=founder.residence_division_id,
        created_at=at,
    )
    acts.append(party)
    return party


def _printed(value: Any) -> Any:
    """Return what stands on the licence: a dash where there is nothing, but zero is something."""
    if isinstance(value, bool):
        return "是" if value else "否"
    return "—" if value is None or value == "" else value


def plain_value(value: Any) -> Any:
    """Turn a FEEL value into what a signed record may hold: text, whole numbers, lists of them."""
    if isinstance(value, datetime):
        return value.astimezone(LOCAL_ZONE).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (Decimal, float)):
        return f"{value}"
    if isinstance(value, (list, tuple)):
        return "；".join(str(plain_value(entry)) for entry in value)
    if value is None or isinstance(value, (str, bool, int)):
        return value
    return str(value)
