"""流程图: what a process definition looks like as nodes, flows and lanes; no places yet.

Works on the YAML form. Which ways lead out of a step is asked of ``rules.graph``, so that a kind of
step that is added there is drawn too.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from yiwang.kernel.casework.process.bpmn.wording import APPLICANT, PLATFORM, Wording
from yiwang.kernel.casework.process.rules.graph import Edge, Place, list_edges

START = "StartEvent"

# The BPMN element of each kind of step. What is not named here is drawn as a plain task.
ELEMENTS = {
    "task": "userTask",
    "wait": "receiveTask",
    "decision": "exclusiveGateway",
    "effect": "serviceTask",
    "parallel": "parallelGateway",
    "inclusive": "inclusiveGateway",
    "join": "parallelGateway",
    "notice": "sendTask",
    "call": "serviceTask",
    "subcase": "callActivity",
    "timer": "intermediateCatchEvent",
    "end": "endEvent",
}
PLAIN = "task"
TASKS = frozenset(
    {
        "userTask",
        "receiveTask",
        "serviceTask",
        "businessRuleTask",
        "sendTask",
        "callActivity",
        PLAIN,
    }
)
GATEWAYS = frozenset({"exclusiveGateway", "parallelGateway", "inclusiveGateway"})

TASK_SIZE = (132, 64)
GATEWAY_SIZE = (50, 50)
EVENT_SIZE = (36, 36)


_ORDER = (
    *("kind", "title_zh", "title_en", "phase", "role", "unit", "signers", "limit", "event", "rule"),
    *("do", "acts", "branches", "default", "join", "to", "timers"),
)


def in_order(step: Mapping[str, Any]) -> dict[str, Any]:
    """Return the step with its keys in the order in which people write them."""
    return {name: step[name] for name in (*_ORDER, *step) if name in step}


@dataclass(frozen=True, slots=True)
class Lane:
    """泳道: who holds the steps in it. ``post`` is the role and unit that a task of it names."""

    key: str
    name: str
    post: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Node:
    """``step`` is the key of the step that it stands for; ``host`` where a timer sits on a step."""

    id: str
    element: str
    name: str
    lane: str
    step: str = ""
    host: str = ""

    @property
    def size(self) -> tuple[int, int]:
        """Return width and least height."""
        if self.element in TASKS:
            return TASK_SIZE
        return GATEWAY_SIZE if self.element in GATEWAYS else EVENT_SIZE


@dataclass(frozen=True, slots=True)
class Flow:
    """``place`` is where the way stands in the definition; empty for what only BPMN needs."""

    id: str
    source: str
    target: str
    name: str = ""
    condition: str = ""
    is_default: bool = False
    place: Place = ()


@dataclass(frozen=True, slots=True)
class Diagram:
    nodes: tuple[Node, ...]
    flows: tuple[Flow, ...]
    lanes: tuple[Lane, ...]
    title: str = ""


def diagram_of(content: Mapping[str, Any], wording: Wording | None = None) -> Diagram:
    """Return nodes, flows and lanes of a definition whose graph has no fault."""
    words = wording or Wording()
    steps: Mapping[str, Mapping[str, Any]] = content["steps"]
    # A way that may carry different effects is one way in the drawing.
    edges = list({edge.place: edge for edge in list_edges(content)}.values())
    lanes = _lanes(content, edges, words)
    nodes: list[Node] = []
    flows: list[Flow] = []
    inclusive_joins = {step.get("join") for step in steps.values() if step["kind"] == "inclusive"}
    start_lane = lanes[content["start"]].key
    nodes.append(Node(START, "startEvent", "", start_lane))
    flows.append(Flow("Flow.start", START, content["start"]))
    for key, step in steps.items():
        element = "inclusiveGateway" if key in inclusive_joins else _element(step)
        nodes += _nodes(key, step, element, lanes[key].key, words)
        if _has_rule(step):
            flows.append(Flow(f"Flow.{key}", key, _gateway(key)))
    flows += [_flow(edge, steps[edge.source], words) for edge in edges]
    used: dict[str, Lane] = {}
    for lane in lanes.values():
        used.setdefault(lane.key, lane)
    return Diagram(tuple(nodes), tuple(flows), tuple(used.values()), words.title(content))


def _has_rule(step: Mapping[str, Any]) -> bool:
    return step["kind"] == "decision" and "rule" in step


def _gateway(key: str) -> str:
    return f"{key}.gateway"


def timer_id(key: str, position: int) -> str:
    return f"{key}.timer.{position}"


def _element(step: Mapping[str, Any]) -> str:
    return "businessRuleTask" if _has_rule(step) else ELEMENTS.get(step["kind"], PLAIN)


def _nodes(
    key: str, step: Mapping[str, Any], element: str, lane: str, words: Wording
) -> Iterator[Node]:
    yield Node(key, element, words.title(step), lane, key)
    if _has_rule(step):
        yield Node(_gateway(key), "exclusiveGateway", "", lane, key)
    for position, timer in enumerate(step.get("timers", [])):
        name = words.duration(timer)
        yield Node(timer_id(key, position), "boundaryEvent", name, lane, key, host=key)


def _flow(edge: Edge, step: Mapping[str, Any], words: Wording) -> Flow:
    place = edge.place[2:]
    name = condition = ""
    source = edge.source
    parent = _parent(step, place)
    if place[0] == "timers":
        source = timer_id(edge.source, int(place[1]))
    elif _has_rule(step):
        source = _gateway(edge.source)
    if place[0] == "acts":
        name = words.title(parent) or str(place[1])
        if len(step["acts"]) > 1:
            condition = f'act = "{place[1]}"'
    elif isinstance(parent, Mapping) and "when" in parent:
        condition = str(parent["when"])
        name = condition.replace(f"decisions.{edge.source}.", "")
    elif place == ("default",):
        name = words.word("otherwise")
    elif place[0] == "next":
        name = words.word("chosen")
    elif place == ("failed",):
        name, condition = words.word("failed"), "failed"
    return Flow(
        id=flow_id(edge.source, place),
        source=source,
        target=edge.target,
        name=name,
        condition=condition,
        # A step that may fail has a way on and one for its failure; by itself it goes on.
        is_default=place == ("default",) or (place == ("to",) and "failed" in step),
        place=place,
    )


def flow_id(step: str, place: Place) -> str:
    return ".".join(["Flow", step, *map(str, place)])


def _parent(step: Mapping[str, Any], place: Place) -> Any:
    here: Any = step
    for part in place[:-1]:
        here = here[part]
    return here


def _lanes(content: Mapping[str, Any], edges: list[Edge], words: Wording) -> dict[str, Lane]:
    """Return the lane of each step: of whoever acts in it, else of the step before it."""
    steps = content["steps"]
    following: dict[str, list[str]] = {}
    for edge in edges:
        following.setdefault(edge.source, []).append(edge.target)
    platform = Lane(PLATFORM, words.word(PLATFORM))
    found: dict[str, Lane] = {}
    # What the start does not reach has a place too: a drawing shows faults, it does not hide them.
    for root in (content["start"], *steps):
        waiting = deque([(root, platform)])
        while waiting:
            key, before = waiting.popleft()
            if key not in found:
                found[key] = lane = _own_lane(steps[key], words) or before
                waiting.extend((target, lane) for target in following.get(key, ()))
    return found


def _own_lane(step: Mapping[str, Any], words: Wording) -> Lane | None:
    kind = step["kind"]
    if kind == "wait":
        return Lane(APPLICANT, words.word(APPLICANT))
    if kind in ("effect", "call", "notice", "subcase") or _has_rule(step):
        return Lane(PLATFORM, words.word(PLATFORM))
    role = step.get("role")
    if not isinstance(role, str) or not role:
        return None
    post: dict[str, Any] = {"role": role}
    key = f"role.{role}"
    unit = step.get("unit")
    if isinstance(unit, Mapping):
        post["unit"] = dict(unit)
        key = ".".join([key, *(str(unit[part]) for part in sorted(unit))])
    return Lane(key, words.post(role, post.get("unit")), post)
