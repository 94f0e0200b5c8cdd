"""在册名称: what is installed, what the packs of a folder define, and what is in force.

The packs of a folder are the widest ground for a check; what is in force is read far faster, for
applying one pack beside hundreds of others.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from yiwang.kernel.casework.forms import prefill
from yiwang.kernel.casework.process import registry
from yiwang.kernel.packs.checks.documents import MAX_FILE_BYTES, PackLoader, read_document
from yiwang.kernel.packs.models import PackFile, PackRelease
from yiwang.kernel.packs.names import KnownNames
from yiwang.kernel.packs.reading import SHARED_SECTIONS

__all__ = ["known_names", "names_in_force"]

# Of these files more is needed than the key of what they hold.
_READ_WHOLE = ("roles.yaml", "organizations.yaml", "divisions.csv", "licences/")


def known_names(*folders: Path) -> KnownNames:
    """Return what is installed and what the packs in the folders define.

    A pack that cannot be read defines nothing; its own check says why. The packs of this
    installation are always read, except where a folder holds a pack of the same name.
    """
    found = _Found()
    packs: dict[str, Path] = {}
    for base in (Path(settings.PACKS_DIR), *folders):
        packs |= {manifest.parent.name: manifest.parent for manifest in base.glob("*/pack.yaml")}
    for _name, folder in sorted(packs.items()):
        found.read_folder(folder)
    for pack in found.below & packs.keys():
        for path in sorted((packs[pack] / "items").glob("*.yaml")):
            if not path.is_symlink() and path.stat().st_size <= MAX_FILE_BYTES:
                found.read_base_item(path.read_bytes())
    return found.names()


def names_in_force(*, below: str | None = None) -> KnownNames:
    """Return what is installed and what the packs in force define.

    ``below`` is the pack over which the one to be checked lies: its items are given whole.
    """
    found = _Found()
    current = PackRelease.objects.filter(is_current=True)
    for pack, manifest, keys in current.order_by("key").values_list(
        "key", "manifest", "object_keys"
    ):
        found.read_manifest(pack, manifest)
        for section, names in keys.items():
            for key in names:
                found.add(pack, section, key)
    wanted = r"^(roles\.yaml|organizations\.yaml|divisions\.csv|licences/.*)$"
    files = PackFile.objects.filter(release__is_current=True, path__regex=wanted)
    for pack, path, content in files.order_by("release__key", "path").values_list(
        "release__key", "path", "content"
    ):
        found.read_file(pack, path, bytes(content))
    items = PackFile.objects.filter(release__is_current=True, path__startswith="items/")
    for content in items.filter(release__key=below).values_list("content", flat=True):
        found.read_base_item(bytes(content))
    return found.names()


class _Found:
    def __init__(self) -> None:
        self.roles: set[str] = set()
        self.functions: set[str] = set()
        self.divisions: set[str] = set()
        self.packs: dict[str, tuple[str, ...]] = {}
        self.licence_types: dict[str, frozenset[str]] = {}
        self.owners: dict[tuple[str, str], str] = {}
        # Over which packs others lie: their items are needed whole.
        self.below: set[str] = set()
        self.base_items: dict[str, Mapping[str, Any]] = {}

    def names(self) -> KnownNames:
        return KnownNames(
            effects=registry.effect_names(),
            prefill_plugins=prefill.plugin_names(),
            roles=frozenset(self.roles),
            functions=frozenset(self.functions),
            divisions=frozenset(self.divisions),
            items=self._keys("items"),
            themes=self._keys("themes"),
            packs=frozenset(self.packs),
            licence_types=self.licence_types,
            owners=self.owners,
            requires=self.packs,
            base_items=self.base_items,
        )

    def _keys(self, section: str) -> frozenset[str]:
        return frozenset(key for kind, key in self.owners if kind == section)

    def add(self, pack: str, section: str, key: str) -> None:
        """Note an object; of two packs that claim one key, the first has it."""
        self.owners.setdefault((section, key), pack)

    def read_folder(self, folder: Path) -> None:
        pack = folder.name
        manifest = folder / "pack.yaml"
        if not manifest.is_file() or manifest.stat().st_size > MAX_FILE_BYTES:
            self.packs[pack] = ()
            return
        data = read_document("pack.yaml", manifest.read_bytes()).data
        self.read_manifest(pack, data)
        is_overlay = isinstance(data, Mapping) and "overlay" in data
        for path in (*folder.glob("*.yaml"), *folder.glob("*.csv")):
            self._read_path(pack, path.name, path)
        for section in sorted(SHARED_SECTIONS):
            if is_overlay and section == "items":
                # They speak of another pack's items and define none.
                continue
            for path in sorted(folder.glob(f"{section}/*.yaml")):
                self._read_path(pack, f"{section}/{path.name}", path)

    def _read_path(self, pack: str, name: str, path: Path) -> None:
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= MAX_FILE_BYTES:
            self.read_file(pack, name, path.read_bytes())

    def read_manifest(self, pack: str, data: Any) -> None:
        requires = data.get("requires") if isinstance(data, Mapping) else None
        packs = requires.get("packs") if isinstance(requires, Mapping) else None
        self.packs[pack] = tuple(map(str, packs)) if isinstance(packs, list) else ()
        overlay = data.get("overlay") if isinstance(data, Mapping) else None
        if isinstance(overlay, Mapping):
            self.below.add(str(overlay.get("of")))

    def read_base_item(self, content: bytes) -> None:
        data = read_document("items", content).data
        if isinstance(data, Mapping) and isinstance(data.get("key"), str):
            self.base_items[data["key"]] = data

    def read_file(self, pack: str, path: str, content: bytes) -> None:
        section, _, name = path.partition("/")
        if not path.startswith(_READ_WHOLE):
            if name:
                for first in _first_key(content):
                    self.add(pack, section, first)
            return
        if path == "divisions.csv":
            lines = content.decode("utf-8", "replace").splitlines()[1:]
            self.divisions.update(line.partition(",")[0] for line in lines)
            return
        data = read_document(path, content).data
        for role in _entries(data, "roles"):
            self.roles.add(str(role.get("key")))
        for unit in (*_entries(data, "patterns"), *_entries(data, "organizations")):
            functions = unit.get("functions")
            self.functions.update(map(str, functions if isinstance(functions, list) else ()))
        key = data.get("key") if isinstance(data, Mapping) else None
        if section == "licences" and isinstance(key, str):
            self.add(pack, section, key)
            self.licence_types[key] = frozenset(
                str(entry.get("key")) for entry in _entries(data, "fields")
            )


def _first_key(content: bytes) -> Iterator[str]:
    """Yield the ``key`` of an object, reading no further than where it stands.

    A file that cannot be read that far has none; its own check says why.
    """
    try:
        depth, name = 0, None
        for event in yaml.parse(content.decode("utf-8"), Loader=PackLoader):
            if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
                if depth == 0 and isinstance(event, yaml.SequenceStartEvent):
                    return
                depth += 1
                name = None if depth > 1 else name
            elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                depth -= 1
            elif depth == 1 and isinstance(event, yaml.ScalarEvent):
                if name == "key":
                    yield event.value
                    return
                name = event.value if name is None else None
            elif depth == 1:
                name = None
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError):
        return


def _entries(data: Any, name: str) -> list[Mapping[str, Any]]:
    found = data.get(name) if isinstance(data, Mapping) else None
    return [e for e in found if isinstance(e, Mapping)] if isinstance(found, list) else []
