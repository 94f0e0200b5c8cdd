"""Contrast of every pair of tokens that meets on a page, by the formula of WCAG 2.2 1.4.3."""

import re
from pathlib import Path

import pytest

CSS = Path(__file__).resolve().parents[1] / "static" / "ui" / "css"
TOKEN = re.compile(r"--([a-z0-9-]+):\s*(#[0-9a-f]{6});")

TEXT = [
    *[
        (ink, ground)
        for ink in ("ink", "muted", "primary", "primary-hover", "good", "warn", "red", "hold")
        for ground in ("paper", "ground", "raised")
    ],
    *[(ink, "sunken") for ink in ("ink", "muted", "primary")],
    *[
        (ink, tint)
        for ink in ("ink",)
        for tint in ("primary-tint", "good-tint", "warn-tint", "red-tint", "hold-tint")
    ],
    ("primary-hover", "primary-tint"),
    ("primary", "primary-tint"),
    ("muted", "primary-tint"),
    ("good", "good-tint"),
    ("warn", "warn-tint"),
    ("red", "red-tint"),
    ("hold", "hold-tint"),
    ("on-primary", "primary"),
    ("on-primary", "primary-hover"),
    ("on-red", "red"),
    ("on-red", "red-hover"),
    ("on-brand", "brand-ground"),
    ("on-brand-muted", "brand-ground"),
    ("sheet-ink", "sheet"),
    ("sheet-red", "sheet"),
]
# Edges of controls, focus rings and marks of charts need 3:1 (WCAG 2.2 1.4.11).
SHAPES = [
    ("line-strong", "paper"),
    ("line-strong", "ground"),
    ("focus", "paper"),
    ("focus", "ground"),
    ("focus", "focus-halo"),
    ("data-1", "paper"),
]


def tokens(*names: str) -> dict[str, str]:
    """Return the colours of these files; a later file wins, as in the page."""
    found: dict[str, str] = {}
    for name in names:
        found |= dict(TOKEN.findall((CSS / name).read_text(encoding="utf-8")))
    return found


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("files", [("tokens.css",), ("tokens.css", "dark.css")], ids=str)
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (SHAPES, 3.0)], ids=["text", "shapes"])
def test_pairs_of_tokens_have_enough_contrast(
    files: tuple[str, ...], pairs: list[tuple[str, str]], least: float
) -> None:
    colours = tokens(*files)
    poor = {
        pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2)
        for pair in pairs
        if contrast(colours[pair[0]], colours[pair[1]]) < least
    }
    assert poor == {}


def test_the_formula_agrees_with_known_values() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


def test_dark_gives_a_value_to_every_colour_that_meets_text() -> None:
    dark = tokens("dark.css")
    used = {name for pair in TEXT + SHAPES for name in pair} - {"sheet-red"}
    assert used - dark.keys() == set()
