"""场景包导出: the bytes in force, as a folder or as one archive of a whole environment."""

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from yiwang.kernel.packs.checks.documents import MAX_FILE_BYTES
from yiwang.kernel.packs.errors import ExportTargetError, PackBrokenError, PackMissingError
from yiwang.kernel.packs.findings import Finding
from yiwang.kernel.packs.folder import MAX_FILES, MAX_PACK_BYTES
from yiwang.kernel.packs.models import PackFile, PackRelease
from yiwang.kernel.packs.reading import PackContent, read_files

__all__ = ["archive_packs", "export_pack", "packs_in_force", "read_archive"]

# The same content gives the same archive, whenever it is written.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def export_pack(*, key: str, folder: Path) -> list[Path]:
    """Write the pack in force as the same bytes that were applied.

    :raises PackMissingError: when it is not applied.
    :raises ExportTargetError: the folder holds files that the pack does not have.
    """
    release = PackRelease.objects.filter(key=key, is_current=True).first()
    if release is None:
        raise PackMissingError
    files = {row.path: bytes(row.content) for row in release.files.order_by("path")}
    found = (path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir())
    others = sorted(path.as_posix() for path in found if path.as_posix() not in files)
    if others:
        raise ExportTargetError(files=others[:20])
    written = []
    for name, content in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        written.append(target)
    return written


def archive_packs(target: Path) -> list[str]:
    """Write every pack in force into one archive (zip), each in a folder of its key."""
    rows = PackFile.objects.filter(release__is_current=True).order_by("release__key", "path")
    keys: dict[str, None] = {}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for key, path, content in rows.values_list("release__key", "path", "content").iterator():
            keys[key] = None
            archive.writestr(zipfile.ZipInfo(f"{key}/{path}", _EPOCH), bytes(content))
    return list(keys)


def packs_in_force() -> Mapping[str, PackContent]:
    """Return what every pack in force says, by key."""
    found: dict[str, dict[str, bytes]] = {}
    rows = PackFile.objects.filter(release__is_current=True).order_by("release__key", "path")
    for key, path, content in rows.values_list("release__key", "path", "content").iterator():
        found.setdefault(key, {})[path] = bytes(content)
    return {key: read_files(files) for key, files in found.items()}


def read_archive(source: Path) -> Mapping[str, PackContent]:
    """Return what the packs of an archive say, by key.

    :raises PackBrokenError: no archive, larger than packs may be, or a file that cannot be read.
    """
    found: dict[str, dict[str, bytes]] = {}
    try:
        with zipfile.ZipFile(source) as archive:
            for entry in _entries(source, archive):
                key, _, path = entry.filename.partition("/")
                found.setdefault(key, {})[path] = archive.read(entry)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError) as error:
        raise _broken(source, f"不是可读的压缩包：{error}", f"No archive: {error}.") from error
    return {key: read_files(files) for key, files in found.items()}


def _entries(source: Path, archive: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    sizes: dict[str, tuple[int, int]] = {}
    for entry in archive.infolist():
        if entry.is_dir():
            continue
        key = entry.filename.partition("/")[0]
        count, size = sizes.get(key, (0, 0))
        sizes[key] = count, size = count + 1, size + entry.file_size
        if count > MAX_FILES or size > MAX_PACK_BYTES or entry.file_size > MAX_FILE_BYTES:
            raise _broken(
                source, f"{entry.filename} 太大或者文件太多", f"{entry.filename} is too much."
            )
        yield entry


def _broken(source: Path, reason_zh: str, reason_en: str) -> PackBrokenError:
    finding = Finding(
        source.name,
        1,
        "",
        "ARCHIVE_UNREADABLE",
        reason_zh,
        reason_en,
        "用 pack export --all 写一个",
        "Write one with pack export --all.",
    )
    return PackBrokenError(findings=[finding.as_dict()])
