import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernel.base.parties.rules import uscc
from yiwang.kernel.base.parties.rules.errors import InvalidCodeError

CATEGORIES = st.sampled_from(["91", "92", "93", "11", "12", "51", "N1", "Y1"])
CODES = st.builds(
    uscc.make, CATEGORIES, st.sampled_from(["441702", "110000"]), st.integers(0, 31**7 - 1)
).map(str)


def refusal(text: str) -> str:
    with pytest.raises(InvalidCodeError) as caught:
        uscc.parse(text)
    return caught.value.code


@pytest.mark.parametrize("code", ["91110000600037341L", "9144030071526726XG", "914403001922038216"])
def test_codes_in_public_use(code):
    assert str(uscc.parse(code)) == code


def test_organization_check_character_of_codes_in_public_use():
    for code in ("91110000600037341L", "9144030071526726XG", "914403001922038216"):
        organization = uscc.parse(code).organization_code
        assert uscc.organization_check_character(organization[:8]) == organization[8]


@given(CATEGORIES, st.integers(0, 31**7 - 1))
def test_what_is_made_is_read_back(category, sequence):
    parsed = uscc.parse(uscc.make(category, "441702", sequence).code)
    assert (parsed.category, parsed.division_prefix) == (category, "441702")
    assert parsed.is_individual_business is (category == "92")
    assert (
        uscc.organization_check_character(parsed.organization_code[:8])
        == parsed.organization_code[8]
    )


@given(st.lists(st.integers(0, 31**7 - 1), min_size=2, max_size=2, unique=True))
def test_two_sequences_never_share_a_code(pair):
    first, second = pair
    assert uscc.make("92", "441702", first) != uscc.make("92", "441702", second)


@given(CODES, st.integers(0, 17), st.sampled_from(uscc.ALPHABET))
def test_one_wrong_character_is_always_refused(code, position, character):
    wrong = code[:position] + character + code[position + 1 :]
    if wrong == code:
        assert str(uscc.parse(wrong)) == code
    else:
        assert refusal(wrong) in {"USCC_CHECK", "USCC_CHARACTER"}


@given(CODES)
def test_typing_habits_are_forgiven(code):
    full_width = "".join(chr(ord(character) + 0xFEE0) for character in code.lower())
    for typed in (full_width, f" {code[:4]} {code[4:]} ", code.lower(), f"{code[:9]}-{code[9:]}"):
        assert uscc.parse(typed).code == code


@given(st.text(max_size=25))
def test_any_text_is_read_or_refused_with_a_code(text):
    try:
        assert len(uscc.parse(text).code) == 18
    except InvalidCodeError as error:
        assert error.code.startswith("USCC_")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("440301501130542", "USCC_LENGTH"),
        ("", "USCC_LENGTH"),
        ("9144O30071526726XG", "USCC_CHARACTER"),
        ("9144030071526726IG", "USCC_CHARACTER"),
        ("9144030071526726X0", "USCC_CHECK"),
    ],
)
def test_each_fault_has_its_own_code(text, code):
    assert refusal(text) == code


@pytest.mark.parametrize(("category", "division"), [("9", "441702"), ("92", "4417")])
def test_make_refuses_parts_of_wrong_length(category, division):
    with pytest.raises(InvalidCodeError) as caught:
        uscc.make(category, division, 1)
    assert caught.value.code == "USCC_LENGTH"


def test_make_refuses_letters_in_the_division():
    with pytest.raises(InvalidCodeError) as caught:
        uscc.make("92", "44170A", 1)
    assert caught.value.code == "USCC_CHARACTER"


@pytest.mark.parametrize("sequence", [-1, 31**7])
def test_make_refuses_sequence_out_of_range(sequence):
    with pytest.raises(ValueError, match="sequence"):
        uscc.make("92", "441702", sequence)
