"""How cases, clocks and papers are put into words for a page, in the language of the page."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import segno
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.base.calendars import LOCAL_ZONE, now, today
from yiwang.kernel.casework.cases.models import Case, CaseEvent
from yiwang.kernel.casework.clocks.models import Clock
from yiwang.kernel.casework.clocks.reading import read
from yiwang.kernel.casework.papers.models import Paper
from yiwang.kernel.registers.licences.actions.licences import get_definition, verification_url
from yiwang.kernel.registers.licences.models import Licence
from yiwang.kernel.registers.payments.models import Bill
from yiwang.kernel.ui import formats
from yiwang.services.applications.models import ApplicationMaterial
from yiwang.services.applications.selectors import CaseView


def is_chinese() -> bool:
    """Return whether the page speaks Chinese."""
    return (get_language() or "zh").startswith("zh")


def either(chinese: str, english: str) -> str:
    """Return the text in the language of the page."""
    return chinese if is_chinese() or not english else english


def own_trail() -> list[tuple[str, str]]:
    """Return the beginning of the way to a page of the person's own."""
    return [(_("我的"), reverse("portal:me"))]


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
            "PARTIAL": _("办成了一部分，其余的没有办成。"),
            "LAPSED": _("没有开始办理：需要先办的事项没有办成。"),
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


def state_look(case: Case) -> dict[str, str]:
    """Return the icon and the tone of where a case stands."""
    if case.status == Case.Status.CONCLUDED:
        return {
            "GRANTED": {"icon": "circle-check", "tone": "good"},
            "WITHDRAWN": {"icon": "undo-2", "tone": ""},
        }.get(case.outcome, {"icon": "file-x", "tone": "warn"})
    if case.phase in (Case.Phase.CORRECTING, Case.Phase.PAYING):
        return {"icon": "circle-alert", "tone": "warn"}
    return {"icon": "clock", "tone": ""}


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
    due = case.due_at.astimezone(LOCAL_ZONE).date()
    written = formats.short_day(due) if due.year == today().year else formats.day(due)
    return _("最迟 %(day)s") % {"day": written}


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
    by = _("系统") if event.actor_name == SYSTEM.name else event.actor_name
    return {
        "title": either(event.title_zh, event.title_en),
        "at": event.at,
        "text": words,
        "actor": signers or event.organization_name or by,
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
        "early": reading.left if clock.stopped_at else 0,
        "stopped": clock.stopped_at.astimezone(LOCAL_ZONE).date() if clock.stopped_at else None,
    }


LAMPS = {
    "NORMAL": "normal",
    "DUE_SOON": "near",
    "OVERDUE": "overdue",
    "SUSPENDED": "suspended",
    "MET": "normal",
    "MISSED": "overdue",
    "CANCELLED": "normal",
}
# The rating component's values, and ours.
GRADES = {
    "VERY_SATISFIED": "very_satisfied",
    "SATISFIED": "satisfied",
    "MOSTLY_SATISFIED": "fair",
    "DISSATISFIED": "dissatisfied",
    "VERY_DISSATISFIED": "very_dissatisfied",
}
GRADE_OF = {value: key for key, value in GRADES.items()}


def paper_title(paper: Paper) -> str:
    """Return what a paper is called; the paper itself is Chinese, as the law asks."""
    chinese = str(paper.content["title"])
    english = {
        Paper.Kind.CORRECTION: "Notice of what to correct",
        Paper.Kind.ACCEPTANCE: "Notice of acceptance",
        Paper.Kind.NON_ACCEPTANCE: "Notice of non-acceptance",
        Paper.Kind.GRANT: "Decision to grant",
        Paper.Kind.REFUSAL: "Decision to refuse",
        Paper.Kind.PAYMENT: "Notice of payment",
        Paper.Kind.ANNULMENT: "Decision to annul",
    }
    return either(chinese, english.get(Paper.Kind(paper.kind), chinese))


