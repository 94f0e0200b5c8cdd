"""事件: tell the rest of the platform, inside the transaction of the act."""

import uuid
from typing import Any

from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.events.models import OutboxEvent

__all__ = ["emit"]


def emit(event_type: str, subject: object, data: dict[str, Any]) -> uuid.UUID:
    """Write one event to the outbox; it leaves only if the surrounding transaction commits.

    ``event_type`` is dotted, past tense (``case.accepted``); ``subject`` names the object
    (a case number); ``data`` holds ids and codes, never personal data.
    """
    event_id = uuid.uuid4()
    OutboxEvent.objects.create(
        id=event_id, type=event_type, subject=str(subject), time=now(), data=data
    )
    return event_id
