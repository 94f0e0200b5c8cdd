"""好差评统计: counts by item and by unit."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value

from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.ratings import registry
from yiwang.kernel.casework.ratings.models import Grade, Rating

__all__ = ["Statistics", "by_item", "by_unit", "ratings_of_case"]

_GOOD = (Grade.VERY_SATISFIED, Grade.SATISFIED, Grade.MOSTLY_SATISFIED)
_ROW = ("key", "name", *Grade.values, "defaults", "missing")


@dataclass(slots=True)
class Statistics:
    """One row: an item or a unit. ``counts`` has every grade and only real ratings that count now.

    ``defaults`` are ratings that nobody gave; ``missing`` are cases concluded in the period that
    nobody has rated: both stand apart from the grades and from ``good_rate``.
    """

    key: str
    name: str
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Grade.values, 0))
    defaults: int = 0
    missing: int = 0

    @property
    def total(self) -> int:
        """Real ratings."""
        return sum(self.counts.values())

    @property
    def good_rate(self) -> float | None:
        """满意率: share of the three upper grades, 0 to 1; None without a real rating."""
        if not self.total:
            return None
        return sum(self.counts[grade] for grade in _GOOD) / self.total


def by_unit(
    *, since: datetime, until: datetime, scope: Q | None = None, contact: str = ""
) -> list[Statistics]:
    """Count by the unit that was rated, in one query; ordered by the unit's name.

    The period is half open, [since, until). ``scope`` filters by ``org_path`` and
    ``division_path``; ``contact`` narrows to one contact.
    """
    parts = _Parts(since, until, scope or Q(), contact)
    return _merge(
        parts.ratings(key=F("organization_id"), name=F("organization__name")).union(
            parts.missing(parts.cases, key=F("organization_id"), name=F("organization__name")),
            all=True,
        )
    )


def by_item(
    *, since: datetime, until: datetime, scope: Q | None = None, contact: str = ""
) -> list[Statistics]:
    """Count by service item, in one query; parameters as :func:`by_unit`, ordered by key."""
    parts = _Parts(since, until, scope or Q(), contact)
    missing = [
        parts.missing(parts.cases.filter(kind=kind), key=F(path), name=F(path))
        for kind, path in registry.item_paths().items()
    ]
    ratings = parts.ratings(key=F("item_key"), name=F("item_key"))
    return _merge(ratings.union(*missing, all=True) if missing else ratings)


def ratings_of_case(case_id: int) -> list[Rating]:
    """List the ratings of a case that count now, in the order of the contacts' first rating."""
    return list(Rating.objects.filter(case_id=case_id, is_current=True).order_by("pk"))


@dataclass(frozen=True, slots=True)
class _Parts:
    """The two halves of a statistic: what was rated, and what was not."""

    since: datetime
    until: datetime
    scope: Q
    contact: str

    def ratings(self, **names: F) -> "QuerySet[Any, Any]":
        rows = Rating.objects.filter(
            self.scope, self._of_contact, is_current=True, at__gte=self.since, at__lt=self.until
        )
        is_real = Q(source=Rating.Source.REAL)
        grades = {grade: Count("pk", filter=is_real & Q(grade=grade)) for grade in Grade.values}
        return (
            rows.values(**names)
            .annotate(**grades, defaults=Count("pk", filter=~is_real), missing=_zero())
            .order_by()
            .values_list(*_ROW)
        )

    @property
    def cases(self) -> "QuerySet[Case]":
        rated = Rating.objects.filter(
            self._of_contact,
            case_id=OuterRef("pk"),
            is_current=True,
            source=Rating.Source.REAL,
        )
        return Case.objects.filter(
            self.scope, ~Exists(rated), concluded_at__gte=self.since, concluded_at__lt=self.until
        )

    @staticmethod
    def missing(cases: "QuerySet[Case]", **names: F) -> "QuerySet[Any, Any]":
        zeros = {name: _zero() for name in (*Grade.values, "defaults")}
        return (
            cases.values(**names)
            .annotate(**zeros, missing=Count("pk"))
            .order_by()
            .values_list(*_ROW)
        )

    @property
    def _of_contact(self) -> Q:
        return Q(contact=self.contact) if self.contact else Q()


def _zero() -> Value:
    return Value(0, output_field=IntegerField())


def _merge(rows: Iterable[tuple[Any, ...]]) -> list[Statistics]:
    found: dict[str, Statistics] = {}
    for key, name, *numbers in rows:
        row = found.setdefault(key, Statistics(key, name))
        *grades, defaults, missing = numbers
        for grade, count in zip(Grade.values, grades, strict=True):
            row.counts[grade] += count
        row.defaults += defaults
        row.missing += missing
    return sorted(found.values(), key=lambda row: (row.name, row.key))
