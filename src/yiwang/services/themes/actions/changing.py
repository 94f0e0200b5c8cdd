"""一件事的补正、撤件、出件: what the applicant and the window do with a whole."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.casework.cases.actions.cases import tell
from yiwang.kernel.casework.cases.actions.parts import lock_whole
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.errors import NotFoundError
from yiwang.services.applications.actions.applications import (
    Supplied,
    amend_shared,
    supply_correction,
    withdraw_application,
)
from yiwang.services.applications.actions.windows import require_window
from yiwang.services.applications.errors import CaseConcludedError, CorrectionNotAskedError
from yiwang.services.themes.actions.following import follow
from yiwang.services.themes.errors import DeliveredError, NotConcludedError, PartUnknownError
from yiwang.services.themes.models import KIND, ThemeApplication, ThemePart
from yiwang.services.themes.rules.merging import part_materials

__all__ = ["hand_over_results", "supply_whole", "withdraw_whole"]


def supply_whole(
    *,
    actor: Actor,
    case_id: int,
    form_data: Mapping[str, Any],
    materials: Mapping[str, Supplied],
    explanation: str = "",
) -> ThemeApplication:
    """补正一件事: what several departments asked for, supplied in one place.

    An answer that other departments work with too is changed for them as well, while they have not
    decided.

    :raises NotFoundError, MandateTooNarrowError: it is not the actor's to supply.
    :raises CorrectionNotAskedError: no part asks for anything now.
    :raises InvalidInputError: nothing was supplied, or it does not fit.
    """
    with transaction.atomic():
        _parent, cases = lock_whole(case_id)
        application = _application(case_id)
        content = application.version.content
        by_id = {case.pk: case for case in cases}
        asking = []
        for part in application.parts.order_by("position"):
            case = by_id[part.case_id]
            form = _form_of(content, part.key, form_data)
            given = part_materials(content, part.key, materials)
            if case.phase == Case.Phase.CORRECTING and case.status == Case.Status.OPEN:
                asking.append((case, form, given))
            elif form and case.status == Case.Status.OPEN:
                amend_shared(actor=actor, case=case, form_data=form)
        if not asking:
            raise CorrectionNotAskedError
        answered = [row for row in asking if row[1] or row[2]] or asking
        for case, form, given in answered:
            supply_correction(
                actor=actor,
                case_id=case.pk,
                form_data=form,
                materials=given,
                explanation=explanation,
            )
        application.form_data = application.form_data | dict(form_data)
        application.save(update_fields=["form_data"])
        units = "、".join(case.organization.name for case, _form, _given in answered)
        tell(
            application.case,
            kind="case.corrected",
            title_zh=f"申请人已补正，转{units}继续办理",
            title_en=f"The applicant has supplied the correction; {units} go on",
            actor=actor,
            details={"reason": explanation},
        )
        audit.record(actor, "theme.correct", "case", application.case.number, case_id=case_id)
        follow(case_id, actor)
        return application


def _form_of(content: Mapping[str, Any], part_key: str, given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        origin[part_key]: given[key]
        for key, origin in content["fields"].items()
        if key in given and part_key in origin
    }


def withdraw_whole(*, actor: Actor, case_id: int, reason: str, part: str = "") -> Case:
    """撤件: take back one part, or all that is not decided yet. Decided parts stand.

    :raises NotFoundError, MandateTooNarrowError: it is not the actor's to withdraw.
    :raises PartUnknownError: there is no such part.
    :raises CaseConcludedError: nothing is left that could be withdrawn.
    """
    with transaction.atomic():
        parent, cases = lock_whole(case_id)
        wanted = _wanted(case_id, part)
        withdrawn = 0
        for case in cases:
            if case.pk not in wanted:
                continue
            try:
                with transaction.atomic():
                    withdraw_application(actor=actor, case_id=case.pk, reason=reason)
            except CaseConcludedError:
                continue
            withdrawn += 1
            tell(
                parent,
                kind="case.withdrawn",
                title_zh=f"申请人撤回了“{case.title}”",
                title_en=f"The applicant withdrew {case.title_en}",
                actor=actor,
                details={"reason": reason},
            )
        if not withdrawn:
            raise CaseConcludedError
        audit.record(
            actor,
            "theme.withdraw",
            "case",
            parent.number,
            case_id=case_id,
            details={"part": part, "parts": withdrawn},
        )
        follow(case_id, actor)
        parent.refresh_from_db()
        return parent


def _wanted(case_id: int, part: str) -> set[int]:
    rows = ThemePart.objects.filter(application_id=case_id)
    if part:
        rows = rows.filter(key=part)
    found = set(rows.values_list("case_id", flat=True))
    if not found:
        raise PartUnknownError
    return found


def hand_over_results(*, actor: Actor, case_id: int, receipt: str) -> ThemeApplication:
    """统一出件: hand all results over at once, at a window or by post; recorded once.

    :raises NotPermittedError: no window of the actor reaches the leading unit.
    :raises NotConcludedError: a part is still open.
    :raises DeliveredError: they were handed over already.
    """
    with transaction.atomic():
        parent, cases = lock_whole(case_id)
        require_window(actor, org_path=parent.org_path, division_path=parent.division_path)
        application = _application(case_id)
        if any(case.status == Case.Status.OPEN for case in cases):
            raise NotConcludedError
        if application.delivered_at is not None:
            if application.delivery_receipt == receipt:
                return application
            raise DeliveredError
        application.delivered_at = now()
        application.delivery_receipt = receipt[:200]
        application.save(update_fields=["delivered_at", "delivery_receipt"])
        tell(
            parent,
            kind="theme.delivered",
            title_zh=f"统一出件：{receipt}"[:200],
            title_en=f"Handed over together: {receipt}"[:200],
            actor=actor,
            organization_name=parent.organization.name,
        )
        audit.record(actor, "theme.hand_over", "case", parent.number, case_id=case_id)
        events.emit("theme.delivered", parent.number, {"case": parent.pk})
        return application


def _application(case_id: int) -> ThemeApplication:
    application = (
        ThemeApplication.objects.select_related("version", "case__organization")
        .filter(pk=case_id, case__kind=KIND)
        .first()
    )
    if application is None:
        raise NotFoundError
    return application
