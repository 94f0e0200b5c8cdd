"""场景包静态检查: everything that can be said of a pack without running it.

The check never raises for what a pack holds: whatever the bytes, the answer is a list of
findings, each with file, line, reason and mend. It writes nothing and runs nothing.
"""

import multiprocessing
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath

from yiwang.kernel.packs.checks.content import ONE_OBJECT_FOLDERS, CheckedPack
from yiwang.kernel.packs.checks.documents import Document, read_document
from yiwang.kernel.packs.checks.expressions import check_expressions
from yiwang.kernel.packs.checks.overlays import check_overlay, place_overlay
from yiwang.kernel.packs.checks.papers import check_papers
from yiwang.kernel.packs.checks.places import DIVISIONS, check_divisions
from yiwang.kernel.packs.checks.processes import check_processes
from yiwang.kernel.packs.checks.references import check_references
from yiwang.kernel.packs.checks.rule_cases import check_rule_cases
from yiwang.kernel.packs.checks.shapes import check_shape, schema_for
from yiwang.kernel.packs.checks.stories import check_stories
from yiwang.kernel.packs.checks.texts import check_texts
from yiwang.kernel.packs.checks.themes import check_themes
from yiwang.kernel.packs.findings import Finding
from yiwang.kernel.packs.folder import scan_folder
from yiwang.kernel.packs.installed import known_names, names_in_force
from yiwang.kernel.packs.names import KnownNames
from yiwang.kernel.packs.rule_cases import CASES

__all__ = [
    "Finding",
    "KnownNames",
    "check_files",
    "check_pack",
    "check_packs",
    "known_names",
    "names_in_force",
]

# Below this a second process costs more than it brings.
_ALONE = 20


def check_packs(
    folders: Sequence[Path], known: KnownNames, *, processes: int = 1
) -> Iterator[tuple[Path, list[Finding]]]:
    """Yield each folder with what is wrong in it, in the given order; many are shared out."""
    check = partial(check_pack, known=known)
    if processes < 2 or len(folders) < _ALONE:
        yield from zip(folders, map(check, folders), strict=True)
        return
    # A copy of this process has everything imported and the names at hand.
    copies = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(processes, mp_context=copies) as pool:
        yield from zip(folders, pool.map(check, folders, chunksize=4), strict=True)


def check_pack(path: Path, known: KnownNames) -> list[Finding]:
    """Return what is wrong with the pack in a folder, by file and line; empty when nothing is."""
    files, findings = scan_folder(path)
    return check_files(path.name, files, known, findings)


def check_files(
    name: str, files: Mapping[str, bytes], known: KnownNames, findings: Sequence[Finding] = ()
) -> list[Finding]:
    """Return what is wrong with a pack of this name, given as bytes by path.

    ``findings`` are what reading its folder found before.
    """
    found = [*findings]
    if "pack.yaml" in files:
        found += _check_content(name, files, known, has_gaps=bool(findings))
    elif not any(finding.file == "pack.yaml" for finding in findings):
        found.append(_no_manifest(name))
    named = {replace(finding, pack=name) for finding in found}
    return sorted(named, key=lambda f: (f.file, f.line, f.path, f.code))


def _check_content(
    folder: str, files: Mapping[str, bytes], known: KnownNames, *, has_gaps: bool
) -> Iterator[Finding]:
    pack = CheckedPack(known, has_gaps=has_gaps)
    # The manifest first: it says whether the rest is a pack of its own or lies over another.
    for name in ("pack.yaml", *(name for name in files if name != "pack.yaml")):
        found = _check_file(pack, folder, name, files[name])
        yield from found
        pack.has_gaps = pack.has_gaps or any(f.severity == "error" for f in found)
    yield from check_references(pack)
    yield from check_overlay(pack)
    yield from check_processes(pack)
    yield from check_papers(pack)
    yield from check_expressions(pack)
    yield from check_rule_cases(pack)
    yield from check_themes(pack)
    yield from check_stories(pack)
    yield from check_texts(pack)


def _check_file(pack: CheckedPack, folder: str, name: str, content: bytes) -> list[Finding]:
    if name == DIVISIONS:
        return list(check_divisions(name, content))
    schema = schema_for(name, is_overlay=pack.is_overlay)
    if schema is None:
        return [_of_file(name, "FILE_UNKNOWN", *_UNKNOWN)]
    document = read_document(name, content)
    findings = document.findings or check_shape(document, schema)
    if findings:
        return findings
    if name == "pack.yaml":
        pack.manifest = document
        return list(_check_key(document, folder))
    kind = PurePosixPath(name).parts[0]
    if name.endswith(CASES):
        pack.rule_cases.append(document)
    elif kind == "notices":
        pack.notices.append(document)
    elif kind == "items" and pack.is_overlay:
        return list(place_overlay(pack, document))
    elif kind in ONE_OBJECT_FOLDERS:
        return list(_place(pack, kind, document))
    return []


def _check_key(document: Document, folder: str) -> Iterator[Finding]:
    key = document.data["key"]
    if key != folder:
        yield document.finding(
            ("key",),
            "KEY_DIFFERS",
            f"键“{key}”与文件夹名“{folder}”不同",
            f'The key "{key}" differs from the name of the folder, "{folder}".',
            "改成一样",
            "Make them the same.",
        )


def _place(pack: CheckedPack, kind: str, document: Document) -> Iterator[Finding]:
    key = document.data["key"]
    objects = pack.objects[kind]
    if key in objects:
        yield document.finding(
            ("key",),
            "KEY_TWICE",
            f"键“{key}”已在 {objects[key].path} 使用",
            f'The key "{key}" is used in {objects[key].path} already.',
            "改名",
            "Rename one of them.",
        )
        return
    objects[key] = document
    owner = pack.known.owners.get((kind, key))
    if owner is not None and owner != pack.key:
        yield document.finding(
            ("key",),
            "KEY_TAKEN",
            f"场景包 {owner} 已经有“{key}”",
            f'The pack {owner} has the key "{key}" already.',
            "改名，或者先从另一个场景包里去掉",
            "Rename it, or take it out of the other pack first.",
        )


_UNKNOWN = (
    "场景包里没有这种文件",
    "A pack holds no such file.",
    "放到 items、forms、rules、process、licences、notices、themes、stories 之一，"
    "后缀用 .yaml，或者删掉",
    "Move it to items, forms, rules, process, licences, notices, themes or stories as .yaml, "
    "or remove it.",
)


def _no_manifest(name: str) -> Finding:
    return _of_file(
        "pack.yaml",
        "MANIFEST_MISSING",
        f"文件夹 {name} 里没有 pack.yaml",
        f"The folder {name} holds no pack.yaml.",
        "补上 pack.yaml",
        "Add pack.yaml.",
    )


def _of_file(
    name: str, code: str, reason_zh: str, reason_en: str, mend_zh: str, mend_en: str
) -> Finding:
    return Finding(name, 1, "", code, reason_zh, reason_en, mend_zh, mend_en)
