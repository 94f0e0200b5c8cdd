"""数值函数: the number functions. Source: OMG DMN 1.5 clause 10.3.4.5."""

from __future__ import annotations

import decimal
from decimal import Decimal
from typing import Any

from yiwang.kernel.casework.rules.feel.values import DECIMAL, whole

from .registry import builtin

_SCALES = range(-6111, 6177)


def _round(number: Decimal | int, scale: Any, rounding: str) -> Decimal | None:
    places = whole(scale)
    if places is None or places not in _SCALES:
        return None
    value = DECIMAL.create_decimal(number)
    if -int(value.as_tuple().exponent) <= places:
        return value
    try:
        return value.quantize(Decimal(1).scaleb(-places), rounding=rounding, context=DECIMAL)
    except decimal.InvalidOperation:
        return None


@builtin("decimal", "n: number, scale: number")
def round_to_scale(number: Any, scale: Any) -> Any:
    """Return `number` with `scale` decimals, half to even, with its zeros kept."""
    rounded = _round(number, scale, decimal.ROUND_HALF_EVEN)
    places = whole(scale)
    if rounded is None or places is None or places > DECIMAL.prec:
        return rounded
    try:
        return rounded.quantize(Decimal(1).scaleb(-places), context=DECIMAL)
    except decimal.InvalidOperation:
        return rounded


@builtin("floor", "n: number, scale?: number")
def floor(number: Any, scale: Any = 0) -> Any:
    """Return the greatest number of that scale not above `number`."""
    return _round(number, scale, decimal.ROUND_FLOOR)


@builtin("ceiling", "n: number, scale?: number")
def ceiling(number: Any, scale: Any = 0) -> Any:
    """Return the least number of that scale not below `number`."""
    return _round(number, scale, decimal.ROUND_CEILING)


@builtin("round up", "n: number, scale: number")
def round_up(number: Any, scale: Any) -> Any:
    """Return `number` rounded away from zero."""
    return _round(number, scale, decimal.ROUND_UP)


@builtin("round down", "n: number, scale: number")
def round_down(number: Any, scale: Any) -> Any:
    """Return `number` rounded towards zero."""
    return _round(number, scale, decimal.ROUND_DOWN)


@builtin("round half up", "n: number, scale: number")
def round_half_up(number: Any, scale: Any) -> Any:
    """Return `number` rounded to the nearest, halves away from zero."""
    return _round(number, scale, decimal.ROUND_HALF_UP)


@builtin("round half down", "n: number, scale: number")
def round_half_down(number: Any, scale: Any) -> Any:
    """Return `number` rounded to the nearest, halves towards zero."""
    return _round(number, scale, decimal.ROUND_HALF_DOWN)


@builtin("modulo", "dividend: number, divisor: number")
def modulo(dividend: Any, divisor: Any) -> Any:
    """Return dividend - divisor * floor(dividend / divisor), with the sign of the divisor."""
    if divisor == 0:
        return None
    try:
        rest = DECIMAL.remainder(dividend, divisor)
    except decimal.InvalidOperation:
        return None
    if rest != 0 and (rest < 0) != (divisor < 0):
        return DECIMAL.add(rest, divisor)
    return rest


@builtin("sqrt", "number: number")
def square_root(number: Any) -> Any:
    """Return the square root, null for a negative number."""
    return None if number < 0 else DECIMAL.create_decimal(number).sqrt(DECIMAL)


@builtin("log", "number: number")
def natural_logarithm(number: Any) -> Any:
    """Return the natural logarithm, null unless the number is positive."""
    return None if number <= 0 else DECIMAL.create_decimal(number).ln(DECIMAL)


@builtin("exp", "number: number")
def exponential(number: Any) -> Any:
    """Return e to the power of `number`."""
    try:
        return DECIMAL.create_decimal(number).exp(DECIMAL)
    except decimal.Overflow:
        return None


@builtin("odd", "number: number")
def is_odd(number: Any) -> Any:
    """Return whether a whole number is odd, null for a fraction."""
    value = whole(number)
    return None if value is None else value % 2 == 1


@builtin("even", "number: number")
def is_even(number: Any) -> Any:
    """Return whether a whole number is even, null for a fraction."""
    value = whole(number)
    return None if value is None else value % 2 == 0
