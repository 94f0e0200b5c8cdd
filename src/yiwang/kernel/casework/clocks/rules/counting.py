"""Counting: where a limit ends, with the intervals that the law takes out of it.

Every unit is a scale of positions on which a limit simply adds up: the working days, the calendar
days, the seconds in business hours, the seconds of the clock. An excluded interval is a stretch of
positions that is skipped.
"""

import calendar as months
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol

from yiwang.kernel.base.calendars.rules.working_calendar import OpenPeriod, WorkingCalendar
from yiwang.kernel.casework.clocks.errors import IntervalInvalidError
from yiwang.kernel.casework.clocks.rules.limits import Unit

HOUR = 3600


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of time from ``begins_at`` to ``ends_at``, both aware and local."""

    begins_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        if self.ends_at < self.begins_at:
            raise IntervalInvalidError()


@dataclass(frozen=True, slots=True)
class Deadline:
    """截止时间: the last good instant, and whether it rests on an unpublished year."""

    due_at: datetime
    assumed: bool


class Scale(Protocol):
    """Positions on which one unit of time adds up."""

    def reached(self, at: datetime) -> int:
        """Return the position up to which everything lies at or before the day or instant."""

    def before(self, at: datetime) -> int:
        """Return the position before the day of ``at``; for hours the instant itself."""

    def instant(self, position: int) -> datetime:
        """Return the last good instant of a position."""


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """工作日. Source: 行政许可法 82 (2019)."""

    calendar: WorkingCalendar
    origin: datetime

    def reached(self, at: datetime) -> int:
        return self.calendar.working_days_between(self.origin.date(), at.date())

    def before(self, at: datetime) -> int:
        return self.reached(at) - self.calendar.is_working_day(at.date())

    def instant(self, position: int) -> datetime:
        day = self.calendar.add_working_days(self.origin.date(), position)
        return _close_of_business(self.calendar, day, self.origin)


@dataclass(frozen=True, slots=True)
class CalendarDays:
    """自然日. A last day that is a day off moves to the next working day. Source: 民法典 203.

    What does not roll over (the validity of a licence) ends with its last day at midnight.
    """

    calendar: WorkingCalendar
    origin: datetime
    rolls: bool = True

    def reached(self, at: datetime) -> int:
        return (at.date() - self.origin.date()).days

    def before(self, at: datetime) -> int:
        return self.reached(at) - 1

    def instant(self, position: int) -> datetime:
        last = self.origin.date() + timedelta(days=position)
        if not self.rolls:
            return datetime.combine(last, time(23, 59, 59), self.origin.tzinfo)
        day = self.calendar.working_day_on_or_after(last)
        return _close_of_business(self.calendar, day, self.origin)


@dataclass(frozen=True, slots=True)
class WorkingSeconds:
    """工作时: seconds inside business hours of working days, counted from the origin."""

    calendar: WorkingCalendar
    origin: datetime

    def reached(self, at: datetime) -> int:
        return self._open_seconds(at) - self._open_seconds(self.origin)

    before = reached

    def instant(self, position: int) -> datetime:
        total = position + self._open_seconds(self.origin)
        # A full day belongs to its own close, not to the opening of the next day.
        days, rest = divmod(total - 1, self._day_seconds)
        day = self.calendar.add_working_days(self._eve, days + 1)
        return _open_instant(self.calendar.business_hours, day, rest + 1, self.origin)

    @property
    def _eve(self) -> date:
        return self.origin.date() - timedelta(days=1)

    @property
    def _day_seconds(self) -> int:
        return sum(map(_length, self.calendar.business_hours))

    def _open_seconds(self, at: datetime) -> int:
        """Count open seconds from the beginning of the day of origin."""
        full_days = self.calendar.working_days_between(self._eve, at.date() - timedelta(days=1))
        today = 0
        if self.calendar.is_working_day(at.date()):
            second = _second(at)
            today = sum(
                min(max(second - _second(period.opens), 0), _length(period))
                for period in self.calendar.business_hours
            )
        return full_days * self._day_seconds + today


@dataclass(frozen=True, slots=True)
class RunningSeconds:
    """紧急工作时: seconds that run on by day and night."""

    origin: datetime

    def reached(self, at: datetime) -> int:
        return int((at - self.origin).total_seconds())

    before = reached

    def instant(self, position: int) -> datetime:
        return self.origin + timedelta(seconds=position)


def scale_for(
    unit: Unit, started_at: datetime, calendar: WorkingCalendar, *, rolls: bool = True
) -> Scale:
    """Return the scale of a unit, with its origin at the start of the limit."""
    match unit:
        case Unit.WORKING_DAY:
            return WorkingDays(calendar, started_at)
        case Unit.CALENDAR_DAY | Unit.MONTH | Unit.YEAR:
            return CalendarDays(calendar, started_at, rolls)
        case Unit.WORKING_HOUR:
            return WorkingSeconds(calendar, started_at)
        case Unit.URGENT_HOUR:
            return RunningSeconds(started_at)


def positions_of(unit: Unit, amount: int, started_at: datetime) -> int:
    """Return how many positions of its scale a limit takes."""
    match unit:
        case Unit.WORKING_DAY | Unit.CALENDAR_DAY:
            return amount
        case Unit.WORKING_HOUR | Unit.URGENT_HOUR:
            return amount * HOUR
        case Unit.MONTH:
            return (matching_day(started_at.date(), amount) - started_at.date()).days
        case Unit.YEAR:
            return (matching_day(started_at.date(), 12 * amount) - started_at.date()).days


def matching_day(start: date, months_later: int) -> date:
    """Return the same day some months later, or the last day of that month.

    Source: 民法典 202.
    """
    year, month_index = divmod(start.year * 12 + start.month - 1 + months_later, 12)
    last = months.monthrange(year, month_index + 1)[1]
    return date(year, month_index + 1, min(start.day, last))


def compute_deadline(
    *,
    unit: Unit,
    amount: int,
    started_at: datetime,
    calendar: WorkingCalendar,
    excluded: Iterable[Interval] = (),
    rolls: bool = True,
) -> Deadline:
    """Return when a limit ends.

    All instants are aware and in local time. The day of start is not counted; the day on which an
    excluded interval begins is not counted any more, the day on which it ends is counted again.
    Working days and days end with business hours; 0 working days end with the present working
    day, or the next one when its business is closed. Source: 民法典 201-203, 行政许可法 45, 82.

    :raises CalendarRangeError: when the end lies outside 2000-2099.
    """
    if unit is Unit.WORKING_DAY and amount == 0:
        due_at = _end_of_present_business(calendar, started_at)
    else:
        scale = scale_for(unit, started_at, calendar, rolls=rolls)
        end = end_position(scale, positions_of(unit, amount, started_at), excluded)
        due_at = scale.instant(end)
    depends_on_calendar = unit is not Unit.URGENT_HOUR and rolls
    return Deadline(due_at, depends_on_calendar and calendar.is_assumed(due_at.date()))


def end_position(scale: Scale, length: int, excluded: Iterable[Interval]) -> int:
    """Return the position at which a limit of ``length`` positions ends, skipping exclusions."""
    end = length
    for begin, finish in skipped_stretches(scale, excluded):
        if begin >= end:
            break
        end += finish - begin
    return end


def skipped_stretches(scale: Scale, excluded: Iterable[Interval]) -> Sequence[tuple[int, int]]:
    """Return the stretches of positions that intervals take out: in order, apart, after 0."""
    stretches = sorted(
        (max(scale.before(interval.begins_at), 0), max(scale.before(interval.ends_at), 0))
        for interval in excluded
    )
    merged: list[tuple[int, int]] = []
    for begin, finish in stretches:
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], finish))
        elif finish > begin:
            merged.append((begin, finish))
    return merged


def counted(scale: Scale, at: datetime, excluded: Iterable[Interval]) -> int:
    """Return how many positions of the limit have passed at an instant."""
    return _counted_to(scale, scale.reached(at), excluded)


def counted_until_suspended(scale: Scale, at: datetime, excluded: Iterable[Interval]) -> int:
    """Return how many positions had passed when the clock was suspended, without that day."""
    return _counted_to(scale, scale.before(at), excluded)


def _counted_to(scale: Scale, position: int, excluded: Iterable[Interval]) -> int:
    position = max(position, 0)
    skipped = sum(
        max(min(finish, position) - begin, 0)
        for begin, finish in skipped_stretches(scale, excluded)
    )
    return position - skipped


def _end_of_present_business(calendar: WorkingCalendar, started_at: datetime) -> datetime:
    day = calendar.working_day_on_or_after(started_at.date())
    close = _close_of_business(calendar, day, started_at)
    if started_at <= close:
        return close
    return _close_of_business(calendar, calendar.add_working_days(day, 1), started_at)


def _close_of_business(calendar: WorkingCalendar, day: date, zone_of: datetime) -> datetime:
    return datetime.combine(day, calendar.closing_time, zone_of.tzinfo)


def _open_instant(
    hours: Iterable[OpenPeriod], day: date, seconds: int, zone_of: datetime
) -> datetime:
    """Return the instant of a day at which ``seconds`` of business hours have passed."""
    left = seconds
    last = 0
    for period in hours:
        last = _second(period.opens) + min(left, _length(period))
        left -= _length(period)
        if left <= 0:
            break
    midnight = datetime.combine(day, datetime.min.time(), zone_of.tzinfo)
    return midnight + timedelta(seconds=last)


def _second(at: time | datetime) -> int:
    return at.hour * 3600 + at.minute * 60 + at.second


def _length(period: OpenPeriod) -> int:
    return _second(period.closes) - _second(period.opens)
