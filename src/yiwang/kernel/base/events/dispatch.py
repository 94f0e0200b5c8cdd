"""事件分发: from the outbox to the consumers inside the platform.

Events of one subject reach a consumer in the order in which they were written: while one waits for
its next attempt, the later ones of its subject wait behind it. A parked event lets them pass.
"""

import logging
import time
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.events.contracts import Event
from yiwang.kernel.base.events.models import ConsumedEvent, OutboxEvent
from yiwang.kernel.base.events.registry import consumers_of, pump

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 10
"""After so many failures (about a quarter of an hour) the event is parked for a person to see."""

LONGEST_WAIT_S = 300

BATCH = 50

# A batch ends early, so that what its consumers changed is visible soon and no lock is held long.
BATCH_SECONDS = 0.5


def retry_delay(attempts: int) -> timedelta:
    """Return the pause after so many failed attempts: 1, 2, 4 ... seconds, at most five minutes."""
    return timedelta(seconds=min(2.0 ** (attempts - 1), LONGEST_WAIT_S))


@pump("events.dispatch", every_s=0.25)
def dispatch_pending() -> int:
    """Dispatch one batch; what the worker calls."""
    return dispatch_batch(BATCH)


def dispatch_batch(limit: int) -> int:
    """Give up to ``limit`` waiting events to their consumers; returns how many were handled.

    Safe in several processes at once: rows are claimed with SKIP LOCKED. A failing consumer rolls
    back its own changes only; those that succeeded are not called again for that event.
    """
    try:
        with transaction.atomic():
            return _dispatch(limit, in_isolation=False)
    # Nearly always nobody fails, and then no savepoint was worth its round trips. Whatever failed
    # has undone the whole batch; now it is done again, each consumer in a savepoint of its own.
    except Exception:
        with transaction.atomic():
            return _dispatch(limit, in_isolation=True)


def _dispatch(limit: int, *, in_isolation: bool) -> int:
    deadline = time.monotonic() + BATCH_SECONDS
    at = now()
    events = _claim(limit, at)
    inbox = _Inbox(events)
    done: list[int] = []
    failed_subjects: set[str] = set()
    handled = 0
    for event in events:
        if time.monotonic() > deadline:
            break
        if event.subject in failed_subjects:
            continue
        handled += 1
        errors = _consume(event, inbox, in_isolation)
        if not errors:
            done.append(event.sequence)
        elif not _note_failure(event, errors, at):
            failed_subjects.add(event.subject)
    inbox.give_back_unused()
    OutboxEvent.objects.filter(sequence__in=done).update(
        dispatched_at=at,
        next_attempt_at=None,
        last_error="",
        awaits_publishing=bool(settings.NATS_URL),
    )
    return handled


def _claim(limit: int, at: datetime) -> list[OutboxEvent]:
    """Lock waiting events in order, leaving out those whose subject waits for an earlier one."""
    waiting = Q(dispatched_at=None, parked_at=None)
    due = Q(next_attempt_at=None) | Q(next_attempt_at__lte=at)
    claimed = list(
        OutboxEvent.objects.select_for_update(skip_locked=True)
        .filter(waiting & due)
        .order_by("sequence")[:limit]
    )
    if not claimed:
        return []
    # Whatever of the same subjects is earlier and not ours is backing off or in another's hands.
    elsewhere: dict[str, int] = {}
    others = (
        OutboxEvent.objects.filter(waiting, subject__in={event.subject for event in claimed})
        .exclude(sequence__in=[event.sequence for event in claimed])
        .filter(sequence__lt=claimed[-1].sequence)
        .order_by("-sequence")
        .values_list("subject", "sequence")
    )
    for subject, sequence in others:
        elsewhere[subject] = sequence
    return [
        event
        for event in claimed
        if event.subject not in elsewhere or event.sequence < elsewhere[event.subject]
    ]


class _Inbox:
    """The inbox rows of one batch: taken together at its start, the unused given back."""

    def __init__(self, events: Sequence[OutboxEvent]) -> None:
        self.consumers = {event.id: consumers_of(event.type) for event in events}
        pairs = [(c.name, event_id) for event_id, group in self.consumers.items() for c in group]
        self._taken = set(_take(pairs)) if pairs else set()

    def use(self, consumer: str, event_id: uuid.UUID) -> bool:
        """Tell whether this consumer has not yet had this event; then it counts as had."""
        if (consumer, event_id) not in self._taken:
            return False
        self._taken.remove((consumer, event_id))
        return True

    def give_back(self, consumer: str, event_id: uuid.UUID) -> None:
        """The consumer failed: it will get the event again."""
        self._taken.add((consumer, event_id))

    def give_back_unused(self) -> None:
        """Forget what was taken for events that were not consumed after all."""
        for consumer, event_id in self._taken:
            ConsumedEvent.objects.filter(consumer=consumer, event_id=event_id).delete()


def _consume(row: OutboxEvent, inbox: _Inbox, in_isolation: bool) -> list[str]:
    """Call each consumer once ever for this event; returns what went wrong.

    :raises Exception: what a consumer raised, unless in isolation.
    """
    event = Event(id=row.id, type=row.type, subject=row.subject, time=row.time, data=row.data)
    errors = []
    for consumer in inbox.consumers[row.id]:
        if not inbox.use(consumer.name, row.id):
            continue
        if not in_isolation:
            consumer.consume(event)
            continue
        try:
            with transaction.atomic():
                consumer.consume(event)
                # A broken reference would else show at the commit and undo the others' work.
                connection.check_constraints()
        # A consumer is foreign code: whatever it raises may stop this event, never the others.
        except Exception as error:
            logger.exception(
                "event_consumer_failed",
                extra={"consumer": consumer.name, "event": str(row.id), "type": row.type},
            )
            inbox.give_back(consumer.name, row.id)
            errors.append(f"{consumer.name}: {type(error).__name__}: {error}")
    return errors


def _take(pairs: Sequence[tuple[str, uuid.UUID]]) -> list[tuple[str, uuid.UUID]]:
    """Write inbox rows; returns those that were not there yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events_consumedevent (consumer, event_id, at)"
            " SELECT name, id, %s FROM unnest(%s::text[], %s::uuid[]) AS pair(name, id)"
            " ON CONFLICT (consumer, event_id) DO NOTHING RETURNING consumer, event_id",
            [now(), [name for name, _ in pairs], [event_id for _, event_id in pairs]],
        )
        return [(name, event_id) for name, event_id in cursor.fetchall()]


def _note_failure(event: OutboxEvent, errors: Sequence[str], at: datetime) -> bool:
    """Write down the failure; returns whether the event is parked now."""
    event.attempts += 1
    event.last_error = "\n".join(errors)[:4000]
    if event.attempts >= MOST_ATTEMPTS:
        event.parked_at = at
        event.next_attempt_at = None
        logger.error("event_parked", extra={"event": str(event.id), "type": event.type})
    else:
        event.next_attempt_at = at + retry_delay(event.attempts)
    event.save(update_fields=["attempts", "last_error", "parked_at", "next_attempt_at"])
    return event.parked_at is not None
