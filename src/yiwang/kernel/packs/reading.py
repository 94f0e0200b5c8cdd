"""场景包读取: files on disk or in the store, parsed as data into sections of objects by key."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from yiwang.kernel.packs.checks.documents import PackLoader, read_document
from yiwang.kernel.packs.errors import PackBrokenError
from yiwang.kernel.packs.folder import scan_folder
from yiwang.kernel.packs.rule_cases import CASES

# Folders whose YAML files each hold one object with a ``key``.
ONE_OBJECT_FOLDERS = (
    *("items", "forms", "rules", "process", "licences", "stories", "themes", "dossiers"),
)
# Objects of these have one key in the whole installation, whichever pack brings them.
SHARED_SECTIONS = frozenset(
    {"items", "forms", "rules", "process", "licences", "themes", "dossiers"}
)


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
    def overlay(self) -> Mapping[str, str] | None:
        """Return over which pack (``of``) and for which place (``division``) this one lies."""
        return self.manifest.get("overlay")

    @property
    def requires(self) -> tuple[str, ...]:
        """Return the keys of the packs that must be applied before."""
        return tuple((self.manifest.get("requires") or {}).get("packs") or ())


def read_pack(folder: Path) -> PackContent:
    """Read a pack from a folder.

    :raises PackBrokenError: a file cannot be read, or lacks its key; the check says more.
    """
    return read_files(read_bytes(folder))


def read_bytes(folder: Path) -> dict[str, bytes]:
    """Return the bytes of a pack's files by path inside the folder; hidden ones are no part.

    :raises PackBrokenError: links, odd names, or more than a pack may hold.
    """
    files, findings = scan_folder(folder)
    if findings:
        raise PackBrokenError(findings=[finding.as_dict() for finding in findings])
    return files


def read_files(files: Mapping[str, bytes]) -> PackContent:
    """Read a pack from its bytes by path. Dates of objects stay text, as JSON holds them.

    :raises PackBrokenError: as ``read_pack``.
    """
    manifest = _load("pack.yaml", files.get("pack.yaml", b""), needed=("key", "version"))
    sections: dict[str, dict[str, Any]] = {}
    for path, data in files.items():
        pure = PurePosixPath(path)
        if path == "pack.yaml":
            continue
        name = pure.parts[0] if len(pure.parts) > 1 else pure.stem
        if pure.suffix == ".csv":
            rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
            sections.setdefault(name, {})[path] = rows
        elif pure.suffix != ".yaml":
            # Other files (a picture, a sample) are named by the YAML that uses them.
            sections.setdefault("data", {})[path] = data
        elif path.endswith(CASES):
            sections.setdefault("rule_cases", {})[path] = _load(path, data, needed=("table",))
        elif name in ONE_OBJECT_FOLDERS:
            content = _load(path, data, needed=("key",))
            # Of an overlay, they say what differs from the items of the pack below.
            where = "overlays" if name == "items" and "overlay" in manifest else name
            sections.setdefault(where, {})[content["key"]] = content
        elif name == "notices":
            for notice in _load(path, data, needed=()):
                sections.setdefault("notices", {})[notice["key"]] = notice
        else:
            # The city's own files keep their dates: places and units are loaded by day.
            _load(path, data, needed=None)
            sections.setdefault(name, {})[path] = yaml.load(data, Loader=PackLoader)  # noqa: S506 a safe loader
    return PackContent(
        key=manifest["key"],
        version=str(manifest["version"]),
        manifest=manifest,
        files=dict(files),
        sections=sections,
    )


def _load(path: str, data: bytes, *, needed: tuple[str, ...] | None) -> Any:
    """Return the data of one file: an object with the needed keys, or a list of objects with keys.

    ``needed`` is empty for a list, and None where the file has a form of its own.
    """
    document = read_document(path, data)
    content = document.data
    if not document.findings:
        if needed and not _has(content, needed):
            document.note((), "KEY_MISSING", *_no_key(needed))
        if needed == () and not (
            isinstance(content, list) and all(_has(entry, ("key",)) for entry in content)
        ):
            document.note((), "KEY_MISSING", *_no_key(("key",)))
    if document.findings:
        raise PackBrokenError(findings=[finding.as_dict() for finding in document.findings])
    return content


def _has(content: Any, needed: tuple[str, ...]) -> bool:
    return isinstance(content, Mapping) and all(isinstance(content.get(n), str) for n in needed)


def _no_key(needed: tuple[str, ...]) -> tuple[str, str, str, str]:
    names = "、".join(needed)
    return (f"缺少 {names}", f"{', '.join(needed)} is missing.", "补上", "Add it.")
