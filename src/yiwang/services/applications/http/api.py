"""办件接口: apply, follow, correct, withdraw, rate; inbox and acts for officials."""

import hashlib
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import File, Router, Schema, UploadedFile

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.files.facade import store_upload
from yiwang.kernel.base.files.upload_handlers import RefusedUpload
from yiwang.kernel.base.http.downloads import pdf_response
from yiwang.kernel.base.http.idempotency import idempotent, key_of
from yiwang.kernel.base.identity.http.actors import require_actor
from yiwang.kernel.base.parties.facade import acts_within_mandate
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.casework.forms.prefill import PrefillContext, prefill
from yiwang.kernel.casework.forms.selectors import get_form
from yiwang.kernel.casework.papers.actions.papers import draw_paper
from yiwang.kernel.casework.papers.actions.serving import report_post, serve_paper
from yiwang.kernel.casework.papers.models import Paper, PaperService
from yiwang.kernel.casework.process.access import see_task
from yiwang.kernel.casework.process.selectors import inbox
from yiwang.kernel.casework.ratings.facade import rate_contact
from yiwang.kernel.casework.worklist import facade as worklist
from yiwang.kernel.errors import NotFoundError
from yiwang.kernel.registers.licences.actions.licences import draw_licence, usable_licences
from yiwang.kernel.registers.licences.models import Licence
from yiwang.services.applications.actions.applications import (
    Submission,
    Supplied,
    submit_application,
    supply_correction,
    withdraw_application,
)
from yiwang.services.applications.actions.windows import (
    check_face,
    party_at_window,
    require_window,
)
from yiwang.services.applications.deferring import supply_deferred
from yiwang.services.applications.errors import MandateTooNarrowError
from yiwang.services.applications.extending import extend_decision
from yiwang.services.applications.http.api_moves import router as moves_router
from yiwang.services.applications.http.api_tasks import router as tasks_router
from yiwang.services.applications.pages import pages_of
from yiwang.services.applications.procedures import request_hearing
from yiwang.services.applications.selectors import (
    CaseView,
    access_case,
    cases_of,
    holds_whole_mandate,
    view_of,
)
from yiwang.services.items.selectors import get_implementation

router = Router(tags=["applications"])
router.add_router("", tasks_router)
router.add_router("", moves_router)

MOST_ROWS = 100


class SuppliedIn(Schema):
    """One material: ``source`` is LICENCE, PROMISE, UPLOAD, DATA or PAPER (window only)."""

    source: str
    file_id: int | None = None
    licence_id: int | None = None


class PersonIn(Schema):
    """The person who stands at the window; ``uscc`` when it comes for a business of its own."""

    name: str
    citizen_id_no: str
    uscc: str = ""


class ApplyIn(Schema):
    """An application. ``client_id`` is made once by the client; sending it again is safe."""

    implementation_code: str
    client_id: uuid.UUID
    circumstances: dict[str, Any] = {}
    form: dict[str, Any] = {}
    materials: dict[str, SuppliedIn] = {}
    face_token: str = ""
    delivery: str = "ELECTRONIC"
    on_behalf_of: PersonIn | None = None


class PrefillIn(Schema):
    """For which item, and for whom when a clerk asks at a window."""

    implementation_code: str
    on_behalf_of: PersonIn | None = None


class CorrectIn(Schema):
    """补正. At a window the person who stands there is named again."""

    explanation: str = ""
    form: dict[str, Any] = {}
    materials: dict[str, SuppliedIn] = {}
    on_behalf_of: PersonIn | None = None


class WithdrawIn(Schema):
    """撤件. At a window the person who stands there is named again."""

    reason: str
    on_behalf_of: PersonIn | None = None


class DeferredIn(Schema):
    """补交容缺材料."""

    materials: dict[str, SuppliedIn] = {}
    on_behalf_of: PersonIn | None = None


class HearingIn(Schema):
    """申请听证."""

    reason: str = ""
    on_behalf_of: PersonIn | None = None


class ExtendIn(Schema):
    """延期: by how much, in the unit of the limit, and why."""

    amount: int
    reason: str


