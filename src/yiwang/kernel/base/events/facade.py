"""事件: tell the rest of the platform, inside the transaction of the act; and listen."""

import uuid
from typing import Any

from yiwang.kernel import acts
from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.events.contracts import Event
from yiwang.kernel.base.events.models import OutboxEvent
from yiwang.kernel.base.events.registry import consumer, pump

__all__ = ["Event", "consumer", "emit", "pump"]


def emit(event_type: str, subject: object, data: dict[str, Any]) -> uuid.UUID:
    """Write one event to the outbox; it leaves only if the surrounding transaction commits.

    ``event_type`` is dotted, past tense (``case.accepted``); ``subject`` names the object
    (a case number); ``data`` holds ids and codes, never personal data.
    """
    event_id = uuid.uuid4()
    acts.append(
        OutboxEvent(id=event_id, type=event_type, subject=str(subject), time=now(), data=data)
    )
    return event_id
