"""How cases, clocks and papers are put into words for a page, in the language of the page."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yiwang.kernel.base.calendars import LOCAL_ZONE, now
from yiwang.kernel.casework.cases.models import Case, CaseEvent
from yiwang.kernel.casework.clocks.models import Clock
from yiwang.kernel.casework.clocks.reading import read
from yiwang.services.applications.selectors import CaseView


def is_chinese() -> bool:
    """Return whether the page speaks Chinese."""
    return (get_language() or "zh").startswith("zh")


def either(chinese: str, english: str) -> str:
    """Return the text in the language of the page."""
    return chinese if is_chinese() or not english else english


def case_title(case: Case) -> str:
    return either(case.title, case.title_en)


def state_sentence(case: Case) -> str:
    """Return where a case stands, in one sentence."""
    if case.status == Case.Status.CONCLUDED and case.phase != Case.Phase.POST_CHECK:
        return {
            "GRANTED": _("已办好，准予。"),
            "REFUSED": _("已作出决定：不予许可。理由和救济途径见决定书。"),
            "DECLINED": _("不予受理。理由和救济途径见通知书。"),
            "WITHDRAWN": _("您已撤回这次申请。"),
        }.get(case.outcome, _("已办结。"))
    return {
        "SUBMITTED": _("已提交。"),
        "RECEIVED": _("已收到，等工作人员审核材料。"),
        "CORRECTING": _("材料需要补正，请您补充后提交。"),
        "ACCEPTED": _("已受理。"),
        "REVIEWING": _("正在审查。"),
        "SITE_CHECK": _("等工作人员上门核查。"),
        "DECIDING": _("正在作决定。"),
        "PAYING": _("已同意，请缴费，缴费后发证。"),
        "POST_CHECK": _("已办好，准予。之后会有一次核查。"),
    }.get(case.phase, "")


def lamp_of(case: Case) -> str:
    """Return the lamp of a case in a list, from its stored due date alone."""
    if case.status == Case.Status.CONCLUDED or case.due_at is None:
        return ""
    left = case.due_at - now()
    if left.total_seconds() < 0:
        return "overdue"
    return "near" if left.days < 2 else "normal"


def due_words(case: Case) -> str:
    if case.due_at is None or case.status == Case.Status.CONCLUDED:
        return ""
    due = case.due_at.astimezone(LOCAL_ZONE)
    return _("最迟 %(month)s月%(day)s日") % {"month": due.month, "day": due.day}


def case_card(case: Case) -> dict[str, Any]:
    """Return what a list shows of a case."""
    return {
        "title": case_title(case),
        "number": case.number,
        "href": reverse("portal:case", args=[case.number]),
        "state_sentence": state_sentence(case),
        "lamp": lamp_of(case),
        "due": due_words(case),
        "organization": case.organization.name,
        "is_open": case.status == Case.Status.OPEN,
    }


def timeline_entry(event: CaseEvent) -> dict[str, Any]:
    words = event.details.get("opinion") or event.details.get("reason") or ""
    signers = "、".join(event.details.get("signers", []))
    return {
        "title": either(event.title_zh, event.title_en),
        "at": event.at,
        "text": words,
        "actor": signers or event.organization_name or event.actor_name,
        "state": "done",
    }


def clock_words(clock: Clock) -> dict[str, Any]:
    """Return the parameters of the clock sentence."""
    reading = read(clock)
    return {
        "elapsed": reading.used,
        "due": clock.due_at.astimezone(LOCAL_ZONE).date(),
        "lamp": LAMPS[reading.lamp.value],
        "limit": clock.amount,
        "unit": "working_day" if clock.unit == "WORKING_DAY" else "calendar_day",
        "assumed": clock.assumed,
        "source": clock.source,
        "basis": clock.get_basis_display(),
        "stopped": clock.stopped_at.astimezone(LOCAL_ZONE).date() if clock.stopped_at else None,
    }


LAMPS = {"NORMAL": "normal", "DUE_SOON": "near", "OVERDUE": "overdue", "SUSPENDED": "suspended"}


def main_clock(view: CaseView) -> Clock | None:
    """Return the clock that matters to the applicant: promised before statutory, running first."""
    clocks = [clock for clock in view.clocks if clock.kind == "decision"]
    promised = [clock for clock in clocks if clock.basis == "PROMISED"]
    return (promised or clocks or [None])[-1]


def trace_words(trace: Mapping[str, Any]) -> list[str]:
    """Return why an automatic decision came out as it did, for the applicant."""
    words = trace.get("trace", {}).get("words", {})
    text = words.get("zh" if is_chinese() else "en", "")
    return [line for line in str(text).splitlines() if line.strip()]
