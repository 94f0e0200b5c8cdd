"""场景包读取: files on disk or in the store, parsed as data into sections of objects by key."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

# Folders whose YAML files each hold one object with a ``key``.
ONE_OBJECT_FOLDERS = ("items", "forms", "rules", "process", "licences", "stories")


@dataclass(frozen=True, slots=True)
class PackContent:
    """场景包内容: what a pack says. ``sections`` maps section name -> object key -> object.

    ``files`` are the source bytes by path inside the pack; nothing else is kept or exported.
    """

    key: str
    version: str
    manifest: Mapping[str, Any]
    files: Mapping[str, bytes]
    sections: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def requires(self) -> tuple[str, ...]:
        """Return the keys of the packs that must be applied before."""
        return tuple((self.manifest.get("requires") or {}).get("packs") or ())


def read_pack(folder: Path) -> PackContent:
    """Read a pack from a folder.

    :raises yaml.YAMLError, KeyError: where the files are not what the check demands.
    """
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }
    return read_files(files)


def read_files(files: Mapping[str, bytes]) -> PackContent:
    """Read a pack from its bytes by path."""
    manifest = yaml.safe_load(files["pack.yaml"])
    sections: dict[str, dict[str, Any]] = {}
    for path, data in files.items():
        pure = PurePosixPath(path)
        if path == "pack.yaml":
            continue
        name = pure.parts[0] if len(pure.parts) > 1 else pure.stem
        if pure.suffix == ".csv":
            rows = list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))
            sections.setdefault(name, {})[path] = rows
        elif pure.suffix != ".yaml":
            # Other files (a picture, a sample) are named by the YAML that uses them.
            sections.setdefault("data", {})[path] = data
        elif name in ONE_OBJECT_FOLDERS:
            content = _as_json(yaml.safe_load(data))
            sections.setdefault(name, {})[content["key"]] = content
        elif name == "notices":
            for notice in _as_json(yaml.safe_load(data)) or []:
                sections.setdefault("notices", {})[notice["key"]] = notice
        else:
            sections.setdefault(name, {})[path] = yaml.safe_load(data)
    return PackContent(
        key=manifest["key"],
        version=str(manifest["version"]),
        manifest=manifest,
        files=dict(files),
        sections=sections,
    )


def _as_json(value: Any) -> Any:
    """Write dates as text: objects are stored and compared as JSON."""
    if isinstance(value, Mapping):
        return {str(key): _as_json(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_as_json(entry) for entry in value]
    if isinstance(value, date):
        return value.isoformat()
    return value