class ServeIn(Schema):
    """送达: how, and the proof that this way asks for (docs/reference/pack-format.md, stories).

    IN_PERSON signed_by; ELECTRONIC address, consent_at, consent_how; POST carrier, tracking_no;
    LEFT place, reason, witnesses; PUBLIC_NOTICE where, reason.
    """

    method: str
    proof: dict[str, str | list[str]] = {}
    files: list[int] = []
    at: datetime | None = None


class PostIn(Schema):
    """邮寄回执: signed for or come back, on which day; ``note`` says by whom or why."""

    is_delivered: bool
    at: datetime
    note: str
    files: list[int] = []


class RateIn(Schema):
    """评价: ``grade`` is one of the five national grades."""

    contact: str = "CASE"
    grade: str
    tags: list[str] = []
    comment: str = ""


class ActIn(Schema):
    """办理. ``ink`` is a drawn signature as a PNG data URL; ``version`` what the client shows."""

    act: str
    opinion: str = ""
    input: dict[str, Any] = {}
    ink: str = ""
    version: int | None = None
    next_step: str = ""
    handler_id: int | None = None


def _materials(given: dict[str, SuppliedIn]) -> dict[str, Supplied]:
    return {key: Supplied(one.source, one.file_id, one.licence_id) for key, one in given.items()}


def _acting(request: HttpRequest, person: PersonIn | None) -> Actor:
    """Return who acts, at a window for the person who stands there.

    :raises NotFoundError: an official for nobody, or an account without a proved name.
    """
    actor = require_actor(request)
    if person is not None:
        actor, _party_id = party_at_window(actor, **person.model_dump())
    if actor.acting_for_id is None:
        raise NotFoundError
    return actor


@router.post("/files", summary="上传材料 Upload a material")
def upload(request: HttpRequest, file: File[UploadedFile]) -> dict[str, Any]:
    actor = require_actor(request)
    name = file.name or ""

    def act() -> tuple[int, Any]:
        stored = store_upload(content=file, name=name, actor_id=actor.account_id)
        return 200, {"id": stored.pk, "name": stored.name, "size_bytes": stored.size_bytes}

    if isinstance(file, RefusedUpload):
        # Too large to have been read at all; storing it says so.
        return dict(act()[1])
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return _once(request, actor, "upload", {"name": name, "digest": digest.hexdigest()}, act)


@router.post("/applications", response={201: dict[str, Any]}, summary="提交申请 Apply")
def apply(request: HttpRequest, given: ApplyIn) -> tuple[int, dict[str, Any]]:
    actor = _acting(request, given.on_behalf_of)
    party_id = actor.acting_for_id or 0
    application = submit_application(
        actor=actor,
        submission=Submission(
            implementation_code=given.implementation_code,
            client_id=given.client_id,
            party_id=party_id,
            circumstances=given.circumstances,
            form_data=given.form,
            materials=_materials(given.materials),
            checks=check_face(actor, party_id, given.face_token),
            delivery=given.delivery,
        ),
    )
    case = application.case
    return 201, {
        "number": case.number,
        "status": case.status,
        "phase": case.phase,
        "outcome": case.outcome,
    }


@router.post("/applications/prefill", summary="免填写 What is known already")
def prefill_form(request: HttpRequest, given: PrefillIn) -> dict[str, Any]:
    actor = _acting(request, given.on_behalf_of)
    implementation = get_implementation(given.implementation_code)
    version = implementation.version
    if actor.is_official:
        require_window(
            actor,
            org_path=implementation.organization.path,
            division_path=implementation.division_path,
        )
        audit.record_read(
            actor, "application.prefill", "party", actor.acting_for_id, purpose=implementation.code
        )
    if not acts_within_mandate(actor, version.content["key"]):
        raise MandateTooNarrowError
    party = Party.objects.select_related("operator").get(pk=actor.acting_for_id or 0)
    wanted = {material.get("licence_type") for material in version.content.get("materials", [])}
    licences = usable_licences(party.pk).filter(type_key__in=wanted - {None})
    listed = [_licence_out(row) for row in licences.select_related("type").order_by("-id")]
    if version.form is None:
        return {"form": {}, "licences": listed}
    known = prefill(get_form(version.form.pk), PrefillContext(party, implementation.division_id))
    return {"form": {key: entry.value for key, entry in known.items()}, "licences": listed}


