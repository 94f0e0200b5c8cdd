"""How the desk puts tasks, applicants, forms, clocks and acts into words."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yiwang.kernel.base.calendars import LOCAL_ZONE, now, today
from yiwang.kernel.base.parties import facade as parties
from yiwang.kernel.base.parties.facade import PartyCard
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.clocks.models import Clock
from yiwang.kernel.casework.clocks.reading import read_all
from yiwang.kernel.casework.forms.rules.definition import Form, FormField
from yiwang.kernel.casework.forms.selectors import get_form
from yiwang.kernel.casework.process.engine import get_process
from yiwang.kernel.casework.process.models import TaskAct
from yiwang.kernel.casework.process.rules.definition import Act, Process, Step
from yiwang.kernel.casework.worklist import facade as worklist
from yiwang.kernel.registers.licences.models import Licence
from yiwang.kernel.registers.payments.models import Bill
from yiwang.services.applications.desk_selectors import Decision, DeskCase, is_shown_inline
from yiwang.services.applications.facts import applicant_facts
from yiwang.services.applications.http import shown
from yiwang.services.applications.inbox import NEVER
from yiwang.services.applications.models import ApplicationMaterial
from yiwang.services.applications.rules.materials import asked_circumstances

# What packs write where nobody has checked the legal source yet.
UNCONFIRMED = "unconfirmed"
# What browsers' viewers of PDF read from an address: no side bar, as wide as the pane.
PDF_VIEW = "#navpanes=0&view=FitH"


def either(chinese: str, english: str) -> str:
    return shown.either(chinese, english)


def moment(at: datetime) -> str:
    """Return an instant as people write it: 11月23日 14:05, with the year when it is another's."""
    local = at.astimezone(LOCAL_ZONE)
    words = {
        "year": local.year,
        "month": local.month,
        "day": local.day,
        "time": f"{local:%H:%M}",
    }
    if local.year == today().year:
        return _("%(month)s月%(day)s日 %(time)s") % words
    return _("%(year)s年%(month)s月%(day)s日 %(time)s") % words


# the inbox


def task_row(
    task: Any, *, until: datetime, query: str, current_id: int | None, holder: str = ""
) -> dict[str, Any]:
    """Return a waiting task as a row of the inbox.

    ``until``: what is due before it is due soon. ``holder``: in whose hands it is.
    """
    name = task.party_name
    if task.party_kind == Party.Kind.PERSON:
        name = parties.mask_name(name)
    return {
        "title": either(task.case_title, task.case_title_en),
        "meta": " · ".join(
            part
            for part in (either(task.title_zh, task.title_en), name, task.case_number[-4:], holder)
            if part
        ),
        "href": reverse("desk:task", args=[task.pk]) + (f"?{query}" if query else ""),
        "lamp": "" if task.is_mine_done else lamp(task.due, until),
        "when": _("等另一位确认") if task.is_mine_done else due_words(task.due),
        "is_current": task.pk == current_id,
    }


def lamp(due: datetime, until: datetime) -> str:
    """Return the lamp of a task; none when nothing limits it."""
    if due == NEVER:
        return ""
    if due < now():
        return "overdue"
    return "near" if due < until else "normal"


def due_words(due: datetime) -> str:
    """Return until when: today with the hour, otherwise the day."""
    if due == NEVER:
        return ""
    local = due.astimezone(LOCAL_ZONE)
    if local.date() == today():
        said = _("今天 %(time)s 前") if due > now() else _("今天 %(time)s 已过")
        return said % {"time": f"{local:%H:%M}"}
    days = (local.date() - today()).days
    if days == 1:
        return _("明天到期")
    words = {"month": local.month, "day": local.day}
    if days < 0:
        return _("%(month)s月%(day)s日已到期") % words
    return _("%(month)s月%(day)s日到期") % words


# the applicant


def applicant_rows(card: PartyCard) -> list[tuple[str, str]]:
    """Return what the desk shows of an applicant; masked unless it was revealed."""
    is_person = card.kind == Party.Kind.PERSON
    rows = [
        (_("姓名") if is_person else _("名称"), card.name),
        (_("公民身份号码"), card.citizen_id_no),
        (_("统一社会信用代码"), card.uscc),
        (_("手机"), card.phone),
        (_("住址"), card.address),
    ]
    return [(term, value) for term, value in rows if value]


