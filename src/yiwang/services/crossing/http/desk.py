"""跨域通办在工作台: packages to take, packages sent, results to hand out, authority to help."""

from typing import Any

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.identity.http.actors import require_actor
from yiwang.kernel.base.identity.http.guards import official_required
from yiwang.kernel.base.parties import facade as parties
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.errors import DomainError, NotFoundError
from yiwang.services.applications.http.shown import either
from yiwang.services.crossing.actions.custody import deliver_back, hand_out, take_over
from yiwang.services.crossing.actions.helping import revoke_help
from yiwang.services.crossing.models import CustodyLeg
from yiwang.services.crossing.selectors import legs_from, legs_to, mandates_of


@require_GET
@official_required
def packages(request: HttpRequest) -> HttpResponse:
    """案卷交接: what waits to be taken here, and what this unit passed on."""
    actor = require_actor(request)
    return render(
        request,
        "crossing/packages.html",
        {
            "section": "/desk/crossing/",
            "to_take": [_row(leg) for leg in legs_to(actor)],
            "sent": [_row(leg) for leg in legs_from(actor)],
            "sent_columns": [
                {"key": "number", "label": _("编号")},
                {"key": "title", "label": _("事项")},
                {"key": "way", "label": _("方向"), "kind": "tag"},
                {"key": "receiver", "label": _("送往")},
                {"key": "sent_at", "label": _("送出时间"), "kind": "moment"},
                {"key": "taken_at", "label": _("接收时间"), "kind": "moment"},
                {"key": "receipt", "label": _("签收")},
            ],
            "mandates": [
                {
                    "pk": row.pk,
                    "name": parties.mask_name(row.principal.name),
                    "items": "、".join(row.item_keys) or _("全部事项"),
                    "valid_to": row.valid_to,
                }
                for row in mandates_of(actor)
            ],
        },
    )


def _row(leg: CustodyLeg) -> dict[str, Any]:
    is_out = leg.way == CustodyLeg.Way.OUT
    return {
        "number": leg.case.number,
        "title": either(leg.case.title, leg.case.title_en),
        "way": _("收件转办") if is_out else _("结果送回"),
        "is_out": is_out,
        "sender": leg.sender.name,
        "receiver": leg.receiver.name,
        "entries": len(leg.manifest),
        "digest": leg.digest[:16],
        "sent_at": leg.sent_at,
        "due_at": leg.due_at,
        "lamp": "overdue" if leg.due_at < now() else "normal",
        "taken_at": leg.taken_at,
        "receipt": leg.receipt,
    }


@require_POST
@official_required
def act(request: HttpRequest, number: str, verb: str) -> HttpResponse:
    """接收、送回或者出件; a refusal is told on the page of packages."""
    actor = require_actor(request)
    case_id = Case.objects.filter(number=number).values_list("pk", flat=True).first()
    if case_id is None or verb not in ("take", "back", "out"):
        raise NotFoundError
    receipt = request.POST.get("receipt", "").strip() or _("本人在窗口签收")
    try:
        if verb == "take":
            take_over(actor=actor, case_id=case_id)
        elif verb == "back":
            deliver_back(actor=actor, case_id=case_id)
        else:
            hand_out(actor=actor, case_id=case_id, receipt=receipt)
    except NotFoundError:
        raise
    except DomainError as error:
        toasts.error(request, f"{either(error.zh, error.en)} {either(*error.mend)}")
    else:
        toasts.success(request, _("已登记交接。"))
    return redirect("crossing:packages")


@require_POST
@official_required
def revoke(request: HttpRequest, mandate_id: int) -> HttpResponse:
    """撤销帮代办授权."""
    revoke_help(actor=require_actor(request), mandate_id=mandate_id)
    toasts.success(request, _("已撤销授权。"))
    return redirect("crossing:packages")
