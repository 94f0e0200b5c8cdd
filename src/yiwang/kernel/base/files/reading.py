"""Reading stored files. Whoever calls this has checked that the reader may see the file."""

import hashlib
from typing import BinaryIO

from yiwang.kernel.base.files.errors import FileMissingError, FileQuarantinedError
from yiwang.kernel.base.files.models import FileStatus, StoredFile
from yiwang.kernel.base.files.storage import default_storage
from yiwang.kernel.errors import NotFoundError


def open_file(file_id: int) -> BinaryIO:
    """Open the bytes of a stored file for reading; the caller closes the stream.

    :raises NotFoundError: when there is no such row.
    :raises FileQuarantinedError: when the file is in quarantine.
    :raises FileMissingError: when the row is there and the bytes are not.
    """
    file = StoredFile.objects.filter(pk=file_id).first()
    if file is None:
        raise NotFoundError()
    if file.status == FileStatus.QUARANTINED:
        raise FileQuarantinedError()
    try:
        return default_storage().open(file.digest)
    except FileNotFoundError as error:
        raise FileMissingError() from error


def is_intact(file: StoredFile) -> bool:
    """Tell whether the stored bytes are still those that were given."""
    try:
        stream = default_storage().open(file.digest)
    except FileNotFoundError:
        return False
    digest = hashlib.sha256()
    with stream:
        while piece := stream.read(1024 * 1024):
            digest.update(piece)
    return digest.hexdigest() == file.digest
