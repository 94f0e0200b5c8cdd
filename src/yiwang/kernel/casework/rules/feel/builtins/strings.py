"""文字函数: the string functions. Source: OMG DMN 1.5 clause 10.3.4.3."""

from __future__ import annotations

from typing import Any

from .patterns import compile_pattern, compile_replacement
from .registry import builtin


@builtin("substring", "string: string, start position: number, length?: number")
def substring(text: str, start: Any, length: Any = None) -> Any:
    """Return the characters from `start`, counted from 1 or, negative, from the end."""
    first = int(start)
    if first == 0 or abs(first) > len(text):
        return None
    begin = first - 1 if first > 0 else len(text) + first
    if length is None:
        return text[begin:]
    count = int(length)
    return text[begin : begin + count] if count > 0 else None


@builtin("string length", "string: string")
def string_length(text: str) -> Any:
    """Return the number of characters."""
    return len(text)


@builtin("upper case", "string: string")
def upper_case(text: str) -> Any:
    """Return the text in upper case."""
    return text.upper()


@builtin("lower case", "string: string")
def lower_case(text: str) -> Any:
    """Return the text in lower case."""
    return text.lower()


@builtin("substring before", "string: string, match: string")
def substring_before(text: str, match: str) -> Any:
    """Return the part before `match`, empty when it does not occur."""
    head, found, _ = text.partition(match) if match else ("", "", "")
    return head if found else ""


@builtin("substring after", "string: string, match: string")
def substring_after(text: str, match: str) -> Any:
    """Return the part after `match`, empty when it does not occur."""
    if not match:
        return text
    return text.partition(match)[2]


@builtin("contains", "string: string, match: string")
def contains(text: str, match: str) -> Any:
    """Return whether `match` occurs in the text."""
    return match in text


@builtin("starts with", "string: string, match: string")
def starts_with(text: str, match: str) -> Any:
    """Return whether the text begins with `match`."""
    return text.startswith(match)


@builtin("ends with", "string: string, match: string")
def ends_with(text: str, match: str) -> Any:
    """Return whether the text ends with `match`."""
    return text.endswith(match)


@builtin("matches", "input: string, pattern: string, flags?: string|Null")
def matches(text: str, pattern: str, flags: str | None = None) -> Any:
    """Return whether the pattern occurs in the text; null for a faulty pattern."""
    compiled = compile_pattern(pattern, flags or "")
    return None if compiled is None else compiled.search(text) is not None


@builtin("replace", "input: string, pattern: string, replacement: string, flags?: string|Null")
def replace(text: str, pattern: str, replacement: str, flags: str | None = None) -> Any:
    """Return the text with each match replaced; `$1` stands for a group."""
    compiled = compile_pattern(pattern, flags or "")
    if compiled is None or compiled.search("") is not None:
        return None
    template = compile_replacement(replacement, compiled.groups, literal="q" in (flags or ""))
    return None if template is None else compiled.sub(template, text)


@builtin("split", "string: string, delimiter: string")
def split(text: str, delimiter: str) -> Any:
    """Return the parts of the text between matches of the pattern `delimiter`."""
    compiled = compile_pattern(delimiter, "")
    if compiled is None:
        return None
    parts, begin = [], 0
    for found in compiled.finditer(text):
        parts.append(text[begin : found.start()])
        begin = found.end()
    return [*parts, text[begin:]]


@builtin("string join", "list: list, delimiter?: string|Null")
def string_join(items: list[Any], delimiter: str | None = None) -> Any:
    """Return the strings of the list joined; nulls are left out."""
    texts = [item for item in items if item is not None]
    if any(type(item) is not str for item in texts):
        return None
    return (delimiter or "").join(texts)
