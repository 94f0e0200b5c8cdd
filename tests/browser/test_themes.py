"""A theme on a phone: one wizard, one whole with its parts; and the desk's view of it."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, OpenPage, findings, is_too_wide, press
from tests.browser.filling import choose
from tests.city import City, aside
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.casework.cases.models import Case
from yiwang.services.themes.models import ThemePart

pytestmark = pytest.mark.browser

SITUATION = {
    "cremated": "YES",
    "insured": "true",
    "medical": "false",
    "fund": "true",
}


@pytest.mark.proves("B59", "市民在“一件事”板块选一件事，填一张表提交，一页看到每个部门办到哪了")
def test_from_the_list_of_themes_to_the_whole_with_its_parts(
    open_page: OpenPage, citizen: Actor, city: City
) -> None:
    page = open_page("/themes/", citizen)
    assert findings(page) == {}
    page.locator("a[href='/themes/life_end/']").first.click()
    page.wait_for_url("**/themes/life_end/")
    assert findings(page) == {}
    assert not is_too_wide(page)
    page.select_option("[name=division]", "441702000000")
    press(page, "开始办理")
    page.wait_for_url("**/circumstances/")
    assert findings(page) == {}
    choose(page, SITUATION)
    press(page, "下一步")
    page.fill("[name=deceased_name]", "陈水生")
    page.fill("[name=deceased_id_no]", "441702194803121212")
    page.fill("[name=died_on]", "2026-10-08")
    page.check("input[name=relation][value=CHILD]", force=True)
    assert findings(page) == {}
    press(page, "下一步")
    expect(page.locator(".fact").first).to_contain_text("陈小满")
    page.fill("[name=bank_account]", "6228480088123456789")
    press(page, "下一步")
    page.check("input[value=promise]", force=True)
    assert findings(page) == {}
    press(page, "下一步")
    expect(page.get_by_text("陈水生")).to_be_visible()
    assert findings(page) == {}
    press(page, "签名并提交")
    page.wait_for_url("**/wholes/**")

    expect(page.locator(".state-sentence")).to_have_text("4 件事同时在办。")
    expect(page.locator("#part-fund")).to_contain_text("等前面的事办成")
    assert findings(page) == {}
    assert not is_too_wide(page)
    number = re.search(r"/wholes/(\d+)/", page.url)[1]  # type: ignore[index]

    english = open_page(f"/wholes/{number}/", citizen, DESKTOP, locale="en")
    assert findings(english) == {}
    assert not is_too_wide(english)

    police = aside(lambda: city.official("household_police.reviewer"))
    part = aside(lambda: ThemePart.objects.get(key="household", case__parent__number=number))
    own = aside(lambda: Case.objects.get(pk=part.case_id).number)
    desk = open_page(f"/desk/wholes/{number}/", police, DESKTOP)
    assert findings(desk) == {}
    assert desk.locator(f"a[href='/desk/cases/{own}/']").count() == 1
    desk.goto(f"/desk/cases/{own}/")
    expect(desk.get_by_text(number)).to_be_visible()
    packages = open_page("/desk/crossing/", police, DESKTOP)
    assert findings(packages) == {}
