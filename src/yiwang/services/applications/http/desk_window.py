"""综合窗口: identify who stands there, choose the item, and fill in the same wizard for them."""

import uuid
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yiwang.kernel.base.access import facade as access
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.http.downloads import for_the_viewer
from yiwang.kernel.base.http.idempotency import idempotent
from yiwang.kernel.base.identity.http.actors import require_actor
from yiwang.kernel.base.identity.http.guards import official_required
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.base.parties import facade as parties
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.ratings.facade import rate_contact
from yiwang.kernel.errors import DomainError, NotFoundError
from yiwang.kernel.trust.seals.facade import draw_document
from yiwang.services.applications.actions.windows import party_at_window
from yiwang.services.applications.desk_selectors import access_at_desk, read_case
from yiwang.services.applications.http import desk_shown as words
from yiwang.services.applications.http import portal, shown
from yiwang.services.applications.http.cases import RATING_TAGS
from yiwang.services.applications.http.desk import require_somewhere
from yiwang.services.applications.http.desk_parts import plain
from yiwang.services.applications.http.desk_standing import (
    Standing,
    choose_party,
    forget,
    let_stand,
    standing_of,
)
from yiwang.services.applications.matters import drafts_of
from yiwang.services.applications.receipts import receipt_words
from yiwang.services.applications.wizard import Wizard, WizardPages, begin, open_wizard
from yiwang.services.items.models import ImplementationItem
from yiwang.services.items.selectors import ItemFilter, get_implementation, search_items

MOST_FOUND = 20
MOST_CASES = 5


@require_http_methods(["GET", "POST"])
@official_required
def window(request: HttpRequest) -> HttpResponse:
    """Identify the person, then choose what they came for."""
    actor = require_actor(request)
    require_somewhere(actor, "case.window")
    errors: list[dict[str, str]] = []
    name = plain(request.POST.get("name", ""), 100)
    number = plain(request.POST.get("citizen_id_no", ""), 30)
    status = 200
    if request.method == "POST":
        try:
            _clerk, person_id = party_at_window(actor, name, number)
        except DomainError as error:
            errors, status = _errors(error), error.status
        else:
            let_stand(request, person_id)
            return redirect("desk:window")
    standing = standing_of(request)
    context: dict[str, Any] = {"section": "/desk/window/", "standing": standing}
    if standing is None:
        context |= {
            "errors": errors,
            "by_field": {one["field"]: one for one in errors},
            "name": name,
            "number": number,
        }
    else:
        context |= _choices(request, actor, standing)
    return render(request, "applications/desk/window.html", context, status=status)


def _errors(error: DomainError) -> list[dict[str, str]]:
    if error.problems:
        return [
            {
                "field": one.field,
                "reason": words.either(one.reason_zh, one.reason_en),
                "mend": words.either(one.mend_zh, one.mend_en),
            }
            for one in error.problems
        ]
    return [
        {"field": "", "reason": words.either(error.zh, error.en), "mend": words.either(*error.mend)}
    ]


def _choices(request: HttpRequest, actor: Actor, standing: Standing) -> dict[str, Any]:
    sought = plain(request.GET.get("q", ""), 100)
    found = _items(actor, sought)
    party = standing.party
    drafts = drafts_of(_clerk(actor, standing, party), MOST_CASES)
    offers = ImplementationItem.objects.select_related("version").filter(
        code__in=[row.subject for row in drafts], is_active=True
    )
    titles = {
        row.code: words.either(row.version.title_zh, row.version.title_en)
        for row in offers.defer("search")
    }
    cases = (
        Case.objects.filter(party_id=party.pk, kind="application")
        .filter(access.scope(actor, "case.read"))
        .select_related("organization")
        .order_by("-id")[:MOST_CASES]
    )
    return {
        "card": words.applicant_rows(parties.card(party)),
        "parties": [
            (str(row.pk), row.name if row.pk != standing.person.pk else _("本人"))
            for row in (standing.person, *standing.principals)
        ],
        "party_id": str(party.pk),
        "sought": sought,
        "items": [
            {
                "title": words.either(row.version.title_zh, row.version.title_en),
                "unit": row.organization.name,
                "code": row.code,
                "start_url": reverse("desk:start", args=[row.code]),
                "guide_url": reverse("portal:item", args=[row.code]),
            }
            for row in found
        ],
        "drafts": [
            {
                "title": titles[row.subject],
                "at": row.updated_at,
                "href": reverse("desk:page", args=[row.client_id, "start"]),
            }
            for row in drafts
            if row.subject in titles
        ],
        "cases": [
            {
                "title": shown.case_title(row),
                "href": reverse("desk:case", args=[row.number]),
                "meta": f"{words.case_state(row)} · {row.organization.name}",
                "lamp": shown.lamp_of(row),
                "due": shown.due_words(row),
            }
            for row in cases
        ],
    }


def _items(actor: Actor, sought: str) -> list[ImplementationItem]:
    """Return what the clerk may take in here, best match first."""
    own = Organization.objects.filter(code=actor.organization_code).first()
    place = own.division_id if own else ""
    rows = search_items(ItemFilter(words=sought, division=place), limit=MOST_FOUND)
    may = access.scope(actor, "case.window", org="organization__path", division="division__path")
    allowed = set(
        ImplementationItem.objects.filter(may, pk__in=[row.pk for row in rows]).values_list(
            "pk", flat=True
        )
    )
    return [row for row in rows if row.pk in allowed]


