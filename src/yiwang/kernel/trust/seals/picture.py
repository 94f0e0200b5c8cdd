"""印章图形: the round red seal of a unit, drawn from its name.

42 mm across with a five-pointed star of 14 mm, the full name of the unit from left to right along
the rim in 宋体, and for a special seal its purpose in a straight line below the star. Long names
are set narrower, never cut.

Source: 国发〔1999〕25号 (sizes of seals; simplified characters in 宋体). A city whose police record
other sizes loads the recorded picture instead.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache, lru_cache

from yiwang.kernel.trust.seals import fonts, typesetting
from yiwang.kernel.trust.seals.errors import SealPictureError

DIAMETER_MM = 42.0
RIM_MM = 1.1
GAP_MM = 0.9
STAR_DIAMETER_MM = 14.0
RED = "#e60012"
LONGEST_NAME, LONGEST_CAPTION = 60, 20
# The rim stays open at the bottom, wider where a line of text stands there.
WIDEST_ARC, WIDEST_ARC_WITH_CAPTION = 285.0, 255.0
CAPTION_Y_MM, CAPTION_WIDTH_MM, CAPTION_HEIGHT_MM = 12.4, 22.0, 3.6
NATURAL_WIDTH = 0.82


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character: its centre from the seal's centre (mm), size (mm) and turn (degrees)."""

    character: str
    x: float
    y: float
    angle: float
    width: float
    height: float


def place_name(name: str, widest_arc: float) -> list[Glyph]:
    """Lay ``name`` along the rim, centred at the top, within ``widest_arc`` degrees."""
    count = len(name)
    height = max(3.4, 6.4 - 0.1 * count)
    radius = DIAMETER_MM / 2 - RIM_MM - GAP_MM - height / 2
    arc = min(widest_arc, 100.0 + 10.0 * count)
    step = arc / count
    # The inner ends of neighbouring characters come nearest, so the width is measured there.
    room = math.radians(step) * (radius - height / 2)
    width = min(NATURAL_WIDTH * height, 0.94 * room)
    placed = []
    for place, character in enumerate(name):
        angle = (place - (count - 1) / 2) * step
        turn = math.radians(angle)
        placed.append(
            Glyph(
                character, radius * math.sin(turn), -radius * math.cos(turn), angle, width, height
            )
        )
    return placed


def place_caption(caption: str) -> list[Glyph]:
    """Lay the purpose of a special seal in one line below the star."""
    step = min(CAPTION_HEIGHT_MM * 0.98, CAPTION_WIDTH_MM / max(1, len(caption)))
    width = min(CAPTION_HEIGHT_MM * 0.92, 0.95 * step)
    return [
        Glyph(
            character,
            (place - (len(caption) - 1) / 2) * step,
            CAPTION_Y_MM,
            0.0,
            width,
            CAPTION_HEIGHT_MM,
        )
        for place, character in enumerate(caption)
    ]


def star_points() -> list[tuple[float, float]]:
    """Return the ten corners of the star in mm from the centre, one point upward."""
    outer = STAR_DIAMETER_MM / 2
    inner = outer * math.sin(math.radians(18)) / math.sin(math.radians(54))
    return [
        (reach * math.sin(math.radians(36 * n)), -reach * math.cos(math.radians(36 * n)))
        for n in range(10)
        for reach in (outer if n % 2 == 0 else inner,)
    ]


def draw_svg(name: str, caption: str = "") -> str:
    """Return the seal as SVG, 42 mm wide, background transparent, outlines instead of text.

    :raises SealPictureError: the name or the caption is empty or too long.
    :raises GlyphMissingError: no installed font has a character of it.
    """
    return typesetting.typeset(_source(), _drawing(name, caption), form="svg").decode()


def draw_png(name: str, caption: str = "", *, pixels: int = 600) -> bytes:
    """Return the seal as PNG of ``pixels`` across, background transparent; errors as for SVG."""
    per_inch = pixels / (DIAMETER_MM / 25.4)
    return typesetting.typeset(
        _source(), _drawing(name, caption), form="png", pixels_per_inch=per_inch
    )


def draw_pdf(name: str, caption: str = "") -> bytes:
    """Return the seal as a one-page PDF of 42 by 42 mm, the form that stamps a document."""
    return typesetting.typeset(_source(), _drawing(name, caption))


@cache
def _source() -> bytes:
    return (typesetting.TEMPLATES / "seal.typ").read_bytes()


@lru_cache(maxsize=64)
def _drawing(name: str, caption: str) -> dict[str, object]:
    name, caption = (fonts.printable("".join(text.split())) for text in (name, caption))
    if not 1 <= len(name) <= LONGEST_NAME or len(caption) > LONGEST_CAPTION:
        raise SealPictureError(name_length=len(name), caption_length=len(caption))
    arc = WIDEST_ARC_WITH_CAPTION if caption else WIDEST_ARC
    glyphs: Sequence[Glyph] = [*place_name(name, arc), *place_caption(caption)]
    return {
        "diameter": DIAMETER_MM,
        "rim": RIM_MM,
        "color": RED,
        "star": star_points(),
        "glyphs": [asdict(glyph) for glyph in glyphs],
    }
