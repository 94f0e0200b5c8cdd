"""Looks a word up by a key that only the page's data know."""

from collections.abc import Mapping

from django import template

register = template.Library()


@register.filter
def named(words: Mapping[str, str], key: str) -> str:
    """Return the word for a key, the key itself where there is none."""
    return words.get(key, key)
