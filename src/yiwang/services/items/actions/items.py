"""事项: put items in force, and offer each at every competent unit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q

from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.chinese import pinyin_key
from yiwang.kernel.base.chinese.search import search_vector_text
from yiwang.kernel.base.divisions.models import Division
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.casework.forms.models import FormDefinition
from yiwang.kernel.casework.process.models import ProcessDefinition
from yiwang.kernel.casework.rules.models import RuleDefinition
from yiwang.kernel.packs.overlays import merge
from yiwang.kernel.packs.registry import SectionContext, section, switch
from yiwang.kernel.packs.versions import object_version
from yiwang.services.items.models import (
    BaseItem,
    ImplementationItem,
    ItemOverlay,
    ItemVersion,
    ServiceItem,
)


@dataclass(frozen=True, slots=True)
class Wording:
    """What a version of an item shall say; ``place`` where it holds at one place only."""

    item: ServiceItem
    content: Mapping[str, Any]
    pack_version: str
    place: Division | None = None


@section("items", order=100)
def apply_items(
    context: SectionContext, objects: Mapping[str, Mapping[str, Any]], removed: frozenset[str]
) -> None:
    """Put each item in force as an immutable version and refresh its implementation rows."""
    publish_items(pack_key=context.pack_key, contents=objects, pack_version=context.version)
    _withdraw(removed)


@switch("items")
def switch_items(pack: str, sections: Mapping[str, Mapping[str, Any]], is_on: bool) -> None:
    """停用或启用事项: items of a pack that is off are offered nowhere; their history stays."""
    keys = frozenset(sections.get("items", {}))
    if not is_on:
        _withdraw(keys)
        return
    ServiceItem.objects.filter(key__in=keys).update(is_active=True)
    versions = ItemVersion.objects.filter(item__key__in=keys, is_current=True)
    implement_items(list(versions.select_related("item").order_by("id")))


def _withdraw(keys: frozenset[str]) -> None:
    ServiceItem.objects.filter(key__in=keys).update(is_active=False)
    ImplementationItem.objects.filter(item__key__in=keys).update(is_active=False)


def publish_item(
    *, pack_key: str, key: str, content: Mapping[str, Any], pack_version: str
) -> ItemVersion:
    """发布事项: make this content the version in force. Running cases stay on theirs."""
    (version,) = publish_items(
        pack_key=pack_key, contents={key: content}, pack_version=pack_version
    )
    return version


def publish_items(
    *, pack_key: str, contents: Mapping[str, Mapping[str, Any]], pack_version: str
) -> list[ItemVersion]:
    """发布事项: make these contents, by key of item, the versions in force."""
    bases = {
        base["code"]: BaseItem(
            code=base["code"],
            name=base["name_zh"],
            item_kind=base["item_kind"],
            is_confirmed=base.get("confirmed", False),
        )
        for base in (content["base"] for content in contents.values())
    }
    BaseItem.objects.bulk_create(
        bases.values(),
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "item_kind", "is_confirmed"],
    )
    items = ServiceItem.objects.bulk_create(
        [
            ServiceItem(key=key, base=bases[content["base"]["code"]], pack_key=pack_key)
            for key, content in contents.items()
        ],
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["base", "pack_key", "is_active"],
    )
    versions = make_versions([Wording(item, contents[item.key], pack_version) for item in items])
    pks = [version.pk for version in versions]
    current = ItemVersion.objects.filter(item__in=items, is_current=True)
    current.exclude(pk__in=pks).update(is_current=False)
    ItemVersion.objects.filter(pk__in=pks, is_current=False).update(is_current=True)
    for version in versions:
        version.is_current = True
    implement_items(versions)
    return versions


def make_versions(wordings: Sequence[Wording]) -> list[ItemVersion]:
    """Return the version for each wording, made where there was none; none is put in force."""
    forms = _current(FormDefinition, (one.content.get("form") for one in wordings))
    processes = _current(ProcessDefinition, (one.content.get("process") for one in wordings))
    rules = _current(
        RuleDefinition, (key for one in wordings for key in one.content.get("rules", {}).values())
    )
    made = []
    for one in wordings:
        form, process = (
            forms.get(one.content.get("form")),
            processes.get(one.content.get("process")),
        )
        tables = {name: rules[key] for name, key in one.content.get("rules", {}).items()}
        # The item's version covers what it stands on: a changed form or rule is a changed item.
        stands_on = {
            "form": form and form.version,
            "process": process and process.version,
            "rules": {name: table.version for name, table in tables.items()},
        }
        if one.place is not None:
            stands_on["place"] = one.place.code
        made.append(
            ItemVersion(
                item=one.item,
                version=object_version(one.pack_version, {**one.content, "stands_on": stands_on}),
                title_zh=one.content["title_zh"],
                title_en=one.content["title_en"],
                content=one.content,
                form=form,
                process=process,
                rules={name: table.pk for name, table in tables.items()},
                place=one.place,
                is_current=False,
                published_at=now(),
            )
        )
    known = {
        (row.item_id, row.version): row
        for row in ItemVersion.objects.filter(
            item__in={one.item.pk for one in wordings}, version__in={row.version for row in made}
        ).select_related("item")
    }
    fresh = [row for row in made if (row.item_id, row.version) not in known]
    ItemVersion.objects.bulk_create(fresh)
    return [known.get((row.item_id, row.version), row) for row in made]


def _current(model: type[Any], keys: Iterable[str | None]) -> dict[Any, Any]:
    """Return the definitions in force by key, without what they say."""
    wanted = {key for key in keys if key}
    rows = model.objects.filter(key__in=wanted, is_current=True).defer("content")
    return {row.key: row for row in rows}


def competent_units(content: Mapping[str, Any]) -> list[Organization]:
    """Return every unit that is competent for the item: by function and level, or by kind."""
    competent = content["competent"]
    place = Q(division__level=competent["level"]) & ~Q(division__kind="PRISON")
    if competent.get("kinds"):
        place |= Q(division__kind__in=competent["kinds"])
    return list(
        Organization.objects.filter(
            place, functions__contains=[competent["function"]], is_active=True
        ).select_related("division")
    )


def implement_items(versions: Sequence[ItemVersion]) -> int:
    """认领: give every competent unit its implementation rows. Returns how many there are.

    ``versions`` are those in force; a unit in a place with overlays gets that place's own.
    """
    local = _local_versions(versions)
    units: dict[str, list[Organization]] = {}
    rows = []
    for version in versions:
        competent = str(version.content["competent"])
        if competent not in units:
            units[competent] = competent_units(version.content)
        rows += [
            _offer(_version_at(unit.division.path, version, local), unit)
            for unit in units[competent]
        ]
    ImplementationItem.objects.bulk_create(
        rows,
        batch_size=2_000,
        update_conflicts=True,
        unique_fields=["item", "organization"],
        update_fields=[
            "version",
            "division",
            "division_path",
            "level",
            "title_zh",
            "title_en",
            "organization_name",
            "pinyin",
            "item_kind",
            "audience",
            "life_events",
            "is_instant",
            "online_depth",
            "promised_days",
            "is_active",
        ],
    )
    offered = ImplementationItem.objects.filter(
        item__in={version.item_id for version in versions}, is_active=True
    )
    offered.exclude(pk__in=[row.pk for row in rows]).update(is_active=False)
    index_offers(rows)
    return len(rows)


def _local_versions(versions: Sequence[ItemVersion]) -> dict[tuple[int, str], ItemVersion]:
    """Return the version of each item at each place that has an overlay, by item and code.

    A town's lies over its county's, and that over the city's: nothing is said twice.
    """
    below = {version.item.key: version for version in versions}
    overlays = ItemOverlay.objects.filter(item_key__in=below, is_on=True).select_related("place")
    content: dict[tuple[str, str], Mapping[str, Any]] = {}
    wordings = []
    for overlay in sorted(overlays, key=lambda one: one.place.path.count("/")):
        version = below[overlay.item_key]
        above = [(overlay.item_key, code) for code in overlay.place.path.strip("/").split("/")]
        known = [content[place] for place in above if place in content]
        said = merge(known[-1] if known else version.content, overlay.content)
        content[overlay.item_key, overlay.place_id] = said
        wordings.append(Wording(version.item, said, overlay.pack_version, overlay.place))
    made = make_versions(wordings) if wordings else []
    return {(row.item_id, str(row.place_id)): row for row in made}


def _version_at(
    path: str, version: ItemVersion, local: Mapping[tuple[int, str], ItemVersion]
) -> ItemVersion:
    """Return the version of the nearest place with an overlay, else the one for all."""
    for code in reversed(path.strip("/").split("/")):
        if (version.item_id, code) in local:
            return local[version.item_id, code]
    return version


def _offer(version: ItemVersion, unit: Organization) -> ImplementationItem:
    content = version.content
    promised = content["limits"]["promised"]["amount"]
    return ImplementationItem(
        code=f"{version.item.key}.{unit.division_id}.{unit.code.rsplit('.', 1)[-1]}",
        item=version.item,
        version=version,
        organization=unit,
        division=unit.division,
        division_path=unit.division.path,
        level=unit.division.level,
        title_zh=version.title_zh,
        title_en=version.title_en,
        organization_name=unit.name,
        pinyin=pinyin_key(version.title_zh),
        item_kind=content["base"]["item_kind"],
        audience=content["audience"],
        life_events=content["life_events"],
        is_instant=promised == 0,
        online_depth=content["online_depth"],
        promised_days=promised,
        is_active=True,
    )


def refresh_offers() -> int:
    """认领: give units that became competent their rows, and take those that are no more off.

    Returns how many items had to be offered anew. Units change with the city's pack, items do not.
    """
    refreshed = 0
    versions = ItemVersion.objects.filter(is_current=True, item__is_active=True)
    for version in versions.select_related("item").order_by("id"):
        offered = ImplementationItem.objects.filter(item=version.item, is_active=True).values_list(
            "organization_id", "organization_name", "division_path"
        )
        competent = {
            (unit.pk, unit.name, unit.division.path) for unit in competent_units(version.content)
        }
        if set(offered) != competent:
            implement_items([version])
            refreshed += 1
    return refreshed


def index_offers(rows: Sequence[ImplementationItem]) -> None:
    """Refresh the search column: name and keywords weigh most, then units, then the summary."""
    versions = {row.version.pk: row.version for row in rows}
    units = {row.organization.pk: row.organization for row in rows}
    with connection.cursor() as cursor:
        # One statement for all: an item of the villages has eight hundred units.
        cursor.execute(
            "UPDATE items_implementationitem AS offer SET search ="
            " setweight(to_tsvector('simple', item.title), 'A')"
            " || setweight(to_tsvector('simple', item.keywords), 'B')"
            " || setweight(to_tsvector('simple', item.summary), 'D')"
            " || setweight(to_tsvector('simple', unit.words), 'C')"
            " FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[])"
            " AS item (version, title, keywords, summary),"
            " unnest(%s::text[], %s::text[]) AS unit (code, words)"
            " WHERE offer.version_id = item.version AND offer.organization_id = unit.code",
            [
                list(versions),
                [search_vector_text(f"{v.title_zh} {v.title_en}") for v in versions.values()],
                [_words(v.content.get("keywords_zh", [])) for v in versions.values()],
                [
                    _words([v.content.get("summary_zh", ""), v.content.get("summary_en", "")])
                    for v in versions.values()
                ],
                list(units),
                [_words([unit.name, unit.division.name]) for unit in units.values()],
            ],
        )


def _words(texts: Iterable[str]) -> str:
    return search_vector_text(" ".join(texts))
