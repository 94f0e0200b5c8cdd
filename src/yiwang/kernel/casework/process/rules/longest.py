"""时限合计: how long the steps of a process may take together, along its longest way."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

from yiwang.kernel.casework.process.rules.graph import Edge, list_edges

# Working hours of a day: limits in hours and in days add up.
_HOURS_A_DAY = 8


@dataclass(frozen=True, slots=True)
class LongestWay:
    """The sum of the limits, in the unit that was asked for, and the steps that it comes from."""

    amount: Fraction
    steps: tuple[str, ...]


def longest_way(
    content: Mapping[str, Any], *, unit: str, starts: frozenset[str], stops: frozenset[str]
) -> LongestWay:
    """Return the way whose step limits add up to most.

    Counted are steps after one of the effects ``starts`` ran (acceptance) and up to the one whose
    act runs one of ``stops`` (the decision). A way back counts once: the limit of the whole runs
    on while a step is done again. Limits in another unit do not count.
    """
    steps = content["steps"]
    edges: dict[str, list[Edge]] = {}
    for edge in list_edges(content):
        edges.setdefault(edge.source, []).append(edge)
    forward = _without_returns(content["start"], edges)

    @cache
    def longest(key: str, is_counting: bool) -> LongestWay:
        own = _amount(steps[key], unit) if is_counting else Fraction(0)
        best = LongestWay(Fraction(0), ())
        for edge in forward.get(key, ()):
            if is_counting and stops.intersection(edge.effects):
                continue
            further = longest(edge.target, is_counting or bool(starts.intersection(edge.effects)))
            best = max(best, further, key=lambda way: way.amount)
        return LongestWay(own + best.amount, ((key,) if own else ()) + best.steps)

    return longest(content["start"], False)


def _amount(step: Mapping[str, Any], unit: str) -> Fraction:
    limit = step.get("limit") or (step.get("after") if step["kind"] == "timer" else None)
    if limit is None:
        return Fraction(0)
    if limit["unit"] == unit:
        return Fraction(limit["amount"])
    if (limit["unit"], unit) == ("WORKING_HOUR", "WORKING_DAY"):
        return Fraction(limit["amount"], _HOURS_A_DAY)
    return Fraction(0)


def _without_returns(start: str, edges: Mapping[str, list[Edge]]) -> dict[str, list[Edge]]:
    """Return the ways without those that lead back to a step on the way to themselves."""
    kept: dict[str, list[Edge]] = {}
    path: list[str] = []
    on_path: set[str] = set()
    waiting: list[tuple[str, bool]] = [(start, False)]
    while waiting:
        key, is_done = waiting.pop()
        if is_done:
            on_path.discard(path.pop())
            continue
        if key in kept:
            continue
        path.append(key)
        on_path.add(key)
        kept[key] = [edge for edge in edges.get(key, ()) if edge.target not in on_path]
        waiting.append((key, True))
        waiting.extend((edge.target, False) for edge in reversed(kept[key]))
    # A way across to a step that is finished is no way back; one to an open step was left out.
    return kept
