"""Given old events, when they have arrived everywhere, then they are forgotten, and only they."""

from datetime import timedelta

import pytest

from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.events.facade import emit
from yiwang.kernel.base.events.models import ConsumedEvent, OutboxEvent
from yiwang.kernel.base.events.retention import KEPT_DAYS, forget_old

OLD = timedelta(days=KEPT_DAYS, minutes=1)


@pytest.mark.django_db
def test_only_old_events_that_arrived_everywhere_go():
    def make(name, **state):
        event_id = emit(f"test.{name}", name, {})
        OutboxEvent.objects.filter(id=event_id).update(**state)
        ConsumedEvent.objects.create(consumer="t", event_id=event_id, at=now())

    make("old", dispatched_at=now() - OLD)
    make("recent", dispatched_at=now() - OLD + timedelta(hours=1))
    make("unpublished", dispatched_at=now() - OLD, awaits_publishing=True)
    make("parked", parked_at=now() - OLD)
    make("waiting")

    assert forget_old() == 1
    assert forget_old() == 0

    left = set(OutboxEvent.objects.values_list("subject", flat=True))
    assert left == {"recent", "unpublished", "parked", "waiting"}
    assert ConsumedEvent.objects.count() == 4
