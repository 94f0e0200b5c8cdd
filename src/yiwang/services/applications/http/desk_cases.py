"""办件查询: search, one case to read, and the protected views of its files, papers and licences."""

from typing import Any
from urllib.parse import quote, urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.files.facade import open_file
from yiwang.kernel.base.http.downloads import for_the_viewer, pdf_response
from yiwang.kernel.base.identity.http.actors import require_actor
from yiwang.kernel.base.identity.http.guards import official_required
from yiwang.kernel.base.parties import facade as parties
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.papers.actions.papers import draw_paper
from yiwang.kernel.casework.papers.models import Paper
from yiwang.kernel.casework.process.access import in_reach
from yiwang.kernel.casework.process.models import Task
from yiwang.kernel.casework.process.picture.shown import show_picture
from yiwang.kernel.casework.ratings.facade import ratings_of_case
from yiwang.kernel.casework.worklist import facade as worklist
from yiwang.kernel.errors import NotFoundError
from yiwang.kernel.registers.licences.actions.licences import draw_licence
from yiwang.kernel.registers.licences.models import Licence
from yiwang.services.applications.desk_selectors import (
    CaseFilter,
    access_at_desk,
    access_file,
    is_shown_inline,
    read_case,
    search_cases,
)
from yiwang.services.applications.http import desk_shown as words
from yiwang.services.applications.http import shown
from yiwang.services.applications.http.cases import RATING_TAGS
from yiwang.services.applications.http.desk import case_context
from yiwang.services.applications.http.desk_parts import plain
from yiwang.services.applications.http.desk_standing import standing_of, standing_parties
from yiwang.services.applications.models import ApplicationMaterial
from yiwang.services.applications.pages import pages_of


@require_GET
@official_required
def case_list(request: HttpRequest) -> HttpResponse:
    """办件查询 by number, name of the applicant, or where it stands."""
    actor = require_actor(request)
    wanted = CaseFilter(
        words=plain(request.GET.get("q", ""), 80), state=plain(request.GET.get("state", ""), 20)
    )
    before = request.GET.get("before", "")
    rows, following = search_cases(
        actor, wanted, before_id=int(before) if before.isdigit() and len(before) < 19 else None
    )
    pairs = [(key, value) for key, value in (("q", wanted.words), ("state", wanted.state)) if value]
    return render(
        request,
        "applications/desk/cases.html",
        {
            "section": "/desk/cases/",
            "wanted": wanted,
            "rows": [_row(case) for case in rows],
            "columns": [
                {"key": "number", "label": _("编号"), "href": "href"},
                {"key": "title", "label": _("事项")},
                {"key": "party", "label": _("申请人")},
                {"key": "state", "label": _("状态"), "kind": "tag"},
                {"key": "unit", "label": _("办理单位")},
                {"key": "opened_at", "label": _("收件时间"), "kind": "moment"},
                {"key": "due_at", "label": _("最迟办结"), "kind": "date"},
                {"key": "lamp", "label": _("时限"), "kind": "lamp"},
            ],
            "states": [("OPEN", _("办理中")), *words.outcomes().items()],
            "next_href": f"?{urlencode([*pairs, ('before', str(following))])}" if following else "",
            "first_href": f"?{urlencode(pairs)}" if before else "",
        },
    )


def _row(case: Case) -> dict[str, Any]:
    is_person = case.party.kind == Party.Kind.PERSON
    return {
        "number": case.number,
        "href": reverse("desk:case", args=[case.number]),
        "title": shown.case_title(case),
        "party": parties.mask_name(case.party.name) if is_person else case.party.name,
        "state": words.case_state(case),
        "unit": case.organization.name,
        "opened_at": case.opened_at,
        "due_at": case.due_at,
        "lamp": shown.lamp_of(case),
    }


