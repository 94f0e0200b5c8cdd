"""What other apps call of files."""

from yiwang.kernel.base.files.actions.files import (
    quarantine_file,
    store_made,
    store_upload,
    sweep_unreferenced,
)
from yiwang.kernel.base.files.errors import FileRefusedError
from yiwang.kernel.base.files.reading import is_intact, open_file
from yiwang.kernel.base.files.rules.media_types import (
    DEFAULT_ALLOWED,
    PICTURES,
    SCANS,
    MediaType,
)

__all__ = [
    "DEFAULT_ALLOWED",
    "PICTURES",
    "SCANS",
    "FileRefusedError",
    "MediaType",
    "is_intact",
    "open_file",
    "quarantine_file",
    "store_made",
    "store_upload",
    "sweep_unreferenced",
]
