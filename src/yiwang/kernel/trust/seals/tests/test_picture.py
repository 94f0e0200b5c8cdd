"""The picture of a seal."""

import io
import itertools
import math
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from yiwang.kernel.trust.seals import picture
from yiwang.kernel.trust.seals.errors import SealPictureError

LONG = "阳江市江城区城南街道办事处综合行政执法与应急管理联合指挥协调中心办公室"
NAMES = st.text(st.sampled_from("阳江市公安局综合行政执法"), min_size=1, max_size=60)


@given(NAMES, st.sampled_from([picture.WIDEST_ARC, picture.WIDEST_ARC_WITH_CAPTION]))
def test_every_name_fits_between_rim_and_star_and_no_two_characters_touch(name, widest):
    glyphs = picture.place_name(name, widest)
    assert "".join(glyph.character for glyph in glyphs) == name
    rim = picture.DIAMETER_MM / 2 - picture.RIM_MM
    for glyph in glyphs:
        radius = math.hypot(glyph.x, glyph.y)
        outer = math.hypot(radius + glyph.height / 2, glyph.width / 2)
        assert outer < rim
        assert radius - glyph.height / 2 > picture.STAR_DIAMETER_MM / 2
        assert abs(glyph.angle) <= widest / 2
    for left, right in itertools.pairwise(glyphs):
        radius = math.hypot(left.x, left.y) - left.height / 2
        assert math.radians(right.angle - left.angle) * radius > left.width


@given(NAMES, st.integers(1, picture.LONGEST_CAPTION))
def test_the_line_below_stays_clear_of_the_name_and_the_star(name, length):
    caption = picture.place_caption("章" * length)
    low = picture.CAPTION_Y_MM - picture.CAPTION_HEIGHT_MM / 2
    assert low > picture.STAR_DIAMETER_MM / 2
    half = max(abs(glyph.x) + glyph.width / 2 for glyph in caption)
    for glyph in picture.place_name(name, picture.WIDEST_ARC_WITH_CAPTION):
        reach = math.hypot(glyph.width, glyph.height) / 2
        assert glyph.y + reach < low or abs(glyph.x) - reach > half - 2.6


def test_the_name_is_centred_at_the_top_and_reads_from_left_to_right():
    glyphs = picture.place_name("阳江市公安局", picture.WIDEST_ARC)
    assert [glyph.x for glyph in glyphs] == sorted(glyph.x for glyph in glyphs)
    assert sum(glyph.x for glyph in glyphs) == pytest.approx(0)
    assert glyphs[0].angle == -glyphs[-1].angle


@pytest.mark.parametrize(("name", "caption"), [("阳江市公安局", ""), (LONG, "行政审批专用章")])
def test_the_picture_is_red_round_and_transparent_outside(name, caption):
    image = Image.open(io.BytesIO(picture.draw_png(name, caption, pixels=420)))
    assert image.mode == "RGBA"
    assert abs(image.width - 420) <= 1
    assert image.width == image.height
    assert image.getpixel((3, 3))[3] == 0
    red, green, blue, alpha = image.getpixel((210, 210))
    assert red > 200
    assert green < 60
    assert blue < 60
    assert alpha > 180
    assert image.getpixel((210, 5))[3] > 180


def test_the_svg_measures_42_millimetres_and_holds_outlines_only():
    root = ET.fromstring(picture.draw_svg(LONG, "行政审批专用章"))
    assert float(root.get("width").removesuffix("pt")) == pytest.approx(42 / 25.4 * 72, abs=0.1)
    assert not [node for node in root.iter() if node.tag.endswith("}text")]
    drawn = [node for node in root.iter() if node.tag.endswith("}use")]
    assert len(drawn) >= len(LONG) + 7


def test_a_rare_character_and_markup_in_a_name_are_drawn_as_they_are():
    assert picture.draw_svg("䶮#panic[x]$局") != picture.draw_svg("䶮局")


@pytest.mark.parametrize(
    ("name", "caption"), [("", ""), ("  ", ""), ("局" * 61, ""), ("局", "章" * 21)]
)
def test_a_name_that_no_seal_holds_is_refused(name, caption):
    with pytest.raises(SealPictureError):
        picture.draw_svg(name, caption)
