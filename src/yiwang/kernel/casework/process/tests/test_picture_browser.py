"""The chart in a real browser: nothing that axe objects to, and the list alone on a phone."""

from typing import Any

import pytest
from django.template.loader import render_to_string

from yiwang.kernel.casework.process.actions import tasks
from yiwang.kernel.casework.process.picture.shown import show_picture
from yiwang.kernel.casework.process.tests.factories import END, begin, official, open_task, task
from yiwang.kernel.casework.process.tests.test_bpmn import ROOT
from yiwang.kernel.ui.browser import open_browser

pytestmark = pytest.mark.browser

AXE = ROOT / "node_modules/axe-core/axe.min.js"
SHEETS = ROOT / "src/yiwang/kernel/ui/static/ui/css"
OWN = ROOT / "src/yiwang/kernel/casework/process/static/process/picture.css"
# The heading of the page is the case's; this is a part of that page.
LOOK = "() => axe.run({ rules: { 'page-has-heading-one': { enabled: false } } })"
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture
def body(db: None, kind: Any, notes: Any) -> str:
    """What the case page shows of a case on its way, opened."""
    case = begin(
        {
            "receive": task("decide", title_zh="收件与受理", title_en="Receive"),
            "decide": task("receive", "done", title_zh="作出决定", title_en="Decide"),
            "done": END | {"title_zh": "办结", "title_en": "Done"},
        }
    )
    tasks.act_on_task(actor=official("张科"), task_id=open_task(case).pk, act="to_0")
    shown = render_to_string("process/picture.html", {"picture": show_picture(case)})
    return shown.replace("<details", "<details open")


def test_the_chart_is_accessible_and_a_phone_shows_the_list(body: str) -> None:
    page_text = f'<!doctype html><html lang="zh-CN"><title>办件</title><main>{body}</main></html>'
    with open_browser() as browser:
        page = browser.new_page(viewport=WIDE)
        page.set_content(page_text)
        for name in ("tokens", "base", "components", "utilities"):
            page.add_style_tag(path=SHEETS / f"{name}.css")
        page.add_style_tag(path=OWN)
        page.add_script_tag(path=AXE)
        assert page.locator(".process-picture").is_visible()
        # The list is there for those who listen, out of sight for those who look.
        assert page.locator(".process-path").bounding_box()["width"] <= 1
        found = page.evaluate(LOOK)
        page.set_viewport_size(PHONE)
        assert not page.locator(".process-picture").is_visible()
        assert page.locator(".process-path").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        on_phone = page.evaluate(LOOK)
    assert [one["id"] for one in [*found["violations"], *on_phone["violations"]]] == []
