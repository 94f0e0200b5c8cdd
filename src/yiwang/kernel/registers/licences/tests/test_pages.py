"""证照核验的页面: anyone asks, and reads the verdict in words, in both languages."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from yiwang.kernel.registers.licences.actions.licences import change_status
from yiwang.kernel.registers.licences.http.pages import clean_code
from yiwang.kernel.registers.licences.models import Licence
from yiwang.kernel.registers.licences.tests.factories import OFFICER, make_licence

pytestmark = pytest.mark.django_db


def words(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "typed",
    [
        "136c 1f8f 3a30 6471",
        " 136C-1F8F-3A30-6471 ",
        "http://yiwang.example/verify/136C1F8F3A306471/",
        "http://yiwang.example/verify/136C1F8F3A306471",
    ],
)
def test_a_code_is_read_however_it_is_written(typed: str) -> None:
    assert clean_code(typed) == "136C1F8F3A306471"


def test_a_code_leads_to_the_verdict(client: Client) -> None:
    code = make_licence().verification_code
    answer = client.post("/verify/", {"code": f"{code[:4]} {code[4:].lower()}"}, follow=True)
    assert answer.redirect_chain == [(f"/verify/{code}/", 302)]
    assert "真实有效" in words(answer)
    assert client.get(f"/verify/?code={code}").headers["Location"] == f"/verify/{code}/"
    english = client.get(f"/verify/{code}/", headers={"Accept-Language": "en"})
    assert "Genuine and valid" in words(english)


@pytest.mark.parametrize(
    ("status", "title"),
    [
        (Licence.Status.SUSPENDED, "已暂扣，现在无效"),
        (Licence.Status.RECALLED, "已撤回，无效"),
        (Licence.Status.ANNULLED, "已撤销，无效"),
        (Licence.Status.REVOKED, "已吊销，无效"),
        (Licence.Status.DEREGISTERED, "已注销，无效"),
        (Licence.Status.REPLACED, "已换发新证，旧证无效"),
    ],
)
def test_the_verdict_on_a_licence_that_ended_names_the_end(
    client: Client, status: str, title: str
) -> None:
    licence = make_licence()
    change_status(
        actor=OFFICER, licence=licence, status=status, reason="测试", legal_basis="行政许可法"
    )
    page = client.get(f"/verify/{licence.verification_code}/")
    assert page.context["state"] == "invalid"
    assert page.context["title"] == title
    assert "不要凭这份证照办事" in words(page)


@pytest.mark.parametrize("code", ["0000000000000000", "a/b", "%00", "长" * 300])
def test_an_unknown_code_is_asked_for_again(client: Client, code: str) -> None:
    answer = client.post("/verify/", {"code": code}, follow=True)
    assert answer.status_code in (404, 422)
    assert 'name="code"' in words(answer)


def test_nothing_given_is_said_so(client: Client) -> None:
    answer = client.post("/verify/", {"code": "  "})
    assert answer.status_code == 422
    assert "请填写核验码，或者选择证照文件。" in words(answer)


@pytest.mark.parametrize("content", [b"", b"not a pdf", b"%PDF-1.4\n%%EOF\n"])
def test_a_file_that_is_no_licence_is_not_believed(client: Client, content: bytes) -> None:
    page = client.post("/verify/", {"file": SimpleUploadedFile("licence.pdf", content)})
    assert page.status_code == 200
    assert page.context["state"] == "invalid"


def test_a_file_beyond_the_limit_is_refused_in_words(
    client: Client, settings: pytest.FixtureRequest
) -> None:
    settings.FILE_MAX_BYTES = 1000  # type: ignore[attr-defined]
    answer = client.post("/verify/", {"file": SimpleUploadedFile("a.pdf", b"%PDF" + bytes(1500))})
    assert answer.status_code == 413
    assert "文件超过 20 MB" in words(answer)


def test_programs_may_ask_whether_the_page_is_there(client: Client) -> None:
    assert client.head("/verify/").status_code == 200
    assert client.put("/verify/").status_code == 405
