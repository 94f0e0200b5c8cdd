"""跨域通办接口: take in elsewhere, custody of packages, and help under authority."""

import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.http.idempotency import idempotent, key_of
from yiwang.kernel.base.identity.http.actors import require_actor
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.errors import NotFoundError, NotPermittedError
from yiwang.services.applications.actions.applications import Submission, Supplied
from yiwang.services.applications.actions.windows import check_face, party_at_window
from yiwang.services.applications.http.api import PersonIn, SuppliedIn
from yiwang.services.crossing.actions.custody import (
    deliver_back,
    hand_out,
    receive_elsewhere,
    take_over,
)
from yiwang.services.crossing.actions.helping import apply_as_helper, record_help, revoke_help
from yiwang.services.crossing.models import CustodyLeg
from yiwang.services.crossing.selectors import legs_from, legs_to, mandates_of

router = Router(tags=["crossing"])


class CrossingIn(Schema):
    """An application that is taken in for a unit of another place, for who stands there."""

    implementation_code: str
    client_id: uuid.UUID
    on_behalf_of: PersonIn
    circumstances: dict[str, Any] = {}
    form: dict[str, Any] = {}
    materials: dict[str, SuppliedIn] = {}
    delivery: str = "ELECTRONIC"


class HelpIn(Schema):
    """An application for a person who is not there; ``mandate`` is the authority on record."""

    implementation_code: str
    client_id: uuid.UUID
    mandate: int
    circumstances: dict[str, Any] = {}
    form: dict[str, Any] = {}
    materials: dict[str, SuppliedIn] = {}
    delivery: str = "ELECTRONIC"


class MandateIn(Schema):
    """An authority that the person who stands there gives; no item key means every item."""

    on_behalf_of: PersonIn
    item_keys: list[str] = []
    form: str
    evidence_id: int
    valid_to: date


class ReceiptIn(Schema):
    receipt: str


def _materials(given: dict[str, SuppliedIn]) -> dict[str, Supplied]:
    return {key: Supplied(one.source, one.file_id, one.licence_id) for key, one in given.items()}


@router.post("/applications", response={201: dict[str, Any]}, summary="异地收件 Take in elsewhere")
def receive(request: HttpRequest, given: CrossingIn) -> tuple[int, dict[str, Any]]:
    clerk, party_id = party_at_window(require_actor(request), **given.on_behalf_of.model_dump())
    application = receive_elsewhere(
        actor=clerk,
        submission=Submission(
            implementation_code=given.implementation_code,
            client_id=given.client_id,
            party_id=party_id,
            circumstances=given.circumstances,
            form_data=given.form,
            materials=_materials(given.materials),
            checks=check_face(clerk, party_id, ""),
            delivery=given.delivery,
        ),
    )
    return 201, {"number": application.case.number}


@router.get("/packages", summary="交接 Packages to take and sent")
def packages(request: HttpRequest) -> dict[str, Any]:
    actor = _official(request)
    return {
        "to_take": [_leg(row) for row in legs_to(actor)],
        "sent": [_leg(row) for row in legs_from(actor)],
    }


@router.post("/cases/{number}/take-over", summary="接收案卷 Take a package")
def take(request: HttpRequest, number: str) -> dict[str, Any]:
    actor = _official(request)
    case_id = _case(number)
    return _once(
        request,
        actor,
        f"custody.take:{number}",
        {},
        lambda: take_over(actor=actor, case_id=case_id),
    )


@router.post("/cases/{number}/deliver-back", summary="送回结果 Send the result back")
def back(request: HttpRequest, number: str) -> dict[str, Any]:
    actor = _official(request)
    case_id = _case(number)
    return _once(
        request,
        actor,
        f"custody.back:{number}",
        {},
        lambda: deliver_back(actor=actor, case_id=case_id),
    )


@router.post("/cases/{number}/hand-out", summary="就近出件 Hand the result out")
def out(request: HttpRequest, number: str, given: ReceiptIn) -> dict[str, Any]:
    actor = _official(request)
    case_id = _case(number)
    return _once(
        request,
        actor,
        f"custody.out:{number}",
        given.model_dump(),
        lambda: hand_out(actor=actor, case_id=case_id, receipt=given.receipt),
    )


@router.post("/mandates", response={201: dict[str, Any]}, summary="登记帮代办授权 Record authority")
def record(request: HttpRequest, given: MandateIn) -> tuple[int, dict[str, Any]]:
    agent, _party_id = party_at_window(require_actor(request), **given.on_behalf_of.model_dump())
    mandate = record_help(
        actor=agent,
        item_keys=given.item_keys,
        form=given.form,
        evidence_id=given.evidence_id,
        valid_to=given.valid_to,
    )
    return 201, {"id": mandate.pk, "valid_to": mandate.valid_to}


@router.post("/mandates/{mandate_id}/revoke", summary="撤销帮代办授权 Revoke authority")
def revoke(request: HttpRequest, mandate_id: int) -> dict[str, Any]:
    mandate = revoke_help(actor=require_actor(request), mandate_id=mandate_id)
    return {"id": mandate.pk, "revoked_at": mandate.revoked_at}


@router.post("/help", response={201: dict[str, Any]}, summary="帮代办申请 Apply as a helper")
def help_apply(request: HttpRequest, given: HelpIn) -> tuple[int, dict[str, Any]]:
    actor = _official(request)
    mandate = next((row for row in mandates_of(actor) if row.pk == given.mandate), None)
    if mandate is None:
        raise NotFoundError
    application = apply_as_helper(
        actor=actor,
        submission=Submission(
            implementation_code=given.implementation_code,
            client_id=given.client_id,
            party_id=mandate.principal_id,
            circumstances=given.circumstances,
            form_data=given.form,
            materials=_materials(given.materials),
            # The person was seen when the authority was recorded, not now.
            checks={"real_name": True, "face": None},
            delivery=given.delivery,
        ),
    )
    return 201, {"number": application.case.number}


def _official(request: HttpRequest) -> Actor:
    actor = require_actor(request)
    if not actor.is_official:
        raise NotPermittedError
    return actor


def _case(number: str) -> int:
    found = Case.objects.filter(number=number).values_list("pk", flat=True).first()
    if found is None:
        raise NotFoundError
    return found


def _leg(row: CustodyLeg) -> dict[str, Any]:
    return {
        "case": row.case.number,
        "title": row.case.title,
        "way": row.way,
        "sender": row.sender.name,
        "receiver": row.receiver.name,
        "entries": len(row.manifest),
        "digest": row.digest,
        "sent_at": row.sent_at,
        "due_at": row.due_at,
        "taken_at": row.taken_at,
        "receipt": row.receipt,
    }


def _once(
    request: HttpRequest,
    actor: Actor,
    operation: str,
    sent: dict[str, Any],
    act: Callable[[], CustodyLeg],
) -> dict[str, Any]:
    def answer() -> tuple[int, Any]:
        leg = act()
        return 200, {"way": leg.way, "taken_at": leg.taken_at, "digest": leg.digest}

    body: dict[str, Any] = idempotent(actor, key_of(request), operation, sent, answer).body
    return body
