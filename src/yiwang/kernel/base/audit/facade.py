"""审计: what every action calls, and what every reading of personal data calls."""

from typing import Any

from yiwang.kernel import acts
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit.autonomous import surviving_rollback
from yiwang.kernel.base.audit.models import AuditEntry
from yiwang.kernel.base.calendars import now

__all__ = ["record", "record_denied", "record_read", "surviving_rollback"]


def record(
    actor: Actor,
    action: str,
    object_kind: str,
    object_id: object,
    *,
    case_id: int | None = None,
    details: dict[str, Any] | None = None,
) -> AuditEntry:
    """Append one act to the audit, inside the transaction of the act.

    ``details`` holds codes and ids only, never personal data.
    """
    entry = _entry(AuditEntry.Kind.ACT, actor, action, object_kind, object_id, case_id, details)
    acts.append(entry)
    return entry


def record_read(
    actor: Actor,
    action: str,
    object_kind: str,
    object_id: object,
    *,
    purpose: str,
    case_id: int | None = None,
    details: dict[str, Any] | None = None,
) -> AuditEntry:
    """Append one reading of personal data; it stays even when the reader's transaction does not.

    Call it before the data are shown. ``purpose`` is why the person looked, as a code or a short
    sentence without personal data.
    """
    entry = _entry(
        AuditEntry.Kind.READ,
        actor,
        action,
        object_kind,
        object_id,
        case_id,
        {**(details or {}), "purpose": purpose},
    )
    with surviving_rollback() as alias:
        entry.save(force_insert=True, using=alias)
    return entry


def record_denied(
    actor: Actor,
    action: str,
    object_kind: str,
    object_id: object,
    *,
    case_id: int | None = None,
    details: dict[str, Any] | None = None,
) -> AuditEntry:
    """Append one refused act; it stays although the act itself rolls back."""
    entry = _entry(AuditEntry.Kind.DENIED, actor, action, object_kind, object_id, case_id, details)
    with surviving_rollback() as alias:
        entry.save(force_insert=True, using=alias)
    return entry


def _entry(
    kind: AuditEntry.Kind,
    actor: Actor,
    action: str,
    object_kind: str,
    object_id: object,
    case_id: int | None,
    details: dict[str, Any] | None,
) -> AuditEntry:
    return AuditEntry(
        at=now(),
        kind=kind,
        action=action,
        account_id=actor.account_id,
        acting_for_id=actor.acting_for_id if actor.acting_for_id != actor.party_id else None,
        organization_code=actor.organization_code,
        channel=actor.channel,
        address=actor.address,
        object_kind=object_kind,
        object_id=str(object_id),
        case_id=case_id,
        details=details or {},
    )
