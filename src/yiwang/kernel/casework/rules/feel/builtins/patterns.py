"""正则: turns XPath regular expressions, which FEEL uses, into Python's.

Differences met: flags s m i x q, \\p{...} classes, class subtraction [a-z-[aeiou]], \\i and \\c.
Source: W3C XQuery and XPath Functions 3.1 clause 5.6.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable
from functools import lru_cache

_FLAGS = {"s": re.DOTALL, "m": re.MULTILINE, "i": re.IGNORECASE, "x": 0, "q": 0}
_NAME_START = (
    r":A-Z_a-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u3001-\uD7FF"
)
_NAME_PART = _NAME_START + r"\-.0-9\u00B7\u0300-\u036F\u203F-\u2040"
_KNOWN_ESCAPES = frozenset("nrtsSdDwW\\|.?*+(){}[]^$-")
_CATEGORY = re.compile(r"\{(Is[A-Za-z0-9-]+|[A-Z][a-z]?)\}")

# The Unicode blocks that patterns name in practice.
_BLOCKS = {
    "BasicLatin": (0x0000, 0x007F),
    "Latin-1Supplement": (0x0080, 0x00FF),
    "LatinExtended-A": (0x0100, 0x017F),
    "LatinExtended-B": (0x0180, 0x024F),
    "IPAExtensions": (0x0250, 0x02AF),
    "GreekandCoptic": (0x0370, 0x03FF),
    "Greek": (0x0370, 0x03FF),
    "Cyrillic": (0x0400, 0x04FF),
    "Armenian": (0x0530, 0x058F),
    "Hebrew": (0x0590, 0x05FF),
    "Arabic": (0x0600, 0x06FF),
    "Devanagari": (0x0900, 0x097F),
    "Thai": (0x0E00, 0x0E7F),
    "GeneralPunctuation": (0x2000, 0x206F),
    "CurrencySymbols": (0x20A0, 0x20CF),
    "NumberForms": (0x2150, 0x218F),
    "Arrows": (0x2190, 0x21FF),
    "MathematicalOperators": (0x2200, 0x22FF),
    "CJKSymbolsandPunctuation": (0x3000, 0x303F),
    "Hiragana": (0x3040, 0x309F),
    "Katakana": (0x30A0, 0x30FF),
    "CJKUnifiedIdeographsExtensionA": (0x3400, 0x4DBF),
    "CJKUnifiedIdeographs": (0x4E00, 0x9FFF),
    "HangulSyllables": (0xAC00, 0xD7AF),
    "HalfwidthandFullwidthForms": (0xFF00, 0xFFEF),
}


class _Faulty(Exception):
    """The pattern is not an XPath regular expression."""


@lru_cache(maxsize=1024)
def compile_pattern(pattern: str, flags: str) -> re.Pattern[str] | None:
    """Return the compiled pattern, None when pattern or flags are faulty."""
    options = 0
    for flag in flags:
        if flag not in _FLAGS:
            return None
        options |= _FLAGS[flag]
    if "q" in flags:
        return re.compile(re.escape(pattern), options)
    try:
        if "x" in flags:
            pattern = _without_spaces(pattern)
        return re.compile(_Translation(pattern, flags).run(), options)
    except (_Faulty, re.error, OverflowError, RecursionError):
        return None


def compile_replacement(
    text: str, groups: int, *, literal: bool
) -> Callable[[re.Match[str]], str] | None:
    """Return a function that makes the replacement of one match, None for a faulty text."""
    if literal:
        return lambda _: text
    parts: list[str | int] = []
    place = 0
    while place < len(text):
        sign = text[place]
        following = text[place + 1] if place + 1 < len(text) else ""
        if sign == "\\":
            if following not in ("\\", "$"):
                return None
            parts.append(following)
            place += 2
        elif sign == "$":
            digits = re.match(r"\d+", text[place + 1 :])
            if digits is None:
                return None
            number = digits.group()
            while len(number) > 1 and int(number) > groups:
                number = number[:-1]
            parts.append(int(number))
            place += 1 + len(number)
        else:
            parts.append(sign)
            place += 1

    def render(found: re.Match[str]) -> str:
        return "".join(
            part if isinstance(part, str) else ((found.group(part) or "") if part <= groups else "")
            for part in parts
        )

    return render


def _without_spaces(pattern: str) -> str:
    """Drop white space outside character classes, even after a backslash, as flag x asks."""
    kept, depth, escaped = [], 0, False
    for sign in pattern:
        if depth == 0 and sign in " \t\n\r":
            continue
        if not escaped:
            depth += {"[": 1, "]": -1}.get(sign, 0)
        escaped = sign == "\\" and not escaped
        kept.append(sign)
    return "".join(kept)


class _Translation:
    def __init__(self, pattern: str, flags: str) -> None:
        self.pattern = pattern
        self.place = 0
        self.multiline = "m" in flags
        self.dot_all = "s" in flags

    def run(self) -> str:
        out = []
        while self.place < len(self.pattern):
            sign = self.pattern[self.place]
            if sign == "[":
                out.append(self.character_class())
            elif sign == "\\":
                out.append(self.escape(inside=False))
            elif sign == "." and not self.dot_all:
                out.append(r"[^\n\r]")
                self.place += 1
            elif sign == "$" and not self.multiline:
                out.append(r"\Z")
                self.place += 1
            elif self.pattern.startswith("(?", self.place) and not self.pattern.startswith(
                "(?:", self.place
            ):
                raise _Faulty
            elif sign == "+" and out and out[-1] in ("*", "+", "?", "}"):
                # Python would read a possessive quantifier, which XPath does not have.
                raise _Faulty
            else:
                out.append(sign)
                self.place += 1
        return "".join(out)

    def escape(self, *, inside: bool) -> str:
        sign = self.pattern[self.place + 1 : self.place + 2]
        self.place += 2
        if sign in ("p", "P"):
            found = _CATEGORY.match(self.pattern, self.place)
            if found is None:
                raise _Faulty
            self.place = found.end()
            members = _category(found[1])
            if inside and sign == "P":
                return _complement(found[1])
            return members if inside else f"[{'^' if sign == 'P' else ''}{members}]"
        if sign in ("i", "c"):
            members = _NAME_START if sign == "i" else _NAME_PART
            return members if inside else f"[{members}]"
        if sign in ("I", "C") and not inside:
            return f"[^{_NAME_START if sign == 'I' else _NAME_PART}]"
        if sign in _KNOWN_ESCAPES or (sign.isdigit() and sign != "0" and not inside):
            return "\\" + sign
        raise _Faulty

    def character_class(self) -> str:
        """Translate one [...], subtraction included, as a group that matches one character."""
        self.place += 1
        negated = self.pattern.startswith("^", self.place)
        self.place += negated
        members: list[str] = []
        subtracted = ""
        while True:
            if self.place >= len(self.pattern):
                raise _Faulty
            sign = self.pattern[self.place]
            if sign == "]":
                self.place += 1
                break
            if self.pattern.startswith("-[", self.place):
                self.place += 1
                subtracted = self.character_class()
                if not self.pattern.startswith("]", self.place):
                    raise _Faulty
                self.place += 1
                break
            if sign == "[":
                raise _Faulty
            if sign == "\\":
                members.append(self.escape(inside=True))
            else:
                members.append("\\" + sign if sign in "&~|" else sign)
                self.place += 1
        if not members:
            raise _Faulty
        plain = f"[{'^' if negated else ''}{''.join(members)}]"
        return f"(?:(?!{subtracted}){plain})" if subtracted else plain


@lru_cache(maxsize=64)
def _category(name: str) -> str:
    """Return the members of a Unicode category as the inside of a character class."""
    if name.startswith("Is"):
        first, last = _block(name)
        return f"\\U{first:08x}-\\U{last:08x}"
    return _spans(lambda sign: unicodedata.category(sign).startswith(name))


@lru_cache(maxsize=64)
def _complement(name: str) -> str:
    if name.startswith("Is"):
        first, last = _block(name)
        return _spans(lambda sign: not first <= ord(sign) <= last)
    return _spans(lambda sign: not unicodedata.category(sign).startswith(name))


def _block(name: str) -> tuple[int, int]:
    found = _BLOCKS.get(name.removeprefix("Is"))
    if found is None:
        raise _Faulty
    return found


def _spans(belongs: Callable[[str], bool]) -> str:
    spans: list[str] = []
    start = -1
    for code in range(sys.maxunicode + 2):
        inside = code <= sys.maxunicode and belongs(chr(code))
        if inside and start < 0:
            start = code
        elif not inside and start >= 0:
            spans.append(f"\\U{start:08x}-\\U{code - 1:08x}")
            start = -1
    if not spans:
        raise _Faulty
    return "".join(spans)
