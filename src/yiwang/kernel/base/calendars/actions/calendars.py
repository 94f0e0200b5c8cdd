"""Writes of 工作日历. Whoever calls these afterwards has stored due dates computed again.

Packs and the annual publication call them; the calling verb audits.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from yiwang.kernel.base.calendars.models import (
    BusinessPeriod,
    CalendarDay,
    CalendarRevision,
    DayKind,
    PublishedYear,
)
from yiwang.kernel.base.calendars.moment import now
from yiwang.kernel.base.calendars.rules.working_calendar import (
    FIRST_DAY,
    LAST_DAY,
    CalendarRangeError,
    OpenPeriod,
    build_calendar,
)


@dataclass(frozen=True, slots=True)
class DayException:
    """One day that differs from the plain week."""

    day: date
    kind: DayKind
    name: str = ""


@transaction.atomic
def set_days(*, calendar_key: str, days: Iterable[DayException], source: str) -> None:
    """Enter or replace single days of a calendar.

    :raises CalendarRangeError: when a day lies outside 2000-2099.
    """
    _mark_changed(calendar_key)
    _write_days(calendar_key, list(days), source)


@transaction.atomic
def remove_days(*, calendar_key: str, days: Iterable[date]) -> int:
    """Take single days out of a calendar; returns how many were there."""
    _mark_changed(calendar_key)
    removed, _ = CalendarDay.objects.filter(calendar_key=calendar_key, day__in=list(days)).delete()
    return removed


@transaction.atomic
def publish_year(
    *, calendar_key: str, year: int, days: Iterable[DayException], source: str
) -> None:
    """Enter the published arrangement of a whole year, which then is no longer assumed.

    What was entered for that year before is replaced.

    :raises CalendarRangeError: when the year lies outside 2000-2099.
    :raises ValueError: when a day belongs to another year.
    """
    exceptions = list(days)
    if not FIRST_DAY.year <= year <= LAST_DAY.year:
        raise CalendarRangeError(f"{year} lies outside 2000-2099")
    strays = [exception.day for exception in exceptions if exception.day.year != year]
    if strays:
        raise ValueError(f"{strays[0]} does not belong to {year}")
    _mark_changed(calendar_key)
    CalendarDay.objects.filter(calendar_key=calendar_key, day__year=year).delete()
    _write_days(calendar_key, exceptions, source)
    PublishedYear.objects.update_or_create(
        calendar_key=calendar_key, year=year, defaults={"source": source}
    )


@transaction.atomic
def set_business_hours(*, calendar_key: str, periods: Iterable[OpenPeriod], source: str) -> None:
    """Replace the business hours of a calendar.

    :raises ValueError: when there is no period, or periods overlap.
    """
    hours = sorted(periods, key=lambda period: period.opens)
    build_calendar(key=calendar_key, published_years=(), exceptions={}, business_hours=hours)
    _mark_changed(calendar_key)
    BusinessPeriod.objects.filter(calendar_key=calendar_key).delete()
    BusinessPeriod.objects.bulk_create(
        BusinessPeriod(
            calendar_key=calendar_key, opens=period.opens, closes=period.closes, source=source
        )
        for period in hours
    )


def _mark_changed(calendar_key: str) -> None:
    # First of all writes: the row lock makes two writers of one calendar follow each other.
    CalendarRevision.objects.update_or_create(
        calendar_key=calendar_key, defaults={"token": uuid.uuid4(), "changed_at": now()}
    )


def _write_days(calendar_key: str, exceptions: list[DayException], source: str) -> None:
    for exception in exceptions:
        if not FIRST_DAY <= exception.day <= LAST_DAY:
            raise CalendarRangeError(f"{exception.day} lies outside 2000-2099")
    CalendarDay.objects.bulk_create(
        [
            CalendarDay(
                calendar_key=calendar_key,
                day=exception.day,
                kind=exception.kind,
                name=exception.name,
                source=source,
            )
            for exception in exceptions
        ],
        update_conflicts=True,
        unique_fields=["calendar_key", "day"],
        update_fields=["kind", "name", "source"],
    )
