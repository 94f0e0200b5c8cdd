"""并行区: in which branch each step lies, and which steps a step can lead to.

Works on the YAML form. A branch bears the name ``<join>:<its first step>``, which is what a token
in it carries; outside of all branches the name is empty. Branches do not nest (see ``graph``).
"""

from collections.abc import Iterable, Mapping
from typing import Any

SPLITS = frozenset({"parallel", "inclusive"})
# Kinds of step at which a token comes to rest.
RESTS = frozenset({"task", "wait", "call", "subcase", "timer"})


def targets(step: Mapping[str, Any]) -> list[str]:
    """Return where a step can lead at once, by whatever way."""
    found = [step[name] for name in ("to", "failed", "default") if name in step]
    found += [act["to"] for act in step.get("acts", {}).values()]
    found += [timer["to"] for timer in step.get("timers", [])]
    found += step.get("next", [])
    found += branch_heads(step)
    return found


def branch_heads(step: Mapping[str, Any]) -> list[str]:
    """Return the first step of each branch, without the default."""
    return [b if isinstance(b, str) else b["to"] for b in step.get("branches", [])]


def all_heads(step: Mapping[str, Any]) -> list[str]:
    """Return the first step of each branch that a split may take."""
    heads = branch_heads(step)
    if step["kind"] == "inclusive":
        heads.append(step["default"])
    return list(dict.fromkeys(heads))


def following(steps: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    return {key: targets(step) for key, step in steps.items()}


def walk(starts: Iterable[str], ways: Mapping[str, list[str]], stop: str = "") -> set[str]:
    """Return every step that is met from ``starts`` on, going no further than ``stop``."""
    seen: set[str] = set()
    waiting = list(starts)
    while waiting:
        key = waiting.pop()
        if key not in seen:
            seen.add(key)
            if key != stop:
                waiting.extend(ways.get(key, ()))
    return seen


def reach(ways: Mapping[str, list[str]]) -> dict[str, frozenset[str]]:
    """Return for each step the steps after it."""
    return {key: frozenset(walk(next_steps, ways)) for key, next_steps in ways.items()}


def places(steps: Mapping[str, Mapping[str, Any]], ways: Mapping[str, list[str]]) -> dict[str, str]:
    """Return the branch of each step, empty outside of all."""
    found = dict.fromkeys(steps, "")
    for step in steps.values():
        if step["kind"] in SPLITS:
            join = step["join"]
            for head in all_heads(step):
                for key in walk([head], ways, stop=join) - {join}:
                    found[key] = f"{join}:{head}"
    return found
