"""场景包静态检查: everything that can be said of a pack without running it.

The check never raises for what a pack holds: whatever the bytes, the answer is a list of
findings, each with file, line, reason and mend. It writes nothing and runs nothing.
"""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from yiwang.kernel.packs.checks.content import ONE_OBJECT_FOLDERS, CheckedPack
from yiwang.kernel.packs.checks.documents import Document, read_document
from yiwang.kernel.packs.checks.expressions import check_expressions
from yiwang.kernel.packs.checks.places import DIVISIONS, check_divisions
from yiwang.kernel.packs.checks.processes import check_processes
from yiwang.kernel.packs.checks.references import check_references
from yiwang.kernel.packs.checks.rule_cases import check_rule_cases
from yiwang.kernel.packs.checks.shapes import check_shape, schema_for
from yiwang.kernel.packs.checks.stories import check_stories
from yiwang.kernel.packs.checks.texts import check_texts
from yiwang.kernel.packs.checks.themes import check_themes
from yiwang.kernel.packs.findings import Finding
from yiwang.kernel.packs.names import KnownNames, known_names
from yiwang.kernel.packs.rule_cases import CASES

__all__ = ["Finding", "KnownNames", "check_pack", "known_names"]

MAX_FILES = 2_000
MAX_PACK_BYTES = 50_000_000


def check_pack(path: Path, known: KnownNames) -> list[Finding]:
    """Return what is wrong with the pack in a folder, by file and line; empty when nothing is."""
    files, findings = _read_files(path)
    if "pack.yaml" not in files:
        findings.append(_no_manifest(path))
        return findings
    pack = CheckedPack(known, has_gaps=bool(findings))
    for name, content in files.items():
        found = _check_file(pack, path.name, name, content)
        findings += found
        pack.has_gaps = pack.has_gaps or any(f.severity == "error" for f in found)
    findings += check_references(pack)
    findings += check_processes(pack)
    findings += check_expressions(pack)
    findings += check_rule_cases(pack)
    findings += check_themes(pack)
    findings += check_stories(pack)
    findings += check_texts(pack)
    return sorted(set(findings), key=lambda f: (f.file, f.line, f.path, f.code))


def _read_files(path: Path) -> tuple[dict[str, bytes], list[Finding]]:
    files: dict[str, bytes] = {}
    findings: list[Finding] = []
    size = 0
    for entry in _walk(path):
        name = entry.relative_to(path).as_posix()
        if entry.is_symlink():
            findings.append(_of_file(name, "FILE_IS_LINK", *_LINK))
            continue
        size += entry.stat().st_size
        if len(files) >= MAX_FILES or size > MAX_PACK_BYTES:
            findings.append(_of_file(name, "PACK_TOO_LARGE", *_LARGE))
            break
        files[name] = entry.read_bytes()
    return files, findings


def _walk(path: Path) -> Iterator[Path]:
    """Yield links and files below a folder, never through a link, hidden ones left out."""
    if not path.is_dir():
        return
    for entry in sorted(path.iterdir()):
        if entry.name.startswith("."):
            continue
        if entry.is_symlink() or entry.is_file():
            yield entry
        elif entry.is_dir():
            yield from _walk(entry)


def _check_file(pack: CheckedPack, folder: str, name: str, content: bytes) -> list[Finding]:
    if name == DIVISIONS:
        return list(check_divisions(name, content))
    schema = schema_for(name)
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


_LINK = (
    "文件是链接",
    "The file is a link.",
    "换成真正的文件",
    "Put the file itself there.",
)
_LARGE = (
    f"场景包超过 {MAX_FILES} 个文件或 {MAX_PACK_BYTES} 字节，后面的没有检查",
    f"The pack has more than {MAX_FILES} files or {MAX_PACK_BYTES} bytes; the rest is unchecked.",
    "拆成几个场景包",
    "Split it into several packs.",
)
_UNKNOWN = (
    "场景包里没有这种文件",
    "A pack holds no such file.",
    "放到 items、forms、rules、process、licences、notices、themes、stories 之一，"
    "后缀用 .yaml，或者删掉",
    "Move it to items, forms, rules, process, licences, notices, themes or stories as .yaml, "
    "or remove it.",
)


def _no_manifest(path: Path) -> Finding:
    return _of_file(
        "pack.yaml",
        "MANIFEST_MISSING",
        f"文件夹 {path.name} 里没有 pack.yaml",
        f"The folder {path.name} holds no pack.yaml.",
        "补上 pack.yaml",
        "Add pack.yaml.",
    )


def _of_file(
    name: str, code: str, reason_zh: str, reason_en: str, mend_zh: str, mend_en: str
) -> Finding:
    return Finding(name, 1, "", code, reason_zh, reason_en, mend_zh, mend_en)
