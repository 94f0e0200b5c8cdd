"""换发: a licence of the same number takes the place of the one before it."""

import secrets
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import now, today
from yiwang.kernel.base.crypto.facade import sign_record
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.registers.licences.actions.licences import change_status, plain_value
from yiwang.kernel.registers.licences.models import Licence


def succeed_licence(
    *,
    actor: Actor,
    predecessor: Licence,
    organization: Organization,
    case: Case | None,
    changes: Mapping[str, Any],
    valid_from: date | None = None,
    valid_to: date | None,
    reason: str,
    legal_basis: str,
) -> Licence:
    """延续、变更、补证: issue the next version under the same number and end the one before.

    Its fields are those of the one before with ``changes`` over them; a field that the licence
    does not have is refused. ``valid_from`` is today unless told otherwise; the days of the one
    before stay in its own record. Source: 行政许可法 第四十九条、第五十条 (2019).

    :raises KeyError: a change names no field of the licence.
    :raises LicenceStatusError: the one before is not valid any more.
    """
    with transaction.atomic():
        ended = change_status(
            actor=actor,
            licence=predecessor,
            status=Licence.Status.REPLACED,
            reason=reason,
            legal_basis=legal_basis,
        )
        fields = dict(ended.record["fields"])
        for key, value in changes.items():
            if key not in fields:
                raise KeyError(key)
            fields[key] = plain_value(value)
        start = valid_from or today()
        verification_code = secrets.token_hex(8).upper()
        record = {
            **ended.record,
            "version": ended.version + 1,
            "issuer": organization.name,
            "issuer_code": organization.code,
            "issued_on": today().isoformat(),
            "valid_from": start.isoformat(),
            "valid_to": valid_to.isoformat() if valid_to else None,
            "fields": fields,
            "verify": verification_code,
        }
        signed = sign_record(record)
        licence = Licence.objects.create(
            number=ended.number,
            version=ended.version + 1,
            predecessor=ended,
            type_id=ended.type_id,
            type_key=ended.type_key,
            holder_id=ended.holder_id,
            owner_id=ended.owner_id,
            holder_name=ended.holder_name,
            organization=organization,
            case=case,
            status=Licence.Status.VALID,
            issued_at=now(),
            valid_from=start,
            valid_to=valid_to,
            record=record,
            signed=signed.compact,
            signing_key_id=signed.key_id,
            verification_code=verification_code,
        )
        case_id = case.pk if case else None
        audit.record(
            actor,
            "licence.succeed",
            "licence",
            licence.pk,
            case_id=case_id,
            details={"predecessor": ended.pk},
        )
        events.emit(
            "licence.issued",
            licence.number,
            {"licence": licence.pk, "case": case_id, "type": licence.type_key},
        )
        return licence
