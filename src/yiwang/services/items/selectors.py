"""事项检索: find an item by word, life event, unit and place; read its guide."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.contrib.postgres.search import SearchRank
from django.db.models import Count, F, QuerySet

from yiwang.kernel.base.chinese import as_search_query
from yiwang.kernel.base.divisions.models import Division
from yiwang.kernel.errors import NotFoundError
from yiwang.services.items.models import ImplementationItem, ItemVersion

__all__ = [
    "ItemFilter",
    "get_implementation",
    "get_version",
    "list_life_events",
    "narrow",
    "search_items",
]

# D, C, B, A: a word in the name counts most, in the unit's name hardly.
WEIGHTS = [0.1, 0.2, 0.6, 1.0]


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """What narrows the list. ``division`` is a place; units of every place above it serve it."""

    words: str = ""
    life_event: str = ""
    organization: str = ""
    division: str = ""
    audience: str = ""


def search_items(
    wanted: ItemFilter, *, limit: int = 20, offset: int = 0
) -> list[ImplementationItem]:
    """Return the best matches first. Words that all match come before words that match in part.

    Ranking needs an offset, not a key; nobody reads past the first pages, so it is capped at 200.
    """
    rows = narrow(ImplementationItem.objects.filter(is_active=True), wanted)
    offset = min(offset, 200)
    if not wanted.words.strip():
        return list(rows.order_by("-uses", "pinyin", "id")[offset : offset + limit])
    found = _ranked(rows, wanted.words, "all", limit, offset)
    if not found and offset == 0:
        found = _ranked(rows, wanted.words, "any", limit, offset)
    return found


def _ranked(
    rows: QuerySet[ImplementationItem], words: str, match: Any, limit: int, offset: int
) -> list[ImplementationItem]:
    query = as_search_query(words, match)
    return list(
        rows.filter(search=query)
        .annotate(rank=SearchRank(F("search"), query, weights=WEIGHTS))
        .order_by("-rank", "-uses", "id")[offset : offset + limit]
    )


def narrow(rows: QuerySet[ImplementationItem], wanted: ItemFilter) -> QuerySet[ImplementationItem]:
    """Keep the rows that fit the filter; its words are left to the ranking."""
    if wanted.life_event:
        rows = rows.filter(life_events__contains=[wanted.life_event])
    if wanted.organization:
        rows = rows.filter(organization_id=wanted.organization)
    if wanted.audience:
        rows = rows.filter(audience__contains=[wanted.audience])
    if wanted.division:
        place = Division.objects.filter(code=wanted.division).first()
        if place is None:
            return rows.none()
        rows = rows.filter(division_id__in=place.path.rstrip("/").split("/"))
    return rows


def get_implementation(code: str) -> ImplementationItem:
    """Return an item as one unit offers it, with its version.

    :raises NotFoundError: absent or no longer offered.
    """
    row = (
        ImplementationItem.objects.select_related(
            "version__form", "version__process", "organization", "division", "item__base"
        )
        .filter(code=code, is_active=True)
        .first()
    )
    if row is None:
        raise NotFoundError
    return row


@lru_cache(maxsize=1024)
def get_version(version_id: int) -> ItemVersion:
    """Return a version with its form and process, kept by this process once read.

    What a version says never changes, so the kept one never goes stale; only ``is_current`` does,
    and is asked of the database.
    """
    return ItemVersion.objects.select_related("form", "process").get(pk=version_id)


def list_life_events() -> list[Mapping[str, Any]]:
    """Return the life events that have items, with how many, most first."""
    return list(
        ImplementationItem.objects.filter(is_active=True)
        .values("life_events")
        .annotate(count=Count("item", distinct=True))
        .order_by("-count")
    )
