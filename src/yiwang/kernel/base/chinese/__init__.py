"""中文处理: search by bigrams and sorting by pinyin, the one place for both.

The embedded PostgreSQL has no ICU and no Chinese parser, so names sort by a stored
:func:`pinyin_key` and text is found through bigrams in a ``tsvector``.
"""

from yiwang.kernel.base.chinese.pinyin import pinyin_initial, pinyin_initials, pinyin_key
from yiwang.kernel.base.chinese.search import (
    as_search_query,
    as_search_vector,
    bigrams,
    search_query,
    search_vector_text,
)

__all__ = [
    "as_search_query",
    "as_search_vector",
    "bigrams",
    "pinyin_initial",
    "pinyin_initials",
    "pinyin_key",
    "search_query",
    "search_vector_text",
]
