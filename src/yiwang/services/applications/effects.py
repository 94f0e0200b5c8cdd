"""办理效果: what the acts of a licensing process do, each with its legal meaning."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from yiwang.kernel import acts
from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.casework.cases.actions.cases import tell
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.papers.models import Paper
from yiwang.kernel.casework.papers.wording import written_day
from yiwang.kernel.casework.process.registry import EffectContext, effect
from yiwang.kernel.casework.rules import feel
from yiwang.kernel.registers.licences.actions.licences import change_status, issue_licence
from yiwang.kernel.registers.licences.models import Licence
from yiwang.kernel.registers.payments import facade as payments
from yiwang.kernel.registers.payments.models import Bill
from yiwang.services.applications import limits
from yiwang.services.applications.deferring import begin_deferral, require_supplied
from yiwang.services.applications.errors import (
    CorrectionAskedTwiceError,
    FeeUnknownError,
    NotAcceptedError,
)
from yiwang.services.applications.facts import forget_standing, get_application, outstanding
from yiwang.services.applications.handling import conclude_as, decide, issue, number
from yiwang.services.applications.models import (
    BreachRecord,
    CorrectionRequest,
    SiteCheck,
)


@effect("accept")
def accept(context: EffectContext, options: Mapping[str, Any]) -> None:
    """受理: the decision clocks start. Source: 行政许可法 第三十二条第一款第五项 (2019)."""
    _accept(context, is_deemed=False, with_paper=options.get("paper", True))


@effect("deem_accepted")
def deem_accepted(context: EffectContext, options: Mapping[str, Any]) -> None:
    """逾期不告知视为受理, from the day of receipt.

    Source: 行政许可法 第三十二条第一款第四项 (2019).
    """
    _accept(context, is_deemed=True, with_paper=True)


def _accept(context: EffectContext, *, is_deemed: bool, with_paper: bool) -> None:
    case = context.case
    application = get_application(case)
    at = application.received_at if is_deemed else now()
    application.accepted_at = at
    application.is_deemed_accepted = is_deemed
    acts.change(application, "accepted_at", "is_deemed_accepted")
    limits.stop_correction_clock(case)
    if with_paper:
        stated = application.item_version.content["limits"]
        case.due_at = limits.start_decision_clocks(case, stated, at)
        acts.change(case, "due_at")
        extra = [f"我们承诺最迟于{written_day(case.due_at)}作出决定。"]
        missing = [] if is_deemed else outstanding(application)
        if missing:
            begin_deferral(context, missing, extra)
        else:
            issue(context, Paper.Kind.ACCEPTANCE, extra=extra, is_deemed=is_deemed)
    events.emit("case.accepted", case.number, {"case": case.pk, "deemed": is_deemed})


@effect("request_correction")
def request_correction(context: EffectContext, options: Mapping[str, Any]) -> None:
    """一次性告知补正. Source: 行政许可法 第三十二条第一款第四项 (2019).

    :raises CorrectionAskedTwiceError: all points are told once.
    """
    application = get_application(context.case)
    if CorrectionRequest.objects.filter(application=application).exists():
        raise CorrectionAskedTwiceError
    points = list(context.input["points"])
    paper = issue(context, Paper.Kind.CORRECTION, points=points)
    CorrectionRequest.objects.create(
        application=application, points=points, paper=paper, asked_at=now()
    )
    limits.stop_correction_clock(context.case)
    events.emit("case.correction_asked", context.case.number, {"case": context.case.pk})


@effect("decline_acceptance")
def decline_acceptance(context: EffectContext, options: Mapping[str, Any]) -> None:
    """不予受理: a dated, sealed paper with reason and remedy.

    Source: 行政许可法 第三十二条 (2019).
    """
    application = get_application(context.case)
    reason = context.opinion
    if "reason" in options:
        reason = str(feel.compile(options["reason"])(context.facts()))
    decide(application, "DECLINED", reason)
    issue(context, Paper.Kind.NON_ACCEPTANCE, reason=reason)
    conclude_as(context.case, Case.Outcome.DECLINED)


@effect("record_site_check")
def record_site_check(context: EffectContext, options: Mapping[str, Any]) -> None:
    """现场核查 by two officers or more, inside the limit.

    Source: 行政许可法 第三十四条第三款 (2019).
    """
    findings = {key: value for key, value in context.input.items() if key != "passed"}
    SiteCheck.objects.create(
        application=get_application(context.case),
        officers=list(context.signer_names),
        findings=findings | {"opinion": context.opinion},
        # Who did not write that all is well has not found it so.
        passed=context.input.get("passed") is True,
        at=now(),
    )
    names = "、".join(context.signer_names)
    tell(
        context.case,
        kind="site_check",
        title_zh=f"现场核查已完成（核查人员：{names}）",
        title_en=f"On-site check done by {names}",
        actor=context.actor,
    )


@effect("grant")
def grant(context: EffectContext, options: Mapping[str, Any]) -> None:
    """准予. Source: 行政许可法 第三十八条第一款 (2019)."""
    application = get_application(context.case)
    if application.accepted_at is None:
        raise NotAcceptedError
    require_supplied(application)
    application.is_automatic = context.actor.kind == "SYSTEM"
    decide(application, "GRANTED", context.opinion)
    if options.get("paper", True):
        issue(context, Paper.Kind.GRANT, extra=_conditions(context))
    tell(
        context.case,
        kind="case.granted",
        title_zh="审查通过，准予" + ("（系统自动审批）" if application.is_automatic else ""),
        title_en="Granted" + (" (automatic approval)" if application.is_automatic else ""),
        actor=context.actor,
    )


@effect("refuse")
def refuse(context: EffectContext, options: Mapping[str, Any]) -> None:
    """不予许可: reason and remedy in writing. Source: 行政许可法 第三十八条第二款 (2019)."""
    application = get_application(context.case)
    if application.accepted_at is None:
        raise NotAcceptedError
    reason = context.opinion or _reasons(context)
    decide(application, "REFUSED", reason)
    if options.get("paper", True):
        issue(context, Paper.Kind.REFUSAL, reason=reason)


@effect("issue_licence")
def issue_case_licence(context: EffectContext, options: Mapping[str, Any]) -> None:
    """制证 for the applicant, from the facts of the case."""
    issue_licence(
        actor=context.actor,
        type_key=options["type"],
        holder=context.case.party,
        organization=context.case.organization,
        case=context.case,
        facts=context.facts(),
    )
    forget_standing(context.case)
    title_zh = "证照已制发，可以下载和出示"
    tell(
        context.case,
        kind="licence.issued",
        title_zh=title_zh,
        title_en="The licence is issued; download or show it",
        actor=context.actor,
    )


@effect("issue_bill")
def issue_bill(context: EffectContext, options: Mapping[str, Any]) -> None:
    """开具缴费通知: the fee by the item's standard, no other."""
    application = get_application(context.case)
    fee = application.item_version.content["fee"]
    quantity = number(context, fee["quantity"])
    unit_price = Decimal(str(fee["unit_price_yuan"]))
    amount = (quantity * unit_price).quantize(Decimal("0.01"), ROUND_HALF_UP)
    bill = payments.issue_bill(
        actor=context.actor,
        case=context.case,
        party=context.case.party,
        organization=context.case.organization,
        items=[
            {
                "name": fee["description_zh"],
                "name_en": fee["description_en"],
                "unit_price_yuan": str(unit_price),
                "quantity": str(quantity),
                "source": fee["source"],
            }
        ],
        amount_yuan=amount,
    )
    issue(
        context,
        Paper.Kind.PAYMENT,
        extra=(
            f"{fee['description_zh']}：{unit_price}元 × {quantity} = {amount}元。",
            f"收费依据：{fee['basis_zh']}。",
            f"缴款单号：{bill.number}。",
        ),
    )


