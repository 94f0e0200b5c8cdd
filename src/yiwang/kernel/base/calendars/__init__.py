"""工作日历: what time it is, and which days are working days.

``now()`` and ``today()`` are the only clock of the platform, so that stories and tests can hold it.
"""

from yiwang.kernel.base.calendars.loading import calendar_for
from yiwang.kernel.base.calendars.moment import (
    LOCAL_ZONE,
    FrozenTime,
    TimeTravelForbiddenError,
    freeze,
    now,
    today,
    travel,
    travel_installation,
)
from yiwang.kernel.base.calendars.rules.working_calendar import WorkingCalendar

__all__ = [
    "LOCAL_ZONE",
    "FrozenTime",
    "TimeTravelForbiddenError",
    "WorkingCalendar",
    "calendar_for",
    "freeze",
    "now",
    "today",
    "travel",
    "travel_installation",
]
