"""工作台: the inbox, and a task reviewed beside its materials."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yiwang.kernel.base.access import facade as access
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.files.facade import store_upload
from yiwang.kernel.base.identity.http.actors import require_actor
from yiwang.kernel.base.identity.http.guards import official_required
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.base.parties import facade as parties
from yiwang.kernel.base.parties.facade import PartyCard
from yiwang.kernel.casework.process.access import Standing, see_task
from yiwang.kernel.casework.process.engine import get_process
from yiwang.kernel.casework.process.errors import TaskClosedError
from yiwang.kernel.casework.process.models import Task, TaskAct
from yiwang.kernel.casework.process.rules.definition import Act, Process, Step
from yiwang.kernel.casework.worklist import facade as worklist
from yiwang.kernel.errors import DomainError, FieldProblem, InvalidInputError, NotPermittedError
from yiwang.services.applications.desk_selectors import DeskCase, access_at_desk, read_case
from yiwang.services.applications.http import desk_lists, papers_shown, shown
from yiwang.services.applications.http import desk_shown as words
from yiwang.services.applications.http.desk_parts import MOST_TEXT, case_line, plain, reason_of
from yiwang.services.applications.http.desk_ways import turn_context
from yiwang.services.applications.inbox import (
    MOST_COUNTED,
    Inbox,
    InboxFilter,
    list_suspended,
    next_task,
    read_inbox,
)

LEAST_LINES = 3
"""Empty lines that a list of points starts with; the page adds more while one types."""
MOST_PHRASES = 12
"""Phrases beside the opinion; more would push the case out of sight."""


def require_somewhere(actor: Actor, permission: str) -> None:
    """Refuse a page to those who hold its permission nowhere; each act decides for its own place.

    :raises NotPermittedError: held over no unit.
    """
    held = access.scope(actor, permission, org="path", division="division__path")
    if not Organization.objects.filter(held).exists():
        audit.record_denied(actor, permission, "page", "desk")
        raise NotPermittedError(permission=permission)


@require_GET
@official_required
def inbox(request: HttpRequest) -> HttpResponse:
    """待办: what waits, what is due, and where to begin."""
    actor = require_actor(request)
    wanted = _wanted(request)
    return render(
        request,
        "applications/desk/inbox.html",
        _list_context(request, actor, wanted, is_whole=True)
        | {"section": "/desk/", "focus": "list"},
    )


@require_http_methods(["GET", "POST"])
@official_required
def task(request: HttpRequest, task_id: int) -> HttpResponse:
    """办理 one task: the case in the middle, what was supplied beside it, the acts below."""
    actor = require_actor(request)
    worklist.settle(see_task(actor, task_id))
    one = Task.objects.select_related("token", "organization", "case").get(pk=task_id)
    if request.method == "POST":
        return _act(request, actor, one)
    return _review(request, actor, one, Typed())


class Typed:
    """What the official has typed so far, and what was wrong with it."""

    def __init__(
        self,
        act: str = "",
        opinion: str = "",
        given: dict[str, Any] | None = None,
        problems: tuple[FieldProblem, ...] = (),
        refusal: DomainError | None = None,
    ) -> None:
        self.act = act
        self.opinion = opinion
        self.given = given or {}
        self.errors = {one.field: _error(one) for one in problems}
        self.refusal = refusal


def _error(problem: FieldProblem) -> dict[str, str]:
    return {
        "reason": words.either(problem.reason_zh, problem.reason_en),
        "mend": words.either(problem.mend_zh, problem.mend_en),
    }


def _act(request: HttpRequest, actor: Actor, one: Task) -> HttpResponse:
    key = request.POST.get("act", "")
    opinion = plain(request.POST.get("opinion", ""), MOST_TEXT)
    acts = get_process(one.token.definition_id).steps[one.step].acts
    chosen = acts.get(key)
    if chosen is None:
        problem = FieldProblem(
            "act",
            "ACT_MISSING",
            "还没有选择办理结论",
            "No act is chosen yet.",
            "先选一个结论，再提交",
            "Choose one, then send.",
        )
        return _review(request, actor, one, Typed(opinion=opinion, problems=(problem,)), status=422)
    given = _read_given(request, actor, chosen)
    handler = request.POST.get("handler", "")
    wanted = _wanted(request)
    following = next_task(actor, wanted, one)
    try:
        done = worklist.act_in_turn(
            actor=actor,
            task_id=one.pk,
            act=key,
            opinion=opinion,
            given=_filled(given),
            ink=request.POST.get("ink", ""),
            next_step=plain(request.POST.get("next_step", ""), 60),
            handler_id=int(handler) if handler.isdigit() and len(handler) < 19 else None,
        )
    except DomainError as error:
        one.refresh_from_db()
        typed = Typed(key, opinion, given, error.problems, error)
        return _review(request, actor, one, typed, status=error.status)
    title = words.either(chosen.title_zh, chosen.title_en)
    if done.status == Task.Status.OPEN:
        said = _("%(number)s：您已选择“%(act)s”，还等另一位同事确认。")
    else:
        said = _("%(number)s：已办理“%(act)s”。")
    toasts.success(request, said % {"number": one.case_number, "act": title})
    if following is None:
        return redirect("desk:inbox")
    query = urlencode(wanted.pairs())
    return redirect(reverse("desk:task", args=[following.pk]) + (f"?{query}" if query else ""))


def _read_given(request: HttpRequest, actor: Actor, act: Act) -> dict[str, Any]:
    """Read the act's own fields as they were typed; an upload becomes the id of its file."""
    given: dict[str, Any] = {}
    for name, kind in act.input.items():
        field = f"input.{act.key}.{name}"
        if kind == "list":
            lines = [line for part in request.POST.getlist(field) for line in part.splitlines()]
            given[name] = [line for text in lines if (line := plain(text, MOST_TEXT))]
        elif kind == "file":
            ids = [value for value in request.POST.getlist(f"{field}_ids") if value.isdigit()]
            if field in request.FILES:
                file: Any = request.FILES[field]
                stored = store_upload(content=file, name=file.name, actor_id=actor.account_id)
                ids = [str(stored.pk)]
            given[name] = ids[-1] if ids else ""
        elif kind == "boolean":
            typed = request.POST.get(field, "")
            given[name] = typed if typed in ("true", "false") else ""
        else:
            given[name] = plain(request.POST.get(field, ""), MOST_TEXT)
    return given


