"""转换与日期函数: conversions, dates and times. Source: OMG DMN 1.5 clauses 10.3.4.1, 10.3.4.7."""

from __future__ import annotations

import datetime as py
import re
from decimal import Decimal
from typing import Any

from yiwang.kernel.casework.rules.feel import clock, temporal
from yiwang.kernel.casework.rules.feel.lexer import quote
from yiwang.kernel.casework.rules.feel.temporal import Date, DateTime, DaysTime, Time, YearsMonths
from yiwang.kernel.casework.rules.feel.values import (
    DECIMAL,
    Callee,
    Range,
    kind_of,
    sort_key,
    whole,
)

from .registry import builtin

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\Z", re.ASCII)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_MOMENTS = "date|date and time"


@builtin("date", f"from: string|{_MOMENTS}", "year: number, month: number, day: number")
def make_date(first: Any, month: Any = None, day: Any = None) -> Any:
    """Return a date from a string, a date and time, or year, month and day."""
    if type(first) is str:
        return temporal.parse_date(first)
    if type(first) is DateTime:
        return first.date
    if type(first) is Date:
        return first
    parts = [whole(part) for part in (first, month, day)]
    if parts[0] is None or parts[1] is None or parts[2] is None:
        return None
    return temporal.make_date(parts[0], parts[1], parts[2])


@builtin(
    "date and time",
    f"date: {_MOMENTS}, time: time",
    "from: string|date and time|date",
    "date: date and time, timezone: string",
    "year: number, month: number, day: number, hour: number, minute: number, second: number,"
    "offset?: days and time duration|Null|string",
)
def make_date_time(first: Any, *rest: Any) -> Any:
    """Return a date and time from a string, a date with a time, or its parts."""
    if type(first) is str:
        return temporal.parse_date_time(first)
    if type(first) in (Date, DateTime):
        day = first.date if type(first) is DateTime else first
        if not rest:
            return first if type(first) is DateTime else DateTime(first, Time(0, 0, 0))
        if type(rest[0]) is Time:
            return DateTime(day, rest[0])
        return _in_zone(first, rest[0])
    made_day = make_date(first, rest[0], rest[1])
    made_time = make_time(*rest[2:])
    if made_day is None or made_time is None:
        return None
    return DateTime(made_day, made_time)


def _in_zone(moment: DateTime, name: str) -> DateTime | None:
    if moment.offset is None or temporal.find_zone(name) is None:
        return None
    seconds = moment.nanos // temporal.NANOS
    shift = temporal.zone_offset(name, seconds)
    local = temporal.add_nanos(
        DateTime(moment.date, moment.time), (shift - moment.offset) * temporal.NANOS
    )
    if local is None:
        return None
    time = local.time
    return DateTime(local.date, Time(time.hour, time.minute, time.second, time.nano, None, name))


@builtin(
    "time",
    f"from: string|time|{_MOMENTS}",
    "hour: number, minute: number, second: number, offset?: days and time duration|Null|string",
)
def make_time(first: Any, minute: Any = None, second: Any = None, offset: Any = None) -> Any:
    """Return a time of day from a string, a moment, or its parts."""
    if type(first) is str:
        return temporal.parse_time(first)
    if type(first) is Time:
        return first
    if type(first) is DateTime:
        return first.time
    if type(first) is Date:
        return Time(0, 0, 0, 0, 0)
    hours, minutes = whole(first), whole(minute)
    if hours is None or minutes is None or second is None:
        return None
    seconds = int(second)
    nano = int((Decimal(second) - seconds) * temporal.NANOS)
    shift = offset.nanos // temporal.NANOS if type(offset) is DaysTime else None
    made = temporal.make_time(hours, minutes, seconds, nano, shift)
    if made is None or type(offset) is not str:
        return made
    if temporal.find_zone(offset) is None:
        return None
    return Time(hours, minutes, seconds, nano, None, offset)


@builtin("duration", "from: string|days and time duration|years and months duration")
def make_duration(value: Any) -> Any:
    """Return the duration written in ISO 8601."""
    return temporal.parse_duration(value) if type(value) is str else value


@builtin("years and months duration", f"from: {_MOMENTS}, to: {_MOMENTS}")
def years_and_months(start: Any, end: Any) -> Any:
    """Return the whole months between two dates."""
    first = start.date if type(start) is DateTime else start
    last = end.date if type(end) is DateTime else end
    return temporal.months_between(first, last)


