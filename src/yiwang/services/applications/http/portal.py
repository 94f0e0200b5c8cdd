"""门户页面: home, items, wizard, cases, licences for citizens and enterprises."""

import uuid
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from yiwang.kernel.base.calendars import now, today
from yiwang.kernel.base.divisions.models import Division
from yiwang.kernel.base.files.facade import store_upload
from yiwang.kernel.base.identity.http.actors import actor_of, require_actor
from yiwang.kernel.base.identity.http.guards import citizen_required
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.forms.actions.drafts import save_draft
from yiwang.kernel.casework.forms.models import Draft
from yiwang.kernel.errors import DomainError, InvalidInputError
from yiwang.kernel.registers.licences.actions.licences import usable_licences
from yiwang.services.applications.actions.applications import submit_application
from yiwang.services.applications.actions.windows import check_face
from yiwang.services.applications.selectors import cases_of
from yiwang.services.applications.wizard import REVIEW, Wizard, begin
from yiwang.services.items.selectors import (
    ItemFilter,
    get_implementation,
    search_items,
)

LIFE_EVENTS: dict[str, tuple[str, str, str]] = {
    "BIRTH": ("生孩子", "Having a child", "baby"),
    "RETIREMENT": ("养老", "Growing old", "armchair"),
    "HEALTH": ("看病和卫生", "Health", "heart-pulse"),
    "TRANSPORT": ("出行和道路", "Roads and transport", "bus"),
    "START_BUSINESS": ("开办", "Starting a business", "store"),
    "OPEN_SHOP": ("开店经营", "Running a shop", "utensils"),
    "CONSTRUCTION": ("施工", "Building works", "hard-hat"),
}
FOR_PEOPLE = ("BIRTH", "RETIREMENT", "HEALTH", "TRANSPORT")
FOR_BUSINESS = ("START_BUSINESS", "OPEN_SHOP", "CONSTRUCTION")


def is_chinese() -> bool:
    return (get_language() or "zh").startswith("zh")


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """首页: one large search, life events, and what is the person's own now."""
    actor = actor_of(request)
    mine: list[Case] = []
    drafts: list[Draft] = []
    if actor is not None and not actor.is_official and actor.acting_for_id is not None:
        mine = [c for c in cases_of(actor, limit=6) if c.status == Case.Status.OPEN][:3]
        drafts = list(
            Draft.objects.filter(account_id=actor.account_id, submitted_case_id=None).order_by(
                "-updated_at"
            )[:2]
        )
    zh = is_chinese()
    events = [
        {"label": words[0] if zh else words[1], "href": f"/search/?life_event={key}", "icon": words[2], "key": key}
        for key, words in LIFE_EVENTS.items()
    ]
    return render(
        request,
        "applications/home.html",
        {
            "section": "home",
            "mine": mine,
            "drafts": [(draft, get_implementation(draft.subject)) for draft in drafts],
            "people": [event for event in events if event["key"] in FOR_PEOPLE],
            "business": [event for event in events if event["key"] in FOR_BUSINESS],
            "today": today(),
        },
    )


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """找事项: by word, life event, unit and place."""
    wanted = ItemFilter(
        words=request.GET.get("q", "")[:100],
        life_event=request.GET.get("life_event", ""),
        organization=request.GET.get("organization", ""),
        division=request.GET.get("division", ""),
        audience=request.GET.get("audience", ""),
    )
    start = int(request.GET["start"]) if request.GET.get("start", "").isdigit() else 0
    rows = search_items(wanted, limit=21, offset=start)
    if request.headers.get("HX-Request") and request.GET.get("live"):
        return render(request, "applications/search_live.html", {"rows": rows[:8]})
    query = request.GET.copy()
    query["start"] = str(start + 20)
    return render(
        request,
        "applications/search.html",
        {
            "section": "search",
            "wanted": wanted,
            "rows": rows[:20],
            "next_href": f"?{query.urlencode()}" if len(rows) > 20 else "",
            "places": Division.objects.filter(level__in=["CITY", "COUNTY"]).order_by("code"),
            "life_event": LIFE_EVENTS.get(wanted.life_event, ("", ""))[0 if is_chinese() else 1],
        },
    )


@require_GET
def item(request: HttpRequest, code: str) -> HttpResponse:
    """办事指南: can I, what do I need, how long, what does it cost, where."""
    row = get_implementation(code)
    actor = actor_of(request)
    held: dict[str, Any] = {}
    if actor is not None and actor.acting_for_id is not None:
        held = {
            licence.type_key: licence
            for licence in usable_licences(actor.acting_for_id).select_related("type")
        }
    content = row.version.content
    return render(
        request,
        "applications/item.html",
        {
            "section": "search",
            "row": row,
            "content": content,
            "zh": is_chinese(),
            "materials": [
                {**material, "held": held.get(material.get("licence_type", ""))}
                for material in content.get("materials", [])
            ],
            "promised": content["limits"].get("promised"),
            "statutory": content["limits"]["statutory"],
        },
    )


@citizen_required
def start(request: HttpRequest, code: str) -> HttpResponse:
    """开始办理: continue an open draft, or begin one."""
    actor = require_actor(request)
    draft = begin(actor, get_implementation(code), actor.acting_for_id or 0)
    wizard = Wizard.open(actor, draft.client_id, get_language() or "zh-hans")
    return redirect("portal:page", draft.client_id, wizard.page_keys()[0])


