"""词法: cuts FEEL text into tokens. A name with spaces is joined later, by the parser."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from yiwang.kernel.casework.rules.errors import FeelError, Words

_NAME_START = (
    r"?A-Z_a-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u167F\u1681-\u180D"
    r"\u180F-\u1FFF\u200C-\u200D\u2070-\u218F\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF"
    r"\uFDF0-\uFEFE\uFF00-\uFFFD\U00010000-\U000EFFFF"
)
_NAME_PART = _NAME_START + r"0-9\u00B7\u0300-\u036F\u203F-\u2040"
_TOKEN = re.compile(
    r"(?P<space>(?:[\s\u0085\u00A0\u1680\u180E\u2000-\u200B\u2028\u2029\u202F\u205F\u3000\uFEFF]"
    r"|//[^\n]*|/\*[\s\S]*?\*/)+)"
    rf"|(?P<name>[{_NAME_START}][{_NAME_PART}]*)"
    r"|(?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)"
    r'|(?P<string>"(?:[^"\\]|\\[\s\S])*")'
    r'|(?P<at>@\s*"[^"]*")'
    r"|(?P<op>\*\*|\.\.|<=|>=|!=|->|/(?!\*)|[-+*(){}\[\]<>=,.:|'])"
)
_ESCAPE = re.compile(
    r"\\(?:[uU]([dD][89abAB][0-9a-fA-F]{2})\\[uU]([dD][c-fC-F][0-9a-fA-F]{2})"
    r"|U([0-9a-fA-F]{6})|u([0-9a-fA-F]{4})|(.))",
    re.DOTALL,
)
_SIMPLE_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\"}


class Token(NamedTuple):
    """One token: `kind` is name, number, string, at, op or end; `start` is its offset."""

    kind: str
    text: str
    start: int


def tokenize(text: str) -> list[Token]:
    """Return the tokens of `text`, closed by one of kind `end`.

    :raises FeelError: a character that starts no token, or a string or comment without its end.
    """
    tokens: list[Token] = []
    append = tokens.append
    match = _TOKEN.match
    position, length = 0, len(text)
    while position < length:
        found = match(text, position)
        if found is None:
            raise _unreadable(text, position)
        kind = found.lastgroup
        if kind != "space":
            append(Token(str(kind), found.group(), position))
        position = found.end()
    append(Token("end", "", length))
    return tokens


def name_parts(name: str) -> tuple[str, ...]:
    """Return the token texts that make up `name`: the form in which the parser looks names up."""
    return tuple(token.text for token in tokenize(name)[:-1])


class NameIndex:
    """Known names by their first word, longest first; only those a plain run of words is not."""

    __slots__ = ("_by_first",)

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """Make `name` known; a name that cannot be cut into words is left out."""
        try:
            parts = name_parts(name)
        except FeelError:
            return
        if len(parts) < 2:
            return
        entries = self._by_first.setdefault(parts[0], [])
        if (parts, name) not in entries:
            entries.append((parts, name))
            entries.sort(key=lambda entry: -len(entry[0]))

    def match(self, tokens: list[Token], index: int) -> tuple[int, str] | None:
        """Return (number of tokens, name) of the longest known name at `index`."""
        for parts, name in self._by_first.get(tokens[index].text, ()):
            words = tokens[index : index + len(parts)]
            if len(words) == len(parts) and all(
                token.text == part and token.kind != "end"
                for token, part in zip(words, parts, strict=True)
            ):
                return len(parts), name
        return None


def unquote(token_text: str) -> str:
    """Return the characters a string token stands for, with its escapes resolved."""
    body = token_text[1:-1]
    return _ESCAPE.sub(_unescape, body) if "\\" in body else body


def quote(value: str) -> str:
    """Return `value` as a FEEL string literal."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t") + '"'


def _unescape(found: re.Match[str]) -> str:
    high, low, long, short, other = found.groups()
    if high:
        return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + (int(low, 16) - 0xDC00))
    if long or short:
        return chr(int(long or short, 16))
    return _SIMPLE_ESCAPES.get(other, "\\" + other)


def _unreadable(text: str, position: int) -> FeelError:
    if text[position] == '"' or text.startswith("@", position):
        return FeelError(
            "string-open",
            text,
            position,
            Words("字符串没有结束的双引号", "a string has no closing double quote"),
            Words('补上半角双引号 "', 'add a closing "'),
        )
    if text.startswith("/*", position):
        return FeelError(
            "comment-open",
            text,
            position,
            Words("注释没有结束", "a comment has no end"),
            Words("补上 */", "add */"),
        )
    shown = text[position]
    return FeelError(
        "character",
        text,
        position,
        Words(f"不认识的字符 {shown}", f"the character {shown} has no meaning here"),
        Words(
            "改用半角符号；字符串用半角双引号括起",
            "use plain ASCII signs; put strings in double quotes",
        ),
    )
