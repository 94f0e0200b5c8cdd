"""办事向导的页面: the wizard page by page, saving as one types, and drafts."""

import json
import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages as toasts
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.access.errors import AssuranceTooLowError
from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.files.facade import FileRefusedError, store_upload
from yiwang.kernel.base.identity.http.actors import require_actor
from yiwang.kernel.base.identity.http.guards import assurance_required, citizen_required
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.forms.errors import DraftSubmittedError
from yiwang.kernel.errors import DomainError, FieldProblem, InvalidInputError
from yiwang.kernel.registers.licences.errors import LicenceNotUsableError
from yiwang.services.applications.actions.windows import check_face
from yiwang.services.applications.http import asking, mine, shown
from yiwang.services.applications.http.unsent import keeps_typed, recover
from yiwang.services.applications.matters import drafts_of
from yiwang.services.applications.tabs import PageMark, fingerprint, save_typed
from yiwang.services.applications.wizard import (
    CIRCUMSTANCES,
    MATERIALS,
    REVIEW,
    Wizard,
    WizardPages,
    begin,
    open_wizard,
)
from yiwang.services.items.selectors import get_implementation

PAGE_SIZE = 20
# Values that the sandbox of the face check understands, for demonstrations.
FACE_PASSES, FACE_FAILS = "pass-demo", "fail-demo"


def language() -> str:
    return get_language() or "zh-hans"


def open_drafts(actor: Actor) -> list[dict[str, Any]]:
    """Return what was begun and not submitted, newest first."""
    return mine.draft_cards(drafts_of(actor, PAGE_SIZE))


@citizen_required
@assurance_required(2)
def start(request: HttpRequest, code: str) -> HttpResponse:
    """开始办理: continue an open draft, or begin one."""
    actor = require_actor(request)
    draft = begin(actor, get_implementation(code), actor.acting_for_id or 0)
    wizard = Wizard.open(actor, draft.client_id, language())
    if draft.revision:
        toasts.info(request, _("接着上次填的继续。"))
    return redirect("portal:page", draft.client_id, wizard.page_keys()[0])


@require_http_methods(["GET", "HEAD", "POST"])
@keeps_typed
@citizen_required
def page(request: HttpRequest, client_id: uuid.UUID, key: str) -> HttpResponse:
    """One page of the wizard: show, or check, save and go on."""
    wizard = open_wizard(require_actor(request), client_id, language())
    return wizard_page(request, wizard, key, area="portal")


def wizard_page(request: HttpRequest, wizard: WizardPages, key: str, *, area: str) -> HttpResponse:
    """Serve a page of the wizard to a citizen (``portal``) or to a clerk (``desk``)."""
    draft = wizard.draft
    if draft.submitted_case_id is not None:
        return _to_case(request, draft.submitted_case_id, area)
    if key not in wizard.page_keys():
        return redirect(f"{area}:page", draft.client_id, wizard.first_open_page())
    typed = recover(request)
    if typed is not None:
        wizard.draft = save_typed(
            actor=wizard.actor, draft=draft, changes=wizard.read(key, typed), mark=PageMark()
        ).draft
        toasts.info(request, _("您登录以前填的内容已经找回，请核对后继续。"))
    if request.method != "POST":
        return _show(request, wizard, key, area)
    return _take(request, wizard, key, area)


def _take(request: HttpRequest, wizard: WizardPages, key: str, area: str) -> HttpResponse:
    """Save what a page sent, then check it and go on, or show what is to be mended."""
    client_id = wizard.draft.client_id
    typed = request.POST.copy()
    removed = request.GET.get("remove", "")
    if removed:
        typed.setlist(f"material.{removed}_ids", [])
    refused = _take_files(request, wizard, key, typed)
    try:
        merge = save_typed(
            actor=wizard.actor,
            draft=wizard.draft,
            changes=wizard.read(key, typed),
            mark=_mark(request),
        )
    except DraftSubmittedError as error:
        return _to_case(request, error.details["case_id"], area)
    wizard.draft = merge.draft
    if removed:
        return redirect(f"{area}:page", client_id, key)
    stop = wizard.stop()
    if stop:
        return _show(request, wizard, key, area, stop=stop)
    if merge.clashes:
        return _show(request, wizard, key, area, is_clashing=True, status=409)
    wizard.errors = {problem.field: problem for problem in wizard.check(key)} | refused
    if wizard.errors:
        return _show(request, wizard, key, area, status=422)
    if key != REVIEW:
        return redirect(f"{area}:page", client_id, wizard.next_page(key))
    return _submit(request, wizard, area)


