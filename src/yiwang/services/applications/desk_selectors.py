"""工作台查询: a case as those who handle it see it; a fixed number of queries."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from yiwang.kernel.base.access import facade as access
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.files.models import StoredFile
from yiwang.kernel.casework.cases.models import Case, CaseEvent, CaseFile
from yiwang.kernel.casework.cases.querysets import or_whole_of
from yiwang.kernel.casework.clocks.models import Clock
from yiwang.kernel.casework.papers.models import Paper, PaperService
from yiwang.kernel.casework.process.access import in_reach
from yiwang.kernel.casework.process.models import Task, TaskAct, Token
from yiwang.kernel.errors import NotFoundError
from yiwang.kernel.registers.licences.models import Licence
from yiwang.kernel.registers.payments.models import Bill
from yiwang.services.applications.models import (
    Application,
    ApplicationMaterial,
    BreachRecord,
    CorrectionRequest,
    SiteCheck,
)

__all__ = [
    "CaseFilter",
    "DeskCase",
    "access_at_desk",
    "access_file",
    "in_sight_at_desk",
    "read_case",
    "search_cases",
]

PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """``words`` begins a case number or a name; ``state`` is OPEN or an outcome."""

    words: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rules said at one step."""

    step: str
    trace: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DeskCase:
    """Everything that the desk shows of a case."""

    case: Case
    application: Application
    events: list[CaseEvent]
    clocks: list[Clock]
    papers: list[Paper]
    materials: list[ApplicationMaterial]
    replaced: list[ApplicationMaterial]
    licences: list[Licence]
    bills: list[Bill]
    correction: CorrectionRequest | None
    site_checks: list[SiteCheck]
    tasks: list[Task]
    acts: list[TaskAct]
    decisions: list[Decision]
    breach: str


def in_sight_at_desk(actor: Actor, party_ids: Collection[int] = ()) -> Q:
    """Return the condition that the actor may open a case at the desk.

    By permission over its unit and place; because a step of it is or was with the actor's own
    unit (the traffic police see the road case that city management leads); or because the person
    whom it concerns stands at the actor's window now (``party_ids``).
    """
    handed = Task.objects.filter(in_reach(actor), case=OuterRef("pk"))
    sight = access.scope(actor, "case.read") | Q(Exists(handed))
    return sight | Q(party_id__in=party_ids) if party_ids else sight


def access_at_desk(actor: Actor, number: str, *, party_ids: Collection[int] = ()) -> Case:
    """Return the case by its number when the official may open it.

    :raises NotFoundError: absent, or out of sight.
    """
    case = (
        Case.objects.filter(or_whole_of(in_sight_at_desk(actor, party_ids)), number=number)
        .select_related("organization", "division", "party__operator", "agent")
        .first()
    )
    if case is None:
        raise NotFoundError
    return case


def access_file(actor: Actor, file_id: int, *, party_ids: Collection[int] = ()) -> CaseFile:
    """Return a file of a case that the official may open.

    :raises NotFoundError: absent, in quarantine, or of a case out of sight.
    """
    cases = Case.objects.filter(in_sight_at_desk(actor, party_ids), pk=OuterRef("case_id"))
    row = (
        CaseFile.objects.filter(Exists(cases), file_id=file_id, file__status="OK")
        .select_related("file")
        .first()
    )
    if row is None:
        raise NotFoundError
    return row


def search_cases(
    actor: Actor, wanted: CaseFilter, *, before_id: int | None = None
) -> tuple[list[Case], int | None]:
    """Return one page of the cases that the actor may read, newest first, and the key to go on."""
    rows: QuerySet[Case] = Case.objects.filter(access.scope(actor, "case.read"), kind="application")
    words = wanted.words.strip()
    if words.isdigit():
        rows = rows.filter(number__startswith=words)
    elif words:
        rows = rows.filter(party__name__startswith=words)
    if wanted.state == Case.Status.OPEN:
        rows = rows.filter(status=Case.Status.OPEN)
    elif wanted.state in Case.Outcome.values:
        rows = rows.filter(outcome=wanted.state)
    if before_id is not None:
        rows = rows.filter(pk__lt=before_id)
    page = list(rows.select_related("organization", "party").order_by("-pk")[: PAGE_SIZE + 1])
    return page[:PAGE_SIZE], page[PAGE_SIZE - 1].pk if len(page) > PAGE_SIZE else None


def list_unserved(actor: Actor, limit: int = 100) -> list[Paper]:
    """Return papers of the actor's cases that have not reached their person, the oldest first."""
    served = PaperService.objects.filter(paper=OuterRef("pk"), state=PaperService.State.SERVED)
    cases = Case.objects.filter(access.scope(actor, "case.read"), kind="application")
    return list(
        Paper.objects.filter(~Exists(served), case__in=cases.values("pk"))
        .select_related("case__application", "organization")
        .prefetch_related("services")
        .order_by("issued_at", "id")[:limit]
    )


def read_case(case: Case) -> DeskCase:
    """Read everything of a case that the actor was let to."""
    application = Application.objects.select_related(
        "item_version", "implementation__organization"
    ).get(pk=case.pk)
    materials = list(
        application.materials.select_related(
            "file", "licence__type", "licence__organization"
        ).order_by("id")
    )
    decisions = Token.objects.filter(case=case, outputs__has_key="trace").order_by("id")
    return DeskCase(
        case=case,
        application=application,
        events=list(CaseEvent.objects.filter(case=case).order_by("id")),
        clocks=list(Clock.objects.filter(case=case).prefetch_related("exclusions").order_by("id")),
        papers=list(Paper.objects.filter(case=case).prefetch_related("services").order_by("id")),
        materials=[row for row in materials if row.is_current],
        replaced=[row for row in materials if not row.is_current],
        licences=list(
            Licence.objects.filter(case=case)
            .select_related("type", "owner", "organization")
            .order_by("id")
        ),
        bills=list(Bill.objects.filter(case=case).order_by("id")),
        correction=CorrectionRequest.objects.filter(application=application).first(),
        site_checks=list(application.site_checks.order_by("id")),
        tasks=list(
            Task.objects.filter(case=case, status=Task.Status.OPEN)
            .select_related("organization")
            .order_by("id")
        ),
        acts=list(
            TaskAct.objects.filter(task__case=case)
            .select_related("task__organization", "task__token")
            .order_by("id")
        ),
        decisions=[
            Decision(step, outputs["trace"])
            for step, outputs in decisions.values_list("step", "outputs")
        ],
        breach=BreachRecord.objects.filter(party_id=case.party_id)
        .values_list("kind", flat=True)
        .first()
        or "",
    )


def is_shown_inline(file: StoredFile) -> bool:
    """Say whether browsers show the file by themselves; anything else is only downloaded."""
    return file.media_type in ("application/pdf", "image/jpeg", "image/png")
