"""导出 BPMN: a definition as BPMN 2.0 XML with its drawing.

What BPMN has words for is said in them: steps, ways, conditions, lanes, timers, how many sign.
The rest of a step (effects, inputs, legal sources) travels as JSON in elements of our namespace.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from yiwang.kernel.casework.process.bpmn.diagram import Flow, Lane, Node, diagram_of, in_order
from yiwang.kernel.casework.process.bpmn.errors import BpmnUnsayableError
from yiwang.kernel.casework.process.bpmn.layout import Box, lay_out
from yiwang.kernel.casework.process.bpmn.timers import duration_of
from yiwang.kernel.casework.process.bpmn.wording import Wording
from yiwang.kernel.casework.process.bpmn.xml import YIWANG, Element, is_sayable, write_xml
from yiwang.kernel.casework.process.rules.graph import Place

FEEL = "https://www.omg.org/spec/DMN/20191111/FEEL/"
_EXPRESSION = {"xsi:type": "bpmn:tFormalExpression"}


def export_bpmn(content: Mapping[str, Any], wording: Wording | None = None) -> bytes:
    """Return the definition (its YAML form, without faults of its graph) as BPMN 2.0 XML.

    ``wording`` names the roles of the lanes; names are Chinese, as the import reads titles from
    them.

    :raises BpmnUnsayableError: a text holds a sign that XML cannot.
    """
    root = _Writing(content, wording).document()
    _require_sayable(root)
    return write_xml(root)


class _Writing:
    """One definition being written, with what belongs to each node and step at hand."""

    def __init__(self, content: Mapping[str, Any], wording: Wording | None) -> None:
        self.content = content
        self.steps: Mapping[str, Mapping[str, Any]] = content["steps"]
        self.diagram = diagram_of(content, wording)
        self.posts = {lane.key: lane.post for lane in self.diagram.lanes}
        self.out: dict[str, list[Flow]] = defaultdict(list)
        self.into: dict[str, list[Flow]] = defaultdict(list)
        self.places: dict[str, list[Place]] = defaultdict(list)
        step_of = {node.id: node.step for node in self.diagram.nodes}
        for flow in self.diagram.flows:
            self.out[flow.source].append(flow)
            self.into[flow.target].append(flow)
            if flow.place:
                self.places[step_of[flow.source]].append(flow.place)

    def document(self) -> Element:
        content, key = self.content, str(self.content["key"])
        root = Element(
            "bpmn:definitions",
            {
                "id": f"Definitions.{key}",
                "targetNamespace": YIWANG,
                "expressionLanguage": FEEL,
                "exporter": "Yiwang",
            },
        )
        for event in dict.fromkeys(
            str(step["event"]) for step in self.steps.values() if _has_event(step)
        ):
            root.add("bpmn:message", {"id": f"Message.{event}", "name": event})
        name = {"name": str(content["title_zh"])} if "title_zh" in content else {}
        about = {"id": f"Process.{key}", **name, "isExecutable": "false"}
        pool = root.add("bpmn:collaboration", {"id": f"Collaboration.{key}"})
        pool.add(
            "bpmn:participant",
            {"id": f"Participant.{key}", **name, "processRef": about["id"]},
        )
        process = root.add("bpmn:process", about)
        rest = {k: v for k, v in content.items() if k not in ("key", "start", "steps", "title_zh")}
        _extend(process, "yiwang:process", {"key": key}, rest)
        self._lanes(process)
        for node in self.diagram.nodes:
            self._node(process, node)
        for flow in self.diagram.flows:
            _flow(process, flow)
        self._draw(root, pool)
        return root

    def _lanes(self, process: Element) -> None:
        lanes = process.add("bpmn:laneSet", {"id": "LaneSet"})
        for lane in self.diagram.lanes:
            one = lanes.add("bpmn:lane", {"id": _lane_id(lane), "name": lane.name})
            if lane.post:
                _extend(one, "yiwang:post", {}, lane.post)
            for node in self.diagram.nodes:
                if node.lane == lane.key:
                    one.add("bpmn:flowNodeRef", text=node.id)

    def _node(self, process: Element, node: Node) -> None:
        attributes = {"id": node.id}
        if node.host:
            attributes |= {"name": node.name, "attachedToRef": node.host}
        elif node.id == node.step and "title_zh" in self.steps[node.step]:
            attributes["name"] = node.name
        if node.id == node.step and _has_event(self.steps[node.step]):
            attributes["messageRef"] = f"Message.{self.steps[node.step]['event']}"
        for flow in self.out[node.id]:
            if flow.is_default:
                attributes["default"] = flow.id
        one = process.add(f"bpmn:{node.element}", attributes)
        if node.host:
            _extend(one, "yiwang:timer", {}, _without(self._timer(node), "to"))
        elif node.id == node.step:
            self._step(one, node)
        for flow in self.into[node.id]:
            one.add("bpmn:incoming", text=flow.id)
        for flow in self.out[node.id]:
            one.add("bpmn:outgoing", text=flow.id)
        if node.element in ("boundaryEvent", "intermediateCatchEvent"):
            timer = self._timer(node) if node.host else self.steps[node.step]
            when = one.add("bpmn:timerEventDefinition", {"id": f"{node.id}.definition"})
            when.add("bpmn:timeDuration", dict(_EXPRESSION), duration_of(timer))
        elif node.id == node.step:
            _many(one, self.steps[node.step])

    def _timer(self, node: Node) -> Mapping[str, Any]:
        timer: Mapping[str, Any] = self.steps[node.host]["timers"][int(node.id.rpartition(".")[2])]
        return timer

    def _step(self, element: Element, node: Node) -> None:
        """Write what BPMN does not say: all but kind, title, post, event, targets, conditions."""
        step = self.steps[node.step]
        rest: dict[str, Any] = deepcopy(_without(in_order(step), "kind", "title_zh"))
        about = {"kind": str(step["kind"])}
        post = self.posts[node.lane]
        if post and {k: step[k] for k in ("role", "unit") if k in step} == post:
            about["post"] = "lane"
            rest = _without(rest, "role", "unit")
        if _has_event(step):
            rest.pop("event")
        if _signers(step):
            rest.pop("signers")
        for place in self.places[node.step]:
            _take(rest, place)
        # Those with timers in elements of their own say nothing of them here.
        if rest.get("timers"):
            rest.pop("timers")
        _extend(element, "yiwang:step", about, rest)

    def _draw(self, root: Element, pool: Element) -> None:
        drawing = lay_out(self.diagram)
        picture = root.add("bpmndi:BPMNDiagram", {"id": "Diagram"})
        plane = picture.add("bpmndi:BPMNPlane", {"id": "Plane", "bpmnElement": pool.get("id")})
        _shape(plane, pool.children[0].get("id"), drawing.pool, {"isHorizontal": "true"})
        for lane in self.diagram.lanes:
            _shape(plane, _lane_id(lane), drawing.lanes[lane.key], {"isHorizontal": "true"})
        for node in self.diagram.nodes:
            marker = {"isMarkerVisible": "true"} if node.element == "exclusiveGateway" else {}
            _shape(plane, node.id, drawing.nodes[node.id], marker)
        for flow in self.diagram.flows:
            about = {"id": f"{flow.id}.edge", "bpmnElement": flow.id}
            edge = plane.add("bpmndi:BPMNEdge", about)
            for x, y in drawing.flows[flow.id]:
                edge.add("di:waypoint", {"x": str(x), "y": str(y)})
            if flow.id in drawing.labels:
                _bounds(edge.add("bpmndi:BPMNLabel"), drawing.labels[flow.id])


def _has_event(step: Mapping[str, Any]) -> bool:
    return step["kind"] == "wait" and bool(step.get("event"))


def _signers(step: Mapping[str, Any]) -> int:
    """Return how many must sign where that is a plain number above one, else 0."""
    if step["kind"] != "task" or "signing" in step:
        return 0
    signers = step.get("signers")
    return signers if type(signers) is int and signers > 1 else 0


def _many(element: Element, step: Mapping[str, Any]) -> None:
    """Write that several act in a task: their number, or only whether one after the other."""
    signing = step.get("signing") if step["kind"] == "task" else None
    if isinstance(signing, Mapping):
        in_order = str(signing.get("mode")).upper() == "IN_ORDER"
        about = {"isSequential": "true" if in_order else "false"}
        element.add("bpmn:multiInstanceLoopCharacteristics", about)
    elif signers := _signers(step):
        many = element.add("bpmn:multiInstanceLoopCharacteristics", {"isSequential": "false"})
        many.add("bpmn:loopCardinality", dict(_EXPRESSION), str(signers))


def _lane_id(lane: Lane) -> str:
    return f"Lane.{lane.key}"


def _without(data: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in names}


def _take(step: dict[str, Any], place: Place) -> None:
    """Remove a target, and the condition beside it, from the data of a step."""
    here: Any = step
    for part in place[:-1]:
        here = here[part]
    last: Any = place[-1]
    if isinstance(here, list):
        here[last] = None
        return
    here.pop(last)
    if place[0] == "branches":
        here.pop("when", None)


def _extend(
    element: Element, tag: str, attributes: dict[str, str], data: Mapping[str, Any]
) -> None:
    extensions = element.add("bpmn:extensionElements")
    extensions.add(tag, attributes, json.dumps(data, ensure_ascii=False) if data else "")


def _flow(process: Element, flow: Flow) -> None:
    attributes = {"id": flow.id, "sourceRef": flow.source, "targetRef": flow.target}
    if flow.name:
        attributes["name"] = flow.name
    if flow.place:
        attributes["yiwang:place"] = json.dumps(list(flow.place))
    one = process.add("bpmn:sequenceFlow", attributes)
    if flow.condition:
        one.add("bpmn:conditionExpression", dict(_EXPRESSION), flow.condition)


def _shape(plane: Element, of: str, box: Box, more: dict[str, str]) -> None:
    shape = plane.add("bpmndi:BPMNShape", {"id": f"{of}.shape", "bpmnElement": of, **more})
    _bounds(shape, box)


def _bounds(shape: Element, box: Box) -> None:
    size = {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
    shape.add("dc:Bounds", {name: str(value) for name, value in size.items()})


def _require_sayable(root: Element) -> None:
    waiting = [root]
    while waiting:
        element = waiting.pop()
        waiting += element.children
        for text in (element.text, *element.attributes.values()):
            if not is_sayable(text):
                name = element.get("id") or element.tag
                raise BpmnUnsayableError(
                    f"“{name}”里有 XML 不能表示的字符",
                    f'"{name}" holds characters that XML cannot.',
                    element=name,
                )
