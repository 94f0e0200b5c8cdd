"""Given events in the outbox, when the dispatcher runs, then each consumer acts exactly once."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.base.audit.models import AuditEntry
from yiwang.kernel.base.calendars import freeze
from yiwang.kernel.base.divisions.models import DivisionManagement
from yiwang.kernel.base.events import actions, dispatch, registry, selectors
from yiwang.kernel.base.events.contracts import Event
from yiwang.kernel.base.events.facade import emit
from yiwang.kernel.base.events.models import ConsumedEvent, OutboxEvent
from yiwang.kernel.errors import NotFoundError

MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@pytest.fixture
def listen():
    """Register consumers for one test."""
    names = []

    def register(name, types, consume):
        registry.consumer(name, types)(consume)
        names.append(name)

    yield register
    for name in names:
        registry.forget(name)


def dispatch_all():
    """Run rounds until one handles nothing; bounded so that a fault cannot hang the suite."""
    for _ in range(100):
        if not dispatch.dispatch_batch(20):
            return
    raise AssertionError("the outbox never ran empty")


@pytest.mark.django_db(transaction=True)
def test_an_event_reaches_only_the_consumers_of_its_type(listen):
    exact, prefix, other = [], [], []
    listen("t.exact", ["test.done"], exact.append)
    listen("t.prefix", ["test.*"], prefix.append)
    listen("t.other", ["testing.done", "test"], other.append)

    event_id = emit("test.done", "S-1", {"n": 1})
    dispatch_all()

    assert [event.id for event in exact] == [event_id]
    assert prefix == exact
    assert exact[0].data == {"n": 1}
    assert other == []
    assert OutboxEvent.objects.get(id=event_id).dispatched_at is not None
    dispatch_all()
    assert len(exact) == 1


@pytest.mark.django_db(transaction=True)
def test_what_was_rolled_back_is_never_told(listen):
    seen = []
    listen("t.seen", ["test.done"], seen.append)

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        emit("test.done", "S-1", {})
        raise ZeroDivisionError

    dispatch_all()
    assert seen == []


@pytest.mark.django_db(transaction=True)
def test_a_failing_consumer_leaves_nothing_and_the_others_act_once(listen):
    failing = {"on": True}

    def good(event: Event) -> None:
        emit("effect.good", "S-2", {})

    def bad(event: Event) -> None:
        emit("effect.bad", "S-3", {})
        if failing["on"]:
            raise ValueError("not today")

    def effects():
        return sorted(
            OutboxEvent.objects.filter(type__startswith="effect.").values_list("type", flat=True)
        )

    listen("t.bad", ["test.done"], bad)
    listen("t.good", ["test.done"], good)

    with freeze(MORNING) as clock:
        event_id = emit("test.done", "S-1", {})
        dispatch_all()
        waiting = OutboxEvent.objects.get(id=event_id)
        assert (waiting.attempts, waiting.dispatched_at) == (1, None)
        assert "not today" in waiting.last_error
        assert waiting.next_attempt_at == MORNING + timedelta(seconds=1)
        assert effects() == ["effect.good"]

        dispatch_all()
        assert OutboxEvent.objects.get(id=event_id).attempts == 1
        clock.advance(timedelta(seconds=5))
        dispatch_all()
        assert OutboxEvent.objects.get(id=event_id).attempts == 2
        failing["on"] = False
        clock.advance(timedelta(seconds=5))
        dispatch_all()

    assert effects() == ["effect.bad", "effect.good"]
    assert OutboxEvent.objects.get(id=event_id).dispatched_at is not None
    assert ConsumedEvent.objects.filter(event_id=event_id).count() == 2


@pytest.mark.django_db(transaction=True)
def test_events_of_one_subject_keep_their_order_behind_one_that_waits(listen):
    seen = []
    fail = {"on": True}

    def consume(event: Event) -> None:
        if fail["on"] and event.type == "test.first":
            raise ValueError
        seen.append((event.subject, event.type))

    listen("t.order", ["test.*"], consume)
    with freeze(MORNING) as clock:
        emit("test.first", "A", {})
        emit("test.second", "A", {})
        emit("test.second", "B", {})
        dispatch_all()
        emit("test.third", "A", {})
        dispatch_all()
        assert seen == [("B", "test.second")]

        fail["on"] = False
        clock.advance(timedelta(seconds=2))
        dispatch_all()

    assert seen[1:] == [("A", "test.first"), ("A", "test.second"), ("A", "test.third")]


@pytest.mark.django_db(transaction=True)
def test_a_poison_event_is_parked_seen_and_sent_again_by_a_person(listen):
    broken = {"on": True}
    seen = []

    def consume(event: Event) -> None:
        if broken["on"] and event.type == "test.poison":
            raise ValueError("poison")
        seen.append(event.type)

    listen("t.poison", ["test.*"], consume)
    with freeze(MORNING) as clock:
        event_id = emit("test.poison", "A", {})
        emit("test.later", "A", {})
        for _ in range(dispatch.MOST_ATTEMPTS):
            dispatch_all()
            clock.advance(timedelta(seconds=dispatch.LONGEST_WAIT_S))

        dispatch_all()
        assert seen == ["test.later"]
        assert selectors.backlog() == selectors.Backlog(0, 0.0, 1)
        assert [event.id for event in selectors.list_parked()] == [event_id]

        broken["on"] = False
        actions.retry_parked(actor=SYSTEM, event_id=event_id)
        dispatch_all()

    assert seen == ["test.later", "test.poison"]
    assert selectors.backlog().parked == 0
    assert AuditEntry.objects.filter(action="events.retry_parked").count() == 1
    with pytest.raises(NotFoundError):
        actions.retry_parked(actor=SYSTEM, event_id=event_id)


@pytest.mark.django_db(transaction=True)
def test_a_consumer_that_leaves_a_broken_reference_stops_only_itself(listen):
    seen = []

    def dangling(event: Event) -> None:
        DivisionManagement.objects.create(
            division_id="none", manager_id="none", valid_from=MORNING.date(), source="test"
        )

    listen("t.dangling", ["test.dangling"], dangling)
    listen("t.seen", ["test.*"], lambda event: seen.append(event.type))
    emit("test.dangling", "A", {})
    emit("test.other", "B", {})

    dispatch_all()

    assert sorted(set(seen)) == ["test.dangling", "test.other"]
    (waiting,) = OutboxEvent.objects.filter(dispatched_at=None)
    assert "IntegrityError" in waiting.last_error
    assert ConsumedEvent.objects.filter(event_id=waiting.id).get().consumer == "t.seen"


@pytest.mark.django_db(transaction=True)
def test_two_dispatchers_at_once_give_each_event_once_and_in_order(listen):
    seen: list[tuple[str, int]] = []
    lock = threading.Lock()

    def consume(event: Event) -> None:
        with lock:
            seen.append((event.subject, event.data["n"]))

    listen("t.parallel", ["test.done"], consume)
    for n in range(60):
        emit("test.done", f"S-{n % 3}", {"n": n})

    def work() -> None:
        try:
            for _ in range(200):
                dispatch.dispatch_batch(7)
                if not OutboxEvent.objects.filter(dispatched_at=None).exists():
                    return
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(n for _, n in seen) == list(range(60))
    for subject in ("S-0", "S-1", "S-2"):
        order = [n for name, n in seen if name == subject]
        assert order == sorted(order)


def test_two_consumers_may_not_share_a_name(listen):
    listen("t.one", ["test.done"], lambda event: None)
    with pytest.raises(registry.RegistrationError):
        registry.consumer("t.one", ["test.done"])(lambda event: None)
    with pytest.raises(registry.RegistrationError):
        registry.consumer("t.none", [])


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 1), (2, 2), (5, 16), (9, 256), (12, 300)])
def test_pauses_double_up_to_five_minutes(attempts, seconds):
    assert dispatch.retry_delay(attempts) == timedelta(seconds=seconds)
