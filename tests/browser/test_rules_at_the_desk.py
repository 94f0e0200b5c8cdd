"""Rule tables and instant approval in a real browser: by keyboard, on a phone, for everyone."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, OpenPage, findings, is_too_wide, press
from tests.city import City, aside
from yiwang.kernel.base.access.contracts import SYSTEM, Actor
from yiwang.kernel.base.identity.tests import cast
from yiwang.kernel.casework.rules.models import RuleDefinition
from yiwang.kernel.packs.actions.packs import apply_pack
from yiwang.services.applications.actions.applications import submit_application
from yiwang.services.applications.tests.applying import INSTANT, business
from yiwang.services.releases.models import InstantReview, RuleDraft

pytestmark = pytest.mark.browser

PACK = "yj.individual-business"
KEY = "individual_business_intake"
POST = "441700000000.market_supervision.leader"
EDIT = f"/desk/rules/{KEY}/draft/edit/"


@pytest.fixture
def first(address: str, city: City) -> Actor:
    return aside(lambda: cast.official("曾局长", POST))


@pytest.fixture
def second(address: str, city: City) -> Actor:
    return aside(lambda: cast.official("关副局长", POST))


@pytest.fixture
def pack_as_it_was(address: str) -> Iterator[None]:
    """Put the table of the pack in force again: other tests are decided by it."""
    yield
    aside(lambda: apply_pack(actor=SYSTEM, path=settings.PACKS_DIR / PACK))


def draft_of(actor: Actor) -> None:
    from yiwang.services.releases.actions.drafts import begin_draft

    begin_draft(actor=actor, key=KEY)


def decided_cases(city: City, count: int) -> None:
    for _ in range(count):
        citizen = city.citizen()
        submit_application(actor=citizen, submission=business(citizen))


@pytest.mark.usefixtures("pack_as_it_was")
def test_a_draft_by_keyboard_from_the_first_cell_to_the_release(
    open_page: OpenPage, city: City, first: Actor, second: Actor
) -> None:
    aside(lambda: decided_cases(city, 3))
    aside(lambda: draft_of(first))
    page = open_page(EDIT, first, DESKTOP)
    cell = page.locator('input[name="r4.w4"]')
    cell.focus()
    page.keyboard.press("Control+ArrowDown")
    expect(page.locator('input[name="r5.w4"]')).to_be_focused()
    page.keyboard.press("Control+ArrowUp")
    page.keyboard.type("> >")
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    expect(cell).to_have_attribute("aria-invalid", "true")
    cell.fill("-")
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    expect(page.locator("[aria-invalid]")).to_have_count(0)
    page.locator('input[name="r7.w0"]').focus()
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    expect(page.locator('input[name="r8.id"]')).to_be_focused()
    with page.expect_navigation():
        page.locator("#row-8").get_by_role("button", name="删除这一行").click()
    press(page, "保存并核对")
    expect(page.locator(".row-changed del")).to_have_text("false")

    other = open_page(f"/desk/rules/{KEY}/draft/compare/", second, DESKTOP)
    press(other, "开始试算")
    # The page goes on by itself until every decision was looked at.
    expect(other.locator("#replay")).to_contain_text("试算完成")
    other.reload()
    press(other, "放行，新办件按草稿决定")
    expect(other.locator(".toasts")).to_contain_text("已放行")
    current = aside(lambda: RuleDefinition.objects.get(key=KEY, is_current=True).content)
    assert current["rules"][4]["when"][4] == "-"
    assert aside(lambda: RuleDraft.objects.filter(key=KEY, status="RELEASED").count()) == 1


def seen(page: Page, name: str) -> None:
    """Keep a picture where one is asked for, for people to look at."""
    folder = os.environ.get("YIWANG_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_page_is_for_everyone(
    open_page: OpenPage,
    city: City,
    first: Actor,
    second: Actor,
    size: dict[str, int],
    language: str,
) -> None:
    aside(lambda: decided_cases(city, 1))
    aside(lambda: draft_of(first))
    aside(_draw_one)
    addresses = {
        "rules": "/desk/rules/",
        "rule": f"/desk/rules/{KEY}/",
        "edit": EDIT,
        "compare": f"/desk/rules/{KEY}/draft/compare/",
        "instant": "/desk/instant/",
        "path": f"/desk/instant/{INSTANT}/",
        "reviews": "/desk/instant/reviews/",
    }
    reviewer = aside(lambda: city.official("market_supervision.reviewer", "陆抽查"))
    for name, path in addresses.items():
        actor = reviewer if name == "reviews" else second
        page = open_page(path, actor, size, locale=language)
        if name == "compare" and page.get_by_role("button", name="开始试算").count():
            press(page, "开始试算")
            expect(page.locator("#replay")).to_contain_text("试算完成")
        seen(page, f"{name}-{size['width']}-{language}")
        assert findings(page) == {}, name
        assert not is_too_wide(page), name


def _draw_one() -> None:
    from yiwang.kernel.base.calendars import now
    from yiwang.services.applications.models import Application

    application = Application.objects.filter(is_automatic=True).latest("pk")
    case = application.case
    InstantReview.objects.get_or_create(
        case=case,
        defaults={
            "item_key": INSTANT,
            "org_path": case.org_path,
            "division_path": case.division_path,
            "draw": "0.01",
            "share": "0.05",
            "drawn_at": now(),
            "verdict": "OPEN",
        },
    )
