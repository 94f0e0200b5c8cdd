"""文书送达与时限: record how a paper was served, extend a limit, and see how limits are kept."""

from datetime import datetime, time, timedelta
from typing import Any

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from yiwang.kernel.base.access import facade as access
from yiwang.kernel.base.calendars import LOCAL_ZONE, now, today
from yiwang.kernel.base.files.facade import store_upload
from yiwang.kernel.base.identity.http.actors import require_actor
from yiwang.kernel.base.identity.http.guards import official_required
from yiwang.kernel.casework.clocks.facade import Basis, Counters, count_by_unit, count_clocks
from yiwang.kernel.casework.clocks.models import Clock
from yiwang.kernel.casework.papers.actions.serving import report_post, serve_paper
from yiwang.kernel.casework.papers.models import Paper, PaperService
from yiwang.kernel.casework.papers.serving import WAYS
from yiwang.kernel.errors import DomainError, InvalidInputError, NotFoundError
from yiwang.services.applications import limits
from yiwang.services.applications.desk_selectors import access_at_desk, list_unserved
from yiwang.services.applications.extending import extend_decision
from yiwang.services.applications.http import desk_shown as words
from yiwang.services.applications.http import papers_shown, shown
from yiwang.services.applications.http.desk import require_somewhere
from yiwang.services.applications.http.desk_parts import plain, reason_of
from yiwang.services.applications.promises import UNITS_ZH

MOST_TEXT = 200
UNITS_EN = {unit: unit.replace("_", " ").lower() + "s" for unit in UNITS_ZH}
DELIVERED, RETURNED = "DELIVERED", "RETURNED"


@require_GET
@official_required
def unserved(request: HttpRequest) -> HttpResponse:
    """待送达: papers that were issued and have not reached their person, the oldest first."""
    actor = require_actor(request)
    rows = list_unserved(actor)
    return render(
        request,
        "applications/desk/unserved.html",
        {
            "section": "/desk/papers/",
            "columns": [
                {"key": "title", "label": _("文书"), "href": "href"},
                {"key": "number", "label": _("文号")},
                {"key": "addressee", "label": _("受送达人")},
                {"key": "case", "label": _("办件")},
                {"key": "wish", "label": _("申请人选的取件方式")},
                {"key": "issued_at", "label": _("制发时间"), "kind": "moment"},
                {"key": "service", "label": _("送达情况")},
            ],
            "rows": [
                {
                    "title": row.content["title"],
                    "href": reverse("desk:serve", args=[row.case.number, row.pk]),
                    "number": row.number,
                    "addressee": row.addressee,
                    "case": row.case.number,
                    "wish": _delivery_words(row.case.application.delivery),
                    "issued_at": row.issued_at,
                    "service": papers_shown.service_words(row),
                }
                for row in rows
            ],
        },
    )


def _delivery_words(delivery: str) -> str:
    words = {"POST": _("邮寄"), "WINDOW": _("窗口领取"), "ELECTRONIC": _("电子")}
    return words.get(delivery, delivery)


@require_http_methods(["GET", "POST"])
@official_required
def serve(request: HttpRequest, number: str, paper_id: int) -> HttpResponse:
    """登记送达: one way with its proof; or how the post ended."""
    actor = require_actor(request)
    case = access_at_desk(actor, number)
    paper = (
        Paper.objects.filter(pk=paper_id, case=case)
        .select_related("case")
        .prefetch_related("services")
        .first()
    )
    if paper is None:
        raise NotFoundError
    refusal: DomainError | None = None
    if request.method == "POST":
        try:
            _record(request, paper)
        except DomainError as error:
            refusal = error
        else:
            toasts.success(request, _("已登记：%(number)s") % {"number": paper.number})
            return redirect("desk:case", number)
    method = request.POST.get("method", "IN_PERSON")
    field = str((refusal.details or {}).get("field", "")) if refusal else ""
    context = {
        "section": "/desk/papers/",
        "case": case,
        "paper": paper,
        "service": papers_shown.service_words(paper),
        "is_served": any(row.state == "SERVED" for row in paper.services.all()),
        "is_posted": any(
            row.state == "ON_THE_WAY" and row.method == "POST" for row in paper.services.all()
        ),
        "methods": list(papers_shown.method_titles().items()),
        "method": method,
        "ways": [
            {
                "key": key,
                "fields": [
                    {
                        "name": f"{key}.{name}",
                        "label": papers_shown.proof_title(name),
                        "value": request.POST.get(f"{key}.{name}", ""),
                        "required": name in WAYS[key].needed,
                        "maxlength": MOST_TEXT,
                        "kind": "textarea" if name == "witnesses" else "text",
                        "error": reason_of(refusal)
                        if refusal and method == key and field == name
                        else None,
                    }
                    for name in names
                ],
            }
            for key, names in papers_shown.PROOF_FIELDS.items()
        ],
        "refusal_words": reason_of(refusal),
        "at": request.POST.get("at") or f"{now().astimezone(LOCAL_ZONE):%Y-%m-%dT%H:%M}",
        "upload_url": reverse("desk:upload"),
    }
    status = refusal.status if refusal else 200
    return render(request, "applications/desk/serve.html", context, status=status)


