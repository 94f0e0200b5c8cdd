"""一件事的页面: themes by life event, the place, the whole case with its parts."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages as toasts
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.divisions.models import Division
from yiwang.kernel.base.files.facade import store_upload
from yiwang.kernel.base.files.models import StoredFile
from yiwang.kernel.base.identity.http.actors import require_actor
from yiwang.kernel.base.identity.http.guards import assurance_required, citizen_required
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.casework.forms.rules.definition import FormField
from yiwang.kernel.casework.forms.selectors import get_form
from yiwang.kernel.casework.ratings.models import Rating
from yiwang.kernel.errors import DomainError, InvalidInputError, NotFoundError
from yiwang.services.applications.actions.applications import Supplied
from yiwang.services.applications.http.cases import RATING_TAGS
from yiwang.services.applications.http.guides import life_event_title
from yiwang.services.applications.http.portal import language
from yiwang.services.applications.http.shown import (
    GRADES,
    bill_card,
    either,
    licence_card,
    paper_title,
    timeline_entry,
)
from yiwang.services.applications.selectors import access_case
from yiwang.services.items.models import ImplementationItem
from yiwang.services.themes.actions.changing import supply_whole, withdraw_whole
from yiwang.services.themes.http import shown
from yiwang.services.themes.models import KIND, ThemeVersion
from yiwang.services.themes.selectors import WholeView, get_theme, list_themes, view_whole
from yiwang.services.themes.telling import state_of
from yiwang.services.themes.wizard import begin_theme, open_theme_wizard

WORDS_LENGTH = 500


@require_GET
def theme_list(request: HttpRequest) -> HttpResponse:
    """一件事: what can be had in one go, by life event."""
    groups: dict[str, list[dict[str, str]]] = {}
    for version in list_themes():
        content = version.content
        groups.setdefault(content["life_events"][0], []).append(
            {
                "title": either(version.title_zh, version.title_en),
                "words": either(content["summary_zh"], content["summary_en"]),
                "href": reverse("themes:theme", args=[content["key"]]),
            }
        )
    return render(
        request,
        "themes/themes.html",
        {
            "section": "home",
            "groups": [
                {"title": life_event_title(event), "themes": themes}
                for event, themes in groups.items()
            ],
        },
    )


@require_GET
def theme(request: HttpRequest, key: str) -> HttpResponse:
    """一件事指南: what it brings together, who does it in which order, how long, where."""
    version = get_theme(key)
    content = version.content
    titles = _item_titles(content)
    names = {part["key"]: titles.get(part["item"], "") for part in content["parts"]}
    promised = content["limits"]["promised"]
    return render(
        request,
        "themes/theme.html",
        {
            "section": "home",
            "trail": [(_("一件事"), reverse("themes:themes"))],
            "title": either(version.title_zh, version.title_en),
            "summary": either(content["summary_zh"], content["summary_en"]),
            "parts": [
                {
                    "title": names[part["key"]],
                    "is_optional": "when" in part,
                    "after": "、".join(names[one] for one in part.get("after", [])),
                }
                for part in content["parts"]
            ],
            "materials": [
                {
                    "title": either(one["title_zh"], one["title_en"]),
                    "note": either(one.get("note_zh", ""), one.get("note_en", "")),
                    "state": "held" if "DATA" in one["sources"] else "upload",
                }
                for one in content["materials"]
            ],
            "limits": [
                (_("承诺时限"), _limit_words(promised)),
                (_("法定时限"), _limit_words(content["limits"]["statutory"])),
            ],
            "days": _limit_words(promised),
            "unconfirmed": not promised["confirmed"],
            "legal_basis": content["legal_basis"],
            "count": len(content["parts"]),
            "place": {
                "name": "division",
                "label": _("在哪里办"),
                "kind": "select",
                "options": _places(version),
                "value": _own_place(request, content["place"]),
            },
            "start_url": reverse("themes:start", args=[key]),
        },
    )


def _item_titles(content: Mapping[str, Any]) -> dict[str, str]:
    keys = [part["item"] for part in content["parts"]]
    rows = ImplementationItem.objects.filter(item__key__in=keys, is_active=True)
    found = rows.order_by("item_id").distinct("item_id")
    return {
        key: either(zh, en)
        for key, zh, en in found.values_list("item__key", "title_zh", "title_en")
    }


def _limit_words(limit: Mapping[str, Any]) -> str:
    words = {
        "WORKING_DAY": _("%(amount)s 个工作日"),
        "CALENDAR_DAY": _("%(amount)s 天"),
        "WORKING_HOUR": _("%(amount)s 个工作小时"),
    }
    return words.get(limit["unit"], "%(amount)s") % {"amount": limit["amount"]}


def _places(version: ThemeVersion) -> list[tuple[str, str]]:
    """Return the places where the first part that everybody needs is offered."""
    needed = next(
        (part for part in version.content["parts"] if "when" not in part),
        version.content["parts"][0],
    )
    offered = ImplementationItem.objects.filter(item__key=needed["item"], is_active=True)
    places = Division.objects.filter(
        level=version.content["place"], code__in=offered.values("division_id")
    )
    return list(places.order_by("path").values_list("code", "name"))


def _own_place(request: HttpRequest, level: str) -> str:
    """Return the person's own place at a level, when signed in and known."""
    if not request.user.is_authenticated:
        return ""
    actor = require_actor(request)
    party = Party.objects.filter(pk=actor.party_id).first() if actor.party_id else None
    home = party and (party.residence_division or party.household_division)
    if not home:
        return ""
    codes = home.path.rstrip("/").split("/")
    return (
        Division.objects.filter(code__in=codes, level=level).values_list("code", flat=True).first()
        or ""
    )


