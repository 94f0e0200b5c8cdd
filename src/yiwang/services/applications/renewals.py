"""延续、变更、补证、注销: what may be done with a licence that one holds, by data of its item.

An item says ``handles: {act: RENEWAL, licence_type: food_licence, ...}``; the licence it is about
is the one that stands for the material of that type, or the only valid one of the applicant.
Source: 行政许可法 第四十九条、第五十条、第七十条 (2019).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from yiwang.kernel import acts
from yiwang.kernel.base.access.contracts import SYSTEM, Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import LOCAL_ZONE, calendar_for, now, today
from yiwang.kernel.base.calendars.rules.working_calendar import WorkingCalendar
from yiwang.kernel.casework.cases.actions.cases import tell
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.clocks.facade import (
    ClockOutcome,
    EffectOnExpiry,
    Limit,
    RollRule,
    Unit,
    on_expiry,
    start_clock,
    stop_clock,
)
from yiwang.kernel.casework.clocks.models import Clock
from yiwang.kernel.casework.clocks.rules.counting import matching_day
from yiwang.kernel.casework.papers.models import Paper
from yiwang.kernel.casework.process.actions.tasks import stop_process
from yiwang.kernel.casework.process.registry import EffectContext, effect
from yiwang.kernel.casework.rules import feel
from yiwang.kernel.registers.licences.actions.licences import (
    change_status,
    get_definition,
    usable_licences,
)
from yiwang.kernel.registers.licences.actions.succession import succeed_licence
from yiwang.kernel.registers.licences.models import Licence
from yiwang.services.applications import limits
from yiwang.services.applications.errors import HandledLicenceError, RenewalTimeError
from yiwang.services.applications.facts import (
    ApplicationKind,
    forget_standing,
    get_application,
    materials_of,
)
from yiwang.services.applications.handling import conclude_as, decide, issue, issue_for
from yiwang.services.applications.models import Application, ApplicationMaterial

RENEWAL = "renewal"
BASES: Mapping[str, tuple[str, str]] = {
    "RENEWAL": ("延续", "行政许可法 第五十条"),
    "CHANGE": ("变更", "行政许可法 第四十九条"),
    "REPLACEMENT": ("补发", "行政许可法 第四十九条"),
    "DEREGISTRATION": ("注销", "行政许可法 第七十条"),
}


def handled_licence(case: Case, application: Application) -> Licence:
    """Return the licence that an application is about.

    :raises HandledLicenceError: there is none that is valid, or several and none was chosen.
    """
    wanted = application.item_version.content["handles"]["licence_type"]
    for row in materials_of(case, ApplicationMaterial.Source.LICENCE):
        if row.licence is not None and row.licence.type_key == wanted:
            return row.licence
    held = list(
        usable_licences(case.party_id)
        .filter(type_key=wanted)
        .select_related("type", "organization")
        .order_by("-id")[:2]
    )
    if len(held) != 1:
        raise HandledLicenceError(held=len(held))
    return held[0]


def check_time(licence: Licence, handles: Mapping[str, Any], calendar: WorkingCalendar) -> None:
    """Refuse a renewal that is asked for too early or too late.

    Thirty days before the end unless the item's own rule says otherwise, which is data with its
    source. Source: 行政许可法 第五十条第一款 (2019).

    :raises RenewalTimeError: naming the first and the last day.
    """
    times = handles.get("apply")
    if handles["act"] != "RENEWAL" or times is None or licence.valid_to is None:
        return
    last = _before(licence.valid_to, times["latest"], calendar)
    first = (
        _before(licence.valid_to, times["earliest"], calendar) if "earliest" in times else date.min
    )
    if not first <= today() <= last:
        raise RenewalTimeError(
            f"应在 {first:%Y年%-m月%-d日} 至 {last:%Y年%-m月%-d日} 之间申请延续",
            f"Renewal is asked for between {first.isoformat()} and {last.isoformat()}.",
            mend_zh="还没到时间的请到时再办；已过时间的请在到期前申请新办",
            mend_en="Come back in time; when it is too late, apply for a new licence.",
        )


@effect("begin_handling")
def begin_handling(context: EffectContext, options: Mapping[str, Any]) -> None:
    """开始办理持有的证照: it must be valid and in its time; for a renewal the end of it is a limit.

    Undecided at the end of the licence, a renewal is deemed granted where the item is a licence
    in law. Source: 行政许可法 第五十条第二款 (2019).

    :raises HandledLicenceError, RenewalTimeError: which ends the submission.
    """
    case = context.case
    application = get_application(case)
    content = application.item_version.content
    licence = handled_licence(case, application)
    calendar = calendar_for(limits.calendar_key(case))
    check_time(licence, content["handles"], calendar)
    is_licensing = content["base"]["item_kind"] == "ADMINISTRATIVE_LICENSING"
    if content["handles"]["act"] != "RENEWAL" or licence.valid_to is None:
        return
    case._no_clock_yet = False  # type: ignore[attr-defined]
    days = (licence.valid_to - today()).days
    if days < 1:
        return
    limit = Limit(
        amount=days,
        unit=Unit.CALENDAR_DAY,
        source="行政许可法 50",
        edition="2019",
        valid_from=date(2019, 4, 23),
        roll_rule=RollRule.NONE,
    )
    if is_licensing:
        limit = replace(
            limit,
            effect_on_expiry=EffectOnExpiry.DEEMED_RENEWAL,
            effect_source="行政许可法 50",
        )
    start_clock(
        case=case,
        kind=RENEWAL,
        limit=limit,
        started_at=datetime.combine(today(), time(0), LOCAL_ZONE),
        calendar_key=limits.calendar_key(case),
        subject=f"licence:{licence.pk}",
    )


@effect("renew_licence")
def renew_licence(context: EffectContext, options: Mapping[str, Any]) -> None:
    """准予延续: the next version, with its own time. Source: 行政许可法 第五十条 (2019)."""
    _renew(context.case, context.actor)


@effect("change_licence")
def change_licence(context: EffectContext, options: Mapping[str, Any]) -> None:
    """准予变更: the next version says what changed; its last day stays.

    Source: 行政许可法 第四十九条 (2019).
    """
    case = context.case
    application = get_application(case)
    handles = application.item_version.content["handles"]
    facts = context.facts()
    changes = {key: feel.compile(text)(facts) for key, text in handles.get("fields", {}).items()}
    licence = handled_licence(case, application)
    kept = {key: value for key, value in changes.items() if value is not None}
    _succeed(case, context.actor, licence, "CHANGE", kept, licence.valid_to)


@effect("replace_licence")
def replace_licence(context: EffectContext, options: Mapping[str, Any]) -> None:
    """补发: the same words and the same last day; the lost one verifies as replaced."""
    licence = handled_licence(context.case, get_application(context.case))
    _succeed(context.case, context.actor, licence, "REPLACEMENT", {}, licence.valid_to)


@effect("deregister_licence")
def deregister_licence(context: EffectContext, options: Mapping[str, Any]) -> None:
    """注销 at the holder's wish, with a paper. Source: 行政许可法 第七十条 (2019)."""
    case = context.case
    licence = handled_licence(case, get_application(case))
    reason = context.opinion or "持证人申请注销"
    change_status(
        actor=context.actor,
        licence=licence,
        status=Licence.Status.DEREGISTERED,
        reason=reason,
        legal_basis=BASES["DEREGISTRATION"][1],
    )
    issue(
        context,
        Paper.Kind.DEREGISTRATION,
        reason=reason,
        extra=[f"注销的证照：{licence.type.title_zh}（{licence.number}）。"],
    )
    forget_standing(case)
    _tell(case, context.actor, "证照已注销", "The licence is deregistered")