def _record(request: HttpRequest, paper: Paper) -> PaperService:
    actor = require_actor(request)
    at = _moment(request.POST.get("at", ""))
    files = _files(request)
    if (ended := request.POST.get("ended", "")) in (DELIVERED, RETURNED):
        return report_post(
            actor=actor,
            paper=paper,
            is_delivered=ended == DELIVERED,
            at=at or now(),
            note=plain(request.POST.get("note", ""), MOST_TEXT),
            files=files,
        )
    method = request.POST.get("method", "")
    proof = {
        name: text
        for name in papers_shown.PROOF_FIELDS.get(method, ())
        if (text := plain(request.POST.get(f"{method}.{name}", ""), MOST_TEXT))
    }
    return serve_paper(actor=actor, paper=paper, method=method, proof=proof, files=files, at=at)


def _moment(text: str) -> datetime | None:
    """Read a moment to the minute; the present minute is now, not a time before it."""
    try:
        at = datetime.fromisoformat(text).replace(tzinfo=LOCAL_ZONE)
    except ValueError:
        return None
    return None if timedelta(0) <= now() - at < timedelta(minutes=1) else at


def _files(request: HttpRequest) -> list[int]:
    actor = require_actor(request)
    ids = [int(text) for text in request.POST.getlist("files_ids") if text.isdigit()]
    for upload in request.FILES.getlist("files"):
        content: Any = upload
        stored = store_upload(content=content, name=upload.name or "", actor_id=actor.account_id)
        ids.append(stored.pk)
    return ids


@require_http_methods(["GET", "POST"])
@official_required
def extend(request: HttpRequest, number: str) -> HttpResponse:
    """延长办理期限: once, by whoever the source names, with the reason that the person is told."""
    actor = require_actor(request)
    case = access_at_desk(actor, number)
    clock = Clock.objects.filter(
        case=case, kind=limits.DECISION, basis=Basis.STATUTORY.value, stopped_at=None
    ).first()
    amount = plain(request.POST.get("amount", ""), 3)
    reason = plain(request.POST.get("reason", ""), 500)
    refusal: DomainError | None = None
    if request.method == "POST":
        try:
            if not amount.isdigit():
                raise InvalidInputError
            extended = extend_decision(
                actor=actor, case_id=case.pk, amount=int(amount), reason=reason
            )
        except DomainError as error:
            refusal = error
        else:
            day = words.moment(extended.due_at)
            toasts.success(request, _("已延长，最迟 %(day)s；告知书已制发") % {"day": day})
            return redirect("desk:case", number)
    context = {
        "section": "/desk/cases/",
        "case": case,
        "title": shown.case_title(case),
        "clock": clock,
        "clocks": words.clock_rows([clock]) if clock else [],
        "unit": shown.either(UNITS_ZH[clock.unit], UNITS_EN[clock.unit]) if clock else "",
        "rank": _rank_words(clock.extension_rank) if clock else "",
        "amount": amount or (str(clock.extension_allowed) if clock else ""),
        "reason": reason,
        "refusal_words": reason_of(refusal),
    }
    status = refusal.status if refusal else 200
    return render(request, "applications/desk/extend.html", context, status=status)


def _rank_words(rank: str) -> str:
    return {
        "OFFICE_HEAD": _("工作机构负责人"),
        "ORGAN_HEAD": _("行政机关负责人"),
        "GOVERNMENT_HEAD": _("本级人民政府负责人"),
    }.get(rank, rank)


@require_GET
@official_required
def kept_limits(request: HttpRequest) -> HttpResponse:
    """时限统计: early, on time, overtime, undue, overdue, excluded; statutory beside promised."""
    actor = require_actor(request)
    require_somewhere(actor, "case.read")
    scope = access.scope(actor, "case.read")
    first = today().replace(month=1, day=1)
    since = datetime.combine(first, time(0), LOCAL_ZONE)
    basis = Basis.PROMISED if request.GET.get("by") == "promised" else Basis.STATUTORY
    whole = count_clocks(scope, basis=basis, since=since)
    share = whole.kept_share
    return render(
        request,
        "applications/desk/limits.html",
        {
            "section": "/desk/limits/",
            "tabs": [
                {"key": "statutory", "label": _("法定时限"), "href": "?by=statutory"},
                {"key": "promised", "label": _("承诺时限"), "href": "?by=promised"},
            ],
            "by": basis.value.lower(),
            "year": first.year,
            "whole": whole,
            "share": "—" if share is None else f"{share * 100:.1f}",
            "share_number": None if share is None else share * 100,
            "columns": [
                {"key": "name", "label": _("单位")},
                {"key": "early", "label": _("提前办结"), "kind": "number"},
                {"key": "on_time", "label": _("按时办结"), "kind": "number"},
                {"key": "overtime", "label": _("超时办结"), "kind": "number"},
                {"key": "undue", "label": _("未到期"), "kind": "number"},
                {"key": "overdue", "label": _("已超期"), "kind": "number"},
                {"key": "excluded", "label": _("暂停计时"), "kind": "number"},
                {"key": "share", "label": _("按期率")},
            ],
            "rows": [_unit_row(row) for row in count_by_unit(scope, basis=basis, since=since)],
        },
    )


def _unit_row(row: Counters) -> dict[str, Any]:
    share = row.kept_share
    return {
        "name": row.name,
        "early": row.early,
        "on_time": row.on_time,
        "overtime": row.overtime,
        "undue": row.undue,
        "overdue": row.overdue,
        "excluded": row.excluded,
        "share": "—" if share is None else f"{share * 100:.1f}%",
    }
