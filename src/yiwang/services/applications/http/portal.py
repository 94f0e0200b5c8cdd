"""办事向导的页面: the wizard page by page, saving as one types, and drafts."""

import uuid
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.access.errors import AssuranceTooLowError
from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.files.facade import store_upload
from yiwang.kernel.base.identity.http.actors import require_actor
from yiwang.kernel.base.identity.http.guards import citizen_required
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.forms.actions.drafts import save_draft
from yiwang.kernel.errors import DomainError, InvalidInputError
from yiwang.services.applications.actions.applications import submit_application
from yiwang.services.applications.actions.windows import check_face
from yiwang.services.applications.http import mine, shown
from yiwang.services.applications.matters import drafts_of
from yiwang.services.applications.wizard import REVIEW, Wizard, WizardMaterial, begin
from yiwang.services.items.selectors import get_implementation

PAGE_SIZE = 20


def language() -> str:
    return get_language() or "zh-hans"


def open_drafts(actor: Actor) -> list[dict[str, Any]]:
    """Return what was begun and not submitted, newest first."""
    return mine.draft_cards(drafts_of(actor, PAGE_SIZE))


@citizen_required
def start(request: HttpRequest, code: str) -> HttpResponse:
    """开始办理: continue an open draft, or begin one."""
    actor = require_actor(request)
    draft = begin(actor, get_implementation(code), actor.acting_for_id or 0)
    wizard = Wizard.open(actor, draft.client_id, language())
    return redirect("portal:page", draft.client_id, wizard.page_keys()[0])


@citizen_required
def page(request: HttpRequest, client_id: uuid.UUID, key: str) -> HttpResponse:
    """One page of the wizard: show, or check, save and go on."""
    wizard = Wizard.open(require_actor(request), client_id, language())
    return wizard_page(request, wizard, key, area="portal")


def wizard_page(request: HttpRequest, wizard: Wizard, key: str, *, area: str) -> HttpResponse:
    """Serve a page of the wizard to a citizen (``portal``) or to a clerk (``desk``)."""
    draft = wizard.draft
    if draft.submitted_case_id is not None:
        case = Case.objects.get(pk=draft.submitted_case_id)
        return redirect(f"{area}:case", case.number)
    if key not in wizard.page_keys():
        return redirect(f"{area}:page", draft.client_id, wizard.page_keys()[0])
    if request.method != "POST":
        return _show(request, wizard, key, area)
    changes = wizard.read(key, request.POST)
    wizard.draft = save_draft(actor=wizard.actor, client_id=draft.client_id, changes=changes)
    stop = wizard.stop()
    if stop:
        return _show(request, wizard, key, area, stop=stop)
    problems = wizard.check(key)
    if problems:
        wizard.errors = {problem.field: problem for problem in problems}
        return _show(request, wizard, key, area, status=422)
    if key != REVIEW:
        return redirect(f"{area}:page", draft.client_id, wizard.next_page(key))
    return _submit(request, wizard, area)


def _submit(request: HttpRequest, wizard: Wizard, area: str) -> HttpResponse:
    try:
        checks = check_face(wizard.actor, wizard.party.pk, request.POST.get("face_token", ""))
        application = submit_application(actor=wizard.actor, submission=wizard.submission(checks))
    except InvalidInputError as error:
        wizard.errors = {problem.field: problem for problem in error.problems}
        return _show(request, wizard, REVIEW, area, status=error.status)
    except DomainError as error:
        return _show(request, wizard, REVIEW, area, refusal=error, status=error.status)
    return redirect(f"{area}:case", application.case.number)


def _show(
    request: HttpRequest,
    wizard: Wizard,
    key: str,
    area: str,
    *,
    status: int = 200,
    stop: str = "",
    refusal: DomainError | None = None,
) -> HttpResponse:
    client_id = wizard.draft.client_id
    steps = wizard.steps(key)
    previous = wizard.previous_page(key)
    version = wizard.implementation.version
    context: dict[str, Any] = {
        "wizard": wizard,
        "base": "applications/window.html" if area == "desk" else "ui/portal.html",
        "standing": wizard.party.name if area == "desk" else "",
        "key": key,
        "title": shown.either(version.title_zh, version.title_en),
        "page_title": wizard.title(key),
        "steps": [step.title for step in steps],
        "current": [step.key for step in steps].index(key) + 1,
        "previous_url": reverse(f"{area}:page", args=[client_id, previous]) if previous else "",
        "guide_url": reverse("portal:item", args=[wizard.implementation.code]),
        "autosave_url": reverse(f"{area}:autosave", args=[client_id, key]),
        "upload_url": reverse(f"{area}:upload"),
        "errors": wizard.error_list(),
        "stop": stop,
        "refusal": _refusal(refusal, request) if refusal else None,
        "saved_at": wizard.draft.updated_at,
        "max_bytes": settings.FILE_MAX_BYTES,
        "signer": wizard.actor.name if area == "portal" else wizard.party.name,
    }
    if key == "circumstances":
        context["questions"] = wizard.questions()
    elif key == "materials":
        context["materials"] = [_material(wizard, row) for row in wizard.materials()]
    elif key == REVIEW:
        context["summary"] = _summary(wizard, area)
        context["asks_face"] = wizard.content.get("face_check", True) and area == "portal"
        context["face_options"] = [
            ("pass-demo", _("核验通过")),
            ("fail-demo", _("核验不通过")),
            ("", _("现在不核验")),
        ]
    else:
        context["fields"] = wizard.fields(key)
        context["facts"] = wizard.known_facts(key)
    return render(request, "applications/wizard.html", context, status=status)


