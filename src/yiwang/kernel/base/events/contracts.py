"""What consumers are given."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """事件: one fact. ``data`` holds ids and codes, never personal data."""

    id: uuid.UUID
    type: str
    subject: str
    time: datetime
    data: dict[str, Any]
