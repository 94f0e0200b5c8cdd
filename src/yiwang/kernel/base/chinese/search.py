"""Search in Chinese text: bigrams in a ``tsvector``, with the ``simple`` configuration.

A run of Chinese characters is stored as its overlapping pairs and its last character alone:
市政大桥 gives 市政, 政大, 大桥, 桥. A word of two or more characters is then found by its pairs,
and a single character by prefix, all through one GIN index. Latin words and numbers stay whole.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Literal

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Value

CONFIG = "simple"
# PostgreSQL refuses lexemes above 2,046 bytes and vectors above 1 MB.
_LONGEST_WORD = 64
_LONGEST_TEXT = 60_000
_LONGEST_QUERY = 100

_HAN = r"\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002ee5f\U00030000-\U000323af"
_RUNS = re.compile(rf"(?P<han>[{_HAN}]+)|(?P<word>[^\W_{_HAN}]+)")


def bigrams(text: str) -> list[str]:
    """Return the overlapping pairs of each Chinese run, and Latin words and numbers whole.

    A run of one character gives that character. Everything is in NFKC form and folded case.
    """
    return [token for run in _runs(text, _LONGEST_TEXT) for token in _pairs(*run)]


def search_vector_text(text: str) -> str:
    """Return what to give to ``to_tsvector('simple', ...)`` for a text that shall be found."""
    tokens: list[str] = []
    for run, is_han in _runs(text, _LONGEST_TEXT):
        tokens.extend(_pairs(run, is_han))
        if is_han and len(run) > 1:
            tokens.append(run[-1])
    return " ".join(tokens)


def search_query(text: str, match: Literal["all", "any"] = "all") -> str:
    """Return what to give to ``to_tsquery('simple', ...)`` for words that a person typed.

    Operators and quotes in the text have no meaning and can do no harm. ``all`` finds texts that
    hold every word; ``any`` finds texts that hold some, to be ranked with ``ts_rank``. A single
    character, and a Latin word at the end that may not be finished, match as beginnings. Without
    any letter or digit the answer is empty and matches nothing. At most the first 100 characters
    count.
    """
    runs = list(_runs(text, _LONGEST_QUERY))
    terms: list[str] = []
    for position, (run, is_han) in enumerate(runs):
        is_last = position == len(runs) - 1
        is_beginning = len(run) == 1 if is_han else is_last and len(run) > 1
        # Tokens hold letters and digits only, so quoting needs no escape.
        terms.extend(f"'{token}'{':*' if is_beginning else ''}" for token in _pairs(run, is_han))
    return (" & " if match == "all" else " | ").join(dict.fromkeys(terms))


def as_search_vector(text: str, weight: Literal["A", "B", "C", "D"] = "D") -> SearchVector:
    """Return the vector of a text as an expression, to be written to a ``SearchVectorField``."""
    return SearchVector(Value(search_vector_text(text)), config=CONFIG, weight=weight)


def as_search_query(text: str, match: Literal["all", "any"] = "all") -> SearchQuery:
    """Return typed words as an expression: ``filter(search=as_search_query(words))``."""
    return SearchQuery(search_query(text, match), config=CONFIG, search_type="raw")


def _runs(text: str, limit: int) -> Iterator[tuple[str, bool]]:
    folded = unicodedata.normalize("NFKC", text[:limit]).casefold()
    # PostgreSQL reads no word out of numerals like the Bengali ৴, which Python counts as letters.
    readable = "".join(
        character if character.isalpha() or character.isdecimal() or character == "〇" else " "
        for character in folded
    )
    for found in _RUNS.finditer(readable):
        yield found.group(), found.lastgroup == "han"


def _pairs(run: str, is_han: bool) -> list[str]:
    if not is_han:
        return [run[:_LONGEST_WORD]]
    if len(run) == 1:
        return [run]
    return [run[index : index + 2] for index in range(len(run) - 1)]
