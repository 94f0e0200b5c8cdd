"""Every word that this app shows exists in English too."""

import re
from pathlib import Path

from babel.messages.pofile import read_po

APP = Path(__file__).resolve().parents[1]
_IN_TEMPLATES = re.compile(
    r"""\{% translate (?P<a>["'])(?P<translate>.+?)(?P=a)"""
    r"""|_\((?P<b>["'])(?P<argument>.+?)(?P=b)\)"""
    r"""|\{% blocktranslate[^%]*%\}(?P<block>.+?)\{% endblocktranslate""",
    re.DOTALL,
)
_IN_CODE = re.compile(r"""\b_\(\s*"(.+?)"\s*\)""")
_VARIABLE = re.compile(r"\{\{ (\w+) \}\}")


def words() -> set[str]:
    found = set()
    for template in APP.glob("templates/**/*.html"):
        for match in _IN_TEMPLATES.finditer(template.read_text("utf-8")):
            text = match["translate"] or match["argument"] or match["block"]
            found.add(_VARIABLE.sub(r"%(\1)s", text))
    for module in (*APP.glob("*.py"), *APP.glob("http/*.py")):
        found.update(_IN_CODE.findall(module.read_text("utf-8")))
    return found


def test_every_word_has_its_english() -> None:
    with (APP / "locale/en/LC_MESSAGES/django.po").open("rb") as file:
        english = {entry.id: entry.string for entry in read_po(file, locale="en")}

    shown = words()

    assert len(shown) > 100
    assert sorted(word for word in shown if not english.get(word)) == []
    for chinese, text in english.items():
        placed = re.findall(r"%\(\w+\)s", chinese)
        assert sorted(placed) == sorted(re.findall(r"%\(\w+\)s", text)), chinese
