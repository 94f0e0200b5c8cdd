"""好差评统计 by item and by unit, with what nobody rated counted apart."""

from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from yiwang.kernel.base.access import facade as access
from yiwang.kernel.base.calendars import LOCAL_ZONE, today
from yiwang.kernel.base.identity.http.actors import require_actor
from yiwang.kernel.base.identity.http.guards import official_required
from yiwang.kernel.casework.ratings.facade import Statistics, by_item, by_unit
from yiwang.kernel.casework.ratings.models import Grade
from yiwang.services.applications.http import desk_shown as words
from yiwang.services.applications.http.desk import require_somewhere
from yiwang.services.items.models import ServiceItem

PERIODS = ("month", "quarter", "year")


@require_GET
@official_required
def ratings(request: HttpRequest) -> HttpResponse:
    """The share of good ratings, the five grades as bars, and the table behind them."""
    actor = require_actor(request)
    require_somewhere(actor, "rating.read")
    period, since, until = _period(request)
    kind = "unit" if request.GET.get("by") == "unit" else "item"
    count = by_unit if kind == "unit" else by_item
    found = count(
        since=_midnight(since),
        until=_midnight(until + timedelta(days=1)),
        scope=access.scope(actor, "rating.read"),
    )
    names = _item_names([row.key for row in found]) if kind == "item" else {}
    rows = [_row(row, names.get(row.key, row.name)) for row in found]
    total = sum(row.total for row in found)
    good = sum(sum(row.counts[grade] for grade in _GOOD) for row in found)
    own = [("from", since.isoformat()), ("to", until.isoformat())] if period == "own" else []
    return render(
        request,
        "applications/desk/ratings.html",
        {
            "section": "/desk/ratings/",
            "kind": kind,
            "period": period,
            "since": since,
            "until": until,
            "kinds": [
                {
                    "key": key,
                    "label": label,
                    "href": f"?{_query(key, period, own)}",
                }
                for key, label in (("item", _("按事项")), ("unit", _("按单位")))
            ],
            "periods": [
                {"key": key, "label": label, "href": f"?{_query(kind, key)}"}
                for key, label in (
                    ("month", _("本月")),
                    ("quarter", _("本季度")),
                    ("year", _("今年")),
                )
            ],
            "rows": rows,
            "grades": [{"key": key, "label": label} for key, label in _grade_words().items()],
            "columns": [
                {"key": "name", "label": _("事项") if kind == "item" else _("单位")},
                {"key": "total", "label": _("评价数"), "kind": "number"},
                *(
                    {"key": key, "label": label, "kind": "number"}
                    for key, label in _grade_words().items()
                ),
                {"key": "good", "label": _("满意率")},
                {"key": "defaults", "label": _("默认评价"), "kind": "number"},
                {"key": "missing", "label": _("未评价"), "kind": "number"},
            ],
            "total": total,
            "good_share": f"{good * 100 / total:.1f}" if total else "—",
            "good_number": good * 100 / total if total else None,
            "bad": sum(
                row.counts[grade]
                for row in found
                for grade in (Grade.DISSATISFIED, Grade.VERY_DISSATISFIED)
            ),
            "missing": sum(row.missing for row in found),
        },
    )


_GOOD = (Grade.VERY_SATISFIED, Grade.SATISFIED, Grade.MOSTLY_SATISFIED)


def _grade_words() -> dict[str, str]:
    return {
        "VERY_SATISFIED": _("非常满意"),
        "SATISFIED": _("满意"),
        "MOSTLY_SATISFIED": _("基本满意"),
        "DISSATISFIED": _("不满意"),
        "VERY_DISSATISFIED": _("非常不满意"),
    }


def _row(row: Statistics, name: str) -> dict[str, Any]:
    """Return one row with the segments of its bar, in hundredths of all real ratings."""
    segments = []
    begin = 0.0
    labels = _grade_words()
    for grade, number in row.counts.items():
        share = number * 100 / row.total if row.total else 0.0
        segments.append(
            {
                "grade": grade,
                "label": labels[grade],
                "count": number,
                "x": f"{begin:.2f}",
                "width": f"{share:.2f}",
            }
        )
        begin += share
    rate = row.good_rate
    return {
        "name": name or _("（没有事项）"),
        "total": row.total,
        "good": "—" if rate is None else f"{rate * 100:.1f}%",
        "segments": [segment for segment in segments if segment["count"]],
        "defaults": row.defaults,
        "missing": row.missing,
        **row.counts,
    }


def _item_names(keys: list[str]) -> dict[str, str]:
    """Return the present title of each item."""
    titles: dict[str, str] = {}
    rows = (
        ServiceItem.objects.filter(key__in=keys)
        .order_by("key", "versions__id")
        .values_list("key", "versions__title_zh", "versions__title_en")
    )
    for key, chinese, english in rows:
        titles[key] = words.either(chinese or key, english or "")
    return titles


def _period(request: HttpRequest) -> tuple[str, date, date]:
    """Return the period that is asked for; both ends are days that belong to it."""
    day = today()
    since, until = _day(request.GET.get("from")), _day(request.GET.get("to"))
    if since and until and since <= until:
        return "own", since, until
    period = request.GET.get("period", "")
    period = period if period in PERIODS else "year"
    month = {"month": day.month, "quarter": (day.month - 1) // 3 * 3 + 1, "year": 1}[period]
    return period, day.replace(month=month, day=1), day


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), LOCAL_ZONE)


def _query(by: str, period: str, own: list[tuple[str, str]] | None = None) -> str:
    return urlencode([("by", by), *(own or [("period", period)])])
