"""What several pages of the desk share: typed text, refusals in words, one way to treat a task."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.parties import facade as parties
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.casework.process.models import Task
from yiwang.kernel.casework.process.rules.definition import Step
from yiwang.kernel.casework.worklist.facade import Turn
from yiwang.kernel.errors import DomainError
from yiwang.services.applications.http.shown import either

__all__ = ["MOST_TEXT", "Offer", "Sent", "Way", "case_line", "plain", "reason_of"]

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


@dataclass(frozen=True, slots=True)
class Offer:
    """What is known when one asks which ways are open: the task, whose turn it is, its step."""

    actor: Actor
    task: Task
    turn: Turn
    step: Step

    @property
    def is_open(self) -> bool:
        return self.task.status == Task.Status.OPEN

    @property
    def may_act(self) -> bool:
        return self.is_open and self.turn.may_act

    @property
    def may_dispose(self) -> bool:
        return self.is_open and (
            self.turn.may_act or (self.turn.may_assign and self.turn.delegation is None)
        )


@dataclass(frozen=True, slots=True)
class Sent:
    """What the official sent: people, a post, words, one of the choices, the version seen."""

    people: tuple[int, ...] = ()
    post: str = ""
    words: str = ""
    choice: str = ""
    then: str = ""
    version: int | None = None

    @property
    def person(self) -> int:
        """Return the one who was chosen; 0 is nobody, which every action refuses by name."""
        return self.people[0] if self.people else 0


Choices = Callable[[Offer], list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Way:
    """One way: its words, whom and what it asks for, when it is offered, and what it calls."""

    key: str
    title: Promise | str
    explains: Promise | str
    icon: str
    run: Callable[[Actor, int, Sent], object]
    offered: Callable[[Offer], bool]
    done: Promise | str
    people: str = ""
    text: Promise | str = ""
    needs_text: bool = True
    choice: Promise | str = ""
    choices: Choices | None = None
    then: Sequence[tuple[str, Promise | str]] = field(default=())
    leaves: bool = False
