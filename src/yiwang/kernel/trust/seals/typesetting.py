"""排版: Typst with warm compilers, and user text that can never become markup.

Data reach a template as one JSON text in ``sys.inputs`` and are shown as text values; a template
never evaluates them. A compiler belongs to one thread; the fonts are shared by all.
"""

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import typst

from yiwang.kernel.base import calendars
from yiwang.kernel.trust.seals import fonts
from yiwang.kernel.trust.seals.errors import DocumentTemplateError

TEMPLATES = Path(__file__).parent / "templates"
# PDF/A-3: fit for the archive, and the one part of the standard that admits attached files.
PDF_STANDARD: Literal["a-3b"] = "a-3b"

_own = threading.local()


def typeset(
    source: bytes,
    data: Mapping[str, Any],
    *,
    form: Literal["pdf", "svg", "png"] = "pdf",
    pixels_per_inch: float = 144.0,
) -> bytes:
    """Compile a Typst source with ``data`` and return the file (one page for svg and png).

    :raises DocumentTemplateError: the source does not compile with these data.
    """
    inputs = {"data": json.dumps({**data, "fonts": fonts.stacks()}, ensure_ascii=False)}
    try:
        made = _compiler().compile(
            input=source,
            sys_inputs=inputs,
            format=form,
            ppi=pixels_per_inch if form == "png" else None,
            pdf_standards=PDF_STANDARD if form == "pdf" else [],
            timestamp=int(calendars.now().timestamp()),
        )
    except typst.TypstError as error:
        refusal = DocumentTemplateError()
        refusal.add_note(error.diagnostic)
        raise refusal from error
    if not isinstance(made, bytes):
        raise DocumentTemplateError(cause="more than one page")
    return made


def _compiler() -> typst.Compiler:
    compiler: typst.Compiler | None = getattr(_own, "compiler", None)
    if compiler is None:
        compiler = typst.Compiler(
            root=str(TEMPLATES), font_paths=fonts.collection(), ignore_system_fonts=True
        )
        _own.compiler = compiler
    return compiler
