"""What several pages of the desk share: typed text, refusals in words, a case in one line."""

from typing import Any

from yiwang.kernel.base.parties import facade as parties
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.casework.process.models import Task
from yiwang.kernel.errors import DomainError
from yiwang.services.applications.http.shown import either

__all__ = ["MOST_TEXT", "case_line", "plain", "reason_of"]

MOST_TEXT = 2000
"""Characters of one opinion or one field of an act; a paper would not hold more."""


def plain(text: str, most: int) -> str:
    """Return typed text without what no store takes (U+0000), cut to its longest."""
    return text.replace("\0", "").strip()[:most]


def reason_of(error: DomainError | None) -> dict[str, str]:
    """Return a refusal as the reason and the mend, in the reader's language."""
    if error is None:
        return {}
    if error.problems:
        first = error.problems[0]
        return {
            "reason": either(first.reason_zh, first.reason_en),
            "mend": either(first.mend_zh, first.mend_en),
        }
    return {"reason": either(error.zh, error.en), "mend": either(*error.mend)}


def case_line(task: Task) -> dict[str, Any]:
    """Return what a page says of the case of a task: title, step, whose it is (masked), number."""
    party = task.case.party
    is_person = party.kind == Party.Kind.PERSON
    return {
        "title": either(task.case_title, task.case.title_en),
        "step": either(task.title_zh, task.title_en),
        "party": parties.mask_name(task.party_name) if is_person else task.party_name,
        "number": task.case_number,
    }
