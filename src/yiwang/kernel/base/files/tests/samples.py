"""Files made on the spot for the tests: good ones and every kind of bad one."""

import io
import random
import struct
import zipfile
import zlib

from PIL import Image
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer

HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
EXE = b"MZ\x90\x00" + bytes(200)
OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def picture(form: str = "PNG", size: tuple[int, int] = (64, 48)) -> bytes:
    buffer = io.BytesIO()
    # The same noise every time: the tests compare digests and damage bytes by position.
    noise = random.Random(7).randbytes(size[0] * size[1] * 3)
    Image.frombytes("RGB", size, noise).save(buffer, form)
    return buffer.getvalue()


def pdf() -> bytes:
    return picture("PDF")


def encrypted_pdf() -> bytes:
    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(pdf()), strict=False))
    writer.encrypt(owner_pass="secret", user_pass="secret")
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def pdf_with(key: str, value: generic.PdfObject) -> bytes:
    """Add an entry to the catalogue of a PDF whose objects lie in compressed object streams."""
    source = PdfFileReader(io.BytesIO(pdf()), strict=False)
    writer = copy_into_new_writer(source, writer_kwargs={"stream_xrefs": True})
    stream = writer.prepare_object_stream()
    writer.root[pdf_name(key)] = writer.add_object(value, obj_stream=stream)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def script_pdf() -> bytes:
    action = {pdf_name("/S"): pdf_name("/JavaScript"), pdf_name("/JS"): pdf_string("app.alert(1)")}
    return pdf_with("/OpenAction", generic.DictionaryObject(action))


def launch_pdf() -> bytes:
    action = {pdf_name("/S"): pdf_name("/Launch"), pdf_name("/F"): pdf_string("cmd.exe")}
    return pdf_with("/OpenAction", generic.DictionaryObject(action))


def pdf_with_attachment(name: str) -> bytes:
    attachment = {
        pdf_name("/Type"): pdf_name("/Filespec"),
        pdf_name("/UF"): pdf_string(name),
        pdf_name("/EF"): generic.DictionaryObject(),
    }
    return pdf_with("/AF", generic.ArrayObject([generic.DictionaryObject(attachment)]))


def bomb_pdf(unpacked_bytes: int) -> bytes:
    """A PDF whose catalogue lies in an object stream that unpacks to far more than its size."""
    packed = zlib.compress(b"1 0 <<" + b" " * unpacked_bytes + b">>", 9)
    head = b"%PDF-1.5\n"
    stream = (
        b"2 0 obj\n<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n" % len(packed)
        + packed
        + b"\nendstream\nendobj\n"
    )
    start = len(head) + len(stream)
    rows = (
        struct.pack(">BIH", 0, 0, 65535)
        + struct.pack(">BIH", 2, 2, 0)
        + struct.pack(">BIH", 1, len(head), 0)
        + struct.pack(">BIH", 1, start, 0)
    )
    table = (
        b"3 0 obj\n<</Type/XRef/Size 4/W[1 4 2]/Root 1 0 R/Length %d>>stream\n" % len(rows)
        + rows
        + b"\nendstream\nendobj\n"
    )
    return head + stream + table + b"startxref\n%d\n%%%%EOF\n" % start


def package(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def docx(**more: bytes) -> bytes:
    return package({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>", **more})


def xlsx() -> bytes:
    return package({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"})


def ofd() -> bytes:
    return package({"OFD.xml": b"<ofd:OFD/>", "Doc_0/Document.xml": b"<ofd:Document/>"})


def png_that_claims(width: int, height: int) -> bytes:
    """A tiny PNG whose header claims a size that would fill the memory when drawn."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )
