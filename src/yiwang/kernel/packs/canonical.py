"""规范写法: one way to write each object as YAML, with the comments of whoever wrote it.

What is edited in the desk is stored so, and ``pack fmt`` gives the same. Every value stands on a
line of its own; text is written bare where it reads back as the same text, between double quotes
where it does not, and as a block where it has lines. Keys keep their order: it means something.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from yiwang.kernel.packs.checks.documents import Place, read_document
from yiwang.kernel.packs.errors import PackBrokenError

__all__ = ["format_yaml", "write_yaml"]

_resolver = yaml.resolver.Resolver()
_TEXTS = ("tag:yaml.org,2002:str", "tag:yaml.org,2002:timestamp")
# What YAML lets stand as it is; anything else is written as an escape.
_UNPRINTABLE = re.compile(
    "[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_BREAKS = re.compile("[\r\x85\u2028\u2029]")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
# Comments that stand before anything else, and after everything.
_TOP: Place = ()

Comments = Mapping[Place, list[str]]


def format_yaml(path: str, content: bytes) -> bytes:
    """Return a file in canonical form, its comments kept above what they speak of.

    :raises PackBrokenError: the file is no YAML that a pack may hold.
    """
    document = read_document(path, content)
    if document.findings:
        raise PackBrokenError(findings=[finding.as_dict() for finding in document.findings])
    text = content.decode("utf-8").lstrip("\ufeff")
    comments, tail = _place(list(_comments(text)), document.lines)
    return _write(document.data, comments, tail)


def write_yaml(data: Any) -> bytes:
    """Return plain data as a file in canonical form. Mappings, lists, text, numbers, truth."""
    return _write(data, {}, [])


def _write(data: Any, comments: Comments, tail: list[str]) -> bytes:
    lines = [*comments.get(_TOP, []), *_lines(data, (), comments, ""), *tail]
    return "".join(f"{line}\n" for line in lines).encode("utf-8")


def _comments(text: str) -> Iterator[tuple[int, str]]:
    """Yield each comment with its line, from 1. What is between two tokens is space or comment."""
    end = 0
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        yield from _between(text, end, token.start_mark.index)
        end = max(end, token.end_mark.index)
    yield from _between(text, end, len(text))


def _between(text: str, start: int, stop: int) -> Iterator[tuple[int, str]]:
    line = text.count("\n", 0, start) + 1
    for number, part in enumerate(text[start:stop].split("\n")):
        if "#" in part:
            yield line + number, part[part.index("#") :].rstrip()


def _place(
    found: list[tuple[int, str]], lines: Mapping[Place, int]
) -> tuple[dict[Place, list[str]], list[str]]:
    """Give each comment to the first value on its line, else to the next one below."""
    first: dict[int, Place] = {}
    for place, line in lines.items():
        # The outermost value of a line, for it is written first.
        if place and (line not in first or len(place) < len(first[line])):
            first[line] = place
    ordered = sorted(first)
    comments: dict[Place, list[str]] = {}
    tail = []
    for line, text in found:
        below = next((start for start in ordered if start >= line), None)
        if below is None:
            tail.append(text)
        else:
            comments.setdefault(first[below], []).append(text)
    return comments, tail


def _lines(data: Any, place: Place, comments: Comments, indent: str) -> Iterator[str]:
    """Yield the lines of a value that begins on a line of its own."""
    if isinstance(data, Mapping) and data:
        for key, value in data.items():
            here = (*place, key)
            yield from (f"{indent}{text}" for text in comments.get(here, ()))
            yield from _entry(f"{indent}{_scalar(key)}:", value, here, comments, indent)
    elif isinstance(data, list) and data:
        for number, value in enumerate(data):
            here = (*place, number)
            yield from (f"{indent}{text}" for text in comments.get(here, ()))
            if _is_nested(value):
                inner = list(_lines(value, here, comments, f"{indent}  "))
                bare = next(n for n, line in enumerate(inner) if not line.lstrip().startswith("#"))
                # A comment on the first key comes before the dash: nothing may stand beside it.
                yield from (line[2:] for line in inner[:bare])
                yield f"{indent}- {inner[bare][len(indent) + 2 :]}"
                yield from inner[bare + 1 :]
            else:
                yield from _entry(f"{indent}-", value, here, comments, indent)
    else:
        yield from _leaf(indent, data, indent)


def _entry(head: str, value: Any, place: Place, comments: Comments, indent: str) -> Iterator[str]:
    if _is_nested(value):
        yield head
        yield from _lines(value, place, comments, f"{indent}  ")
    else:
        yield from _leaf(f"{head} ", value, indent)


def _leaf(head: str, value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, str) and _is_block(value):
        keep = "" if value.endswith("\n") else "-"
        yield f"{head}|{keep}"
        for line in value.removesuffix("\n").split("\n"):
            yield f"{indent}  {line}" if line else ""
    else:
        yield head + _scalar(value)


def _is_nested(value: Any) -> bool:
    return isinstance(value, (Mapping, list)) and bool(value)


def _is_block(text: str) -> bool:
    """Say whether text can stand as lines: no odd signs, no spaces that nobody would see."""
    lines = text.removesuffix("\n").split("\n")
    return (
        len(lines) > 1
        and all(line == line.rstrip() for line in lines)
        and bool(lines[0])
        and not lines[0].startswith((" ", "\t"))
        and bool(lines[-1])
        and not _UNPRINTABLE.search(text)
        and not _BREAKS.search(text)
        and "\t" not in text
    )


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return _number(value)
    if isinstance(value, str):
        return value if _is_plain(value) else _quoted(value)
    return "[]" if isinstance(value, list) else "{}"


def _number(value: float) -> str:
    text = repr(value)
    # YAML 1.1 reads ``1e+20`` as text: it wants a point before the exponent.
    return text.replace("e", ".0e") if "e" in text and "." not in text else text


def _is_plain(text: str) -> bool:
    if not text or text != text.strip() or text[0] in "-?:,[]{}#&*!|>'\"%@`=<~.":
        return False
    if ": " in text or " #" in text or text.endswith(":") or "\t" in text or "\n" in text:
        return False
    if _UNPRINTABLE.search(text) or _BREAKS.search(text) or "\u3000" in (text[0], text[-1]):
        return False
    tag: str = _resolver.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    return tag in _TEXTS


def _quoted(text: str) -> str:
    def escape(sign: re.Match[str]) -> str:
        code = ord(sign.group())
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"

    known = "".join(_ESCAPES.get(sign, sign) for sign in text)
    return f'"{_BREAKS.sub(escape, _UNPRINTABLE.sub(escape, known))}"'
