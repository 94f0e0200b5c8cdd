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
    said = element.find("bpmn:timerEventDefinition", "bpmn:timeDuration")
    text = said.text.strip() if said is not None else ""
    if own is not None:
        if duration_of(own) != text:
            raise refused(
                node,
                f"时长改成了 {text}，但 yiwang:timer 记载的是 {duration_of(own)}",
                f"Its duration is {text} now, but its yiwang:timer says {duration_of(own)}.",
                "时长改在 yiwang:timer 的 after 里，两处一致",
                "Change it in the yiwang:timer (after) too, so that both agree.",
            )
        return own
    found = _DURATION.fullmatch(text)
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
