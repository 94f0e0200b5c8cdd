"""The gallery and README.md show every component; templates keep the page's policy."""

import inspect
import re
from pathlib import Path

import pytest
from django.test import Client

from yiwang.kernel.ui import gallery

UI = Path(gallery.__file__).parent
README = (UI / "README.md").read_text(encoding="utf-8")
TEMPLATES = sorted((UI / "templates").rglob("*.html"))
# What only the frames use; every page of the gallery stands in a frame.
OF_FRAMES = {"html_attributes", "dark_media", "page_token", "preferences_bar"}
SHOWN = {name for _, _, names in gallery.SECTIONS for name in names}


def sources() -> str:
    return "".join(
        path.read_text(encoding="utf-8") for path in TEMPLATES if path.parent.name == "gallery"
    )


@pytest.mark.parametrize("name", sorted(set(gallery.tag_functions()) - OF_FRAMES))
def test_every_tag_is_shown_in_the_gallery(name: str) -> None:
    assert name in {tag for tag, _, _ in gallery.used_tags(sources())}


@pytest.mark.parametrize("name", sorted(gallery.tag_functions()))
def test_readme_lists_every_tag_with_its_parameters(name: str) -> None:
    line = re.search(rf"^- `{{% {name}( [^\n]*)? %}}[^\n]*$", README, re.MULTILINE)
    assert line is not None
    function = gallery.tag_functions()[name]
    expected = {
        parameter.name
        for parameter in inspect.signature(function).parameters.values()
        if parameter.name not in ("context", "content")
    }
    written = line[0].split("%}")[0].split("{%")[1]
    assert set(re.findall(r"(?:^| )\*{0,2}([a-z_]+)(?==| |$)", written)) - {name} == expected - {
        name
    }
    assert inspect.getdoc(function)


def test_examples_and_their_files_are_the_same_set() -> None:
    files = {path.stem for path in TEMPLATES if path.parent.name == "gallery"}
    assert files == SHOWN


def test_samples_and_their_files_are_the_same_set() -> None:
    files = {path.stem for path in TEMPLATES if path.parent.name == "samples"}
    assert files - {"desk_navigation"} == set(gallery.SAMPLES)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(UI)))
def test_templates_have_no_inline_style_or_script(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle\s*=|\son[a-z]+\s*=|hx-on|javascript:", source)
    assert not re.search(r"<style|<script(?![^>]*\bsrc=)", source)


def test_the_gallery_renders_in_every_mode(client: Client) -> None:
    plain = client.get("/ui/").content.decode()
    assert plain.count("data-example=") == len(SHOWN)
    assert 'lang="zh-CN" data-density="portal" data-edition="standard" data-theme="auto"' in plain
    other = client.get("/ui/?lang=en&density=desk&edition=large&theme=dark").content.decode()
    assert 'lang="en" data-density="desk" data-edition="large" data-theme="dark"' in other
    assert "Design language" in other
    assert client.get("/ui/?density=wide&lang=xx&theme=pink&edition=").status_code == 200


@pytest.mark.parametrize("name", sorted(gallery.SAMPLES))
def test_samples_render_in_both_languages(client: Client, name: str) -> None:
    for language in ("zh-hans", "en"):
        assert client.get(f"/ui/sample/{name}/?lang={language}").status_code == 200


def test_an_unknown_sample_is_not_found(client: Client) -> None:
    assert client.get("/ui/sample/nothing/").status_code == 404
