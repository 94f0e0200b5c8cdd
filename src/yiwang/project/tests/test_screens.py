"""The tool that takes the pictures of the README."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings
from PIL import Image
from pytest_django.live_server_helper import LiveServer

from yiwang.kernel.ui.tests.wiring import wired
from yiwang.project import screens


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with override_settings(**wired()):
        server = LiveServer("127.0.0.1")
        try:
            yield server.url
        finally:
            server.stop()


@pytest.mark.browser
def test_pages_are_taken_at_both_sizes_and_zoomed(address: str, tmp_path: Path) -> None:
    taken = screens.main(["--out", str(tmp_path), "--base-url", address, "--zoom", "sample-verify"])
    assert taken == 0
    pictures = {}
    for path in tmp_path.iterdir():
        with Image.open(path) as picture:
            pictures[path.name] = (picture.size, len(picture.convert("RGB").getcolors(10**6) or ()))
    # The phone has two picture points for one of the page; 200 % halves the room, not the picture.
    assert {name: size for name, (size, _) in pictures.items()} == {
        "sample-verify-390.png": (780, 1688),
        "sample-verify-1440.png": (1440, 900),
        "sample-verify-zoom200.png": (1440, 900),
    }
    # Not blank: letters have many shades.
    assert min(colours for _, colours in pictures.values()) > 50


@pytest.mark.browser
def test_a_page_that_fails_is_named(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--out", str(tmp_path), "--base-url", address, "--page", "gone=/nowhere/"]
    assert screens.main(arguments) == 1
    assert capsys.readouterr().err == "screens: gone (/nowhere/): 404\n"


@pytest.mark.browser
def test_links_are_followed_to_pages_without_an_address_of_their_own(
    address: str, tmp_path: Path
) -> None:
    linked = screens.Screen("there", "/ui/sample/case/", follow=(".footer a[href*=preferences]",))
    (phone, desktop) = screens.take(address, [linked], tmp_path)
    assert (phone.name, desktop.name) == ("there-390.png", "there-1440.png")
    lost = screens.Screen("lost", "/ui/sample/verify/", follow=("a.nowhere",))
    with pytest.raises(screens.ScreenError, match=r"lost: nothing at .* to follow \(a.nowhere\)"):
        screens.take(address, [lost], tmp_path)


@pytest.mark.parametrize(
    ("extra", "words"),
    [(["no-such-page"], "no such page: no-such-page"), (["--page", "x=y"], "write NAME=/PATH")],
)
def test_wrong_arguments_are_refused(
    extra: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        screens.main(["--out", str(tmp_path), *extra])
    assert stopped.value.code == 2
    assert words in capsys.readouterr().err
