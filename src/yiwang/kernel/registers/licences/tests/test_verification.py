"""Verification: whatever anybody is shown, the public page says whether it is real and holds."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from yiwang.kernel.base.calendars import today
from yiwang.kernel.base.crypto.facade import sign_record
from yiwang.kernel.base.files.facade import open_file
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.casework.papers.actions.papers import draw_paper
from yiwang.kernel.casework.papers.tests.test_papers import issue as issue_paper
from yiwang.kernel.casework.ratings.tests.factories import make_party, make_unit
from yiwang.kernel.registers.licences.actions.licences import change_status, draw_licence
from yiwang.kernel.registers.licences.models import Licence
from yiwang.kernel.registers.licences.tests.factories import OFFICER, make_licence
from yiwang.kernel.registers.licences.verification import verify_code, verify_file
from yiwang.kernel.trust.seals import facade as seals

API = "/api/v1/verify"


@pytest.fixture
def sealed(db, settings, tmp_path):
    """The unit's seals, and a store for what is drawn."""
    settings.VAR = tmp_path
    unit = make_unit()
    for kind in ("OFFICIAL", "APPROVAL"):
        seals.ensure_seal(unit_code=unit.code, unit_name=unit.name, kind=kind)


def file_of(licence):
    with open_file(draw_licence(licence).pk) as stream:
        return stream.read()


def change(licence, **columns):
    Licence.objects.filter(pk=licence.pk).update(**columns)


@pytest.mark.django_db
def test_a_valid_licence_is_said_to_be_valid_and_the_person_is_masked():
    licence = make_licence(make_party("陈大文"))
    found = verify_code(
        f" {licence.verification_code[:8].lower()}-{licence.verification_code[8:]} "
    )
    assert (found.is_valid, found.code) == (True, "VALID")
    assert "大" not in found.licence["holder"]
    assert licence.number not in found.licence["number"]
    assert found.licence["issuer"] == licence.organization.name


@pytest.mark.django_db
def test_a_business_is_named_in_full():
    shop = make_party("林伯海味店", kind=Party.Kind.INDIVIDUAL_BUSINESS)
    found = verify_code(make_licence(shop).verification_code)
    assert found.licence["holder"] == "林伯海味店"


@pytest.mark.django_db
@pytest.mark.parametrize("status", [s for s in Licence.Status.values if s != "VALID"])
def test_a_licence_that_ended_says_how(status):
    licence = make_licence()
    change(licence, status=status)
    found = verify_code(licence.verification_code)
    assert (found.is_valid, found.code) == (False, status)
    assert found.reason_zh.startswith("这份证照已")


@pytest.mark.django_db
def test_the_last_day_still_holds_and_the_next_does_not():
    licence = make_licence()
    record = dict(licence.record)
    for last, expected in ((today(), "VALID"), (today() - timedelta(days=1), "EXPIRED")):
        record["valid_to"] = last.isoformat()
        change(licence, valid_to=last, record=record, signed=sign_record(record).compact)
        assert verify_code(licence.verification_code).code == expected


@pytest.mark.django_db
@pytest.mark.parametrize(
    "columns",
    [
        {"number": "JY0"},
        {"holder_name": "别人"},
        {"valid_to": None},
        {"valid_to": "2099-01-01"},
        {"type_key": "other"},
        {"signed": "not.a.signature"},
        {"signed": ""},
    ],
)
def test_a_row_that_was_tampered_with_is_not_believed(columns):
    licence = make_licence()
    change(licence, **columns)
    found = verify_code(licence.verification_code)
    assert (found.is_valid, found.code) == (False, "RECORD_INVALID")


@pytest.mark.django_db
def test_a_record_that_was_tampered_with_is_not_believed():
    licence = make_licence()
    change(licence, record={**licence.record, "fields": {"name": "别人"}})
    assert verify_code(licence.verification_code).code == "RECORD_INVALID"


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["", "0" * 16, "\0" * 16, "é" * 16, "A" * 5000, "%", "../x"])
def test_an_unknown_code_is_unknown_whatever_it_looks_like(client, code):
    assert verify_code(code).code == "UNKNOWN"


