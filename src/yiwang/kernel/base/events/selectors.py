"""How far the outbox has got."""

from dataclasses import dataclass

from django.db.models import Count, Min, Q

from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.events.models import OutboxEvent

__all__ = ["Backlog", "backlog", "list_parked"]


@dataclass(frozen=True, slots=True)
class Backlog:
    """Waiting and parked events; ``oldest_waiting_s`` in seconds, 0 when nothing waits."""

    waiting: int
    oldest_waiting_s: float
    parked: int


def backlog() -> Backlog:
    """Count what has not reached its consumers; reads only the small partial indexes."""
    row = OutboxEvent.objects.filter(dispatched_at=None).aggregate(
        waiting=Count("sequence", filter=Q(parked_at=None)),
        oldest=Min("time", filter=Q(parked_at=None)),
        parked=Count("sequence", filter=Q(parked_at__isnull=False)),
    )
    age = (now() - row["oldest"]).total_seconds() if row["oldest"] else 0.0
    return Backlog(row["waiting"], max(age, 0.0), row["parked"])


def list_parked(limit: int = 100) -> list[OutboxEvent]:
    """List parked events with their last error, oldest first."""
    return list(OutboxEvent.objects.filter(parked_at__isnull=False).order_by("sequence")[:limit])
