"""工作日历 as arithmetic: every question is answered from two arrays in constant time.

A year whose arrangement of holidays is not yet published counts Monday to Friday as working days
and is *assumed*: whoever stores a date that reaches into it must be ready to compute it again.
"""

import hashlib
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from itertools import pairwise

FIRST_DAY = date(2000, 1, 1)
LAST_DAY = date(2099, 12, 31)


class CalendarRangeError(ValueError):
    """A day lies outside the years that calendars cover (2000 to 2099)."""


@dataclass(frozen=True, slots=True)
class OpenPeriod:
    """业务时间: one stretch of an office day, closed at ``closes``."""

    opens: time
    closes: time

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise ValueError("business hours must open before they close")


DEFAULT_BUSINESS_HOURS = (
    OpenPeriod(time(8, 30), time(12)),
    OpenPeriod(time(14, 30), time(17, 30)),
)
"""Used until a pack gives the region's own hours (custom in Guangdong, no source)."""


@dataclass(frozen=True, slots=True, eq=False)
class WorkingCalendar:
    """工作日历 of one region.

    ``edition`` names the content: two calendars of one edition answer every question alike, so a
    stored date is out of date exactly when its edition differs from the present one.
    """

    key: str
    edition: str
    published_years: frozenset[int]
    business_hours: tuple[OpenPeriod, ...]
    _working: bytes = field(repr=False)
    # _count[i]: working days from FIRST_DAY up to and including day i. _ordinals[k]: the k-th.
    _count: "array[int]" = field(repr=False)
    _ordinals: "array[int]" = field(repr=False)

    def is_working_day(self, day: date) -> bool:
        """Tell whether ``day`` is a 工作日."""
        return self._working[self._index(day)] == 1

    def is_assumed(self, day: date) -> bool:
        """Tell whether the year of ``day`` still waits for its published arrangement."""
        return day.year not in self.published_years

    def add_working_days(self, start: date, days: int) -> date:
        """Return the working day that lies ``days`` working days after ``start``.

        ``start`` itself is never counted, whether working or not; a negative number counts
        backwards; 0 gives ``start``. Source: 民法典 201, 行政许可法 82 (2019).

        :raises CalendarRangeError: when the answer lies outside the covered years.
        """
        if days == 0:
            return start
        index = self._index(start)
        position = self._count[index] + days
        if days > 0:
            position -= 1
        else:
            position -= self._working[index]
        if not 0 <= position < len(self._ordinals):
            raise CalendarRangeError(f"{start} {days:+d} working days leaves 2000-2099")
        return date.fromordinal(self._ordinals[position])

    def working_days_between(self, start: date, end: date) -> int:
        """Count the working days after ``start`` up to and including ``end``.

        The inverse of :meth:`add_working_days`. With ``end`` before ``start`` the answer is the
        number of working days from ``end`` to the day before ``start``, negative.
        """
        first, last = self._index(start), self._index(end)
        if last >= first:
            return self._count[last] - self._count[first]
        return -(
            self._count[first] - self._working[first] - self._count[last] + self._working[last]
        )

    def working_day_on_or_after(self, day: date) -> date:
        """Return ``day`` or, when it is a day off, the next working day."""
        return day if self.is_working_day(day) else self.add_working_days(day, 1)

    @property
    def closing_time(self) -> time:
        """停止业务活动的时间: when the office day ends."""
        return self.business_hours[-1].closes

    def _index(self, day: date) -> int:
        if not FIRST_DAY <= day <= LAST_DAY:
            raise CalendarRangeError(f"{day} lies outside 2000-2099")
        return day.toordinal() - FIRST_DAY.toordinal()


def build_calendar(
    *,
    key: str,
    published_years: Iterable[int],
    exceptions: Mapping[date, bool],
    business_hours: Iterable[OpenPeriod] = DEFAULT_BUSINESS_HOURS,
) -> WorkingCalendar:
    """Build a calendar from the days that differ from the plain week (True: a working day).

    :raises ValueError: when business hours are missing or overlap.
    """
    hours = tuple(business_hours)
    if not hours:
        raise ValueError("business hours are missing")
    if any(later.opens < earlier.closes for earlier, later in pairwise(hours)):
        raise ValueError("business hours overlap or are out of order")
    origin = FIRST_DAY.toordinal()
    length = LAST_DAY.toordinal() - origin + 1
    # Ordinal 1 is a Monday, so (ordinal - 1) % 7 is the weekday.
    working = bytearray((origin + index - 1) % 7 < 5 for index in range(length))
    for day, is_working in exceptions.items():
        if FIRST_DAY <= day <= LAST_DAY:
            working[day.toordinal() - origin] = is_working
    count, ordinals = array("l"), array("l")
    total = 0
    for index, flag in enumerate(working):
        if flag:
            total += 1
            ordinals.append(origin + index)
        count.append(total)
    years = frozenset(published_years)
    return WorkingCalendar(
        key=key,
        edition=_edition(bytes(working), years, hours),
        published_years=years,
        business_hours=hours,
        _working=bytes(working),
        _count=count,
        _ordinals=ordinals,
    )


def _edition(working: bytes, years: frozenset[int], hours: tuple[OpenPeriod, ...]) -> str:
    digest = hashlib.sha256(working)
    digest.update(repr(sorted(years)).encode())
    digest.update(";".join(f"{period.opens}-{period.closes}" for period in hours).encode())
    return digest.hexdigest()[:16]
