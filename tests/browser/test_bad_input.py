"""What goes wrong in front of a screen: a clear answer each time, and nothing typed is lost."""

import uuid
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, findings, press
from tests.browser.filling import ANSWERED, choose, draft_data, draft_of
from tests.city import City, aside
from yiwang.kernel.base.access.contracts import SYSTEM, Actor
from yiwang.kernel.base.identity.models import Account
from yiwang.kernel.base.identity.tests.cast import PASSWORD
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.registers.licences.actions.licences import change_status
from yiwang.kernel.registers.licences.models import Licence
from yiwang.services.applications.actions.applications import (
    Submission,
    Supplied,
    submit_application,
)

pytestmark = pytest.mark.browser

SHOP = "阳江市江城区小满海味店"


def test_a_wrong_check_digit_is_named_and_everything_else_stays(
    open_page: OpenPage, citizen: Actor, city: City
) -> None:
    answers = {"time": "BEFORE", "applicant_is": "MOTHER", "alone": False, "residence": "GUANGDONG"}
    root = draft_of(
        citizen,
        city,
        "birth_registration",
        "441702001000",
        circumstances=answers | {"other_parent_kind": "MAINLAND"},
    )
    page = open_page(f"{root}/parents/", citizen)
    page.fill("[name=other_name]", "李小明")
    page.fill("[name=other_id_no]", "441781199001011238")
    press(page, "下一步")
    link = page.locator(".summary a").first
    expect(link).to_contain_text("身份证号码")
    expect(page.locator("[name=other_name]")).to_have_value("李小明")
    expect(page.locator("[name=other_id_no]")).to_have_value("441781199001011238")
    assert findings(page) == {}
    link.click()
    expect(page.locator("[name=other_id_no]")).to_be_focused()


def test_a_question_appears_with_the_answer_that_brings_it_up(
    open_page: OpenPage, citizen: Actor, city: City
) -> None:
    root = draft_of(citizen, city, "birth_registration", "441702001000")
    page = open_page(f"{root}/circumstances/", citizen)
    question = page.locator('[data-field="circumstances.other_parent_kind"]')
    expect(question).to_be_hidden()
    choose(page, {"alone": "false"})
    expect(question).to_be_visible()
    choose(page, {"alone": "true"})
    expect(question).to_be_hidden()
    choose(page, {"residence": "NEITHER"})
    expect(page.get_by_text("请向户籍所在地或者居住地的乡镇（街道）办理生育登记。")).to_be_visible()


def test_files_that_are_not_taken(
    open_page: OpenPage, citizen: Actor, city: City, tmp_path: Path
) -> None:
    root = draft_of(
        citizen, city, circumstances=ANSWERED | {"operator_kind": "HK_MO_TW", "named": False}
    )
    program = tmp_path / "permit.pdf"
    program.write_bytes(b"MZ\x90\x00" + bytes(2000))
    huge = tmp_path / "huge.pdf"
    with huge.open("wb") as stream:
        stream.write(b"%PDF-1.4\n")
        stream.truncate(200 * 1024 * 1024)
    page = open_page(f"{root}/materials/", citizen)
    page.check("input[value=promise]", force=True)
    page.set_input_files("input[type=file]", program)
    failed = page.locator(".file-failed .file-state")
    expect(failed).to_contain_text("后缀")
    page.get_by_role("button", name="移除").click()
    page.set_input_files("input[type=file]", huge)
    expect(failed).to_contain_text("20 MB")
    assert findings(page) == {}
    press(page, "下一步")
    expect(page.locator(".summary")).to_contain_text("缺少材料")
    expect(page.locator("input[value=promise]")).to_be_checked()


def test_without_scripts_files_travel_with_the_form(
    open_page: OpenPage, citizen: Actor, city: City, tmp_path: Path
) -> None:
    root = draft_of(
        citizen, city, circumstances=ANSWERED | {"operator_kind": "HK_MO_TW", "named": False}
    )
    program, huge = tmp_path / "permit.pdf", tmp_path / "huge.pdf"
    program.write_bytes(b"MZ\x90\x00" + bytes(2000))
    with huge.open("wb") as stream:
        stream.write(b"%PDF-1.4\n")
        stream.truncate(200 * 1024 * 1024)
    page = open_page(f"{root}/materials/", citizen, java_script_enabled=False)
    page.check("input[value=promise]")
    page.set_input_files("input[type=file]", program)
    press(page, "下一步")
    expect(page.locator(".summary")).to_contain_text("后缀")
    expect(page.locator("input[value=promise]")).to_be_checked()
    page.set_input_files("input[type=file]", huge)
    press(page, "下一步")
    expect(page.locator("h1")).to_contain_text("太大")
    page.goto(f"{root}/materials/")
    expect(page.locator("input[value=promise]")).to_be_checked()


