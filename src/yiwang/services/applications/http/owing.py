"""申请人后续: supply what was promised for later, and ask for a hearing."""

from typing import Any

from django.conf import settings
from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.files.facade import store_upload
from yiwang.kernel.base.identity.http.actors import require_actor
from yiwang.kernel.base.identity.http.guards import citizen_required
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.errors import DomainError
from yiwang.services.applications import limits
from yiwang.services.applications.actions.intake import Supplied
from yiwang.services.applications.deferring import supply_deferred
from yiwang.services.applications.facts import outstanding
from yiwang.services.applications.http import shown
from yiwang.services.applications.models import Hearing
from yiwang.services.applications.procedures import request_hearing
from yiwang.services.applications.selectors import CaseView, access_case, view_case

__all__ = ["deferred", "hearing", "owed"]

MOST_TEXT = 500


def owed(view: CaseView) -> dict[str, Any]:
    """Return what the page of a case says of material to follow and of the right to a hearing."""
    case = view.case
    is_open = case.status == Case.Status.OPEN
    waiting = outstanding(view.application) if is_open else []
    due = {clock.kind: clock.due_at for clock in view.clocks if clock.stopped_at is None}
    right = limits.HEARING_REQUEST in due and due[limits.HEARING_REQUEST] >= now()
    told = right and Hearing.objects.filter(application=view.application).exists()
    return {
        "deferred": [shown.either(row.title_zh, row.title_en) for row in waiting],
        "deferred_until": due.get(limits.DEFERRED),
        "deferred_url": reverse("portal:deferred", args=[case.number]),
        "hearing_until": due[limits.HEARING_REQUEST] if is_open and told else None,
        "hearing_url": reverse("portal:hearing", args=[case.number]),
    }


@require_http_methods(["GET", "POST"])
@citizen_required
def deferred(request: HttpRequest, number: str) -> HttpResponse:
    """补交容缺材料: what was promised, by when, and where to put it."""
    actor = require_actor(request)
    view = view_case(actor, number)
    waiting = outstanding(view.application)
    if not waiting or view.case.status != Case.Status.OPEN:
        return redirect("portal:case", number)
    errors: list[dict[str, str]] = []
    status = 200
    if request.method == "POST":
        try:
            given = {}
            for row in waiting:
                file_id = _file(request, f"material.{row.key}")
                if file_id:
                    given[row.key] = Supplied("UPLOAD", file_id=file_id)
            supply_deferred(actor=actor, case_id=view.case.pk, materials=given)
        except DomainError as error:
            words = {
                "reason": shown.either(error.zh, error.en),
                "mend": shown.either(*error.mend),
            }
            errors, status = [{"field": ""} | words], error.status
        else:
            toasts.success(request, _("已补交，工作人员会继续办理。"))
            return redirect("portal:case", number)
    return render(
        request,
        "applications/deferred.html",
        {
            "section": "me",
            "title": shown.case_title(view.case),
            "number": number,
            "until": owed(view)["deferred_until"],
            "materials": [
                {
                    "name": f"material.{row.key}",
                    "title": shown.either(row.title_zh, row.title_en),
                }
                for row in waiting
            ],
            "upload_url": reverse("portal:upload"),
            "case_url": reverse("portal:case", args=[number]),
            "max_bytes": settings.FILE_MAX_BYTES,
            "errors": errors,
        },
        status=status,
    )


def _file(request: HttpRequest, name: str) -> int:
    ids = [text for text in request.POST.getlist(f"{name}_ids") if text.isdigit()]
    if name in request.FILES:
        content: Any = request.FILES[name]
        actor = require_actor(request)
        return store_upload(content=content, name=content.name or "", actor_id=actor.account_id).pk
    return int(ids[-1][:18]) if ids else 0


@require_POST
@citizen_required
def hearing(request: HttpRequest, number: str) -> HttpResponse:
    """申请听证, within five working days of being told of the right."""
    actor = require_actor(request)
    one = access_case(actor, number)
    reason = request.POST.get("reason", "").replace("\0", "").strip()[:MOST_TEXT]
    request_hearing(actor=actor, case_id=one.pk, reason=reason)
    toasts.success(request, _("已申请听证。时间和地点会另行通知。"))
    return redirect("portal:case", number)