def _filled(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value not in ("", [])}


# what the page of a task shows


def _review(
    request: HttpRequest,
    actor: Actor,
    one: Task,
    typed: Typed,
    *,
    revealed: PartyCard | None = None,
    status: int = 200,
) -> HttpResponse:
    wanted = _wanted(request)
    case = access_at_desk(actor, one.case_number)
    view = read_case(case)
    process = get_process(one.token.definition_id)
    context = _list_context(request, actor, wanted, current_id=one.pk)
    rights = process.steps[one.step].fields
    hidden = rights.hidden if rights else frozenset()
    context |= case_context(view, revealed=revealed, hidden=hidden)
    context |= turn_context(actor, one, _query(request))
    context |= {
        "section": "/desk/",
        "focus": "main",
        "task": one,
        "step_title": words.either(one.title_zh, one.title_en),
        "may_reveal": revealed is None
        and access.allowed(
            actor, "party.reveal", org_path=one.org_path, division_path=one.division_path
        ),
        "reveal_url": reverse("desk:reveal", args=[one.pk]) + _query(request),
        "back_url": reverse("desk:inbox") + _query(request),
    }
    if one.status not in Task.PENDING:
        context |= _closed_context(one, process, typed)
    elif one.status == Task.Status.OPEN and context["turn"].may_act:
        context |= _acts_context(actor, one, view, process, typed)
    else:
        context |= _not_now_context(one, context["turn"], typed)
    return render(request, "applications/desk/task.html", context, status=status)


