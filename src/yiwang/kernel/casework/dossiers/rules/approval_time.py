"""审批时间: the working days on which government, not the builder, had the project in hand."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from yiwang.kernel.base.calendars.rules.working_calendar import WorkingCalendar


class StageLamp(StrEnum):
    """阶段状态."""

    NOT_BEGUN = "NOT_BEGUN"
    NORMAL = "NORMAL"
    DUE_SOON = "DUE_SOON"
    OVERDUE = "OVERDUE"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of days of one case: from the day after acceptance to the day of decision.

    ``begins`` is the day of acceptance, which does not count; ``ends`` is the last day that does.
    ``without`` are stretches that the law takes out: the first day of each leaves the count, the
    last one counts again. Source: 民法典 201, 行政许可法 45, 82.
    """

    begins: date
    ends: date
    without: tuple[tuple[date, date], ...] = ()

    def days(self, calendar: WorkingCalendar) -> set[date]:
        """Return its working days."""
        counted = set()
        day = self.begins + timedelta(days=1)
        while day <= self.ends:
            taken_out = any(begin <= day < end for begin, end in self.without)
            if calendar.is_working_day(day) and not taken_out:
                counted.add(day)
            day += timedelta(days=1)
        return counted


@dataclass(frozen=True, slots=True)
class TimeUsed:
    """Days used of a limit; cases that run side by side use a day once."""

    used: int
    amount: int
    lamp: StageLamp

    @property
    def left(self) -> int:
        return max(self.amount - self.used, 0)

    @property
    def overdue(self) -> int:
        return max(self.used - self.amount, 0)


def time_used(spans: Iterable[Span], amount: int, calendar: WorkingCalendar) -> TimeUsed:
    """Count the working days of all spans together, each once, against a limit."""
    spans = list(spans)
    used = len(set().union(*(span.days(calendar) for span in spans)))
    if not spans:
        lamp = StageLamp.NOT_BEGUN
    elif used > amount:
        lamp = StageLamp.OVERDUE
    elif amount - used <= -(-amount // 5):
        lamp = StageLamp.DUE_SOON
    else:
        lamp = StageLamp.NORMAL
    return TimeUsed(used, amount, lamp)
