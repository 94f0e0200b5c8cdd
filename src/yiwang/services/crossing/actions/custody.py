"""收受分离: take in at any window of the city, pass the package on, send the result back."""

import hashlib
from datetime import datetime, time
from typing import Any

from django.db import transaction

from yiwang.kernel.base.access import facade as access
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import LOCAL_ZONE, calendar_for, now
from yiwang.kernel.base.crypto.facade import canonical_json
from yiwang.kernel.base.divisions.models import Division
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.casework.cases.actions.cases import lock_case, tell
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.papers.models import Paper
from yiwang.kernel.errors import NotFoundError, NotPermittedError
from yiwang.kernel.registers.licences.models import Licence
from yiwang.services.applications.actions.applications import Submission, submit_application
from yiwang.services.applications.actions.windows import windows_of
from yiwang.services.applications.models import Application, ApplicationMaterial
from yiwang.services.crossing.errors import (
    NotDecidedError,
    NothingToTakeError,
    NotReceivedElsewhereError,
    PackageChangedError,
    WindowReachesError,
)
from yiwang.services.crossing.models import CustodyLeg
from yiwang.services.items.models import ImplementationItem

__all__ = ["deliver_back", "hand_out", "receive_elsewhere", "take_over"]

PASS_ON_WORKING_DAYS = 1
"""How soon a package should be taken; the city's own figure, source unconfirmed."""


def receive_elsewhere(*, actor: Actor, submission: Submission) -> Application:
    """异地收件: take in an application for a unit of another place, and pass the package on.

    The legal clock starts now: the person has handed it in. The actor acts at a window for the
    person who stands there.

    :raises NotPermittedError: the actor has no window, or of another city.
    :raises NotReceivedElsewhereError: the item is not taken in at windows of this level.
    :raises WindowReachesError: this window takes it in itself.
    """
    offer = (
        ImplementationItem.objects.select_related("organization", "version")
        .filter(code=submission.implementation_code, is_active=True)
        .first()
    )
    if offer is None:
        raise NotFoundError
    window = _city_window(actor, offer)
    with transaction.atomic():
        before = Application.objects.filter(client_id=submission.client_id).exists()
        application = submit_application(
            actor=actor, submission=submission, is_received_elsewhere=True
        )
        if before:
            return application
        case = application.case
        _send(actor, case, CustodyLeg.Way.OUT, window, offer.organization, _given(application))
        tell(
            case,
            kind="custody.sent",
            title_zh=f"{window.name}代收，案卷已电子转办至{offer.organization.name}",
            title_en=f"Taken in by {window.name}; the package goes to {offer.organization.name}",
            actor=actor,
            organization_name=window.name,
        )
        return application


def _city_window(actor: Actor, offer: ImplementationItem) -> Organization:
    """Return the unit of the window that takes the item in for another place."""
    unit = (
        Organization.objects.select_related("division")
        .filter(code=actor.organization_code, is_active=True)
        .first()
    )
    windows = windows_of(actor)
    city = offer.division_path.partition("/")[0]
    if unit is None or not windows or not unit.division.path.startswith(f"{city}/"):
        audit.record_denied(actor, "case.window", "item", offer.code)
        raise NotPermittedError(permission="case.window")
    for org_path, place in windows:
        is_near = offer.division_path.startswith(place) or place.startswith(offer.division_path)
        if offer.organization.path.startswith(org_path) and is_near:
            raise WindowReachesError
    if unit.division.level not in offer.version.content["accepted_at"]:
        raise NotReceivedElsewhereError
    return unit


def take_over(*, actor: Actor, case_id: int) -> CustodyLeg:
    """接收案卷: the competent unit takes the package and checks it against the list.

    Taking it twice gives the first answer.

    :raises NotFoundError: no case of the actor's unit.
    :raises NothingToTakeError, PackageChangedError:
    """
    with transaction.atomic():
        case = lock_case(case_id)
        leg = _leg(case, CustodyLeg.Way.OUT)
        _require_unit(actor, leg.receiver)
        if leg.taken_at is not None:
            return leg
        application = Application.objects.get(pk=case.pk)
        if _digest(_given(application, until=leg.sent_at)) != leg.digest:
            raise PackageChangedError
        return _take(actor, case, leg, "核对清单一致")


def deliver_back(*, actor: Actor, case_id: int) -> CustodyLeg:
    """送回结果: the competent unit sends papers and licences to the window that took it in.

    :raises NotFoundError: no case of the actor's unit, or it was not taken in elsewhere.
    :raises NotDecidedError: the case is open.
    """
    with transaction.atomic():
        case = lock_case(case_id)
        out = _leg(case, CustodyLeg.Way.OUT)
        _require_unit(actor, out.receiver)
        if case.status != Case.Status.CONCLUDED:
            raise NotDecidedError
        sent = CustodyLeg.objects.filter(case=case, way=CustodyLeg.Way.BACK).first()
        if sent is not None:
            return sent
        leg = _send(actor, case, CustodyLeg.Way.BACK, out.receiver, out.sender, _results(case))
        tell(
            case,
            kind="custody.sent_back",
            title_zh=f"结果已送回{out.sender.name}，可以就近领取",
            title_en=f"The result is on its way to {out.sender.name}",
            actor=actor,
            organization_name=out.receiver.name,
        )
        return leg


