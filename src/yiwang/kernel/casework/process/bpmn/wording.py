"""图上文字: what a drawing calls steps, ways, lanes and timers, in Chinese or English."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PLATFORM = "platform"
APPLICANT = "applicant"

_UNITS = {
    "WORKING_DAY": ("{}个工作日", "{} working days"),
    "CALENDAR_DAY": ("{}日", "{} days"),
    "WORKING_HOUR": ("{}个工作小时", "{} working hours"),
    "URGENT_HOUR": ("{}小时", "{} hours"),
    "MONTH": ("{}个月", "{} months"),
    "YEAR": ("{}年", "{} years"),
}
_WORDS = {
    PLATFORM: ("平台", "Platform"),
    APPLICANT: ("申请人", "Applicant"),
    "otherwise": ("否则", "otherwise"),
    "chosen": ("由办理人选择", "as the officer chooses"),
    "failed": ("未成功", "failed"),
}


@dataclass(frozen=True, slots=True)
class Wording:
    """``roles`` maps keys of roles to what people call them; without a name it is the key."""

    roles: Mapping[str, str] = field(default_factory=dict)
    english: bool = False

    def title(self, named: Mapping[str, Any]) -> str:
        """Return the title of a step or an act; empty where it has none."""
        chinese = str(named.get("title_zh", ""))
        return str(named.get("title_en") or chinese) if self.english else chinese

    def word(self, key: str) -> str:
        return _WORDS[key][self.english]

    def duration(self, timer: Mapping[str, Any]) -> str:
        """Return after how long a timer fires; empty where its form is not known here."""
        after = timer.get("after")
        if not isinstance(after, Mapping) or after.get("unit") not in _UNITS:
            return ""
        return _UNITS[str(after["unit"])][self.english].format(after.get("amount"))

    def post(self, role: str, unit: Mapping[str, Any] | None) -> str:
        """Return the name of a lane."""
        name = self.roles.get(role, role)
        if not unit:
            return name
        words = " ".join(str(unit[part]) for part in sorted(unit))
        return f"{name} ({words})" if self.english else f"{name}（{words}）"
