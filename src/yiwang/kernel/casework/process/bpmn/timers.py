"""定时: a timer of ours as a duration of ISO 8601, and back."""

import re
from collections.abc import Mapping
from typing import Any

from yiwang.kernel.casework.process.bpmn.errors import refused
from yiwang.kernel.casework.process.bpmn.xml import Element

# ISO 8601 knows days and hours only; which days count is said in our own element.
_DURATIONS = {
    "WORKING_DAY": "P{}D",
    "CALENDAR_DAY": "P{}D",
    "WORKING_HOUR": "PT{}H",
    "URGENT_HOUR": "PT{}H",
    "MONTH": "P{}M",
    "YEAR": "P{}Y",
}
_READ = {"D": "CALENDAR_DAY", "M": "MONTH", "Y": "YEAR", "H": "URGENT_HOUR"}
_DURATION = re.compile(r"P(?:(\d{1,4})([DMY])|T(\d{1,4})(H))", re.ASCII)


def duration_of(timer: Mapping[str, Any]) -> str:
    """Return the ISO 8601 duration that comes nearest to a timer; ``PT0S`` where there is none."""
    after = timer.get("after")
    if not isinstance(after, Mapping) or after.get("unit") not in _DURATIONS:
        return "PT0S"
    return _DURATIONS[str(after["unit"])].format(after.get("amount"))


def read_timer(node: str, element: Element, own: dict[str, Any] | None) -> dict[str, Any]:
    """Return the timer of a boundary event, without its target.

    :raises BpmnUnsupportedError: no timer, or a duration that is not ours or was changed.
    """
    if own is not None:
        require_duration(node, element, own)
        return own
    found = _DURATION.fullmatch(_said(element))
    if found is None:
        raise refused(
            node,
            "边界事件只支持写明时长的定时，如 P5D、PT2H",
            "A boundary event must be a timer with a duration such as P5D or PT2H.",
            "改为定时事件，时长写日、月、年或小时",
            "Make it a timer event with days, months, years or hours.",
        )
    amount, unit = (found[1], found[2]) if found[1] else (found[3], found[4])
    after = {"amount": int(amount), "unit": _READ[unit]}
    return {"after": after, "from": "entered", "do": [], "source": "unconfirmed"}


def require_duration(node: str, element: Element, own: Mapping[str, Any]) -> None:
    """Refuse a duration that was changed in the drawing but not in what we wrote beside it.

    :raises BpmnUnsupportedError: the two differ.
    """
    said, wanted = _said(element), duration_of(own)
    if said != wanted:
        raise refused(
            node,
            f"时长改成了 {said}，但 after 记载的是 {wanted}",
            f"Its duration is {said} now, but what is written as its after says {wanted}.",
            "在 yiwang 的 after 里也改，两处一致",
            "Change the after in its yiwang element too, so that both agree.",
        )


def _said(element: Element) -> str:
    said = element.find("bpmn:timerEventDefinition", "bpmn:timeDuration")
    return said.text.strip() if said is not None else ""