def deemed_renewed(case: Case, clock: Clock, at: datetime) -> None:
    """届满未决定，视为准予延续: the next version is issued, and the case is over.

    Source: 行政许可法 第五十条第二款 (2019).
    """
    application = get_application(case)
    stop_clock(case=case, kind=RENEWAL, subject=clock.subject, at=at, outcome=ClockOutcome.MISSED)
    if application.decided_at is not None or case.status != Case.Status.OPEN:
        return
    if application.accepted_at is None:
        # Nobody said anything at all: it counts as accepted from the day of receipt.
        application.accepted_at = application.received_at
        application.is_deemed_accepted = True
        acts.change(application, "accepted_at", "is_deemed_accepted")
    decide(application, "GRANTED", "届满前没有作出决定，视为准予延续")
    issue_for(case, SYSTEM, Paper.Kind.GRANT, is_deemed=True)
    _renew(case, SYSTEM, Licence.objects.get(pk=int(clock.subject.removeprefix("licence:"))))
    stop_process(case=case, actor=SYSTEM)
    conclude_as(case, Case.Outcome.GRANTED)
    audit.record(
        SYSTEM,
        "application.deemed_renewal",
        "case",
        case.number,
        case_id=case.pk,
        details={"source": clock.effect_source},
    )


def register() -> None:
    """Let what the law says of an undecided renewal be known to the clocks."""
    on_expiry(EffectOnExpiry.DEEMED_RENEWAL, RENEWAL, deemed_renewed)


def _renew(case: Case, actor: Actor, licence: Licence | None = None) -> None:
    application = get_application(case)
    licence = licence or handled_licence(case, application)
    handles = application.item_version.content["handles"]
    start = today()
    if handles.get("runs_from") == "EXPIRY" and licence.valid_to is not None:
        start = licence.valid_to + timedelta(days=1)
    facts = ApplicationKind().facts(case)
    valid_to = get_definition(licence.type).valid_to(start, facts)
    stop_clock(case=case, kind=RENEWAL, subject=f"licence:{licence.pk}", at=now())
    _succeed(case, actor, licence, "RENEWAL", {}, valid_to)


def _succeed(
    case: Case,
    actor: Actor,
    licence: Licence,
    act: str,
    changes: Mapping[str, Any],
    valid_to: date | None,
) -> Licence:
    word, basis = BASES[act]
    successor = succeed_licence(
        actor=actor,
        predecessor=licence,
        organization=case.organization,
        case=case,
        changes=changes,
        valid_to=valid_to,
        reason=f"准予{word}（{case.number}）",
        legal_basis=basis,
    )
    forget_standing(case)
    _tell(
        case,
        actor,
        f"证照已{word}，可以下载和出示",
        f"The licence is issued anew ({act.lower()}); download or show it",
    )
    return successor


def _tell(case: Case, actor: Actor, zh: str, en: str) -> None:
    tell(case, kind="licence.issued", title_zh=zh, title_en=en, actor=actor)


def _before(end: date, raw: Mapping[str, Any], calendar: WorkingCalendar) -> date:
    """Return the day that lies so much of a unit before the end of a licence."""
    if raw["unit"] == "WORKING_DAY":
        return calendar.add_working_days(end, -int(raw["amount"]))
    if raw["unit"] == "MONTH":
        return matching_day(end, -int(raw["amount"]))
    return end - timedelta(days=int(raw["amount"]))
