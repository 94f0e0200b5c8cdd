"""我的: cases, corrections, payments, ratings, licences and messages of a citizen or enterprise."""

import uuid
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages as toasts
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.calendars import today
from yiwang.kernel.base.files.facade import open_file, store_upload
from yiwang.kernel.base.files.models import StoredFile
from yiwang.kernel.base.http.downloads import for_the_viewer, pdf_response
from yiwang.kernel.base.http.idempotency import idempotent
from yiwang.kernel.base.identity.http.actors import require_actor
from yiwang.kernel.base.identity.http.guards import citizen_required
from yiwang.kernel.casework.papers.actions.papers import draw_paper
from yiwang.kernel.casework.papers.models import Paper
from yiwang.kernel.casework.ratings.facade import rate_contact
from yiwang.kernel.casework.ratings.models import Rating
from yiwang.kernel.errors import DomainError, InvalidInputError, NotFoundError
from yiwang.kernel.registers.licences.actions.licences import draw_licence
from yiwang.kernel.registers.licences.models import Licence, LicenceUse
from yiwang.kernel.registers.licences.selectors import licences_of
from yiwang.kernel.registers.payments.facade import ask_for_payment, register_bill
from yiwang.kernel.trust.seals.facade import draw_document
from yiwang.services.applications.actions.applications import (
    Supplied,
    supply_correction,
    withdraw_application,
)
from yiwang.services.applications.facts import applicant_facts
from yiwang.services.applications.http import shown
from yiwang.services.applications.http.owing import owed
from yiwang.services.applications.http.unsent import keeps_typed, recover
from yiwang.services.applications.models import ApplicationMaterial
from yiwang.services.applications.pages import pages_of
from yiwang.services.applications.receipts import receipt_words
from yiwang.services.applications.rules.materials import AskedMaterial, asked_materials
from yiwang.services.applications.selectors import (
    CaseView,
    access_case,
    cases_of,
    view_case,
    view_of,
)

# Kept in Chinese, as the statistics count them; shown in the language of the page.
RATING_TAGS = (
    gettext_noop("态度好"),
    gettext_noop("办得快"),
    gettext_noop("说得清楚"),
    gettext_noop("没有跑腿"),
    gettext_noop("等得久"),
    gettext_noop("要求没说清"),
    gettext_noop("多跑了路"),
    gettext_noop("态度不好"),
    gettext_noop("网页不好用"),
)
LIST_SIZE = 20
EXPLANATION_LENGTH = 500
REFUSALS = ("REFUSED", "DECLINED")


@require_GET
@citizen_required
def case_list(request: HttpRequest) -> HttpResponse:
    """我的办件."""
    actor = require_actor(request)
    before = request.GET.get("before", "")
    is_key = before.isdecimal() and len(before) <= 18
    rows = cases_of(actor, before_id=int(before) if is_key else None, limit=LIST_SIZE + 1)
    return render(
        request,
        "applications/cases.html",
        {
            "section": "me",
            "trail": shown.own_trail(),
            "cases": [shown.case_card(case) for case in rows[:LIST_SIZE]],
            "next_href": f"?before={rows[LIST_SIZE - 1].pk}" if len(rows) > LIST_SIZE else "",
        },
    )


@require_GET
@citizen_required
def case(request: HttpRequest, number: str) -> HttpResponse:
    """One sentence of state, the clock in words, the timeline, whom to ask."""
    actor = require_actor(request)
    one = access_case(actor, number)
    pages = pages_of(one)
    if pages is not None:
        return redirect(pages.portal, number)
    view = view_of(actor, one)
    return render(request, "applications/case.html", _case_context(view))


