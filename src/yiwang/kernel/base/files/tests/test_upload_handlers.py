import io

import pytest
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory

from yiwang.kernel.base.files import facade as files
from yiwang.kernel.base.files.errors import FileTooLargeError
from yiwang.kernel.base.files.upload_handlers import RefusedUpload
from yiwang.kernel.base.http.problems import as_domain_error

LIMIT = 1_000_000


@pytest.fixture(autouse=True)
def limits(settings, tmp_path):
    settings.VAR = tmp_path
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    settings.FILE_MAX_BYTES = LIMIT
    settings.FILE_UPLOAD_HANDLERS = [
        "yiwang.kernel.base.files.upload_handlers.LimitedUploadHandler",
        "django.core.files.uploadhandler.MemoryFileUploadHandler",
        "django.core.files.uploadhandler.TemporaryFileUploadHandler",
    ]


def post(**fields):
    return RequestFactory().post("/", fields)


def upload(size: int, name: str = "a.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"x" * size)


def test_files_up_to_the_limit_arrive_whole():
    request = post(file=upload(LIMIT))
    assert request.FILES["file"].size == LIMIT
    assert request.FILES["file"].read() == b"x" * LIMIT


def test_file_beyond_the_limit_is_dropped_and_the_form_is_kept(tmp_path):
    request = post(before="陈大文", file=upload(LIMIT + 1), good=upload(10, "b.pdf"), after="阳江")
    assert (request.POST["before"], request.POST["after"]) == ("陈大文", "阳江")
    assert request.FILES["good"].read() == b"x" * 10
    refused = request.FILES["file"]
    assert isinstance(refused, RefusedUpload)
    assert (refused.name, refused.size, refused.read()) == ("a.pdf", LIMIT + 1, b"")
    request.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db
def test_dropped_file_is_refused_when_it_is_to_be_stored():
    request = post(file=upload(LIMIT + 1))
    with pytest.raises(FileTooLargeError):
        files.store_upload(content=request.FILES["file"], name="a.pdf", actor_id=1)


class CountingBody(io.BytesIO):
    """A request body that counts what is read."""

    reads = 0
    longest = 0

    def read(self, size: int = -1) -> bytes:
        piece = super().read(size)
        self.reads += len(piece)
        self.longest = max(self.longest, len(piece))
        return piece


def test_request_beyond_the_limit_is_drained_in_pieces_and_answered_413(settings):
    settings.REQUEST_MAX_BYTES = 2 * LIMIT
    body = CountingBody(b"x" * 5 * LIMIT)
    request = RequestFactory().generic("POST", "/")
    request.META["CONTENT_TYPE"] = "multipart/form-data; boundary=b"
    request.META["CONTENT_LENGTH"] = str(5 * LIMIT)
    request.content_type = "multipart/form-data"
    request._stream = body
    with pytest.raises(RequestDataTooBig) as caught:
        assert request.POST
    answer = as_domain_error(caught.value)
    assert answer is not None
    assert (answer.status, answer.code) == (413, "REQUEST_TOO_LARGE")
    assert body.reads == 5 * LIMIT
    assert body.longest <= 1024 * 1024
