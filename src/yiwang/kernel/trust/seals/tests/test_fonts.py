"""Fonts: what can be written, and what becomes of what cannot."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernel.trust.seals import fonts
from yiwang.kernel.trust.seals.errors import GlyphMissingError


def gb2312():
    rows = (bytes([high, low]) for high in range(0xA1, 0xF8) for low in range(0xA1, 0xFF))
    found = []
    for pair in rows:
        try:
            found.append(pair.decode("gb2312"))
        except UnicodeDecodeError:
            continue
    return found


def test_every_character_of_gb2312_and_rare_name_characters_can_be_written():
    characters = gb2312()
    hanzi = [c for c in characters if "\u4e00" <= c <= "\u9fff"]
    assert len(hanzi) == 6763
    assert set(hanzi) - fonts.writable() == set()
    assert set("䶮𬱟㛃喆犇翀昇堉") - fonts.writable() == set()
    assert len(set(characters) - fonts.writable()) < 40  # Cyrillic and box drawing, never names


def test_system_fonts_stay_out():
    assert set(fonts.collection().families()) == {fonts.SERIF, fonts.SANS}
    assert fonts.stacks()["fang"] == [fonts.SERIF]


def test_controls_and_direction_marks_go_so_that_a_name_reads_as_it_is_stored():
    assert fonts.printable("陈\u202e䶮\u200b\x00\ufeff") == "陈䶮"
    assert fonts.printable("第一行\r\n第二行\t末") == "第一行\n第二行 末"


def test_a_sign_without_glyph_is_marked_and_a_letter_without_glyph_is_never_replaced():
    assert fonts.printable("好店🍜") == f"好店{fonts.MISSING}"
    with pytest.raises(GlyphMissingError) as caught:
        fonts.printable("陈\U00031351\ue123")
    assert caught.value.details == {"characters": "\ue123\U00031351"}


@given(st.text())
def test_what_is_printable_can_be_written(text):
    try:
        shown = fonts.printable(text)
    except GlyphMissingError as error:
        assert set(error.details["characters"]) <= set(text)
    else:
        assert set(shown) - {"\n"} <= fonts.writable()
