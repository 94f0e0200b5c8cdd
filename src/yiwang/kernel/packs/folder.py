"""场景包文件夹: its files as bytes, and what no folder of a pack may hold."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from yiwang.kernel.packs.checks.documents import MAX_FILE_BYTES
from yiwang.kernel.packs.findings import Finding

MAX_FILES = 2_000
MAX_PACK_BYTES = 50_000_000
# As long as the store keeps it.
MAX_NAME = 200


def scan_folder(path: Path) -> tuple[dict[str, bytes], list[Finding]]:
    """Return the files of a pack by path inside the folder, and what is wrong with the rest.

    Hidden files are no part of a pack. No link is followed, and nothing larger than any honest
    file is read.
    """
    files: dict[str, bytes] = {}
    findings: list[Finding] = []
    size = 0
    for entry in _walk(path):
        name = entry.relative_to(path).as_posix()
        shown = name.encode("utf-8", "replace").decode("utf-8")
        if entry.is_symlink():
            findings.append(_of_file(shown, "FILE_IS_LINK", *_LINK))
            continue
        if shown != name or len(name) > MAX_NAME or not name.isprintable():
            findings.append(_of_file(shown[:MAX_NAME], "FILE_NAME_WRONG", *_NAME))
            continue
        try:
            length = entry.stat().st_size
            size += length
            if len(files) >= MAX_FILES or size > MAX_PACK_BYTES:
                findings.append(_of_file(name, "PACK_TOO_LARGE", *_LARGE))
                break
            if length > MAX_FILE_BYTES:
                findings.append(_of_file(name, "FILE_TOO_LARGE", *_LONG))
                continue
            files[name] = entry.read_bytes()
        except OSError as error:
            findings.append(_of_file(name, "FILE_UNREADABLE", *_unreadable(error)))
    return files, findings


def _walk(path: Path) -> Iterator[Path]:
    """Yield links and files below a folder, never through a link, hidden ones left out."""
    entries: list[Path] = []
    # A folder that is gone or closed holds nothing; the manifest is missed then.
    with contextlib.suppress(OSError):
        entries = sorted(path.iterdir())
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_symlink() or entry.is_file():
            yield entry
        elif entry.is_dir():
            yield from _walk(entry)


def _of_file(
    name: str, code: str, reason_zh: str, reason_en: str, mend_zh: str, mend_en: str
) -> Finding:
    return Finding(name, 1, "", code, reason_zh, reason_en, mend_zh, mend_en)


def _unreadable(error: OSError) -> tuple[str, str, str, str]:
    return (
        f"读不了这个文件：{error.strerror}",
        f"The file cannot be read: {error.strerror}.",
        "检查权限",
        "Look at its permissions.",
    )


_LINK = (
    "文件是链接",
    "The file is a link.",
    "换成真正的文件",
    "Put the file itself there.",
)
_NAME = (
    f"文件名不是 UTF-8 文字、有看不见的字符，或者超过 {MAX_NAME} 个字符",
    f"The name is not UTF-8, has signs that cannot be seen, or more than {MAX_NAME} characters.",
    "改名，只用小写字母、数字和下划线",
    "Rename it with lower-case letters, digits and underscores.",
)
_LARGE = (
    f"场景包超过 {MAX_FILES} 个文件或 {MAX_PACK_BYTES} 字节，后面的没有检查",
    f"The pack has more than {MAX_FILES} files or {MAX_PACK_BYTES} bytes; the rest is unchecked.",
    "拆成几个场景包",
    "Split it into several packs.",
)
_LONG = (
    f"文件超过 {MAX_FILE_BYTES} 字节",
    f"The file is larger than {MAX_FILE_BYTES} bytes.",
    "拆成几个文件",
    "Split it.",
)
