"""A citizen on a phone: from the first search to a licence that anyone can verify."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, OpenPage, findings, is_too_wide, press
from tests.browser.filling import (
    ANSWERED,
    SITUATION,
    choose,
    draft_data,
    draft_of,
    ready_to_submit,
)
from tests.city import City, aside
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.casework.cases.models import Case

pytestmark = pytest.mark.browser


@pytest.mark.proves("B04", "市民在同一个门户里搜到事项、填表、签名提交，当场拿到营业执照")
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
    page.wait_for_url("**/circumstances/")
    assert findings(page) == {}
    choose(page, SITUATION)
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
    root = draft_of(citizen, city)
    page = open_page("/", citizen)
    ready_to_submit(page, root)
    page.get_by_role("button", name="签名并提交").dblclick(no_wait_after=True)
    # The second click takes the first one's answer away, which is no failure of the page.
    expect(page).to_have_url(re.compile("/cases/"))
    assert aside(lambda: Case.objects.filter(party_id=citizen.party_id).count()) == 1
    # The back button asks for the form again: it leads to the case and submits nothing twice.
    case_url = page.url
    page.goto("/me/")
    page.go_back()
    page.go_back()
    page.wait_for_url(case_url)
    page.goto(f"{root}/review/")
    page.wait_for_url(case_url)
    assert aside(lambda: Case.objects.filter(party_id=citizen.party_id).count()) == 1


def test_a_form_by_keyboard_only(open_page: OpenPage, citizen: Actor, city: City) -> None:
    root = draft_of(citizen, city, circumstances=ANSWERED)
    page = open_page(f"{root}/business/", citizen, DESKTOP)
    for _ in range(60):
        page.keyboard.press("Tab")
        name = page.evaluate("document.activeElement.name || ''")
        if name == "business_name":
            page.keyboard.type("阳江市江城区小满海味店")
        elif name == "scope" and not page.evaluate("document.activeElement.checked"):
            if page.evaluate("document.activeElement.value") == "水产品零售":
                page.keyboard.press("Space")
        elif name == "employees":
            page.keyboard.type("2")
        elif page.evaluate("document.activeElement.innerText.trim()") == "下一步":
            break
    assert page.evaluate("document.activeElement.matches(':focus-visible')")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_url("**/place/")
    answers = draft_data(root)["form"]
    assert answers["scope"] == ["水产品零售"]
    assert answers["employees"] == 2


# Pages that look different in the large-print edition, or hold much in little room.
CROWDED = ["/", "/search/", "ITEM", "DRAFT/circumstances/", "DRAFT/materials/", "/me/"]
PATHS = [
    *CROWDED,
    "/search/?life_event=START_BUSINESS&division=441781000000",
    "/search/?q=没有这样的事",
    "/departments/",
    "/places/",
    "/services/birth_registration/",
    "DRAFT/operator/",
    "DRAFT/review/",
    "/cases/",
    "/licences/",
    "/messages/",
    "/drafts/",
    "/verify/",
    "/verify/0000000000000000/",
]


@pytest.mark.parametrize(
    ("size", "options", "paths"),
    [
        (PHONE, {}, PATHS),
        (PHONE, {"display": "large.auto"}, CROWDED),
        (DESKTOP, {"locale": "en-GB", "color_scheme": "dark"}, [*CROWDED, *PATHS[-2:]]),
        ({"width": 720, "height": 450}, {"display": "large.auto", "locale": "en-GB"}, CROWDED),
    ],
    ids=["phone", "large", "desktop-dark-english", "zoomed-large-english"],
)
def test_every_page_can_be_used_by_everybody(
    open_page: OpenPage,
    citizen: Actor,
    city: City,
    size: dict[str, int],
    options: dict[str, str],
    paths: list[str],
) -> None:
    root = draft_of(citizen, city, circumstances=ANSWERED | {"composition": "FAMILY"})
    page = open_page("/healthz", citizen, size, **options)
    wrong = {}
    for path in paths:
        page.goto(
            path.replace("DRAFT", root).replace(
                "ITEM", "/items/road_occupation_temporary.441702000000.city_management/"
            )
        )
        found = findings(page)
        if is_too_wide(page):
            found["too-wide"] = []
        if found:
            wrong[path] = found
    assert wrong == {}
