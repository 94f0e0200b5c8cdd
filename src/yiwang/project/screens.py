"""Pictures of the main pages: ``python -m yiwang.project.screens --out DIR [NAME ...]``.

The stack must be running. Each page is taken at 390x844 (phone) and 1440x900 (desktop), with
``--zoom`` also at 200 % (a desktop window whose page has half the room).
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page
from playwright.sync_api import Error as PlaywrightError

from yiwang.kernel.ui.browser import NoChromiumError, open_browser

PHONE = (390, 844)
DESKTOP = (1440, 900)


@dataclass(frozen=True, slots=True)
class Screen:
    """One page to take: its name (file name), its path, and the sample account that sees it.

    ``follow`` are links to go through from there, as CSS selectors: to the first case, for one.
    """

    name: str
    path: str
    account: str = ""
    follow: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """One size: suffix of the file, room in CSS pixels, picture pixels for each of them."""

    suffix: str
    width: int
    height: int
    scale: float = 1


PHONE_VIEW = View("390", *PHONE, scale=2)
DESKTOP_VIEW = View("1440", *DESKTOP)
ZOOMED_VIEW = View("zoom200", DESKTOP[0] // 2, DESKTOP[1] // 2, scale=2)

CITIZEN = "chenxiaoman"
# The one service whose pages are shown, as the sample citizen's own county offers it.
SERVICE = "individual_business_registration.441702000000.market_supervision"
SERVICE_NAME = "个体工商户设立登记"
# What the sample citizen answers there when the installation has no licence of theirs yet.
ANSWERS = {
    "circumstances.operator_kind": "MAINLAND",
    "circumstances.composition": "PERSONAL",
    "circumstances.place_kind": "OWNED",
    "circumstances.named": "true",
    "circumstances.later_licence": "false",
    "circumstances.by_agent": "false",
    "business_name": "阳江市江城区小满海味店",
    "scope": "水产品零售",
    "employees": "2",
    "place_address": "阳江市江城区南恩街道环城北路12号",
    "material.place_promise": "promise",
}
MOST_PAGES = 10

SCREENS: tuple[Screen, ...] = (
    Screen("home", "/", CITIZEN),
    Screen("search", "/search/?q=开店", CITIZEN),
    Screen("item", f"/items/{SERVICE}/", CITIZEN),
    Screen("wizard", f"/apply/{SERVICE}/", CITIZEN),
    Screen("case", "/cases/", CITIZEN, (f".result-title a:text-is('{SERVICE_NAME}')",)),
    Screen("licence", "/licences/", CITIZEN, (".licence-link",)),
    Screen("verify", "/licences/", CITIZEN, (".licence-link", "a[href*='/verify/']")),
    Screen("gallery", "/ui/"),
    Screen("sample-home", "/ui/sample/home/"),
    Screen("sample-item", "/ui/sample/item/"),
    Screen("sample-form", "/ui/sample/form/"),
    Screen("sample-case", "/ui/sample/case/"),
    Screen("sample-large", "/ui/sample/large/"),
    Screen("sample-desk", "/ui/sample/desk/"),
    Screen("sample-inbox", "/ui/sample/inbox/"),
    Screen("sample-verify", "/ui/sample/verify/"),
    Screen("sample-paper", "/ui/sample/paper/"),
)


class ScreenError(RuntimeError):
    """Raised when a page cannot be taken; the message names the page and the reason."""

    code = "project.screen"


def sign_in(page: Page, base_url: str, account: str, password: str, path: str) -> None:
    """Sign a sample account in through the page itself, as a person would."""
    page.goto(base_url + path, wait_until="load")
    page.locator("input[type=password]").first.fill(password)
    form = page.locator("form:has(input[type=password])").first
    form.locator("input[type=text], input[type=tel], input[type=email]").first.fill(account)
    with page.expect_navigation():
        form.locator("button[type=submit], button:not([type])").first.click()
    if page.locator("input[type=password]").count():
        raise ScreenError(f"sign-in of {account} failed at {page.url}")


def visit(page: Page, base_url: str, screen: Screen) -> None:
    """Open a page and go through its links.

    Raises ScreenError when it answers with an error, or has no such link.
    """
    answer = page.goto(base_url + screen.path, wait_until="load")
    for selector in screen.follow:
        link = page.locator(selector).first
        if not link.count():
            raise ScreenError(f"{screen.name}: nothing at {page.url} to follow ({selector})")
        with page.expect_navigation(wait_until="load") as going:
            link.click()
        answer = going.value
    if answer is None or answer.status >= 400:
        raise ScreenError(
            f"{screen.name} ({screen.path}): {answer.status if answer else 'no answer'}"
        )
    page.evaluate("document.fonts.ready")


def ensure_licence(page: Page, base_url: str) -> None:
    """Let the sample citizen apply when there is no licence to show yet, as a person would.

    Raises ScreenError when the application does not come to an end.
    """
    page.goto(f"{base_url}/licences/", wait_until="load")
    if page.locator(".licence-link").count():
        return
    page.goto(f"{base_url}/apply/{SERVICE}/", wait_until="load")
    for _page in range(MOST_PAGES):
        for name, value in ANSWERS.items():
            chosen = page.locator(f'input[name="{name}"][value="{value}"]')
            if chosen.count():
                chosen.check(force=True)
            elif (typed := page.locator(f'[name="{name}"]')).count() == 1:
                typed.fill(value)
        with page.expect_navigation(wait_until="load"):
            page.locator("#wizard-form button:not([formaction])[type=submit]").last.click()
        if "/cases/" in page.url:
            return
    raise ScreenError(f"the sample application stopped at {page.url}")


@contextmanager
def opened(browser: Browser, view: View, language: str, dark: bool) -> Iterator[BrowserContext]:
    context = browser.new_context(
        viewport={"width": view.width, "height": view.height},
        device_scale_factor=view.scale,
        locale=language,
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
    )
    try:
        yield context
    finally:
        context.close()


def take(
    base_url: str,
    screens: Sequence[Screen],
    out: Path,
    *,
    password: str = "",
    sign_in_path: str = "/sign-in/",
    zoom: bool = False,
    full_page: bool = False,
    language: str = "zh-CN",
    dark: bool = False,
) -> list[Path]:
    """Take each screen at each size into ``out`` and return the files.

    Raises ScreenError when a page answers with an error status or sign-in fails, NoChromiumError
    when there is no browser.
    """
    out.mkdir(parents=True, exist_ok=True)
    base_url = base_url.rstrip("/")
    views = [PHONE_VIEW, DESKTOP_VIEW, *([ZOOMED_VIEW] if zoom else [])]
    written: list[Path] = []
    with open_browser() as browser:
        for account in dict.fromkeys(screen.account for screen in screens):
            for view in views:
                with opened(browser, view, language, dark) as context:
                    page = context.new_page()
                    if account:
                        sign_in(page, base_url, account, password, sign_in_path)
                    if account == CITIZEN and any(one.follow for one in screens):
                        ensure_licence(page, base_url)
                    for screen in screens:
                        if screen.account != account:
                            continue
                        visit(page, base_url, screen)
                        file = out / f"{screen.name}-{view.suffix}.png"
                        page.screenshot(path=file, full_page=full_page)
                        written.append(file)
    return written


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns 0, or 1 with one line that says what is wrong."""
    names = [screen.name for screen in SCREENS]
    parser = argparse.ArgumentParser(prog="python -m yiwang.project.screens", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(names)}")
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    parser.add_argument(
        "--base-url", default=os.environ.get("YIWANG_PUBLIC_URL", "http://127.0.0.1:8000")
    )
    parser.add_argument("--page", action="append", default=[], metavar="NAME=PATH[@ACCOUNT]")
    parser.add_argument("--password", default=os.environ.get("YIWANG_SAMPLE_PASSWORD", ""))
    parser.add_argument("--sign-in-path", default="/sign-in/")
    parser.add_argument("--zoom", action="store_true", help="also at 200 %%")
    parser.add_argument("--full", action="store_true", help="whole pages, not only the first view")
    parser.add_argument("--language", default="zh-CN")
    parser.add_argument("--dark", action="store_true")
    given = parser.parse_args(arguments)
    screens = [screen for screen in SCREENS if screen.name in given.names]
    unknown = sorted(set(given.names) - set(names))
    if unknown:
        parser.error(f"no such page: {', '.join(unknown)}")
    for extra in given.page:
        name, _, rest = extra.partition("=")
        path, _, account = rest.partition("@")
        if not path.startswith("/"):
            parser.error(f"--page {extra}: write NAME=/PATH or NAME=/PATH@ACCOUNT")
        screens.append(Screen(name, path, account))
    try:
        files = take(
            given.base_url,
            screens or list(SCREENS),
            given.out,
            password=given.password,
            sign_in_path=given.sign_in_path,
            zoom=given.zoom,
            full_page=given.full,
            language=given.language,
            dark=given.dark,
        )
    except (ScreenError, NoChromiumError, PlaywrightError) as error:
        sys.stderr.write(f"screens: {error}\n")
        return 1
    sys.stdout.write("".join(f"{file}\n" for file in files))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
