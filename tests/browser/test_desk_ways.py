"""Every other way than acting, in a real browser: by keyboard, on a phone, for everyone to read."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, OpenPage, findings, is_too_wide, press
from tests.city import City, aside
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.calendars import today
from yiwang.kernel.casework.process.models import Task, TaskAct
from yiwang.kernel.casework.worklist import facade as worklist
from yiwang.kernel.casework.worklist.models import Circulation, Delegation, InkSignature
from yiwang.services.applications.tests import desk_cast as desk

pytestmark = pytest.mark.browser


@pytest.fixture
def lin(address: str, city: City) -> Actor:
    return aside(lambda: city.official("market_supervision.receiver", "林收件"))


@pytest.fixture
def wu(address: str, city: City) -> Actor:
    return aside(lambda: city.official("market_supervision.receiver", "吴同岗"))


@pytest.fixture
def task(address: str, city: City) -> Task:
    return aside(lambda: desk.open_task(desk.food_case(city.citizen()), "receive"))


def holder(task: Task) -> int | None:
    return aside(lambda: Task.objects.get(pk=task.pk).assignee_id)


def open_menu(page: Page, words: str) -> None:
    page.locator("details.ways > summary").click()
    with page.expect_navigation():
        page.locator(".ways-list").get_by_text(words, exact=True).click()


def test_claim_and_transfer_by_keyboard(
    open_page: OpenPage, lin: Actor, wu: Actor, task: Task
) -> None:
    page = open_page(f"/desk/tasks/{task.pk}/", lin, DESKTOP)
    expect(page.locator(".holder")).to_have_text("待领")
    page.get_by_role("link", name="抢办", exact=True).focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    press(page, "抢办")
    expect(page.locator(".holder")).to_have_text("由您办理")
    assert holder(task) == lin.account_id

    menu = page.locator("details.ways")
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(menu.locator("ul")).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu.locator("ul")).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()
    open_menu(page, "转办")
    press(page, "转办")
    expect(page.locator(".notice-danger")).to_contain_text("请写明理由")

    page.fill("#id_q", "吴同岗")
    press(page, "查找")
    page.locator(f'input[name=target][value="{wu.account_id}"]').check(force=True)
    page.fill("[name=words]", "吴同岗熟悉这条街")
    press(page, "转办")
    expect(page.locator(".toasts")).to_contain_text("已转办")
    assert holder(task) == wu.account_id


def test_asked_answered_and_back(open_page: OpenPage, city: City, lin: Actor, task: Task) -> None:
    expert = aside(lambda: city.official("market_supervision.site_inspector", "谢核查"))
    page = open_page(f"/desk/tasks/{task.pk}/ways/delegate/?q=谢核查", lin, DESKTOP)
    page.locator(f'input[name=target][value="{expert.account_id}"]').check(force=True)
    page.fill("[name=words]", "这间铺面的操作间够不够大？")
    press(page, "委派")

    page = open_page(f"/desk/tasks/{task.pk}/", expert, PHONE)
    assert page.locator("form.acts").count() == 0
    assert not is_too_wide(page)
    with page.expect_navigation():
        page.get_by_role("link", name="答复交回").click()
    page.fill("[name=words]", "够，八平方米以上。")
    press(page, "答复交回")
    row = aside(lambda: Delegation.objects.get(task=task))
    assert (row.status, row.answer) == ("ANSWERED", "够，八平方米以上。")

    page = open_page(f"/desk/tasks/{task.pk}/", lin, DESKTOP)
    expect(page.locator(".pane-main")).to_contain_text("够，八平方米以上。")
    expect(page.locator("form.acts")).to_be_visible()


def test_a_signature_is_drawn_and_kept(open_page: OpenPage, lin: Actor, task: Task) -> None:
    page = open_page(f"/desk/tasks/{task.pk}/", lin, DESKTOP)
    page.locator('.act-choice input[value="accept"]').check(force=True)
    page.locator("#ink > summary").click()
    board = page.locator(".ink-board")
    board.scroll_into_view_if_needed()
    box = board.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 60, steps=5)
    page.mouse.up()
    with page.expect_navigation():
        page.locator("[data-act-submit]").click()
    signature = aside(lambda: InkSignature.objects.select_related("file").get(act__task=task))
    assert signature.file.media_type == "image/png"
    page = open_page(f"/desk/cases/{task.case_number}/", lin, DESKTOP)
    picture = page.locator(".ink-shown img")
    expect(picture).to_have_attribute("alt", "林收件的手写签名")
    assert picture.evaluate("one => one.naturalWidth") == 600


def test_many_at_once_with_a_result_for_each(
    open_page: OpenPage, city: City, lin: Actor, wu: Actor, task: Task
) -> None:
    other = aside(lambda: desk.open_task(desk.food_case(city.citizen("黄二")), "receive"))
    page = open_page(f"/desk/bulk/?step={task.title_zh}&unit={task.organization_id}", lin, DESKTOP)
    aside(lambda: worklist.claim_task(actor=wu, task_id=other.pk))
    for one in (task, other):
        page.locator(f'input[name=task][value="{one.pk}"]').check(force=True)
    page.locator('.act-choice input[value="accept"]').check(force=True)
    press(page, "批量提交")
    expect(page.locator("table")).to_contain_text("这件待办正由吴同岗办理")
    expect(page.locator("#progress [role=status]")).to_contain_text("办成 1 件，未办 1 件")
    assert aside(lambda: TaskAct.objects.filter(task=task).count()) == 1


def test_a_copy_is_confirmed(open_page: OpenPage, city: City, lin: Actor, task: Task) -> None:
    reader = aside(lambda: city.official("market_supervision.leader", "关局长"))
    aside(
        lambda: worklist.show_to(
            actor=lin, task_id=task.pk, readers=[reader.account_id], note="请知悉"
        )
    )
    page = open_page("/desk/?tab=copies", reader, DESKTOP)
    with page.expect_navigation():
        page.locator("[data-row]").first.click()
    press(page, "已阅")
    assert aside(lambda: Circulation.objects.get(task=task).read_at) is not None


@pytest.mark.parametrize(
    ("size", "display"),
    [(PHONE, ""), (DESKTOP, ""), (DESKTOP, "standard.dark")],
    ids=["phone", "desktop", "dark desktop"],
)
def test_every_one_of_these_pages_is_accessible(
    open_page: OpenPage,
    city: City,
    lin: Actor,
    wu: Actor,
    task: Task,
    size: dict[str, int],
    display: str,
) -> None:
    def prepare() -> int:
        worklist.claim_task(actor=lin, task_id=task.pk)
        worklist.urge_task(actor=wu, task_id=task.pk, words="申请人在窗口等")
        worklist.show_to(actor=lin, task_id=task.pk, readers=[wu.account_id], note="供参考")
        worklist.name_deputy(
            actor=lin,
            deputy=wu.account_id,
            from_date=today(),
            to_date=today() + timedelta(days=3),
            reason="休假",
        )
        worklist.add_phrase(actor=lin, text="材料齐全，同意受理。")
        run = worklist.begin_bulk(actor=lin, task_ids=[task.pk, 0], act="no.such.act")
        worklist.go_on_with_bulk(actor=lin, run_id=run.pk)
        return run.pk

    run_id = aside(prepare)
    for path in (
        "/desk/",
        "/desk/?tab=pool",
        "/desk/?tab=done",
        "/desk/?tab=copies",
        "/desk/?tab=delegated",
        f"/desk/tasks/{task.pk}/",
        f"/desk/tasks/{task.pk}/ways/transfer/",
        f"/desk/tasks/{task.pk}/ways/copy/",
        f"/desk/bulk/?step={task.title_zh}",
        f"/desk/bulk/{run_id}/",
        "/desk/settings/",
        f"/desk/settings/hand-over/?to={wu.account_id}",
    ):
        page = open_page(path, lin, size, display=display)
        if "ways" not in path and "/tasks/" in path:
            page.locator("details.ways > summary").click()
            page.locator("#ink > summary").click()
        assert findings(page) == {}, path
        assert not is_too_wide(page), path
