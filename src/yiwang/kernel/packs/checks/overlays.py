"""叠加检查: what an overlay says fits the item below it, and leaves alone what is law."""

from collections.abc import Iterator, Mapping
from typing import Any

from yiwang.kernel.packs.checks.content import CheckedPack
from yiwang.kernel.packs.checks.documents import Document, Place
from yiwang.kernel.packs.checks.references import check_limits, missing
from yiwang.kernel.packs.checks.shapes import check_shape
from yiwang.kernel.packs.findings import Finding
from yiwang.kernel.packs.overlays import merge


def place_overlay(pack: CheckedPack, document: Document) -> Iterator[Finding]:
    """Keep what the file says of one item."""
    key = document.data["key"]
    if key in pack.overlays:
        first = pack.overlays[key].path
        yield document.finding(
            ("key",),
            "KEY_TWICE",
            f"{first} 已经叠加事项“{key}”",
            f'{first} speaks of the item "{key}" already.',
            "合成一个文件",
            "Make them one file.",
        )
        return
    pack.overlays[key] = document


def check_overlay(pack: CheckedPack) -> Iterator[Finding]:
    """Check each item as it will be at the place."""
    if pack.manifest is None or not pack.is_overlay:
        return
    yield from _manifest(pack, pack.manifest)
    for key, document in pack.overlays.items():
        base = pack.known.base_items.get(key)
        if base is None:
            yield missing(document, ("key",), "items", key, pack.known.base_items)
        else:
            yield from _item(document, base)


def _manifest(pack: CheckedPack, manifest: Document) -> Iterator[Finding]:
    overlay = manifest.data["overlay"]
    if overlay["of"] not in manifest.data["requires"]["packs"]:
        yield manifest.finding(
            ("overlay", "of"),
            "OVERLAY_NOT_REQUIRED",
            f"叠加在 {overlay['of']} 上，但没有依赖它",
            f"It lies over {overlay['of']} and does not require it.",
            f"在 requires.packs 里写上 {overlay['of']}",
            f"Name {overlay['of']} in requires.packs.",
        )
    if pack.known.divisions and overlay["division"] not in pack.known.divisions:
        yield manifest.finding(
            ("overlay", "division"),
            "NAME_UNKNOWN",
            f"没有区划“{overlay['division']}”",
            f'There is no place "{overlay["division"]}".',
            "写代码表里的十二位代码",
            "Write a code of twelve digits from the code list.",
        )


def _item(document: Document, base: Mapping[str, Any]) -> Iterator[Finding]:
    known = {material["key"] for material in base["materials"]}
    for index, material in enumerate(document.data.get("materials", [])):
        if material["key"] not in known:
            place: Place = ("materials", index, "key")
            yield missing(document, place, "material", material["key"], known)
    merged = Document(document.path, merge(base, document.data))
    # Lines of what the overlay says; what it leaves alone has the line of what is around it.
    merged.lines.update(_lines(document.data, merged.data, document, (), ()))
    faults = check_shape(merged, "item.json")
    yield from faults or check_limits(merged)


def _lines(
    patch: Any, merged: Any, document: Document, place: Place, here: Place
) -> Iterator[tuple[Place, int]]:
    """Yield the line of each merged place that the overlay speaks of."""
    yield here, document.line(place)
    if isinstance(patch, Mapping) and isinstance(merged, Mapping):
        for key, value in patch.items():
            yield from _lines(value, merged[key], document, (*place, key), (*here, key))
    elif isinstance(patch, list) and isinstance(merged, list):
        at = {
            entry["key"]: index
            for index, entry in enumerate(merged)
            if isinstance(entry, Mapping) and "key" in entry
        }
        for index, value in enumerate(patch):
            key = value.get("key") if isinstance(value, Mapping) else None
            target = at.get(key, index) if isinstance(key, str) else index
            yield from _lines(value, merged[target], document, (*place, index), (*here, target))