def _to_case(request: HttpRequest, case_id: int, area: str) -> HttpResponse:
    if request.method == "POST":
        toasts.info(request, _("这份申请已经提交过了，没有重复提交。"))
    return redirect(f"{area}:case", Case.objects.get(pk=case_id).number)


def _take_files(
    request: HttpRequest, wizard: WizardPages, key: str, typed: Any
) -> dict[str, FieldProblem]:
    """Store files that came with the form itself, as they do without scripts."""
    refused: dict[str, FieldProblem] = {}
    if key != MATERIALS:
        return refused
    for name, file in request.FILES.items():
        material = name.removeprefix("material.")
        if not isinstance(file, UploadedFile):
            continue
        try:
            stored = store_upload(
                content=file, name=file.name or "", actor_id=wizard.actor.account_id
            )
        except FileRefusedError as error:
            field = f"{MATERIALS}.{material}"
            refused[field] = FieldProblem(field, error.code, error.zh, error.en, *error.mend)
        else:
            typed.appendlist(f"material.{material}_ids", str(stored.pk))
    return refused


def _mark(request: HttpRequest) -> PageMark:
    """Return which page sends; a page that says nothing of itself overwrites as it always did."""
    try:
        drawn = json.loads(request.POST.get("drawn") or "{}")
        revision = int(request.POST.get("revision") or 0)
    except ValueError:
        return PageMark()
    is_sound = isinstance(drawn, dict) and 0 <= revision < 2**31
    return PageMark(request.POST.get("tab", "")[:32], revision, drawn) if is_sound else PageMark()


def _submit(request: HttpRequest, wizard: WizardPages, area: str) -> HttpResponse:
    try:
        checks = check_face(wizard.actor, wizard.party.pk, request.POST.get("face_token", ""))
        case = wizard.submit(checks)
    except InvalidInputError as error:
        wizard.errors = {problem.field: problem for problem in error.problems}
        return _show(request, wizard, REVIEW, area, status=error.status)
    except DomainError as error:
        return _show(request, wizard, REVIEW, area, refusal=error, status=error.status)
    return redirect(f"{area}:case", case.number)


def _show(
    request: HttpRequest,
    wizard: WizardPages,
    key: str,
    area: str,
    *,
    status: int = 200,
    stop: str = "",
    refusal: DomainError | None = None,
    is_clashing: bool = False,
) -> HttpResponse:
    draft = wizard.draft
    client_id = draft.client_id
    steps = wizard.steps(key)
    previous = wizard.previous_page(key)
    tab = uuid.uuid4().hex[:12]
    context: dict[str, Any] = {
        "wizard": wizard,
        "base": "applications/window.html" if area == "desk" else "ui/portal.html",
        "standing": wizard.party.name if area == "desk" else "",
        "acting_for": _acting_for(wizard, area),
        "key": key,
        "title": shown.either(*wizard.subject_title),
        "page_title": wizard.title(key),
        "steps": [
            {
                "label": step.title,
                "href": reverse(f"{area}:page", args=[client_id, step.key])
                if step.state == "done"
                else "",
            }
            for step in steps
        ],
        "current": [step.key for step in steps].index(key) + 1,
        "previous_url": reverse(f"{area}:page", args=[client_id, previous]) if previous else "",
        "guide_url": wizard.guide_url,
        "autosave_url": reverse(f"{area}:autosave", args=[client_id, key])
        + f"?tab={tab}&revision={draft.revision}",
        "upload_url": reverse(f"{area}:upload"),
        "errors": asking.error_list(wizard, area, at_review=key == REVIEW),
        "stop": stop,
        "is_clashing": is_clashing,
        "refusal": _refusal(refusal, wizard, request, area) if refusal else None,
        "saved_at": draft.updated_at if draft.revision else None,
        "max_bytes": settings.FILE_MAX_BYTES,
        "tab": tab,
        "drawn": json.dumps(_drawn(wizard, key)),
    }
    if key == CIRCUMSTANCES:
        context["questions"] = asking.questions(wizard)
    elif key == MATERIALS:
        context["materials"] = asking.materials(wizard)
    elif key == REVIEW:
        context |= {
            "summary": asking.summary(wizard, area),
            "delivery": asking.delivery(wizard),
            "asks_face": wizard.content.get("face_check", True) and area == "portal",
            "face_options": [
                (FACE_PASSES, _("核验通过")),
                (FACE_FAILS, _("核验不通过")),
                ("", _("现在不核验")),
            ],
            "signer": wizard.actor.name if area == "portal" else wizard.party.name,
        }
    else:
        context["fields"] = asking.fields(wizard, key)
        context["facts"] = asking.known_facts(wizard, key)
    return render(request, "applications/wizard.html", context, status=status)


