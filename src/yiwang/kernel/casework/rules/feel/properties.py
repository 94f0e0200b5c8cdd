"""属性: the fields of dates, times, durations and ranges. Source: OMG DMN 1.5 table 59."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import temporal
from .builtins.conversion import weekday
from .temporal import Date, DateTime, DaysTime, Time, YearsMonths
from .values import Range


def property_of(value: Any, name: str) -> Any:
    """Return value.name: of each element of a list, of a context, a date, a duration or a range."""
    if type(value) is dict:
        return value.get(name)
    if type(value) is list:
        return [property_of(item, name) for item in value]
    readers = _PROPERTIES.get(type(value))
    reader = readers.get(name) if readers is not None else None
    return None if reader is None else reader(value)


def _offset(seconds: int | None) -> DaysTime | None:
    return None if seconds is None else DaysTime(seconds * temporal.NANOS)


def _part(nanos: int, unit_seconds: int, wrap: int | None) -> int:
    count = abs(nanos) // (unit_seconds * temporal.NANOS)
    count = count % wrap if wrap is not None else count
    return -count if nanos < 0 else count


def _months_part(months: int, years: bool) -> int:
    count = abs(months) // 12 if years else abs(months) % 12
    return -count if months < 0 else count


def _of_part(part: str, read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda moment: read(getattr(moment, part))


_TIME_PROPERTIES: dict[str, Callable[[Any], Any]] = {
    "hour": lambda time: time.hour,
    "minute": lambda time: time.minute,
    "second": lambda time: time.second,
    "time offset": lambda time: _offset(temporal.reference_offset(time)),
    "timezone": lambda time: time.zone,
}
_DATE_PROPERTIES: dict[str, Callable[[Any], Any]] = {
    "year": lambda day: day.year,
    "month": lambda day: day.month,
    "day": lambda day: day.day,
    "weekday": weekday,
}
_PROPERTIES: dict[type, dict[str, Callable[[Any], Any]]] = {
    Date: _DATE_PROPERTIES,
    Time: _TIME_PROPERTIES,
    DateTime: {
        **{name: _of_part("date", read) for name, read in _DATE_PROPERTIES.items()},
        **{name: _of_part("time", read) for name, read in _TIME_PROPERTIES.items()},
        "time offset": lambda moment: _offset(moment.offset),
    },
    DaysTime: {
        "days": lambda length: _part(length.nanos, 86_400, None),
        "hours": lambda length: _part(length.nanos, 3600, 24),
        "minutes": lambda length: _part(length.nanos, 60, 60),
        "seconds": lambda length: _part(length.nanos, 1, 60),
    },
    YearsMonths: {
        "years": lambda length: _months_part(length.months, True),
        "months": lambda length: _months_part(length.months, False),
    },
    Range: {
        "start": lambda interval: interval.low,
        "end": lambda interval: interval.high,
        "start included": lambda interval: interval.low is not None and interval.low_closed,
        "end included": lambda interval: interval.high is not None and interval.high_closed,
    },
}
