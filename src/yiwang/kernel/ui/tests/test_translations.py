"""Every Chinese sentence of the design language has its English, with the same placeholders."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

UI = Path(__file__).resolve().parents[1]
PO = UI.parents[1] / "locale" / "en" / "LC_MESSAGES" / "django.po"
TEXT = r"""u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
CALL = re.compile(rf"\b(?:gettext|_|ngettext)\(\s*{TEXT}")
HOLE = re.compile(r"%\([a-z_]+\)s")
# Names that stay as they are on seals, even on an English page.
KEPT = {"经济技术开发试验区行政审批服务局", "审批专用章", "滨海街道办事处"}


def in_template(source: str, origin: str) -> Iterator[str]:
    for found in CALL.finditer(templatize(source, origin=origin)):
        yield ast.literal_eval(found[1])


def in_python(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.id if isinstance(node.func, ast.Name) else ""
        if called in ("_", "gettext", "gettext_lazy") and isinstance(node.args[0], ast.Constant):
            yield str(node.args[0].value)


def said() -> set[str]:
    found: set[str] = set()
    for path in sorted(UI.rglob("*")):
        if "tests" in path.parts:
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
    answer: dict[str, tuple[str, ...]] = {}
    for message in catalog:
        name = message.id if isinstance(message.id, str) else message.id[0]
        answer[name] = (
            (message.string,) if isinstance(message.string, str) else tuple(message.string)
        )
    return answer


def test_something_is_said() -> None:
    assert len(said()) > 300


def test_every_sentence_has_english(english: dict[str, tuple[str, ...]]) -> None:
    assert sorted(text for text in said() if not all(english.get(text, ("",)))) == []


def test_english_keeps_the_placeholders(english: dict[str, tuple[str, ...]]) -> None:
    spoiled = {
        text: form
        for text in said() & english.keys()
        for form in english[text]
        if set(HOLE.findall(text)) != set(HOLE.findall(form))
    }
    assert spoiled == {}


def test_english_is_english(english: dict[str, tuple[str, ...]]) -> None:
    mixed = {
        text
        for text in (said() - KEPT) & english.keys()
        if any(re.search(r"[\u3400-\u9fff]", form) for form in english[text])
    }
    assert mixed == set()
