"""姓名: reading and masking the names of people, with 间隔号 and rare characters."""

import re
import unicodedata

from yiwang.kernel.base.parties.rules.errors import CodeError, InvalidCodeError
from yiwang.kernel.base.parties.rules.typing_habits import fold_full_width

MIDDLE_DOT = "·"
MAX_LENGTH = 50

# Every block that Unicode names CJK ideographs, so that no rare surname is refused, and 〇.
_HAN = (
    r"\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    r"\U00020000-\U0002ee5f\U0002f800-\U0002fa1f\U00030000-\U000323af"
)
_HAN_NAME = re.compile(rf"[{_HAN}]+(?:{MIDDLE_DOT}[{_HAN}]+)*")
_DOTS = re.compile(r"\s*[·•‧∙⋅・･ᐧ\u0387.]\s*")
_LATIN_PUNCTUATION = frozenset(" .'-")

EMPTY = CodeError(
    code="NAME_EMPTY",
    reason_zh="没有填写姓名。",
    reason_en="No name was given.",
    mend_zh="请填写证件上的姓名。",
    mend_en="Give the name as on the identity document.",
)
TOO_SHORT = CodeError(
    code="NAME_TOO_SHORT",
    reason_zh="姓名只有一个字。",
    reason_en="The name has one character only.",
    mend_zh="请把姓和名填写完整。",
    mend_en="Give both surname and given name.",
)
TOO_LONG = CodeError(
    code="NAME_TOO_LONG",
    reason_zh=f"姓名超过 {MAX_LENGTH} 个字符。",
    reason_en=f"The name has more than {MAX_LENGTH} characters.",
    mend_zh="请只填写一个人的姓名，不要填写称谓或说明。",
    mend_en="Give the name of one person only, without titles or remarks.",
)
PRIVATE_USE = CodeError(
    code="NAME_PRIVATE_USE",
    reason_zh="姓名中有自造字，其他系统无法识别。",
    reason_en="The name holds a character of a private code that other systems cannot read.",
    mend_zh="请改用国家标准中的字（多数生僻字已有编码），找不到的请到窗口登记。",
    mend_en="Use the standard character (most rare ones have a code now) or register at a counter.",
)
CHARACTER = CodeError(
    code="NAME_CHARACTER",
    reason_zh="姓名只能用汉字和间隔号“·”，或只用拉丁字母。",
    reason_en="A name is written in Chinese characters with “·”, or in Latin letters, not mixed.",
    mend_zh="请按证件填写，去掉数字、符号和称谓。",
    mend_en="Write it as on the document, without digits, signs or titles.",
)


def parse(text: str) -> str:
    """Read a typed personal name and return it in one spelling.

    Spaces in a Chinese name go, every kind of middle dot becomes ``·``, full-width letters become
    plain ones, runs of spaces in a Latin name become one. Characters themselves are never replaced
    by look-alikes: 堃, 㙓 or a compatibility form stay as on the document.

    :raises InvalidCodeError: codes NAME_EMPTY, NAME_TOO_SHORT, NAME_TOO_LONG, NAME_PRIVATE_USE,
        NAME_CHARACTER.
    """
    name = "".join(
        character for character in fold_full_width(text) if unicodedata.category(character) != "Cf"
    ).strip()
    if not name:
        raise InvalidCodeError(EMPTY)
    if len(name) > MAX_LENGTH:
        raise InvalidCodeError(TOO_LONG)
    if any(unicodedata.category(character) == "Co" for character in name):
        raise InvalidCodeError(PRIVATE_USE)
    if _is_latin(name):
        return _parse_latin(name)
    han = re.sub(r"[ \t]+", "", _DOTS.sub(MIDDLE_DOT, name))
    if not _HAN_NAME.fullmatch(han):
        raise InvalidCodeError(CHARACTER)
    if len(han) == 1:
        raise InvalidCodeError(TOO_SHORT)
    return han


def _is_latin(name: str) -> bool:
    return any(character.isalpha() for character in name) and all(
        character in _LATIN_PUNCTUATION
        or unicodedata.category(character) in ("Mn", "Zs")
        or unicodedata.name(character, "").startswith("LATIN ")
        or character == "’"
        for character in name
    )


def _parse_latin(name: str) -> str:
    latin = unicodedata.normalize("NFC", " ".join(name.replace("’", "'").split()))
    if latin[0] in ".-" or latin[-1] == "-":
        raise InvalidCodeError(CHARACTER)
    if sum(character.isalpha() for character in latin) < 2:
        raise InvalidCodeError(TOO_SHORT)
    return latin


def mask(name: str) -> str:
    """Hide all but the first and, from three characters on, the last: 陈*, 陈*明, 阿****提."""
    if len(name) <= 1:
        return "*" * len(name)
    if len(name) == 2:
        return f"{name[0]}*"
    return f"{name[0]}{'*' * (len(name) - 2)}{name[-1]}"
