"""并联推进: after anything that happens to a part, bring the whole along."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from yiwang.kernel.base.access.contracts import SYSTEM, Actor
from yiwang.kernel.base.calendars import LOCAL_ZONE, now
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.casework.cases.actions.cases import tell
from yiwang.kernel.casework.cases.actions.parts import (
    lapse_part,
    lock_whole,
    settle_whole,
)
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.cases.rules.wholes import Whole, WholeState
from yiwang.kernel.casework.clocks.facade import (
    Basis,
    ClockOutcome,
    start_joint_clock,
    stop_joint_clock,
)
from yiwang.kernel.casework.clocks.models import Clock
from yiwang.kernel.casework.papers.actions.papers import issue_paper
from yiwang.kernel.casework.papers.models import Paper
from yiwang.kernel.casework.papers.wording import word_paper
from yiwang.kernel.registers.licences.models import Licence
from yiwang.services.applications.actions.applications import begin_part
from yiwang.services.applications.limits import calendar_key, limit_of
from yiwang.services.applications.models import Application, CorrectionRequest
from yiwang.services.themes.models import ThemeApplication, ThemePart

__all__ = ["follow"]

_LOOKING = (Case.Phase.SUBMITTED, Case.Phase.RECEIVED)


def follow(parent_id: int, actor: Actor = SYSTEM) -> Whole | None:
    """Bring a whole to what its parts say: gates, joint acceptance, one call for correction, end.

    Doing it twice changes nothing. Returns None when the whole had ended before.
    """
    with transaction.atomic():
        parent, cases = lock_whole(parent_id)
        if parent.status == Case.Status.CONCLUDED:
            return None
        application = ThemeApplication.objects.select_related("version").get(pk=parent_id)
        parts = list(application.parts.order_by("position"))
        by_id = {case.pk: case for case in cases}
        _open_gates(parent, parts, by_id, actor)
        waiting = {part.case_id for part in parts if part.begun_at is None}
        begun = [by_id[part.case_id] for part in parts if part.begun_at is not None]
        _accept_jointly(application, parent, begun)
        _ask_once(application, parent, begun)
        whole = settle_whole(parent=parent, parts=cases, waiting=waiting)
        if whole.has_ended:
            _end(application, parent, cases, whole, actor)
        return whole


def _open_gates(
    parent: Case, parts: list[ThemePart], cases: Mapping[int, Case], actor: Actor
) -> None:
    """Begin what waited for parts that are granted now, and end what waits in vain."""
    by_key = {part.key: cases[part.case_id] for part in parts}
    # A part that is granted on the spot, or lapses, may open or close the gate of the next one.
    for _round in parts:
        for part in parts:
            case = cases[part.case_id]
            if part.begun_at is not None or case.status == Case.Status.CONCLUDED:
                continue
            before = [by_key[key] for key in part.after]
            lost = next((one for one in before if _has_failed(one)), None)
            if lost is not None:
                lapse_part(part=case, parent=parent, because=lost, actor=actor)
                events.emit("case.concluded", case.number, _ended(case))
            elif all(one.outcome == Case.Outcome.GRANTED for one in before):
                part.begun_at = now()
                part.save(update_fields=["begun_at"])
                begin_part(actor=SYSTEM, case=case, results=_results(part, by_key))
                tell(
                    parent,
                    kind="part.begun",
                    title_zh=f"“{case.title}”开始办理",
                    title_en=f"{case.title_en} has begun",
                    actor=SYSTEM,
                    organization_name=case.organization.name,
                )


def _has_failed(case: Case) -> bool:
    return case.status == Case.Status.CONCLUDED and case.outcome != Case.Outcome.GRANTED


def _results(part: ThemePart, cases: Mapping[str, Case]) -> dict[str, Licence]:
    """Return the licences of earlier parts by the material of this one that they stand for."""
    found = {}
    for material, wanted in part.results.items():
        licence = (
            Licence.objects.filter(
                case=cases[wanted["part"]],
                type_key=wanted["licence_type"],
                status=Licence.Status.VALID,
            )
            .order_by("-id")
            .first()
        )
        if licence is not None:
            found[material] = licence
    return found


def _accept_jointly(application: ThemeApplication, parent: Case, begun: list[Case]) -> None:
    """统一受理: every department that could begin has accepted; the joint clock starts.

    Source: 行政许可法 第二十六条第二款、第四十二条第二款 (2019).
    """
    if application.accepted_at is not None:
        return
    accepted = Application.objects.filter(pk__in=[case.pk for case in begun]).exclude(
        accepted_at=None
    )
    number = accepted.count()
    open_ones = {case.pk for case in begun if case.status == Case.Status.OPEN}
    if not number or open_ones - set(accepted.values_list("pk", flat=True)):
        return
    at = now()
    application.accepted_at = at
    application.save(update_fields=["accepted_at"])
    stated = application.version.content["limits"]
    calendar = calendar_key(parent)
    ends = [
        start_joint_clock(
            parent, limit_of(stated[name], basis), started_at=at, calendar_key=calendar
        ).due_at
        for name, basis in (("statutory", Basis.STATUTORY), ("promised", Basis.PROMISED))
    ]
    parent.due_at = min(ends)
    parent.save(update_fields=["due_at"])
    due = parent.due_at.astimezone(LOCAL_ZONE)
    issue_paper(
        case=parent,
        kind=Paper.Kind.ACCEPTANCE,
        organization=parent.organization,
        wording=word_paper(
            Paper.Kind.ACCEPTANCE,
            title=parent.title,
            received_at=application.received_at,
            is_licensing=False,
            extra=[
                "由下列单位并联办理：",
                *(
                    f"{n}. {case.organization.name}：{case.title}"
                    for n, case in enumerate(begun, 1)
                ),
                f"我们承诺最迟于{due:%Y年%-m月%-d日}全部办结。",
            ],
        ),
        actor=SYSTEM,
        wants_electronic=application.delivery == "ELECTRONIC",
    )
    events.emit("case.accepted", parent.number, {"case": parent.pk, "parts": number})


def _ask_once(application: ThemeApplication, parent: Case, begun: list[Case]) -> None:
    """Call the applicant once, when every department has looked: all points stand in one place."""
    if application.correction_told_at is not None:
        return
    if any(case.status == Case.Status.OPEN and case.phase in _LOOKING for case in begun):
        return
    asking = [case for case in begun if case.phase == Case.Phase.CORRECTING]
    if not asking:
        return
    points = {
        row.application_id: row.points
        for row in CorrectionRequest.objects.filter(
            application_id__in=[case.pk for case in asking], supplied_at=None
        )
    }
    application.correction_told_at = now()
    application.save(update_fields=["correction_told_at"])
    count = sum(len(one) for one in points.values())
    tell(
        parent,
        kind="case.correction_asked",
        title_zh=f"{len(asking)} 个单位共有 {count} 处要补正，请一次补齐",
        title_en=f"{len(asking)} units ask for {count} corrections; please supply them at once",
        actor=SYSTEM,
        organization_name=parent.organization.name,
    )
    events.emit("case.correction_asked", parent.number, {"case": parent.pk})


def _end(
    application: ThemeApplication, parent: Case, cases: list[Case], whole: Whole, actor: Actor
) -> None:
    """办结: stop the joint clock, say what came of it, and deliver what is electronic at once."""
    is_withdrawn = whole.state is WholeState.WITHDRAWN
    if Clock.objects.filter(case=parent, stopped_at=None).exists():
        stop_joint_clock(parent, outcome=ClockOutcome.CANCELLED if is_withdrawn else None)
    granted = [case for case in cases if case.outcome == Case.Outcome.GRANTED]
    words_zh, words_en = _END_WORDS[whole.state]
    tell(
        parent,
        kind="case.concluded",
        title_zh=f"{words_zh}（办成 {len(granted)} 项，共 {len(cases)} 项）",
        title_en=f"{words_en} ({len(granted)} of {len(cases)} granted)",
        actor=actor,
        organization_name=parent.organization.name,
    )
    if granted and application.delivery == "ELECTRONIC":
        application.delivered_at = now()
        application.save(update_fields=["delivered_at"])
        tell(
            parent,
            kind="theme.delivered",
            title_zh="统一出件：电子证照和文书已一起送到“我的”",
            title_en="Delivered together: licences and papers are under “Mine”",
            actor=SYSTEM,
            organization_name=parent.organization.name,
        )
    events.emit("case.concluded", parent.number, _ended(parent))


def _ended(case: Case) -> dict[str, Any]:
    return {"case": case.pk, "outcome": case.outcome}


_END_WORDS = {
    WholeState.DONE: ("全部办成", "All is granted"),
    WholeState.PARTIAL: ("部分办成", "Granted in part"),
    WholeState.REFUSED: ("没有办成", "Nothing was granted"),
    WholeState.WITHDRAWN: ("已全部撤回", "All is withdrawn"),
}
