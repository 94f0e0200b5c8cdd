"""导入 BPMN: what ``export`` writes, or a drawing that keeps to the same subset, as a definition.

A drawing made elsewhere has no elements of ours: the ways of a task are its acts then, and the id
of a lane is the role of its tasks. What cannot be carried over is refused by its id.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from yiwang.kernel.casework.process.bpmn.diagram import ELEMENTS, PLAIN, in_order
from yiwang.kernel.casework.process.bpmn.errors import BpmnUnreadableError, refused
from yiwang.kernel.casework.process.bpmn.filling import Filling, as_key, require_shape
from yiwang.kernel.casework.process.bpmn.timers import read_timer, require_duration
from yiwang.kernel.casework.process.bpmn.xml import Element, read_xml
from yiwang.kernel.casework.process.rules.graph import GraphFault, check_graph

MOST_NODES = 5_000

# What a step is when the drawing does not say it in our own words.
_KINDS = {
    "userTask": "task",
    "manualTask": "task",
    "receiveTask": "wait",
    "serviceTask": "effect",
    "businessRuleTask": "decision",
    "exclusiveGateway": "decision",
    "parallelGateway": "parallel",
    "inclusiveGateway": "inclusive",
    "endEvent": "end",
}
_NODES = frozenset({*ELEMENTS.values(), *_KINDS, PLAIN, "startEvent", "boundaryEvent"})
_PARTS = frozenset(
    {
        "documentation",
        "extensionElements",
        "incoming",
        "outgoing",
        "multiInstanceLoopCharacteristics",
        "terminateEventDefinition",
        "timerEventDefinition",
    }
)
# What people write beside a process says nothing to the engine.
_REMARKS = frozenset(
    {
        "documentation",
        "extensionElements",
        "laneSet",
        "textAnnotation",
        "association",
        "group",
        "sequenceFlow",
    }
)


_SPLITS = frozenset({"parallel", "inclusive"})


def import_bpmn(data: bytes) -> dict[str, Any]:
    """Return the definition (YAML form) that a BPMN file draws; its graph has no fault.

    :raises BpmnUnreadableError: no XML of BPMN 2.0, too large, or with a DOCTYPE.
    :raises BpmnUnsupportedError: naming the element that cannot be imported, and the mend.
    """
    root = read_xml(data)
    if root.tag != "bpmn:definitions":
        raise BpmnUnreadableError(
            "根元素不是 BPMN 2.0 的 definitions", "The root is no definitions of BPMN 2.0."
        )
    processes = list(root.all("bpmn:process"))
    if len(processes) != 1:
        raise refused(
            root.get("id") or "definitions",
            f"文件里有 {len(processes)} 个流程，应当恰好一个",
            f"The file holds {len(processes)} processes; it must hold one.",
            "每个流程存成一个文件",
            "Save each process in a file of its own.",
        )
    return _Reading(root, processes[0]).content()


class _Reading:
    """One process being read: its nodes by id, its flows by both ends, its lanes by node."""

    def __init__(self, root: Element, process: Element) -> None:
        self.process = process
        self.messages = {one.get("id"): one.get("name") for one in root.all("bpmn:message")}
        self.nodes = self._nodes()
        self.out: dict[str, list[Element]] = {key: [] for key in self.nodes}
        self.into: dict[str, list[Element]] = {key: [] for key in self.nodes}
        for flow in process.all("bpmn:sequenceFlow"):
            for end, flows in (("sourceRef", self.out), ("targetRef", self.into)):
                if flow.get(end) not in flows:
                    raise refused(
                        flow.get("id") or "sequenceFlow",
                        f"{end} 指向没有的元素",
                        f"{end} names an element that is not there.",
                        "把连线的两端都接到节点上",
                        "Join both ends of the flow to a node.",
                    )
                flows[flow.get(end)].append(flow)
        self.posts = dict(self._posts())
        self.parts = dict(self._rule_gateways())

    def content(self) -> dict[str, Any]:
        own = self.process.find("bpmn:extensionElements", "yiwang:process")
        name = self.process.attributes.get("name")
        content: dict[str, Any] = {
            "key": own.get("key") if own is not None else as_key(self.process.get("id"))
        }
        if name is not None:
            content["title_zh"] = name
        if own is not None:
            content |= read_data(own, self.process.get("id"))
        elif name is not None:
            content["title_en"] = name
        start = self._start()
        content["start"] = self._key(start.get("targetRef"))
        steps = content["steps"] = self._steps(start.get("sourceRef"))
        for key, step in steps.items():
            require_shape(key, step)
        for fault in self._faults(content):
            raise refused(
                str(fault.place[1] if len(fault.place) > 1 else fault.place[0]),
                fault.reason_zh,
                fault.reason_en,
                fault.mend_zh,
                fault.mend_en,
            )
        return content

    def _faults(self, content: Mapping[str, Any]) -> list[GraphFault]:
        try:
            return check_graph(content)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            # The check takes the form of a definition for granted; a file may hold anything.
            raise refused(
                self.process.get("id"),
                f"yiwang 元素里的内容不成样子：{error}",
                f"What its yiwang elements hold is not of the right form: {error}",
                "恢复导出时的内容，或者删去 yiwang 元素",
                "Put back what was exported, or remove the yiwang elements.",
            ) from error

    # what the file holds

    def _nodes(self) -> dict[str, Element]:
        nodes: dict[str, Element] = {}
        for one in self.process.children:
            key, kind = one.get("id"), _local(one)
            if kind in _REMARKS:
                continue
            if kind not in _NODES:
                raise refused(
                    key or one.tag,
                    f"不支持 {kind or one.tag}",
                    f"{kind or one.tag} is not supported.",
                    f"改用 {'、'.join(sorted(_NODES))}",
                    f"Use one of: {', '.join(sorted(_NODES))}.",
                )
            if not key or key in nodes:
                raise refused(
                    key or kind,
                    "没有 id，或者 id 重复",
                    "It has no id, or one that is used twice.",
                    "给每个元素一个自己的 id",
                    "Give each element an id of its own.",
                )
            for part in one.children:
                if _local(part) not in _PARTS:
                    raise refused(
                        key,
                        f"不支持其中的 {_local(part) or part.tag}",
                        f"{_local(part) or part.tag} in it is not supported.",
                        "在建模工具里去掉它",
                        "Remove it in the modeller.",
                    )
            nodes[key] = one
        if len(nodes) > MOST_NODES:
            raise refused(
                self.process.get("id"),
                f"超过 {MOST_NODES} 个节点",
                f"There are more than {MOST_NODES} nodes.",
                "拆成几个流程",
                "Part it into several processes.",
            )
        return nodes

    def _posts(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield for each node in a lane the post that acts in that lane."""
        for lanes in self.process.all("bpmn:laneSet"):
            for lane in lanes.all("bpmn:lane"):
                own = lane.find("bpmn:extensionElements", "yiwang:post")
                if own is not None:
                    post = read_data(own, lane.get("id"))
                else:
                    post = {"role": as_key(lane.get("id").removeprefix("Lane."))}
                for reference in lane.all("bpmn:flowNodeRef"):
                    yield reference.text.strip(), post

    def _rule_gateways(self) -> Iterator[tuple[str, str]]:
        """Yield each gateway that only a rule leads to: it is the branches of that rule."""
        for key, node in self.nodes.items():
            flows = self.into[key]
            if _local(node) == "exclusiveGateway" and len(flows) == 1:
                before = flows[0].get("sourceRef")
                if _local(self.nodes[before]) == "businessRuleTask":
                    yield key, before

    def _start(self) -> Element:
        """Return the flow from the start event to the first step."""
        starts = [key for key, node in self.nodes.items() if _local(node) == "startEvent"]
        if len(starts) != 1:
            raise refused(
                starts[1] if starts else self.process.get("id"),
                f"有 {len(starts)} 个开始事件，应当恰好一个",
                f"There are {len(starts)} start events; there must be one.",
                "只留一个开始事件，由它连到第一个步骤",
                "Keep one start event that leads to the first step.",
            )
        flows = self.out[starts[0]]
        if len(flows) != 1:
            raise refused(
                starts[0],
                f"有 {len(flows)} 条出线，应当恰好一条",
                f"{len(flows)} flows leave it; there must be one.",
                "只留一条出线，分支用网关",
                "Keep one flow; part the way at a gateway.",
            )
        return flows[0]

    # what it means

    def _key(self, node: str) -> str:
        """Return the key of the step that a node is, or is part of."""
        return as_key(self.parts.get(node, node))

    def _steps(self, start: str) -> dict[str, dict[str, Any]]:
        steps: dict[str, dict[str, Any]] = {}
        ids: dict[str, str] = {}
        boundaries = [k for k, node in self.nodes.items() if _local(node) == "boundaryEvent"]
        for node in self.nodes:
            if node == start or node in boundaries or node in self.parts:
                continue
            key = self._key(node)
            if key in steps:
                raise refused(
                    node,
                    f"与“{ids[key]}”的键相同：{key}",
                    f'It gets the same key as "{ids[key]}": {key}.',
                    "改一个 id",
                    "Change its id.",
                )
            ids[key] = node
            steps[key] = self._step(node)
        timers = {boundary: self._timer(boundary, steps) for boundary in boundaries}
        for node in self.nodes:
            if node == start:
                continue
            if node in timers:
                host, position = timers[node]
                filling = Filling(node, steps[host], timer=position)
            else:
                filling = Filling(node, steps[self._key(node)])
            default = self.nodes[node].get("default")
            for flow in self.out[node]:
                target = flow.get("targetRef")
                if self.parts.get(target) != node:
                    filling.lead(flow, self._key(target), is_default=flow.get("id") == default)
        for key, step in steps.items():
            if step["kind"] in _SPLITS and "join" not in step:
                step["join"] = self._nearest_join(key, steps)
            steps[key] = in_order(step)
        return steps

    def _step(self, node: str) -> dict[str, Any]:
        element = self.nodes[node]
        own = element.find("bpmn:extensionElements", "yiwang:step")
        kind = own.get("kind") if own is not None else self._guess(node)
        step: dict[str, Any] = {"kind": kind}
        name = element.attributes.get("name")
        if name is not None:
            step["title_zh"] = name
        if own is not None:
            step |= read_data(own, node)
            step["kind"] = kind
            self._require_element(node, step)
            if element.find("bpmn:timerEventDefinition") is not None:
                require_duration(node, element, step)
        elif name is not None:
            step["title_en"] = name
        if (own is None and kind == "task") or (own is not None and own.get("post") == "lane"):
            step |= self._post(node)
        if "messageRef" in element.attributes or (own is None and kind == "wait"):
            step["event"] = self._event(node)
        many = element.find("bpmn:multiInstanceLoopCharacteristics")
        if many is not None and "signing" not in step:
            step["signers"] = _signers(node, many)
        if own is None and kind == "effect":
            step["do"] = []
        return step

    def _guess(self, node: str) -> str:
        element = _local(self.nodes[node])
        if element in ("parallelGateway", "inclusiveGateway") and len(self.into[node]) > 1:
            return "join"
        if element not in _KINDS:
            raise refused(
                node,
                f"没有说明这个 {element} 是哪一种步骤",
                f"Nothing says which kind of step this {element} is.",
                "改为 userTask、receiveTask、serviceTask、网关或结束事件",
                "Make it a userTask, receiveTask, serviceTask, a gateway or an end event.",
            )
        return _KINDS[element]

    def _require_element(self, node: str, step: Mapping[str, Any]) -> None:
        element = _local(self.nodes[node])
        wanted = ELEMENTS.get(step["kind"], PLAIN)
        if step["kind"] == "join" and element == "inclusiveGateway":
            return
        if step["kind"] == "decision" and "rule" in step:
            wanted = "businessRuleTask"
        if element != wanted:
            raise refused(
                node,
                f"是 {element}，但记载的步骤类别 {step['kind']} 要求 {wanted}",
                f"It is a {element}, but its kind, {step['kind']}, asks for a {wanted}.",
                f"改回 {wanted}，或者删去其中的 yiwang:step",
                f"Make it a {wanted} again, or remove its yiwang:step.",
            )

    def _post(self, node: str) -> Mapping[str, Any]:
        post = self.posts.get(node)
        if not post:
            raise refused(
                node,
                "不在任何岗位的泳道里，不知道由谁办理",
                "It is in no lane of a post, so nobody is known to act.",
                "放进泳道；泳道的 id 是岗位角色",
                "Put it into a lane; the id of the lane is the role of the post.",
            )
        return post

    def _event(self, node: str) -> str:
        event = self.messages.get(self.nodes[node].get("messageRef"), "")
        if not event:
            raise refused(
                node,
                "没有说明等待哪个消息",
                "Nothing says which message it waits for.",
                "指定一个 message，名称是事件名，如 payment_paid",
                "Name a message; its name is the event, such as payment_paid.",
            )
        return event

    def _timer(self, node: str, steps: dict[str, dict[str, Any]]) -> tuple[str, int]:
        """Add the timer that a boundary event is to its step; return where it stands."""
        element = self.nodes[node]
        host = element.get("attachedToRef")
        if host not in self.nodes or host in self.parts or self._key(host) not in steps:
            raise refused(
                node,
                "没有附着在步骤上",
                "It is attached to no step.",
                "把它放到一个任务的边上",
                "Put it on the border of a task.",
            )
        own = element.find("bpmn:extensionElements", "yiwang:timer")
        timer = read_timer(node, element, read_data(own, node) if own is not None else None)
        timers = steps[self._key(host)].setdefault("timers", [])
        if not isinstance(timers, list):
            raise refused(
                host, "timers 应当是列表", "timers must be a list.", "改为列表", "Make it a list."
            )
        timers.append(timer)
        return self._key(host), len(timers) - 1

    def _nearest_join(self, parallel: str, steps: Mapping[str, Mapping[str, Any]]) -> str:
        """Return the first join that the parallel's ways come to; its own key when none does."""
        ids = {self._key(node): node for node in self.nodes if node not in self.parts}
        waiting = [ids[parallel]]
        seen: set[str] = set()
        for node in waiting:
            if node in seen:
                continue
            seen.add(node)
            step = steps.get(self._key(node))
            if step is not None and step["kind"] == "join":
                return self._key(node)
            waiting += [flow.get("targetRef") for flow in self.out[node]]
        return parallel


def read_data(element: Element, owner: str) -> dict[str, Any]:
    """Return the JSON object in an element of ours; empty where it holds nothing.

    :raises BpmnUnsupportedError: it is no JSON object.
    """
    text = element.text.strip()
    try:
        data = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise refused(
            owner,
            f"{element.tag} 里不是 JSON 对象",
            f"Its {element.tag} holds no JSON object.",
            "恢复导出时的内容，或者删去它",
            "Put back what was exported, or remove it.",
        )
    return data


def _local(element: Element) -> str:
    """Return the name of an element of BPMN; empty for one of any other namespace."""
    prefix, _, name = element.tag.partition(":")
    return name if prefix == "bpmn" else ""


def _signers(node: str, many: Element) -> int:
    cardinality = many.find("bpmn:loopCardinality")
    text = cardinality.text.strip() if cardinality is not None else ""
    if (
        many.get("isSequential") == "true"
        or not (text.isascii() and text.isdigit())
        or len(text) > 3
    ):
        raise refused(
            node,
            "多人办理只支持并行、人数写明",
            "Several signers must act in parallel, with their number given.",
            "loopCardinality 写人数，isSequential 为 false",
            "Write their number as loopCardinality, with isSequential false.",
        )
    return int(text)
