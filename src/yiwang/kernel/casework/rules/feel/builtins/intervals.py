"""区间函数: how points and ranges lie to each other. Source: OMG DMN 1.5 clause 10.3.4.9.

A point is read as the closed range of itself, which gives each relation one definition.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from yiwang.kernel.casework.rules.feel.values import Range, equal, ordered, sort_key

from .registry import builtin

_POINT = "number|string|date|time|date and time|days and time duration|years and months duration"
_POINT_POINT = f"point1: {_POINT}, point2: {_POINT}"
_POINT_RANGE = f"point: {_POINT}, range: range"
_RANGE_POINT = f"range: range, point: {_POINT}"
_RANGE_RANGE = "range1: range, range2: range"
_Test = Callable[[Range, Range], bool]


def _relation(name: str, *forms: str) -> Callable[[_Test], _Test]:
    """Register a relation; it is null where the two sides cannot be compared."""

    def register(test: _Test) -> _Test:
        def body(left: Any, right: Any) -> Any:
            a, b = _closed(left), _closed(right)
            if a is None or b is None or ordered("<", a.low, b.low) is None:
                return None
            return test(a, b)

        builtin(name, *forms)(body)
        return test

    return register


def _closed(value: Any) -> Range | None:
    if type(value) is Range:
        return value if value.low is not None and value.high is not None else None
    return Range(value, value) if sort_key(value) is not None else None


def _less(left: Any, right: Any) -> bool:
    return ordered("<", left, right) is True


def _same(left: Any, right: Any) -> bool:
    return equal(left, right) is True


@_relation("before", _POINT_POINT, _POINT_RANGE, _RANGE_POINT, _RANGE_RANGE)
def before(a: Range, b: Range) -> bool:
    """Return whether a ends before b starts."""
    apart = not (a.high_closed and b.low_closed)
    return _less(a.high, b.low) or (apart and _same(a.high, b.low))


@_relation("after", _POINT_POINT, _POINT_RANGE, _RANGE_POINT, _RANGE_RANGE)
def after(a: Range, b: Range) -> bool:
    """Return whether a starts after b ends."""
    return before(b, a)


@_relation("meets", _RANGE_RANGE)
def meets(a: Range, b: Range) -> bool:
    """Return whether the end of a is the start of b."""
    return a.high_closed and b.low_closed and _same(a.high, b.low)


@_relation("met by", _RANGE_RANGE)
def met_by(a: Range, b: Range) -> bool:
    """Return whether the end of b is the start of a."""
    return meets(b, a)


@_relation("overlaps", _RANGE_RANGE)
def overlaps(a: Range, b: Range) -> bool:
    """Return whether the two have a point in common."""
    return not before(a, b) and not before(b, a)


def _starts_before(a: Range, b: Range) -> bool:
    return _less(a.low, b.low) or (_same(a.low, b.low) and a.low_closed and not b.low_closed)


def _ends_by(a: Range, b: Range) -> bool:
    return _less(a.high, b.high) or (_same(a.high, b.high) and (not a.high_closed or b.high_closed))


@_relation("overlaps before", _RANGE_RANGE)
def overlaps_before(a: Range, b: Range) -> bool:
    """Return whether a starts before b and ends inside it."""
    return _starts_before(a, b) and not before(a, b) and _ends_by(a, b)


@_relation("overlaps after", _RANGE_RANGE)
def overlaps_after(a: Range, b: Range) -> bool:
    """Return whether a starts inside b and ends after it."""
    return overlaps_before(b, a)


@_relation("finishes", _POINT_RANGE, _RANGE_RANGE)
def finishes(a: Range, b: Range) -> bool:
    """Return whether a ends where b ends and lies in it."""
    same_end = a.high_closed == b.high_closed and _same(a.high, b.high)
    return same_end and (
        _less(b.low, a.low) or (_same(b.low, a.low) and (not a.low_closed or b.low_closed))
    )


@_relation("finished by", _RANGE_POINT, _RANGE_RANGE)
def finished_by(a: Range, b: Range) -> bool:
    """Return whether b finishes a."""
    return finishes(b, a)


@_relation("includes", _RANGE_POINT, _RANGE_RANGE)
def includes(a: Range, b: Range) -> bool:
    """Return whether b lies in a."""
    starts_by = _less(a.low, b.low) or (_same(a.low, b.low) and (a.low_closed or not b.low_closed))
    return starts_by and _ends_by(b, a)


@_relation("during", _POINT_RANGE, _RANGE_RANGE)
def during(a: Range, b: Range) -> bool:
    """Return whether a lies in b."""
    return includes(b, a)


@_relation("starts", _POINT_RANGE, _RANGE_RANGE)
def starts(a: Range, b: Range) -> bool:
    """Return whether a starts where b starts and lies in it."""
    return a.low_closed == b.low_closed and _same(a.low, b.low) and _ends_by(a, b)


@_relation("started by", _RANGE_POINT, _RANGE_RANGE)
def started_by(a: Range, b: Range) -> bool:
    """Return whether b starts a."""
    return starts(b, a)


@_relation("coincides", _POINT_POINT, _RANGE_RANGE)
def coincides(a: Range, b: Range) -> bool:
    """Return whether both are the same."""
    same_ends = _same(a.low, b.low) and _same(a.high, b.high)
    return same_ends and (a.low_closed, a.high_closed) == (b.low_closed, b.high_closed)
