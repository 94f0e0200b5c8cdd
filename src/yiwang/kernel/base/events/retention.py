"""事件保留: what has arrived everywhere is forgotten after a while; the audit keeps the acts."""

from datetime import timedelta

from django.db import transaction

from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.events.models import ConsumedEvent, OutboxEvent
from yiwang.kernel.base.events.registry import pump

KEPT_DAYS = 90
BATCH = 2000


@pump("events.forget_old", every_s=600)
def forget_old() -> int:
    """Delete old events that were consumed and published, with their inbox rows.

    Looks only at the oldest rows, so that it costs the same however many there are. Parked events
    stay until a person has dealt with them. Returns how many went.
    """
    cutoff = now() - timedelta(days=KEPT_DAYS)
    oldest = OutboxEvent.objects.filter(parked_at=None).order_by("sequence")
    rows = oldest.values_list("sequence", "id", "dispatched_at", "awaits_publishing")[:BATCH]
    old = [
        (sequence, event_id)
        for sequence, event_id, dispatched_at, awaits_publishing in rows
        if dispatched_at is not None and dispatched_at < cutoff and not awaits_publishing
    ]
    if not old:
        return 0
    with transaction.atomic():
        ConsumedEvent.objects.filter(event_id__in=[event_id for _, event_id in old]).delete()
        OutboxEvent.objects.filter(sequence__in=[sequence for sequence, _ in old]).delete()
    return len(old)
