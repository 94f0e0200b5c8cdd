"""日期时间: FEEL's dates, times and durations, to nanoseconds and far beyond Python's years.

Source: OMG DMN 1.5 clause 10.3.2.3.
"""

from __future__ import annotations

import datetime as py
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

NANOS = 1_000_000_000
DAY_SECONDS = 86_400
MAX_YEAR = 999_999_999
_EPOCH = py.datetime(1970, 1, 1, tzinfo=py.UTC)
# A time of day with a zone name has no date to take the offset from; a winter day is assumed.
_ZONE_REFERENCE_DAY = 10_957

_DATE = re.compile(r"(-?(?:[1-9]\d{4,8}|\d{4}))-(\d\d)-(\d\d)\Z", re.ASCII)
_TIME = re.compile(
    r"(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:(Z|z)|([+-]\d\d):(\d\d)(?::(\d\d))?|@([A-Za-z0-9_+\-/]+))?\Z",
    re.ASCII,
)
_DAYS_TIME = re.compile(
    r"(-)?P(?:(\d+)D)?(?:(T)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d*))?S)?)?\Z", re.ASCII
)
_YEARS_MONTHS = re.compile(r"(-)?P(?:(\d+)Y)?(?:(\d+)M)?\Z", re.ASCII)
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Date(NamedTuple):
    """日期, proleptic Gregorian, year -999999999 to 999999999."""

    year: int
    month: int
    day: int

    def __str__(self) -> str:
        sign = "-" if self.year < 0 else ""
        return f"{sign}{abs(self.year):04d}-{self.month:02d}-{self.day:02d}"

    @property
    def days(self) -> int:
        """Return the days since 1970-01-01."""
        return days_from_civil(self.year, self.month, self.day)


