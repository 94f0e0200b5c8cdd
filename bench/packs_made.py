"""Packs for the bench: the city's catalogue spread over as many packs as a city has scenarios.

Each is the senior card's pack under keys of its own, with many items in place of one. The names of
the items are those of a real catalogue, each at one real unit of the city.
"""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings

from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.packs.canonical import write_yaml
from yiwang.kernel.packs.checks.documents import read_document
from yiwang.project.demo.catalogue import NamedItem, read_names

PATTERN = "yj.senior-card"
KEY = "senior_card"
# Stands where the text of one item differs from that of the next.
_SLOTS = ("slot_key", "SLOTZH", "SLOTEN", "slot_function")


def make_packs(folder: Path, *, packs: int, items: int) -> list[Path]:
    """Write the packs below a folder and return theirs; ``items`` is how many all have together.

    :raises ValueError: the names and units do not suffice for so many.
    """
    source = settings.PACKS_DIR / PATTERN
    named = list(islice(_offers(), items))
    if len(named) < items:
        raise ValueError(f"{len(named)} items can be made of these names, not {items}")
    made = []
    for number in range(packs):
        share = named[number * items // packs : (number + 1) * items // packs]
        made.append(_make(source, folder / f"scale.p{number:03d}", f"p{number:03d}", share))
    return made


def change(folder: Path, turn: int) -> None:
    """Change one pack as its author would: a new version, one form and the words of one item."""
    manifest = folder / "pack.yaml"
    manifest.write_text(
        re.sub(r"version: 1\.\d+\.0", f"version: 1.{turn}.0", manifest.read_text("utf-8")), "utf-8"
    )
    for path in (folder / "forms", folder / "items"):
        first = sorted(path.iterdir())[0]
        text = first.read_text("utf-8")
        first.write_text(
            re.sub(r"(?m)^( *)(title_en: .*)$", rf"\1\2 {turn}", text, count=1), "utf-8"
        )


def _offers() -> Iterator[tuple[str, NamedItem]]:
    """Yield an item for each name and each unit with its function, the unit's place in its name."""
    names = list(read_names())
    units: dict[str, list[str]] = {}
    for unit in Organization.objects.filter(is_active=True).select_related("division"):
        for function in unit.functions:
            units.setdefault(function, []).append(unit.name)
    for turn in range(max(map(len, units.values()))):
        for name in names:
            places = units.get(name.function, [])
            if turn < len(places):
                yield places[turn], name


def _make(source: Path, target: Path, prefix: str, named: list[tuple[str, NamedItem]]) -> Path:
    own = f"{prefix}_{KEY}"
    for path in sorted(source.rglob("*.yaml")):
        kind = path.relative_to(source).as_posix()
        if kind == "pack.yaml" or kind.startswith("items/") or "residence_permit" in kind:
            continue
        text = re.sub(rf"\b{KEY}", own, path.read_text("utf-8"))
        _write(target / kind.replace(f"/{KEY}", f"/{own}"), text)
    _write(target / "pack.yaml", _manifest(target.name))
    pattern = _pattern(source, own)
    for number, (place, name) in enumerate(named):
        key = own if number == 0 else f"{prefix}_i{number:03d}"
        text = pattern
        title = (key, f"{name.title_zh}（{place}）", name.title_en, name.function)
        for slot, said in zip(_SLOTS, title, strict=True):
            text = text.replace(slot, said)
        _write(target / "items" / f"{key}.yaml", text)
    return target


def _pattern(source: Path, own: str) -> str:
    """Return the text of an item with slots for what differs between items."""
    text = (source / "items" / f"{KEY}.yaml").read_text("utf-8")
    item: dict[str, Any] = read_document("", re.sub(rf"\b{KEY}", own, text).encode()).data
    key, title_zh, title_en, function = _SLOTS
    level = {"competent": {"function": function, "level": "CITY"}}
    base = {"code": key, "name_zh": title_zh, "item_kind": "PUBLIC_SERVICE", "confirmed": False}
    item |= {"key": key, "title_zh": title_zh, "title_en": title_en, "base": base} | level
    return write_yaml(item).decode()


def _manifest(key: str) -> str:
    return (
        f"key: {key}\nversion: 1.0.0\ntitle_zh: 规模试验 {key}\ntitle_en: Scale {key}\n"
        "summary_zh: 用来试验全市规模的场景包\nsummary_en: A pack to try the size of a city\n"
        'requires: {platform: ">=0.1", packs: [yangjiang, yj.senior-card]}\n'
        'owner: "441700000000.government"\ncovers: []\nstandards: []\n'
    )


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
