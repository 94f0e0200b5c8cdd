"""文书绘制: data in, PDF/A out.

A template is the name of one that the kernel ships (``licence``, ``paper``, ``receipt``) or the
Typst source of a pack, which may ``#import "kernel.typ": *``. The data are plain JSON; the key
``qr`` holds the text of a QR code, which is drawn and handed on as ``qr_svg``.
"""

import io
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import segno

from yiwang.kernel.trust.seals import fonts, typesetting
from yiwang.kernel.trust.seals.errors import DocumentTemplateError

KERNEL_TEMPLATES = ("licence", "paper", "receipt")
# What each shipped template cannot do without; the rest may be left out.
NEEDED = {
    "licence": ("title", "number", "fields", "unit", "date"),
    "paper": ("title", "body", "unit", "date"),
    "receipt": ("title", "fields", "unit", "date"),
}


def render(template: str, data: Mapping[str, Any]) -> bytes:
    """Draw a document and return it as PDF/A-3.

    ``licence``: title, title_en, number, fields [{label, value}], valid_to, note, qr,
    verification_code, unit, date. ``paper``: title, number, addressee, body [paragraph], table
    [{label, value}], remedy, red_head, qr, case_number, unit, date. ``receipt``: title, number,
    fields, items [{label, value}], items_title, note, qr, case_number, unit, date.

    :raises DocumentTemplateError: unknown template, missing key, or a pack's source that fails.
    :raises GlyphMissingError: a letter or ideograph that no installed font can write.
    """
    missing = [key for key in NEEDED.get(template, ()) if key not in data]
    if missing:
        raise DocumentTemplateError(template=template, missing=missing)
    shown = {str(key): _printable(value) for key, value in data.items() if key != "qr"}
    if data.get("qr"):
        shown["qr_svg"] = _qr_svg(str(data["qr"]))
    return typesetting.typeset(_source(template), shown)


@lru_cache(maxsize=8)
def _shipped(name: str) -> bytes:
    return (typesetting.TEMPLATES / f"{name}.typ").read_bytes()


def _source(template: str) -> bytes:
    if template in KERNEL_TEMPLATES:
        return _shipped(template)
    if "\n" in template:
        return template.encode()
    raise DocumentTemplateError(template=template, known=list(KERNEL_TEMPLATES))


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return fonts.printable(value)
    if isinstance(value, Mapping):
        return {str(key): _printable(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [_printable(item) for item in value]
    if value is None or isinstance(value, bool):
        return value
    return fonts.printable(str(value))


def _qr_svg(text: str) -> str:
    out = io.BytesIO()
    # Level M stands a crease or a stamp over one corner; border 1 because the sheet is white.
    segno.make_qr(text, error="m").save(out, kind="svg", border=1, xmldecl=False, svgns=True)
    return out.getvalue().decode()