@dataclass(frozen=True, slots=True)
class Time:
    """时刻: `offset` in seconds east of UTC or `zone` as an IANA name, or neither (local)."""

    hour: int
    minute: int
    second: int
    nano: int = 0
    offset: int | None = None
    zone: str | None = None

    @property
    def nanos(self) -> int:
        """Return the nanoseconds since local midnight."""
        return (self.hour * 3600 + self.minute * 60 + self.second) * NANOS + self.nano

    def offset_on(self, days: int) -> int | None:
        """Return the offset from UTC in seconds on the given day since 1970, None when local."""
        if self.zone is not None:
            return zone_offset(self.zone, days * DAY_SECONDS + self.nanos // NANOS)
        return self.offset

    def __str__(self) -> str:
        text = f"{self.hour:02d}:{self.minute:02d}:{self.second:02d}"
        if self.nano:
            text += f".{self.nano:09d}".rstrip("0")
        if self.zone is not None:
            return f"{text}@{self.zone}"
        if self.offset is None:
            return text
        if self.offset == 0:
            return text + "Z"
        sign = "-" if self.offset < 0 else "+"
        minutes, seconds = divmod(abs(self.offset), 60)
        text += f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"
        return text + (f":{seconds:02d}" if seconds else "")


@dataclass(frozen=True, slots=True)
class DateTime:
    """日期和时刻."""

    date: Date
    time: Time

    @property
    def offset(self) -> int | None:
        """Return the offset from UTC in seconds, None when local."""
        return self.time.offset_on(self.date.days)

    @property
    def nanos(self) -> int:
        """Return nanoseconds since 1970-01-01T00:00 UTC (or local, without an offset)."""
        return self.date.days * DAY_SECONDS * NANOS + self.time.nanos - (self.offset or 0) * NANOS

    def __str__(self) -> str:
        return f"{self.date}T{self.time}"


@dataclass(frozen=True, slots=True, order=True)
class DaysTime:
    """日时时长: days and time duration, in nanoseconds."""

    nanos: int

    def __str__(self) -> str:
        if self.nanos == 0:
            return "PT0S"
        seconds, nano = divmod(abs(self.nanos), NANOS)
        days, seconds = divmod(seconds, DAY_SECONDS)
        text = ("-" if self.nanos < 0 else "") + "P" + (f"{days}D" if days else "")
        if not seconds and not nano:
            return text
        hours, seconds = divmod(seconds, 3600)
        minutes, seconds = divmod(seconds, 60)
        text += "T" + (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
        if seconds or nano:
            text += str(seconds) + (f".{nano:09d}".rstrip("0") if nano else "") + "S"
        return text


@dataclass(frozen=True, slots=True, order=True)
class YearsMonths:
    """年月时长: years and months duration, in months."""

    months: int

    def __str__(self) -> str:
        if self.months == 0:
            return "P0M"
        years, months = divmod(abs(self.months), 12)
        sign = "-" if self.months < 0 else ""
        return sign + "P" + (f"{years}Y" if years else "") + (f"{months}M" if months else "")


Temporal = Date | Time | DateTime | DaysTime | YearsMonths


def days_from_civil(year: int, month: int, day: int) -> int:
    """Return the days since 1970-01-01 of a proleptic Gregorian date."""
    if month <= 2:
        year -= 1
    era = year // 400
    year_of_era = year - era * 400
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return (
        era * 146_097
        + year_of_era * 365
        + year_of_era // 4
        - year_of_era // 100
        + (day_of_year - 719_468)
    )


def civil_from_days(days: int) -> Date | None:
    """Return the date that lies `days` after 1970-01-01, None beyond the years FEEL knows."""
    days += 719_468
    era = days // 146_097
    day_of_era = days - era * 146_097
    year_of_era = (
        day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + (3 if shifted < 10 else -9)
    year = year_of_era + era * 400 + (1 if month <= 2 else 0)
    if abs(year) > MAX_YEAR:
        return None
    return Date(year, month, day_of_year - (153 * shifted + 2) // 5 + 1)


def month_length(year: int, month: int) -> int:
    """Return the number of days of a month."""
    if month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0):
        return 29
    return _MONTH_DAYS[month - 1]


def make_date(year: int, month: int, day: int) -> Date | None:
    """Return the date, None when there is no such day."""
    if abs(year) > MAX_YEAR or not 1 <= month <= 12 or not 1 <= day <= month_length(year, month):
        return None
    return Date(year, month, day)


def make_time(
    hour: int, minute: int, second: int, nano: int = 0, offset: int | None = None
) -> Time | None:
    """Return the time of day, None when there is no such time or offset."""
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60 and 0 <= nano < NANOS):
        return None
    if offset is not None and abs(offset) > 18 * 3600:
        return None
    return Time(hour, minute, second, nano, offset)


@lru_cache(maxsize=256)
def find_zone(name: str) -> ZoneInfo | None:
    """Return the IANA zone, None when it is not known here."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def zone_offset(name: str, local_seconds: int) -> int:
    """Return the offset in seconds that zone `name` has at a local time (seconds since 1970)."""
    zone = find_zone(name)
    if zone is None:
        return 0
    if not -62_000_000_000 < local_seconds < 253_000_000_000:
        local_seconds = _ZONE_REFERENCE_DAY * DAY_SECONDS
    local = (_EPOCH + py.timedelta(seconds=local_seconds)).replace(tzinfo=zone)
    shift = local.utcoffset()
    return int(shift.total_seconds()) if shift is not None else 0


def reference_offset(time: Time) -> int | None:
    """Return the offset of a time of day that stands without a date."""
    return time.offset_on(_ZONE_REFERENCE_DAY)


def parse_date(text: str) -> Date | None:
    """Return the date written as YYYY-MM-DD, None when it is not one."""
    found = _DATE.match(text)
    if found is None:
        return None
    return make_date(int(found[1]), int(found[2]), int(found[3]))


def parse_time(text: str) -> Time | None:
    """Return the time written as hh:mm:ss with an optional offset or @zone, None otherwise."""
    found = _TIME.match(text)
    if found is None:
        return None
    hour, minute, second = int(found[1]), int(found[2]), int(found[3])
    nano = int((found[4] or "").ljust(9, "0")[:9] or 0)
    offset: int | None = None
    if found[5]:
        offset = 0
    elif found[6]:
        minutes, seconds = int(found[7]), int(found[8] or 0)
        if minutes > 59 or seconds > 59:
            return None
        offset = abs(int(found[6])) * 3600 + minutes * 60 + seconds
        offset = -offset if found[6].startswith("-") else offset
    if hour == 24 and minute == second == nano == 0:
        hour = 0
    made = make_time(hour, minute, second, nano, offset)
    if made is None or not found[9]:
        return made
    if find_zone(found[9]) is None:
        return None
    return Time(hour, minute, second, nano, None, found[9])


def parse_date_time(text: str) -> DateTime | None:
    """Return the date and time written as dateTtime; a bare date means its midnight."""
    day_text, separator, time_text = text.partition("T")
    day = parse_date(day_text)
    if day is None:
        return None
    if not separator:
        return DateTime(day, Time(0, 0, 0))
    time = parse_time(time_text)
    if time is None:
        return None
    if time_text.startswith("24"):
        next_day = civil_from_days(day.days + 1)
        return DateTime(next_day, time) if next_day else None
    return DateTime(day, time)


def parse_duration(text: str) -> DaysTime | YearsMonths | None:
    """Return the ISO 8601 duration of either kind, None when it is not one."""
    found = _YEARS_MONTHS.match(text)
    if found is not None and (found[2] or found[3]):
        months = int(found[2] or 0) * 12 + int(found[3] or 0)
        return YearsMonths(-months if found[1] else months)
    found = _DAYS_TIME.match(text)
    if found is None or not (found[2] or found[4] or found[5] or found[6]):
        return None
    if found[3] and not (found[4] or found[5] or found[6]):
        return None
    seconds = (
        int(found[2] or 0) * DAY_SECONDS
        + int(found[4] or 0) * 3600
        + int(found[5] or 0) * 60
        + int(found[6] or 0)
    )
    nanos = seconds * NANOS + int((found[7] or "").ljust(9, "0")[:9] or 0)
    return DaysTime(-nanos if found[1] else nanos)


def parse_temporal(text: str) -> Temporal | None:
    """Return what an @"..." literal stands for, None when it is no temporal value."""
    if text.startswith(("P", "-P")):
        return parse_duration(text)
    if "T" in text:
        return parse_date_time(text)
    return parse_time(text) if ":" in text else parse_date(text)


def add_months(day: Date, months: int) -> Date | None:
    """Return the date `months` later, the last day of the month where the day does not exist."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if abs(year) > MAX_YEAR:
        return None
    return Date(year, month + 1, min(day.day, month_length(year, month + 1)))


def add_nanos_to_time(time: Time, nanos: int) -> Time:
    """Return the time of day moved by `nanos`, wrapping at midnight."""
    seconds, nano = divmod((time.nanos + nanos) % (DAY_SECONDS * NANOS), NANOS)
    return Time(seconds // 3600, seconds // 60 % 60, seconds % 60, nano, time.offset, time.zone)


def add_nanos(moment: DateTime, nanos: int) -> DateTime | None:
    """Return the date and time moved by `nanos` of local time."""
    total = moment.date.days * DAY_SECONDS * NANOS + moment.time.nanos + nanos
    day = civil_from_days(total // (DAY_SECONDS * NANOS))
    return DateTime(day, add_nanos_to_time(moment.time, nanos)) if day else None


def midnight_utc(day: Date) -> DateTime:
    """Return the start of the day in UTC: how FEEL reads a date where a moment is needed."""
    return DateTime(day, Time(0, 0, 0, 0, 0))


def months_between(start: Date, end: Date) -> YearsMonths:
    """Return the whole months from `start` to `end`, negative when `end` is earlier."""
    months = (end.year - start.year) * 12 + end.month - start.month
    if months > 0 and end.day < start.day:
        months -= 1
    elif months < 0 and end.day > start.day:
        months += 1
    return YearsMonths(months)


def from_python(value: py.date | py.time | py.timedelta) -> Temporal:
    """Return the FEEL value of a Python date, datetime, time or timedelta."""
    if isinstance(value, py.datetime):
        return DateTime(Date(value.year, value.month, value.day), _time_from(value, value))
    if isinstance(value, py.date):
        return Date(value.year, value.month, value.day)
    if isinstance(value, py.time):
        return _time_from(value, None)
    return DaysTime((value.days * DAY_SECONDS + value.seconds) * NANOS + value.microseconds * 1000)


def to_python(value: Temporal) -> py.date | py.time | py.timedelta | Temporal:
    """Return the Python value, or the FEEL value itself where Python has no room for it.

    Nanoseconds are cut to microseconds.
    """
    if isinstance(value, DaysTime):
        return py.timedelta(microseconds=value.nanos // 1000)
    if isinstance(value, YearsMonths):
        return value
    if isinstance(value, Time):
        return _time_to(value)
    day = value if isinstance(value, Date) else value.date
    if not 1 <= day.year <= 9999:
        return value
    python_day = py.date(day.year, day.month, day.day)
    if isinstance(value, Date):
        return python_day
    return py.datetime.combine(python_day, _time_to(value.time))


def _time_from(value: py.time | py.datetime, moment: py.datetime | None) -> Time:
    zone = getattr(value.tzinfo, "key", None)
    offset: int | None = None
    if zone is None:
        shift = (moment or value).utcoffset()
        offset = int(shift.total_seconds()) if shift is not None else None
    nano = value.microsecond * 1000
    return Time(value.hour, value.minute, value.second, nano, offset, zone)


def _time_to(time: Time) -> py.time:
    zone: py.tzinfo | None = find_zone(time.zone) if time.zone is not None else None
    if time.offset is not None:
        zone = py.timezone(py.timedelta(seconds=time.offset))
    return py.time(time.hour, time.minute, time.second, time.nano // 1000, tzinfo=zone)