@router.get("/cases", summary="我的办件 My cases")
def list_cases(request: HttpRequest, before: int | None = None, limit: int = 20) -> dict[str, Any]:
    limit = max(1, min(limit, MOST_ROWS))
    rows = cases_of(require_actor(request), before_id=before, limit=limit)
    return {
        "items": [
            {
                "number": row.number,
                "title": row.title,
                "title_en": row.title_en,
                "status": row.status,
                "phase": row.phase,
                "outcome": row.outcome,
                "due_at": row.due_at,
                "opened_at": row.opened_at,
                "organization": row.organization.name,
            }
            for row in rows
        ],
        "next": rows[-1].pk if len(rows) == limit else None,
    }


@router.get("/cases/{number}", summary="办件详情 One case")
def get_case(request: HttpRequest, number: str) -> dict[str, Any]:
    actor = require_actor(request)
    case = access_case(actor, number)
    pages = pages_of(case)
    told = show_case(view_of(actor, case)) if pages is None else pages.read(actor, case)
    if actor.is_official:
        audit.record_read(actor, "case.read", "case", number, purpose="API", case_id=case.pk)
    return told


@router.post("/cases/{number}/correct", summary="补正 Supply a correction")
def correct(request: HttpRequest, number: str, given: CorrectIn) -> dict[str, Any]:
    actor = _acting(request, given.on_behalf_of)
    case = access_case(actor, number)

    def act() -> tuple[int, Any]:
        supply_correction(
            actor=actor,
            case_id=case.pk,
            form_data=given.form,
            materials=_materials(given.materials),
            explanation=given.explanation,
        )
        return 200, {"number": number}

    return _once(request, actor, f"correct:{number}", given.model_dump(mode="json"), act)


@router.post("/cases/{number}/withdraw", summary="撤件 Withdraw")
def withdraw(request: HttpRequest, number: str, given: WithdrawIn) -> dict[str, Any]:
    actor = _acting(request, given.on_behalf_of)
    case = access_case(actor, number)

    def act() -> tuple[int, Any]:
        withdraw_application(actor=actor, case_id=case.pk, reason=given.reason)
        return 200, {"number": number}

    return _once(request, actor, f"withdraw:{number}", given.model_dump(mode="json"), act)


@router.post("/cases/{number}/deferred", summary="补交 Supply what was promised for later")
def deferred(request: HttpRequest, number: str, given: DeferredIn) -> dict[str, Any]:
    actor = _acting(request, given.on_behalf_of)
    case = access_case(actor, number)

    def act() -> tuple[int, Any]:
        supply_deferred(actor=actor, case_id=case.pk, materials=_materials(given.materials))
        return 200, {"number": number}

    return _once(request, actor, f"deferred:{number}", given.model_dump(mode="json"), act)


@router.post("/cases/{number}/hearing", summary="申请听证 Ask for a hearing")
def hearing(request: HttpRequest, number: str, given: HearingIn) -> dict[str, Any]:
    actor = _acting(request, given.on_behalf_of)
    case = access_case(actor, number)

    def act() -> tuple[int, Any]:
        found = request_hearing(actor=actor, case_id=case.pk, reason=given.reason)
        return 200, {"number": number, "requested_at": found.requested_at}

    return _once(request, actor, f"hearing:{number}", given.model_dump(mode="json"), act)


@router.post("/cases/{number}/extend", summary="延期 Extend the limit of the decision")
def extend(request: HttpRequest, number: str, given: ExtendIn) -> dict[str, Any]:
    actor = require_actor(request)
    case = access_case(actor, number)

    def act() -> tuple[int, Any]:
        clock = extend_decision(
            actor=actor, case_id=case.pk, amount=given.amount, reason=given.reason
        )
        return 200, {"number": number, "due_at": clock.due_at}

    return _once(request, actor, f"extend:{number}", given.model_dump(mode="json"), act)