def circumstance_rows(view: DeskCase) -> list[tuple[str, str]]:
    """Return the guided questions with what was answered."""
    answers = view.application.circumstances
    rows = []
    for question in asked_circumstances(view.application.item_version.content, answers):
        value = answers.get(question["key"])
        if isinstance(value, bool):
            words = _("是") if value else _("否")
        else:
            words = next(
                (
                    either(option["title_zh"], option["title_en"])
                    for option in question.get("options", [])
                    if option["value"] == value
                ),
                "—",
            )
        rows.append((either(question["question_zh"], question["question_en"]), words))
    return rows


def form_pages(
    view: DeskCase, *, is_revealed: bool, hidden: frozenset[str] = frozenset()
) -> list[dict[str, Any]]:
    """Return the pages of the form with the answers; numbers of people masked unless revealed.

    What is ``hidden`` at the step is left out, question and answer.
    """
    version = view.application.item_version
    if not version.form_id:
        return []
    form: Form = get_form(version.form_id)
    facts = {
        "circumstances": view.application.circumstances,
        "form": view.application.form_data,
        "applicant": applicant_facts(view.case.party),
        "checks": view.application.checks,
    }
    language = get_language() or "zh-hans"
    return [
        {
            "title": either(page.title_zh, page.title_en),
            "rows": [
                (
                    one.text("title", language),
                    _answer(
                        one,
                        view.application.form_data.get(one.key),
                        language,
                        view.case.party,
                        is_revealed,
                    ),
                )
                for one in form.visible(page, facts)
                if one.key not in hidden
            ],
        }
        for page in form.pages
    ]


_MASKS = {"citizen-id-no": parties.mask_id, "mobile-phone": parties.mask_phone}
# Numbers of people that stand in free text: eighteen characters of identity, eleven of a phone.
_NUMBERS = re.compile(r"(?<![0-9])(?:[0-9]{17}[0-9Xx]|1[3-9][0-9]{9})(?![0-9A-Za-z])")


def _answer(one: FormField, value: Any, language: str, party: Party, is_revealed: bool) -> str:
    if is_revealed or not value:
        return one.show(value, language)
    mask = _MASKS.get(one.schema.get("format", ""))
    if mask:
        return mask(str(value))
    is_persons_name = one.prefill == "party.operator_name" or (
        one.prefill == "party.name" and party.kind == Party.Kind.PERSON
    )
    if is_persons_name:
        return parties.mask_name(str(value))
    return _NUMBERS.sub(_masked_number, one.show(value, language))


def _masked_number(found: re.Match[str]) -> str:
    text = found.group()
    return parties.mask_id(text) if len(text) > 11 else parties.mask_phone(text)


def check_rows(view: DeskCase) -> list[tuple[str, str]]:
    """Return the checks of identity that were made at submission."""
    words = {True: _("通过"), False: _("未通过"), None: _("未核验")}
    titles = {"real_name": _("实名核验"), "face": _("人脸核验")}
    return [
        (titles.get(key, key), words.get(value, str(value)))
        for key, value in view.application.checks.items()
    ]


# clocks, rules, history


def clock_rows(clocks: Iterable[Clock]) -> list[dict[str, Any]]:
    """Return every clock in one sentence: promised and statutory, running ones first."""
    clocks = list(clocks)
    readings = read_all(clocks)
    rows = [
        {
            "lamp": shown.LAMPS[readings[clock.pk].lamp.value],
            "words": either(readings[clock.pk].zh, readings[clock.pk].en),
            "basis": clock.get_basis_display(),
            "source": _("依据待核实") if clock.source == UNCONFIRMED else clock.source,
            "is_over": clock.stopped_at is not None,
        }
        for clock in clocks
    ]
    return sorted(rows, key=lambda row: row["is_over"])


def decision_rows(decisions: Iterable[Decision], process: Process) -> list[dict[str, Any]]:
    """Return what the rules said at each step: the reason, its source, and every line of it."""
    rows = []
    for decision in decisions:
        step = process.steps.get(decision.step)
        trace = decision.trace
        rows.append(
            {
                "title": either(step.title_zh, step.title_en) if step else decision.step,
                "reason": either(
                    str(trace.get("outputs", {}).get("reason_zh", "")),
                    str(trace.get("outputs", {}).get("reason_en", "")),
                ),
                "sources": [
                    _("依据待核实") if rule["source"] == UNCONFIRMED else rule["source"]
                    for rule in trace.get("rules", [])
                    if rule["source"]
                ],
                "lines": shown.trace_words(trace),
            }
        )
    return rows


