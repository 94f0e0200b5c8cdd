"""容缺受理: secondary material may follow by a promised day.

Any item may allow it by data: a material with the source ``DEFERRED`` and its limit. Choosing it is
the promise, which the applicant signs with the application. Source: 广东省优化营商环境条例
第三十二条 (2022).
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from yiwang.kernel.base.access.contracts import SYSTEM, Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.casework.cases.actions.cases import lock_case, tell
from yiwang.kernel.casework.cases.models import Case, CaseFile
from yiwang.kernel.casework.clocks.facade import (
    ClockOutcome,
    EffectOnExpiry,
    OwedBy,
    on_expiry,
    stop_clock,
)
from yiwang.kernel.casework.clocks.models import Clock
from yiwang.kernel.casework.papers.models import Paper
from yiwang.kernel.casework.papers.wording import written_day
from yiwang.kernel.casework.process.registry import EffectContext
from yiwang.kernel.registers.licences.actions.licences import use_licence
from yiwang.services.applications import limits
from yiwang.services.applications.actions.applications import require_own
from yiwang.services.applications.actions.intake import (
    Asking,
    CheckedMaterial,
    Supplied,
    check_deferred,
)
from yiwang.services.applications.errors import DeferredOutstandingError, NothingDeferredError
from yiwang.services.applications.facts import applicant_facts, get_application, outstanding
from yiwang.services.applications.handling import issue
from yiwang.services.applications.models import Application, ApplicationMaterial


def begin_deferral(
    context: EffectContext, missing: list[ApplicationMaterial], extra: list[str]
) -> None:
    """Accept with a promise: tell at once what must follow and by when; its limit runs from now."""
    case = context.case
    asked = {raw["key"]: raw for raw in get_application(case).item_version.content["materials"]}
    raw = min((asked[row.key]["deferred"] for row in missing), key=lambda one: one["amount"])
    clock = limits.start_item_clock(case, limits.DEFERRED, raw, owed_by=OwedBy.PARTY)
    issue(
        context,
        Paper.Kind.DEFERRED_ACCEPTANCE,
        points=[row.title_zh for row in missing],
        until=written_day(clock.due_at),
        extra=extra,
    )
    events.emit("case.material_deferred", case.number, {"case": case.pk})


def require_supplied(application: Application) -> None:
    """Refuse a grant while promised material is missing.

    :raises DeferredOutstandingError: some is.
    """
    missing = outstanding(application)
    if missing:
        raise DeferredOutstandingError(materials=[row.key for row in missing])


def supply_deferred(
    *, actor: Actor, case_id: int, materials: Mapping[str, Supplied]
) -> Application:
    """补交容缺材料: the applicant keeps the promise, all at once or piece by piece.

    What comes after its day still counts: nothing is decided before an officer decides.

    :raises NotFoundError, MandateTooNarrowError: it is not the actor's to supply.
    :raises NothingDeferredError: nothing is waited for, or the case is decided.
    :raises InvalidInputError: what was sent does not fit.
    """
    with transaction.atomic():
        case = lock_case(case_id)
        application = get_application(case)
        require_own(actor, case, application.item_key)
        waiting = {row.key: row for row in outstanding(application)}
        if not waiting or application.decided_at is not None or case.status != Case.Status.OPEN:
            raise NothingDeferredError
        asking = Asking(
            actor,
            case.party,
            applicant_facts(case.party),
            application.item_version,
            case.division_id,
            application.checks,
        )
        facts = asking.facts(application.circumstances, application.form_data)
        found = check_deferred(asking, materials, frozenset(waiting), facts)
        at = now()
        for one in found:
            _keep(actor, case, waiting[one.asked.key], one, at)
        tell(
            case,
            kind="case.deferred_supplied",
            title_zh="申请人已补交：" + "、".join(one.asked.title_zh for one in found),
            title_en="Supplied as promised: " + ", ".join(one.asked.title_en for one in found),
            actor=actor,
        )
        audit.record(
            actor,
            "application.supply_deferred",
            "case",
            case.number,
            case_id=case.pk,
            details={"materials": sorted(materials)},
        )
        if len(found) == len(waiting):
            stop_clock(case=case, kind=limits.DEFERRED, at=at)
        events.emit("case.deferred_supplied", case.number, {"case": case.pk})
        return application


def _keep(
    actor: Actor, case: Case, row: ApplicationMaterial, one: CheckedMaterial, at: datetime
) -> None:
    """Put what was supplied in the place of the promise; the promise stays in the record."""
    if one.licence is not None:
        use_licence(
            actor=actor,
            licence_id=one.licence.pk,
            type_key=one.asked.licence_type,
            party_id=case.party_id,
            purpose=f"办理“{case.title}”",
            case=case,
        )
    if one.file is not None:
        CaseFile.objects.create(
            case=case, file=one.file, label=one.asked.title_zh[:120], added_at=at
        )
    row.is_current = False
    row.save(update_fields=["is_current"])
    ApplicationMaterial.objects.create(
        application_id=case.pk,
        key=row.key,
        title_zh=row.title_zh,
        title_en=row.title_en,
        source=one.source,
        file=one.file,
        licence=one.licence,
        round=row.round + 1,
        added_at=at,
    )


def deferral_lapsed(case: Case, clock: Clock, at: datetime) -> None:
    """期满未补交: the officer is told; what follows is for the officer to decide, not for us."""
    stop_clock(case=case, kind=limits.DEFERRED, at=at, outcome=ClockOutcome.MISSED)
    missing = outstanding(get_application(case))
    if case.status != Case.Status.OPEN or not missing:
        return
    tell(
        case,
        kind="case.deferral_lapsed",
        title_zh="承诺后补的材料逾期未补交：" + "、".join(row.title_zh for row in missing),
        title_en="Promised material did not come in time: "
        + ", ".join(row.title_en for row in missing),
        actor=SYSTEM,
    )
    events.emit("case.deferral_lapsed", case.number, {"case": case.pk})


def register() -> None:
    """Let what follows on a lapsed promise be known to the clocks."""
    on_expiry(EffectOnExpiry.NONE, limits.DEFERRED, deferral_lapsed)
