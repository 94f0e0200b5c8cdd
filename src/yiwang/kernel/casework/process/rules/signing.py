"""计票: has a step with several signers come to its result, or can it still change.

Pure: knows ballots, not people. SAME is the rule of a step without ``signing``: all who sign
choose one and the same act.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ballot:
    """One vote: its weight, and the act that was chosen; empty while it is awaited."""

    weight: int
    act: str = ""


def outcome(mode: str, ballots: Sequence[Ballot], *, agree: str = "", need: int = 0) -> str:
    """Return the act that the step is left by, or empty while it can still change.

    ``ballots`` come in the order in which they were cast. Those without weight are advice.
    With ALL and IN_ORDER everybody must agree; with VOTES the weights for it must reach ``need``.
    Once that cannot happen any more, the act that weighs most against it is the result; of equal
    ones the earliest.
    """
    voting = [one for one in ballots if one.weight > 0]
    cast = [one for one in voting if one.act]
    if mode == "ANY":
        return cast[0].act if cast else ""
    if mode == "SAME":
        return cast[0].act if cast and len(cast) == len(voting) else ""
    total = sum(one.weight for one in voting)
    wanted = need if mode == "VOTES" else total
    against: dict[str, int] = {}
    for one in cast:
        against[one.act] = against.get(one.act, 0) + one.weight
    if against.pop(agree, 0) >= wanted and cast:
        return agree
    if total - sum(against.values()) >= wanted:
        return ""
    return max(against, key=lambda act: against[act]) if against else ""