@require_POST
@citizen_required
@assurance_required(2)
def start(request: HttpRequest, key: str) -> HttpResponse:
    """开始办理: continue an open draft of the theme at this place, or begin one."""
    actor = require_actor(request)
    try:
        draft = begin_theme(actor, key, request.POST.get("division", ""), actor.acting_for_id or 0)
    except NotFoundError:
        raise
    except DomainError as error:
        toasts.error(request, f"{either(error.zh, error.en)} {either(*error.mend)}")
        return redirect("themes:theme", key)
    wizard = open_theme_wizard(actor, draft, language())
    if draft.revision:
        toasts.info(request, _("接着上次填的继续。"))
    return redirect("portal:page", draft.client_id, wizard.page_keys()[0])


@require_GET
@citizen_required
def whole(request: HttpRequest, number: str) -> HttpResponse:
    """整件事: one sentence of state, who has which part by when, one place for what is asked."""
    view = _view(require_actor(request), number)
    return render(request, "themes/whole.html", _context(view))


def _view(actor: Actor, number: str) -> WholeView:
    case = access_case(actor, number)
    if case.kind != KIND:
        raise NotFoundError
    return view_whole(actor, case)


def _context(view: WholeView) -> dict[str, Any]:
    case = view.case
    state = state_of(view)
    titles = {one.part.key: either(one.case.title, one.case.title_en) for one in view.parts}
    is_done = case.status == case.Status.CONCLUDED
    rated = Rating.objects.filter(case=case, is_current=True).first() if is_done else None
    icon, tone = shown.LOOKS[state]
    return {
        "section": "me",
        "case": case,
        "title": either(case.title, case.title_en),
        "trail": shown.own_trail(),
        "state": shown.state_words(state, view),
        "look": {"icon": icon, "tone": tone},
        "joint": shown.joint_words(view),
        "parts": [
            shown.part_row(one, titles) | {"href": reverse("portal:case", args=[one.case.number])}
            for one in view.parts
        ],
        "asking": [
            {"unit": one.case.organization.name, "points": one.correction.points}
            for one in view.parts
            if one.correction is not None
        ],
        "unpaid": [
            bill_card(bill) | {"pay_url": reverse("portal:pay", args=[one.case.number])}
            for one in view.parts
            for bill in one.bills
            if bill.status == "UNPAID"
        ],
        "licences": [licence_card(row) for one in view.parts for row in one.licences],
        "papers": [
            {
                "title": paper_title(paper),
                "number": paper.number,
                "href": reverse("portal:paper", args=[owner.number, paper.pk]),
            }
            for owner, papers in [(case, view.papers), *((p.case, p.papers) for p in view.parts)]
            for paper in papers
        ],
        "timeline": [timeline_entry(event) for event in reversed(view.events)],
        "contact": [(_("牵头单位"), case.organization.name)],
        "contact_phone": case.organization.phone or "12345",
        "can_withdraw": not is_done,
        "can_rate": is_done and rated is None,
        "rated_grade": GRADES[rated.grade] if rated else "",
        "tags": [(tag, _(tag)) for tag in RATING_TAGS],
        "rate_url": reverse("portal:rate", args=[case.number]),
        "correct_url": reverse("themes:correct", args=[case.number]),
        "withdraw_url": reverse("themes:withdraw", args=[case.number]),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@citizen_required
def correct(request: HttpRequest, number: str) -> HttpResponse:
    """补正一件事: all points of all departments, answered on one page."""
    actor = require_actor(request)
    view = _view(actor, number)
    asking = [one for one in view.parts if one.correction is not None]
    if not asking:
        if request.method == "POST":
            toasts.info(request, _("补正已经提交过了，没有重复提交。"))
        return redirect("themes:case", number)
    errors: list[dict[str, str]] = []
    status = 200
    keys = {one.part.key for one in asking}
    fields = _fields(view, keys)
    materials = _materials(view, keys)
    typed = {one.key: request.POST.get(one.key, "").strip() for one in fields}
    if request.method == "POST":
        try:
            _supply(request, view, fields, materials)
        except DomainError as error:
            errors = _errors(error)
            status = error.status
        else:
            toasts.success(request, _("已提交补正，各单位会继续办理。"))
            return redirect("themes:case", number)
    before = view.application.form_data
    return render(
        request,
        "themes/correct.html",
        {
            "section": "me",
            "title": either(view.case.title, view.case.title_en),
            "asking": [
                {"unit": one.case.organization.name, "points": one.correction.points}
                for one in asking
                if one.correction is not None
            ],
            "fields": [
                {
                    "name": one.key,
                    "label": one.text("title", language()),
                    "hint": one.text("hint", language()),
                    "kind": "radio" if one.options(language()) else _kind(one),
                    "options": one.options(language()),
                    "value": typed[one.key] or before.get(one.key, ""),
                    "required": False,
                }
                for one in fields
            ],
            "materials": [
                {
                    "name": f"material.{one['key']}",
                    "title": either(one["title_zh"], one["title_en"]),
                    "note": either(one.get("note_zh", ""), one.get("note_en", "")),
                }
                for one in materials
            ],
            "explanation": request.POST.get("explanation", ""),
            "errors": errors,
            "upload_url": reverse("portal:upload"),
            "case_url": reverse("themes:case", args=[number]),
            "max_bytes": settings.FILE_MAX_BYTES,
        },
        status=status,
    )


def _kind(one: FormField) -> str:
    return {"date": "date", "mobile-phone": "phone"}.get(one.schema.get("format", ""), "text")


def _fields(view: WholeView, keys: set[str]) -> list[FormField]:
    """Return the answers that the asking departments work with and the person may change."""
    content = view.application.version.content
    answered = view.application.form_data
    return [
        one
        for one in get_form(view.application.version.form_id).fields()
        if not one.is_fact
        and one.schema.get("type") == "string"
        and one.key in answered
        and keys & set(content["fields"][one.key])
    ]


def _materials(view: WholeView, keys: set[str]) -> list[Mapping[str, Any]]:
    return [
        one
        for one in view.application.version.content["materials"]
        if "UPLOAD" in one["sources"] and keys & set(one["from"])
    ]


def _supply(
    request: HttpRequest,
    view: WholeView,
    fields: list[FormField],
    materials: list[Mapping[str, Any]],
) -> None:
    actor = require_actor(request)
    before = view.application.form_data
    form = {}
    for one in fields:
        value = one.read(request.POST.get(one.key, ""))
        if value is not None and value != before.get(one.key):
            form[one.key] = value
    given: dict[str, Supplied] = {}
    for material in materials:
        name = f"material.{material['key']}"
        file = request.FILES.get(name)
        kept = _own_file(actor, request.POST.getlist(f"{name}_ids"))
        if isinstance(file, UploadedFile):
            stored = store_upload(content=file, name=file.name or "", actor_id=actor.account_id)
            given[material["key"]] = Supplied("UPLOAD", file_id=stored.pk)
        elif kept is not None:
            given[material["key"]] = Supplied("UPLOAD", file_id=kept.pk)
    words = request.POST.get("explanation", "").strip()[:WORDS_LENGTH]
    if not (form or given or words):
        raise InvalidInputError(
            "还没有补充任何内容",
            "Nothing has been supplied yet.",
            mend_zh="请至少改一项、补一份材料，或者写一句说明",
            mend_en="Change an answer, add a document, or write a word of explanation.",
        )
    supply_whole(
        actor=actor,
        case_id=view.case.pk,
        form_data=form,
        materials=given,
        explanation=words,
    )


def _own_file(actor: Actor, ids: list[str]) -> StoredFile | None:
    numbers = [int(value) for value in ids if value.isdecimal() and len(value) <= 18]
    own = StoredFile.objects.filter(pk__in=numbers, uploaded_by_id=actor.account_id)
    return own.order_by("pk").last() if numbers else None


def _errors(error: DomainError) -> list[dict[str, str]]:
    if error.problems:
        return [
            {
                "field": one.field,
                "reason": either(one.reason_zh, one.reason_en),
                "mend": either(one.mend_zh, one.mend_en),
            }
            for one in error.problems
        ]
    return [{"field": "", "reason": either(error.zh, error.en), "mend": either(*error.mend)}]


@require_POST
@citizen_required
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """撤件 of one part, or of all that is not decided."""
    actor = require_actor(request)
    case = access_case(actor, number)
    part = request.POST.get("part", "")
    withdraw_whole(
        actor=actor,
        case_id=case.pk,
        reason=request.POST.get("reason", "").strip()[:200],
        part=part,
    )
    toasts.success(
        request, _("已撤回这一件，其余的继续办。") if part else _("已撤回还没有办结的各件。")
    )
    return redirect("themes:case", number)
