"""列表与数据组函数: the list and context functions. Source: DMN 1.5 clauses 10.3.4.4, 10.3.4.10."""

from __future__ import annotations

import functools
from typing import Any

from yiwang.kernel.casework.rules.feel.arithmetic import add, divide, multiply, subtract
from yiwang.kernel.casework.rules.feel.values import (
    DECIMAL,
    NUMBERS,
    Callee,
    contains,
    equal,
    ordered,
    sort_key,
    whole,
)

from .registry import builtin


@builtin("list contains", "list: list, element: Any")
def list_contains(items: list[Any], element: Any) -> Any:
    """Return whether the list holds the element."""
    return contains(items, element)


@builtin("count", "list: list")
def count(items: list[Any]) -> Any:
    """Return the number of elements."""
    return len(items)


def _extreme(items: list[Any], op: str) -> Any:
    if not items or sort_key(items[0]) is None:
        return None
    best = items[0]
    for item in items[1:]:
        better = ordered(op, item, best)
        if better is None:
            return None
        best = item if better else best
    return best


@builtin("min", "list: list", variadic=True)
def minimum(items: list[Any]) -> Any:
    """Return the least element, null for an empty or mixed list."""
    return _extreme(items, "<")


@builtin("max", "list: list", variadic=True)
def maximum(items: list[Any]) -> Any:
    """Return the greatest element, null for an empty or mixed list."""
    return _extreme(items, ">")


def _numbers(items: list[Any]) -> bool:
    return bool(items) and all(type(item) in NUMBERS for item in items)


@builtin("sum", "list: list", variadic=True)
def total(items: list[Any]) -> Any:
    """Return the sum of numbers or of durations of one kind."""
    if not items or any(type(item) is str for item in items):
        return None
    start = items[0] if type(items[0]) not in NUMBERS else DECIMAL.create_decimal(items[0])
    return functools.reduce(add, items[1:], start if add(start, start) is not None else None)


@builtin("product", "list: list", variadic=True)
def product(items: list[Any]) -> Any:
    """Return the product of the numbers."""
    return functools.reduce(multiply, items, 1) if _numbers(items) else None


@builtin("mean", "list: list", variadic=True)
def mean(items: list[Any]) -> Any:
    """Return the arithmetic mean of numbers or durations."""
    return divide(total(items), len(items)) if items else None


@builtin("median", "list: list", variadic=True)
def median(items: list[Any]) -> Any:
    """Return the middle value, the mean of the two middle ones for an even count."""
    if not _numbers(items):
        return None
    ranked = sorted(items)
    middle = len(ranked) // 2
    if len(ranked) % 2:
        return ranked[middle]
    return divide(add(ranked[middle - 1], ranked[middle]), 2)


@builtin("stddev", "list: list", variadic=True)
def sample_deviation(items: list[Any]) -> Any:
    """Return the standard deviation of a sample (divisor n - 1)."""
    if len(items) < 2 or not _numbers(items):
        return None
    centre = mean(items)
    squares: Any = 0
    for item in items:
        distance = subtract(item, centre)
        squares = add(squares, multiply(distance, distance))
    return divide(squares, len(items) - 1).sqrt(DECIMAL)


@builtin("mode", "list: list", variadic=True)
def mode(items: list[Any]) -> Any:
    """Return the most frequent numbers in ascending order."""
    if not items:
        return []
    if not _numbers(items):
        return None
    counts: dict[Any, int] = {}
    for item in items:
        counts[item] = counts.get(item, 0) + 1
    most = max(counts.values())
    return sorted(number for number, times in counts.items() if times == most)


def _combine(items: list[Any], decisive: bool) -> Any:
    if any(item is decisive for item in items):
        return decisive
    if any(item is not (not decisive) for item in items):
        return None
    return not decisive


@builtin("all", "list: list", variadic=True)
def all_true(items: list[Any]) -> Any:
    """Return false if any element is false, true if all are true, else null."""
    return _combine(items, False)


@builtin("any", "list: list", variadic=True)
def any_true(items: list[Any]) -> Any:
    """Return true if any element is true, false if all are false, else null."""
    return _combine(items, True)


def _place(items: list[Any], position: Any, *, room: int = 0) -> int | None:
    """Return the index of a position counted from 1 or from the end, None outside the list."""
    number = whole(position)
    if number is None or number == 0 or abs(number) > len(items) + room:
        return None
    return number - 1 if number > 0 else len(items) + number


@builtin("sublist", "list: list, start position: number, length?: number")
def sublist(items: list[Any], start: Any, length: Any = None) -> Any:
    """Return the elements from a position, at most `length` of them."""
    begin = _place(items, start)
    if begin is None:
        return None
    if length is None:
        return items[begin:]
    size = whole(length)
    if size is None or size < 1 or begin + size > len(items):
        return None
    return items[begin : begin + size]


