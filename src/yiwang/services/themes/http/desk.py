"""一件事在工作台: a whole as a department sees it, joint delivery, and themes at a window."""

from typing import Any

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from yiwang.kernel.base.access import facade as access
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.identity.http.actors import require_actor
from yiwang.kernel.base.identity.http.guards import official_required
from yiwang.kernel.errors import DomainError, NotFoundError
from yiwang.services.applications.http.desk_standing import standing_parties
from yiwang.services.applications.http.shown import either, paper_title, timeline_entry
from yiwang.services.themes.actions.changing import hand_over_results
from yiwang.services.themes.http import shown
from yiwang.services.themes.models import KIND
from yiwang.services.themes.selectors import WholeView, access_at_window, view_whole
from yiwang.services.themes.telling import state_of


@require_GET
@official_required
def whole(request: HttpRequest, number: str) -> HttpResponse:
    """整件事: its own part in full, of the others who has them and how far they are."""
    actor = require_actor(request)
    case = access_at_window(actor, number, party_ids=standing_parties(request))
    if case.kind != KIND:
        raise NotFoundError
    view = view_whole(actor, case)
    audit.record_read(actor, "case.read", "case", number, purpose="desk", case_id=case.pk)
    state = state_of(view)
    can_hand_over = (
        case.status == case.Status.CONCLUDED
        and view.application.delivered_at is None
        and access.allowed(
            actor, "case.window", org_path=case.org_path, division_path=case.division_path
        )
    )
    return render(
        request,
        "themes/desk_whole.html",
        {
            "section": "/desk/cases/",
            "case": case,
            "title": either(case.title, case.title_en),
            "state": shown.state_words(state, view),
            "joint": shown.joint_words(view),
            "rows": _rows(view),
            "columns": [
                {"key": "title", "label": _("事项"), "href": "href"},
                {"key": "unit", "label": _("办理单位")},
                {"key": "state", "label": _("状态"), "kind": "tag"},
                {"key": "when", "label": _("时限")},
                {"key": "lamp", "label": _("提醒"), "kind": "lamp"},
            ],
            "papers": [{"title": paper_title(row), "number": row.number} for row in view.papers],
            "timeline": [timeline_entry(event) for event in reversed(view.events)],
            "can_hand_over": can_hand_over,
            "delivered_at": view.application.delivered_at,
            "receipt": view.application.delivery_receipt,
        },
    )


def _rows(view: WholeView) -> list[dict[str, Any]]:
    titles = {one.part.key: either(one.case.title, one.case.title_en) for one in view.parts}
    return [
        shown.part_row(one, titles)
        | {"href": reverse("desk:case", args=[one.case.number]) if one.is_mine else ""}
        for one in view.parts
    ]


@require_POST
@official_required
def hand_over(request: HttpRequest, number: str) -> HttpResponse:
    """统一出件."""
    actor = require_actor(request)
    case = access_at_window(actor, number, party_ids=standing_parties(request))
    receipt = request.POST.get("receipt", "").strip()[:200] or _("本人在窗口签收")
    try:
        hand_over_results(actor=actor, case_id=case.pk, receipt=receipt)
    except DomainError as error:
        toasts.error(request, f"{either(error.zh, error.en)} {either(*error.mend)}")
    else:
        toasts.success(request, _("已统一出件。"))
    return redirect("themes-desk:case", number)
