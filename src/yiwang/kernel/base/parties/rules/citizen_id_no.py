"""公民身份号码: reading, checking, masking and making.

Eighteen characters: six of division, eight of birth date, three of order (odd for men, even for
women) and a check character by ISO 7064 MOD 11-2. Residence permits of Hong Kong, Macao and Taiwan
residents follow the same scheme with the prefixes 81, 82 and 83.

Source: GB 11643 (from memory, clause not checked).
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from yiwang.kernel.base.parties.rules.errors import CodeError, InvalidCodeError
from yiwang.kernel.base.parties.rules.typing_habits import compact_code

_PROVINCES = frozenset(
    str(code)
    for code in (
        *(11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37),
        *(41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83),
    )
)
_WEIGHTS = tuple(2 ** (17 - position) % 11 for position in range(17))
_CHECK_CHARACTERS = "10X98765432"
_FORM = re.compile(r"[0-9]{17}[0-9X]", re.ASCII)
_OLD_FORM = re.compile(r"[0-9]{15}", re.ASCII)
EARLIEST_BIRTH_DATE = date(1880, 1, 1)
"""Nobody who ever got a number was born before; an earlier year is a slip of the keyboard."""


class Sex(StrEnum):
    """性别 as the order number tells it."""

    MALE = "MALE"
    FEMALE = "FEMALE"


@dataclass(frozen=True, slots=True)
class CitizenIdNo:
    """公民身份号码 with the facts it carries; ``str()`` gives the eighteen characters.

    ``division_prefix`` is the division where the number was first given, not where the person
    lives now, and may be a code that no longer exists.
    """

    number: str
    birth_date: date
    sex: Sex
    division_prefix: str

    def __str__(self) -> str:
        return self.number

    def __repr__(self) -> str:
        # A repr ends up in logs and error pages: the number must not.
        return f"CitizenIdNo({self.masked})"

    @property
    def masked(self) -> str:
        return mask(self.number)


LENGTH = CodeError(
    code="CITIZEN_ID_LENGTH",
    reason_zh="公民身份号码应为 18 位，前 17 位为数字，最后一位为数字或 X。",
    reason_en="A citizen identity number has 18 characters: 17 digits, then a digit or X.",
    mend_zh="请对照身份证重新填写全部 18 位。",
    mend_en="Type all 18 characters as printed on the card.",
)
OLD_FORM = CodeError(
    code="CITIZEN_ID_OLD_FORM",
    reason_zh="这是 15 位的旧号码，已停止使用。",
    reason_en="This is a 15-digit number of the first-generation card, which is no longer in use.",
    mend_zh="请填写第二代居民身份证上的 18 位号码；没有的，请先到公安机关换领。",
    mend_en="Use the 18-character number of the second-generation card; the police issue it.",
)
DIVISION = CodeError(
    code="CITIZEN_ID_DIVISION",
    reason_zh="号码开头两位不是任何省级地区的代码。",
    reason_en="The first two digits are the code of no province.",
    mend_zh="请核对前 6 位。",
    mend_en="Check the first six digits.",
)
BIRTH_DATE = CodeError(
    code="CITIZEN_ID_BIRTH_DATE",
    reason_zh="第 7 至 14 位不是有效的出生日期。",
    reason_en="Characters 7 to 14 are not a possible date of birth.",
    mend_zh="请核对第 7 至 14 位（年月日）。",
    mend_en="Check characters 7 to 14 (year, month, day).",
)
CHECK = CodeError(
    code="CITIZEN_ID_CHECK",
    reason_zh="校验码不对，号码中至少有一位填错。",
    reason_en="The check character does not fit: at least one character is wrong.",
    mend_zh="请对照身份证逐位核对，注意相邻两位是否颠倒。",
    mend_en="Compare with the card character by character; look for two swapped digits.",
)


def check_character(first_17: str) -> str:
    """Return the eighteenth character for seventeen digits."""
    total = sum(int(digit) * weight for digit, weight in zip(first_17, _WEIGHTS, strict=True))
    return _CHECK_CHARACTERS[total % 11]


def parse(text: str, *, today: date | None = None) -> CitizenIdNo:
    """Read a typed 公民身份号码.

    Full-width digits, spaces, dashes and a small x are accepted. With ``today`` a birth date in
    the future is refused too.

    :raises InvalidCodeError: codes CITIZEN_ID_LENGTH, CITIZEN_ID_OLD_FORM, CITIZEN_ID_DIVISION,
        CITIZEN_ID_BIRTH_DATE, CITIZEN_ID_CHECK.
    """
    number = compact_code(text)
    if _OLD_FORM.fullmatch(number):
        raise InvalidCodeError(OLD_FORM)
    if not _FORM.fullmatch(number):
        raise InvalidCodeError(LENGTH)
    if number[:2] not in _PROVINCES:
        raise InvalidCodeError(DIVISION)
    try:
        birth_date = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError as error:
        raise InvalidCodeError(BIRTH_DATE) from error
    if birth_date < EARLIEST_BIRTH_DATE or (today is not None and birth_date > today):
        raise InvalidCodeError(BIRTH_DATE)
    if check_character(number[:17]) != number[17]:
        raise InvalidCodeError(CHECK)
    return CitizenIdNo(
        number=number,
        birth_date=birth_date,
        sex=Sex.MALE if int(number[16]) % 2 else Sex.FEMALE,
        division_prefix=number[:6],
    )


def make(division_prefix: str, birth_date: date, sequence: int) -> CitizenIdNo:
    """Make a valid number for demonstrations and tests; an odd ``sequence`` (0-999) is a man.

    :raises InvalidCodeError: when the parts do not make a valid number.
    :raises ValueError: when ``sequence`` does not lie between 0 and 999.
    """
    if not 0 <= sequence <= 999:
        raise ValueError("sequence must lie between 0 and 999")
    first_17 = f"{division_prefix}{birth_date:%Y%m%d}{sequence:03d}"
    if not re.fullmatch(r"[0-9]{17}", first_17):
        raise InvalidCodeError(LENGTH)
    return parse(first_17 + check_character(first_17))


def mask(number: str) -> str:
    """Hide the birth date: ``441702********1234``; anything not of 18 characters is all stars."""
    if len(number) != 18:
        return "*" * len(number)
    return f"{number[:6]}********{number[14:]}"
