"""一件事的用语: themes, parts and their progress in words for a page."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from yiwang.kernel.base.calendars import LOCAL_ZONE
from yiwang.kernel.casework.clocks.rules.lamps import Lamp
from yiwang.kernel.ui import formats
from yiwang.services.applications.http.shown import LAMPS, either, lamp_of
from yiwang.services.themes.models import ThemeVersion
from yiwang.services.themes.selectors import PartView, WholeView


def draft_titles(subjects: list[str]) -> Mapping[str, str]:
    """Return the titles of drafts of themes, by subject."""
    keys = {subject: subject.split(":")[1] for subject in subjects if subject.startswith("theme:")}
    if not keys:
        return {}
    rows = ThemeVersion.objects.filter(
        theme__key__in=set(keys.values()), is_current=True, theme__is_active=True
    ).values_list("theme__key", "title_zh", "title_en")
    titles = {key: either(zh, en) for key, zh, en in rows}
    return {subject: titles[key] for subject, key in keys.items() if key in titles}


def state_words(state: str, view: WholeView) -> str:
    """Return how the whole stands, in one sentence that counts its parts."""
    total = len(view.parts)
    granted = sum(one.case.outcome == "GRANTED" for one in view.parts)
    ended = sum(one.case.status == "CONCLUDED" for one in view.parts)
    words = {
        "OPEN": _("%(total)s 件事同时在办。"),
        "PARTLY_DONE": _("%(total)s 件事已办结 %(ended)s 件，其余继续办。"),
        "DONE": _("全部办成。"),
        "PARTIAL": _("办成 %(granted)s 件，还有 %(rest)s 件没有办成，理由见下面各件的文书。"),
        "REFUSED": _("没有办成，理由和救济途径见下面各件的文书。"),
        "WITHDRAWN": _("您已撤回这次申请。"),
    }[state]
    return words % {
        "total": total,
        "ended": ended,
        "granted": granted,
        "rest": total - granted,
    }


LOOKS = {
    "OPEN": ("clock", ""),
    "PARTLY_DONE": ("clock", ""),
    "DONE": ("circle-check", "good"),
    "PARTIAL": ("circle-alert", "warn"),
    "REFUSED": ("file-x", "warn"),
    "WITHDRAWN": ("undo-2", ""),
}


def part_state(one: PartView) -> tuple[str, str]:
    """Return where a part stands, in a word, and its tone."""
    case = one.case
    if case.status == "CONCLUDED":
        return {
            "GRANTED": (_("已办成"), "good"),
            "REFUSED": (_("不予办理"), "danger"),
            "DECLINED": (_("不予受理"), "danger"),
            "WITHDRAWN": (_("已撤回"), ""),
            "LAPSED": (_("未启动"), "warn"),
        }.get(case.outcome, (_("已办结"), ""))
    if one.part.begun_at is None:
        return _("等前面的事办成"), ""
    return {
        "CORRECTING": (_("要补正"), "warn"),
        "PAYING": (_("要缴费"), "warn"),
        "RECEIVED": (_("正在核对材料"), "primary"),
        "SUBMITTED": (_("已收到"), "primary"),
    }.get(case.phase, (_("办理中"), "primary"))


def part_row(one: PartView, before: Mapping[str, str]) -> dict[str, Any]:
    """Return one step of the progress: what, who has it, by when."""
    case = one.case
    words, tone = part_state(one)
    due = case.due_at.astimezone(LOCAL_ZONE).date() if case.due_at else None
    is_open = case.status == "OPEN"
    ended = case.concluded_at.astimezone(LOCAL_ZONE).date() if case.concluded_at else None
    if not is_open and ended:
        when = _("%(day)s 办结") % {"day": formats.day(ended)}
    elif one.part.begun_at is None:
        names = "、".join(before.get(key, key) for key in one.part.after)
        when = _("“%(names)s”办成后开始，不用您再跑") % {"names": names}
    elif due:
        when = _("最迟 %(day)s") % {"day": formats.day(due)}
    else:
        when = _("受理后告诉您最迟哪天办好")
    return {
        "key": one.part.key,
        "title": either(case.title, case.title_en),
        "unit": case.organization.name,
        "phone": case.organization.phone or "12345",
        "state": words,
        "tone": tone,
        "when": when,
        "lamp": lamp_of(case) if is_open else "",
        "is_open": is_open,
        "is_mine": one.is_mine,
        "number": case.number,
        "points": list(one.correction.points) if one.correction else [],
        "can_withdraw": is_open and not one.bills,
    }


def joint_words(view: WholeView) -> dict[str, Any] | None:
    """Return the joint clock as the sentence of the page, promised before statutory."""
    joint = view.joint
    clock, reading = (
        (joint.promised_clock, joint.promised)
        if joint.promised_clock is not None
        else (joint.clock, joint.reading)
    )
    if clock is None or reading is None:
        return None
    due = clock.due_at.astimezone(LOCAL_ZONE)
    late = [part.case.organization.name for part in joint.parts if part.is_late]
    return {
        "due": formats.moment(due) if clock.unit.endswith("HOUR") else formats.day(due.date()),
        "lamp": LAMPS[reading.lamp.value],
        "is_late": reading.lamp in (Lamp.OVERDUE, Lamp.MISSED),
        "is_stopped": clock.stopped_at is not None,
        "late": late,
        "amount": clock.amount,
        "unit": clock.unit,
        "source": clock.source,
    }


def own_trail() -> list[tuple[str, str]]:
    return [(_("我的"), reverse("portal:me")), (_("我的办件"), reverse("portal:cases"))]
