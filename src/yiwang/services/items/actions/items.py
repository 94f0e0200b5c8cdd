"""事项: put items in force, and offer each at every competent unit."""

from collections.abc import Mapping
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


@section("items", order=100)
def apply_items(
    context: SectionContext, objects: Mapping[str, Mapping[str, Any]], removed: frozenset[str]
) -> None:
    """Put each item in force as an immutable version and refresh its implementation rows."""
    for key, content in objects.items():
        publish_item(
            pack_key=context.pack_key, key=key, content=content, pack_version=context.version
        )
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
    for version in versions.select_related("item").order_by("id"):
        implement_item(item=version.item, version=version)


def _withdraw(keys: frozenset[str]) -> None:
    ServiceItem.objects.filter(key__in=keys).update(is_active=False)
    ImplementationItem.objects.filter(item__key__in=keys).update(is_active=False)


def publish_item(
    *, pack_key: str, key: str, content: Mapping[str, Any], pack_version: str
) -> ItemVersion:
    """发布事项: make this content the version in force. Running cases stay on theirs."""
    base = content["base"]
    base_item, _ = BaseItem.objects.update_or_create(
        code=base["code"],
        defaults={
            "name": base["name_zh"],
            "item_kind": base["item_kind"],
            "is_confirmed": base.get("confirmed", False),
        },
    )
    item, _ = ServiceItem.objects.update_or_create(
        key=key, defaults={"base": base_item, "pack_key": pack_key, "is_active": True}
    )
    version = make_version(item=item, content=content, pack_version=pack_version)
    if not version.is_current:
        ItemVersion.objects.filter(item=item, is_current=True).update(is_current=False)
        ItemVersion.objects.filter(pk=version.pk).update(is_current=True)
        version.is_current = True
    implement_item(item=item, version=version)
    return version


def make_version(
    *,
    item: ServiceItem,
    content: Mapping[str, Any],
    pack_version: str,
    place: Division | None = None,
) -> ItemVersion:
    """Return the version of an item that says this, made where there was none; not yet in force."""
    form = FormDefinition.objects.filter(key=content.get("form"), is_current=True).first()
    process = ProcessDefinition.objects.filter(key=content.get("process"), is_current=True).first()
    tables = {
        name: RuleDefinition.objects.only("id", "version").get(key=rule_key, is_current=True)
        for name, rule_key in content.get("rules", {}).items()
    }
    # The item's version covers what it stands on: a changed form or rule is a changed item.
    stands_on = {
        "form": form and form.version,
        "process": process and process.version,
        "rules": {name: table.version for name, table in tables.items()},
    }
    if place is not None:
        stands_on["place"] = place.code
    version, _is_new = ItemVersion.objects.get_or_create(
        item=item,
        version=object_version(pack_version, {**content, "stands_on": stands_on}),
        defaults={
            "title_zh": content["title_zh"],
            "title_en": content["title_en"],
            "content": content,
            "form": form,
            "process": process,
            "rules": {name: table.pk for name, table in tables.items()},
            "place": place,
            "is_current": False,
            "published_at": now(),
        },
    )
    return version


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


def implement_item(*, item: ServiceItem, version: ItemVersion) -> int:
    """认领: give every competent unit its implementation row. Returns how many there are.

    ``version`` is the one in force; a unit in a place with overlays gets that place's own.
    """
    units = competent_units(version.content)
    local = local_versions(item, version)
    own = [_version_at(unit.division.path, version, local) for unit in units]
    rows = [_offer(item, held, unit) for unit, held in zip(units, own, strict=True)]
    ImplementationItem.objects.bulk_create(
        rows,
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
    ImplementationItem.objects.filter(item=item).exclude(organization__in=units).update(
        is_active=False
    )
    for held in {one.pk: one for one in own}.values():
        index_item(item, held)
    return len(rows)


def local_versions(item: ServiceItem, version: ItemVersion) -> dict[str, ItemVersion]:
    """Return the version of each place that has an overlay, by the place's code.

    A town's lies over its county's, and that over the city's: nothing is said twice.
    """
    overlays = ItemOverlay.objects.filter(item_key=item.key, is_on=True).select_related("place")
    content: dict[str, Mapping[str, Any]] = {}
    found = {}
    for overlay in sorted(overlays, key=lambda one: one.place.path.count("/")):
        above = [code for code in overlay.place.path.strip("/").split("/") if code in content]
        below = content[above[-1]] if above else version.content
        content[overlay.place_id] = merge(below, overlay.content)
        found[overlay.place_id] = make_version(
            item=item,
            content=content[overlay.place_id],
            pack_version=overlay.pack_version,
            place=overlay.place,
        )
    return found


def _version_at(path: str, version: ItemVersion, local: Mapping[str, ItemVersion]) -> ItemVersion:
    """Return the version of the nearest place with an overlay, else the one for all."""
    nearest = (code for code in reversed(path.strip("/").split("/")) if code in local)
    return local.get(next(nearest, ""), version)


def _offer(item: ServiceItem, version: ItemVersion, unit: Organization) -> ImplementationItem:
    content = version.content
    promised = content["limits"]["promised"]["amount"]
    return ImplementationItem(
        code=f"{item.key}.{unit.division_id}.{unit.code.rsplit('.', 1)[-1]}",
        item=item,
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
            implement_item(item=version.item, version=version)
            refreshed += 1
    return refreshed


def index_item(item: ServiceItem, version: ItemVersion) -> None:
    """Refresh the search column: name and keywords weigh most, then units, then the summary."""
    content = version.content
    rows = ImplementationItem.objects.filter(item=item, version=version)
    units = list(rows.values_list("id", "organization_name", "division__name"))
    with connection.cursor() as cursor:
        # One statement for all units: an item of the villages has eight hundred.
        cursor.execute(
            "UPDATE items_implementationitem AS offer SET search ="
            " setweight(to_tsvector('simple', %s), 'A')"
            " || setweight(to_tsvector('simple', %s), 'B')"
            " || setweight(to_tsvector('simple', %s), 'D')"
            " || setweight(to_tsvector('simple', unit.words), 'C')"
            " FROM unnest(%s::bigint[], %s::text[]) AS unit (id, words) WHERE offer.id = unit.id",
            [
                search_vector_text(f"{version.title_zh} {version.title_en}"),
                search_vector_text(" ".join(content.get("keywords_zh", []))),
                search_vector_text(
                    f"{content.get('summary_zh', '')} {content.get('summary_en', '')}"
                ),
                [pk for pk, _, _ in units],
                [search_vector_text(f"{unit} {place}") for _, unit, place in units],
            ],
        )