@require_GET
@official_required
def case(request: HttpRequest, number: str) -> HttpResponse:
    """One case to read; at the window also its receipt and the rating of who stands there."""
    actor = require_actor(request)
    standing = standing_of(request)
    one = access_at_desk(actor, number, party_ids=standing_parties(request))
    pages = pages_of(one)
    if pages is not None:
        return redirect(pages.desk, number)
    view = read_case(one)
    mine = Task.objects.filter(in_reach(actor), case=one, status=Task.Status.OPEN).first()
    is_theirs = standing is not None and one.party_id in standing.party_ids
    contact = "CASE" if one.status == Case.Status.CONCLUDED else "RECEIVE"
    rated = next((row for row in ratings_of_case(one.pk) if row.contact == contact), None)
    context = case_context(view)
    context |= {
        "section": "/desk/window/" if is_theirs else "/desk/cases/",
        "standing": standing if is_theirs else None,
        "picture": show_picture(one),
        "task_url": reverse("desk:task", args=[mine.pk]) if mine else "",
        "licences": [
            shown.licence_card(row)
            | {"href": "", "pdf": reverse("desk:licence-pdf", args=[one.pk, row.pk])}
            for row in view.licences
        ],
        "bills": [words.bill_row(bill) for bill in view.bills],
        "bill_columns": [
            {"key": "number", "label": _("缴款单号")},
            {"key": "amount", "label": _("金额"), "kind": "money"},
            {"key": "refunded", "label": _("已退"), "kind": "money"},
            {"key": "status", "label": _("状态"), "kind": "tag"},
            {"key": "issued_at", "label": _("开单时间"), "kind": "moment"},
            {"key": "paid_at", "label": _("缴款时间"), "kind": "moment"},
        ],
        "tags": [(tag, _(tag)) for tag in RATING_TAGS],
        "rated_grade": shown.GRADES[rated.grade] if rated else "",
        "waiting": [
            {"step": words.either(row.title_zh, row.title_en), "unit": row.organization.name}
            for row in view.tasks
        ],
    }
    return render(request, "applications/desk/case.html", context)


@require_GET
@official_required
def file(request: HttpRequest, file_id: int) -> HttpResponse:
    """材料原件, shown beside the case; who opened it is kept in the audit.

    :raises NotFoundError: absent, or of a case that the official may not open.
    """
    actor = require_actor(request)
    row = access_file(actor, file_id, party_ids=standing_parties(request))
    audit.record_read(
        actor, "file.read", "file", file_id, purpose="case.review", case_id=row.case_id
    )
    with open_file(file_id) as stream:
        data = stream.read()
    is_inline = is_shown_inline(row.file)
    response = HttpResponse(
        data, content_type=row.file.media_type if is_inline else "application/octet-stream"
    )
    how = "inline" if is_inline else "attachment"
    response.headers["Content-Disposition"] = f"{how}; filename*=UTF-8''{quote(row.file.name)}"
    response.headers["Cache-Control"] = "private, no-store"
    return for_the_viewer(response)


@require_GET
@official_required
def signature(request: HttpRequest, act_id: int) -> HttpResponse:
    """手写签名 of an act, for those who may open its case.

    :raises NotFoundError: absent, or of a case out of sight.
    """
    row = worklist.find_signature(act_id)
    if row is None:
        raise NotFoundError
    access_at_desk(
        require_actor(request),
        row.act.task.case_number,
        party_ids=standing_parties(request),
    )
    with open_file(row.file_id) as stream:
        response = HttpResponse(stream.read(), content_type="image/png")
    response.headers["Cache-Control"] = "private, no-store"
    return response


@require_GET
@official_required
def paper(request: HttpRequest, number: str, paper_id: int) -> HttpResponse:
    """文书 as sealed PDF."""
    one = access_at_desk(require_actor(request), number, party_ids=standing_parties(request))
    row = Paper.objects.filter(pk=paper_id, case=one).select_related("file").first()
    if row is None:
        raise NotFoundError
    return for_the_viewer(pdf_response(draw_paper(row).pk, f"{row.number}.pdf"))


@require_GET
@official_required
def licence_pdf(request: HttpRequest, case_id: int, licence_id: int) -> HttpResponse:
    """证照文件 of a licence that the case issued, or that stands for one of its materials."""
    actor = require_actor(request)
    number = Case.objects.filter(pk=case_id).values_list("number", flat=True).first()
    if number is None:
        raise NotFoundError
    one = access_at_desk(actor, number, party_ids=standing_parties(request))
    row = Licence.objects.select_related("type").filter(pk=licence_id).first()
    if row is None or (
        row.case_id != one.pk
        and not ApplicationMaterial.objects.filter(application_id=one.pk, licence=row).exists()
    ):
        raise NotFoundError
    audit.record_read(
        actor, "licence.read", "licence", row.pk, purpose="case.review", case_id=one.pk
    )
    return for_the_viewer(pdf_response(draw_licence(row).pk, f"{row.number}.pdf"))
