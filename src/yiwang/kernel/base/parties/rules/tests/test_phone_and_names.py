import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernel.base.parties.rules import names, phone
from yiwang.kernel.base.parties.rules.errors import InvalidCodeError

MOBILES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True).filter(str.isascii)


@given(MOBILES)
def test_every_way_to_write_a_mobile_number_gives_the_eleven_digits(number):
    spaced = f"{number[:3]} {number[3:7]} {number[7:]}"
    full_width = "".join(chr(ord(digit) + 0xFEE0) for digit in number)
    for typed in (number, spaced, full_width, f"+86 {number}", f"0086-{number}", f"86{number}"):
        assert phone.parse(typed) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0662-3412345",
        "12812345678",
        "1381234567",
        "138123456789",
        "+85261234567",
        "138１２３４五六七八",
    ],
)
def test_what_is_no_mobile_number_is_refused(text):
    with pytest.raises(InvalidCodeError) as caught:
        phone.parse(text)
    assert caught.value.code == "PHONE_NOT_MOBILE"


def test_masked_phone():
    assert phone.mask("13812341234") == "138****1234"
    assert phone.mask("0662") == "****"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("陈大文", "陈大文"),
        (" 陈 大　文 ", "陈大文"),
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉．买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉 · 买买提", "阿卜杜拉·买买提"),
        ("䶮㙓", "䶮㙓"),
        ("李𬭳", "李𬭳"),
        ("陈\ufa25", "陈\ufa25"),
        ("〇一", "〇一"),
        ("Ｊｏｈｎ　Smith", "John Smith"),
        ("Mary  O’Neil-Jones Jr.", "Mary O'Neil-Jones Jr."),
        ("José Müller", "José Müller"),
        ("Jose\u0301", "José"),
    ],
)
def test_names_as_people_type_them(typed, name):
    assert names.parse(typed) == name


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "NAME_EMPTY"),
        (" \u3000\u200b", "NAME_EMPTY"),
        ("陈", "NAME_TOO_SHORT"),
        ("J", "NAME_TOO_SHORT"),
        ("陈" * 51, "NAME_TOO_LONG"),
        ("陈\ue863", "NAME_PRIVATE_USE"),
        ("陈大文1", "NAME_CHARACTER"),
        ("陈大文（经办）", "NAME_CHARACTER"),
        ("陈\n大文", "NAME_CHARACTER"),
        ("·陈大文", "NAME_CHARACTER"),
        ("阿卜杜拉··买买提", "NAME_CHARACTER"),
        ("陈David", "NAME_CHARACTER"),
        ("😀😀", "NAME_CHARACTER"),
        ("-John", "NAME_CHARACTER"),
        ("<b>John</b>", "NAME_CHARACTER"),
        ("12345", "NAME_CHARACTER"),
    ],
)
def test_what_is_no_name_is_refused(typed, code):
    with pytest.raises(InvalidCodeError) as caught:
        names.parse(typed)
    assert caught.value.code == code


@given(st.text(max_size=60))
def test_reading_a_name_twice_changes_nothing(text):
    try:
        once = names.parse(text)
    except InvalidCodeError as error:
        assert error.code.startswith("NAME_")
    else:
        assert names.parse(once) == once


@pytest.mark.parametrize(
    ("name", "masked"),
    [("陈明", "陈*"), ("陈大明", "陈*明"), ("陈", "*"), ("", ""), ("欧阳大明", "欧**明")],
)
def test_masked_name(name, masked):
    assert names.mask(name) == masked
