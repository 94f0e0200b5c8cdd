"""电子印章: what other apps may use."""

from yiwang.kernel.trust.seals.actions.register import ensure_seal
from yiwang.kernel.trust.seals.actions.use import seal_document
from yiwang.kernel.trust.seals.attachments import embed_record, extract_record
from yiwang.kernel.trust.seals.documents import render as draw_document
from yiwang.kernel.trust.seals.errors import (
    DocumentTemplateError,
    GlyphMissingError,
    NotAPdfError,
    SealsError,
    SealUnavailableError,
)
from yiwang.kernel.trust.seals.selectors import validate_document
from yiwang.kernel.trust.seals.validation import PdfReport

__all__ = [
    "DocumentTemplateError",
    "GlyphMissingError",
    "NotAPdfError",
    "PdfReport",
    "SealUnavailableError",
    "SealsError",
    "draw_document",
    "embed_record",
    "ensure_seal",
    "extract_record",
    "seal_document",
    "validate_document",
]
