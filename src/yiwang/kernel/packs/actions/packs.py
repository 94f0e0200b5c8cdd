"""场景包: plan and apply in one transaction, switch off and on, edit one object."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.packs.canonical import write_yaml
from yiwang.kernel.packs.check import KnownNames, check_files, known_names, names_in_force
from yiwang.kernel.packs.comparing import Change, compare_packs, pack_digest
from yiwang.kernel.packs.errors import (
    PackBrokenError,
    PackConflictError,
    PackMissingError,
    PackNeededError,
    PackOffError,
    PackOlderError,
)
from yiwang.kernel.packs.findings import Finding
from yiwang.kernel.packs.folder import scan_folder
from yiwang.kernel.packs.models import PackFile, PackRelease
from yiwang.kernel.packs.reading import (
    ONE_OBJECT_FOLDERS,
    SHARED_SECTIONS,
    PackContent,
    read_files,
)
from yiwang.kernel.packs.registry import SectionContext, handlers, switched
from yiwang.kernel.packs.versions import is_older

# One apply at a time in the whole installation: packs refer to each other.
_APPLY_LOCK = 0x7061636B


def current_release(key: str) -> PackRelease | None:
    return PackRelease.objects.filter(key=key, is_current=True).first()


def running_content(key: str) -> PackContent | None:
    """Return what the pack in force says, None where it is not applied."""
    return _content_of(current_release(key))


def plan_pack(content: PackContent) -> list[Change]:
    """Compare a pack with what is in force; empty when applying it would change nothing."""
    return compare_packs(running_content(content.key), content)


def apply_pack(
    *, actor: Actor, path: Path, allow_older: bool = False
) -> tuple[PackRelease, list[Change]]:
    """Check the pack in a folder and make it the one in force; all of it or nothing.

    Applying what is already in force changes nothing. A pack that is off stays off.

    :raises PackBrokenError: with every finding of the check.
    :raises PackMissingError: a pack that it requires is not applied.
    :raises PackOffError: a pack that it requires is switched off.
    :raises PackOlderError: its version is lower than the one in force, unless ``allow_older``.
    :raises PackConflictError: another pack in force has an object of the same key.
    """
    files, findings = scan_folder(path)
    digest = pack_digest(files)
    if not findings:
        same = PackRelease.objects.filter(key=path.name, is_current=True, digest=digest).first()
        if same is not None:
            return same, []
    errors = _errors(path.name, files, findings)
    if errors:
        raise PackBrokenError(findings=[finding.as_dict() for finding in errors])
    with transaction.atomic():
        _lock()
        return _apply(actor, read_files(files), allow_older=allow_older)


def put_object(
    *, actor: Actor, pack: str, section: str, content: Mapping[str, Any]
) -> tuple[PackRelease, list[Change]]:
    """改对象: put one object of a pack in force as edited in the desk, in canonical form.

    Its file keeps its name, a new object gets one after its key; every other byte stays.
    ``section`` is the folder: ``rules``, ``forms``, ``process``, ``items``, ``licences``.

    :raises PackMissingError: the pack is not applied, or has no such section.
    :raises PackBrokenError: the pack would not pass its check with it.
    """
    if section not in ONE_OBJECT_FOLDERS:
        raise PackMissingError
    with transaction.atomic():
        _lock()
        release = current_release(pack)
        if release is None:
            raise PackMissingError
        files = _files_of(release)
        path = _path_of(files, section, str(content["key"]))
        files[path] = write_yaml(content)
        errors = _errors(pack, files, [])
        if errors:
            raise PackBrokenError(findings=[finding.as_dict() for finding in errors])
        return _apply(actor, read_files(files), allow_older=False)


def switch_pack(*, actor: Actor, key: str, on: bool) -> PackRelease:
    """停用或启用场景包. Off: nothing of it is offered or begun; what has begun goes on by law.

    Switching what is so already changes nothing.

    :raises PackMissingError: it is not applied.
    :raises PackNeededError: packs that are on require it (off only); names them.
    :raises PackOffError: a pack that it requires is off (on only).
    """
    with transaction.atomic():
        _lock()
        release = current_release(key)
        if release is None:
            raise PackMissingError
        if release.is_enabled is on:
            return release
        if on:
            _require_packs(tuple((release.manifest.get("requires") or {}).get("packs") or ()))
        else:
            _require_unneeded(key)
        PackRelease.objects.filter(pk=release.pk).update(is_enabled=on)
        release.is_enabled = on
        _switch(actor, release, on)
        verb = "pack.switch_on" if on else "pack.switch_off"
        audit.record(actor, verb, "pack", key, details={"version": release.version})
        events.emit("pack.switched", key, {"version": release.version, "on": on})
        return release


def _apply(
    actor: Actor, content: PackContent, *, allow_older: bool
) -> tuple[PackRelease, list[Change]]:
    digest = pack_digest(content.files)
    before = current_release(content.key)
    if before is not None and before.digest == digest:
        return before, []
    _require_packs(content.requires)
    if before is not None and not allow_older and is_older(content.version, before.version):
        raise PackOlderError(
            f"现行版本是 {before.version}，比 {content.version} 新",
            f"Version {before.version} is in force and newer than {content.version}.",
        )
    _require_own_keys(content)
    running = _content_of(before)
    changes = compare_packs(running, content)
    context = SectionContext(content, actor)
    for section, handler in handlers():
        objects = content.sections.get(section, {})
        known = running.sections.get(section, {}) if running is not None else {}
        removed = frozenset(known.keys() - objects.keys())
        if objects or removed:
            handler(context, objects, removed)
    PackRelease.objects.filter(key=content.key, is_current=True).update(is_current=False)
    release = PackRelease.objects.create(
        key=content.key,
        version=content.version,
        digest=digest,
        manifest=content.manifest,
        object_keys=_object_keys(content),
        is_enabled=before is None or before.is_enabled,
        applied_at=now(),
        applied_by_id=actor.account_id,
    )
    PackFile.objects.bulk_create(
        PackFile(release=release, path=name, content=data)
        for name, data in sorted(content.files.items())
    )
    if not release.is_enabled:
        _switch(actor, release, False)
    details = {"version": content.version, "digest": digest}
    audit.record(
        actor, "pack.apply", "pack", content.key, details={**details, "changes": len(changes)}
    )
    units = any(one.section in ("divisions", "zones", "organizations") for one in changes)
    events.emit("pack.applied", content.key, {**details, "units": units})
    return release, changes


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_APPLY_LOCK])


def _errors(name: str, files: Mapping[str, bytes], findings: list[Finding]) -> list[Finding]:
    """Return what keeps the pack from being applied.

    What is in force is asked first: reading it does not grow with the packs in the folder. A name
    that only a pack not yet applied has is no fault.
    """
    below = _below(files)
    found: list[Finding] = []
    grounds: tuple[Callable[[], KnownNames], ...] = (
        lambda: names_in_force(below=below),
        known_names,
    )
    for ground in grounds:
        checked = check_files(name, files, ground(), findings)
        # Whose a key is, is asked again under the lock.
        found = [f for f in checked if f.severity == "error" and f.code != "KEY_TAKEN"]
        if not found or findings:
            break
    return found


def _below(files: Mapping[str, bytes]) -> str | None:
    try:
        manifest = read_files({"pack.yaml": files.get("pack.yaml", b"")})
    except PackBrokenError:
        return None
    overlay = manifest.overlay
    return str(overlay.get("of")) if isinstance(overlay, Mapping) else None


def _path_of(files: Mapping[str, bytes], section: str, key: str) -> str:
    for path, data in files.items():
        if path.startswith(f"{section}/"):
            known = read_files({"pack.yaml": files["pack.yaml"], path: data}).sections
            if key in known.get(section, {}):
                return path
    return f"{section}/{key}.yaml"


def _switch(actor: Actor, release: PackRelease, on: bool) -> None:
    content = _content_of(release)
    if content is None:
        return
    context = SectionContext(content, actor)
    for section, own, handler in switched():
        objects = content.sections.get(section, {})
        if own is not None:
            own(release.key, content.sections, on)
        elif handler is not None and objects:
            handler(context, objects if on else {}, frozenset() if on else frozenset(objects))


def _require_packs(required: tuple[str, ...]) -> None:
    for key in required:
        release = current_release(key)
        if release is None:
            raise PackMissingError(
                f"缺少依赖的场景包 {key}", f"The required pack {key} is not applied."
            )
        if not release.is_enabled:
            raise PackOffError(
                f"依赖的场景包 {key} 已停用", f"The required pack {key} is switched off."
            )


def _require_unneeded(key: str) -> None:
    others = PackRelease.objects.filter(is_current=True, is_enabled=True).exclude(key=key)
    needing = sorted(
        other
        for other, manifest in others.values_list("key", "manifest")
        if key in (manifest.get("requires") or {}).get("packs", ())
    )
    if needing:
        names = "、".join(needing)
        raise PackNeededError(
            f"这些启用的场景包依赖它：{names}",
            f"These packs are on and require it: {', '.join(needing)}.",
            packs=needing,
        )


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


def _files_of(release: PackRelease) -> dict[str, bytes]:
    return {row.path: bytes(row.content) for row in release.files.order_by("path")}


def _content_of(release: PackRelease | None) -> PackContent | None:
    return None if release is None else read_files(_files_of(release))


def in_order(folders: list[Path]) -> list[Path]:
    """Return the folders so that a pack comes after those that it requires.

    :raises PackMissingError: when packs require each other in a circle, or one is missing.
    """
    # Only the manifests are read: a broken file elsewhere is for the check to name.
    contents = [
        (path, read_files({"pack.yaml": (path / "pack.yaml").read_bytes()})) for path in folders
    ]
    waiting = {content.key: (path, content.requires) for path, content in contents}
    in_force = set(PackRelease.objects.filter(is_current=True).values_list("key", flat=True))
    ordered: list[Path] = []
    placed: set[str] = set()
    while waiting:
        ready = [
            key
            for key, (_path, requires) in waiting.items()
            if all(
                needed in placed or (needed not in waiting and needed in in_force)
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
