"""亮灯: what a clock shows now, in numbers and in one sentence of each language."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from yiwang.kernel.base.calendars.rules.working_calendar import WorkingCalendar
from yiwang.kernel.casework.clocks.rules.counting import (
    HOUR,
    Interval,
    counted,
    counted_until_suspended,
    positions_of,
    scale_for,
)
from yiwang.kernel.casework.clocks.rules.limits import Unit


class Lamp(StrEnum):
    """时限状态."""

    NORMAL = "NORMAL"
    DUE_SOON = "DUE_SOON"
    OVERDUE = "OVERDUE"
    SUSPENDED = "SUSPENDED"
    MET = "MET"
    MISSED = "MISSED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """What has to be known of a clock to read it. All instants are aware and local.

    ``amount`` includes an extension. ``suspended_for`` is the reason while the clock stands.
    """

    kind: str
    unit: Unit
    amount: int
    started_at: datetime
    due_at: datetime
    assumed: bool = False
    excluded: tuple[Interval, ...] = ()
    suspended_at: datetime | None = None
    suspended_for: tuple[str, str] = ("", "")
    stopped_at: datetime | None = None
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a clock shows: ``used``, ``left`` and ``overdue`` are days of its unit, or hours."""

    lamp: Lamp
    used: int
    left: int
    overdue: int
    zh: str
    en: str


_DEEDS = {
    "decision": ("办结", "concluded"),
    "joint_decision": ("办结", "concluded"),
    "correction_notice": ("告知补正", "answered with what is missing"),
    "correction": ("补正", "corrected"),
    "acceptance_notice": ("出具受理通知", "answered on acceptance"),
    "delivery": ("送达", "delivered"),
    "registration": ("登记", "registered"),
    "payment": ("缴费", "paid"),
    "hearing": ("举行听证", "heard"),
    "review": ("申请行政复议", "taken to review"),
    "litigation": ("提起行政诉讼", "taken to court"),
    "hearing_request": ("申请听证", "asked to be heard"),
    "public_notice_service": ("公告期满，视为送达", "served by the notice"),
    "deferred_material": ("补交容缺材料", "supplied"),
    "openness_answer": ("答复", "answered"),
    "renewal": ("作出延续决定", "decided on renewal"),
    "post_check": ("完成事后核查", "checked"),
}
_ANY_DEED = ("办理", "done")
_UNITS = {
    Unit.WORKING_DAY: ("个工作日", "working day"),
    Unit.CALENDAR_DAY: ("天", "day"),
    Unit.MONTH: ("天", "day"),
    Unit.YEAR: ("天", "day"),
    Unit.WORKING_HOUR: ("个工作时", "working hour"),
    Unit.URGENT_HOUR: ("小时", "hour"),
}
_ASSUMED = (
    "（所跨年度的节假日安排尚未公布，日期为暂定）",
    " (provisional: the holidays of that year are not yet published)",
)


