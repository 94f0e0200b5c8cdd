"""特别程序与听取意见: what the law puts between acceptance and decision, as effects."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from django.db import transaction

from yiwang.kernel.base.access.contracts import SYSTEM, Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import LOCAL_ZONE, calendar_for, now, today
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.casework.cases.actions.cases import lock_case, tell
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.clocks.facade import (
    ClockOutcome,
    EffectOnExpiry,
    begin_exclusion,
    end_exclusion,
    limit_on,
    on_expiry,
    stop_clock,
)
from yiwang.kernel.casework.clocks.models import Clock
from yiwang.kernel.casework.clocks.rules.exclusions import lawful_exclusion
from yiwang.kernel.casework.papers.models import Paper
from yiwang.kernel.casework.papers.wording import written_day
from yiwang.kernel.casework.process.actions.tasks import signal_case
from yiwang.kernel.casework.process.registry import EffectContext, effect
from yiwang.services.applications import limits
from yiwang.services.applications.actions.applications import require_own
from yiwang.services.applications.actions.intake import read_words
from yiwang.services.applications.errors import HearingError, HearingNoticeTooShortError
from yiwang.services.applications.facts import get_application
from yiwang.services.applications.handling import issue
from yiwang.services.applications.models import Hearing, ThirdParty

REQUEST = "hearing_request"
HEARING = "hearing"
ANSWERED = "hearing_answered"
NOTICE_DAYS = 7
"""Working days between the notice and the hearing. Source: 行政许可法 第四十八条 (2019)."""


@effect("begin_special")
def begin_special(context: EffectContext, options: Mapping[str, Any]) -> None:
    """特别程序: what article 45 names leaves the limit; the applicant is told how long in writing.

    Source: 行政许可法 第四十五条 (2019).
    """
    lawful = lawful_exclusion(options["kind"], options["source"])
    begin_exclusion(
        case=context.case,
        kind=limits.DECISION,
        reason=options["kind"],
        legal_source=options["source"],
    )
    issue(
        context,
        Paper.Kind.SPECIAL_PROCEDURE,
        procedure=lawful.zh,
        source=options["source"],
        days=f"{options['days']}个工作日",
    )


@effect("end_special")
def end_special(context: EffectContext, options: Mapping[str, Any]) -> None:
    """特别程序结束: the decision clocks run on; what was taken out moves their ends."""
    _run_on(context.case)
    tell(
        context.case,
        kind="clock.resumed",
        title_zh="特别程序结束，办理期限继续计算",
        title_en="The special procedure is over; the limit runs on",
        actor=context.actor,
    )


@effect("tell_third_party")
def tell_third_party(context: EffectContext, options: Mapping[str, Any]) -> None:
    """告知利害关系人 before the decision. Source: 行政许可法 第三十六条 (2019).

    The applicant is not shown who it is.
    """
    application = get_application(context.case)
    name = str(context.input["third_party"])
    known = ThirdParty.objects.filter(application=application, name=name).exists()
    if known:
        return
    answer_by = date.fromisoformat(str(context.input["answer_by"]))
    interest = str(context.input["interest"])
    paper = issue(
        context,
        Paper.Kind.THIRD_PARTY_NOTICE,
        addressee_name=name,
        reason=interest,
        until=f"{answer_by:%Y年%-m月%-d日}",
        is_public=False,
    )
    ThirdParty.objects.create(
        application=application,
        name=name,
        interest=interest,
        paper=paper,
        told_at=now(),
        answer_by=answer_by,
    )


@effect("record_view")
def record_view(context: EffectContext, options: Mapping[str, Any]) -> None:
    """记录利害关系人意见: what they said, or that they said nothing by the day."""
    rows = ThirdParty.objects.filter(application_id=context.case.pk, view_at=None)
    rows.update(view=str(context.input["view"]), view_at=now())
    tell(
        context.case,
        kind="third_party.view",
        title_zh="已听取利害关系人意见",
        title_en="The third party has been heard",
        actor=context.actor,
    )


@effect("tell_hearing_right")
def tell_hearing_right(context: EffectContext, options: Mapping[str, Any]) -> None:
    """告知听证权利: once; its service starts the five working days in which to ask.

    Source: 行政许可法 第四十七条 (2019).
    """
    application = get_application(context.case)
    if Hearing.objects.filter(application=application).exists():
        raise HearingError(
            "听证权利只告知一次，本件已经告知过",
            "The right to a hearing is told once, and it has been.",
        )
    issue(context, Paper.Kind.HEARING_RIGHT, reason=context.opinion)
    Hearing.objects.create(application=application, told_at=now())


def request_hearing(*, actor: Actor, case_id: int, reason: str) -> Hearing:
    """申请听证: the applicant asks within five working days of being told; the organ holds it.

    Asking again changes nothing. Source: 行政许可法 第四十七条 (2019).

    :raises NotFoundError, MandateTooNarrowError: the case is not the actor's.
    :raises HearingError: nobody told of this right, or its days are over.
    """
    reason = read_words("reason", reason)
    with transaction.atomic():
        case = lock_case(case_id)
        application = get_application(case)
        require_own(actor, case, application.item_key)
        hearing = Hearing.objects.filter(application=application).first()
        if hearing is not None and hearing.requested_at is not None:
            return hearing
        running = Clock.objects.filter(case=case, kind=REQUEST, stopped_at=None).first()
        if hearing is None or hearing.is_waived or (running and running.due_at < now()):
            raise HearingError(
                "现在不能申请听证：没有告知过听证权利，或者五个工作日已过",
                "A hearing cannot be asked for now: nobody told of it, or the five days are over.",
            )
        at = now()
        hearing.requested_at = at
        hearing.request_reason = reason
        hearing.save(update_fields=["requested_at", "request_reason"])
        if running is not None:
            stop_clock(case=case, kind=REQUEST, subject=running.subject, at=at)
        limits.start_law_clock(case, HEARING, started_at=at)
        tell(
            case,
            kind="hearing.requested",
            title_zh="申请人申请听证",
            title_en="The applicant asked for a hearing",
            actor=actor,
            details={"reason": reason},
        )
        audit.record(actor, "hearing.request", "case", case.number, case_id=case.pk)
        events.emit("case.hearing_requested", case.number, {"case": case.pk})
        signal_case(case=case, event=ANSWERED, actor=actor)
        return hearing


def hearing_not_asked(case: Case, clock: Clock, at: datetime) -> None:
    """逾期未申请听证: the case goes on; nobody has lost more than this hearing."""
    stop_clock(
        case=case, kind=REQUEST, subject=clock.subject, at=at, outcome=ClockOutcome.CANCELLED
    )
    waived = Hearing.objects.filter(application_id=case.pk, requested_at=None).update(
        is_waived=True
    )
    if not waived or case.status != Case.Status.OPEN:
        return
    tell(
        case,
        kind="hearing.waived",
        title_zh="五个工作日内没有申请听证，继续办理",
        title_en="No hearing was asked for within five working days; handling goes on",
        actor=SYSTEM,
    )
    signal_case(case=case, event=ANSWERED, actor=SYSTEM)


@effect("schedule_hearing")
def schedule_hearing(context: EffectContext, options: Mapping[str, Any]) -> None:
    """通知听证: seven working days before, within twenty of the request; its time leaves the limit.

    Source: 行政许可法 第四十五条、第四十七条、第四十八条 (2019).

    :raises HearingNoticeTooShortError: the day is too near, or after the twenty working days.
    """
    hearing = _asked(context.case)
    day = date.fromisoformat(str(context.input["hearing_day"]))
    place = str(context.input["place"])
    calendar = calendar_for(limits.calendar_key(context.case))
    latest = calendar.add_working_days(_day_of(hearing), limit_on(HEARING, today()).amount)
    if calendar.working_days_between(today(), day) < NOTICE_DAYS or day > latest:
        raise HearingNoticeTooShortError(latest=latest.isoformat())
    hearing.held_at = datetime.combine(day, _hour(context), LOCAL_ZONE)
    hearing.place = place
    hearing.save(update_fields=["held_at", "place"])
    begin_exclusion(
        case=context.case,
        kind=limits.DECISION,
        reason="HEARING",
        legal_source="行政许可法 第四十六条、第四十七条",
    )
    issue(
        context,
        Paper.Kind.HEARING_NOTICE,
        at=f"{hearing.held_at:%Y年%-m月%-d日 %H:%M}",
        place=place,
    )


@effect("record_hearing")
def record_hearing(context: EffectContext, options: Mapping[str, Any]) -> None:
    """听证笔录: the decision rests on it; the limits run on. Source: 行政许可法 第四十八条 (2019).

    :raises HearingError: no hearing was announced, or its time has not come.
    """
    hearing = _asked(context.case)
    if hearing.held_at is None or hearing.held_at > now():
        raise HearingError("听证还没有举行", "The hearing has not been held yet.")
    hearing.recorded_at = now()
    hearing.record = str(context.input["record"])
    hearing.save(update_fields=["recorded_at", "record"])
    stop_clock(case=context.case, kind=HEARING)
    _run_on(context.case)
    tell(
        context.case,
        kind="hearing.held",
        title_zh=f"听证已于{written_day(hearing.held_at)}举行，办理期限继续计算",
        title_en="The hearing was held; the limit runs on",
        actor=context.actor,
    )


def register() -> None:
    """Let what follows when nobody asks for a hearing be known to the clocks."""
    on_expiry(EffectOnExpiry.NONE, REQUEST, hearing_not_asked)


def _run_on(case: Case) -> None:
    end_exclusion(case=case, kind=limits.DECISION)


def _asked(case: Case) -> Hearing:
    hearing = Hearing.objects.filter(application_id=case.pk).first()
    if hearing is None or hearing.requested_at is None:
        raise HearingError("申请人没有申请听证", "No hearing was asked for.")
    return hearing


def _day_of(hearing: Hearing) -> date:
    assert hearing.requested_at is not None
    return hearing.requested_at.astimezone(LOCAL_ZONE).date()


def _hour(context: EffectContext) -> time:
    try:
        return time.fromisoformat(str(context.input.get("hearing_time", "")) or "09:00")
    except ValueError as error:
        raise HearingError(
            "听证时间应写成 09:30 这样", "Write the hour of the hearing as 09:30."
        ) from error
