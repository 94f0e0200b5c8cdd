"""What a person may do about events that could not be consumed."""

import uuid

from django.db import transaction

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.events.models import OutboxEvent
from yiwang.kernel.errors import NotFoundError

__all__ = ["retry_parked"]


@transaction.atomic
def retry_parked(*, actor: Actor, event_id: uuid.UUID) -> None:
    """Send a parked event again to the consumers that have not taken it yet.

    :raises NotFoundError: no such event, or it is not parked.
    """
    changed = OutboxEvent.objects.filter(id=event_id, parked_at__isnull=False).update(
        parked_at=None, attempts=0, next_attempt_at=None
    )
    if not changed:
        raise NotFoundError
    audit.record(actor, "events.retry_parked", "event", event_id)