def read_clock(facts: ClockFacts, now: datetime, calendar: WorkingCalendar) -> Reading:
    """Read a clock at an instant; ``now`` is aware and local.

    A clock turns to DUE_SOON when a fifth of its time is left, and for days at least on the last
    day before the end.
    """
    at = facts.stopped_at or now
    scale = scale_for(facts.unit, facts.started_at, calendar)
    size = HOUR if facts.unit.is_hours else 1
    total = positions_of(facts.unit, facts.amount, facts.started_at)
    if facts.suspended_at is None:
        passed = counted(scale, at, facts.excluded)
    else:
        passed = counted_until_suspended(scale, facts.suspended_at, facts.excluded)
    late = facts.suspended_at is None and at > facts.due_at
    overdue = -(-(scale.reached(at) - scale.reached(facts.due_at)) // size) if late else 0
    if facts.suspended_at is not None or facts.unit.is_hours:
        left = max(total - passed, 0)
    else:
        left = max(scale.reached(facts.due_at) - scale.reached(at), 0)
    lamp = _lamp(facts, late, left, total, size)
    numbers = (passed // size, -(-left // size), overdue)
    zh, en = _sentences(facts, lamp, at, numbers, is_day_off=not calendar.is_working_day(at.date()))
    return Reading(lamp, *numbers, zh, en)


def _lamp(facts: ClockFacts, late: bool, left: int, total: int, size: int) -> Lamp:
    if facts.stopped_at is not None:
        return Lamp(facts.outcome)
    if facts.suspended_at is not None:
        return Lamp.SUSPENDED
    if late:
        return Lamp.OVERDUE
    threshold = total // 5 if facts.unit.is_hours else max(-(-total // 5), size)
    return Lamp.DUE_SOON if left <= threshold else Lamp.NORMAL


def _sentences(
    facts: ClockFacts,
    lamp: Lamp,
    at: datetime,
    numbers: tuple[int, int, int],
    *,
    is_day_off: bool,
) -> tuple[str, str]:
    used, left, overdue = numbers
    deed_zh, deed_en = _DEEDS.get(facts.kind, _ANY_DEED)
    unit_zh, unit_en = _UNITS[facts.unit]

    def several(count: int) -> str:
        return f"{count} {unit_en}{'' if count == 1 else 's'}"

    match lamp:
        case Lamp.CANCELLED:
            return "已停止计时", "No longer counted"
        case Lamp.MET:
            return (
                f"已按期{deed_zh}，用时 {used} {unit_zh}",
                f"{_capital(deed_en)} in time, after {several(used)}",
            )
        case Lamp.MISSED:
            return (
                f"已{deed_zh}，超期{_amount_zh(overdue, unit_zh)}",
                f"{_capital(deed_en)} late{f', by {several(overdue)}' if overdue else ''}",
            )
        case Lamp.SUSPENDED:
            reason_zh, reason_en = facts.suspended_for
            return (
                f"时限暂停（{reason_zh}），已用 {used} {unit_zh}，还剩 {left} {unit_zh}",
                f"Suspended ({reason_en}): {several(used)} used, {several(left)} left",
            )
    due_zh, due_en = _due_words(facts, at)
    if lamp is Lamp.OVERDUE:
        return (
            f"已超期{_amount_zh(overdue, unit_zh)}，应于{due_zh}{deed_zh}",
            f"Overdue{f' by {several(overdue)}' if overdue else ''};"
            f" was to be {deed_en} by {due_en}",
        )
    note_zh, note_en = _ASSUMED if facts.assumed else ("", "")
    so_far_zh, so_far_en = _so_far(facts, used, is_day_off=is_day_off)
    return (
        f"{so_far_zh}最迟{due_zh}{deed_zh}{note_zh}",
        _capital(f"{so_far_en}to be {deed_en} by {due_en}{note_en}"),
    )


def _so_far(facts: ClockFacts, used: int, *, is_day_off: bool) -> tuple[str, str]:
    unit_zh, unit_en = _UNITS[facts.unit]
    several = f"{used} {unit_en}{'' if used == 1 else 's'}"
    if facts.unit is Unit.WORKING_DAY and facts.amount == 0:
        return "", ""
    if facts.unit.is_hours:
        return f"已用 {used} {unit_zh}，", f"{several} used; "
    if used == 0:
        return "自次日起计算，", "counted from the next day; "
    if facts.unit is Unit.WORKING_DAY and is_day_off:
        return f"今天休息，已过 {used} {unit_zh}，", f"day off, {several} passed; "
    return f"今天是第 {used} {unit_zh}，", f"{unit_en} {used} today; "


def _capital(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]


def _amount_zh(count: int, unit_zh: str) -> str:
    return f" {count} {unit_zh}" if count else ""


def _due_words(facts: ClockFacts, at: datetime) -> tuple[str, str]:
    due = facts.due_at
    clock = f"{due:%H:%M}"
    if due.date() == at.date():
        return f"今天 {clock} 前", f"{clock} today"
    year_zh = f"{due.year} 年 " if due.year != at.year else ""
    year_en = f" {due.year}" if due.year != at.year else ""
    day_zh = f" {year_zh}{due.month} 月 {due.day} 日"
    day_en = f"{due.day} {_MONTHS[due.month - 1]}{year_en}"
    if facts.unit.is_hours:
        return f"{day_zh} {clock} 前", f"{clock} on {day_en}"
    return f"{day_zh}", day_en


# Not strftime("%B"): that follows the locale of the process.
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