def act_rows(acts: Iterable[TaskAct]) -> list[dict[str, Any]]:
    """Return the opinions as they were given: who, which act, what words, what was filled in.

    ``ink`` is the address of a handwritten signature, ``digest`` that of what was signed.
    """
    acts = list(acts)
    inks = worklist.signatures_of(acts)
    rows = []
    for row in acts:
        act = act_of(get_process(row.task.token.definition_id), row.task.step, row.act)
        rows.append(
            {
                "step": either(row.task.title_zh, row.task.title_en),
                "act": either(act.title_zh, act.title_en) if act else verb_title(row.act),
                "is_danger": bool(act and act.style == "danger"),
                "who": row.actor_name,
                "unit": row.task.organization.name,
                "at": row.at,
                "opinion": row.opinion,
                "input": [] if row.act.startswith(":") else input_rows(row.input),
                "ink": reverse("desk:signature", args=[row.pk]) if row.pk in inks else "",
                "digest": inks[row.pk].signed_digest if row.pk in inks else "",
            }
        )
    return rows


def act_of(process: Process, step: str, act: str) -> Act | None:
    found = process.steps.get(step)
    return found.acts.get(act) if found else None


def verb_title(act: str) -> str:
    """Return the words for a verb of the process that an officer used instead of an act."""
    titles = {
        ":return": _("退回"),
        ":recall": _("撤回"),
        ":add_signer": _("加签"),
        ":remove_signer": _("减签"),
        ":suspend": _("挂起"),
        ":resume": _("恢复"),
        ":terminate": _("终止"),
    }
    return titles.get(act, act)


