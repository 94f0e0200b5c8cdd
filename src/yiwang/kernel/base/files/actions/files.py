"""Writes of files. The calling verb decides who may, and audits."""

import hashlib
import os
import tempfile
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.files import File
from django.db import transaction

from yiwang.kernel.base import calendars
from yiwang.kernel.base.files.errors import (
    FileActiveContentError,
    FileEmptyError,
    FileQuarantinedError,
    FileTooLargeError,
    FileTypeMismatchError,
    FileTypeNotAllowedError,
)
from yiwang.kernel.base.files.models import FileStatus, StoredFile
from yiwang.kernel.base.files.rules import inspection, media_types, names
from yiwang.kernel.base.files.rules.media_types import DEFAULT_ALLOWED, MediaType
from yiwang.kernel.base.files.storage import default_storage, scratch_folder
from yiwang.kernel.base.files.upload_handlers import RefusedUpload

_PIECE_BYTES = 256 * 1024


def store_upload(
    *,
    content: "File[bytes] | BinaryIO",
    name: str,
    actor_id: int | None,
    allowed: Collection[MediaType] = DEFAULT_ALLOWED,
) -> StoredFile:
    """Take a file from outside into the store and return its row.

    ``content`` is a Django upload or any binary stream. It is read piece by piece and never
    beyond ``settings.FILE_MAX_BYTES``; what is refused leaves nothing behind. The row belongs to
    the caller's transaction; the bytes are safe on disk before the row is written.

    :raises FileTooLargeError, FileEmptyError, FileTypeMismatchError, FileTypeNotAllowedError,
        FileActiveContentError, FileEncryptedError, FileBrokenError, FileBombError,
        FileQuarantinedError: all of them :class:`FileRefusedError`.
    """
    if isinstance(content, RefusedUpload):
        raise content.refusal
    received, digest, size_bytes = _receive(content, settings.FILE_MAX_BYTES)
    try:
        with received.open("rb") as stream:
            kind = _recognise(stream, name, allowed)
            inspection.inspect(stream, kind)
        if StoredFile.objects.filter(digest=digest, status=FileStatus.QUARANTINED).exists():
            raise FileQuarantinedError()
        default_storage().adopt(received, digest)
    finally:
        received.unlink(missing_ok=True)
    return _add_row(digest, size_bytes, kind, names.clean_name(name, kind), actor_id)


def store_made(
    *, content: bytes, name: str, media_type: MediaType, actor_id: int | None = None
) -> StoredFile:
    """Take a file that the platform itself made (a paper, a licence) into the store.

    :raises FileEmptyError: when there are no bytes.
    """
    if not content:
        raise FileEmptyError()
    digest = hashlib.sha256(content).hexdigest()
    descriptor, path = tempfile.mkstemp(dir=scratch_folder())
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    default_storage().adopt(Path(path), digest)
    return _add_row(digest, len(content), media_type, names.clean_name(name, media_type), actor_id)


@transaction.atomic
def quarantine_file(*, file: StoredFile, reason: str) -> int:
    """隔离: close every file with this content, and refuse the content from now on.

    Returns how many rows were closed. The bytes stay as evidence.
    """
    if not reason:
        raise ValueError("a quarantine needs a reason")
    return StoredFile.objects.filter(digest=file.digest, status=FileStatus.OK).update(
        status=FileStatus.QUARANTINED, reason=reason
    )


def sweep_unreferenced(*, older_than: timedelta = timedelta(days=2)) -> int:
    """Remove stored bytes that no row names, left by transactions that were rolled back.

    ``older_than`` must be longer than any transaction lasts. Returns how many objects went.
    """
    storage = default_storage()
    candidates = storage.unused_candidates(calendars.now() - older_than)
    removed = 0
    for start in range(0, len(candidates), 1000):
        batch = candidates[start : start + 1000]
        named = set(StoredFile.objects.filter(digest__in=batch).values_list("digest", flat=True))
        for digest in batch:
            if digest not in named:
                storage.delete(digest)
                removed += 1
    return removed


def _receive(content: "File[bytes] | BinaryIO", limit_bytes: int) -> tuple[Path, str, int]:
    """Copy to a scratch file; return its path, digest and size."""
    if isinstance(content, File):
        content.seek(0)
    digest, size_bytes = hashlib.sha256(), 0
    descriptor, path = tempfile.mkstemp(dir=scratch_folder())
    received = Path(path)
    try:
        with os.fdopen(descriptor, "wb") as file:
            while piece := content.read(_PIECE_BYTES):
                size_bytes += len(piece)
                if size_bytes > limit_bytes:
                    raise FileTooLargeError(
                        f"文件超过 {limit_bytes // 2**20} MB",
                        f"The file has more than {limit_bytes // 2**20} MB.",
                    )
                digest.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        if size_bytes == 0:
            raise FileEmptyError()
    except BaseException:
        received.unlink(missing_ok=True)
        raise
    return received, digest.hexdigest(), size_bytes


def _recognise(stream: BinaryIO, name: str, allowed: Collection[MediaType]) -> MediaType:
    kind = media_types.detect(stream)
    claimed = media_types.claimed_by_name(name)
    listed = "、".join(sorted(member.label for member in allowed))
    if kind is None and claimed is not None:
        found = media_types.describe(stream)
        raise FileTypeMismatchError(
            f"文件名后缀是 {claimed.label}，内容却不是 {claimed.label}",
            f"The name ends as {claimed.label}, but the content is no {claimed.label}.",
            found=found,
        )
    if kind is None:
        if media_types.claims_active_format(name) or media_types.is_active(stream):
            raise FileActiveContentError()
        raise FileTypeNotAllowedError(
            f"这里不接收这种格式的文件，可以上传：{listed}",
            f"Files of this format are not taken here; these are: {listed}.",
            found=media_types.describe(stream),
        )
    if (claimed is not None and claimed is not kind) or media_types.claims_another_format(name):
        raise FileTypeMismatchError(
            f"文件内容是 {kind.label}，与文件名的后缀不一致",
            f"The content is {kind.label}, which does not fit the ending of the name.",
            found=kind.value,
        )
    if kind not in allowed:
        raise FileTypeNotAllowedError(
            f"这里不接收 {kind.label} 文件，可以上传：{listed}",
            f"{kind.label} files are not taken here; these are: {listed}.",
            found=kind.value,
        )
    return kind


def _add_row(
    digest: str, size_bytes: int, kind: MediaType, name: str, actor_id: int | None
) -> StoredFile:
    return StoredFile.objects.create(
        digest=digest,
        size_bytes=size_bytes,
        media_type=kind.value,
        name=name,
        uploaded_by_id=actor_id,
        created_at=calendars.now(),
    )