@require_POST
@official_required
def for_party(request: HttpRequest) -> HttpResponse:
    """In whose name: the person's own, or of a business or person that they may act for."""
    require_somewhere(require_actor(request), "case.window")
    standing = standing_of(request)
    chosen = request.POST.get("party", "")
    if standing is not None and chosen.isdigit():
        choose_party(request, standing, int(chosen))
    return redirect("desk:window")


@require_POST
@official_required
def next_person(request: HttpRequest) -> HttpResponse:
    """办完，下一位."""
    forget(request)
    toasts.success(request, _("已清除到场人信息，请下一位。"))
    return redirect("desk:window")


@require_POST
@official_required
def start(request: HttpRequest, code: str) -> HttpResponse:
    """Begin or continue the wizard for the person who stands there."""
    actor = require_actor(request)
    implementation = get_implementation(code)
    access.require(
        actor,
        "case.window",
        org_path=implementation.organization.path,
        division_path=implementation.division.path,
    )
    standing = standing_of(request)
    if standing is None:
        return redirect("desk:window")
    clerk = _clerk(actor, standing, standing.party)
    draft = begin(clerk, implementation, standing.party.pk)
    wizard = Wizard.open(clerk, draft.client_id, get_language() or "zh-hans")
    return redirect("desk:page", draft.client_id, wizard.page_keys()[0])


def _clerk(actor: Actor, standing: Standing, party: Party) -> Actor:
    """Return the clerk as acting at a window; the person there is the agent of a business."""
    return replace(actor, channel="WINDOW", party_id=standing.person.pk, acting_for_id=party.pk)


def _open(request: HttpRequest, client_id: uuid.UUID) -> WizardPages | None:
    """Open the clerk's draft when its party stands at the window now.

    :raises NotPermittedError: no window clerk.
    """
    actor = require_actor(request)
    standing = standing_of(request)
    wizard = open_wizard(actor, client_id, get_language() or "zh-hans")
    org_path, division_path = wizard.reach
    access.require(actor, "case.window", org_path=org_path, division_path=division_path)
    if standing is None or wizard.party.pk not in standing.party_ids:
        return None
    wizard.actor = _clerk(actor, standing, wizard.party)
    return wizard


@require_http_methods(["GET", "POST"])
@official_required
def page(request: HttpRequest, client_id: uuid.UUID, key: str) -> HttpResponse:
    """One page of the wizard at the window."""
    wizard = _open(request, client_id)
    if wizard is None:
        toasts.warning(request, _("这份草稿的申请人现在不在窗口，请先核对身份。草稿还在。"))
        return redirect("desk:window")
    return portal.wizard_page(request, wizard, key, area="desk")


@require_POST
@official_required
def autosave(request: HttpRequest, client_id: uuid.UUID, key: str) -> JsonResponse:
    """Keep what is typed as it is typed.

    :raises NotFoundError: the person has left the window.
    """
    wizard = _open(request, client_id)
    if wizard is None:
        raise NotFoundError
    return portal.keep(request, wizard, key)


@require_GET
@official_required
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """收件凭证, to print and to hand over."""
    actor = require_actor(request)
    standing = standing_of(request)
    case = access_at_desk(actor, number, party_ids=standing.party_ids if standing else ())
    view = read_case(case)
    link = reverse("portal:case", args=[case.number])
    words = receipt_words(
        case, view.application, view.materials, f"{settings.PUBLIC_URL}{link}", clerk=actor.name
    )
    response = HttpResponse(draw_document("receipt", words), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{case.number}.pdf"'
    response.headers["Cache-Control"] = "private, no-store"
    return for_the_viewer(response)


@require_POST
@official_required
def rate(request: HttpRequest, number: str) -> HttpResponse:
    """评价 at the window: the person who stands there presses, the clerk does not.

    :raises NotFoundError: the case is not of the person who stands there.
    """
    actor = require_actor(request)
    standing = standing_of(request)
    if standing is None:
        raise NotFoundError
    case = access_at_desk(actor, number, party_ids=standing.party_ids)
    if case.party_id not in standing.party_ids:
        raise NotFoundError
    grade = shown.GRADE_OF.get(request.POST.get("grade", ""), "")
    if not grade:
        toasts.error(request, _("请先选一个评价等级。"))
        return redirect("desk:case", number)
    clerk = replace(actor, channel="WINDOW", acting_for_id=case.party_id)
    contact = "CASE" if case.status == Case.Status.CONCLUDED else "RECEIVE"
    given: dict[str, Any] = {
        "contact": contact,
        "grade": grade,
        "tags": [tag for tag in request.POST.getlist("tags") if tag in RATING_TAGS],
        "comment": plain(request.POST.get("comment", ""), 500),
    }

    def act() -> tuple[int, Any]:
        rate_contact(
            actor=clerk,
            case=case,
            contact=contact,
            grade=grade,
            tags=given["tags"],
            comment=given["comment"],
            channel="WINDOW",
        )
        return 200, {}

    key = request.POST.get("transaction_id", "") or str(uuid.uuid4())
    idempotent(actor, key, f"desk.rate:{number}", given, act)
    toasts.success(request, _("谢谢您的评价。"))
    return redirect("desk:case", number)