def input_rows(given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what was filled in at an act."""
    return [(input_title(name), _input_words(value)) for name, value in given.items()]


def _input_words(value: Any) -> str:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, list):
        return "；".join(str(entry) for entry in value)
    return str(value)


def input_title(name: str) -> str:
    """Return the words for a field of an act; packs name their fields by these keys."""
    titles = {
        "points": _("需要补正的内容"),
        "place": _("核查地点"),
        "findings": _("核查情况"),
        "passed": _("是否符合要求"),
        "mend_by": _("整改期限"),
        "conditions": _("提出的要求"),
        "cut_days": _("缩短几天"),
        "damage": _("损坏情况"),
        "statement": _("情况说明"),
    }
    return titles.get(name, name)


def consequences(act: Act, step: str, process: Process) -> str:
    """Say what an act sets going, so that nobody signs blindly."""
    words = {
        "accept": _("出具受理通知书，办理时限开始计算"),
        "request_correction": _("出具补正材料告知书，等申请人补正；补正只能告知一次"),
        "decline_acceptance": _("出具不予受理通知书，本件办结"),
        "record_site_check": _("记入核查记录"),
        "grant": _("作出准予决定"),
        "issue_licence": _("制发证照"),
        "issue_bill": _("开具缴费通知书"),
        "refuse": _("出具不予许可决定书"),
        "refund_bill": _("退还费用"),
        "annul_licence": _("撤销证照"),
        "record_credit": _("记入失信承诺记录"),
        "conclude": _("本件办结"),
    }
    said = [words[call.name] for call in act.effects if call.name in words]
    target = process.steps[act.target]
    if act.target == step:
        said.append(_("办理后仍在这一步"))
    elif target.kind in ("task", "wait", "decision"):
        said.append(_("下一步：%(step)s") % {"step": either(target.title_zh, target.title_en)})
    return _("；").join(said)


def phrases(step: Step) -> list[str]:
    """Return stock opinions for a step.

    They stay Chinese whatever the language of the page: the words go into Chinese papers.
    """
    common = {
        "RECEIVED": ["材料齐全，符合法定形式，予以受理。", "材料不齐全，需要补正。"],
        "SITE_CHECK": ["现场与申请材料一致，符合要求。", "现场与申请材料不一致。"],
        "REVIEWING": ["经审查，材料真实有效。", "经审查，有内容需要核实。"],
        "DECIDING": ["经审查，符合法定条件，准予。", "经审查，不符合法定条件。"],
        "POST_CHECK": ["经查验，符合要求。", "经查验，存在问题。"],
    }
    return common.get(step.phase, ["同意。"])


# materials


def material_cards(view: DeskCase) -> list[dict[str, Any]]:
    return [material_card(row, view.replaced) for row in view.materials]


def first_shown(cards: list[dict[str, Any]]) -> str:
    """Return the address of the first material that the viewer can show."""
    for card in cards:
        if card["file"] and card["file"]["is_inline"]:
            return str(card["file"]["href"])
        if card["licence"]:
            return str(card["licence"]["pdf"])
    return ""


def material_card(
    row: ApplicationMaterial, replaced: Iterable[ApplicationMaterial]
) -> dict[str, Any]:
    """Return one supplied material with what opens it: a file, a licence, or promised words."""
    states = {"LICENCE": "held", "DATA": "held", "PROMISE": "promise"}
    card: dict[str, Any] = {
        "title": either(row.title_zh, row.title_en),
        "state": states.get(row.source, "uploaded"),
        "source": row.get_source_display(),
        "promise": row.promise_text,
        "round": row.round,
        "file": file_card(row) if row.file else None,
        "licence": used_licence(row.licence, row.application_id) if row.licence else None,
        "replaced": [file_card(old) for old in replaced if old.key == row.key and old.file],
    }
    words = {
        "DATA": _("数据共享核验"),
        "PROMISE": _("已承诺"),
        "PAPER": _("窗口已收纸质件"),
        "LICENCE": _("电子证照"),
    }
    card["status"] = words.get(row.source, _("补正后提交") if row.round else _("已上传"))
    return card


def file_card(row: ApplicationMaterial) -> dict[str, Any]:
    assert row.file is not None
    return {
        "name": row.file.name,
        "size_bytes": row.file.size_bytes,
        "href": reverse("desk:file", args=[row.file.pk])
        + (PDF_VIEW if row.file.media_type == "application/pdf" else ""),
        "is_inline": is_shown_inline(row.file),
        "at": row.added_at,
    }


def used_licence(licence: Licence, case_id: int) -> dict[str, Any]:
    return shown.licence_card(licence) | {
        "href": "",
        "pdf": reverse("desk:licence-pdf", args=[case_id, licence.pk]) + PDF_VIEW,
    }


# bills, states


def bill_row(bill: Bill) -> dict[str, Any]:
    words = {
        "UNPAID": _("待缴款"),
        "PAID": _("已缴款"),
        "PART_REFUNDED": _("已部分退款"),
        "REFUNDED": _("已退款"),
        "CANCELLED": _("已作废"),
    }
    return {
        "number": bill.number,
        "amount": bill.amount_yuan,
        "refunded": bill.refunded_yuan or None,
        "status": words[bill.status],
        "issued_at": bill.issued_at,
        "paid_at": bill.paid_at,
    }


def outcomes() -> dict[str, str]:
    return {
        "GRANTED": _("准予"),
        "REFUSED": _("不予许可"),
        "DECLINED": _("不予受理"),
        "WITHDRAWN": _("已撤件"),
        "PARTIAL": _("部分办成"),
        "LAPSED": _("未启动"),
    }


def case_state(case: Case) -> str:
    """Return where a case stands, in a word."""
    if case.status == Case.Status.CONCLUDED and case.outcome:
        return outcomes()[case.outcome]
    return {
        "SUBMITTED": _("已提交"),
        "RECEIVED": _("已收件"),
        "CORRECTING": _("待补正"),
        "ACCEPTED": _("已受理"),
        "REVIEWING": _("审查中"),
        "SITE_CHECK": _("现场核查"),
        "DECIDING": _("待决定"),
        "PAYING": _("待缴费"),
        "CONCLUDED": _("已办结"),
        "POST_CHECK": _("事后核查"),
    }[case.phase]


def channel(code: str) -> str:
    """Return by which door a case came in."""
    words = {
        "ONLINE": _("网上"),
        "WINDOW": _("窗口"),
        "KIOSK": _("自助终端"),
        "VILLAGE": _("村级代办点"),
        "API": _("接口"),
    }
    return words.get(code, code)
