"""A browser in front of the whole platform: a real server, a real sandbox, real people."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from tests.city import City, aside, city, city_database, client_of
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.http.testing import running_sandbox
from yiwang.kernel.ui.browser import open_browser

__all__ = ["city", "city_database"]

AXE = Path(settings.ROOT) / "node_modules" / "axe-core" / "axe.min.js"
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}
OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def address(city: City, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The platform on a port of its own, with its bank and its face check."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as sandbox:
        server = LiveServer("127.0.0.1")
        try:
            with override_settings(SANDBOX_URL=sandbox.url, PUBLIC_URL=server.url):
                yield server.url
        finally:
            server.stop()


@pytest.fixture(scope="module")
def browser(address: str) -> Iterator[Browser]:
    """One Chromium for the module; opened after the database was chosen, closed before it goes."""
    with open_browser() as opened:
        yield opened


@pytest.fixture
def citizen(address: str, city: City) -> Actor:
    return aside(city.citizen)


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[OpenPage]:
    """Open a page as somebody (or nobody); a refused script or style fails the test."""
    contexts = []
    refused: list[str] = []

    def opened(
        path: str, actor: Actor | None = None, size: dict[str, int] = PHONE, **options: Any
    ) -> Page:
        display = options.pop("display", "")
        context = browser.new_context(
            viewport=size,
            base_url=address,
            **{"locale": "zh-CN", "reduced_motion": "reduce", "accept_downloads": True, **options},
        )
        contexts.append(context)
        cookies = [("yiwang_display", display)] if display else []
        if actor is not None:
            client = aside(lambda: client_of(actor))
            cookies.append((settings.SESSION_COOKIE_NAME, client.cookies["sessionid"].value))
        context.add_cookies([{"name": n, "value": v, "url": address} for n, v in cookies])
        page = context.new_page()
        page.set_default_timeout(10_000)
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
    before = page.viewport_size
    assert before is not None
    # The whole page in view: the bar at the bottom of a phone covers nothing then.
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": before["width"], "height": height})
    page.evaluate(AXE.read_text(encoding="utf-8"))
    answer = page.evaluate(
        "axe.run(document, {resultTypes: ['violations'], runOnly: {type: 'tag', values:"
        " ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}})"
    )
    page.set_viewport_size(before)
    return {
        violation["id"]: [node["html"][:160] for node in violation["nodes"]]
        for violation in answer["violations"]
        if violation["impact"] in ("serious", "critical")
    }


def is_too_wide(page: Page) -> bool:
    """Tell whether something reaches beyond the window, so that one has to scroll sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def press(page: Page, words: str) -> None:
    """Press the button of a form and wait for the next page."""
    with page.expect_navigation():
        page.get_by_role("button", name=words, exact=True).last.click()
