"""A citizen on a phone: from the first search to a licence that anyone can verify."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import OpenPage, findings, is_too_wide, press
from tests.city import City, aside

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.casework.cases.models import Case
from yiwang.services.applications.wizard import begin

pytestmark = pytest.mark.browser

BUSINESS = "individual_business_registration"
SITUATION = {
    "operator_kind": "MAINLAND",
    "composition": "PERSONAL",
    "place_kind": "OWNED",
    "named": "true",
    "later_licence": "false",
    "by_agent": "false",
}


@pytest.fixture
def citizen(address: str, city: City) -> Actor:
    return aside(city.citizen)


def choose(page: Page, answers: dict[str, str]) -> None:
    for key, value in answers.items():
        page.check(f'input[name="circumstances.{key}"][value="{value}"]', force=True)


def draft_of(citizen: Actor, city: City, key: str = BUSINESS) -> str:
    """Begin an application and return the address of its first page without the page's key."""
    offer = city.item(key)
    draft = begin(citizen, offer, citizen.party_id or 0)
    return f"/drafts/{draft.client_id}"


def ready_to_submit(page: Page, root: str) -> None:
    """Answer everything for a business under the person's own name."""
    page.goto(f"{root}/circumstances/")
    choose(page, SITUATION | {"named": "false"})
    press(page, "下一步")
    press(page, "下一步")
    page.check("input[name=scope] >> nth=3", force=True)
    page.fill("[name=employees]", "2")
    press(page, "下一步")
    page.fill("[name=place_address]", "阳江市江城区南恩街道环城北路12号")
    press(page, "下一步")
    page.check("input[value=promise]", force=True)
    press(page, "下一步")


@pytest.mark.proves("A01", "市民在手机上找到事项、填表、提交，当场拿到营业执照")
@pytest.mark.proves("A08", "证照可以下载，任何人凭核验码或文件都能核验，改动一个字节就不能通过")
def test_from_search_to_a_verified_licence(
    open_page: OpenPage, citizen: Actor, tmp_path: Path
) -> None:
    page = open_page("/", citizen)
    assert findings(page) == {}
    page.fill("#home-search", "个体户")
    live = page.locator(".search-results a").first
    expect(live).to_contain_text("个体工商户设立登记")
    live.click()
    page.wait_for_url("**/items/**")
    assert findings(page) == {}
    page.click(".start-bar a")
    for answers in (SITUATION,):
        page.wait_for_url("**/circumstances/")
        assert findings(page) == {}
        choose(page, answers)
        press(page, "下一步")
    expect(page.locator(".fact").first).to_contain_text("陈小满")
    press(page, "下一步")
    page.fill("[name=business_name]", "阳江市江城区小满海味店")
    page.check("input[name=scope] >> nth=3", force=True)
    page.fill("[name=employees]", "2")
    assert findings(page) == {}
    press(page, "下一步")
    page.fill("[name=place_address]", "阳江市江城区南恩街道环城北路12号")
    press(page, "下一步")
    page.check("input[value=promise]", force=True)
    assert findings(page) == {}
    press(page, "下一步")
    expect(page.get_by_text("阳江市江城区小满海味店")).to_be_visible()
    assert findings(page) == {}
    press(page, "签名并提交")
    page.wait_for_url("**/cases/**")
    expect(page.locator(".state-sentence")).to_have_text("已办好，准予。")
    assert findings(page) == {}
    assert not is_too_wide(page)

    page.get_by_role("link", name="出示和用证记录").click()
    page.wait_for_url("**/licences/**")
    assert findings(page) == {}
    code = page.locator(".code-line").inner_text().split("码")[-1]
    sealed = page.request.get(page.get_by_role("link", name="下载盖章的 PDF").get_attribute("href"))
    assert sealed.headers["content-type"] == "application/pdf"
    file = tmp_path / "licence.pdf"
    file.write_bytes(sealed.body())

    stranger = open_page("/verify/")
    assert findings(stranger) == {}
    stranger.fill("[name=code]", code)
    press(stranger, "核验")
    expect(stranger.locator(".verdict-valid h1")).to_have_text("真实有效")
    assert findings(stranger) == {}
    stranger.goto("/verify/")
    stranger.set_input_files("input[type=file]", file)
    press(stranger, "上传核验")
    expect(stranger.locator(".verdict-valid h1")).to_have_text("真实有效")

    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(bytes(data))
    stranger.goto("/verify/")
    stranger.set_input_files("input[type=file]", file)
    press(stranger, "上传核验")
    expect(stranger.locator(".verdict-invalid h1")).to_have_text("文件不可信")
    assert findings(stranger) == {}


def test_a_double_click_makes_one_case(open_page: OpenPage, citizen: Actor, city: City) -> None:
    root = aside(lambda: draft_of(citizen, city))
    page = open_page("/", citizen)
    ready_to_submit(page, root)
    page.get_by_role("button", name="签名并提交").dblclick(no_wait_after=True)
    page.wait_for_url("**/cases/**")
    assert aside(lambda: Case.objects.filter(party_id=citizen.party_id).count()) == 1
    # The back button comes to the form again: it leads to the case and submits nothing twice.
    page.goto(f"{root}/review/")
    page.wait_for_url("**/cases/**")
    assert aside(lambda: Case.objects.filter(party_id=citizen.party_id).count()) == 1
