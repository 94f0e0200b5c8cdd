"""时限统计: how limits were kept, each number in the same one query for any set of cases."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import TruncDate

from yiwang.kernel.base import calendars
from yiwang.kernel.base.calendars import LOCAL_ZONE
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.clocks.models import Clock, ClockOutcome
from yiwang.kernel.casework.clocks.rules.limits import Basis

NUMBERS = ("early", "on_time", "overtime", "undue", "overdue", "excluded")


@dataclass(frozen=True, slots=True)
class Counters:
    """提前办结、按时办结、超时办结、未到期、已超期、暂停计时. Cancelled clocks are in none.

    ``early`` ended on a day before the last one; ``excluded`` stand by article 45 now.
    """

    early: int = 0
    on_time: int = 0
    overtime: int = 0
    undue: int = 0
    overdue: int = 0
    excluded: int = 0
    key: str = ""
    name: str = ""

    @property
    def total(self) -> int:
        return self.early + self.on_time + self.overtime + self.undue + self.overdue + self.excluded

    @property
    def kept_share(self) -> float | None:
        """Return the share of ended limits that were kept, or None when none has ended."""
        ended = self.early + self.on_time + self.overtime
        return (self.early + self.on_time) / ended if ended else None


def count_clocks(
    scope: Q,
    *,
    kind: str = "decision",
    basis: Basis = Basis.STATUTORY,
    since: datetime | None = None,
    until: datetime | None = None,
    now: datetime | None = None,
) -> Counters:
    """Count the limits of a set of cases, in one query.

    ``scope`` is a condition on the case (``org_path``, ``division_path`` ...); ``since`` and
    ``until`` bound the start of the limit.
    """
    rows = _rows(scope, kind, basis, since, until)
    return Counters(**rows.aggregate(**_numbers(now or calendars.now())))


def count_by_unit(
    scope: Q,
    *,
    kind: str = "decision",
    basis: Basis = Basis.STATUTORY,
    since: datetime | None = None,
    until: datetime | None = None,
    now: datetime | None = None,
) -> list[Counters]:
    """Count as :func:`count_clocks`, one row a unit, the most overdue first; in one query."""
    # Typed as what it is: rows of names and numbers, which the model does not know.
    rows: Any = (
        _rows(scope, kind, basis, since, until)
        .order_by()
        .values("case__organization_id", "case__organization__name")
        .annotate(**_numbers(now or calendars.now()))
    )
    return [
        Counters(
            **{name: row[name] for name in NUMBERS},
            key=row["case__organization_id"],
            name=row["case__organization__name"],
        )
        for row in rows.order_by("-overdue", "-overtime", "case__organization_id")
    ]


def _rows(
    scope: Q, kind: str, basis: Basis, since: datetime | None, until: datetime | None
) -> QuerySet[Clock]:
    rows = Clock.objects.filter(
        kind=kind, basis=basis.value, case__in=Case.objects.filter(scope).values("pk")
    )
    if since is not None:
        rows = rows.filter(started_at__gte=since)
    if until is not None:
        rows = rows.filter(started_at__lt=until)
    return rows.annotate(
        stopped_day=TruncDate("stopped_at", tzinfo=LOCAL_ZONE),
        due_day=TruncDate("due_at", tzinfo=LOCAL_ZONE),
    )


def _numbers(now: datetime) -> dict[str, Count]:
    met, missed = ClockOutcome.MET.value, ClockOutcome.MISSED.value
    running = Q(stopped_at=None, suspended_at=None)
    return {
        "early": Count("pk", filter=Q(outcome=met, stopped_day__lt=F("due_day"))),
        "on_time": Count("pk", filter=Q(outcome=met, stopped_day__gte=F("due_day"))),
        "overtime": Count("pk", filter=Q(outcome=missed)),
        "undue": Count("pk", filter=running & Q(due_at__gte=now)),
        "overdue": Count("pk", filter=running & Q(due_at__lt=now)),
        "excluded": Count("pk", filter=Q(stopped_at=None, suspended_at__isnull=False)),
    }
