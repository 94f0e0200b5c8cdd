"""办件页面: which pages show a case of a kind that is no single application."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.casework.cases.models import Case

__all__ = ["CasePages", "pages_of", "register_case_pages", "register_titles", "titles_beside"]


@dataclass(frozen=True, slots=True)
class CasePages:
    """Names of the addresses that show a case by its number, and what the API tells of it."""

    portal: str
    desk: str
    read: Callable[[Actor, Case], dict[str, Any]]


Titles = Callable[[list[str]], Mapping[str, str]]

_pages: dict[str, CasePages] = {}
_titles: list[Titles] = []


def register_case_pages(kind: str, pages: CasePages) -> None:
    """Let cases of a kind be shown by pages of their own."""
    _pages[kind] = pages


def pages_of(case: Case) -> CasePages | None:
    """Return the pages of the kind of a case; None for an application."""
    return _pages.get(case.kind)


def register_titles(titles: Titles) -> None:
    """Let drafts of what is no item have a title in lists, by their subject."""
    _titles.append(titles)


def titles_beside(subjects: list[str]) -> dict[str, str]:
    """Return the titles of drafts that are of no item."""
    return {key: title for titles in _titles for key, title in titles(subjects).items()}