def _case_context(view: CaseView) -> dict[str, Any]:
    one = view.case
    clock = shown.main_clock(view)
    is_done = one.status == one.Status.CONCLUDED
    rated = Rating.objects.filter(case=one, is_current=True).first() if is_done else None
    unit = one.organization
    return {
        "section": "me",
        "view": view,
        "case": one,
        "title": shown.case_title(one),
        "trail": [*shown.own_trail(), (_("我的办件"), reverse("portal:cases"))],
        "state": shown.state_sentence(one),
        "look": shown.state_look(one),
        "reason": view.application.decision_reason if one.outcome in REFUSALS else "",
        "clock": shown.clock_words(clock) if clock else None,
        "today": today(),
        "timeline": [
            *([] if is_done else [{"title": shown.state_sentence(one), "state": "current"}]),
            *(shown.timeline_entry(event) for event in reversed(view.events)),
        ],
        "trace": shown.trace_words(view.trace),
        "unpaid": [shown.bill_card(bill) for bill in view.bills if bill.status == "UNPAID"],
        "licences": [shown.licence_card(licence) for licence in view.licences],
        "papers": [
            _receipt_link(one.number),
            *(_paper_link(one.number, row) for row in view.papers),
        ],
        "materials": [shown.material_row(row, one.number) for row in view.materials],
        "contact": [
            (_("办理单位"), unit.name),
            (_("办公时间"), unit.hours or _("工作日 8:30—12:00，14:30—17:30")),
        ],
        "contact_phone": unit.phone or "12345",
        **owed(view),
        "is_correcting": one.phase == one.Phase.CORRECTING,
        "can_withdraw": not is_done and view.application.decided_at is None,
        "can_rate": is_done and rated is None,
        "rated": rated,
        "rated_grade": shown.GRADES[rated.grade] if rated else "",
        "tags": [(tag, _(tag)) for tag in RATING_TAGS],
        "client_id": uuid.uuid4(),
        "correct_url": reverse("portal:correct", args=[one.number]),
        "pay_url": reverse("portal:pay", args=[one.number]),
        "rate_url": reverse("portal:rate", args=[one.number]),
        "withdraw_url": reverse("portal:withdraw", args=[one.number]),
    }


def _receipt_link(number: str) -> dict[str, str]:
    return {
        "title": _("收件凭证"),
        "number": number,
        "href": reverse("portal:receipt", args=[number]),
    }


