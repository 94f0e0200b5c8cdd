"""秒批路径: which decisions of a process lead to a grant that no person has looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from yiwang.kernel.casework.process.rules.definition import Process, Step

# Where a token rests until somebody or something outside acts.
_RESTS = frozenset({"task", "wait", "timer", "call", "subcases"})


def instant_rules(process: Process) -> frozenset[str]:
    """Return the rules that, before any person acts, may send a case on to a grant."""
    reached = _walk(process, process.start)
    return frozenset(
        step.rule
        for step in reached
        if step.kind == "decision"
        and step.rule
        and any(_grants(process, branch.target) for branch in step.branches)
    )


def falls_to_person(process: Process, rule: str) -> bool:
    """Return whether a case that no branch of the rule takes comes to a task."""
    asking = [step for step in process.steps.values() if step.rule == rule]
    return bool(asking) and all(
        any(step.kind == "task" for step in _walk(process, step.default, past=_is_decision))
        and not _grants(process, step.default)
        for step in asking
    )


def _grants(process: Process, start: str) -> bool:
    return any(call.name == "grant" for step in _walk(process, start) for call in step.effects)


def _is_decision(step: Step) -> bool:
    return step.kind == "decision"


def _walk(
    process: Process, start: str, past: Callable[[Step], bool] = lambda step: False
) -> Iterator[Step]:
    """Yield the steps from one on, up to and with those where a token rests or ``past`` says so."""
    waiting, seen = [start], set()
    while waiting:
        key = waiting.pop()
        if not key or key in seen:
            continue
        seen.add(key)
        step = process.steps[key]
        yield step
        if step.kind in _RESTS or past(step):
            continue
        waiting += [step.target, step.default, *step.parallel]
        waiting += [branch.target for branch in step.branches]