def _acting_for(wizard: WizardPages, area: str) -> str:
    """Return in whose name a citizen applies when it is not their own."""
    is_own = wizard.actor.party_id == wizard.party.pk
    return "" if is_own or area == "desk" else wizard.party.name


def _drawn(wizard: WizardPages, key: str) -> dict[str, str]:
    """Return the fingerprints of the answers that a page shows, by section and key."""
    if key == CIRCUMSTANCES:
        answers = {(CIRCUMSTANCES, name): v for name, v in wizard.circumstances.items()}
        keys = [(CIRCUMSTANCES, one["key"]) for one in wizard.content["circumstances"]]
    elif key == MATERIALS:
        stored = wizard.draft.data.get(MATERIALS, {})
        keys = [(MATERIALS, row.asked.key) for row in wizard.materials()]
        answers = {(MATERIALS, name): stored.get(name) for _section, name in keys}
    elif key == REVIEW:
        keys, answers = [], {}
    else:
        keys = [("form", one.key) for one in wizard.page(key).fields]
        answers = {("form", name): wizard.answers.get(name) for _section, name in keys}
    return {".".join(name): fingerprint(answers.get(name)) for name in keys}


def _refusal(
    error: DomainError, wizard: WizardPages, request: HttpRequest, area: str
) -> dict[str, str]:
    words = {"reason": shown.either(error.zh, error.en), "mend": shown.either(*error.mend)}
    if isinstance(error, AssuranceTooLowError):
        words["href"] = f"{reverse('identity:real-name')}?next={request.path}"
        words["label"] = _("去实名认证")
    if isinstance(error, LicenceNotUsableError):
        words["href"] = reverse(f"{area}:page", args=[wizard.draft.client_id, MATERIALS])
        words["label"] = _("去换一份材料")
    return words


@require_POST
@citizen_required
def autosave(request: HttpRequest, client_id: uuid.UUID, key: str) -> JsonResponse:
    """Keep what is typed as it is typed; only the changed fields come."""
    return keep(request, open_wizard(require_actor(request), client_id, language()), key)


def keep(request: HttpRequest, wizard: WizardPages, key: str) -> JsonResponse:
    """Save the changed fields of one page."""
    revision = request.GET.get("revision", "")
    mark = PageMark(
        request.GET.get("tab", "")[:32],
        int(revision) if revision.isdecimal() and len(revision) < 10 else 0,
    )
    changes = wizard.read(key, request.POST, set(request.POST.getlist("changed")))
    draft = save_typed(actor=wizard.actor, draft=wizard.draft, changes=changes, mark=mark).draft
    return JsonResponse({"revision": draft.revision, "saved_at": now().isoformat()})


@require_POST
def upload(request: HttpRequest) -> JsonResponse:
    """Take one file of a material as soon as it is chosen."""
    actor = require_actor(request)
    given = next(iter(request.FILES.values()), None)
    if not isinstance(given, UploadedFile):
        raise InvalidInputError
    stored = store_upload(content=given, name=given.name or "", actor_id=actor.account_id)
    return JsonResponse({"id": stored.pk, "name": stored.name, "size_bytes": stored.size_bytes})


@require_GET
@citizen_required
def drafts(request: HttpRequest) -> HttpResponse:
    """我的草稿: what was begun and not submitted."""
    rows = open_drafts(require_actor(request))
    return render(
        request,
        "applications/drafts.html",
        {"section": "me", "trail": shown.own_trail(), "rows": rows},
    )
