"""场景包比较: how two states of a pack differ, by object and by value."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from yiwang.kernel.packs.checks.documents import Place, dotted
from yiwang.kernel.packs.reading import PackContent, read_files

__all__ = ["Change", "ValueChange", "compare_packs", "pack_digest"]

Kind = Literal["add", "change", "remove"]
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class ValueChange:
    """值的变化: one value inside an object; None on the side where there is none."""

    kind: Kind
    path: str
    before: Any
    after: Any

    def as_dict(self) -> dict[str, Any]:
        """Return the change as JSON holds it."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Change:
    """变更: one object that comes, goes or differs, by section and key.

    The section ``pack`` is the manifest; ``files`` are those that say the same in other words:
    comments, layout, another name.
    """

    kind: Kind
    section: str
    key: str
    values: tuple[ValueChange, ...] = field(default=(), compare=False)

    def as_dict(self) -> dict[str, Any]:
        """Return the change as JSON holds it."""
        named = {"kind": self.kind, "section": self.section, "key": self.key}
        return named | {"values": [value.as_dict() for value in self.values]}


def pack_digest(files: Mapping[str, bytes]) -> str:
    """Return the digest over every path and byte of a pack."""
    whole = hashlib.sha256()
    for path in sorted(files):
        whole.update(f"{path}\0{len(files[path])}\0".encode())
        whole.update(files[path])
    return whole.hexdigest()


def compare_packs(before: PackContent | None, after: PackContent | None) -> list[Change]:
    """Return everything that differs; empty exactly when both have the same bytes."""
    old = before.sections if before is not None else {}
    new = after.sections if after is not None else {}
    changes = []
    if before is not None and after is not None and _text(before.manifest) != _text(after.manifest):
        values = tuple(_values(before.manifest, after.manifest, ()))
        changes.append(Change("change", "pack", "pack.yaml", values))
    sections = [*new, *sorted(old.keys() - new.keys())]
    for section in sections:
        changes += _section(section, old.get(section, {}), new.get(section, {}))
    if before is not None and after is not None:
        told = {(change.section, change.key) for change in changes}
        changes += _files(before, after, told)
    return changes


def _section(section: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for key in sorted(old.keys() | new.keys()):
        if key not in old:
            yield Change("add", section, key)
        elif key not in new:
            yield Change("remove", section, key)
        elif _text(old[key]) != _text(new[key]):
            yield Change("change", section, key, tuple(_values(old[key], new[key], ())))


def _files(before: PackContent, after: PackContent, told: set[tuple[str, str]]) -> Iterator[Change]:
    """Yield the files whose bytes differ though nothing that they say was told as changed."""
    old, new = before.files, after.files
    for path in sorted(old.keys() | new.keys()):
        if old.get(path) == new.get(path):
            continue
        if told.isdisjoint({*_said(before, path), *_said(after, path)}):
            kind: Kind = "add" if path not in old else "change" if path in new else "remove"
            yield Change(kind, "files", path)


def _said(content: PackContent, path: str) -> Iterator[tuple[str, str]]:
    """Yield section and key of what stands in a file."""
    if path == "pack.yaml":
        yield "pack", path
    elif path in content.files:
        alone = {"pack.yaml": content.files["pack.yaml"], path: content.files[path]}
        for section, objects in read_files(alone).sections.items():
            yield from ((section, key) for key in objects)


def _text(value: Any) -> str:
    """Return what is compared: the order of keys counts, 1 is not true and not 1.0."""
    return json.dumps(value, ensure_ascii=False, default=repr)


def _values(old: Any, new: Any, place: Place) -> Iterator[ValueChange]:
    if old is _ABSENT:
        yield ValueChange("add", dotted(place), None, new)
    elif new is _ABSENT:
        yield ValueChange("remove", dotted(place), old, None)
    elif _text(old) == _text(new):
        return
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _entries(old, new, place)
    elif _is_keyed(old) and _is_keyed(new):
        # Entries with keys are followed by key, so that one inserted above moves none.
        before, after = ({entry["key"]: entry for entry in side} for side in (old, new))
        yield from _entries(before, after, place)
    else:
        yield ValueChange("change", dotted(place), old, new)


def _entries(old: Mapping[str, Any], new: Mapping[str, Any], place: Place) -> Iterator[ValueChange]:
    found = False
    for key in dict.fromkeys((*old, *new)):
        for change in _values(old.get(key, _ABSENT), new.get(key, _ABSENT), (*place, key)):
            found = True
            yield change
    if not found:
        yield ValueChange("change", dotted(place), list(old), list(new))


def _is_keyed(value: Any) -> bool:
    if not isinstance(value, list) or not value:
        return False
    keys = [entry.get("key") for entry in value if isinstance(entry, Mapping)]
    return len(keys) == len(value) == len(set(map(str, keys))) and None not in keys
