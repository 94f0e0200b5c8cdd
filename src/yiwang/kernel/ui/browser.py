"""A headless Chromium for tests and pictures. Needs the development requirements."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",
    "--hide-scrollbars",
    # What the browser draws itself (date fields) is Chinese where its language files are there:
    # on Debian, package chromium-l10n.
    "--lang=zh-CN",
)


class NoChromiumError(RuntimeError):
    """Raised when the machine has no Chromium that could be started."""

    code = "ui.no_chromium"


def find_chromium() -> str | None:
    """Return the path of the system's Chromium, or None. ``CHROMIUM`` names another one."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start the system's Chromium and close it afterwards.

    Enter and leave it between database accesses: while it is open, Playwright keeps an event loop
    in this thread and Django refuses synchronous queries. Raises NoChromiumError.
    """
    path = find_chromium()
    if path is None:
        raise NoChromiumError("no Chromium found; on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()
