import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.kernel.base.files.errors import (
    FileActiveContentError,
    FileBombError,
    FileBrokenError,
    FileEncryptedError,
    FileRefusedError,
)
from yiwang.kernel.base.files.rules import inspection, media_types, names
from yiwang.kernel.base.files.rules.media_types import MediaType
from yiwang.kernel.base.files.tests import samples

GOOD = {
    MediaType.PDF: samples.pdf,
    MediaType.PNG: samples.picture,
    MediaType.JPEG: lambda: samples.picture("JPEG"),
    MediaType.OFD: samples.ofd,
    MediaType.DOCX: samples.docx,
    MediaType.XLSX: samples.xlsx,
}


@pytest.mark.parametrize("kind", MediaType)
def test_good_files_are_recognised_by_content_and_pass(kind):
    stream = io.BytesIO(GOOD[kind]())
    assert media_types.detect(stream) is kind
    inspection.inspect(stream, kind)


@pytest.mark.parametrize(
    "content",
    [samples.HTML, samples.SVG, samples.EXE, samples.OLD_WORD, b"", b"hello", b"PK\x03\x04"],
)
def test_what_is_not_taken_is_not_recognised(content):
    assert media_types.detect(io.BytesIO(content)) is None


def test_zip_that_is_no_document_is_not_recognised():
    assert media_types.detect(io.BytesIO(samples.package({"a.txt": b"x"}))) is None


@pytest.mark.parametrize(
    "content",
    [
        samples.HTML,
        samples.SVG,
        samples.EXE,
        b"\xef\xbb\xbf  <HTML>",
        b"\xff\xfe" + "<script>".encode("utf-16-le"),
        b"#!/bin/sh\n",
        b"\x7fELF" + bytes(50),
        b"GIF89a<script>alert(1)</script>",
    ],
)
def test_active_content_is_seen(content):
    assert media_types.is_active(io.BytesIO(content))


def test_plain_text_is_not_active():
    assert not media_types.is_active(io.BytesIO("申请材料说明 < 5 页".encode()))


@pytest.mark.parametrize(
    ("make", "kind", "refusal"),
    [
        (lambda: samples.encrypted_pdf(), MediaType.PDF, FileEncryptedError),
        (lambda: samples.script_pdf(), MediaType.PDF, FileActiveContentError),
        (lambda: samples.launch_pdf(), MediaType.PDF, FileActiveContentError),
        (lambda: samples.pdf_with_attachment("run.exe"), MediaType.PDF, FileActiveContentError),
        (lambda: samples.bomb_pdf(150_000_000), MediaType.PDF, FileBombError),
        (lambda: samples.pdf()[:-400], MediaType.PDF, FileBrokenError),
        (lambda: b"%PDF-1.7\n", MediaType.PDF, FileBrokenError),
        (lambda: samples.picture()[:-40], MediaType.PNG, FileBrokenError),
        (lambda: samples.picture("JPEG")[:-600], MediaType.JPEG, FileBrokenError),
        (lambda: samples.png_that_claims(60_000, 60_000), MediaType.PNG, FileBombError),
        (lambda: samples.png_that_claims(9_000, 9_000), MediaType.PNG, FileBombError),
        (
            lambda: samples.docx(**{"word/vbaProject.bin": b"x"}),
            MediaType.DOCX,
            FileActiveContentError,
        ),
        (
            lambda: samples.docx(**{"word/activeX/a.xml": b"x"}),
            MediaType.DOCX,
            FileActiveContentError,
        ),
        (
            lambda: samples.docx(**{"META-INF/MANIFEST.MF": b"x"}),
            MediaType.DOCX,
            FileActiveContentError,
        ),
        (
            lambda: samples.docx(**{"word/media/a.bmp": bytes(210 * 2**20)}),
            MediaType.DOCX,
            FileBombError,
        ),
        (
            lambda: samples.docx(**{f"a{n}": b"" for n in range(5001)}),
            MediaType.DOCX,
            FileBombError,
        ),
        (lambda: samples.ofd()[:-30], MediaType.OFD, FileBrokenError),
    ],
)
def test_bad_files_are_refused_for_what_is_wrong_with_them(make, kind, refusal):
    with pytest.raises(refusal):
        inspection.inspect(io.BytesIO(make()), kind)


def test_damaged_part_of_a_package_is_noticed():
    content = bytearray(samples.docx(**{"word/media/a.png": samples.picture()}))
    middle = content.index(b"word/media/a.png") + 2000
    content[middle] ^= 0xFF
    with pytest.raises(FileBrokenError):
        inspection.inspect(io.BytesIO(bytes(content)), MediaType.DOCX)


def test_password_on_a_package_is_noticed():
    content = bytearray(samples.docx())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        position = content.index(mark)
        content[position + offset] |= 1
    with pytest.raises(FileEncryptedError):
        inspection.inspect(io.BytesIO(bytes(content)), MediaType.DOCX)


def test_invoice_data_may_be_attached():
    content = samples.pdf_with_attachment("发票.XML")
    inspection.inspect(io.BytesIO(content), MediaType.PDF)


@settings(deadline=None)
@given(st.sampled_from(list(MediaType)), st.data())
def test_damage_anywhere_passes_or_is_refused_but_never_crashes(kind, data):
    content = bytearray(GOOD[kind]())
    for _ in range(data.draw(st.integers(1, 6))):
        position = data.draw(st.integers(0, len(content) - 1))
        content[position] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(1, len(content))) :]
    stream = io.BytesIO(bytes(content))
    found = media_types.detect(stream)
    if found is None:
        assert media_types.describe(stream)
        return
    try:
        inspection.inspect(stream, found)
    except FileRefusedError as error:
        assert error.code.startswith("FILE_")


@pytest.mark.parametrize(
    ("given_name", "kind", "kept"),
    [
        ("营业执照.pdf", MediaType.PDF, "营业执照.pdf"),
        ("C:\\fakepath\\身份证 正面.JPG", MediaType.JPEG, "身份证 正面.jpg"),
        ("../../etc/passwd", MediaType.PNG, "passwd.png"),
        ("执照.2024", MediaType.PDF, "执照.2024.pdf"),
        ("", MediaType.PDF, "文件.pdf"),
        (".pdf", MediaType.PDF, "文件.pdf"),
        ("...", MediaType.PNG, "文件.png"),
        ("a\u202efdp.exe.pdf", MediaType.PDF, "afdp.exe.pdf"),
        ("a\r\nSet-Cookie: x.pdf", MediaType.PDF, "aSet-Cookie x.pdf"),
        ("图" * 300 + ".pdf", MediaType.PDF, "图" * 116 + ".pdf"),
    ],
)
def test_names_are_cleaned(given_name, kind, kept):
    assert names.clean_name(given_name, kind) == kept


@given(st.text(max_size=200), st.sampled_from(list(MediaType)))
def test_any_name_becomes_one_that_is_safe_and_stays_so(name, kind):
    kept = names.clean_name(name, kind)
    assert 0 < len(kept) <= names.MAX_LENGTH
    assert kept.endswith(kind.extensions)
    assert not set(kept) & set('/\\\r\n\0<>"')
    assert names.clean_name(kept, kind) == kept