@builtin("append", "list: list, item: Any", rest=True)
def append(items: list[Any], *added: Any) -> Any:
    """Return the list with more elements at its end."""
    return [*items, *added]


@builtin("concatenate", "list: list", rest=True)
def concatenate(*lists: list[Any]) -> Any:
    """Return the elements of all lists in one."""
    return [item for items in lists for item in items]


@builtin("union", "list: list", rest=True)
def union(*lists: list[Any]) -> Any:
    """Return the elements of all lists without repetitions."""
    return distinct_values(concatenate(*lists))


@builtin("insert before", "list: list, position: number, newItem: Any")
def insert_before(items: list[Any], position: Any, item: Any) -> Any:
    """Return the list with an element put in before a position."""
    place = _place(items, position, room=0)
    return None if place is None else [*items[:place], item, *items[place:]]


@builtin("remove", "list: list, position: number")
def remove(items: list[Any], position: Any) -> Any:
    """Return the list without the element at a position."""
    place = _place(items, position)
    return None if place is None else [*items[:place], *items[place + 1 :]]


@builtin(
    "list replace",
    "list: list, position: number, newItem: Any",
    "list: list, match: function, newItem: Any",
)
def list_replace(items: list[Any], where: Any, item: Any) -> Any:
    """Return the list with the element at a position, or each that matches, replaced."""
    if not isinstance(where, Callee):
        place = _place(items, where)
        return None if place is None else [*items[:place], item, *items[place + 1 :]]
    verdicts = [where.call([old, item]) for old in items]
    if any(type(verdict) is not bool for verdict in verdicts):
        return None
    return [item if hit else old for old, hit in zip(items, verdicts, strict=True)]


@builtin("reverse", "list: list")
def reverse(items: list[Any]) -> Any:
    """Return the list backwards."""
    return items[::-1]


@builtin("index of", "list: list, match: Any")
def index_of(items: list[Any], match: Any) -> Any:
    """Return the positions at which an element equals `match`."""
    return [place for place, item in enumerate(items, 1) if equal(item, match) is True]


@builtin("distinct values", "list: list")
def distinct_values(items: list[Any]) -> Any:
    """Return the list without repetitions."""
    seen: list[Any] = []
    for item in items:
        if not contains(seen, item):
            seen.append(item)
    return seen


@builtin("flatten", "list: list")
def flatten(items: list[Any]) -> Any:
    """Return all elements of nested lists in one list."""
    flat: list[Any] = []
    for item in items:
        if type(item) is list:
            flat.extend(flatten(item))
        else:
            flat.append(item)
    return flat


@builtin("sort", "list: list, precedes: function", "list: list")
def sort(items: list[Any], precedes: Callee | None = None) -> Any:
    """Return the list in the order of `precedes(a, b)`, or in natural order."""

    def order(left: Any, right: Any) -> int:
        if precedes is None:
            before = ordered("<", left, right)
            after = ordered("<", right, left)
        else:
            before, after = precedes.call([left, right]), precedes.call([right, left])
        return -1 if before is True else (1 if after is True else 0)

    return sorted(items, key=functools.cmp_to_key(order))


@builtin("get value", "m: context, key: string", "context: context, keys: list")
def get_value(context: dict[str, Any], key: Any) -> Any:
    """Return the entry of that key, or along a list of keys; null when it is missing."""
    if type(key) is str:
        return context.get(key)
    found: Any = context
    for part in key:
        if type(found) is not dict or type(part) is not str:
            return None
        found = found.get(part)
    return found


@builtin("get entries", "m: context")
def get_entries(context: dict[str, Any]) -> Any:
    """Return the entries as a list of {key, value}."""
    return [{"key": key, "value": value} for key, value in context.items()]


@builtin("context", "entries: list")
def make_context(entries: list[Any]) -> Any:
    """Return the context made of {key, value} entries; null when a key repeats."""
    made: dict[str, Any] = {}
    for entry in entries:
        if type(entry) is not dict or "value" not in entry or type(entry.get("key")) is not str:
            return None
        if entry["key"] in made:
            return None
        made[entry["key"]] = entry["value"]
    return made


@builtin(
    "context put",
    "context: context, key: string, value: Any",
    "context: context, keys: list, value: Any",
)
def context_put(context: dict[str, Any], key: Any, value: Any) -> Any:
    """Return the context with one entry set, a list of keys reaching into nested contexts."""
    if type(key) is str:
        return {**context, key: value}
    if not key or type(key[0]) is not str:
        return None
    if len(key) == 1:
        return {**context, key[0]: value}
    inner = context.get(key[0])
    if type(inner) is not dict:
        return None
    changed = context_put(inner, key[1:], value)
    return None if changed is None else {**context, key[0]: changed}


@builtin("context merge", "contexts: list")
def context_merge(contexts: list[Any]) -> Any:
    """Return one context of all entries, later ones winning."""
    merged: dict[str, Any] = {}
    for context in contexts:
        if type(context) is not dict:
            return None
        merged.update(context)
    return merged
