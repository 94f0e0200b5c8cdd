"""一件事查询: themes in force, who handles their parts at a place, and a whole with its parts."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.divisions.models import Division
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.base.organizations.selectors import find_competent_unit
from yiwang.kernel.casework.cases.models import Case, CaseEvent
from yiwang.kernel.casework.clocks.facade import JointReading, joint_reading
from yiwang.kernel.casework.papers.models import Paper
from yiwang.kernel.casework.process.models import Task
from yiwang.kernel.errors import DomainError, NotFoundError, NotPermittedError
from yiwang.kernel.registers.licences.models import Licence
from yiwang.kernel.registers.payments.models import Bill
from yiwang.services.applications.actions.windows import require_window
from yiwang.services.applications.desk_selectors import access_at_desk, in_sight_at_desk
from yiwang.services.applications.models import CorrectionRequest
from yiwang.services.items.models import ImplementationItem
from yiwang.services.themes.errors import ThemeNotHereError
from yiwang.services.themes.models import KIND, ThemeApplication, ThemePart, ThemeVersion

__all__ = [
    "Offer",
    "PartView",
    "WholeView",
    "access_at_window",
    "get_theme",
    "list_themes",
    "offer_at",
    "pack_of_whole",
    "view_whole",
]


def list_themes(*, life_event: str = "") -> list[ThemeVersion]:
    """Return the themes in force, by name."""
    rows = ThemeVersion.objects.filter(is_current=True, theme__is_active=True)
    found = rows.select_related("theme").order_by("title_zh", "id")
    return [row for row in found if not life_event or life_event in row.content["life_events"]]


def get_theme(key: str) -> ThemeVersion:
    """Return the version of a theme in force.

    :raises NotFoundError: absent or no longer offered.
    """
    row = (
        ThemeVersion.objects.filter(theme__key=key, is_current=True, theme__is_active=True)
        .select_related("theme", "form")
        .first()
    )
    if row is None:
        raise NotFoundError
    return row


@dataclass(frozen=True, slots=True)
class Offer:
    """A theme at a place: who leads, and who handles each part that is offered there."""

    division: Division
    lead: Organization
    parts: Mapping[str, ImplementationItem]


def offer_at(version: ThemeVersion, division_code: str) -> Offer:
    """Return who handles a theme for a place; a fixed number of queries.

    Of several units on the way up from the place, the nearest acts. A part that no unit offers
    there is left out; whoever chooses it is told.

    :raises ThemeNotHereError: no such place, none at that level, or nobody leads there.
    """
    content = version.content
    division = Division.objects.filter(code=division_code, level=content["place"]).first()
    if division is None:
        raise ThemeNotHereError
    keys = {part["item"]: part["key"] for part in content["parts"]}
    rows = (
        ImplementationItem.objects.filter(
            item__key__in=keys,
            division_id__in=division.path.rstrip("/").split("/"),
            is_active=True,
        )
        .select_related("organization", "division", "item")
        .defer("search")
        .order_by("division__path", "id")
    )
    # Nearer units come later and take the place of those above them.
    nearest = {row.item.key: row for row in rows}
    parts = {
        part["key"]: nearest[part["item"]] for part in content["parts"] if part["item"] in nearest
    }
    lead = content["lead"]
    try:
        unit = find_competent_unit(lead["function"], lead["level"], division)
    except DomainError as error:
        raise ThemeNotHereError from error
    return Offer(division, unit, parts)


def access_at_window(actor: Actor, number: str, *, party_ids: Collection[int] = ()) -> Case:
    """Return a whole that the official may open, or that a window of the official's takes in.

    :raises NotFoundError: absent, or neither.
    """
    try:
        return access_at_desk(actor, number, party_ids=party_ids)
    except NotFoundError:
        case = Case.objects.filter(number=number, kind=KIND).first()
        if case is None:
            raise
        try:
            require_window(actor, org_path=case.org_path, division_path=case.division_path)
        except NotPermittedError as error:
            raise NotFoundError from error
        return case


@dataclass(frozen=True, slots=True)
class PartView:
    """One part as its whole shows it. What only its own unit may see is not here."""

    part: ThemePart
    case: Case
    correction: CorrectionRequest | None
    papers: list[Paper]
    licences: list[Licence]
    bills: list[Bill]
    tasks: list[Task]
    is_mine: bool


@dataclass(frozen=True, slots=True)
class WholeView:
    """A whole with its parts, for the applicant or for an official who handles one of them."""

    case: Case
    application: ThemeApplication
    parts: list[PartView]
    joint: JointReading
    events: list[CaseEvent]
    papers: list[Paper]


def view_whole(actor: Actor, case: Case) -> WholeView:
    """Read a whole that the actor was let to; a fixed number of queries however many parts.

    Of the parts that are not an official's own it shows who has them and how far they are: no
    opinion, no paper, no licence.
    """
    application = ThemeApplication.objects.select_related("version__theme").get(pk=case.pk)
    parts = list(
        ThemePart.objects.filter(application=application)
        .select_related("case__organization")
        .order_by("position")
    )
    keys = [part.case_id for part in parts]
    mine = set(keys)
    if actor.is_official:
        own = Case.objects.filter(in_sight_at_desk(actor), pk__in=keys)
        mine = set(own.values_list("pk", flat=True))
    papers = _by_case(Paper.objects.filter(case_id__in=[case.pk, *mine]))
    licences = _by_case(Licence.objects.filter(case_id__in=mine).select_related("type", "owner"))
    bills = _by_case(Bill.objects.filter(case_id__in=mine))
    tasks = _by_case(Task.objects.filter(case_id__in=mine, status=Task.Status.OPEN))
    corrections = {
        row.application_id: row
        for row in CorrectionRequest.objects.filter(application_id__in=mine, supplied_at=None)
    }
    return WholeView(
        case=case,
        application=application,
        parts=[
            PartView(
                part=part,
                case=part.case,
                correction=corrections.get(part.case_id),
                papers=papers.get(part.case_id, []),
                licences=licences.get(part.case_id, []),
                bills=bills.get(part.case_id, []),
                tasks=tasks.get(part.case_id, []),
                is_mine=part.case_id in mine,
            )
            for part in parts
        ],
        joint=joint_reading(case),
        events=list(CaseEvent.objects.filter(case=case, is_public=True).order_by("id")),
        papers=papers.get(case.pk, []),
    )


def _by_case(rows: Any) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in rows.order_by("id"):
        found.setdefault(row.case_id, []).append(row)
    return found


def pack_of_whole(case_id: int) -> str:
    """Return the key of the pack that a whole's theme belongs to, or nothing."""
    return (
        ThemeApplication.objects.filter(pk=case_id)
        .values_list("version__theme__pack_key", flat=True)
        .first()
        or ""
    )