@builtin(
    "number",
    "from: string|number",
    "from: string, grouping separator: string|Null, decimal separator: string|Null",
)
def make_number(value: Any, grouping: Any = None, point: Any = None) -> Any:
    """Return the number a string shows, with the separators named."""
    if type(value) is not str:
        return value
    if grouping not in (None, " ", ",", ".") or point not in (None, ",", "."):
        return None
    if grouping is not None and grouping == point:
        return None
    text = value.replace(grouping, "") if grouping else value
    if point and point != ".":
        if "." in text:
            return None
        text = text.replace(point, ".")
    return DECIMAL.create_decimal(text) if _NUMBER.match(text) else None


@builtin("string", "from: Any")
def make_string(value: Any) -> Any:
    """Return the value as text, null for null."""
    return None if value is None else to_text(value)


def to_text(value: Any, *, nested: bool = False) -> str:
    """Return a value as FEEL writes it; strings are quoted only inside lists and contexts."""
    kind = kind_of(value)
    if kind == "string":
        return quote(value) if nested else str(value)
    if kind == "number":
        return format(value, "f") if type(value) is Decimal else str(value)
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "Null":
        return "null"
    if kind == "list":
        return "[" + ", ".join(to_text(item, nested=True) for item in value) + "]"
    if kind == "context":
        entries = (f"{key}: {to_text(item, nested=True)}" for key, item in value.items())
        return "{" + ", ".join(entries) + "}"
    if kind == "range":
        return _range_text(value)
    if kind == "function":
        return f"function {value.name}"
    return str(value)


def _range_text(value: Range) -> str:
    if value.op:
        end = value.high if value.op in ("<", "<=") else value.low
        return f"({value.op} {to_text(end, nested=True)})"
    start, stop = ("[" if value.low_closed else "("), ("]" if value.high_closed else ")")
    low, high = to_text(value.low, nested=True), to_text(value.high, nested=True)
    return f"{start}{low}..{high}{stop}"


@builtin("not", "negand: Any")
def negation(value: Any) -> Any:
    """Return the opposite of a boolean, null for anything else."""
    return not value if type(value) is bool else None


@builtin("abs", "n: number|days and time duration|years and months duration")
def absolute(value: Any) -> Any:
    """Return the value without its sign."""
    if type(value) is DaysTime:
        return DaysTime(abs(value.nanos))
    if type(value) is YearsMonths:
        return YearsMonths(abs(value.months))
    return DECIMAL.abs(DECIMAL.create_decimal(value))


@builtin("today", "")
def today() -> Any:
    """Return the date of today."""
    present = clock.now()
    return temporal.from_python(present.date())


@builtin("now", "")
def now() -> Any:
    """Return the present date and time."""
    return temporal.from_python(clock.now())


def _day(moment: Any) -> Date:
    return moment.date if type(moment) is DateTime else moment


@builtin("day of year", f"date: {_MOMENTS}")
def day_of_year(moment: Any) -> Any:
    """Return the number of the day in its year."""
    day = _day(moment)
    return day.days - temporal.days_from_civil(day.year, 1, 1) + 1


@builtin("day of week", f"date: {_MOMENTS}")
def day_of_week(moment: Any) -> Any:
    """Return the English name of the weekday."""
    return _WEEKDAYS[weekday(_day(moment)) - 1]


@builtin("month of year", f"date: {_MOMENTS}")
def month_of_year(moment: Any) -> Any:
    """Return the English name of the month."""
    return _MONTHS[_day(moment).month - 1]


@builtin("week of year", f"date: {_MOMENTS}")
def week_of_year(moment: Any) -> Any:
    """Return the ISO 8601 number of the week."""
    day = _day(moment)
    # The calendar repeats every 400 years, so any year maps onto one Python knows.
    return py.date(day.year % 400 + 2000, day.month, day.day).isocalendar().week


def weekday(day: Date) -> int:
    """Return 1 for Monday to 7 for Sunday."""
    return (day.days + 3) % 7 + 1


@builtin("is", "value1: Any, value2: Any")
def is_same(left: Any, right: Any) -> Any:
    """Return whether two values are the same element, zone and all."""
    if kind_of(left) != kind_of(right):
        return False
    if isinstance(left, (Time, DateTime)):
        return sort_key(left) == sort_key(right) and str(left) == str(right)
    return not isinstance(left, Callee) and bool(left == right)
