"""主办件与子办件: how a case that is made of parts stands, from how its parts stand."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Part", "Whole", "WholeState", "derive_whole"]


class WholeState(StrEnum):
    """整体状态: what the applicant is told of the whole."""

    OPEN = "OPEN"
    """办理中: no part has ended."""
    PARTLY_DONE = "PARTLY_DONE"
    """部分已办结: some parts have ended, others go on."""
    DONE = "DONE"
    """全部办成: all that was still wanted is granted."""
    PARTIAL = "PARTIAL"
    """部分办成: all parts have ended, some of them without being granted."""
    REFUSED = "REFUSED"
    """没有办成: all parts have ended, none of them granted."""
    WITHDRAWN = "WITHDRAWN"
    """已撤件: the applicant took every part back."""


# What the case row of the whole says when it has ended.
OUTCOMES = {
    WholeState.DONE: "GRANTED",
    WholeState.PARTIAL: "PARTIAL",
    WholeState.REFUSED: "REFUSED",
    WholeState.WITHDRAWN: "WITHDRAWN",
}
# What needs the applicant comes first; of what does not, the part that is furthest behind leads.
_NEEDS_APPLICANT = ("CORRECTING", "PAYING")
_ORDER = ("SUBMITTED", "RECEIVED", "ACCEPTED", "REVIEWING", "SITE_CHECK", "DECIDING")


@dataclass(frozen=True, slots=True)
class Part:
    """One part as its case row has it. ``has_begun`` is false while it waits for another part."""

    status: str
    phase: str
    outcome: str = ""
    has_begun: bool = True

    @property
    def has_ended(self) -> bool:
        return self.status == "CONCLUDED"

    @property
    def is_granted(self) -> bool:
        return self.has_ended and self.outcome == "GRANTED"


@dataclass(frozen=True, slots=True)
class Whole:
    """The derived state, with the phase and outcome that the row of the parent carries."""

    state: WholeState
    phase: str
    outcome: str

    @property
    def has_ended(self) -> bool:
        return bool(self.outcome)


def derive_whole(parts: Iterable[Part]) -> Whole:
    """Return how the whole stands.

    A part that the applicant took back does not spoil the rest: the whole is done when all else is
    granted. One that lapsed, or that an authority refused or declined, does.

    :raises ValueError: a whole has at least one part.
    """
    known = list(parts)
    if not known:
        raise ValueError("a case without parts has no state of a whole")
    going_on = [part for part in known if not part.has_ended]
    if going_on:
        is_partly = len(going_on) < len(known)
        state = WholeState.PARTLY_DONE if is_partly else WholeState.OPEN
        return Whole(state, _phase(going_on), "")
    state = _end(known)
    return Whole(state, "CONCLUDED", OUTCOMES[state])


def _phase(going_on: list[Part]) -> str:
    phases = {part.phase for part in going_on if part.has_begun}
    for phase in _NEEDS_APPLICANT:
        if phase in phases:
            return phase
    return next((phase for phase in _ORDER if phase in phases), "ACCEPTED")


def _end(ended: list[Part]) -> WholeState:
    wanted = [part for part in ended if part.outcome != "WITHDRAWN"]
    if not wanted:
        return WholeState.WITHDRAWN
    granted = sum(part.is_granted for part in wanted)
    if granted == len(wanted):
        return WholeState.DONE
    return WholeState.PARTIAL if granted else WholeState.REFUSED