@citizen_required
def page(request: HttpRequest, client_id: uuid.UUID, key: str) -> HttpResponse:
    """One page of the wizard: show, or check, save and go on."""
    actor = require_actor(request)
    wizard = Wizard.open(actor, client_id, get_language() or "zh-hans")
    if wizard.draft.submitted_case_id is not None:
        case = Case.objects.get(pk=wizard.draft.submitted_case_id)
        return redirect("portal:case", case.number)
    if key not in wizard.page_keys():
        return redirect("portal:page", client_id, wizard.page_keys()[0])
    if request.method != "POST":
        return _show(request, wizard, key)
    wizard.draft = save_draft(
        actor=actor, client_id=client_id, changes=wizard.read(key, request.POST)
    )
    stop = wizard.stop()
    if stop:
        return _show(request, wizard, key, stop=stop)
    problems = wizard.check(key)
    if problems:
        wizard.errors = {problem.field: problem for problem in problems}
        return _show(request, wizard, key, status=422)
    if key != REVIEW:
        return redirect("portal:page", client_id, wizard.next_page(key))
    return _submit(request, wizard)


def _submit(request: HttpRequest, wizard: Wizard) -> HttpResponse:
    actor = wizard.actor
    checks = check_face(actor, wizard.party.pk, request.POST.get("face_token", ""))
    try:
        application = submit_application(actor=actor, submission=wizard.submission(checks))
    except InvalidInputError as error:
        wizard.errors = {problem.field: problem for problem in error.problems}
        return _show(request, wizard, REVIEW, status=422)
    except DomainError as error:
        return _show(request, wizard, REVIEW, refusal=error, status=error.status)
    return redirect("portal:case", application.case.number)


def _show(
    request: HttpRequest,
    wizard: Wizard,
    key: str,
    *,
    status: int = 200,
    stop: str = "",
    refusal: DomainError | None = None,
) -> HttpResponse:
    steps = wizard.steps(key)
    context: dict[str, Any] = {
        "wizard": wizard,
        "key": key,
        "steps": [step.title for step in steps],
        "current": [step.key for step in steps].index(key) + 1,
        "previous": wizard.previous_page(key),
        "errors": wizard.error_list(),
        "stop": stop,
        "refusal": refusal,
        "zh": is_chinese(),
        "saved_at": wizard.draft.updated_at,
        "max_bytes": settings.FILE_MAX_BYTES,
        "needs_face": wizard.content.get("face_check", False),
    }
    if key == "circumstances":
        context["questions"] = wizard.questions()
    elif key == "materials":
        context["materials"] = wizard.materials()
    elif key == REVIEW:
        context["summary"] = summary(wizard)
    else:
        context["fields"] = wizard.fields(key)
        context["facts"] = wizard.known_facts(key)
    return render(request, "applications/wizard.html", context, status=status)


def summary(wizard: Wizard) -> list[dict[str, Any]]:
    """Return everything that will be signed, page by page, with where to change it."""
    groups: list[dict[str, Any]] = []
    for key in wizard.page_keys():
        if key == REVIEW:
            continue
        if key == "circumstances":
            rows = [
                (
                    question["label"],
                    dict(question["options"]).get(question["value"], "—"),
                )
                for question in wizard.questions()
            ]
        elif key == "materials":
            rows = [(row.title, material_words(row)) for row in wizard.materials()]
        else:
            form = wizard.form
            rows = (
                [
                    (
                        one.text("title", wizard.lang),
                        one.show(wizard.answers.get(one.key), wizard.lang),
                    )
                    for one in form.visible(wizard.page(key), wizard.facts())
                ]
                if form
                else []
            )
        groups.append({"key": key, "title": wizard.title(key), "rows": rows})
    return groups


def material_words(row: Any) -> str:
    """Say in a few words what stands for a material."""
    words = {
        "DATA": _("由数据共享核验，免提交"),
        "LICENCE": _("使用已有的电子证照"),
        "PROMISE": _("已承诺"),
        "UPLOAD": row.given.get("name", _("已上传")),
        "PAPER": _("窗口收取纸质件"),
    }
    return words.get(row.given.get("source", ""), "—")


@require_POST
@citizen_required
def autosave(request: HttpRequest, client_id: uuid.UUID, key: str) -> JsonResponse:
    """Keep what is typed as it is typed; only the changed fields come."""
    actor = require_actor(request)
    wizard = Wizard.open(actor, client_id, get_language() or "zh-hans")
    changed = set(request.POST.getlist("changed"))
    draft = save_draft(
        actor=actor, client_id=client_id, changes=wizard.read(key, request.POST, changed)
    )
    return JsonResponse({"revision": draft.revision, "saved_at": now().isoformat()})


@require_POST
@citizen_required
def upload(request: HttpRequest, client_id: uuid.UUID) -> JsonResponse:
    """Take one file of a material as soon as it is chosen."""
    actor = require_actor(request)
    given = next(iter(request.FILES.values()), None)
    if given is None:
        raise InvalidInputError
    stored = store_upload(content=given, name=given.name or "", actor_id=actor.account_id)
    return JsonResponse({"id": stored.pk, "name": stored.name, "size_bytes": stored.size_bytes})


@citizen_required
@require_GET
def drafts(request: HttpRequest) -> HttpResponse:
    """我的草稿: what was begun and not submitted."""
    actor = require_actor(request)
    rows = Draft.objects.filter(
        account_id=actor.account_id, submitted_case_id=None, expires_at__gt=now()
    ).order_by("-updated_at")[:50]
    return render(
        request,
        "applications/drafts.html",
        {"section": "me", "rows": [(row, get_implementation(row.subject)) for row in rows]},
    )