def _refusal(error: DomainError, request: HttpRequest) -> dict[str, str]:
    words = {"reason": shown.either(error.zh, error.en), "mend": shown.either(*error.mend)}
    if isinstance(error, AssuranceTooLowError):
        words["href"] = f"{reverse('identity:real-name')}?next={request.path}"
        words["label"] = _("去实名认证")
    return words


def _material(wizard: Wizard, row: WizardMaterial) -> dict[str, Any]:
    given = row.given
    source = given.get("source", "")
    name = f"material.{row.asked.key}"
    files = (
        [{"id": given["file_id"], "name": given["name"], "size_bytes": given["size_bytes"]}]
        if source == "UPLOAD"
        else []
    )
    return {
        "name": name,
        "title": row.title,
        "note": row.note,
        "state": row.state,
        "source": _("数据共享") if source == "DATA" else "",
        "status": _("由数据共享核验，免提交") if source == "DATA" else "",
        "licences": row.licences,
        "licence_id": given.get("licence_id"),
        "promise": row.promise if "PROMISE" in row.asked.sources else "",
        "is_promised": source == "PROMISE",
        "can_upload": "UPLOAD" in row.asked.sources and source not in ("DATA", "LICENCE"),
        "upload_label": _("上传%(title)s") % {"title": row.title},
        "files": files,
        "can_paper": wizard.actor.is_official and source not in ("DATA", "LICENCE"),
        "is_paper": source == "PAPER",
    }


def _summary(wizard: Wizard, area: str) -> list[dict[str, Any]]:
    """Return everything that will be signed, page by page, with where to change it."""
    groups: list[dict[str, Any]] = []
    for key in wizard.page_keys():
        rows: list[tuple[str, str]]
        if key == REVIEW:
            continue
        if key == "circumstances":
            rows = [
                (question["label"], str(dict(question["options"]).get(question["value"], "—")))
                for question in wizard.questions()
            ]
        elif key == "materials":
            rows = [(row.title, material_words(row)) for row in wizard.materials()]
        else:
            rows = wizard.answered(key)
        href = reverse(f"{area}:page", args=[wizard.draft.client_id, key])
        groups.append({"key": key, "title": wizard.title(key), "rows": rows, "href": href})
    return groups


def material_words(row: WizardMaterial) -> str:
    """Say in a few words what stands for a material."""
    words = {
        "DATA": _("由数据共享核验，免提交"),
        "LICENCE": _("使用已有的电子证照"),
        "PROMISE": _("已承诺"),
        "UPLOAD": row.given.get("name", _("已上传")),
        "PAPER": _("窗口收取纸质件"),
    }
    return str(words.get(row.given.get("source", ""), "—"))


@require_POST
@citizen_required
def autosave(request: HttpRequest, client_id: uuid.UUID, key: str) -> JsonResponse:
    """Keep what is typed as it is typed; only the changed fields come."""
    return keep(request, Wizard.open(require_actor(request), client_id, language()), key)


def keep(request: HttpRequest, wizard: Wizard, key: str) -> JsonResponse:
    """Save the changed fields of one page."""
    changed = set(request.POST.getlist("changed"))
    draft = save_draft(
        actor=wizard.actor,
        client_id=wizard.draft.client_id,
        changes=wizard.read(key, request.POST, changed),
    )
    return JsonResponse({"revision": draft.revision, "saved_at": now().isoformat()})


@require_POST
def upload(request: HttpRequest) -> JsonResponse:
    """Take one file of a material as soon as it is chosen."""
    actor = require_actor(request)
    given = next(iter(request.FILES.values()), None)
    if given is None:
        raise InvalidInputError
    stored = store_upload(content=given, name=given.name or "", actor_id=actor.account_id)
    return JsonResponse({"id": stored.pk, "name": stored.name, "size_bytes": stored.size_bytes})


@require_GET
@citizen_required
def drafts(request: HttpRequest) -> HttpResponse:
    """我的草稿: what was begun and not submitted."""
    rows = open_drafts(require_actor(request))
    return render(request, "applications/drafts.html", {"section": "me", "rows": rows})
