import hashlib
import io
import os
import threading
from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from yiwang.kernel.base import calendars
from yiwang.kernel.base.files import facade as files
from yiwang.kernel.base.files.errors import (
    FileActiveContentError,
    FileEmptyError,
    FileMissingError,
    FileQuarantinedError,
    FileTooLargeError,
    FileTypeMismatchError,
    FileTypeNotAllowedError,
)
from yiwang.kernel.base.files.facade import MediaType
from yiwang.kernel.base.files.models import FileStatus, StoredFile
from yiwang.kernel.base.files.storage import LocalStorage, default_storage
from yiwang.kernel.base.files.tests import samples
from yiwang.kernel.errors import NotFoundError

NOON = datetime(2026, 11, 23, 12, tzinfo=calendars.LOCAL_ZONE)


@pytest.fixture(autouse=True)
def own_store(settings, tmp_path):
    settings.VAR = tmp_path
    return tmp_path


def stored_objects(root) -> list[str]:
    return sorted(path.name for path in (root / "files").rglob("*") if path.is_file())


def store(content: bytes, name: str, **more) -> StoredFile:
    return files.store_upload(content=io.BytesIO(content), name=name, actor_id=7, **more)


@pytest.mark.django_db
def test_file_is_kept_under_its_digest_with_what_is_known_about_it(own_store):
    content = samples.pdf()
    with calendars.freeze(NOON):
        file = store(content, "C:\\扫描\\营业执照.PDF")
    assert (file.digest, file.size_bytes) == (hashlib.sha256(content).hexdigest(), len(content))
    assert (file.media_type, file.name) == ("application/pdf", "营业执照.pdf")
    assert (file.uploaded_by_id, file.created_at, file.status) == (7, NOON, FileStatus.OK)
    with files.open_file(file.pk) as stream:
        assert stream.read() == content
    assert files.is_intact(file)
    assert stored_objects(own_store) == [file.digest]


@pytest.mark.django_db
def test_same_bytes_are_stored_once_and_listed_twice(own_store):
    content = samples.picture()
    first, second = store(content, "a.png"), store(content, "b.png")
    assert first.pk != second.pk
    assert first.digest == second.digest
    assert stored_objects(own_store) == [first.digest]


@pytest.mark.django_db
def test_django_upload_is_read_from_its_beginning(own_store):
    upload = SimpleUploadedFile("a.png", samples.picture(), "text/html")
    upload.read(10)
    file = files.store_upload(content=upload, name=upload.name, actor_id=None)
    assert file.media_type == "image/png"
    assert files.is_intact(file)


