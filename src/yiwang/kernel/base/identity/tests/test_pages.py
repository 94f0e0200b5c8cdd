"""The pages as a browser walks them, with its cookies and tokens."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from yiwang.kernel.base import calendars
from yiwang.kernel.base.audit.models import AuditEntry
from yiwang.kernel.base.http.testing import assert_query_count
from yiwang.kernel.base.identity import codes, second_factor
from yiwang.kernel.base.identity.models import Account, SignedInSession
from yiwang.kernel.base.identity.tests import cast
from yiwang.kernel.base.parties import facade as parties
from yiwang.kernel.base.parties.models import Representation

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("yiwang.kernel.base.identity.tests.urls"),
]

NOON = datetime(2026, 5, 6, 12, tzinfo=calendars.LOCAL_ZONE)
PHONE = "13800138000"


@pytest.fixture(autouse=True)
def clock() -> Iterator[calendars.FrozenTime]:
    with calendars.freeze(NOON) as frozen:
        yield frozen


@pytest.fixture(autouse=True)
def _plain_site(settings: Any) -> None:
    """Neutral surroundings: what the project puts around a page is not counted here."""
    settings.UI_SITE = ""


@pytest.fixture
def outbox() -> Iterator[list[str]]:
    sent: list[str] = []
    before = list(codes._senders)
    codes.register_sender(lambda phone, code: sent.append(code))
    yield sent
    codes._senders[:] = before


class Browser:
    """A client that checks tokens and sends the one of the page it is on."""

    def __init__(self) -> None:
        self.client = Client(enforce_csrf_checks=True, REMOTE_ADDR="10.1.1.1")

    def get(self, path: str) -> Any:
        self.page = self.client.get(path)
        return self.page

    def send(self, path: str, **fields: str) -> Any:
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.page.content.decode())
        assert token, "the page has no form"
        self.page = self.client.post(path, {**fields, "csrfmiddlewaretoken": token[1]})
        return self.page

    def sign_in(self, account: Account, **fields: str) -> Any:
        self.get("/sign-in/")
        return self.send("/sign-in/", username=account.username, password=cast.PASSWORD, **fields)

    @property
    def text(self) -> str:
        return self.page.content.decode()

    @property
    def session_key(self) -> str | None:
        return self.client.session.session_key


@pytest.fixture
def browser() -> Browser:
    return Browser()


def test_signing_in_changes_the_session_key_and_keeps_what_was_there(browser: Browser) -> None:
    account = cast.account_of(cast.citizen())
    session = browser.client.session
    session["draft"] = "kept"
    session.save()
    browser.client.cookies["sessionid"] = session.session_key

    answer = browser.sign_in(account, next="/me/security/")

    assert (answer.status_code, answer["Location"]) == (302, "/me/security/")
    assert browser.session_key != session.session_key
    assert browser.client.session["draft"] == "kept"
    assert not Session.objects.filter(pk=session.session_key).exists()
    assert SignedInSession.objects.get(account=account).session_key == browser.session_key
    assert AuditEntry.objects.filter(
        action="identity.sign_in", account_id=account.pk, address="10.1.1.1"
    ).exists()


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "\\\\evil.example"],
)
def test_nobody_is_sent_to_another_site(browser: Browser, elsewhere: str) -> None:
    answer = browser.sign_in(cast.account_of(cast.citizen()), next=elsewhere)

    assert answer["Location"] == "/"


def test_officials_come_to_their_desk(browser: Browser) -> None:
    account = cast.account_of(cast.official("何窗口"))
    browser.get("/sign-in/?way=official")
    assert "公务人员登录" in browser.text

    answer = browser.send(
        "/sign-in/", way="official", username=account.username, password=cast.PASSWORD
    )

    assert answer["Location"] == "/desk/"


def test_a_wrong_password_keeps_the_name_and_not_the_password(browser: Browser) -> None:
    browser.get("/sign-in/")
    answer = browser.send("/sign-in/", username="chen<ming>", password="my-wrong-secret")

    assert answer.status_code == 422
    assert "账号或密码不对" in browser.text
    assert "chen&lt;ming&gt;" in browser.text
    assert "my-wrong-secret" not in browser.text
    assert "no-store" in answer["Cache-Control"]


def test_too_many_tries_say_when_to_come_back(browser: Browser) -> None:
    account = cast.account_of(cast.citizen())
    browser.get("/sign-in/")
    for _each in range(5):
        browser.send("/sign-in/", username=account.username, password="wrong-password")
    answer = browser.send("/sign-in/", username=account.username, password=cast.PASSWORD)

    assert (answer.status_code, answer["Retry-After"]) == (429, "900")
    assert "12:15" in browser.text


def test_without_the_pages_token_nothing_happens(browser: Browser) -> None:
    account = cast.account_of(cast.citizen())

    answer = browser.client.post(
        "/sign-in/", {"username": account.username, "password": cast.PASSWORD}
    )

    assert answer.status_code == 403
    assert not SignedInSession.objects.exists()


def test_a_code_by_text_message_opens_an_account_that_must_prove_its_name(
    browser: Browser, outbox: list[str]
) -> None:
    browser.get("/sign-in/?way=code&next=/me/acting/")
    browser.send("/sign-in/", way="code", phone=PHONE, send="1", next="/me/acting/")
    assert browser.page.status_code == 200 and "短信验证码" in browser.text

    wrong = browser.send("/sign-in/", way="code", phone=PHONE, code="000000"[: 6 - 1])
    assert wrong.status_code == 422 and 'name="code"' in browser.text

    answer = browser.send("/sign-in/", way="code", phone=PHONE, code=outbox[0], next="/me/acting/")
    assert answer["Location"] == "/me/acting/"
    assert browser.get("/me/acting/")["Location"] == "/me/real-name/?next=%2Fme%2Facting%2F"
    assert browser.get("/me/real-name/?next=/me/acting/").status_code == 200


def test_a_wrong_number_on_the_name_page_keeps_what_was_typed(
    browser: Browser, outbox: list[str]
) -> None:
    browser.get("/sign-in/?way=code")
    browser.send("/sign-in/", way="code", phone=PHONE, send="1")
    browser.send("/sign-in/", way="code", phone=PHONE, code=outbox[0])
    browser.get("/me/real-name/")

    answer = browser.send("/me/real-name/", name="欧阳敏", citizen_id_no="441702199002280001")

    assert answer.status_code == 422
    assert "校验码不对" in browser.text
    assert 'value="欧阳敏"' in browser.text
    assert 'value="441702199002280001"' in browser.text


def test_the_name_page_cannot_be_used_to_guess(browser: Browser, outbox: list[str]) -> None:
    browser.get("/sign-in/?way=code")
    browser.send("/sign-in/", way="code", phone=PHONE, send="1")
    browser.send("/sign-in/", way="code", phone=PHONE, code=outbox[0])
    browser.get("/me/real-name/")
    for _each in range(5):
        browser.send("/me/real-name/", name="欧阳敏", citizen_id_no="441702199002280001")

    answer = browser.send("/me/real-name/", name="欧阳敏", citizen_id_no="441702199002280001")
    assert answer.status_code == 429


def test_an_authenticator_is_set_up_and_raises_the_session(
    browser: Browser, clock: calendars.FrozenTime
) -> None:
    account = cast.account_of(cast.citizen())
    browser.sign_in(account)
    browser.get("/me/security/authenticator/")
    secret = browser.client.session["identity.new_totp_secret"]
    picture = browser.client.get("/me/security/authenticator/qr.svg")
    assert picture["Content-Type"] == "image/svg+xml" and b"<svg" in picture.content

    assert browser.send("/me/security/authenticator/", code="000000").status_code == 422
    code = second_factor.code_at(secret, second_factor.present_counter())
    answer = browser.send("/me/security/authenticator/", code=code)
    assert answer["Location"] == "/me/security/"
    assert browser.client.get("/me/security/authenticator/qr.svg").status_code == 404

    before = browser.session_key
    clock.advance(timedelta(seconds=30))
    browser.get("/step-up/?next=/me/security/")
    code = second_factor.code_at(secret, second_factor.present_counter())
    answer = browser.send("/step-up/", code=code, next="/me/security/")
    assert answer["Location"] == "/me/security/"
    assert browser.session_key != before
    assert SignedInSession.objects.get(account=account).session_key == browser.session_key
    assert browser.client.get("/api/identity/me").json()["assurance_level"] == 3
    browser.get("/step-up/")
    assert browser.send("/step-up/", code=code).status_code == 422, "a code counts once"


def test_a_stolen_session_cannot_add_a_factor_of_its_own(
    browser: Browser, clock: calendars.FrozenTime
) -> None:
    browser.sign_in(cast.account_of(cast.citizen()))
    clock.advance(timedelta(minutes=11))

    answer = browser.get("/me/security/authenticator/")

    assert answer["Location"] == "/sign-in/?again=1&next=/me/security/authenticator/"
    browser.get(answer["Location"])
    assert "重新登录" in browser.text


def test_devices_are_listed_and_ended(browser: Browser) -> None:
    account = cast.account_of(cast.citizen())
    other, third = Browser(), Browser()
    for each in (other, third, browser):
        each.sign_in(account)
    browser.get("/me/security/")
    assert "本机" in browser.text

    ended = SignedInSession.objects.get(session_key=other.session_key)
    browser.send("/me/security/sessions/", session=str(ended.pk))
    assert other.get("/me/security/").status_code == 302
    browser.get("/me/security/")
    browser.send("/me/security/sessions/", session="others")
    assert third.get("/me/security/").status_code == 302
    assert browser.get("/me/security/").status_code == 200
    assert SignedInSession.objects.filter(account=account).count() == 1


@pytest.mark.parametrize("asked", ["0", "-1", "x", "9" * 30, ""])
def test_another_accounts_session_is_as_absent_as_none(browser: Browser, asked: str) -> None:
    stranger = Browser()
    stranger.sign_in(cast.account_of(cast.citizen("吴路人")))
    browser.sign_in(cast.account_of(cast.citizen()))
    browser.get("/me/security/")
    foreign = SignedInSession.objects.get(session_key=stranger.session_key).pk

    for session in (asked, str(foreign)):
        browser.get("/me/security/")
        assert browser.send("/me/security/sessions/", session=session).status_code == 404
    assert stranger.get("/me/security/").status_code == 200


def test_a_new_password_ends_the_other_sessions(browser: Browser) -> None:
    account = cast.account_of(cast.citizen())
    other = Browser()
    other.sign_in(account)
    browser.sign_in(account)
    browser.get("/me/security/password/")

    wrong = browser.send(
        "/me/security/password/", present="not-this-one", password="a-new-and-long-one"
    )
    assert wrong.status_code == 422 and "现在的密码不对" in browser.text
    weak = browser.send("/me/security/password/", present=cast.PASSWORD, password="short")
    assert weak.status_code == 422
    done = browser.send(
        "/me/security/password/", present=cast.PASSWORD, password="a-new-and-long-one"
    )

    assert done["Location"] == "/me/security/"
    assert browser.get("/me/security/").status_code == 200
    assert other.get("/me/security/").status_code == 302
    account.refresh_from_db()
    assert account.check_password("a-new-and-long-one")


def test_signing_out_ends_the_session_for_good(browser: Browser) -> None:
    account = cast.account_of(cast.citizen())
    browser.sign_in(account)
    key = browser.session_key
    browser.get("/me/security/")

    browser.send("/sign-out/")

    assert not Session.objects.filter(pk=key).exists()
    assert not SignedInSession.objects.filter(account=account).exists()
    assert browser.client.get("/sign-out/").status_code == 405


def test_one_chooses_for_whom_to_act_and_both_are_recorded(browser: Browser) -> None:
    me = cast.citizen("陈小明")
    shop = cast.business(cast.party_of(me), "小明粥铺")
    stranger = cast.person("吴路人")
    browser.sign_in(cast.account_of(me))
    browser.get("/me/acting/")
    assert "小明粥铺" in browser.text

    refused = browser.send("/me/acting/", party=str(stranger.pk))
    assert refused.status_code == 404
    browser.get("/me/acting/")
    browser.send("/me/acting/", party=str(shop.pk))

    who = browser.client.get("/api/identity/me").json()
    assert (who["party_id"], who["acting_for_id"]) == (me.party_id, shop.pk)
    assert AuditEntry.objects.filter(
        action="identity.act_for", account_id=me.account_id, object_id=shop.pk
    ).exists()


def test_an_authority_is_given_and_taken_back_on_the_page(browser: Browser) -> None:
    mother, son = cast.citizen("陈阿母"), cast.party_of(cast.citizen("陈阿子"))
    browser.sign_in(cast.account_of(mother))
    browser.get("/me/authorisations/")
    form = {
        "principal": str(mother.party_id),
        "agent_name": "陈阿子",
        "agent_citizen_id_no": son.citizen_id_no,
    }

    bad = browser.send("/me/authorisations/", **form, valid_to="2026-13-01")
    assert bad.status_code == 422
    assert 'value="陈阿子"' in browser.text and "不是有效的日期" in browser.text
    browser.send("/me/authorisations/", **form, valid_to="2026-12-31")

    given = Representation.objects.get(agent=son)
    assert (given.principal_id, given.valid_to) == (mother.party_id, date(2026, 12, 31))
    browser.get("/me/authorisations/")
    assert "陈*子" in browser.text
    assert son.citizen_id_no not in browser.text
    browser.send(f"/me/authorisations/{given.pk}/revoke/")
    assert not parties.may_act_for(son.pk, mother.party_id)


def test_nobody_gives_an_authority_for_a_stranger(browser: Browser) -> None:
    stranger, son = cast.person("吴路人"), cast.party_of(cast.citizen("陈阿子"))
    browser.sign_in(cast.account_of(cast.citizen("陈阿母")))
    browser.get("/me/authorisations/")

    answer = browser.send(
        "/me/authorisations/",
        principal=str(stranger.pk),
        agent_name=son.name,
        agent_citizen_id_no=son.citizen_id_no,
    )

    assert answer.status_code == 404
    assert not Representation.objects.exists()


@pytest.mark.parametrize("size", [1, 12])
def test_own_pages_cost_the_same_with_more_on_them(browser: Browser, size: int) -> None:
    me = cast.citizen("陈小明")
    account = cast.account_of(me)
    own = cast.party_of(me)
    for _each in range(size):
        cast.business(own)
        Browser().sign_in(account)
        friend = cast.party_of(cast.citizen("林友"))
        parties.authorise_representative(
            principal=own,
            agent_name=friend.name,
            agent_citizen_id_no=friend.citizen_id_no,
            valid_from=NOON.date(),
            actor=me,
        )
    browser.sign_in(account)

    for path in ("/me/security/", "/me/acting/", "/me/authorisations/"):
        with assert_query_count(path):
            assert browser.get(path).status_code == 200


def test_programs_sign_in_and_out(browser: Browser) -> None:
    account = cast.account_of(cast.citizen("陈小明"))
    client = Client(enforce_csrf_checks=True)

    assert client.get("/api/identity/me").status_code == 401
    wrong = client.post(
        "/api/identity/sign-in",
        {"username": account.username, "password": "wrong-password"},
        content_type="application/json",
    )
    assert (wrong.status_code, wrong.json()["code"]) == (422, "SIGN_IN_REFUSED")
    who = client.post(
        "/api/identity/sign-in",
        {"username": account.username, "password": cast.PASSWORD},
        content_type="application/json",
    ).json()
    assert (who["name"], who["assurance_level"]) == ("陈小明", 2)
    assert client.get("/api/identity/me").json()["account_id"] == account.pk
    assert client.post("/api/identity/sign-out").status_code == 403
    done = client.post("/api/identity/sign-out", headers={"X-CSRFToken": who["csrf_token"]})
    assert done.status_code == 204
    assert client.get("/api/identity/me").status_code == 401