def _paper_link(number: str, row: Paper) -> dict[str, str]:
    return {
        "title": shown.paper_title(row),
        "number": row.number,
        "href": reverse("portal:paper", args=[number, row.pk]),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@keeps_typed
@citizen_required
def correct(request: HttpRequest, number: str) -> HttpResponse:
    """补正: what was asked, and where to supply it; nothing typed is lost on a refusal."""
    actor = require_actor(request)
    view = view_case(actor, number)
    if view.correction is None or view.correction.supplied_at is not None:
        if request.method == "POST":
            toasts.info(request, _("补正已经提交过了，没有重复提交。"))
        return redirect("portal:case", number)
    asked = _asked_again(view)
    errors: list[dict[str, str]] = []
    status = 200
    typed = recover(request) or request.POST
    if request.method == "POST":
        try:
            _supply(request, view, asked)
        except DomainError as error:
            words = {
                "reason": shown.either(error.zh, error.en),
                "mend": shown.either(*error.mend),
            }
            errors, status = [{"field": ""} | words], error.status
        else:
            toasts.success(request, _("已提交补正，工作人员会继续办理。"))
            return redirect("portal:case", number)
    return render(
        request,
        "applications/correct.html",
        {
            "section": "me",
            "view": view,
            "title": shown.case_title(view.case),
            "materials": [
                {
                    "key": material.key,
                    "name": f"material.{material.key}",
                    "title": shown.either(material.title_zh, material.title_en),
                    "note": _correct_note(view, material),
                    "files": _kept_files(actor, typed.getlist(f"material.{material.key}_ids")),
                }
                for material in asked
                if "UPLOAD" in material.sources
            ],
            "upload_url": reverse("portal:upload"),
            "case_url": reverse("portal:case", args=[number]),
            "max_bytes": settings.FILE_MAX_BYTES,
            "errors": errors,
            "explanation": typed.get("explanation", ""),
        },
        status=status,
    )


def _correct_note(view: CaseView, material: AskedMaterial) -> str:
    """Return what is asked of a material, and which file stands for it until now."""
    note = shown.either(material.note_zh, material.note_en)
    before = [row.file.name for row in view.materials if row.key == material.key and row.file]
    if not before:
        return note
    return f"{note} {_('上次交的是“%(name)s”。') % {'name': before[-1]}}".strip()


def _asked_again(view: CaseView) -> list[AskedMaterial]:
    """Return the materials of the case, as they were asked when it was submitted."""
    application = view.application
    facts = {
        "circumstances": application.circumstances,
        "form": application.form_data,
        "applicant": applicant_facts(view.case.party),
        "checks": application.checks,
    }
    return asked_materials(application.item_version.content, facts)


def _supply(request: HttpRequest, view: CaseView, asked: list[AskedMaterial]) -> None:
    """Take what was supplied.

    :raises FileRefusedError: a file that came with the form was not taken.
    :raises InvalidInputError: neither a material nor a word of explanation.
    """
    actor = require_actor(request)
    given: dict[str, Supplied] = {}
    for material in asked:
        name = f"material.{material.key}"
        kept = _kept_files(actor, request.POST.getlist(f"{name}_ids"))
        file = request.FILES.get(name)
        if isinstance(file, UploadedFile):
            stored = store_upload(content=file, name=file.name or "", actor_id=actor.account_id)
            given[material.key] = Supplied("UPLOAD", file_id=stored.pk)
        elif kept:
            given[material.key] = Supplied("UPLOAD", file_id=kept[-1]["id"])
    words = request.POST.get("explanation", "").strip()[:EXPLANATION_LENGTH]
    if not given and not words:
        raise InvalidInputError(
            "还没有补充任何内容",
            "Nothing has been supplied yet.",
            mend_zh="请至少补充一份材料，或者写一句说明",
            mend_en="Add at least one document, or write a word of explanation.",
        )
    supply_correction(
        actor=actor, case_id=view.case.pk, form_data={}, materials=given, explanation=words
    )


def _kept_files(actor: Actor, ids: list[str]) -> list[dict[str, Any]]:
    """Return the files among these that the actor uploaded, oldest first."""
    numbers = [int(value) for value in ids if value.isdecimal() and len(value) <= 18]
    if not numbers:
        return []
    own = StoredFile.objects.filter(pk__in=numbers, uploaded_by_id=actor.account_id)
    return [dict(row) for row in own.order_by("pk").values("id", "name", "size_bytes")]


@require_POST
@citizen_required
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """撤件."""
    actor = require_actor(request)
    one = access_case(actor, number)
    withdraw_application(
        actor=actor, case_id=one.pk, reason=request.POST.get("reason", "").strip()[:200]
    )
    toasts.success(request, _("已撤回申请。以后可以重新提交。"))
    return redirect("portal:case", number)


@require_POST
@citizen_required
def pay(request: HttpRequest, number: str) -> HttpResponse:
    """缴费: ask the bank for its page and show the way there.

    A link and not a redirect: a browser that keeps to ``form-action 'self'`` does not follow the
    answer of a form to another house.
    """
    actor = require_actor(request)
    view = view_case(actor, number)
    unpaid = [bill for bill in view.bills if bill.status == "UNPAID"]
    if not unpaid:
        return redirect("portal:case", number)
    bill = ask_for_payment(bill_id=unpaid[-1].pk, actor=actor)
    if bill.status != bill.Status.UNPAID:
        return redirect("portal:case", number)
    bill = register_bill(bill.pk)
    case_url = reverse("portal:case", args=[number])
    return render(
        request,
        "applications/pay.html",
        {
            "section": "me",
            "title": shown.case_title(view.case),
            "trail": [*shown.own_trail(), (_("我的办件"), reverse("portal:cases"))],
            "bill": shown.bill_card(bill),
            "bank_url": bill.pay_url,
            "case_url": case_url,
        },
    )


@require_POST
@citizen_required
def rate(request: HttpRequest, number: str) -> HttpResponse:
    """评价 the case as a whole."""
    actor = require_actor(request)
    one = access_case(actor, number)
    grade = shown.GRADE_OF.get(request.POST.get("grade", ""), "")
    if not grade:
        toasts.error(request, _("请先选一个评价等级。"))
        return redirect("portal:case", number)
    key = request.POST.get("client_id", "") or str(uuid.uuid4())

    def act() -> tuple[int, Any]:
        rate_contact(
            actor=actor,
            case=one,
            contact="CASE",
            grade=grade,
            tags=[tag for tag in request.POST.getlist("tags") if tag in RATING_TAGS],
            comment=request.POST.get("comment", "").strip()[:500],
            channel="ONLINE",
        )
        return 200, {}

    idempotent(actor, key, f"rate:{number}", {"grade": grade}, act)
    toasts.success(request, _("谢谢您的评价。"))
    return redirect("portal:case", number)


@require_GET
@citizen_required
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """收件凭证 of one's own application."""
    view = view_case(require_actor(request), number)
    link = f"{settings.PUBLIC_URL}{reverse('portal:case', args=[number])}"
    words = receipt_words(view.case, view.application, view.materials, link)
    response = HttpResponse(draw_document("receipt", words), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{number}.pdf"'
    response.headers["Cache-Control"] = "private, no-store"
    return for_the_viewer(response)


@require_GET
@citizen_required
def paper(request: HttpRequest, number: str, paper_id: int) -> HttpResponse:
    """文书 as sealed PDF."""
    one = access_case(require_actor(request), number)
    own = Paper.objects.filter(pk=paper_id, case=one, addressee_party_id=one.party_id)
    row = own.select_related("file").first()
    if row is None:
        raise NotFoundError
    return pdf_response(draw_paper(row).pk, f"{row.number}.pdf")


@require_GET
@citizen_required
def material(request: HttpRequest, number: str, material_id: int) -> HttpResponse:
    """A file that was supplied with the case."""
    one = access_case(require_actor(request), number)
    row = (
        ApplicationMaterial.objects.filter(pk=material_id, application_id=one.pk)
        .select_related("file")
        .first()
    )
    if row is None or row.file is None:
        raise NotFoundError
    with open_file(row.file.pk) as stream:
        response = HttpResponse(stream.read(), content_type=row.file.media_type)
    response.headers["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(row.file.name)}"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@require_GET
@citizen_required
def licence_list(request: HttpRequest) -> HttpResponse:
    """我的证照."""
    actor = require_actor(request)
    rows = licences_of(actor.acting_for_id or 0)
    return render(
        request,
        "applications/licences.html",
        {
            "section": "me",
            "trail": shown.own_trail(),
            "rows": [shown.licence_card(row) for row in rows],
        },
    )


@require_GET
@citizen_required
def licence(request: HttpRequest, licence_id: int) -> HttpResponse:
    """One licence, with every use of it (用证记录)."""
    row = _own_licence(request, licence_id)
    return render(
        request,
        "applications/licence.html",
        {
            "section": "me",
            "trail": [*shown.own_trail(), (_("我的证照"), reverse("portal:licences"))],
            "shown": shown.licence_card(row),
            "uses": [
                {
                    "title": use.purpose,
                    "at": use.at,
                    "actor": use.organization_name,
                    "state": "done",
                }
                for use in LicenceUse.objects.filter(licence=row).order_by("-id")[:50]
            ],
        },
    )


@require_GET
@citizen_required
def licence_pdf(request: HttpRequest, licence_id: int) -> HttpResponse:
    """证照文件."""
    row = _own_licence(request, licence_id)
    return pdf_response(draw_licence(row).pk, f"{row.number}.pdf")


def _own_licence(request: HttpRequest, licence_id: int) -> Licence:
    actor = require_actor(request)
    row = licences_of(actor.acting_for_id or 0).filter(pk=licence_id).first()
    if row is None:
        raise NotFoundError
    return row