def hand_out(*, actor: Actor, case_id: int, receipt: str) -> CustodyLeg:
    """就近出件: the window that took it in hands the result to the person, who signs for it.

    :raises NotFoundError: it was not taken in at the actor's window.
    :raises NothingToTakeError: no result has come.
    """
    with transaction.atomic():
        case = lock_case(case_id)
        leg = _leg(case, CustodyLeg.Way.BACK)
        _require_unit(actor, leg.receiver)
        if leg.taken_at is not None:
            return leg
        return _take(actor, case, leg, receipt)


def _leg(case: Case, way: str) -> CustodyLeg:
    leg = CustodyLeg.objects.select_related("sender", "receiver").filter(case=case, way=way).first()
    if leg is None:
        raise NothingToTakeError
    return leg


def _require_unit(actor: Actor, unit: Organization) -> None:
    """Let only who reads cases or serves a window in the unit go on; not yours is absent."""
    place = Division.objects.get(pk=unit.division_id).path
    if actor.organization_code == unit.pk:
        return
    if not access.allowed(actor, "case.read", org_path=unit.path, division_path=place):
        raise NotFoundError


def _send(
    actor: Actor,
    case: Case,
    way: str,
    sender: Organization,
    receiver: Organization,
    manifest: list[dict[str, Any]],
) -> CustodyLeg:
    at = now()
    calendar = calendar_for(case.division_id[:4])
    day = calendar.add_working_days(at.astimezone(LOCAL_ZONE).date(), PASS_ON_WORKING_DAYS)
    leg = CustodyLeg.objects.create(
        case=case,
        way=way,
        sender=sender,
        receiver=receiver,
        manifest=manifest,
        digest=_digest(manifest),
        sent_at=at,
        sent_by=actor.name,
        due_at=datetime.combine(day, time(23, 59, 59), LOCAL_ZONE),
    )
    audit.record(
        actor,
        "custody.send",
        "case",
        case.number,
        case_id=case.pk,
        details={"way": way, "to": receiver.pk, "digest": leg.digest},
    )
    events.emit("custody.sent", case.number, {"case": case.pk, "way": way, "to": receiver.pk})
    return leg


def _take(actor: Actor, case: Case, leg: CustodyLeg, receipt: str) -> CustodyLeg:
    leg.taken_at = now()
    leg.taken_by = actor.name
    leg.receipt = receipt.strip()[:200]
    leg.save(update_fields=["taken_at", "taken_by", "receipt"])
    is_out = leg.way == CustodyLeg.Way.OUT
    tell(
        case,
        kind="custody.taken",
        title_zh=f"{leg.receiver.name}已接收案卷" if is_out else f"结果已在{leg.receiver.name}交付",
        title_en=f"{leg.receiver.name} has taken the package"
        if is_out
        else f"The result was handed over at {leg.receiver.name}",
        actor=actor,
        organization_name=leg.receiver.name,
    )
    audit.record(
        actor,
        "custody.take",
        "case",
        case.number,
        case_id=case.pk,
        details={"way": leg.way, "digest": leg.digest, "receipt": leg.receipt},
    )
    events.emit("custody.taken", case.number, {"case": case.pk, "way": leg.way})
    return leg


def _given(application: Application, until: datetime | None = None) -> list[dict[str, Any]]:
    """List what was handed in: the signed form, and each material with its digest.

    ``until`` leaves out what was supplied later, as by a correction.
    """
    rows = ApplicationMaterial.objects.filter(application=application, round=0)
    if until is not None:
        rows = rows.filter(added_at__lte=until)
    listed = [{"key": "form", "source": "SIGNED", "digest": application.signed_digest}]
    for row in rows.select_related("file", "licence").order_by("key", "id"):
        digest = row.file.digest if row.file else ""
        if row.licence is not None:
            digest = hashlib.sha256(row.licence.number.encode()).hexdigest()
        listed.append({"key": row.key, "source": row.source, "digest": digest})
    return listed


def _results(case: Case) -> list[dict[str, Any]]:
    papers = Paper.objects.filter(case=case).order_by("id").values_list("kind", "number")
    licences = Licence.objects.filter(case=case).order_by("id").values_list("type_key", "number")
    return [
        {"key": kind, "source": source, "digest": hashlib.sha256(number.encode()).hexdigest()}
        for source, rows in (("PAPER", papers), ("LICENCE", licences))
        for kind, number in rows
    ]


def _digest(manifest: list[dict[str, Any]]) -> str:
    return hashlib.sha256(canonical_json({"entries": manifest})).hexdigest()