def bill_card(bill: Bill) -> dict[str, Any]:
    """Return what is owed, for what, by which standard."""
    amount = f"¥{bill.amount_yuan:,.2f}"
    return {
        "title": _("请缴费 %(amount)s") % {"amount": amount},
        "button": _("去银行缴费 %(amount)s") % {"amount": amount},
        "rows": [
            *(
                row
                for line in bill.items
                for row in (
                    (_("收费项目"), either(line["name"], line.get("name_en", ""))),
                    (_("怎么算的"), f"¥{line['unit_price_yuan']} × {line['quantity']}"),
                )
            ),
            *([(_("请在这天以前缴"), formats.day(bill.due_date))] if bill.due_date else []),
            (_("缴款单号"), bill.number),
        ],
    }


def material_row(row: ApplicationMaterial, number: str) -> dict[str, str]:
    """Return one supplied material and what stood for it."""
    words = {
        "LICENCE": _("电子证照"),
        "DATA": _("数据共享"),
        "PROMISE": _("告知承诺"),
        "PAPER": _("窗口收取"),
    }
    return {
        "title": either(row.title_zh, row.title_en),
        "words": row.file.name if row.file else words.get(row.source, _("上传")),
        "href": reverse("portal:material", args=[number, row.pk]) if row.file else "",
    }


def main_clock(view: CaseView) -> Clock | None:
    """Return the clock that matters to the applicant: promised before statutory, running first."""
    clocks = [clock for clock in view.clocks if clock.kind == "decision"]
    promised = [clock for clock in clocks if clock.basis == "PROMISED"]
    return next(reversed(promised or clocks), None)


def trace_words(trace: Mapping[str, Any]) -> list[str]:
    """Return why an automatic decision came out as it did, for the applicant."""
    text = str(trace.get("words_zh" if is_chinese() else "words_en", ""))
    return [line for line in text.splitlines() if line.strip()]


def in_fours(code: str) -> str:
    """Return a code in groups of four, as people read it aloud and type it."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def licence_card(licence: Licence) -> dict[str, Any]:
    """Return what a licence shows on the phone."""
    words = {
        Licence.Status.VALID: _("有效"),
        Licence.Status.SUSPENDED: _("已暂扣"),
        Licence.Status.RECALLED: _("已撤回"),
        Licence.Status.ANNULLED: _("已撤销"),
        Licence.Status.REVOKED: _("已吊销"),
        Licence.Status.DEREGISTERED: _("已注销"),
        Licence.Status.REPLACED: _("已换发"),
    }
    is_valid = licence.status == Licence.Status.VALID
    has_expired = is_valid and licence.valid_to is not None and licence.valid_to < today()
    definition = get_definition(licence.type)
    return {
        "title": either(licence.type.title_zh, licence.type.title_en),
        "number": licence.number,
        "holder": licence.holder_name,
        "issuer": licence.organization.name,
        "valid_from": licence.valid_from,
        "valid_to": licence.valid_to,
        "card_state": "expired" if has_expired else "valid" if is_valid else "invalid",
        "status": _("已过期") if has_expired else words[Licence.Status(licence.status)],
        "href": reverse("portal:licence", args=[licence.pk]),
        "pdf": reverse("portal:licence-pdf", args=[licence.pk]),
        "verify_url": reverse("licences:verify-code", args=[licence.verification_code]),
        "code": in_fours(licence.verification_code),
        "qr": segno.make(verification_url(licence), error="m").svg_data_uri(scale=5, border=2),
        "fields": [
            (either(one.title_zh, one.title_en), _read(licence.record["fields"].get(one.key)))
            for one in definition.fields
        ],
    }


def _read(value: Any) -> str:
    """Return a field of a licence as a person reads it; days are stored as ISO text."""
    if not value:
        return "—"
    text = str(value)
    if len(text) == 10 and text[4] == text[7] == "-":
        try:
            return formats.day(date.fromisoformat(text))
        except ValueError:
            return text
    return text