@router.post("/cases/{number}/rate", summary="评价 Rate")
def rate(request: HttpRequest, number: str, given: RateIn) -> dict[str, Any]:
    actor = require_actor(request)
    case = access_case(actor, number)

    def act() -> tuple[int, Any]:
        rate_contact(
            actor=actor,
            case=case,
            contact=given.contact,
            grade=given.grade,
            tags=given.tags,
            comment=given.comment,
            channel=actor.channel,
        )
        return 200, {"number": number, "grade": given.grade}

    return _once(request, actor, f"rate:{number}", given.model_dump(mode="json"), act)


@router.get("/papers/{paper_id}/pdf", summary="文书 A paper as sealed PDF")
def paper_pdf(request: HttpRequest, paper_id: int) -> HttpResponse:
    paper = _access_paper(require_actor(request), paper_id)
    return pdf_response(draw_paper(paper).pk, f"{paper.number}.pdf")


@router.post("/papers/{paper_id}/serve", summary="送达 Record that a paper was served")
def serve(request: HttpRequest, paper_id: int, given: ServeIn) -> dict[str, Any]:
    actor = require_actor(request)
    paper = _access_paper(actor, paper_id)

    def act() -> tuple[int, Any]:
        service = serve_paper(
            actor=actor,
            paper=paper,
            method=given.method,
            proof=given.proof,
            files=given.files,
            at=given.at,
        )
        return 200, _service_out(service)

    return _once(request, actor, f"serve:{paper_id}", given.model_dump(mode="json"), act)


@router.post("/papers/{paper_id}/post", summary="邮寄回执 Say how the post ended")
def post_result(request: HttpRequest, paper_id: int, given: PostIn) -> dict[str, Any]:
    actor = require_actor(request)
    paper = _access_paper(actor, paper_id)

    def act() -> tuple[int, Any]:
        service = report_post(
            actor=actor,
            paper=paper,
            is_delivered=given.is_delivered,
            at=given.at,
            note=given.note,
            files=given.files,
        )
        return 200, _service_out(service)

    return _once(request, actor, f"post:{paper_id}", given.model_dump(mode="json"), act)


def _service_out(service: PaperService) -> dict[str, Any]:
    return {
        "method": service.method,
        "state": service.state,
        "begun_at": service.begun_at,
        "served_at": service.served_at,
    }


def _access_paper(actor: Actor, paper_id: int) -> Paper:
    paper = Paper.objects.select_related("case", "file").filter(pk=paper_id).first()
    if paper is None:
        raise NotFoundError
    access_case(actor, paper.case.number)
    if not actor.is_official and paper.addressee_party_id != paper.case.party_id:
        raise NotFoundError
    return paper


@router.get("/licences", summary="我的证照 My licences")
def list_licences(request: HttpRequest) -> list[dict[str, Any]]:
    rows = _own_licences(require_actor(request)).select_related("type").order_by("-id")
    return [_licence_out(row) for row in rows[:MOST_ROWS]]


def _own_licences(actor: Actor) -> QuerySet[Licence]:
    """Return what the party holds, to who may act for it in every matter."""
    if actor.acting_for_id is None or not holds_whole_mandate(actor):
        return Licence.objects.none()
    return usable_licences(actor.acting_for_id)


def _licence_out(row: Licence) -> dict[str, Any]:
    return {
        "id": row.pk,
        "number": row.number,
        "type": row.type_key,
        "title_zh": row.type.title_zh,
        "title_en": row.type.title_en,
        "holder": row.holder_name,
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
        "verification_code": row.verification_code,
    }


@router.get("/licences/{licence_id}/pdf", summary="证照文件 The sealed PDF of a licence")
def licence_pdf(request: HttpRequest, licence_id: int) -> HttpResponse:
    licence = _own_licences(require_actor(request)).filter(pk=licence_id).first()
    if licence is None:
        raise NotFoundError
    return pdf_response(draw_licence(licence).pk, f"{licence.number}.pdf")


@router.get("/tasks", summary="待办 Inbox")
def list_tasks(request: HttpRequest, after: int | None = None, limit: int = 20) -> dict[str, Any]:
    limit = max(1, min(limit, MOST_ROWS))
    rows = inbox(require_actor(request), after_id=after, limit=limit)
    return {
        "items": [
            {
                "id": row.pk,
                "case_number": row.case_number,
                "case_title": row.case_title,
                "party_name": row.party_name,
                "step": row.step,
                "title_zh": row.title_zh,
                "title_en": row.title_en,
                "opened_at": row.opened_at,
                "due_at": row.due_at,
            }
            for row in rows
        ],
        "next": rows[-1].pk if len(rows) == limit else None,
    }


