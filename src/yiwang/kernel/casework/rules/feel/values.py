"""取值: the values of FEEL, their kinds, equality, order and arithmetic.

Inside the engine a number is a Decimal or an int, a list a `list`, a context a `dict`; dates,
times and durations are those of `temporal`. `enter` brings Python values in, `leave` takes them
out. An operation without a meaning gives None (null), as DMN asks; nothing here raises for it.
Source: OMG DMN 1.5 clause 10.3.2 and tables 47-56.
"""

from __future__ import annotations

import datetime as py
import decimal
import enum
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from yiwang.kernel.casework.rules.errors import RulesError, Words

from . import temporal
from .temporal import Date as DateValue
from .temporal import DateTime, DaysTime, Time, YearsMonths

DECIMAL = decimal.Context(
    prec=34,
    rounding=decimal.ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)
NUMBERS: frozenset[type] = frozenset({Decimal, int})
MAX_ITEMS = 1_000_000


@dataclass(frozen=True, slots=True)
class Range:
    """区间: `low` or `high` None means no bound; `op` marks one written `(< 10)` or `(!= 10)`."""

    low: Any
    high: Any
    low_closed: bool = True
    high_closed: bool = True
    op: str = ""


ABSENT = object()


@dataclass(frozen=True, slots=True)
class Callee:
    """函数: anything an expression can call.

    `bind` maps positional arguments, `bind_named` named ones, to what `body` takes; each gives
    None when the arguments fit no form of the function, and the call is then null.
    """

    name: str
    body: Callable[..., Any]
    bind: Callable[[list[Any]], list[Any] | None]
    bind_named: Callable[[dict[str, Any]], list[Any] | None]
    parameter_types: tuple[Any, ...] = ()
    result_type: Any = None

    def call(self, arguments: list[Any]) -> Any:
        """Return the result for positional arguments."""
        bound = self.bind(arguments)
        return None if bound is None else self.body(*bound)

    def call_named(self, arguments: dict[str, Any]) -> Any:
        """Return the result for named arguments."""
        bound = self.bind_named(arguments)
        return None if bound is None else self.body(*bound)


_NATIVE: frozenset[type] = frozenset(
    {Decimal, int, str, bool, type(None), DateValue, Time, DateTime, DaysTime, YearsMonths, Range}
    | {Callee}
)


def enter(value: Any) -> Any:
    """Return the FEEL value of a Python value, looking into lists and mappings.

    :raises RulesError: a type that FEEL has no value for.
    """
    kind = type(value)
    if kind in _NATIVE:
        return value
    if kind is float:
        return _from_float(value)
    if kind is dict:
        if all(type(item) in _NATIVE for item in value.values()):
            return value
        return {str(key): enter(item) for key, item in value.items()}
    if kind is list:
        if all(type(item) in _NATIVE for item in value):
            return value
        return [enter(item) for item in value]
    return _enter_other(value)


def _from_float(value: float) -> Decimal | None:
    number = Decimal(repr(value))
    return number if number.is_finite() else None


