"""连线: puts the targets that flows draw into the data of steps."""

import json
import re
from typing import Any

from yiwang.kernel.casework.process.bpmn.errors import refused
from yiwang.kernel.casework.process.bpmn.xml import Element
from yiwang.kernel.casework.rules import feel

_KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")
# Steps with one way on.
_ONWARD = frozenset({"wait", "effect", "join", "timer", "call", "subcase"})
_CONDITIONAL = frozenset({"decision", "inclusive"})


def as_key(text: str) -> str:
    """Return the text as a key of ours: its own when it is one, else with what is foreign replaced.

    Different texts may get the same key; whoever asks checks.
    """
    if _KEY.fullmatch(text):
        return text
    made = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text).lower())
    made = made.strip("_")[:59].strip("_")
    return made if _KEY.fullmatch(made) else f"s_{made}".rstrip("_")


class Filling:
    """The ways out of one node, one after the other."""

    def __init__(self, node: str, step: dict[str, Any], timer: int | None = None) -> None:
        self.node = node
        self.step = step
        self.timer = timer

    def lead(self, flow: Element, target: str, *, is_default: bool) -> None:
        """Let the step lead to ``target`` as the flow says.

        :raises BpmnUnsupportedError: the step has no such way.
        """
        said = flow.attributes.get("yiwang:place")
        place = self._read_place(flow, said) if said is not None else self._guess(flow, is_default)
        expression = flow.find("bpmn:conditionExpression")
        condition = expression.text if expression is not None else ""
        here: Any = self.step
        for part in place[:-1]:
            here = self._below(flow, here, part)
        last = place[-1]
        if isinstance(here, list) and isinstance(last, int) and 0 <= last < len(here):
            here[last] = target
        elif isinstance(here, dict) and isinstance(last, str):
            if last in here:
                raise self._misplaced(flow)
            if place[0] == "branches":
                _require_feel(flow, condition)
                here["when"] = condition
            here[last] = target
        else:
            raise self._misplaced(flow)

    def _below(self, flow: Element, here: Any, part: str | int) -> Any:
        if isinstance(here, dict) and isinstance(part, str) and part in here:
            return here[part]
        if isinstance(here, list) and isinstance(part, int) and 0 <= part < len(here):
            return here[part]
        raise self._misplaced(flow)

    def _read_place(self, flow: Element, said: str) -> list[str | int]:
        try:
            place = json.loads(said)
        except (ValueError, RecursionError):
            place = None
        is_place = isinstance(place, list) and place and all(type(p) in (str, int) for p in place)
        is_timers = is_place and self.timer is not None
        if not is_place or (is_timers and place[:2] != ["timers", self.timer]):
            raise self._misplaced(flow)
        return list(place)

    def _misplaced(self, flow: Element) -> Exception:
        return refused(
            flow.get("id"),
            f"yiwang:place 与“{self.node}”不符，或者与另一条连线重复",
            f'Its yiwang:place does not fit "{self.node}", or is that of another flow.',
            "删去这条连线的 yiwang:place，按连线重新读取",
            "Remove the yiwang:place of this flow; it is then read as drawn.",
        )

    def _guess(self, flow: Element, is_default: bool) -> list[str | int]:
        """Return where a flow that is not of our own making stands, making room for it."""
        if self.timer is not None:
            return ["timers", self.timer, "to"]
        kind = self.step["kind"]
        if kind == "task":
            return ["acts", self._new_act(flow), "to"]
        if kind == "parallel":
            branches = self.step.setdefault("branches", [])
            branches.append(None)
            return ["branches", len(branches) - 1]
        if kind in _CONDITIONAL and is_default:
            return ["default"]
        if kind in _CONDITIONAL:
            if flow.find("bpmn:conditionExpression") is None:
                raise refused(
                    flow.get("id"),
                    "从网关出来，但既没有条件，也不是默认连线",
                    "It leaves a gateway with no condition and is not the default.",
                    "写上 FEEL 条件，或者设为默认连线",
                    "Give it a FEEL condition, or make it the default flow.",
                )
            branches = self.step.setdefault("branches", [])
            branches.append({})
            return ["branches", len(branches) - 1, "to"]
        if kind == "end" or "to" in self.step:
            raise refused(
                flow.get("id"),
                f"“{self.node}”不能有这条出线",
                f'"{self.node}" cannot have this way out.',
                "去掉它，分支用网关",
                "Remove it; part the way at a gateway.",
            )
        return ["to"]

    def _new_act(self, flow: Element) -> str:
        acts = self.step.setdefault("acts", {})
        if not isinstance(acts, dict):
            raise self._misplaced(flow)
        key = as_key(flow.get("id"))
        if key in acts:
            raise self._misplaced(flow)
        title = flow.get("name") or "办理"
        acts[key] = {"title_zh": title, "title_en": flow.get("name") or "Done", "do": []}
        return key


def _require_feel(flow: Element, condition: str) -> None:
    try:
        feel.compile(condition)
    except feel.FeelError as error:
        raise refused(
            flow.get("id"),
            f"条件不是 FEEL：{condition}",
            f"Its condition is no FEEL: {condition}",
            "用 FEEL 写，例如 bill.amount > 0",
            "Write it in FEEL, such as bill.amount > 0.",
        ) from error


def require_shape(key: str, step: dict[str, Any]) -> None:
    """Refuse a step of which the graph could not be checked, or a way that leads nowhere.

    :raises BpmnUnsupportedError: naming the step.
    """
    acts, branches = step.get("acts", {}), step.get("branches", [])
    timers = step.get("timers", [])
    are_mappings = (
        isinstance(acts, dict)
        and isinstance(branches, list)
        and isinstance(timers, list)
        and all(isinstance(one, dict) for one in (*acts.values(), *timers))
        and all(
            isinstance(one, dict if step["kind"] in _CONDITIONAL else str | None)
            for one in branches
        )
    )
    if not are_mappings or not all(
        _are_effects(one.get("do", [])) for one in (step, *acts.values(), *timers)
    ):
        raise refused(
            key,
            "acts、branches、timers 或 do 的形式不对",
            "Its acts, branches, timers or effects are not of the right form.",
            "恢复导出时的 yiwang:step，或者删去它",
            "Put back the yiwang:step that was exported, or remove it.",
        )
    loose = [
        *(f"acts.{name}" for name, act in acts.items() if "to" not in act),
        *(f"timers.{number}" for number, timer in enumerate(timers) if "to" not in timer),
        *(
            f"branches.{number}"
            for number, one in enumerate(branches)
            if one is None or (isinstance(one, dict) and "to" not in one)
        ),
    ]
    if step["kind"] in _ONWARD and "to" not in step:
        loose.append("to")
    if step["kind"] in _CONDITIONAL:
        loose += [name for name in ("default", "branches") if name not in step]
    if step["kind"] == "task" and not acts:
        loose.append("acts")
    if step["kind"] == "parallel" and len(branches) < 2:
        loose.append("branches")
    if loose:
        raise refused(
            key,
            f"没有连线：{'、'.join(loose)}",
            f"No flow leads on: {', '.join(loose)}.",
            "画上连线；网关要有条件连线和一条默认连线",
            "Draw the flow; a gateway needs flows with conditions and one default.",
        )


def _are_effects(calls: Any) -> bool:
    return isinstance(calls, list) and all(
        isinstance(call, str) or (isinstance(call, dict) and len(call) == 1) for call in calls
    )
