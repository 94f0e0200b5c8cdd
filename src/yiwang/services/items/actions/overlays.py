"""事项叠加: what counties, towns and villages say of items over what the city says."""

from collections.abc import Iterable, Mapping
from typing import Any

from yiwang.kernel.base.divisions.models import Division
from yiwang.kernel.packs.registry import SectionContext, section, switch
from yiwang.services.items.actions.items import implement_items
from yiwang.services.items.errors import OverlayConflictError, OverlayPlaceError
from yiwang.services.items.models import ItemOverlay, ItemVersion


@section("overlays", order=110)
def apply_overlays(
    context: SectionContext, objects: Mapping[str, Mapping[str, Any]], removed: frozenset[str]
) -> None:
    """Keep what the pack says of each item and give the units of its place their versions.

    :raises OverlayPlaceError: the place does not exist.
    :raises OverlayConflictError: another pack lies over the same item at the same place.
    """
    ItemOverlay.objects.filter(pack_key=context.pack_key, item_key__in=removed).delete()
    if objects:
        _lay(context, objects)
    _offer_anew([*objects, *removed])


def _lay(context: SectionContext, objects: Mapping[str, Mapping[str, Any]]) -> None:
    overlay = context.content.overlay or {}
    place = Division.objects.filter(code=overlay.get("division", "")).first()
    if place is None:
        raise OverlayPlaceError
    _require_free(context.pack_key, objects, place)
    for key, content in objects.items():
        ItemOverlay.objects.update_or_create(
            pack_key=context.pack_key,
            item_key=key,
            defaults={
                "place": place,
                "pack_version": context.version,
                "content": content,
                "is_on": True,
            },
        )


def _require_free(pack: str, keys: Iterable[str], place: Division) -> None:
    taken = ItemOverlay.objects.filter(item_key__in=set(keys), place=place, is_on=True)
    other = taken.exclude(pack_key=pack).order_by("pk").first()
    if other is not None:
        raise OverlayConflictError(
            f"场景包 {other.pack_key} 已在这里叠加事项“{other.item_key}”",
            f'The pack {other.pack_key} lies over the item "{other.item_key}" here already.',
        )


@switch("overlays")
def switch_overlays(pack: str, sections: Mapping[str, Mapping[str, Any]], is_on: bool) -> None:
    """停用或启用叠加: while it is off, the place has what is above it."""
    rows = ItemOverlay.objects.filter(pack_key=pack)
    if is_on:
        for row in rows.select_related("place"):
            _require_free(pack, [row.item_key], row.place)
    rows.update(is_on=is_on)
    _offer_anew(rows.values_list("item_key", flat=True))


def _offer_anew(keys: Iterable[str]) -> None:
    versions = ItemVersion.objects.filter(
        item__key__in=set(keys), is_current=True, item__is_active=True
    )
    implement_items(list(versions.select_related("item").order_by("id")))