def test_two_windows_lose_nothing(open_page: OpenPage, citizen: Actor, city: City) -> None:
    root = draft_of(citizen, city, circumstances=ANSWERED)
    first = open_page(f"{root}/business/", citizen)
    second = open_page(f"{root}/business/", citizen)
    first.fill("[name=business_name]", SHOP)
    first.fill("[name=employees]", "3")
    expect(first.locator("[data-saved][data-state=saved]")).to_be_visible()
    first.wait_for_timeout(1200)
    second.fill("[name=business_name]", "阳江市江城区大满海味店")
    press(second, "下一步")
    expect(second.locator(".notice-warn")).to_contain_text("您在另一个窗口也填了这一页")
    expect(second.locator("[name=business_name]")).to_have_value("阳江市江城区大满海味店")
    expect(second.locator("#id_business_name-hint")).to_contain_text(SHOP)
    # The other window's answer to a question that this one did not touch is simply there.
    expect(second.locator("[name=employees]")).to_have_value("3")
    assert findings(second) == {}
    second.check("input[name=scope] >> nth=3", force=True)
    press(second, "下一步")
    second.wait_for_url("**/place/")
    assert draft_data(root)["form"]["business_name"] == "阳江市江城区大满海味店"


def test_a_session_that_ends_in_the_middle_keeps_the_page(
    open_page: OpenPage, citizen: Actor, city: City
) -> None:
    root = draft_of(citizen, city, circumstances=ANSWERED)
    page = open_page(f"{root}/business/", citizen)
    _end_sessions(citizen)
    page.fill("[name=business_name]", SHOP)
    page.fill("[name=employees]", "2")
    page.check("input[name=scope] >> nth=3", force=True)
    page.get_by_role("button", name="下一步").click()
    dialog = page.locator("#session-expired")
    expect(dialog).to_be_visible()
    assert findings(page) == {}
    with page.context.expect_page() as opened:
        dialog.get_by_role("link", name="重新登录").click()
    _sign_in(opened.value, citizen)
    with page.expect_navigation():
        dialog.get_by_role("button", name="我已登录，继续提交").click()
    page.wait_for_url("**/place/")
    assert draft_data(root)["form"]["business_name"] == SHOP


def test_without_scripts_what_was_typed_returns_after_sign_in(
    open_page: OpenPage, citizen: Actor, city: City
) -> None:
    root = draft_of(citizen, city, circumstances=ANSWERED)
    page = open_page(f"{root}/business/", citizen, java_script_enabled=False)
    _end_sessions(citizen)
    page.fill("[name=business_name]", SHOP)
    press(page, "下一步")
    _sign_in(page, citizen)
    page.wait_for_url("**/business/")
    expect(page.locator("[name=business_name]")).to_have_value(SHOP)
    expect(page.get_by_text("您登录以前填的内容已经找回")).to_be_visible()


def test_a_licence_that_ended_after_it_was_chosen(
    open_page: OpenPage, citizen: Actor, city: City
) -> None:
    licence_id = aside(lambda: _licence_of(citizen, city))
    root = draft_of(
        citizen,
        city,
        "food_licence_new",
        materials={"business_licence": {"source": "LICENCE", "licence_id": licence_id}},
    )
    aside(lambda: _annul(licence_id))
    page = open_page(f"{root}/materials/", citizen)
    expect(page.locator(".material-rejected")).to_contain_text("不能用了")
    press(page, "下一步")
    expect(page.locator(".summary")).to_contain_text("现在不能用了")
    assert findings(page) == {}
    page.goto(f"{root}/review/")
    press(page, "签名并提交")
    expect(page.locator(".notice-danger a", has_text="现在不能用了")).to_be_visible()


def _licence_of(citizen: Actor, city: City) -> int:
    """Register a business for the citizen and return its licence."""
    submit_application(
        actor=citizen,
        submission=Submission(
            city.item("individual_business_registration").code,
            uuid.uuid4(),
            citizen.party_id or 0,
            circumstances=ANSWERED | {"named": False},
            form_data={
                "operator_name": citizen.name,
                "operator_phone": "13827600001",
                "operator_address": "阳江市江城区南恩街道环城北路12号",
                "operator_id_no": Party.objects.get(pk=citizen.party_id or 0).citizen_id_no,
                "scope": ["水产品零售"],
                "employees": 1,
                "place_address": "阳江市江城区南恩街道环城北路12号",
            },
            materials={"place_promise": Supplied("PROMISE")},
            checks={"real_name": True, "face": True},
        ),
    )
    return Licence.objects.get(owner_id=citizen.party_id).pk


def _annul(licence_id: int) -> None:
    change_status(
        actor=SYSTEM,
        licence=Licence.objects.get(pk=licence_id),
        status=Licence.Status.ANNULLED,
        reason="以欺骗手段取得",
        legal_basis="行政许可法 第六十九条",
    )


def _end_sessions(citizen: Actor) -> None:
    aside(lambda: Session.objects.all().delete())


def _sign_in(page: Page, citizen: Actor) -> None:
    name = aside(lambda: Account.objects.get(pk=citizen.account_id).username)
    page.fill("[name=username]", name)
    page.fill("[name=password]", PASSWORD)
    press(page, "登录")