@effect("refund_bill")
def refund_bill(context: EffectContext, options: Mapping[str, Any]) -> None:
    """退还部分或者全部费用 (城市道路管理条例 第三十八条 for road occupation)."""
    paid = (Bill.Status.PAID, Bill.Status.PART_REFUNDED)
    bill = Bill.objects.filter(case=context.case, status__in=paid).order_by("-id").first()
    if bill is None:
        raise FeeUnknownError
    amount = number(context, options["amount"])
    payments.refund_bill(
        actor=context.actor,
        bill_id=bill.pk,
        amount_yuan=amount.quantize(Decimal("0.01"), ROUND_HALF_UP),
        reason=context.opinion or "面积或者期限缩减",
    )


@effect("annul_licence")
def annul_licence(context: EffectContext, options: Mapping[str, Any]) -> None:
    """撤销. Source: 行政许可法 第六十九条 (2019)."""
    holding = (Licence.Status.VALID, Licence.Status.SUSPENDED)
    for licence in Licence.objects.filter(case=context.case, status__in=holding).order_by("id"):
        change_status(
            actor=context.actor,
            licence=licence,
            status=Licence.Status.ANNULLED,
            reason=context.opinion,
            legal_basis="行政许可法 第六十九条",
        )
    issue(context, Paper.Kind.ANNULMENT, reason=context.opinion)


@effect("record_credit")
def record_credit(context: EffectContext, options: Mapping[str, Any]) -> None:
    """失信承诺记录: the party may promise no more."""
    BreachRecord.objects.create(
        party_id=context.case.party_id,
        case=context.case,
        kind=options.get("kind", "BREACH"),
        at=now(),
    )
    forget_standing(context.case)
    events.emit("credit.breach_recorded", context.case.number, {"party": context.case.party_id})


@effect("conclude")
def conclude(context: EffectContext, options: Mapping[str, Any]) -> None:
    """办结: with the outcome that was decided."""
    conclude_as(context.case, get_application(context.case).decision or Case.Outcome.GRANTED)


def _conditions(context: EffectContext) -> tuple[str, ...]:
    """Merge what several deciders asked for into the one paper."""
    return tuple(
        f"{index}. {act['conditions']}"
        for index, act in enumerate(
            (a for a in context.facts()["acts"].values() if a.get("conditions")), 1
        )
    )


def _reasons(context: EffectContext) -> str:
    """Take the reasons from those who refused, when the refusal itself is automatic."""
    acts = context.facts()["acts"].values()
    return "；".join(act["opinion"] for act in acts if act.get("opinion") and "refus" in act["act"])