@router.post("/tasks/{task_id}/act", summary="办理 Act on a task")
def act_task(request: HttpRequest, task_id: int, given: ActIn) -> dict[str, Any]:
    actor = require_actor(request)
    # Out of reach is refused before anything else is said.
    see_task(actor, task_id)

    def act() -> tuple[int, Any]:
        task = worklist.act_in_turn(
            actor=actor,
            task_id=task_id,
            act=given.act,
            opinion=given.opinion,
            given=given.input,
            ink=given.ink,
            seen_version=given.version,
            next_step=given.next_step,
            handler_id=given.handler_id,
        )
        return 200, {"task": task.pk, "status": task.status, "case_number": task.case_number}

    return _once(request, actor, f"act:{task_id}", given.model_dump(mode="json"), act)


def show_case(view: CaseView) -> dict[str, Any]:
    """Return a case as the API tells it."""
    case = view.case
    return {
        "number": case.number,
        "title": case.title,
        "title_en": case.title_en,
        "status": case.status,
        "phase": case.phase,
        "outcome": case.outcome,
        "item": view.application.item_key,
        "organization": case.organization.name,
        "applicant": case.party.name,
        "channel": case.channel,
        "opened_at": case.opened_at,
        "due_at": case.due_at,
        "concluded_at": case.concluded_at,
        "credit": view.breach,
        "deemed_accepted": view.application.is_deemed_accepted,
        "automatic": view.application.is_automatic,
        "decision": view.application.decision,
        "decision_reason": view.application.decision_reason,
        "trace": view.trace,
        "correction_points": view.correction.points if view.correction else [],
        "timeline": [
            {"at": e.at, "kind": e.kind, "title_zh": e.title_zh, "title_en": e.title_en}
            for e in view.events
        ],
        "clocks": [
            {
                "kind": clock.kind,
                "basis": clock.basis,
                "amount": clock.amount,
                "unit": clock.unit,
                "source": clock.source,
                "due_at": clock.due_at,
                "assumed": clock.assumed,
                "outcome": clock.outcome,
                "owed_by": clock.owed_by,
                "suspended": clock.suspended_at is not None,
            }
            for clock in view.clocks
        ],
        "papers": [
            {
                "id": p.pk,
                "kind": p.kind,
                "number": p.number,
                "issued_at": p.issued_at,
                "served": [_service_out(service) for service in p.services.all()],
            }
            for p in view.papers
        ],
        "materials": [
            {"key": m.key, "source": m.source, "title_zh": m.title_zh, "title_en": m.title_en}
            for m in view.materials
        ],
        "licences": [
            {
                "id": licence.pk,
                "type": licence.type_key,
                "number": licence.number,
                "holder": licence.holder_name,
                "status": licence.status,
                "owner": licence.owner.name if licence.owner else "",
                "fields": licence.record["fields"],
                "version": licence.version,
                "valid_to": licence.valid_to,
                "verification_code": licence.verification_code,
            }
            for licence in view.licences
        ],
        "bills": [
            {
                "id": bill.pk,
                "number": bill.number,
                "amount_yuan": str(bill.amount_yuan),
                "refunded_yuan": str(bill.refunded_yuan),
                "status": bill.status,
                "payment_code": bill.payment_code,
            }
            for bill in view.bills
        ],
        "open_tasks": [
            {
                "id": t.pk,
                "step": t.step,
                "role": t.role,
                "signers": t.signers,
                "organization": t.organization_id,
            }
            for t in view.tasks
        ],
    }


def _once(
    request: HttpRequest,
    actor: Actor,
    operation: str,
    sent: dict[str, Any],
    act: Callable[[], tuple[int, Any]],
) -> dict[str, Any]:
    answer = idempotent(actor, key_of(request), operation, sent, act)
    body: dict[str, Any] = answer.body
    return body
