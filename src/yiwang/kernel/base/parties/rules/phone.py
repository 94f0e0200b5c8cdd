"""手机号码 of the mainland: reading and masking. Eleven digits that begin with 13 to 19."""

import re

from yiwang.kernel.base.parties.rules.errors import CodeError, InvalidCodeError
from yiwang.kernel.base.parties.rules.typing_habits import compact_code

_FORM = re.compile(r"(?:(?:\+|00)?86)?(1[3-9][0-9]{9})", re.ASCII)

MOBILE = CodeError(
    code="PHONE_NOT_MOBILE",
    reason_zh="不是有效的手机号码：应为 11 位数字，以 13 至 19 开头。",
    reason_en="Not a mainland mobile number: 11 digits that begin with 13 to 19.",
    mend_zh="请填写能接收短信的手机号码，固定电话和境外号码不能接收验证码。",
    mend_en="Give a mobile number that can receive text messages; landlines cannot.",
)


def parse(text: str) -> str:
    """Read a typed mobile number; +86, spaces, dashes and full-width digits are accepted.

    :raises InvalidCodeError: code PHONE_NOT_MOBILE.
    """
    match = _FORM.fullmatch(compact_code(text))
    if match is None:
        raise InvalidCodeError(MOBILE)
    return match.group(1)


def mask(number: str) -> str:
    """Hide the middle: ``138****1234``; anything not of 11 characters is all stars."""
    if len(number) != 11:
        return "*" * len(number)
    return f"{number[:3]}****{number[7:]}"
