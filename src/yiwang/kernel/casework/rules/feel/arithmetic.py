"""四则运算: arithmetic on numbers, strings, dates, times and durations.

Source: OMG DMN 1.5 clause 10.3.2.12 and tables 55-58.
"""

from __future__ import annotations

import decimal
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from .temporal import (
    NANOS,
    Date,
    DateTime,
    DaysTime,
    Time,
    YearsMonths,
    add_months,
    add_nanos,
    add_nanos_to_time,
    civil_from_days,
    midnight_utc,
    reference_offset,
)
from .values import DECIMAL, NUMBERS

_FAULTS = (decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow)
_NANOS_PER_DAY = 86_400 * NANOS


def add(left: Any, right: Any) -> Any:
    """Return left + right; strings are joined."""
    left_kind, right_kind = type(left), type(right)
    if left_kind in NUMBERS and right_kind in NUMBERS:
        return _number(DECIMAL.add, left, right)
    if left_kind is str and right_kind is str:
        return left + right
    if left_kind is right_kind and left_kind is DaysTime:
        return DaysTime(left.nanos + right.nanos)
    if left_kind is right_kind and left_kind is YearsMonths:
        return YearsMonths(left.months + right.months)
    if right_kind is DaysTime or right_kind is YearsMonths:
        return _shift(left, right, 1)
    if left_kind is DaysTime or left_kind is YearsMonths:
        return _shift(right, left, 1)
    return None


def subtract(left: Any, right: Any) -> Any:
    """Return left - right."""
    left_kind, right_kind = type(left), type(right)
    if left_kind in NUMBERS and right_kind in NUMBERS:
        return _number(DECIMAL.subtract, left, right)
    if left_kind is right_kind and left_kind is DaysTime:
        return DaysTime(left.nanos - right.nanos)
    if left_kind is right_kind and left_kind is YearsMonths:
        return YearsMonths(left.months - right.months)
    if right_kind is DaysTime or right_kind is YearsMonths:
        return _shift(left, right, -1)
    if left_kind is Time and right_kind is Time:
        left_offset, right_offset = reference_offset(left), reference_offset(right)
        if (left_offset is None) != (right_offset is None):
            return None
        moved = (left_offset or 0) - (right_offset or 0)
        return DaysTime(left.nanos - right.nanos - moved * NANOS)
    if left_kind in (Date, DateTime) and right_kind in (Date, DateTime):
        first = midnight_utc(left) if left_kind is Date else left
        second = midnight_utc(right) if right_kind is Date else right
        if (first.offset is None) != (second.offset is None):
            return None
        return DaysTime(first.nanos - second.nanos)
    return None


def multiply(left: Any, right: Any) -> Any:
    """Return left * right."""
    left_kind, right_kind = type(left), type(right)
    if left_kind in NUMBERS and right_kind in NUMBERS:
        return _number(DECIMAL.multiply, left, right)
    if left_kind in NUMBERS:
        left, right, right_kind = right, left, left_kind
    if right_kind not in NUMBERS:
        return None
    return _scale(left, lambda amount: DECIMAL.multiply(amount, right))


def divide(left: Any, right: Any) -> Any:
    """Return left / right, None for a division by zero."""
    left_kind, right_kind = type(left), type(right)
    if right_kind in NUMBERS:
        if left_kind in NUMBERS:
            return _number(DECIMAL.divide, left, right)
        if right == 0:
            return None
        return _scale(left, lambda amount: DECIMAL.divide(amount, right))
    if left_kind is right_kind and left_kind is DaysTime:
        return _number(DECIMAL.divide, left.nanos, right.nanos)
    if left_kind is right_kind and left_kind is YearsMonths:
        return _number(DECIMAL.divide, left.months, right.months)
    return None


def power(left: Any, right: Any) -> Any:
    """Return left ** right for numbers."""
    if type(left) in NUMBERS and type(right) in NUMBERS:
        return Decimal(1) if right == 0 else _number(DECIMAL.power, left, right)
    return None


def negate(value: Any) -> Any:
    """Return -value for a number or duration."""
    kind = type(value)
    if kind in NUMBERS:
        return _number(DECIMAL.subtract, 0, value)
    if kind is DaysTime:
        return DaysTime(-value.nanos)
    return YearsMonths(-value.months) if kind is YearsMonths else None


OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "**": power,
}


def _number(
    operation: Callable[[Any, Any], Decimal], left: Decimal | int, right: Decimal | int
) -> Decimal | None:
    try:
        return operation(left, right)
    except _FAULTS:
        return None


def _scale(duration: Any, change: Callable[[int], Decimal]) -> Any:
    try:
        if type(duration) is DaysTime:
            return DaysTime(int(change(duration.nanos)))
        if type(duration) is YearsMonths:
            return YearsMonths(int(change(duration.months)))
    except _FAULTS:
        return None
    return None


def _shift(moment: Any, duration: DaysTime | YearsMonths, sign: int) -> Any:
    kind = type(moment)
    if type(duration) is YearsMonths:
        if kind is Date:
            return add_months(moment, sign * duration.months)
        if kind is DateTime:
            day = add_months(moment.date, sign * duration.months)
            return DateTime(day, moment.time) if day else None
        return None
    nanos = sign * duration.nanos if isinstance(duration, DaysTime) else 0
    if kind is Date:
        return civil_from_days((moment.days * _NANOS_PER_DAY + nanos) // _NANOS_PER_DAY)
    if kind is DateTime:
        return add_nanos(moment, nanos)
    return add_nanos_to_time(moment, nanos) if kind is Time else None
