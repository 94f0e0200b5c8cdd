"""附件记录: the record that travels inside a document, so that an uploaded file finds its entry."""

import io
import json
from collections.abc import Mapping
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.embed import EmbeddedFileObject, EmbeddedFileParams, FileSpec, embed_file
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader

from yiwang.kernel.base.crypto.facade import canonical_json
from yiwang.kernel.trust.seals.errors import NotAPdfError

RECORD_FILE = "yiwang-record.json"
RECORD_MAX_BYTES = 1024 * 1024


def embed_record(pdf: bytes, record: Mapping[str, Any]) -> bytes:
    """Attach ``record`` to a document not yet sealed and return the new file.

    :raises NotAPdfError: the bytes are no complete PDF.
    :raises RecordNotCanonicalError: the record holds a fraction, a date or another non-JSON value.
    """
    try:
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        attached = EmbeddedFileObject.from_file_data(
            writer,
            canonical_json(record),
            mime_type="application/json",
            params=EmbeddedFileParams(),
        )
        embed_file(
            writer,
            FileSpec(
                RECORD_FILE,
                file_name=RECORD_FILE,
                embedded_data=attached,
                af_relationship=generic.pdf_name("/Data"),
            ),
        )
        output = io.BytesIO()
        writer.write(output)  # type: ignore[no-untyped-call]
    except PdfError as error:
        raise NotAPdfError(cause=type(error).__name__) from error
    return output.getvalue()


def extract_record(pdf: bytes) -> dict[str, Any] | None:
    """Return the record inside a document, or None where there is none that can be read.

    It says what the file claims; only a valid seal or the record's own signature makes it true.
    """
    try:
        reader = PdfFileReader(io.BytesIO(pdf))
        entries = list(reader.root["/Names"]["/EmbeddedFiles"]["/Names"])
        for name, spec in zip(entries[::2], entries[1::2], strict=True):
            if str(name) == RECORD_FILE:
                data = spec.get_object()["/EF"]["/F"].data
                record = json.loads(data.decode()) if len(data) <= RECORD_MAX_BYTES else None
                return record if isinstance(record, dict) else None
    # A broken or hostile upload can fail anywhere in the reader; every failure means "no record".
    except Exception:
        return None
    return None
