"""In a real browser: accessibility in every mode, nothing cut off, and the small scripts."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from yiwang.kernel.ui.browser import open_browser
from yiwang.kernel.ui.gallery import SAMPLES
from yiwang.kernel.ui.tests.addresses import heard
from yiwang.kernel.ui.tests.wiring import wired

pytestmark = pytest.mark.browser

AXE = Path(settings.ROOT) / "node_modules" / "axe-core" / "axe.min.js"
PHONE = {"width": 390, "height": 844}
SMALL_PHONE = {"width": 360, "height": 640}
DESKTOP = {"width": 1440, "height": 900}
# Language, density, edition and theme, each at least once on a phone and once on a desktop.
MODES = [
    ("", PHONE),
    ("", DESKTOP),
    ("?density=desk&theme=dark", DESKTOP),
    ("?density=desk&lang=en", PHONE),
    ("?edition=large", PHONE),
    ("?edition=large&lang=en", DESKTOP),
    ("?theme=dark&lang=en", PHONE),
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The site, served for real; these pages need no database, so none is set up."""
    with override_settings(**wired()):
        server = LiveServer("127.0.0.1")
        try:
            yield server.url
        finally:
            server.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Open a page of the site in a fresh profile; a refused script or style fails the test."""
    heard.__init__()  # type: ignore[misc]
    contexts = []
    refused: list[str] = []

    def opened(path: str, size: dict[str, int] = DESKTOP, **options: Any) -> Page:
        options = {"locale": "zh-CN", "reduced_motion": "reduce", **options}
        context = browser.new_context(viewport=size, base_url=address, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(8000)
        page.on("pageerror", lambda error: refused.append(str(error)))
        page.on(
            "console",
            lambda line: "Content Security Policy" in line.text and refused.append(line.text),
        )
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert refused == []


def findings(page: Page) -> dict[str, list[str]]:
    """Return what axe finds serious or critical: rule -> the elements."""
    # The whole page in view: the bar at the bottom of a phone covers nothing then.
    page.set_viewport_size(
        {
            "width": page.viewport_size["width"],
            "height": page.evaluate("document.documentElement.scrollHeight"),
        }
    )
    page.evaluate(AXE.read_text(encoding="utf-8"))
    answer = page.evaluate(
        "axe.run(document, {resultTypes: ['violations'], runOnly: {type: 'tag', values:"
        " ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}})"
    )
    return {
        violation["id"]: [node["html"][:160] for node in violation["nodes"]]
        for violation in answer["violations"]
        if violation["impact"] in ("serious", "critical")
    }


def test_axe_finds_what_is_wrong(open_page: Callable[..., Page]) -> None:
    page = open_page("/form/", PHONE)
    page.evaluate("document.querySelector('label[for=id_shop]').remove()")
    assert list(findings(page)) == ["label"]


@pytest.mark.parametrize(("mode", "size"), MODES)
def test_the_gallery_has_no_serious_finding(
    open_page: Callable[..., Page], mode: str, size: dict[str, int]
) -> None:
    assert findings(open_page(f"/ui/{mode}", size)) == {}


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_whole_pages_have_no_serious_finding(open_page: Callable[..., Page], name: str) -> None:
    assert findings(open_page(f"/ui/sample/{name}/", PHONE)) == {}
    assert findings(open_page(f"/ui/sample/{name}/?lang=en&theme=dark", DESKTOP)) == {}


def test_error_and_preference_pages_have_no_serious_finding(
    open_page: Callable[..., Page],
) -> None:
    for path in ("/nowhere/", "/ui/preferences/", "/form/"):
        assert findings(open_page(path, PHONE)) == {}


@pytest.mark.parametrize("edition", ["standard", "large"])
@pytest.mark.parametrize("name", ["", *sorted(SAMPLES)])
def test_nothing_is_cut_off_on_a_small_phone(
    open_page: Callable[..., Page], name: str, edition: str
) -> None:
    path = f"/ui/sample/{name}/" if name else "/ui/"
    page = open_page(f"{path}?edition={edition}", SMALL_PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALL_PHONE["width"]


def too_small(page: Page, least: int) -> list[str]:
    """Return controls lower than ``least`` pixels; links inside sentences are exempt."""
    found: list[str] = page.evaluate(
        """(least) => [...document.querySelectorAll(
            '.button, .control, .choice, .grade, .pill, .check, .masthead-link, .thumbbar a,'
            + ' .nav-item, .tabs a, .disclosure > summary, .plain-button, .tile, .row')]
          .filter((element) => element.checkVisibility() && !element.closest('.desk-bar'))
          .map((element) => [element, element.getBoundingClientRect().height])
          .filter(([element, height]) => height < least - 0.5)
          .map(([element, height]) => `${height} ${element.outerHTML.slice(0, 90)}`)""",
        least,
    )
    return found


@pytest.mark.parametrize(("mode", "least"), [("", 44), ("?edition=large", 56)])
def test_targets_are_large_enough_to_hit(
    open_page: Callable[..., Page], mode: str, least: int
) -> None:
    page = open_page("/ui/", PHONE)
    for name in ("home", "item", "form", "case"):
        page.goto(f"/ui/sample/{name}/{mode}")
        assert too_small(page, least) == []


def test_large_print_really_changes_size_and_spacing(open_page: Callable[..., Page]) -> None:
    def measures(path: str) -> tuple[str, float, float]:
        page = open_page(path)
        return tuple(  # type: ignore[return-value]
            page.evaluate(
                """() => [getComputedStyle(document.body).fontSize,
                   parseFloat(getComputedStyle(document.body).lineHeight)
                     / parseFloat(getComputedStyle(document.body).fontSize),
                   document.querySelector('.form .control').getBoundingClientRect().height]"""
            )
        )

    assert measures("/ui/sample/form/") == ("17px", pytest.approx(1.75, abs=0.01), 44)
    assert measures("/ui/sample/form/?edition=large") == ("22px", pytest.approx(1.8, abs=0.01), 56)


def test_the_first_tab_stop_leads_to_the_content(open_page: Callable[..., Page]) -> None:
    page = open_page("/ui/sample/home/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_page_works_without_scripts(open_page: Callable[..., Page]) -> None:
    page = open_page("/form/", java_script_enabled=False)
    # A question that a rule would hide is there: the server sorts it out.
    expect(page.get_by_label("招牌长度")).to_be_visible()
    page.get_by_label("店名").fill("潮汐小馆")
    page.get_by_role("button", name="提交申请").click()
    expect(page.get_by_role("heading", name="收到")).to_be_visible()
    assert heard.sent[0]["shop"] == ["潮汐小馆"]


def test_questions_appear_when_their_rule_holds(open_page: Callable[..., Page]) -> None:
    page = open_page("/form/")
    length = page.get_by_label("招牌长度")
    expect(length).to_be_hidden()
    page.get_by_label("有", exact=True).check()
    expect(length).to_be_visible()
    length.fill("3.5")
    page.get_by_label("没有").check()
    expect(length).to_be_hidden()
    page.get_by_role("button", name="提交申请").click()
    expect(page.get_by_role("heading", name="收到")).to_be_visible()
    assert "length" not in heard.sent[0]


def test_typing_is_saved_by_itself(open_page: Callable[..., Page]) -> None:
    page = open_page("/form/")
    page.get_by_label("店名").fill("潮汐小馆")
    expect(page.locator("[data-saved]")).to_have_attribute("data-state", "saved")
    assert heard.saved == [{"changed": ["shop"], "shop": ["潮汐小馆"]}]
    assert page.evaluate("Object.keys(localStorage)") == []


def test_nothing_is_lost_while_the_network_is_away(open_page: Callable[..., Page]) -> None:
    page = open_page("/form/")
    page.route("**/autosave/", lambda route: route.abort("internetdisconnected"))
    page.get_by_label("店名").fill("潮汐小馆")
    page.get_by_label("身份证号码").fill("44170019900101123X")
    state = page.locator("[data-saved]")
    expect(state).to_have_attribute("data-state", "offline")
    expect(state).to_contain_text("网络断开")
    kept = page.evaluate("JSON.stringify(Object.values(localStorage))")
    assert "潮汐小馆" in kept
    # An identity number never stays in a browser.
    assert "44170019900101123X" not in kept
    page.reload()
    expect(page.get_by_label("店名")).to_have_value("潮汐小馆")
    page.unroute("**/autosave/")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(state).to_have_attribute("data-state", "saved")
    assert heard.saved[-1]["shop"] == ["潮汐小馆"]
    assert page.evaluate("Object.keys(localStorage)") == []


def test_a_draft_is_not_shown_to_another_person(open_page: Callable[..., Page]) -> None:
    page = open_page("/form/")
    page.route("**/autosave/", lambda route: route.abort("internetdisconnected"))
    page.get_by_label("店名").fill("潮汐小馆")
    expect(page.locator("[data-saved]")).to_have_attribute("data-state", "offline")
    heard.person = "8"
    page.goto("/form/")
    expect(page.get_by_label("店名")).to_have_value("")
    assert page.evaluate("Object.keys(localStorage)") == []


def test_a_server_that_fails_is_asked_again(open_page: Callable[..., Page]) -> None:
    heard.autosave_status = 500
    page = open_page("/form/")
    page.get_by_label("店名").fill("潮汐小馆")
    expect(page.locator("[data-saved]")).to_have_attribute("data-state", "failed")
    heard.autosave_status = 204
    page.get_by_label("店名").fill("潮汐小馆二店")
    expect(page.locator("[data-saved]")).to_have_attribute("data-state", "saved")
    assert heard.saved[-1]["shop"] == ["潮汐小馆二店"]


def test_an_expired_session_keeps_the_form_and_goes_on(open_page: Callable[..., Page]) -> None:
    page = open_page("/form/")
    page.get_by_label("店名").fill("潮汐小馆")
    heard.person = ""
    page.get_by_role("button", name="提交申请").click()
    dialog = page.get_by_role("dialog", name="登录已过期")
    expect(dialog).to_be_visible()
    assert findings(page) == {}
    resume = dialog.get_by_role("button", name="我已登录，继续提交")
    resume.click()
    expect(dialog.get_by_text("还没有登录成功")).to_be_visible()
    # Someone else's sign-in must not send this person's form.
    heard.person = "8"
    resume.click()
    expect(dialog.get_by_text("登录的不是同一个人")).to_be_visible()
    assert heard.sent == []
    heard.person = "7"
    resume.click()
    expect(page.get_by_role("heading", name="收到")).to_be_visible()
    assert len(heard.sent) == 1
    assert heard.sent[0]["shop"] == ["潮汐小馆"]


def test_a_second_click_does_not_send_again(open_page: Callable[..., Page]) -> None:
    heard.patience_seconds = 1.5
    page = open_page("/form/")
    # An impatient hand: clicks and presses Enter again and again while the server thinks. It acts
    # inside the page, because Playwright itself waits for a page that is being left.
    page.evaluate(
        """() => {
          const button = document.querySelector('form[data-guard] button:not([type="button"])');
          let turns = 0;
          const again = setInterval(() => {
            const busy = button.getAttribute('aria-busy');
            if (busy) sessionStorage.setItem('seen', `${busy} ${button.innerText.trim()}`);
            button.click();
            button.form.requestSubmit();
            if (++turns > 12) clearInterval(again);
          }, 60);
        }"""
    )
    expect(page.get_by_role("heading", name="收到")).to_be_visible()
    page.wait_for_timeout(1600)
    assert len(heard.sent) == 1
    assert page.evaluate("sessionStorage.getItem('seen')") == "true 正在提交…"


def test_files_are_checked_before_and_reported_after(
    open_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = open_page("/form/")
    chosen = {
        "lease.pdf": b"pdf",
        "bad.pdf": b"pdf",
        "huge.pdf": b"x" * 4096,
        "virus.exe": b"x",
    }
    for name, content in chosen.items():
        (tmp_path / name).write_bytes(content)
        page.locator("#id_lease").set_input_files(tmp_path / name)
        expect(page.locator(".file", has_text=name)).to_be_visible()
    expect(page.locator(".file", has_text="lease.pdf")).to_contain_text("已上传")
    expect(page.locator(".file", has_text="bad.pdf")).to_contain_text("这个文件打不开，请换一个。")
    expect(page.locator(".file", has_text="huge.pdf")).to_contain_text("文件超过 2.0 KB")
    expect(page.locator(".file", has_text="virus.exe")).to_contain_text("不能用这种文件")
    assert heard.uploads == ["lease.pdf"]
    page.get_by_role("button", name="提交申请").click()
    expect(page.get_by_role("heading", name="收到")).to_be_visible()
    assert heard.sent[0]["lease_ids"] == ["f1"]


def test_search_answers_while_typing(open_page: Callable[..., Page]) -> None:
    page = open_page("/form/")
    box = page.get_by_label("搜索事项")
    box.press_sequentially("食品", delay=20)
    results = page.locator("#live-results a")
    expect(results).to_have_count(2)
    # One question for one pause, not one for each letter.
    assert heard.searches == ["食品"]
    box.press("ArrowDown")
    expect(results.first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(box).to_be_focused()
    page.keyboard.press("Escape")
    expect(results).to_have_count(0)


def test_a_number_is_copied(open_page: Callable[..., Page]) -> None:
    page = open_page("/form/", permissions=["clipboard-read", "clipboard-write"])
    button = page.locator("[data-copy]")
    button.click()
    expect(button).to_have_text("已复制")
    assert page.evaluate("navigator.clipboard.readText()") == "20261123"
    expect(button).to_have_text("复制")


def test_the_desk_is_worked_by_keys(open_page: Callable[..., Page]) -> None:
    page = open_page("/ui/sample/desk/")
    rows = page.locator("[data-row]")
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("a")
    opinion = page.get_by_label("办理意见")
    expect(opinion).to_be_focused()
    # While typing, letters are letters.
    page.keyboard.type("jk?")
    expect(opinion).to_have_value("jk?")
    page.get_by_role("button", name="经现场核查，符合条件。").click()
    expect(opinion).to_have_value("jk?\n经现场核查，符合条件。")
    page.locator("main h1").click()
    page.keyboard.press("?")
    help_dialog = page.get_by_role("dialog", name="键盘快捷键")
    expect(help_dialog).to_be_visible()
    expect(help_dialog).to_contain_text("要求补正")
    help_dialog.get_by_label("启用单键快捷键").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(opinion).not_to_be_focused()


def test_dialogs_hold_the_focus_and_give_it_back(open_page: Callable[..., Page]) -> None:
    page = open_page("/ui/sample/case/")
    opener = page.get_by_role("button", name="撤回申请").first
    opener.focus()
    page.keyboard.press("Space")
    dialog = page.get_by_role("dialog", name="撤回这次申请？")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()


def test_the_page_prints_without_its_frame(open_page: Callable[..., Page]) -> None:
    page = open_page("/ui/sample/paper/")
    page.emulate_media(media="print")
    expect(page.locator(".masthead")).to_be_hidden()
    expect(page.locator(".footer")).to_be_hidden()
    expect(page.locator(".paper")).to_be_visible()