def _enter_other(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return enter(value.value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, (py.date, py.time, py.timedelta)):
        return temporal.from_python(value)
    if isinstance(value, Mapping):
        return {str(key): enter(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [enter(item) for item in value]
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return _from_float(value)
    kind = type(value).__name__
    raise RulesError(
        "value-type",
        Words(f"规则不能读取类型 {kind} 的值", f"rules cannot read a value of type {kind}"),
        Words("改传数字、文字、日期、列表或字典", "pass numbers, text, dates, lists or dicts"),
    )


def leave(value: Any) -> Any:
    """Return the Python value of a FEEL value: Decimal, str, bool, date, list, dict ..."""
    kind = type(value)
    if kind is Decimal or kind is str or kind is bool or value is None:
        return value
    if kind is int:
        return Decimal(value)
    if kind is list:
        return [leave(item) for item in value]
    if kind is dict:
        return {key: leave(item) for key, item in value.items()}
    if isinstance(value, (DateValue, Time, DateTime, DaysTime, YearsMonths)):
        return temporal.to_python(value)
    return value


def kind_of(value: Any) -> str:
    """Return the FEEL type name of a value: number, string, list, date and time, Null ..."""
    return KINDS[type(value)]


KINDS: dict[type, str] = {
    Decimal: "number",
    int: "number",
    str: "string",
    bool: "boolean",
    type(None): "Null",
    DateValue: "date",
    Time: "time",
    DateTime: "date and time",
    DaysTime: "days and time duration",
    YearsMonths: "years and months duration",
    list: "list",
    dict: "context",
    Range: "range",
    Callee: "function",
}


def sort_key(value: Any) -> tuple[str, Any] | None:
    """Return (class, key): values of one class compare by key; None for what has no order."""
    kind = type(value)
    if kind in NUMBERS:
        return "number", value
    if kind is str:
        return "string", value
    if kind is DateValue:
        return "date", value
    if kind is DateTime:
        return ("moment" if value.offset is not None else "local moment"), value.nanos
    if kind is Time:
        offset = temporal.reference_offset(value)
        if offset is None:
            return "local time", value.nanos
        return "time", value.nanos - offset * temporal.NANOS
    if kind is DaysTime:
        return "days and time duration", value.nanos
    if kind is YearsMonths:
        return "years and months duration", value.months
    return None


def equal(left: Any, right: Any) -> bool | None:
    """Return whether two values are equal, None when their kinds cannot be compared.

    Times are equal to the second, as the compatibility kit of DMN has it.
    """
    if left is None or right is None:
        return left is right
    left_kind, right_kind = KINDS[type(left)], KINDS[type(right)]
    if left_kind != right_kind:
        return None
    if left_kind == "list":
        return len(left) == len(right) and all(
            equal(a, b) is True for a, b in zip(left, right, strict=True)
        )
    if left_kind == "context":
        return left.keys() == right.keys() and all(
            equal(item, right[key]) is True for key, item in left.items()
        )
    if left_kind in ("time", "date and time"):
        left_key, right_key = sort_key(left), sort_key(right)
        if left_key is None or right_key is None or left_key[0] != right_key[0]:
            return False
        return bool(left_key[1] // temporal.NANOS == right_key[1] // temporal.NANOS)
    return bool(left == right)


def ordered(op: str, left: Any, right: Any) -> bool | None:
    """Return left op right for < <= > >=, None when the two have no order."""
    left_key, right_key = sort_key(left), sort_key(right)
    if left_key is None or right_key is None or left_key[0] != right_key[0]:
        return None
    a, b = left_key[1], right_key[1]
    if op == "<":
        return bool(a < b)
    if op == "<=":
        return bool(a <= b)
    return bool(a > b) if op == ">" else bool(a >= b)


def compare(op: str, left: Any, right: Any) -> bool | None:
    """Return left op right for any of = != < <= > >=."""
    if op == "=":
        return equal(left, right)
    if op == "!=":
        same = equal(left, right)
        return None if same is None else not same
    return ordered(op, left, right)


def in_range(value: Any, interval: Range) -> bool | None:
    """Return whether `value` lies in the range, None when it cannot be compared with it."""
    if interval.op in ("=", "!="):
        return compare(interval.op, value, interval.low)
    if not interval.op and (interval.low is None or interval.high is None):
        return None
    result: bool | None = True
    if interval.low is not None:
        result = ordered(">=" if interval.low_closed else ">", value, interval.low)
    if interval.high is not None and result is not False:
        below = ordered("<=" if interval.high_closed else "<", value, interval.high)
        result = False if below is False else (None if result is None else below)
    return result


def passes(value: Any, test: Any) -> bool | None:
    """Return whether `value` passes a test that is not a comparison: a value, list or range."""
    if type(test) is Range:
        if type(value) is Range:
            return equal(value, test)
        return in_range(value, test)
    if type(test) is list:
        if type(value) is list and equal(value, test) is True:
            return True
        return any(passes(value, item) is True for item in test)
    return equal(value, test)


def as_items(value: Any) -> list[Any]:
    """Return a list as it is, null as the empty list, anything else as a list of itself."""
    if type(value) is list:
        return value
    return [] if value is None else [value]


def contains(items: Iterable[Any], value: Any) -> bool:
    """Return whether a list holds a value equal to `value`."""
    return any(equal(item, value) is True for item in items)


def whole(value: Any) -> int | None:
    """Return a number as int when it is whole, else None."""
    if type(value) is int:
        return value
    if type(value) is Decimal and value == value.to_integral_value():
        return int(value)
    return None
