"""办件: open, lock, tell and conclude. The nets' verbs are built from these."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from yiwang.kernel import acts
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.calendars import LOCAL_ZONE, now
from yiwang.kernel.base.divisions.models import Division
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.casework.cases.models import Case, CaseEvent

LINE_CHARACTERS = 200


def next_case_number(prefix: str, at: datetime) -> tuple[int, str]:
    """Return the key of a new case and a number that is given once and never again.

    The number is prefix, day, running number. Both come from sequences, so that two submits at the
    same moment never wait for each other; a refused submit leaves a gap, which means nothing.
    """
    key, value = acts.next_keys(Case, sequences=["case_number"])
    return key, f"{prefix}{at.astimezone(LOCAL_ZONE):%Y%m%d}{value:07d}"


def open_case(
    *,
    actor: Actor,
    kind: str,
    title: str,
    title_en: str,
    organization: Organization,
    division: Division,
    party: Party,
    agent_id: int | None,
    at: datetime,
    parent: Case | None = None,
) -> Case:
    """收件: open a case. The caller writes its own details, audit and event beside it.

    With ``parent`` it is a part (子办件) of a case that one applicant follows as a whole; the
    caller has locked the parent or opens it in the same transaction.
    """
    key, number = next_case_number(division.code[:4], at)
    case = Case(
        pk=key,
        number=number,
        kind=kind,
        title=title,
        title_en=title_en,
        status=Case.Status.OPEN,
        phase=Case.Phase.SUBMITTED,
        organization=organization,
        org_path=organization.path,
        division=division,
        division_path=division.path,
        party=party,
        agent_id=agent_id,
        channel=actor.channel,
        opened_at=at,
        parent=parent,
    )
    acts.append(case)
    return case


def lock_case(case_id: int | QuerySet[Any, Any]) -> Case:
    """Lock the case row. Every verb does this first, so two verbs never interleave.

    ``case_id`` is the key, or a query that gives it.
    """
    # of=("self",): the joined unit and party are shared by many cases and must not be locked.
    return (
        Case.objects.select_for_update(of=("self",))
        .select_related("organization", "division", "party")
        .get(pk__in=case_id if isinstance(case_id, QuerySet) else [case_id])
    )


def tell(
    case: Case,
    *,
    kind: str,
    title_zh: str,
    title_en: str,
    actor: Actor,
    organization_name: str = "",
    details: dict[str, Any] | None = None,
    is_public: bool = True,
) -> CaseEvent:
    """Append a line to the timeline. What is longer than a line is cut; details hold the rest."""
    line = CaseEvent(
        case=case,
        at=now(),
        kind=kind,
        title_zh=title_zh[:LINE_CHARACTERS],
        title_en=title_en[:LINE_CHARACTERS],
        actor_name=actor.name,
        organization_name=organization_name,
        is_public=is_public,
        details=details or {},
    )
    acts.append(line)
    return line


def conclude_case(*, case: Case, outcome: str) -> None:
    """办结: close the case row. Its clocks are stopped by the verb that concludes it."""
    case.status = Case.Status.CONCLUDED
    case.phase = Case.Phase.CONCLUDED
    case.outcome = outcome
    case.concluded_at = now()
    acts.change(case, "status", "phase", "outcome", "concluded_at")