def case_context(
    view: DeskCase,
    *,
    revealed: PartyCard | None = None,
    hidden: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """Return what every page of a case at the desk shows, without the ``hidden`` fields."""
    case = view.case
    process = get_process(view.application.item_version.process_id or 0)
    return {
        "view": view,
        "case": case,
        "title": shown.case_title(case),
        "state": words.case_state(case),
        "channel": words.channel(case.channel),
        "applicant": words.applicant_rows(revealed or parties.card(case.party)),
        "agent": parties.card(case.agent).name if case.agent else "",
        "is_revealed": revealed is not None,
        "circumstances": words.circumstance_rows(view),
        "form_pages": words.form_pages(view, is_revealed=revealed is not None, hidden=hidden),
        "checks": words.check_rows(view),
        "clocks": words.clock_rows(view.clocks),
        "decisions": words.decision_rows(view.decisions, process),
        "acts_done": words.act_rows(view.acts),
        "timeline": [shown.timeline_entry(event) for event in reversed(view.events)],
        "materials": (materials := words.material_cards(view)),
        "first_file": words.first_shown(materials),
        "paper_rows": papers_shown.paper_rows(view),
        "extend_url": papers_shown.extend_href(view),
        "papers": [
            {
                "title": row.content["title"],
                "number": row.number,
                "at": row.issued_at,
                "href": reverse("desk:paper", args=[case.number, row.pk]) + words.PDF_VIEW,
            }
            for row in view.papers
        ],
    }


def _acts_context(
    actor: Actor, one: Task, view: DeskCase, process: Process, typed: Typed
) -> dict[str, Any]:
    step = process.steps[one.step]
    signed = [row for row in view.acts if row.task_id == one.pk]
    mine = next((row for row in signed if row.account_id == actor.account_id), None)
    first = signed[0] if signed else None
    if first is not None and not typed.act:
        # The second officer confirms what the first one wrote: nobody types it twice.
        typed.act, typed.given = first.act, dict(first.input)
    return {
        "upload_url": reverse("desk:upload"),
        "acts": [
            _act_choice(act, one.step, process, typed, str(number), view)
            for number, act in enumerate(step.acts.values(), 1)
        ],
        "signed": [
            {
                "who": row.actor_name,
                "at": words.moment(row.at),
                "act": _act_title(step, row.act),
                "opinion": row.opinion,
            }
            for row in signed
        ],
        "signers": one.signers,
        "missing": one.signers - len(signed),
        "is_mine_done": mine is not None,
        "phrases": [*worklist.phrase_texts(actor), *words.phrases(step)][:MOST_PHRASES],
        "opinion": typed.opinion,
        "opinion_error": typed.errors.get("opinion"),
        "act_error": typed.errors.get("act"),
        "refusal": typed.refusal if typed.refusal and not typed.errors else None,
        "refusal_words": reason_of(typed.refusal),
        **_free_context(actor, step, process),
        "needs_reason": " ".join(
            act.key for act in step.acts.values() if act.opinion == "required"
        ),
    }


def _free_context(actor: Actor, step: Step, process: Process) -> dict[str, Any]:
    """自由流: what may come next and who may do it, where the step leaves that to the officer."""
    if not step.free_next:
        return {}
    steps = [process.steps[key] for key in step.free_next]
    return {
        "free_steps": [(one.key, words.either(one.title_zh, one.title_en)) for one in steps],
        "free_people": [
            (str(one.account_id), f"{one.name}（{one.post}）" if one.post else one.name)
            for one in worklist.choose_official(actor)
        ],
    }


def _act_title(step: Step, key: str) -> str:
    act = step.acts.get(key)
    return words.either(act.title_zh, act.title_en) if act else key


def _act_choice(
    act: Act, step: str, process: Process, typed: Typed, key: str, view: DeskCase
) -> dict[str, Any]:
    is_chosen = act.key == typed.act
    return {
        "key": act.key,
        "title": words.either(act.title_zh, act.title_en),
        "is_danger": act.style == "danger",
        "is_chosen": is_chosen,
        "press": key,
        "hint": words.consequences(act, step, process),
        "needs_opinion": act.opinion == "required",
        "rule": {"field": "act", "equals": act.key},
        "fields": [
            _act_field(act, name, kind, typed if is_chosen else Typed(), view)
            for name, kind in act.input.items()
        ],
    }


def _act_field(act: Act, name: str, kind: str, typed: Typed, view: DeskCase) -> dict[str, Any]:
    """Return one field of an act as parameters of the field component, or lines of a list."""
    value = typed.given.get(name, "")
    if name == "place" and not value:
        value = place_of(view)
    spec: dict[str, Any] = {
        "name": f"input.{act.key}.{name}",
        "label": words.input_title(name),
        "error": typed.errors.get(name),
    }
    if kind == "list":
        lines = list(value) if isinstance(value, list) else []
        return spec | {"lines": lines + [""] * max(1, LEAST_LINES - len(lines))}
    if kind == "file":
        return spec | {"is_file": True}
    if kind == "boolean":
        value = {True: "true", False: "false"}.get(value, value) if value != "" else ""
        options = [("true", _("是")), ("false", _("否"))]
        return spec | {
            "spec": spec | {"kind": "radio", "inline": True, "options": options, "value": value}
        }
    kinds = {"date": "date", "integer": "number", "money": "money"}
    if kind in kinds:
        return spec | {"spec": spec | {"kind": kinds[kind], "value": value}}
    return spec | {"spec": spec | {"kind": "textarea", "rows": 1, "value": value}}


def place_of(view: DeskCase) -> str:
    """Return the address that the applicant gave, so that the officer need not copy it."""
    form = view.application.form_data
    for name in ("premises_address", "place_address", "place_detail", "address"):
        if form.get(name):
            return str(form[name])
    return ""


def _kept(typed: Typed) -> list[tuple[str, str]]:
    """Return what was typed in vain, so that it can be copied."""
    kept = [
        (words.input_title(name), "\n".join(value) if isinstance(value, list) else str(value))
        for name, value in typed.given.items()
        if value
    ]
    if typed.opinion:
        kept.append((_("办理意见"), typed.opinion))
    return kept


def _not_now_context(one: Task, turn: worklist.Turn, typed: Typed) -> dict[str, Any]:
    """Return why this official does not act on the open task now."""
    if one.status == Task.Status.SUSPENDED:
        said = _("这件已挂起，恢复后再办理。")
    elif one.status == Task.Status.WAITING:
        said = _("还没有轮到这一位，等前一位办理。")
    elif turn.delegation is not None and turn.is_delegate:
        said = _("%(who)s请您答复：%(question)s") % {
            "who": turn.delegation.delegator_name,
            "question": turn.delegation.question,
        }
    elif turn.delegation is not None:
        said = _("已委派%(who)s答复，交回后再办理。") % {"who": turn.delegation.delegate_name}
    elif turn.holder_id is not None:
        said = _("这件由%(who)s办理，您可以查看。") % {"who": turn.holder_name}
    else:
        said = _("您可以查看这件，不能办理。")
    return {
        "not_now": said,
        "refusal_words": reason_of(typed.refusal),
        "was_raced": typed.refusal is not None,
        "kept": _kept(typed),
        "kept_act": typed.act,
    }


def _closed_context(one: Task, process: Process, typed: Typed) -> dict[str, Any]:
    """Return who did the step and when; and what this official typed in vain, to copy it."""
    last = TaskAct.objects.filter(task=one).order_by("-id").first()
    step = process.steps[one.step]
    if last is not None:
        said = _("这一步已由%(who)s于%(when)s办理：%(act)s") % {
            "who": last.actor_name,
            "when": words.moment(last.at),
            "act": _act_title(step, last.act),
        }
    elif one.done_at is not None:
        said = _("这一步已于%(when)s自动结束，不用再办。") % {"when": words.moment(one.done_at)}
    else:
        said = _("这一步已经结束，不用再办。")
    return {
        "closed": said,
        "was_raced": isinstance(typed.refusal, TaskClosedError),
        "kept": _kept(typed),
        "kept_act": _act_title(step, typed.act) if typed.act else "",
    }


@require_POST
@official_required
def reveal(request: HttpRequest, task_id: int) -> HttpResponse:
    """查看完整个人信息: shown once, and kept in the audit with the reason.

    :raises PurposeNeededError: without a reason.
    :raises NotPermittedError: without the permission over the unit of the task.
    """
    actor = require_actor(request)
    see_task(actor, task_id)
    one = Task.objects.select_related("token", "organization", "case").get(pk=task_id)
    case = access_at_desk(actor, one.case_number)
    card = parties.reveal(
        actor,
        case.party,
        plain(request.POST.get("purpose", ""), 200),
        org_path=one.org_path,
        division_path=one.division_path,
        case_id=case.pk,
    )
    return _review(request, actor, one, Typed(), revealed=card)


@require_POST
@official_required
def upload(request: HttpRequest) -> JsonResponse:
    """Take one file as soon as it is chosen, for an act or for the person at the window."""
    actor = require_actor(request)
    given: Any = next(iter(request.FILES.values()), None)
    if given is None:
        raise InvalidInputError
    stored = store_upload(content=given, name=given.name or "", actor_id=actor.account_id)
    return JsonResponse({"id": stored.pk, "name": stored.name, "size_bytes": stored.size_bytes})


# the list on the left


def _wanted(request: HttpRequest) -> InboxFilter:
    given = request.GET
    return InboxFilter(
        tab=tab if (tab := given.get("tab", "")) in desk_lists.TABS else "",
        step=plain(given.get("step", ""), 120),
        unit=plain(given.get("unit", ""), 80),
        due=plain(given.get("due", ""), 20),
        order=plain(given.get("order", ""), 20),
    )


def _after(request: HttpRequest) -> int | None:
    value = request.GET.get("after", "")
    return int(value) if value.isdigit() and len(value) < 19 else None


def _query(request: HttpRequest) -> str:
    pairs = _wanted(request).pairs()
    after = _after(request)
    if after is not None:
        pairs.append(("after", str(after)))
    return f"?{urlencode(pairs)}" if pairs else ""


def _list_context(
    request: HttpRequest,
    actor: Actor,
    wanted: InboxFilter,
    *,
    current_id: int | None = None,
    is_whole: bool = False,
) -> dict[str, Any]:
    """Return the list on the left: what waits, or what one did, was shown or asked.

    ``is_whole``: with what was put aside, for the page that has no case beside the list.
    """
    after = _after(request)
    context: dict[str, Any] = {"tabs": desk_lists.tabs(wanted), "inbox_url": reverse("desk:inbox")}
    if wanted.tab in desk_lists.PAST:
        return context | desk_lists.past_context(actor, wanted, after, current_id=current_id)
    found = read_inbox(actor, wanted, after_id=after)
    if is_whole:
        context["suspended"] = [
            case_line(row) | {"href": reverse("desk:task", args=[row.pk])}
            for row in list_suspended(found.standing)
        ]
    return context | _inbox_context(request, actor, found, wanted, current_id=current_id)


def _inbox_context(
    request: HttpRequest,
    actor: Actor,
    found: Inbox,
    wanted: InboxFilter,
    *,
    current_id: int | None = None,
) -> dict[str, Any]:
    query = _query(request).removeprefix("?")
    steps: dict[str, tuple[str, int]] = {}
    units: dict[str, tuple[str, int]] = {}
    for pile in found.piles:
        title = words.either(pile.title_zh, pile.title_en)
        steps[pile.title_zh] = (title, steps.get(pile.title_zh, ("", 0))[1] + pile.count)
        units[pile.unit] = (pile.unit_name, units.get(pile.unit, ("", 0))[1] + pile.count)
    late = sum(pile.overdue for pile in found.piles)
    near = sum(pile.near for pile in found.piles)
    pairs = dict(wanted.pairs())

    def address(**changes: str) -> str:
        chosen = {name: value for name, value in (pairs | changes).items() if value}
        return f"?{urlencode(chosen)}" if chosen else "?"

    return {
        "rows": [
            words.task_row(
                row,
                until=found.until,
                query=query,
                current_id=current_id,
                holder=_held_words(actor, row, found.standing),
            )
            for row in found.tasks
        ],
        "count": f"{MOST_COUNTED}+" if found.is_capped else str(found.count),
        "is_filtered": bool(wanted.step or wanted.unit or wanted.due),
        "late": late,
        "near": near,
        "due_tabs": [
            {"key": "", "label": _("全部"), "href": address(due=""), "count": None},
            {"key": "overdue", "label": _("超期"), "href": address(due="overdue"), "count": late},
            {"key": "near", "label": _("临期"), "href": address(due="near"), "count": near},
        ],
        "wanted": wanted,
        "step_options": [(key, f"{title}（{count}）") for key, (title, count) in steps.items()],
        "unit_options": [(key, f"{title}（{count}）") for key, (title, count) in units.items()],
        "piles": found.piles,
        "pile_rows": [
            {
                "title": words.either(pile.title_zh, pile.title_en),
                "unit": pile.unit_name,
                "count": pile.count,
                "overdue": pile.overdue,
                "near": pile.near,
                "href": address(step=pile.title_zh, unit=pile.unit),
                "bulk": reverse("desk:bulk")
                + "?"
                + urlencode({"step": pile.title_zh, "unit": pile.unit}),
            }
            for pile in found.piles
        ],
        "next_href": address(after=str(found.next_after)) if found.next_after else "",
        "first_href": address() if _after(request) is not None else "",
    }


def _held_words(actor: Actor, row: Task, standing: Standing) -> str:
    """Say in whose hands a waiting task is; nothing for the pool, which is the common case."""
    if row.assignee_id is None:
        return ""
    if row.assignee_id == actor.account_id:
        return _("由您办理")
    names = {one.account_id: one.name for one in standing.principals}
    return _("代%(who)s") % {"who": names.get(row.assignee_id, "")}
