"""Load the calendar of a region; each process keeps what it built until the rows change."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from yiwang.kernel.base.calendars import published_holidays
from yiwang.kernel.base.calendars.rules.working_calendar import (
    DEFAULT_BUSINESS_HOURS,
    OpenPeriod,
    WorkingCalendar,
    build_calendar,
)

if TYPE_CHECKING:
    from uuid import UUID

# One entry per region: replaced, never edited, so threads need no lock.
_built: dict[str, tuple[dict[str, UUID], WorkingCalendar]] = {}


def calendar_for(calendar_key: str = "") -> WorkingCalendar:
    """Return the 工作日历 of a region: the national one with the region's own days on top.

    Costs one query by primary key, which finds out whether the kept calendar still holds; in a
    list take the calendar once. An unknown or empty key gives the national calendar.
    """
    # Here and not above: this package is imported before Django's app registry is ready.
    from yiwang.kernel.base.calendars.models import NATIONAL, CalendarRevision

    layers = [NATIONAL] if calendar_key in ("", NATIONAL) else [NATIONAL, calendar_key]
    revisions = dict(
        CalendarRevision.objects.filter(calendar_key__in=layers).values_list(
            "calendar_key", "token"
        )
    )
    kept = _built.get(layers[-1])
    if kept is not None and kept[0] == revisions:
        return kept[1]
    calendar = _build(layers)
    _built[layers[-1]] = (revisions, calendar)
    return calendar


def _build(layers: list[str]) -> WorkingCalendar:
    from yiwang.kernel.base.calendars.models import (
        BusinessPeriod,
        CalendarDay,
        DayKind,
        PublishedYear,
    )

    exceptions = published_holidays.published_exceptions()
    days: dict[str, dict[date, bool]] = {layer: {} for layer in layers}
    for layer, day, kind in CalendarDay.objects.filter(calendar_key__in=layers).values_list(
        "calendar_key", "day", "kind"
    ):
        days[layer][day] = kind == DayKind.WORKING
    for layer in layers:
        exceptions.update(days[layer])
    years = published_holidays.published_years().union(
        PublishedYear.objects.filter(calendar_key__in=layers).values_list("year", flat=True)
    )
    hours: dict[str, list[OpenPeriod]] = {}
    for period in BusinessPeriod.objects.filter(calendar_key__in=layers).order_by("opens"):
        hours.setdefault(period.calendar_key, []).append(OpenPeriod(period.opens, period.closes))
    nearest = next((hours[layer] for layer in reversed(layers) if layer in hours), None)
    return build_calendar(
        key=layers[-1],
        published_years=years,
        exceptions=exceptions,
        business_hours=nearest or DEFAULT_BUSINESS_HOURS,
    )
