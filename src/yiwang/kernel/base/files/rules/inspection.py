"""What is wrong inside a file of a known type. The file is hostile until shown otherwise.

Every check is bounded in memory and in time, whatever the file says about itself.
"""

import re
import time
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

from PIL import Image, UnidentifiedImageError
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import DecodeLimits, DocumentDecodeBudget
from pyhanko.pdf_utils.misc import PdfDecodeLimitError
from pyhanko.pdf_utils.reader import PdfFileReader

from yiwang.kernel.base.files.errors import (
    FileActiveContentError,
    FileBombError,
    FileBrokenError,
    FileEncryptedError,
)
from yiwang.kernel.base.files.rules.media_types import MediaType

MAX_PIXELS = 64_000_000
"""A picture of 8,000 by 8,000: more than any scan at 600 dpi of A4 (35 million)."""

MAX_UNPACKED_BYTES = 200 * 1024 * 1024
MAX_PARTS = 5_000
MAX_PDF_OBJECTS = 100_000
MAX_SECONDS = 10.0

_MiB = 1024 * 1024
_PDF_LIMITS = DecodeLimits(
    document_budget=DocumentDecodeBudget(base_allowance=64 * _MiB, max_ratio=10)
)
_ACTIVE_ACTIONS = frozenset({"/JavaScript", "/Launch", "/ImportData", "/Rendition"})
_ACTIVE_ANNOTATIONS = frozenset({"/RichMedia", "/Screen", "/Movie", "/3D"})
# Macros, ActiveX, packed objects of any kind, and the marks of Java and Android programs.
_ACTIVE_PART = re.compile(
    r"(?:.*/)?(?:vbaproject\.bin|vbadata\.xml|activex/.*|embeddings/.*\.bin|oleobject[^/]*\.bin"
    r"|meta-inf/manifest\.mf|androidmanifest\.xml)"
)


def inspect(stream: BinaryIO, kind: MediaType) -> None:
    """Look inside a file of a known type.

    :raises FileBrokenError: it cannot be read to its end.
    :raises FileEncryptedError: it needs a password.
    :raises FileActiveContentError: it holds scripts, macros or programs.
    :raises FileBombError: it would grow beyond what is sane.
    """
    stream.seek(0)
    match kind:
        case MediaType.PDF:
            _inspect_pdf(stream)
        case MediaType.PNG | MediaType.JPEG:
            _inspect_picture(stream, kind)
        case MediaType.OFD | MediaType.DOCX | MediaType.XLSX:
            _inspect_package(stream)


def _inspect_picture(stream: BinaryIO, kind: MediaType) -> None:
    try:
        with Image.open(stream, formats=[kind.label.replace("JPG", "JPEG")]) as picture:
            width, height = picture.size
            if width * height > MAX_PIXELS:
                raise FileBombError(
                    f"图片有 {width} × {height} 像素，超过 {MAX_PIXELS // 1_000_000} 百万像素",
                    f"The picture has {width} by {height} pixels, more than"
                    f" {MAX_PIXELS // 1_000_000} million.",
                )
            if kind is MediaType.JPEG:
                # One eighth of the size is enough to notice a file that was cut off.
                picture.draft("RGB", (max(1, width // 8), max(1, height // 8)))
                picture.load()
            else:
                picture.verify()
    except Image.DecompressionBombError as error:
        raise FileBombError() from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, zlib.error) as error:
        raise FileBrokenError() from error


def _inspect_package(stream: BinaryIO) -> None:
    deadline = time.monotonic() + MAX_SECONDS
    try:
        with zipfile.ZipFile(stream) as package:
            parts = package.infolist()
            if len(parts) > MAX_PARTS:
                raise FileBombError()
            for part in parts:
                if part.flag_bits & 0x1:
                    raise FileEncryptedError()
                if _ACTIVE_PART.fullmatch(part.filename.lower()):
                    raise FileActiveContentError()
            unpacked = 0
            for part in parts:
                # What the directory says about sizes is not believed: the bytes are counted.
                with package.open(part) as content:
                    while piece := content.read(_MiB):
                        unpacked += len(piece)
                        if unpacked > MAX_UNPACKED_BYTES or time.monotonic() > deadline:
                            raise FileBombError()
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        EOFError,
        OSError,
        ValueError,
        RuntimeError,
    ) as error:
        raise FileBrokenError() from error


def _inspect_pdf(stream: BinaryIO) -> None:
    try:
        reader = PdfFileReader(stream, strict=False, decode_limits=_PDF_LIMITS)
        if "/Encrypt" in reader.trailer:
            raise FileEncryptedError()
        root = reader.trailer["/Root"]
        pages = root["/Pages"]["/Count"]
        found = _find_active_content(root)
    except FileEncryptedError:
        raise
    except PdfDecodeLimitError as error:
        raise FileBombError() from error
    except Exception as error:
        # A damaged or hostile file can make a parser fail at any point and with any error; all
        # of them mean the same to the person who uploaded it.
        raise FileBrokenError() from error
    if found == "active":
        raise FileActiveContentError()
    if found == "endless":
        raise FileBombError()
    if not isinstance(pages, int) or pages < 1:
        raise FileBrokenError()


def _find_active_content(root: Any) -> str:
    """Walk all objects that the document reaches: "", "active", or "endless" when it gives up."""
    deadline = time.monotonic() + MAX_SECONDS
    seen: set[tuple[int, int]] = set()
    waiting: list[Any] = [root]
    visited = 0
    while waiting:
        node = waiting.pop()
        if isinstance(node, generic.IndirectObject):
            key = (node.idnum, node.generation)
            if key in seen:
                continue
            seen.add(key)
            node = node.reference.get_object()
        visited += 1
        if visited > MAX_PDF_OBJECTS * 10 or len(seen) > MAX_PDF_OBJECTS:
            return "endless"
        if visited % 256 == 0 and time.monotonic() > deadline:
            return "endless"
        if isinstance(node, generic.DictionaryObject):
            if _is_active(node):
                return "active"
            waiting.extend(_raw_values(node))
        elif isinstance(node, generic.ArrayObject):
            waiting.extend(node.raw_get(index) for index in range(len(node)))
    return ""


def _raw_values(node: generic.DictionaryObject) -> Iterator[Any]:
    return (node.raw_get(key) for key in node)


def _is_active(node: generic.DictionaryObject) -> bool:
    if "/JS" in node or "/XFA" in node:
        return True
    if node.get("/S") in _ACTIVE_ACTIONS or node.get("/Subtype") in _ACTIVE_ANNOTATIONS:
        return True
    if "/EF" in node:
        # Electronic invoices carry their data as attached XML; nothing else may be attached.
        name = str(node.get("/UF") or node.get("/F") or "")
        return not name.lower().endswith(".xml")
    return False
