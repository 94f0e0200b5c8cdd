"""Receiving uploads over HTTP without ever holding more than the limit.

A file that grows beyond the limit is read on and thrown away, so that the rest of the form
arrives and nothing that the person typed is lost; in ``request.FILES`` stands a
:class:`RefusedUpload` in its place, which ``store_upload`` turns into the error. A request whose
declared length as a whole is beyond ``settings.REQUEST_MAX_BYTES`` (twice the limit of one file
unless set) is refused before anything of it is kept.
"""

import time
from io import BytesIO
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from yiwang.kernel.base.files.errors import FileTooLargeError

# A client that is still sending does not read an answer. Up to these bounds the body is read and
# dropped first, so that the person sees the reason and not a broken connection.
_DRAIN_BYTES = 512 * 1024 * 1024
_DRAIN_SECONDS = 20.0
_PIECE_BYTES = 1024 * 1024


class RefusedUpload(UploadedFile):  # type: ignore[type-arg] # generic in the stubs only
    """A file that was too large to be received; it has a name and a size and no content."""

    def __init__(self, name: str | None, content_type: str | None, size: int, limit: int) -> None:
        super().__init__(BytesIO(), name, content_type, size)
        self.refusal = FileTooLargeError(
            f"文件有 {-(-size // 2**20)} MB，超过 {limit // 2**20} MB",
            f"The file has {-(-size // 2**20)} MB, more than {limit // 2**20} MB.",
        )


class LimitedUploadHandler(FileUploadHandler):
    """Stands first in ``FILE_UPLOAD_HANDLERS`` and passes on no more than the limit."""

    chunk_size = 256 * 1024

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: dict[str, Any],
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        limit = getattr(settings, "REQUEST_MAX_BYTES", 2 * settings.FILE_MAX_BYTES)
        if content_length > limit:
            _drain(input_data, content_length)
            raise RequestDataTooBig(
                f"the request declares {content_length} bytes, more than {limit}"
            )

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.received_bytes = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.received_bytes += len(raw_data)
        return raw_data if self.received_bytes <= settings.FILE_MAX_BYTES else None

    def file_complete(self, file_size: int) -> RefusedUpload | None:
        if self.received_bytes <= settings.FILE_MAX_BYTES:
            return None
        return RefusedUpload(
            self.file_name, self.content_type, self.received_bytes, settings.FILE_MAX_BYTES
        )


def _drain(input_data: IO[bytes], content_length: int) -> None:
    left = min(content_length, _DRAIN_BYTES)
    deadline = time.monotonic() + _DRAIN_SECONDS
    while left > 0 and time.monotonic() < deadline:
        piece = input_data.read(min(_PIECE_BYTES, left))
        if not piece:
            return
        left -= len(piece)
