"""流程图检查: does every path of a process come to its end, and nothing wait for ever.

Works on the YAML form, before it is compiled, so that a fault can be named by its place. The form
must already fit its schema. Where a fault makes a later question meaningless, that is not asked.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from yiwang.kernel.casework.process.rules.details import check_details
from yiwang.kernel.casework.process.rules.faults import GraphFault, Place
from yiwang.kernel.casework.process.rules.regions import SPLITS, all_heads, walk

__all__ = [
    "Edge",
    "GraphFault",
    "Place",
    "check_graph",
    "effect_names",
    "list_edges",
    "unmet_effects",
]

# Steps that the platform passes by itself; a circle of them alone would turn for ever.
_AUTOMATIC = frozenset({"decision", "effect", "join"}) | SPLITS


@dataclass(frozen=True, slots=True)
class Edge:
    """A way from one step to the next, with the effects that run on it."""

    source: str
    target: str
    place: Place
    effects: tuple[str, ...] = ()


def check_graph(content: Mapping[str, Any]) -> list[GraphFault]:
    """Return every fault of the graph; empty when each path ends."""
    steps: Mapping[str, Mapping[str, Any]] = content["steps"]
    edges = list(list_edges(content))
    faults = list(_unknown_targets(content, steps, edges))
    if faults:
        return faults
    reached = _reach([content["start"]], edges)
    faults += _dead_steps(steps, reached)
    faults += _endless_steps(steps, edges, reached)
    faults += _spinning(steps, edges)
    faults += _parallels(steps, edges)
    faults += check_details(steps)
    return faults


def list_edges(content: Mapping[str, Any]) -> Iterator[Edge]:
    """Yield every way between steps: acts, timers, branches and plain successors."""
    for key, step in content["steps"].items():
        base: Place = ("steps", key)
        if "to" in step:
            yield Edge(key, step["to"], (*base, "to"), effect_names(step.get("do", [])))
        for name, act in step.get("acts", {}).items():
            place = (*base, "acts", name, "to")
            yield Edge(key, act["to"], place, effect_names(act.get("do", [])))
        for index, timer in enumerate(step.get("timers", [])):
            place = (*base, "timers", index, "to")
            yield Edge(key, timer["to"], place, effect_names(timer.get("do", [])))
        for index, branch in enumerate(step.get("branches", [])):
            if isinstance(branch, str):
                yield Edge(key, branch, (*base, "branches", index))
            else:
                yield Edge(key, branch["to"], (*base, "branches", index, "to"))
        for index, target in enumerate(step.get("next", [])):
            yield from _free_edges(key, step, target, (*base, "next", index))
        for name in ("default", "failed"):
            if name in step:
                yield Edge(key, step[name], (*base, name))


def _free_edges(key: str, step: Mapping[str, Any], target: str, place: Place) -> Iterator[Edge]:
    """Yield the ways of 自由流: every act of the step may lead to the chosen next step."""
    ways = {effect_names(act.get("do", [])) for act in step["acts"].values()}
    for effects in sorted(ways):
        yield Edge(key, target, place, effects)


def effect_names(calls: Iterable[Any]) -> tuple[str, ...]:
    """Return the names of the effects in a ``do`` list, in order."""
    return tuple(call if isinstance(call, str) else next(iter(call)) for call in calls)


def unmet_effects(
    content: Mapping[str, Any], needs: Mapping[str, frozenset[str]]
) -> Iterator[tuple[Edge, str, frozenset[str]]]:
    """Yield each (edge, effect, wanted) where the effect may run before any of ``wanted`` did.

    ``needs`` maps an effect to effects of which one must have run before it on every path. The
    name ``end`` stands for coming to an end step.
    """
    steps = content["steps"]
    edges = list(list_edges(content))
    for wanted in dict.fromkeys(needs.values()):
        bare = _without(content["start"], edges, wanted)
        for edge in edges:
            if edge.source not in bare:
                continue
            seen = False
            for name in edge.effects:
                if needs.get(name) == wanted and not seen:
                    yield edge, name, wanted
                seen = seen or name in wanted
            ends = steps[edge.target]["kind"] == "end"
            if ends and not seen and needs.get("end") == wanted:
                yield edge, "end", wanted


def _without(start: str, edges: list[Edge], wanted: frozenset[str]) -> set[str]:
    """Return the steps that can be reached without any of the wanted effects."""
    return _reach([start], [edge for edge in edges if not wanted.intersection(edge.effects)])


def _reach(starts: Iterable[str], edges: list[Edge], stop: str = "") -> set[str]:
    ways: dict[str, list[str]] = {}
    for edge in edges:
        ways.setdefault(edge.source, []).append(edge.target)
    return walk(starts, ways, stop)


def _unknown_targets(
    content: Mapping[str, Any], steps: Mapping[str, Any], edges: list[Edge]
) -> Iterator[GraphFault]:
    wanted: list[tuple[str, Place]] = [(content["start"], ("start",))]
    wanted += [(edge.target, edge.place) for edge in edges]
    wanted += [
        (step["join"], ("steps", key, "join"))
        for key, step in steps.items()
        if step["kind"] in SPLITS
    ]
    for target, place in wanted:
        if target not in steps:
            yield GraphFault(
                "STEP_UNKNOWN",
                place,
                f"没有步骤“{target}”",
                f'There is no step "{target}".',
                f"改为已有的步骤：{'、'.join(steps)}",
                f"Name one of: {', '.join(steps)}.",
            )


def _dead_steps(steps: Mapping[str, Any], reached: set[str]) -> Iterator[GraphFault]:
    for key in steps:
        if key not in reached:
            yield GraphFault(
                "STEP_DEAD",
                ("steps", key),
                f"步骤“{key}”从起点走不到",
                f'The step "{key}" cannot be reached from the start.',
                "让某个步骤通向它，或者删掉",
                "Let some step lead to it, or remove it.",
            )


def _endless_steps(
    steps: Mapping[str, Any], edges: list[Edge], reached: set[str]
) -> Iterator[GraphFault]:
    backwards = [Edge(edge.target, edge.source, edge.place) for edge in edges]
    ends = [key for key, step in steps.items() if step["kind"] == "end"]
    ending = _reach(ends, backwards)
    for key in steps:
        if key in reached and key not in ending:
            yield GraphFault(
                "STEP_ENDLESS",
                ("steps", key),
                f"从步骤“{key}”出发走不到结束",
                f'No path from the step "{key}" comes to an end.',
                "给它一条通向结束步骤（kind: end）的路",
                "Give it a way to a step of kind end.",
            )


def _spinning(steps: Mapping[str, Any], edges: list[Edge]) -> Iterator[GraphFault]:
    """Find steps that a token could come back to without anybody acting or anything happening."""
    automatic = [
        edge
        for edge in edges
        if steps[edge.source]["kind"] in _AUTOMATIC and steps[edge.target]["kind"] in _AUTOMATIC
    ]
    for key in dict.fromkeys(edge.source for edge in automatic):
        first = [edge.target for edge in automatic if edge.source == key]
        if key in _reach(first, automatic):
            yield GraphFault(
                "STEP_SPINS",
                ("steps", key),
                f"步骤“{key}”会自动回到自己，没有人办理也停不下来",
                f'The step "{key}" comes back to itself with nobody acting in between.',
                "在环上放一个办理或等待步骤，或者改去向",
                "Put a task or a wait on the circle, or lead it elsewhere.",
            )


def _parallels(steps: Mapping[str, Any], edges: list[Edge]) -> Iterator[GraphFault]:
    parallels = {key: step for key, step in steps.items() if step["kind"] in SPLITS}
    owners: dict[str, list[str]] = {}
    for key, step in parallels.items():
        owners.setdefault(step["join"], []).append(key)
        yield from _one_parallel(key, step, steps, edges)
    for key, step in steps.items():
        if step["kind"] == "join" and len(owners.get(key, [])) != 1:
            yield GraphFault(
                "JOIN_WITHOUT_PARALLEL",
                ("steps", key),
                f"汇合“{key}”应当恰好对应一个并行步骤",
                f'The join "{key}" must belong to exactly one parallel step.',
                "让一个并行步骤的 join 指向它",
                "Let one parallel step name it as its join.",
            )


def _one_parallel(
    key: str, step: Mapping[str, Any], steps: Mapping[str, Any], edges: list[Edge]
) -> Iterator[GraphFault]:
    join = step["join"]
    if steps[join]["kind"] != "join":
        yield GraphFault(
            "JOIN_IS_NONE",
            ("steps", key, "join"),
            f"“{join}”不是汇合步骤",
            f'"{join}" is not a join.',
            "改为 kind: join 的步骤",
            "Name a step of kind join.",
        )
        return
    heads = all_heads(step)
    regions = [_reach([branch], edges, stop=join) - {join} for branch in heads]
    whole: set[str] = set()
    for index, (branch, region) in enumerate(zip(heads, regions, strict=True)):
        is_default = index >= len(step["branches"])
        place: Place = (
            ("steps", key, "default") if is_default else ("steps", key, "branches", index)
        )
        if join not in _reach([branch], edges, stop=join):
            yield _never_joins(place, branch, join)
        escaped = [name for name in sorted(region) if _leaves(name, key, steps)]
        if escaped:
            yield GraphFault(
                "BRANCH_ESCAPES",
                place,
                f"分支“{branch}”不经汇合“{join}”就到了“{escaped[0]}”，汇合会一直等下去",
                f'The branch "{branch}" comes to "{escaped[0]}" without the join "{join}", which '
                "would wait for ever.",
                "让分支的每条路都先到汇合，结束和再次并行放在汇合之后",
                "Lead every way of the branch to the join; end or part again only after it.",
            )
        shared = region & whole
        whole |= region
        if shared:
            yield GraphFault(
                "BRANCHES_MEET",
                place,
                f"两个分支在汇合以前都经过“{min(shared)}”",
                f'Two branches both pass "{min(shared)}" before the join.',
                "每个分支用自己的步骤",
                "Give each branch steps of its own.",
            )
    for edge in edges:
        enters = edge.target in whole or edge.target == join
        if enters and edge.source not in whole and edge.source != key:
            yield GraphFault(
                "BRANCH_ENTERED",
                edge.place,
                f"“{edge.source}”从并行以外进入“{edge.target}”，汇合“{join}”等不到其他分支",
                f'"{edge.source}" enters "{edge.target}" from outside the parallel, so the join '
                f'"{join}" would wait for the other branches for ever.',
                f"改为先到并行步骤“{key}”",
                f'Lead to the parallel step "{key}" instead.',
            )


def _leaves(name: str, parallel: str, steps: Mapping[str, Any]) -> bool:
    return name == parallel or steps[name]["kind"] in {"end", "join"} | SPLITS


def _never_joins(place: Place, branch: str, join: str) -> GraphFault:
    return GraphFault(
        "BRANCH_NEVER_JOINS",
        place,
        f"分支“{branch}”到不了汇合“{join}”",
        f'The branch "{branch}" never comes to the join "{join}".',
        "让分支的路通向汇合",
        "Lead the branch to the join.",
    )
