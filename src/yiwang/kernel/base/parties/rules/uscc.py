"""统一社会信用代码: reading, checking and making.

Eighteen characters of a 31-character alphabet (no I, O, S, V, Z): registering authority, kind of
entity, six digits of division, nine of organisation code, and a check character MOD 31.

Source: GB 32100 (from memory, clause not checked); the organisation code by GB 11714 (likewise).
"""

import re
from dataclasses import dataclass

from yiwang.kernel.base.parties.rules.errors import CodeError, InvalidCodeError
from yiwang.kernel.base.parties.rules.typing_habits import compact_code

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_WEIGHTS = tuple(pow(3, position, 31) for position in range(17))
_ORGANIZATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_FORM = re.compile(rf"[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{10}}")


@dataclass(frozen=True, slots=True)
class Uscc:
    """统一社会信用代码 with the facts it carries; ``str()`` gives the eighteen characters.

    ``category`` holds the first two characters: registering authority and kind of entity.
    """

    code: str
    category: str
    division_prefix: str
    organization_code: str

    def __str__(self) -> str:
        return self.code

    @property
    def is_individual_business(self) -> bool:
        """True for a 个体工商户, whose codes begin with 92 (practice, clause not checked)."""
        return self.category == "92"


LENGTH = CodeError(
    code="USCC_LENGTH",
    reason_zh="统一社会信用代码应为 18 位。",
    reason_en="A unified social credit code has 18 characters.",
    mend_zh="请对照营业执照或登记证书填写全部 18 位；15 位的旧注册号请换成新代码。",
    mend_en="Type all 18 characters as on the licence; a 15-digit registration number is too old.",
)
CHARACTER = CodeError(
    code="USCC_CHARACTER",
    reason_zh="代码只能用数字和大写字母，不含 I、O、S、V、Z；第 3 至 8 位为数字。",
    reason_en="Only digits and letters other than I, O, S, V, Z; characters 3 to 8 are digits.",
    mend_zh="请核对是否把 1 写成 I、把 0 写成 O、把 2 写成 Z、把 5 写成 S。",
    mend_en="Check for I instead of 1, O instead of 0, Z instead of 2, S instead of 5.",
)
CHECK = CodeError(
    code="USCC_CHECK",
    reason_zh="校验码不对，代码中至少有一位填错。",
    reason_en="The check character does not fit: at least one character is wrong.",
    mend_zh="请对照营业执照或登记证书逐位核对。",
    mend_en="Compare with the licence character by character.",
)


def check_character(first_17: str) -> str:
    """Return the eighteenth character for seventeen characters of the alphabet."""
    total = sum(
        _VALUES[character] * weight for character, weight in zip(first_17, _WEIGHTS, strict=True)
    )
    return ALPHABET[-total % 31]


def organization_check_character(first_8: str) -> str:
    """Return the ninth character of a 组织机构代码 (MOD 11)."""
    total = sum(
        int(character, 36) * weight
        for character, weight in zip(first_8, _ORGANIZATION_WEIGHTS, strict=True)
    )
    remainder = -total % 11
    return "X" if remainder == 10 else str(remainder)


def parse(text: str) -> Uscc:
    """Read a typed 统一社会信用代码; full-width forms, spaces, dashes and lower case are accepted.

    The check character inside the organisation code is not examined: registered codes exist that
    break it.

    :raises InvalidCodeError: codes USCC_LENGTH, USCC_CHARACTER, USCC_CHECK.
    """
    code = compact_code(text)
    if len(code) != 18:
        raise InvalidCodeError(LENGTH)
    if not _FORM.fullmatch(code):
        raise InvalidCodeError(CHARACTER)
    if check_character(code[:17]) != code[17]:
        raise InvalidCodeError(CHECK)
    return Uscc(
        code=code,
        category=code[:2],
        division_prefix=code[2:8],
        organization_code=code[8:17],
    )


def make(category: str, division_prefix: str, sequence: int) -> Uscc:
    """Make a valid code for demonstrations and tests, say ``make("92", "441702", 7)``.

    ``sequence`` lies between 0 and 31**7 - 1 and becomes the organisation code, which begins with
    M so that it stays clear of the older numeric range.

    :raises InvalidCodeError: when category or division do not fit.
    :raises ValueError: when ``sequence`` is out of range.
    """
    if not 0 <= sequence < 31**7:
        raise ValueError("sequence must lie between 0 and 31**7 - 1")
    body = ""
    for _ in range(7):
        sequence, digit = divmod(sequence, 31)
        body = ALPHABET[digit] + body
    organization = f"M{body}"
    first_17 = (
        f"{category}{division_prefix}{organization}{organization_check_character(organization)}"
    )
    if len(first_17) != 17:
        raise InvalidCodeError(LENGTH)
    if not _FORM.fullmatch(first_17 + "0"):
        raise InvalidCodeError(CHARACTER)
    return parse(first_17 + check_character(first_17))
