"""事项规模数据: as many items as a city of this size publishes, spread over its real units."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from django.db import connection, transaction

from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.chinese import pinyin_key
from yiwang.kernel.base.chinese.search import search_vector_text
from yiwang.kernel.base.organizations.models import Organization
from yiwang.services.items.models import BaseItem, ImplementationItem, ItemVersion, ServiceItem

# What the city's catalogue held when the plan was written.
CITY_ITEMS = 23_579
PACK_KEY = "city.scale"
_NAMES = Path(__file__).with_name("city_items.yaml")
_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class NamedItem:
    """An item by its names, and the function of the units that offer it."""

    function: str
    title_zh: str
    title_en: str
    is_licence: bool


def spread_items(total: int = CITY_ITEMS) -> int:
    """Add items until the city offers ``total``; returns how many were added.

    They can be found and read like any other, and no process stands behind them.

    :raises ValueError: the names do not suffice for so many.
    """
    missing = total - ImplementationItem.objects.filter(is_active=True).count()
    if missing <= 0:
        return 0
    named = list(read_names())
    units = _units(sorted({item.function for item in named}))
    pairs = [(place, unit) for place, item in enumerate(named) for unit in units[item.function]]
    if len(pairs) < missing:
        raise ValueError(f"{len(pairs)} items can be made of these names, {missing} are missing")
    # Evenly from the whole list, so that no department and no place is left out.
    chosen = [pairs[number * len(pairs) // missing] for number in range(missing)]
    with transaction.atomic():
        versions = _publish(named)
        rows = _offers(named, versions, chosen)
        ImplementationItem.objects.bulk_create(rows, batch_size=_BATCH)
        _index(versions)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE items_implementationitem")
    return missing


def read_names() -> Iterator[NamedItem]:
    """Yield every item that the list of names gives: each licence with each act, and the rest."""
    content: dict[str, Any] = yaml.safe_load(_NAMES.read_text("utf-8"))
    acts = [_split(line) for line in content["acts"]]
    for function, names in content["departments"].items():
        for line in names["licences"]:
            title_zh, title_en = _split(line)
            for act_zh, act_en in acts:
                yield NamedItem(function, f"{title_zh}{act_zh}", act_en.format(title_en), True)
        for line in names["plain"]:
            yield NamedItem(function, *_split(line), False)


def _split(line: str) -> tuple[str, str]:
    title_zh, title_en = line.split(" | ")
    return title_zh, title_en


def _units(functions: Sequence[str]) -> dict[str, list[Organization]]:
    found: dict[str, list[Organization]] = {function: [] for function in functions}
    for unit in Organization.objects.filter(is_active=True).select_related("division"):
        for function in unit.functions:
            if function in found:
                found[function].append(unit)
    return found


def _publish(named: Sequence[NamedItem]) -> list[ItemVersion]:
    """Make the stable item, its base and its version in force of each name."""
    at = now()
    kinds = BaseItem.ItemKind
    bases = [
        BaseItem(
            code=f"{PACK_KEY}.{number:04d}",
            name=item.title_zh,
            item_kind=kinds.ADMINISTRATIVE_LICENSING if item.is_licence else kinds.PUBLIC_SERVICE,
        )
        for number, item in enumerate(named)
    ]
    items = [
        ServiceItem(key=f"{PACK_KEY}.{number:04d}", base=base, pack_key=PACK_KEY)
        for number, base in enumerate(bases)
    ]
    BaseItem.objects.bulk_create(bases)
    ServiceItem.objects.bulk_create(items)
    versions = [
        ItemVersion(
            item=item,
            version="1",
            title_zh=name.title_zh,
            title_en=name.title_en,
            content=_elements(name, item.key),
            published_at=at,
        )
        for item, name in zip(items, named, strict=True)
    ]
    return ItemVersion.objects.bulk_create(versions)


def _elements(name: NamedItem, key: str) -> dict[str, Any]:
    """Return the elements that a guide needs; nothing in them is claimed to be confirmed."""
    days = 20 if name.is_licence else 5
    limit = {"unit": "WORKING_DAY", "source": "unconfirmed", "confirmed": False}
    return {
        "key": key,
        "title_zh": name.title_zh,
        "title_en": name.title_en,
        "summary_zh": f"示例事项，用来试验全市规模的目录：{name.title_zh}。",
        "summary_en": f"A sample for a catalogue of the city's size: {name.title_en}.",
        "audience": ["PERSON", "LEGAL_PERSON"],
        "life_events": [],
        "limits": {"statutory": limit | {"amount": days}, "promised": limit | {"amount": days}},
        "fee": {"charged": False},
        "procedure_zh": ["到窗口提交材料。", "受理、审查、决定。", "领取结果。"],
        "procedure_en": ["Hand in at a counter.", "Acceptance, review, decision.", "Collect."],
    }


def _offers(
    named: Sequence[NamedItem],
    versions: Sequence[ItemVersion],
    chosen: Sequence[tuple[int, Organization]],
) -> list[ImplementationItem]:
    # The same city each time it is made.
    popularity = random.Random(20261123)  # noqa: S311 no secret
    sort_keys = [pinyin_key(name.title_zh) for name in named]
    rows = []
    for place, unit in chosen:
        name, version = named[place], versions[place]
        rows.append(
            ImplementationItem(
                code=f"{version.content['key']}.{unit.code}",
                item_id=version.item_id,
                version=version,
                organization=unit,
                division=unit.division,
                division_path=unit.division.path,
                level=unit.division.level,
                title_zh=name.title_zh,
                title_en=name.title_en,
                organization_name=unit.name,
                pinyin=sort_keys[place],
                item_kind=BaseItem.ItemKind.ADMINISTRATIVE_LICENSING
                if name.is_licence
                else BaseItem.ItemKind.PUBLIC_SERVICE,
                audience=version.content["audience"],
                online_depth="GUIDE",
                promised_days=version.content["limits"]["promised"]["amount"],
                uses=int(popularity.paretovariate(1.2)),
            )
        )
    return rows


def _index(versions: Sequence[ItemVersion]) -> None:
    """Fill the search column of what was added, weighted as ``publish_item`` weighs it."""
    titles = [search_vector_text(f"{v.title_zh} {v.title_en}") for v in versions]
    summaries = [
        search_vector_text(f"{v.content['summary_zh']} {v.content['summary_en']}") for v in versions
    ]
    units = list(Organization.objects.values_list("code", "name", "division__name"))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE items_implementationitem AS offer SET search ="
            " setweight(to_tsvector('simple', item.title), 'A')"
            " || setweight(to_tsvector('simple', item.summary), 'D')"
            " || setweight(to_tsvector('simple', unit.words), 'C')"
            " FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS item (version, title, summary),"
            " unnest(%s::text[], %s::text[]) AS unit (code, words)"
            " WHERE offer.version_id = item.version AND offer.organization_id = unit.code",
            [
                [version.pk for version in versions],
                titles,
                summaries,
                [code for code, _, _ in units],
                [search_vector_text(f"{name} {place}") for _, name, place in units],
            ],
        )
