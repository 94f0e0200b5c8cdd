"""Preferences, session state, error pages, and the policy on every answer."""

import pytest
from django.test import Client

from yiwang.kernel.ui import site
from yiwang.kernel.ui.middleware import policy
from yiwang.kernel.ui.tests.addresses import heard


@pytest.fixture(autouse=True)
def signed_in() -> None:
    heard.person = "7"


def test_the_policy_is_on_pages_and_on_errors(client: Client) -> None:
    expected = (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; frame-ancestors 'none'; "
        "base-uri 'self'; form-action 'self'"
    )
    assert policy() == expected
    for address in ("/ui/", "/nowhere/", "/broken/"):
        assert client.get(address)["Content-Security-Policy"] == expected


def test_a_scan_may_stand_in_our_own_frame_only(client: Client) -> None:
    answer = client.get("/framed/")
    assert "frame-ancestors 'self'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert client.get("/ui/")["X-Frame-Options"] == "DENY"


def test_large_print_is_kept_and_changes_the_page(client: Client) -> None:
    answer = client.post("/ui/preferences/", {"edition": "large", "next": "/ui/"})
    assert (answer.status_code, answer["Location"]) == (302, "/ui/")
    cookie = answer.cookies[site.DISPLAY_COOKIE]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("large.auto", True, "Lax")
    page = client.get("/ui/").content.decode()
    assert 'data-edition="large"' in page
    assert "返回标准版" in page
    # A second choice leaves the first as it was.
    client.post("/ui/preferences/", {"theme": "dark"})
    assert client.cookies[site.DISPLAY_COOKIE].value == "large.dark"


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil", ""]
)
def test_preferences_lead_nowhere_else(client: Client, address: str) -> None:
    answer = client.post("/ui/preferences/", {"edition": "large", "next": address})
    assert answer["Location"] == "/"


@pytest.mark.parametrize("value", ["", "huge.pink", "large", ".dark", "large.dark.extra", "\x00"])
def test_a_spoiled_cookie_falls_back(value: str) -> None:
    shown = site.Display.parse(value)
    assert shown.edition in site.EDITIONS
    assert shown.theme in site.THEMES


def test_preferences_page_shows_what_is_chosen(client: Client) -> None:
    client.cookies[site.DISPLAY_COOKIE] = "large.light"
    page = client.get("/ui/preferences/?next=/ui/").content.decode()
    assert 'value="large" checked' in page
    assert 'value="light" checked' in page
    assert 'name="next" value="/ui/"' in page
    # Light was chosen: the dark values are not even linked.
    assert "dark.css" not in page


def test_language_is_switched_by_post(client: Client) -> None:
    client.post("/ui/language/", {"language": "en", "next": "/ui/"})
    page = client.get("/ui/").content.decode()
    assert '<html lang="en"' in page
    assert "Design language" in page
    assert "中文" in page


def test_session_says_who_without_naming_anyone(client: Client) -> None:
    here = client.get("/ui/session/")
    assert here.status_code == 200
    state = here.json()
    assert state["signed_in"] is True
    assert len(state["owner"]) == 16
    assert "no-store" in here["Cache-Control"]
    heard.person = "8"
    assert client.get("/ui/session/").json()["owner"] != state["owner"]
    heard.person = ""
    gone = client.get("/ui/session/")
    assert (gone.status_code, gone.json()["owner"], gone.json()["signed_in"]) == (401, "", False)


@pytest.mark.parametrize(
    ("address", "status", "words", "english"),
    [
        ("/nowhere/", 404, "没有找到这一页", "We could not find this page"),
        ("/broken/", 500, "系统出错了，是我们的问题", "Something went wrong on our side"),
    ],
)
def test_error_pages_say_what_why_and_what_now(
    client: Client, address: str, status: int, words: str, english: str
) -> None:
    answer = client.get(address)
    assert answer.status_code == status
    page = answer.content.decode()
    assert words in page
    assert "现在怎么办" in page
    assert f"错误 {status}" in page
    client.cookies["django_language"] = "en"
    assert english in client.get(address).content.decode()


def test_a_form_from_a_stale_page_is_refused_with_words(client: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/sent/", {"shop": "潮汐小馆"})
    assert answer.status_code == 403
    assert "页面打开太久，需要刷新" in answer.content.decode()


def test_a_flood_gets_413(client: Client, settings: object) -> None:
    from django.test import override_settings

    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=100):
        answer = client.post("/sent/", {"shop": "长" * 200})
    assert answer.status_code == 413
    assert "文件太大，没有收下" in answer.content.decode()


def test_error_pages_need_no_request_context() -> None:
    from yiwang.kernel.ui import views

    answer = views.error_page(None, 500, "题", "由", ["一", "二"])
    assert answer.status_code == 500
    assert "data-session-url" not in answer.content.decode()
