"""事项目录: one entry per service item, with the places that offer it; by department, by place.

``selectors.search_items`` answers with rows of the implementation list, one for each unit. A person
thinks of the thing to be done and of where they live, so the portal reads this module.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.postgres.search import SearchRank
from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum

from yiwang.kernel.base.chinese import as_search_query
from yiwang.kernel.base.divisions.models import Division
from yiwang.services.items.models import ImplementationItem, ServiceItem
from yiwang.services.items.selectors import WEIGHTS, ItemFilter, narrow

__all__ = [
    "CountyUnits",
    "FoundItem",
    "OfferedUnit",
    "PlaceGroup",
    "county_tree",
    "find_items",
    "places_of",
    "units_by_county",
]

MOST_SKIPPED = 200


@dataclass(frozen=True, slots=True)
class FoundItem:
    """A service item in a result list.

    ``row`` is the offer to show, ``places`` how many units offer it. ``is_settled`` says that
    ``row`` is where the reader would do it: it serves their place, or nobody else offers it.
    """

    row: ImplementationItem
    places: int
    is_settled: bool


@dataclass(frozen=True, slots=True)
class PlaceGroup:
    """The offers of one item below one county."""

    county: Division
    rows: list[ImplementationItem]


@dataclass(frozen=True, slots=True)
class OfferedUnit:
    """A unit with the number of items that it offers."""

    code: str
    name: str
    short_name: str
    items: int


@dataclass(frozen=True, slots=True)
class CountyUnits:
    """The units of one county that offer something, its own first, then those of its towns."""

    place: Division
    own: list[OfferedUnit]
    towns: list[OfferedUnit]


def find_items(
    wanted: ItemFilter, *, near: str = "", limit: int = 20, offset: int = 0
) -> list[FoundItem]:
    """Return service items, best first. ``near`` is the code of the place where the reader lives.

    A filter by place keeps what serves it from above and what is offered below it. Ranking needs
    an offset, not a key; nobody reads past the first pages, so it is capped.
    """
    rows = narrow(ImplementationItem.objects.filter(is_active=True), replace(wanted, division=""))
    if wanted.division:
        rows = _around(rows, wanted.division)
    offset = min(offset, MOST_SKIPPED)
    chain = _chain(wanted.division or near)
    groups: list[dict[str, Any]] = []
    for match in ("all", "any"):
        groups = list(_groups(rows, wanted.words, match, chain)[offset : offset + limit])
        if groups or offset or not wanted.words.strip():
            break
    best = [_best_of(group, chain) for group in groups]
    shown = ImplementationItem.objects.defer("search").select_related("division", "item")
    offers = shown.in_bulk([pk for pk, _is_near in best])
    return [
        FoundItem(offers[pk], group["places"], is_settled=is_near or group["places"] == 1)
        for group, (pk, is_near) in zip(groups, best, strict=True)
    ]


def _groups(rows: QuerySet[ImplementationItem], words: str, match: Any, chain: list[str]) -> Any:
    """Group matching offers by item, each with the offer of every place that manages the reader's.

    An item of village level has nine hundred offers: the one to show is found in the same pass.
    """
    grouped = rows.values("item_id").annotate(
        places=Count("pk"),
        popularity=Sum("uses"),
        first=Min("pk"),
        **{f"at_{code}": Min("pk", filter=Q(division_id=code)) for code in chain},
    )
    if not words.strip():
        return grouped.annotate(name=Min("pinyin")).order_by("-popularity", "name", "item_id")
    query = as_search_query(words, match)
    rank = Max(SearchRank(F("search"), query, weights=WEIGHTS))
    return (
        grouped.filter(search=query).annotate(rank=rank).order_by("-rank", "-popularity", "item_id")
    )


def _best_of(group: Mapping[str, Any], chain: list[str]) -> tuple[int, bool]:
    """Return the key of the offer to show, and whether it serves the reader's place."""
    near = next((group[f"at_{code}"] for code in reversed(chain) if group[f"at_{code}"]), None)
    return (near, True) if near is not None else (group["first"], False)


def _around(rows: QuerySet[ImplementationItem], code: str) -> QuerySet[ImplementationItem]:
    place = Division.objects.filter(code=code).first()
    if place is None:
        return rows.none()
    return rows.filter(
        Q(division_id__in=_codes(place.path)) | Q(division_path__startswith=place.path)
    )


def _chain(code: str) -> list[str]:
    """Return the codes that manage a place, from the top down to itself."""
    if not code:
        return []
    path = Division.objects.filter(code=code).values_list("path", flat=True).first()
    return _codes(path) if path else []


def _codes(path: str) -> list[str]:
    return path.rstrip("/").split("/")


def places_of(item_key: str, *, division: str = "") -> list[PlaceGroup]:
    """Return where an item can be done, by county in the order of codes; towns by name.

    ``division`` keeps what lies below it or above it. Empty when there is no such item.
    """
    item = ServiceItem.objects.filter(key=item_key).first()
    if item is None:
        return []
    rows = ImplementationItem.objects.filter(item=item, is_active=True)
    if division:
        rows = _around(rows, division)
    offers = list(rows.select_related("division", "organization").order_by("division__pinyin"))
    counties = Division.objects.in_bulk({_county_code(row.division_path) for row in offers})
    return [
        PlaceGroup(
            counties[code], [row for row in offers if _county_code(row.division_path) == code]
        )
        for code in sorted(counties)
    ]


def _county_code(path: str) -> str:
    """Return the county of a path, or the city itself when it goes no deeper."""
    return _codes(path)[:2][-1]


def units_by_county() -> list[CountyUnits]:
    """Return every unit that offers an item, below its county; three queries whatever the size."""
    rows = list(
        ImplementationItem.objects.filter(is_active=True)
        .values(
            "organization_id",
            "organization_name",
            "organization__short_name",
            "organization__pinyin",
            "division_path",
        )
        .annotate(items=Count("item_id", distinct=True))
        .order_by("organization__pinyin", "organization_id")
    )
    places = Division.objects.in_bulk({_county_code(row["division_path"]) for row in rows})

    def units(code: str, *, own: bool) -> list[OfferedUnit]:
        return [
            OfferedUnit(
                row["organization_id"],
                row["organization_name"],
                row["organization__short_name"],
                row["items"],
            )
            for row in rows
            if _county_code(row["division_path"]) == code
            and (len(_codes(row["division_path"])) <= 2) is own
        ]

    return [
        CountyUnits(places[code], units(code, own=True), units(code, own=False))
        for code in sorted(places)
    ]


def county_tree() -> list[tuple[Division, list[Division]]]:
    """Return every county and functional zone with the towns that it runs, by code and name."""
    places = (
        Division.objects.filter(level__in=["COUNTY", "TOWN"])
        .exclude(kind=Division.Kind.PRISON)
        .in_name_order()
    )
    towns: dict[str, list[Division]] = {}
    counties = []
    for place in places:
        if place.level == Division.Level.COUNTY:
            counties.append(place)
        else:
            towns.setdefault(_county_code(place.path), []).append(place)
    return [(county, towns.get(county.code, [])) for county in sorted(counties, key=lambda c: c.pk)]
