"""Sorting keys by 拼音, stored beside a name: the C collation of PostgreSQL sorts no Chinese."""

import unicodedata

# Surnames whose reading differs from the commonest one of the character (custom; the library
# reads characters by phrase and knows no surnames).
_SURNAMES = {
    "万俟": ("mo4", "qi2"),
    "尉迟": ("yu4", "chi2"),
    "单于": ("chan2", "yu2"),
    "仇": ("qiu2",),
    "任": ("ren2",),
    "冼": ("xian3",),
    "区": ("ou1",),
    "华": ("hua4",),
    "单": ("shan4",),
    "卜": ("bu3",),
    "召": ("shao4",),
    "查": ("zha1",),
    "曾": ("zeng1",),
    "朴": ("piao2",),
    "乐": ("yue4",),
    "盖": ("ge3",),
    "繁": ("po2",),
    "缪": ("miao4",),
    "翟": ("zhai2",),
    "薄": ("bo2",),
    "解": ("xie4",),
    "黑": ("he4",),
    "覃": ("qin2",),
    "员": ("yun4",),
    "纪": ("ji3",),
    "葛": ("ge3",),
    "种": ("chong2",),
    "秘": ("bi4",),
}


def pinyin_key(name: str, *, is_person: bool = False, max_length: int = 200) -> str:
    """Return the sorting key of a name: ``阳江市`` gives ``yang2 jiang1 shi4``.

    Syllables stand apart, so that 西安 (xi an) sorts before 先 (xian). With ``is_person`` the
    surname is read as a surname. Latin letters are folded; a character without a known reading
    stays itself and sorts last. The key is cut to ``max_length`` characters.
    """
    return " ".join(_syllables(name, is_person))[:max_length].rstrip()


def pinyin_initial(name: str, *, is_person: bool = False) -> str:
    """Return the letter under which an index lists the name: ``A`` to ``Z``, or ``#``."""
    letter = next(iter(_syllables(name, is_person)), "")[:1].upper()
    return letter if "A" <= letter <= "Z" else "#"


def pinyin_initials(name: str) -> str:
    """Return the first letters that people type for a name: ``阳江市`` gives ``yjs``."""
    letters = _read(_folded(name), "FIRST_LETTER")
    return "".join(filter(str.isalnum, "".join(letters)))


def _read(text: str, style: str) -> list[str]:
    # Its tables take 55 MB: a process that names nobody new never loads them.
    from pypinyin import Style, lazy_pinyin

    syllables: list[str] = lazy_pinyin(
        text, style=getattr(Style, style), neutral_tone_with_five=style == "TONE3"
    )
    return syllables


def _folded(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _syllables(name: str, is_person: bool) -> list[str]:
    folded = _folded(name)
    surname: tuple[str, ...] = ()
    if is_person:
        surname = next((_SURNAMES[key] for key in _SURNAMES if folded.startswith(key)), ())
    rest = _read(folded[len(surname) :], "TONE3")
    return [*surname, *rest]