@pytest.mark.django_db
def test_the_public_api_answers_anybody(client):
    licence = make_licence()
    answer = client.get(f"{API}/{licence.verification_code}").json()
    assert (answer["is_valid"], answer["code"]) == (True, "VALID")
    assert answer["licence"]["valid_to"] == licence.valid_to.isoformat()
    for unknown in ("0" * 16, "%00", "..%2F"):
        gone = client.get(f"{API}/{unknown}")
        assert gone.status_code in (200, 404)
    assert client.get(f"{API}/{'0' * 16}").json()["code"] == "UNKNOWN"


@pytest.mark.proves("A08", "证照原件核验有效；改一个字节、续写文件或者证照被撤销后都如实告知无效")
def test_a_file_is_believed_as_sealed_and_no_further(sealed, client):
    licence = make_licence()
    content = file_of(licence)
    found = verify_file(content)
    assert (found.is_valid, found.code) == (True, "VALID")
    assert found.signature["intact"] and found.signature["covers_whole_document"]
    # The same file to anybody over the API.
    upload = SimpleUploadedFile("x.pdf", content, "application/pdf")
    assert client.post(f"{API}/file", {"file": upload}).json()["code"] == "VALID"
    # One byte in the middle; something appended behind the seal.
    middle = len(content) // 2
    flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    for changed in (flipped, content + b"\n% more"):
        assert verify_file(changed).code == "SIGNATURE_INVALID"
    # The register knows what the file cannot.
    change_status(actor=OFFICER, licence=licence, status="ANNULLED", reason="r", legal_basis="l")
    found = verify_file(content)
    assert (found.is_valid, found.code) == (False, "ANNULLED")


def test_a_file_of_a_licence_that_the_register_does_not_have_is_not_believed(sealed):
    licence = make_licence()
    content = file_of(licence)
    change(licence, verification_code="F" * 16)
    assert verify_file(content).code == "NOT_IN_REGISTER"


def test_a_sealed_paper_is_believed_as_a_paper(sealed):
    with open_file(draw_paper(issue_paper(kind="REFUSAL")).pk) as stream:
        found = verify_file(stream.read())
    assert (found.is_valid, found.code, found.licence) == (True, "PAPER_VALID", None)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "content", [b"", b"hello", b"%PDF-1.7\n%%EOF", b"%PDF-" + bytes(range(256)) * 20]
)
def test_what_is_no_sealed_pdf_is_said_to_be_none(content):
    found = verify_file(content)
    assert (found.is_valid, found.code) == (False, "SIGNATURE_INVALID")


def test_a_licence_is_drawn_once(sealed):
    licence = make_licence()
    first = draw_licence(licence)
    stale = Licence.objects.get(pk=licence.pk)
    assert draw_licence(stale).pk == first.pk
    stale.file = None
    assert draw_licence(stale).pk == first.pk


@pytest.mark.django_db
def test_a_file_beyond_the_limit_is_refused_by_its_size(client, settings):
    settings.FILE_MAX_BYTES = 1000
    upload = SimpleUploadedFile("x.pdf", b"%PDF-" + b"0" * 5000, "application/pdf")
    refused = client.post(f"{API}/file", {"file": upload})
    assert (refused.status_code, refused.json()["code"]) == (413, "REQUEST_TOO_LARGE")


@pytest.mark.django_db
def test_the_keys_and_certificates_are_public(client):
    keys = client.get(f"{API}/keys").json()["keys"]
    assert keys and all("d" not in key for key in keys)
    assert client.get(f"{API}/authority").content.startswith(b"-----BEGIN CERTIFICATE-----")
    assert client.get(f"{API}/revoked")["Content-Type"] == "application/pkix-crl"