REFUSALS = [
    (b"", "a.pdf", FileEmptyError, "FILE_EMPTY"),
    (samples.picture(), "a.pdf", FileTypeMismatchError, "FILE_TYPE_MISMATCH"),
    (samples.HTML, "a.pdf", FileTypeMismatchError, "FILE_TYPE_MISMATCH"),
    (samples.EXE, "a.jpg", FileTypeMismatchError, "FILE_TYPE_MISMATCH"),
    (b"plain text", "a.docx", FileTypeMismatchError, "FILE_TYPE_MISMATCH"),
    (samples.pdf(), "a.html", FileTypeMismatchError, "FILE_TYPE_MISMATCH"),
    (samples.HTML, "a.html", FileActiveContentError, "FILE_ACTIVE_CONTENT"),
    (samples.SVG, "logo.svg", FileActiveContentError, "FILE_ACTIVE_CONTENT"),
    (b"alert(1)", "a.js", FileActiveContentError, "FILE_ACTIVE_CONTENT"),
    (samples.EXE, "a", FileActiveContentError, "FILE_ACTIVE_CONTENT"),
    (samples.OLD_WORD, "a.doc", FileTypeNotAllowedError, "FILE_TYPE_NOT_ALLOWED"),
    (b"plain text", "a.txt", FileTypeNotAllowedError, "FILE_TYPE_NOT_ALLOWED"),
    (b"x" * 1_000_001, "a.pdf", FileTooLargeError, "FILE_TOO_LARGE"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("content", "name", "refusal", "code"), REFUSALS)
def test_refused_file_leaves_nothing_behind(settings, own_store, content, name, refusal, code):
    settings.FILE_MAX_BYTES = 1_000_000
    with pytest.raises(refusal) as caught:
        store(content, name)
    assert caught.value.code == code
    assert all((caught.value.zh, caught.value.en, *caught.value.mend))
    assert not StoredFile.objects.exists()
    assert stored_objects(own_store) == []


@pytest.mark.django_db
def test_only_what_the_caller_allows_is_taken():
    with pytest.raises(FileTypeNotAllowedError) as caught:
        store(samples.docx(), "a.docx", allowed=files.SCANS)
    assert "JPG、PDF、PNG" in caught.value.zh
    assert store(samples.picture("JPEG"), "a.jpeg", allowed=files.SCANS).media_type == "image/jpeg"


class EndlessStream(io.RawIOBase):
    """Gives bytes for ever and counts how many were asked for."""

    def __init__(self) -> None:
        self.given = 0

    def read(self, size: int = -1) -> bytes:
        self.given += size
        return b"%PDF-" + bytes(size - 5)


@pytest.mark.django_db
def test_reading_stops_soon_after_the_limit(settings, own_store):
    settings.FILE_MAX_BYTES = 1_000_000
    stream = EndlessStream()
    with pytest.raises(FileTooLargeError):
        files.store_upload(content=stream, name="a.pdf", actor_id=7)
    assert stream.given < 2_000_000
    assert stored_objects(own_store) == []


@pytest.mark.django_db
def test_quarantine_closes_all_copies_and_refuses_new_ones():
    content = samples.picture()
    first, second = store(content, "a.png"), store(content, "b.png")
    assert files.quarantine_file(file=first, reason="举报：伪造") == 2
    for file in (first, second):
        with pytest.raises(FileQuarantinedError):
            files.open_file(file.pk)
    with pytest.raises(FileQuarantinedError):
        store(content, "c.png")
    assert StoredFile.objects.count() == 2
    assert files.is_intact(first)
    with pytest.raises(ValueError, match="reason"):
        files.quarantine_file(file=first, reason="")


@pytest.mark.django_db
def test_absent_row_and_lost_bytes_are_told_apart():
    with pytest.raises(NotFoundError):
        files.open_file(123456)
    file = store(samples.picture(), "a.png")
    default_storage().delete(file.digest)
    with pytest.raises(FileMissingError):
        files.open_file(file.pk)
    assert not files.is_intact(file)


@pytest.mark.django_db
def test_changed_bytes_are_noticed(own_store):
    file = store(samples.picture(), "a.png")
    path = next((own_store / "files").rglob(file.digest))
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert not files.is_intact(file)


@pytest.mark.django_db
def test_own_papers_are_stored_without_questions():
    file = files.store_made(content=samples.pdf(), name="准予许可决定书", media_type=MediaType.PDF)
    assert (file.name, file.uploaded_by_id) == ("准予许可决定书.pdf", None)
    assert files.is_intact(file)
    with pytest.raises(FileEmptyError):
        files.store_made(content=b"", name="x", media_type=MediaType.PDF)


@pytest.mark.django_db
def test_sweep_removes_what_a_rollback_left_and_nothing_else():
    kept = store(samples.picture(), "a.png")
    with pytest.raises(LookupError), transaction.atomic():
        lost = store(samples.picture("JPEG"), "b.jpg")
        raise LookupError
    assert files.sweep_unreferenced() == 0
    with calendars.freeze(calendars.now() + timedelta(days=3)):
        assert files.sweep_unreferenced() == 1
    assert default_storage().has(kept.digest)
    assert not default_storage().has(lost.digest)


@pytest.mark.django_db
def test_database_refuses_rows_that_make_no_sense():
    row = {"digest": "a" * 64, "size_bytes": 1, "media_type": "x", "name": "x", "created_at": NOON}
    for wrong in (
        {"digest": "xyz"},
        {"size_bytes": 0},
        {"status": "QUARANTINED"},
        {"reason": "left over"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            StoredFile.objects.create(**{**row, **wrong})


def test_many_writers_of_the_same_bytes_leave_one_whole_object(tmp_path):
    storage = LocalStorage(tmp_path / "store")
    content = os.urandom(300_000)
    digest = hashlib.sha256(content).hexdigest()
    sources = [tmp_path / f"source{n}" for n in range(8)]
    for source in sources:
        source.write_bytes(content)
    threads = [threading.Thread(target=storage.adopt, args=(source, digest)) for source in sources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with storage.open(digest) as stream:
        assert stream.read() == content
    assert not any(source.exists() for source in sources)


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "A" * 64, "a" * 63])
def test_only_digests_are_addresses(tmp_path, digest):
    with pytest.raises(ValueError, match="digest"):
        LocalStorage(tmp_path).open(digest)
