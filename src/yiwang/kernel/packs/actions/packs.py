"""场景包: plan and apply in one transaction, export the same bytes back."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.packs.check import check_pack, known_names
from yiwang.kernel.packs.errors import PackBrokenError, PackConflictError, PackMissingError
from yiwang.kernel.packs.models import PackFile, PackRelease
from yiwang.kernel.packs.reading import PackContent, read_bytes, read_files, read_pack
from yiwang.kernel.packs.registry import SectionContext, handlers

# One apply at a time in the whole installation: packs refer to each other.
_APPLY_LOCK = 0x7061636B
# Objects of these have one key in the whole installation, whichever pack brings them.
SHARED_SECTIONS = frozenset({"items", "forms", "rules", "process", "licences", "themes"})


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between the pack and the running system."""

    kind: str
    section: str
    key: str


def pack_digest(files: Mapping[str, bytes]) -> str:
    """Return the digest over every path and byte of a pack."""
    whole = hashlib.sha256()
    for path in sorted(files):
        whole.update(f"{path}\0{len(files[path])}\0".encode())
        whole.update(files[path])
    return whole.hexdigest()


def current_release(key: str) -> PackRelease | None:
    return PackRelease.objects.filter(key=key, is_current=True).first()


def plan_pack(content: PackContent) -> list[Change]:
    """Compare a pack with what is in force: adds, changes and removes, by section and key."""
    release = current_release(content.key)
    running = _running_sections(release)
    changes = []
    for section, objects in content.sections.items():
        before = running.get(section, {})
        for key in sorted(objects.keys() | before.keys()):
            if key not in before:
                changes.append(Change("add", section, key))
            elif key not in objects:
                changes.append(Change("remove", section, key))
            elif objects[key] != before[key]:
                changes.append(Change("change", section, key))
    for section in sorted(running.keys() - content.sections.keys()):
        changes += [Change("remove", section, key) for key in sorted(running[section])]
    return changes


def apply_pack(*, actor: Actor, path: Path) -> tuple[PackRelease, list[Change]]:
    """Check the pack and make it the one in force; all of it or nothing.

    Applying what is already in force changes nothing.

    :raises PackBrokenError: with every finding of the check.
    :raises PackMissingError: a pack that it requires is not applied.
    :raises PackConflictError: another pack in force has an object of the same key.
    """
    in_force = PackRelease.objects.filter(
        key=path.name, is_current=True, digest=pack_digest(read_bytes(path))
    ).first()
    if in_force is not None:
        return in_force, []
    findings = [f for f in check_pack(path, known_names()) if f.severity == "error"]
    if findings:
        raise PackBrokenError(findings=[finding.as_dict() for finding in findings])
    content = read_pack(path)
    digest = pack_digest(content.files)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_APPLY_LOCK])
        for required in content.requires:
            if current_release(required) is None:
                raise PackMissingError(
                    f"缺少依赖的场景包 {required}", f"The required pack {required} is not applied."
                )
        release = current_release(content.key)
        if release is not None and release.digest == digest:
            return release, []
        _require_own_keys(content)
        changes = plan_pack(content)
        running = _running_sections(release)
        context = SectionContext(content, actor)
        for section, handler in handlers():
            objects = content.sections.get(section, {})
            removed = frozenset(running.get(section, {}).keys() - objects.keys())
            if objects or removed:
                handler(context, objects, removed)
        PackRelease.objects.filter(key=content.key, is_current=True).update(is_current=False)
        release = PackRelease.objects.create(
            key=content.key,
            version=content.version,
            digest=digest,
            manifest=content.manifest,
            object_keys=_object_keys(content),
            applied_at=now(),
            applied_by_id=actor.account_id,
        )
        PackFile.objects.bulk_create(
            PackFile(release=release, path=name, content=data)
            for name, data in sorted(content.files.items())
        )
        audit.record(
            actor,
            "pack.apply",
            "pack",
            content.key,
            details={"version": content.version, "digest": digest, "changes": len(changes)},
        )
        events.emit("pack.applied", content.key, {"version": content.version, "digest": digest})
        return release, changes


def export_pack(*, key: str, folder: Path) -> list[Path]:
    """Write the pack in force as the same bytes that were applied.

    :raises PackMissingError: when it is not applied.
    """
    release = current_release(key)
    if release is None:
        raise PackMissingError
    written = []
    for row in release.files.order_by("path"):
        target = folder / row.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(bytes(row.content))
        written.append(target)
    return written


def _object_keys(content: PackContent) -> dict[str, list[str]]:
    """Return the keys by which packs may name each other's objects, by section."""
    return {
        section: sorted(objects)
        for section, objects in content.sections.items()
        if section in SHARED_SECTIONS
    }


def _require_own_keys(content: PackContent) -> None:
    """Refuse keys that another pack has in force: one would silently replace the other's object.

    :raises PackConflictError: naming each of them with its pack.
    """
    wanted = _object_keys(content)
    others = PackRelease.objects.filter(is_current=True).exclude(key=content.key).order_by("key")
    taken = [
        {"section": section, "key": key, "pack": pack}
        for pack, keys in others.values_list("key", "object_keys")
        for section, own in wanted.items()
        for key in sorted(set(own) & set(keys.get(section, ())))
    ]
    if taken:
        named = "、".join(f"{one['section']}/{one['key']}（{one['pack']}）" for one in taken)
        named_en = ", ".join(f"{one['section']}/{one['key']} ({one['pack']})" for one in taken)
        raise PackConflictError(
            f"其他场景包已经用了这些键：{named}",
            f"Other packs have these keys already: {named_en}.",
            taken=taken,
        )


def _running_sections(release: PackRelease | None) -> dict[str, dict[str, Any]]:
    if release is None:
        return {}
    files = {row.path: bytes(row.content) for row in release.files.all()}
    return {name: dict(objects) for name, objects in read_files(files).sections.items()}


def in_order(folders: list[Path]) -> list[Path]:
    """Return the folders so that a pack comes after those that it requires.

    :raises PackMissingError: when packs require each other in a circle, or one is missing.
    """
    # Only the manifests are read: a broken file elsewhere is for the check to name.
    contents = [
        (path, read_files({"pack.yaml": (path / "pack.yaml").read_bytes()})) for path in folders
    ]
    waiting = {content.key: (path, content.requires) for path, content in contents}
    ordered: list[Path] = []
    placed: set[str] = set()
    while waiting:
        ready = [
            key
            for key, (_path, requires) in waiting.items()
            if all(
                needed in placed or (needed not in waiting and current_release(needed) is not None)
                for needed in requires
            )
        ]
        if not ready:
            raise PackMissingError(
                f"依赖的场景包缺失或互相依赖：{'、'.join(sorted(waiting))}",
                f"Requirements are missing or circular: {', '.join(sorted(waiting))}.",
            )
        for key in sorted(ready):
            ordered.append(waiting.pop(key)[0])
            placed.add(key)
    return ordered
