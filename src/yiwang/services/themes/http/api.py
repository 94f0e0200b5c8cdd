"""一件事接口: themes, applying for one, and what the applicant and the window do with a whole."""

import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.http.idempotency import idempotent, key_of
from yiwang.kernel.base.identity.http.actors import require_actor
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.casework.forms.prefill import PrefillContext, prefill
from yiwang.kernel.casework.forms.selectors import get_form
from yiwang.kernel.errors import NotFoundError
from yiwang.kernel.registers.licences.actions.licences import usable_licences
from yiwang.services.applications.actions.applications import Supplied
from yiwang.services.applications.actions.windows import (
    check_face,
    party_at_window,
    require_window,
)
from yiwang.services.applications.http.api import PersonIn, SuppliedIn
from yiwang.services.applications.selectors import access_case
from yiwang.services.themes.actions.applying import ThemeSubmission, submit_theme
from yiwang.services.themes.actions.changing import (
    hand_over_results,
    supply_whole,
    withdraw_whole,
)
from yiwang.services.themes.selectors import access_at_window, get_theme, list_themes, offer_at

router = Router(tags=["themes"])


class ThemeApplyIn(Schema):
    """A theme as a whole. ``client_id`` is made once by the client; sending it again is safe."""

    division: str
    client_id: uuid.UUID
    circumstances: dict[str, Any] = {}
    form: dict[str, Any] = {}
    materials: dict[str, SuppliedIn] = {}
    face_token: str = ""
    delivery: str = "ELECTRONIC"
    on_behalf_of: PersonIn | None = None


class ThemePrefillIn(Schema):
    division: str
    on_behalf_of: PersonIn | None = None


class WholeCorrectIn(Schema):
    """补正, by the names that the theme gives its fields and materials."""

    explanation: str = ""
    form: dict[str, Any] = {}
    materials: dict[str, SuppliedIn] = {}
    on_behalf_of: PersonIn | None = None


class WholeWithdrawIn(Schema):
    """撤件 of one part, or of all that is not decided when ``part`` is empty."""

    reason: str
    part: str = ""
    on_behalf_of: PersonIn | None = None


class HandOverIn(Schema):
    """统一出件: ``receipt`` names who signed for the results, or the posted item."""

    receipt: str


def _materials(given: dict[str, SuppliedIn]) -> dict[str, Supplied]:
    return {key: Supplied(one.source, one.file_id, one.licence_id) for key, one in given.items()}


def _acting(request: HttpRequest, person: PersonIn | None) -> Actor:
    actor = require_actor(request)
    if person is not None:
        actor, _party_id = party_at_window(actor, **person.model_dump())
    if actor.acting_for_id is None:
        raise NotFoundError
    return actor


@router.get("", summary="一件事清单 Themes")
def themes(request: HttpRequest, life_event: str = "") -> list[dict[str, Any]]:
    return [
        {
            "key": row.content["key"],
            "title": row.title_zh,
            "title_en": row.title_en,
            "life_events": row.content["life_events"],
            "parts": len(row.content["parts"]),
        }
        for row in list_themes(life_event=life_event)
    ]


@router.get("/{key}", summary="一件事指南 One theme")
def theme(request: HttpRequest, key: str) -> dict[str, Any]:
    version = get_theme(key)
    return {
        "key": key,
        "version": version.version,
        "title": version.title_zh,
        "title_en": version.title_en,
        "elements": version.content,
        "form": version.form.content,
    }


@router.post("/{key}/prefill", summary="免填写 What is known already")
def prefill_theme(request: HttpRequest, key: str, given: ThemePrefillIn) -> dict[str, Any]:
    actor = _acting(request, given.on_behalf_of)
    version = get_theme(key)
    offer = offer_at(version, given.division)
    if actor.is_official:
        require_window(actor, org_path=offer.lead.path, division_path=offer.division.path)
        audit.record_read(actor, "theme.prefill", "party", actor.acting_for_id, purpose=key)
    party = Party.objects.select_related("operator").get(pk=actor.acting_for_id or 0)
    wanted = {material.get("licence_type") for material in version.content["materials"]} - {None}
    licences = usable_licences(party.pk).filter(type_key__in=wanted).order_by("-id")
    known = prefill(get_form(version.form_id), PrefillContext(party, offer.division.pk))
    return {
        "form": {name: entry.value for name, entry in known.items()},
        "licences": [
            {"id": row.pk, "type": row.type_key, "number": row.number} for row in licences
        ],
        "lead": offer.lead.name,
        "parts": {name: row.organization.name for name, row in offer.parts.items()},
    }


@router.post("/{key}/applications", response={201: dict[str, Any]}, summary="申请一件事 Apply")
def apply(request: HttpRequest, key: str, given: ThemeApplyIn) -> tuple[int, dict[str, Any]]:
    actor = _acting(request, given.on_behalf_of)
    party_id = actor.acting_for_id or 0
    application = submit_theme(
        actor=actor,
        submission=ThemeSubmission(
            theme=key,
            division_code=given.division,
            client_id=given.client_id,
            party_id=party_id,
            circumstances=given.circumstances,
            form_data=given.form,
            materials=_materials(given.materials),
            checks=check_face(actor, party_id, given.face_token),
            delivery=given.delivery,
        ),
    )
    return 201, {"number": application.case.number}


@router.post("/cases/{number}/correct", summary="补正 Supply what parts asked for")
def correct(request: HttpRequest, number: str, given: WholeCorrectIn) -> dict[str, Any]:
    actor = _acting(request, given.on_behalf_of)
    case = access_case(actor, number)

    def act() -> tuple[int, Any]:
        supply_whole(
            actor=actor,
            case_id=case.pk,
            form_data=given.form,
            materials=_materials(given.materials),
            explanation=given.explanation,
        )
        return 200, {"number": number}

    return _once(request, actor, f"theme.correct:{number}", given.model_dump(mode="json"), act)


@router.post("/cases/{number}/withdraw", summary="撤件 Withdraw a part or the whole")
def withdraw(request: HttpRequest, number: str, given: WholeWithdrawIn) -> dict[str, Any]:
    actor = _acting(request, given.on_behalf_of)
    case = access_case(actor, number)

    def act() -> tuple[int, Any]:
        withdraw_whole(actor=actor, case_id=case.pk, reason=given.reason, part=given.part)
        return 200, {"number": number}

    return _once(request, actor, f"theme.withdraw:{number}", given.model_dump(mode="json"), act)


@router.post("/cases/{number}/hand-over", summary="统一出件 Hand all results over")
def hand_over(request: HttpRequest, number: str, given: HandOverIn) -> dict[str, Any]:
    actor = require_actor(request)
    case = access_at_window(actor, number)

    def act() -> tuple[int, Any]:
        hand_over_results(actor=actor, case_id=case.pk, receipt=given.receipt)
        return 200, {"number": number}

    return _once(request, actor, f"theme.hand-over:{number}", given.model_dump(mode="json"), act)


def _once(
    request: HttpRequest,
    actor: Actor,
    operation: str,
    sent: dict[str, Any],
    act: Callable[[], tuple[int, Any]],
) -> dict[str, Any]:
    body: dict[str, Any] = idempotent(actor, key_of(request), operation, sent, act).body
    return body
