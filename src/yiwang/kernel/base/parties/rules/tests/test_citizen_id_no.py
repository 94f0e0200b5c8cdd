from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernel.base.parties.rules import citizen_id_no
from yiwang.kernel.base.parties.rules.citizen_id_no import Sex
from yiwang.kernel.base.parties.rules.errors import InvalidCodeError

DIVISIONS = st.sampled_from(["441702", "441781", "110105", "650000", "830000"])
BIRTH_DATES = st.dates(date(1880, 1, 1), date(2026, 12, 31))
SEQUENCES = st.integers(0, 999)
NUMBERS = st.builds(citizen_id_no.make, DIVISIONS, BIRTH_DATES, SEQUENCES).map(str)


def refusal(text: str, today: date | None = None) -> str:
    with pytest.raises(InvalidCodeError) as caught:
        citizen_id_no.parse(text, today=today)
    return caught.value.code


@pytest.mark.parametrize(
    ("number", "birth_date", "sex", "division"),
    [
        # The two examples printed in GB 11643.
        ("11010519491231002X", date(1949, 12, 31), Sex.FEMALE, "110105"),
        ("440524188001010014", date(1880, 1, 1), Sex.MALE, "440524"),
    ],
)
def test_examples_of_the_standard(number, birth_date, sex, division):
    parsed = citizen_id_no.parse(number)
    assert (parsed.number, parsed.birth_date, parsed.sex, parsed.division_prefix) == (
        number,
        birth_date,
        sex,
        division,
    )


@given(DIVISIONS, BIRTH_DATES, SEQUENCES)
def test_what_is_made_is_read_back(division, birth_date, sequence):
    parsed = citizen_id_no.parse(citizen_id_no.make(division, birth_date, sequence).number)
    assert parsed.birth_date == birth_date
    assert parsed.division_prefix == division
    assert parsed.sex is (Sex.MALE if sequence % 2 else Sex.FEMALE)
    assert parsed.number[14:17] == f"{sequence:03d}"


@given(NUMBERS, st.integers(0, 17), st.sampled_from("0123456789X"))
def test_one_wrong_character_is_always_refused(number, position, character):
    wrong = number[:position] + character + number[position + 1 :]
    if wrong == number:
        assert str(citizen_id_no.parse(wrong)) == number
    else:
        assert refusal(wrong).startswith("CITIZEN_ID_")


@given(NUMBERS, st.integers(0, 16))
def test_two_swapped_neighbours_are_always_refused(number, position):
    wrong = number[:position] + number[position + 1] + number[position] + number[position + 2 :]
    if wrong != number:
        assert refusal(wrong).startswith("CITIZEN_ID_")


@given(NUMBERS, st.integers(1, 17))
def test_typing_habits_are_forgiven(number, cut):
    full_width = "".join(chr(ord(character) + 0xFEE0) for character in number)
    spaced = f"  {number[:cut]} {number[cut:]}\u3000\n"
    dashed = f"{number[:6]}-{number[6:14]}－{number[14:]}"
    for typed in (full_width, spaced, dashed, number.lower(), f"\u200b{number}"):
        assert citizen_id_no.parse(typed).number == number


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused_with_a_code(text):
    try:
        assert len(citizen_id_no.parse(text).number) == 18
    except InvalidCodeError as error:
        assert error.code.startswith("CITIZEN_ID_")
        assert error.error.mend_zh
        assert error.error.mend_en


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "CITIZEN_ID_LENGTH"),
        ("4417021990010112345", "CITIZEN_ID_LENGTH"),
        ("44170219900101123x4", "CITIZEN_ID_LENGTH"),
        ("441702199001011²34", "CITIZEN_ID_LENGTH"),
        ("٤٤١٧٠٢١٩٩٠٠١٠١١٢٣٤", "CITIZEN_ID_LENGTH"),
        ("441702900101123", "CITIZEN_ID_OLD_FORM"),
        ("991702199001011234", "CITIZEN_ID_DIVISION"),
        ("441702199002301234", "CITIZEN_ID_BIRTH_DATE"),
        ("441702179902201234", "CITIZEN_ID_BIRTH_DATE"),
        ("11010519491231002 1", "CITIZEN_ID_CHECK"),
    ],
)
def test_each_fault_has_its_own_code(text, code):
    assert refusal(text) == code


def test_birth_after_today_is_refused_only_when_today_is_given():
    number = citizen_id_no.make("441702", date(2026, 11, 24), 1).number
    assert citizen_id_no.parse(number).birth_date == date(2026, 11, 24)
    assert citizen_id_no.parse(number, today=date(2026, 11, 24)).number == number
    assert refusal(number, today=date(2026, 11, 23)) == "CITIZEN_ID_BIRTH_DATE"


def test_masked_number_shows_division_and_last_four_only():
    made = citizen_id_no.make("441702", date(1990, 1, 1), 123)
    assert made.masked == f"441702********{made.number[14:]}"
    assert made.number not in repr(made)
    assert citizen_id_no.mask("4417") == "****"


def test_error_text_never_repeats_the_number():
    with pytest.raises(InvalidCodeError) as caught:
        citizen_id_no.parse("110105194912310021")
    assert "19491231" not in str(caught.value)


@pytest.mark.parametrize("division", ["44", "4417020", "44170X", "001702"])
def test_make_refuses_what_is_no_division(division):
    with pytest.raises(InvalidCodeError):
        citizen_id_no.make(division, date(1990, 1, 1), 1)


@pytest.mark.parametrize("sequence", [-1, 1000])
def test_make_refuses_sequence_out_of_range(sequence):
    with pytest.raises(ValueError, match="sequence"):
        citizen_id_no.make("441702", date(1990, 1, 1), sequence)
