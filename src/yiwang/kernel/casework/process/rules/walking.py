"""走令牌: how a token goes from step to step until it rests or the process ends.

It stores nothing and knows no database. What lies under the steps (rows, or a list in memory) is a
:class:`Ground`; the engine is one.
"""

from collections import deque
from collections.abc import Mapping
from typing import Any, Protocol

from yiwang.kernel.casework.process.rules.definition import Process, Step

__all__ = ["Ground", "TooWideError", "walk"]

# A process with a loop of decisions would spin for ever; no real one passes so many steps at once.
MAX_STEPS = 200
# More branches at one time than any office could follow.
MAX_WIDTH = 500


class TooWideError(Exception):
    """More would be open at once than a case can carry."""


class Ground(Protocol):
    """What the tokens stand on, and what happens where they come."""

    def facts_for(self, step: Step) -> Mapping[str, Any]:
        """Return what the conditions of a step see now."""

    def come_to(self, step: Step) -> None:
        """Tell that a token comes to a step, of whatever kind."""

    def pass_by(self, step: Step, branch: str) -> None:
        """Write down that a token passed a step without resting."""

    def decide(self, step: Step, branch: str) -> None:
        """Pass a step by its rule; what it gives is seen by conditions."""

    def run(self, step: Step) -> None:
        """Run the effects of a step."""

    def rest(self, step: Step, branch: str) -> bool:
        """Let a token rest at a step. Return whether what it waits for is there already."""

    def is_under_way(self, join: str) -> bool:
        """Say whether a token rests in a region before its join."""

    def take_up(self, join: str) -> None:
        """Take the tokens that rest at a join away: one goes on for all."""

    def end(self) -> None:
        """Close whatever still rests."""


def walk(process: Process, ground: Ground, target: str, branch: str = "") -> None:
    """Walk from ``target`` until every token rests or the process has ended.

    :raises TooWideError: more would be open at once than a case can carry.
    """
    waiting = deque([(target, branch)])
    passed = rested = 0
    while waiting:
        if len(waiting) + rested > MAX_WIDTH:
            raise TooWideError
        if passed >= MAX_STEPS:
            raise RuntimeError(f"process {process.key} does not come to rest")
        key, branch = waiting.popleft()
        step = process.steps[key]
        ground.come_to(step)
        passed += 1
        match step.kind:
            case "task" | "wait" | "timer" | "call" | "subcase":
                if ground.rest(step, branch):
                    waiting.append((step.target, branch))
                else:
                    passed -= 1
                    rested += 1
            case "decision":
                waiting.append((_decide(ground, step, branch), branch))
            case "effect":
                ground.pass_by(step, branch)
                ground.run(step)
                waiting.append((step.target, branch))
            case "parallel":
                ground.pass_by(step, branch)
                waiting.extend((head, f"{step.join}:{head}") for head in step.parallel)
            case "inclusive":
                ground.pass_by(step, branch)
                waiting.extend((head, f"{step.join}:{head}") for head in _chosen(ground, step))
            case "join":
                prefix = f"{key}:"
                is_awaited = any(other.startswith(prefix) for _, other in waiting)
                if is_awaited or ground.is_under_way(key):
                    ground.rest(step, branch)
                    passed -= 1
                    rested += 1
                else:
                    ground.take_up(key)
                    ground.pass_by(step, branch)
                    waiting.append((step.target, ""))
            case "end":
                ground.pass_by(step, branch)
                ground.end()
                # Whatever was still on its way beside this branch has nowhere to go.
                return
            case _:
                raise RuntimeError(f"step {step.key} is of unknown kind {step.kind}")


def _decide(ground: Ground, step: Step, branch: str) -> str:
    if step.rule:
        ground.decide(step, branch)
    else:
        ground.pass_by(step, branch)
    if not step.branches:
        return step.default
    facts = ground.facts_for(step)
    for candidate in step.branches:
        if candidate.condition(facts) is True:
            return candidate.target
    return step.default


def _chosen(ground: Ground, step: Step) -> list[str]:
    """Return the branches whose condition holds; the default where none does."""
    facts = ground.facts_for(step)
    held = [one.target for one in step.branches if one.condition(facts) is True]
    return list(dict.fromkeys(held)) or [step.default]
