"""Serving papers, extending a limit and the numbers of limits in a real browser, for everyone."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, OpenPage, findings, is_too_wide, press
from tests.city import City, aside
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.identity.tests import cast
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.papers.models import Paper
from yiwang.services.applications.models import Application
from yiwang.services.applications.tests import desk_cast as desk

pytestmark = pytest.mark.browser


def seen(page: Page, name: str) -> None:
    """Keep a picture where one is asked for, for people to look at."""
    folder = os.environ.get("YIWANG_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def declined(citizen: Actor, officer: Actor) -> Paper:
    case = desk.food_case(citizen)
    Application.objects.filter(pk=case.pk).update(delivery="POST")
    desk.act(officer, desk.open_task(case, "receive"), "decline", "不在本区")
    return Paper.objects.select_related("case").get(case=case)


def accepted(citizen: Actor, officer: Actor) -> Case:
    case = desk.food_case(citizen)
    desk.act(officer, desk.open_task(case, "receive"), "accept")
    return case


@pytest.fixture
def officer(address: str, city: City) -> Actor:
    return aside(desk.receiver)


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_page_is_for_everyone(
    open_page: OpenPage, city: City, officer: Actor, size: dict[str, int], language: str
) -> None:
    citizen = aside(cast.citizen)
    paper = aside(lambda: declined(citizen, officer))
    case = aside(lambda: accepted(citizen, officer))
    addresses = {
        "unserved": "/desk/papers/",
        "serve": f"/desk/cases/{paper.case.number}/papers/{paper.pk}/serve/",
        "extend": f"/desk/cases/{case.number}/extend/",
        "limits": "/desk/limits/",
        "papers": f"/desk/cases/{paper.case.number}/",
    }
    for name, path in addresses.items():
        page = open_page(path, officer, size, locale=language)
        seen(page, f"{name}-{size['width']}-{language}")
        assert findings(page) == {}, name
        assert not is_too_wide(page), name


def test_only_the_proof_of_the_chosen_way_is_asked_for(
    open_page: OpenPage, city: City, officer: Actor
) -> None:
    citizen = aside(cast.citizen)
    paper = aside(lambda: declined(citizen, officer))
    page = open_page(f"/desk/cases/{paper.case.number}/papers/{paper.pk}/serve/", officer, DESKTOP)
    expect(page.get_by_label("签收人")).to_be_visible()
    expect(page.get_by_label("邮件号")).to_be_hidden()
    page.get_by_label("邮寄送达").check()
    page.get_by_label("快递公司").fill("邮政EMS")
    page.get_by_label("邮件号").fill("EA123456789CN")
    press(page, "登记送达")
    expect(page.locator("body")).to_contain_text("登记邮寄结果")
    assert aside(lambda: paper.services.get().state) == "ON_THE_WAY"
