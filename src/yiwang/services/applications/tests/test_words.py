"""Whatever the portal and the licence pages say, they say in English too."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.conf import settings

from yiwang.kernel.ui.tests.test_translations import HOLE, PO, in_template

SOURCE = Path(settings.ROOT) / "src" / "yiwang"
SAYING = ("_", "gettext", "gettext_lazy", "gettext_noop", "ngettext")
HAN = re.compile(r"[\u3400-\u9fff]")


def in_python(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in SAYING
            and isinstance(node.args[0], ast.Constant)
        ):
            yield str(node.args[0].value)


def said() -> set[str]:
    found: set[str] = set()
    for folder in ("services/applications", "services/items", "kernel/registers/licences"):
        for path in sorted((SOURCE / folder).rglob("*")):
            if "tests" in path.parts or "desk" in str(path) or path.name == "window.html":
                continue
            if path.suffix == ".html":
                found |= set(in_template(path.read_text(encoding="utf-8"), str(path)))
            elif path.suffix == ".py":
                found |= set(in_python(path.read_text(encoding="utf-8")))
    return found


@pytest.fixture(scope="module")
def english() -> dict[str, tuple[str, ...]]:
    with PO.open("rb") as file:
        catalog = read_po(file, locale="en")
    return {
        message.id if isinstance(message.id, str) else message.id[0]: (message.string,)
        if isinstance(message.string, str)
        else tuple(message.string)
        for message in catalog
    }


def test_every_sentence_has_english_with_the_same_placeholders(
    english: dict[str, tuple[str, ...]],
) -> None:
    words = said()
    assert len(words) > 250
    assert sorted(text for text in words if not all(english.get(text, ("",)))) == []
    for text in words:
        for form in english[text]:
            assert set(HOLE.findall(text)) == set(HOLE.findall(form)), text
            assert not HAN.search(form), text


def test_no_chinese_stands_in_a_template_outside_a_translation() -> None:
    bare = []
    for folder in ("services/applications", "kernel/registers/licences"):
        for path in sorted((SOURCE / folder).rglob("templates/**/*.html")):
            if "desk" in path.parts or path.name == "window.html":
                continue
            text = re.sub(
                r"{%\s*blocktranslate.*?endblocktranslate\s*%}|{%.*?%}|{{.*?}}",
                "",
                path.read_text(encoding="utf-8"),
                flags=re.DOTALL,
            )
            if HAN.search(text):
                bare.append(path.name)
    assert bare == []
