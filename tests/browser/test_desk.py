"""The desk in a real browser: keys for every act, nothing lost, pages that everyone can read."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, OpenPage, findings, is_too_wide, press
from tests.city import City, aside
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.process.models import Task
from yiwang.services.applications.models import CorrectionRequest
from yiwang.services.applications.tests import desk_cast as desk

pytestmark = pytest.mark.browser

POINTS = ["平面图没有标明操作间的长和宽", "平面图没有标明洗手池的位置"]


@pytest.fixture
def receiver(address: str, city: City) -> Actor:
    return aside(lambda: city.official("market_supervision.receiver", "林收件"))


@pytest.fixture
def task(address: str, city: City) -> Task:
    return aside(lambda: desk.open_task(desk.food_case(city.citizen()), "receive"))


def keys(page: Page, *pressed: str) -> None:
    for key in pressed:
        page.keyboard.press(key)


def test_a_correction_by_keyboard_alone(open_page: OpenPage, receiver: Actor, task: Task) -> None:
    page = open_page(f"/desk/tasks/{task.pk}/", receiver, DESKTOP)
    submit = page.locator("[data-act-submit]")
    expect(submit).to_have_text("提交办理结论")

    # The key chooses the act and goes to its first line; Enter goes to the next line.
    lines = page.locator("[data-lines] textarea")
    keys(page, "2")
    expect(lines.nth(0)).to_be_focused()
    page.keyboard.type(POINTS[0])
    keys(page, "Enter")
    expect(lines.nth(1)).to_be_focused()
    page.keyboard.type(POINTS[1])
    expect(submit).to_have_text("一次性告知补正")
    assert aside(lambda: Task.objects.get(pk=task.pk).status) == Task.Status.OPEN
    with page.expect_navigation():
        submit.press("Enter")

    expect(page.locator(".toasts")).to_contain_text(f"{task.case_number}：已办理“一次性告知补正”")
    asked = aside(lambda: CorrectionRequest.objects.get(application_id=task.case_id).points)
    assert asked == POINTS


def test_keys_open_the_next_case_and_the_opinion(
    open_page: OpenPage, receiver: Actor, task: Task
) -> None:
    page = open_page("/desk/?order=due", receiver, DESKTOP)
    keys(page, "j")
    with page.expect_navigation():
        keys(page, "Enter")
    assert "/desk/tasks/" in page.url
    keys(page, "a")
    expect(page.locator("#id_opinion")).to_be_focused()
    page.keyboard.type("同意 1 2 3")
    expect(page.locator("#id_opinion")).to_have_value("同意 1 2 3")
    assert page.locator('input[name="act"]:checked').count() == 0


def test_a_list_of_points_grows_as_one_types(
    open_page: OpenPage, receiver: Actor, task: Task
) -> None:
    page = open_page(f"/desk/tasks/{task.pk}/", receiver, DESKTOP)
    page.get_by_text("一次性告知补正", exact=True).click()
    lines = page.locator("[data-lines] textarea")
    expect(lines).to_have_count(3)
    for number in range(4):
        lines.nth(number).fill(f"第 {number + 1} 条")
    expect(lines).to_have_count(5)


def test_materials_open_beside_the_case(open_page: OpenPage, receiver: Actor, task: Task) -> None:
    page = open_page(f"/desk/tasks/{task.pk}/", receiver, DESKTOP)
    frame = page.locator("iframe.viewer-frame")
    first = frame.get_attribute("src")
    picture = page.get_by_role("link", name="专间或者专用操作区平面图")
    picture.click()
    expect(picture).to_have_attribute("aria-current", "true")
    viewer = page.frame("material")
    assert viewer is not None
    viewer.wait_for_url(f"**{picture.get_attribute('href')}")
    assert first != picture.get_attribute("href")


def test_on_a_phone_materials_come_before_the_acts(
    open_page: OpenPage, receiver: Actor, task: Task
) -> None:
    page = open_page(f"/desk/tasks/{task.pk}/", receiver, PHONE)
    assert not is_too_wide(page)
    materials = page.locator("#materials").bounding_box()
    acts = page.locator("form.acts").bounding_box()
    assert materials is not None
    assert acts is not None
    assert materials["y"] < acts["y"]
    page.get_by_text("受理", exact=True).click()
    press(page, "受理")
    assert aside(lambda: Task.objects.get(pk=task.pk).act) == "accept"


@pytest.mark.parametrize(
    ("size", "display"),
    [(PHONE, ""), (DESKTOP, "standard.dark")],
    ids=["phone", "dark desktop"],
)
def test_every_page_of_the_desk_is_accessible(
    open_page: OpenPage,
    city: City,
    receiver: Actor,
    task: Task,
    size: dict[str, int],
    display: str,
) -> None:
    leader = aside(lambda: city.official("market_supervision.leader", "关局长"))
    clerk = aside(lambda: city.official("service_hall.window_clerk", "何窗口"))
    number = aside(lambda: Case.objects.get(pk=task.case_id).number)
    for path, actor in (
        ("/desk/", receiver),
        (f"/desk/tasks/{task.pk}/", receiver),
        ("/desk/cases/", receiver),
        (f"/desk/cases/{number}/", receiver),
        ("/desk/ratings/", leader),
        ("/desk/window/", clerk),
    ):
        page = open_page(path, actor, size, display=display)
        assert findings(page) == {}, path
        assert not is_too_wide(page), path
