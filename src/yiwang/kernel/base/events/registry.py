"""Who listens to which events, and what else the worker process keeps doing."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from yiwang.kernel.base.events.contracts import Event

Consume = Callable[[Event], None]
Pump = Callable[[], int]


class RegistrationError(Exception):
    """Two parts claim one name, or a pattern can match nothing. Stops the start."""


@dataclass(frozen=True, slots=True)
class Consumer:
    """消费者: a named listener. Its name is its identity in the inbox and never changes."""

    name: str
    types: tuple[str, ...]
    consume: Consume

    def wants(self, event_type: str) -> bool:
        """Tell whether one of the patterns fits: a full type, or a prefix that ends in ``.*``."""
        return any(
            event_type.startswith(pattern[:-1]) if pattern.endswith(".*") else event_type == pattern
            for pattern in self.types
        )


@dataclass(frozen=True, slots=True)
class PumpEntry:
    """What the worker calls again and again: it does one batch and returns how many it did."""

    name: str
    lane: str
    every_s: float
    run: Pump


_consumers: dict[str, Consumer] = {}
_pumps: dict[str, PumpEntry] = {}


def consumer(name: str, types: Iterable[str]) -> Callable[[Consume], Consume]:
    """Register a function for event types (``case.accepted`` or ``case.*``).

    It is called in the worker inside a transaction, again until it succeeds; what it writes to the
    database counts exactly once. So it does nothing else: whatever must leave is written as a row
    that a pump sends. To lock rows it takes the case first, as every act does.

    :raises RegistrationError: the name is taken by another function.
    """
    patterns = tuple(types)
    if not patterns:
        raise RegistrationError(f"consumer {name} listens to nothing")

    def register(consume: Consume) -> Consume:
        known = _consumers.get(name)
        if known is not None and known.consume is not consume:
            raise RegistrationError(f"two consumers are called {name}")
        _consumers[name] = Consumer(name, patterns, consume)
        return consume

    return register


def pump(name: str, *, every_s: float, lane: str = "inside") -> Callable[[Pump], Pump]:
    """Register a function that the worker calls every ``every_s`` seconds, at once after work.

    Pumps of one lane share a thread and a database connection. ``inside`` is for what touches the
    database only; each outside system has a lane of its own, so that a slow one holds up nobody
    else. A pump opens its own transactions and is safe to run in two processes.

    :raises RegistrationError: the name is taken by another function.
    """

    def register(run: Pump) -> Pump:
        known = _pumps.get(name)
        if known is not None and known.run is not run:
            raise RegistrationError(f"two pumps are called {name}")
        _pumps[name] = PumpEntry(name, lane, every_s, run)
        return run

    return register


def consumers_of(event_type: str) -> list[Consumer]:
    """List the consumers of one type in order of registration."""
    return [consumer for consumer in _consumers.values() if consumer.wants(event_type)]


def pumps() -> list[PumpEntry]:
    """List all pumps in order of registration."""
    return list(_pumps.values())


def forget(name: str) -> None:
    """Take a consumer or pump off again; for tests that bring their own."""
    _consumers.pop(name, None)
    _pumps.pop(name, None)
