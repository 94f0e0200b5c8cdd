"""What a file is, read from its content; and what its name claims."""

import mimetypes
import re
import zipfile
from enum import StrEnum
from typing import BinaryIO

import puremagic


class MediaType(StrEnum):
    """媒体类型 that the platform takes."""

    PDF = "application/pdf"
    PNG = "image/png"
    JPEG = "image/jpeg"
    OFD = "application/ofd"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    @property
    def extensions(self) -> tuple[str, ...]:
        """Endings of names, the usual one first."""
        return _EXTENSIONS[self]

    @property
    def label(self) -> str:
        return self.extensions[0].removeprefix(".").upper()


_EXTENSIONS = {
    MediaType.PDF: (".pdf",),
    MediaType.PNG: (".png",),
    MediaType.JPEG: (".jpg", ".jpeg", ".jpe", ".jfif"),
    MediaType.OFD: (".ofd",),
    MediaType.DOCX: (".docx",),
    MediaType.XLSX: (".xlsx",),
}
_BY_EXTENSION = {ending: kind for kind, endings in _EXTENSIONS.items() for ending in endings}

PICTURES = frozenset({MediaType.PNG, MediaType.JPEG})
SCANS = PICTURES | {MediaType.PDF}
DEFAULT_ALLOWED = frozenset(MediaType)

_SIGNATURES = (
    (b"%PDF-", MediaType.PDF),
    (b"\x89PNG\r\n\x1a\n", MediaType.PNG),
    (b"\xff\xd8\xff", MediaType.JPEG),
)
# The part inside a zip file that makes it a document of the kind.
_MAIN_PARTS = (
    ("OFD.xml", MediaType.OFD),
    ("word/document.xml", MediaType.DOCX),
    ("xl/workbook.xml", MediaType.XLSX),
)
_ACTIVE_BEGINNINGS = (
    b"MZ",
    b"\x7fELF",
    b"\xca\xfe\xba\xbe",
    b"\xcf\xfa\xed\xfe",
    b"#!",
    b"<!doctype",
    b"<html",
    b"<head",
    b"<body",
    b"<script",
    b"<svg",
    b"<iframe",
    b"<?php",
)
_ACTIVE_ENDING = re.compile(
    r"\.(?:[sx]?html?|mhtml?|svgz?|m?js|vb[se]|wsf|hta|php|jsp|aspx?|swf"
    r"|exe|dll|com|scr|msi|bat|cmd|ps1|sh|jar|apk|app|lnk|reg|docm|dotm|xlsm|pptm)"
)
_HEAD_BYTES = 4096


def detect(stream: BinaryIO) -> MediaType | None:
    """Tell what a file is by its content; None when it is nothing that the platform takes."""
    stream.seek(0)
    head = stream.read(_HEAD_BYTES)
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    if head.startswith(b"PK\x03\x04"):
        return _detect_inside_zip(stream)
    return None


def describe(stream: BinaryIO) -> str:
    """Name the type of a file that :func:`detect` does not know, for the error message."""
    stream.seek(0)
    try:
        return puremagic.from_string(stream.read(_HEAD_BYTES), mime=True) or "unknown"
    except (puremagic.PureError, ValueError):
        return "unknown"


def is_active(stream: BinaryIO) -> bool:
    """Tell whether a file that :func:`detect` does not know is a program, a page or a script."""
    stream.seek(0)
    head = stream.read(_HEAD_BYTES)
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if head.startswith(mark):
            head = head[2:].decode(encoding, "replace").encode()
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(tuple(beginning.lower() for beginning in _ACTIVE_BEGINNINGS)):
        return True
    return b"<script" in text or b"<svg" in text


def claimed_by_name(name: str) -> MediaType | None:
    """Tell which type the ending of a name claims; None when it claims none that is taken."""
    return _BY_EXTENSION.get(ending_of(name))


def claims_another_format(name: str) -> bool:
    """Tell whether the ending is that of a known format which the platform does not take."""
    ending = ending_of(name)
    return ending not in _BY_EXTENSION and (
        claims_active_format(name) or mimetypes.guess_type(f"x{ending}")[0] is not None
    )


def claims_active_format(name: str) -> bool:
    """Tell whether the ending is that of a page, a script, a program or a macro document."""
    return _ACTIVE_ENDING.fullmatch(ending_of(name)) is not None


def ending_of(name: str) -> str:
    """Return the ending in lower case with its dot, or an empty string."""
    stem, dot, ending = name.rpartition(".")
    return f".{ending.lower()}" if dot and stem else ""


def _detect_inside_zip(stream: BinaryIO) -> MediaType | None:
    try:
        with zipfile.ZipFile(stream) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return None
    return next((kind for part, kind in _MAIN_PARTS if part in names), None)
