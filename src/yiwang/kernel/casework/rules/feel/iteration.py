"""循环: what for, some and every run over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from . import temporal
from .scope import LocalScope, Run, Scope
from .temporal import Date
from .values import MAX_ITEMS, Range, as_items, whole

Domain = Callable[[Scope], "list[Any] | None"]


def steps(start: Any, end: Any) -> list[Any] | None:
    """Return the whole numbers or days from start to end, downwards too; None for other values."""
    if type(start) is Date and type(end) is Date:
        first, last = start.days, end.days
        step = 1 if last >= first else -1
        if abs(last - first) >= MAX_ITEMS:
            return None
        return [temporal.civil_from_days(day) for day in range(first, last + step, step)]
    first_number, last_number = whole(start), whole(end)
    if first_number is None or last_number is None:
        return None
    step = 1 if last_number >= first_number else -1
    if abs(last_number - first_number) >= MAX_ITEMS:
        return None
    return [Decimal(number) for number in range(first_number, last_number + step, step)]


def domain(source: Run, until: Run | None) -> Domain:
    def run(scope: Scope) -> list[Any] | None:
        value = source(scope)
        if until is not None:
            return steps(value, until(scope))
        if type(value) is Range:
            if value.low is None or value.high is None:
                return None
            found = steps(value.low, value.high)
            if found is None:
                return None
            found = found if value.low_closed else found[1:]
            return found if value.high_closed else found[:-1]
        return None if value is None else as_items(value)

    return run


def iterations(iterators: list[tuple[str, Domain]], scope: Scope) -> Iterator[LocalScope | None]:
    """Give a scope per combination, the last iterator fastest; None when a source is no list."""
    name, domain = iterators[0]
    items = domain(scope)
    if items is None:
        yield None
        return
    for item in items:
        local = LocalScope(scope, {name: item})
        if len(iterators) == 1:
            yield local
        else:
            yield from iterations(iterators[1:], local)
