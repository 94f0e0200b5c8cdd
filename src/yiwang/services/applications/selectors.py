"""办件查询: what the applicant and the official see of a case; fixed numbers of queries."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet, Subquery

from yiwang.kernel.base.access import facade as access
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.calendars import today
from yiwang.kernel.base.parties.models import Party, Representation
from yiwang.kernel.casework.cases.models import Case, CaseEvent
from yiwang.kernel.casework.cases.querysets import or_whole_of
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

__all__ = [
    "CaseView",
    "access_case",
    "cases_of",
    "holds_whole_mandate",
    "pack_of_case",
    "view_case",
    "view_of",
    "visible_cases",
]


def visible_cases(actor: Actor) -> QuerySet[Case]:
    """Return the cases that the actor may read, by one predicate.

    An official reads the cases of its units and places, and those of the person who stands at its
    window. A person reads its own; for another party, those matters that its authority covers.
    """
    if actor.is_official:
        scope = access.scope(actor, "case.read")
        if actor.acting_for_id is not None:
            scope |= Q(party_id=actor.acting_for_id)
        return Case.objects.filter(or_whole_of(scope))
    if actor.party_id is None:
        # Who has not proved a name yet owns nothing: NULL would match each case without an agent.
        return Case.objects.none()
    as_agent = Q(agent_id=actor.party_id)
    if actor.acting_for_id == actor.party_id:
        return Case.objects.filter(Q(party_id=actor.party_id) | as_agent & _mandated(actor))
    return Case.objects.filter(Q(party_id=actor.acting_for_id) | as_agent, _mandated(actor))


def _mandated(actor: Actor) -> Q:
    """Return the condition that the actor may act today for the party of a case in its matter."""
    operated = Party.objects.filter(operator_id=actor.party_id).values("pk")
    item_key = Application.objects.filter(pk=OuterRef(OuterRef("pk"))).values("item_key")
    mandates = Representation.objects.in_force_on(today()).filter(
        Q(item_keys=[]) | Q(_JsonHas(F("item_keys"), Subquery(item_key))),
        agent_id=actor.party_id,
        principal_id=OuterRef("party_id"),
    )
    return Q(party_id=actor.party_id) | Q(party_id__in=operated) | Q(Exists(mandates))


class _JsonHas(Func):
    """Whether a JSON list of texts holds a text that another query gives."""

    function = "jsonb_exists"
    output_field = BooleanField()


def holds_whole_mandate(actor: Actor) -> bool:
    """Say whether the actor acts for itself, or for another in every matter."""
    if actor.party_id is None or actor.acting_for_id in (None, actor.party_id):
        return True
    return (
        Party.objects.filter(pk=actor.acting_for_id, operator_id=actor.party_id).exists()
        or Representation.objects.in_force_on(today())
        .filter(agent_id=actor.party_id, principal_id=actor.acting_for_id, item_keys=[])
        .exists()
    )


def cases_of(actor: Actor, *, before_id: int | None = None, limit: int = 20) -> list[Case]:
    """Return the actor's own cases, newest first, by key."""
    # Parts are followed in their whole.
    rows = visible_cases(actor).filter(parent=None).select_related("organization").order_by("-id")
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    return list(rows[:limit])


def access_case(actor: Actor, number: str) -> Case:
    """Return the case by its number when the actor may read it.

    :raises NotFoundError: absent, or not the actor's.
    """
    if not number.isalnum():
        raise NotFoundError
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
    return view_of(actor, access_case(actor, number))


def view_of(actor: Actor, case: Case) -> CaseView:
    """Read a case that the actor was let to."""
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
        papers=list(
            # What another person was told is not the applicant's to read.
            Paper.objects.filter(case=case, addressee_party_id=case.party_id)
            .prefetch_related("services")
            .order_by("id")
        ),
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
