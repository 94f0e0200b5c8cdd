"""模板文字: filling ``{placeholders}``. Plain names only: no format codes, no attributes."""

import re
from collections.abc import Mapping

_PART = re.compile(r"\{\{|\}\}|\{(?P<name>[a-z][a-z0-9_]*)\}|(?P<bad>[{}])", re.ASCII)


class PlaceholderError(ValueError):
    """A brace that belongs to no placeholder, or a name without a value."""


def placeholders(text: str) -> frozenset[str]:
    """Return the names in a text.

    :raises PlaceholderError: a lone brace, or a name that is not lower-case.
    """
    names = set()
    for match in _PART.finditer(text):
        if match["bad"]:
            raise PlaceholderError(text[match.start() : match.start() + 20])
        if match["name"]:
            names.add(match["name"])
    return frozenset(names)


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put the values in; what a value contains is never read again.

    :raises PlaceholderError: a lone brace, or a name without a value.
    """

    def put(match: re.Match[str]) -> str:
        name = match["name"]
        if name is None:
            if match["bad"]:
                raise PlaceholderError(text[match.start() : match.start() + 20])
            return match[0][0]
        if name not in values:
            raise PlaceholderError(name)
        return values[name]

    return _PART.sub(put, text)
