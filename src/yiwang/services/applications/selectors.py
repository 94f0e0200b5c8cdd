"""办件查询: what the applicant and the official see of a case; fixed numbers of queries."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from yiwang.kernel.base.access import facade as access
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.casework.cases.models import Case, CaseEvent
from yiwang.kernel.casework.clocks.models import Clock
from yiwang.kernel.casework.papers.models import Paper
from yiwang.kernel.casework.process.models import Task, TaskAct, Token
from yiwang.kernel.errors import NotFoundError
from yiwang.kernel.registers.licences.models import Licence
from yiwang.kernel.registers.payments.models import Bill
from yiwang.services.applications.models import (
    Application,
    ApplicationMaterial,
    BreachRecord,
    CorrectionRequest,
)

__all__ = ["CaseView", "access_case", "cases_of", "pack_of_case", "view_case", "visible_cases"]


def visible_cases(actor: Actor) -> QuerySet[Case]:
    """Return the cases that the actor may read, by one predicate."""
    if actor.is_official:
        return Case.objects.filter(access.scope(actor, "case.read"))
    if actor.party_id is None:
        # Who has not proved a name yet owns nothing: NULL would match each case without an agent.
        return Case.objects.none()
    return Case.objects.filter(Q(party_id=actor.acting_for_id) | Q(agent_id=actor.party_id))


def cases_of(actor: Actor, *, before_id: int | None = None, limit: int = 20) -> list[Case]:
    """Return the actor's own cases, newest first, by key."""
    rows = visible_cases(actor).select_related("organization").order_by("-id")
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    return list(rows[:limit])


def access_case(actor: Actor, number: str) -> Case:
    """Return the case by its number when the actor may read it.

    :raises NotFoundError: absent, or not the actor's.
    """
    case = (
        visible_cases(actor)
        .select_related("organization", "division", "party", "agent")
        .filter(number=number)
        .first()
    )
    if case is None:
        raise NotFoundError
    return case


@dataclass(frozen=True, slots=True)
class CaseView:
    """Everything that the page of a case shows."""

    case: Case
    application: Application
    events: list[CaseEvent]
    clocks: list[Clock]
    papers: list[Paper]
    materials: list[ApplicationMaterial]
    licences: list[Licence]
    bills: list[Bill]
    correction: CorrectionRequest | None
    tasks: list[Task]
    opinions: list[TaskAct]
    trace: Mapping[str, Any]
    breach: str


def view_case(actor: Actor, number: str) -> CaseView:
    """Read a case for its page; officials also see opinions and the inner timeline."""
    case = access_case(actor, number)
    application = Application.objects.select_related("item_version", "implementation").get(
        pk=case.pk
    )
    events = CaseEvent.objects.filter(case=case).order_by("id")
    if not actor.is_official:
        events = events.filter(is_public=True)
    trace = (
        Token.objects.filter(case=case, outputs__has_key="trace")
        .order_by("-id")
        .values_list("outputs", flat=True)
        .first()
    )
    return CaseView(
        case=case,
        application=application,
        events=list(events),
        clocks=list(Clock.objects.filter(case=case).order_by("id")),
        papers=list(Paper.objects.filter(case=case).order_by("id")),
        materials=list(
            application.materials.filter(is_current=True)
            .select_related("file", "licence")
            .order_by("id")
        ),
        licences=list(
            Licence.objects.filter(case=case).select_related("type", "owner").order_by("id")
        ),
        bills=list(Bill.objects.filter(case=case).order_by("id")),
        correction=CorrectionRequest.objects.filter(application=application).first(),
        tasks=list(
            Task.objects.filter(case=case, status=Task.Status.OPEN)
            .select_related("organization")
            .order_by("id")
        ),
        opinions=list(TaskAct.objects.filter(task__case=case).select_related("task").order_by("id"))
        if actor.is_official
        else [],
        trace=(trace or {}).get("trace", {}),
        breach=BreachRecord.objects.filter(case=case).values_list("kind", flat=True).first() or "",
    )


def pack_of_case(case_id: int) -> str:
    """Return the key of the pack that a case's item belongs to, or nothing."""
    return (
        Application.objects.filter(pk=case_id)
        .values_list("implementation__item__pack_key", flat=True)
        .first()
        or ""
    )
