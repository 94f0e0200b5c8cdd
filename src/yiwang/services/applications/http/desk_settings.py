"""我的设置: deputies, phrases, and handing everything over at a change of job."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from yiwang.kernel.base.access import facade as access
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.calendars import today
from yiwang.kernel.base.identity.http.actors import require_actor
from yiwang.kernel.base.identity.http.guards import official_required
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.casework.worklist import facade as worklist
from yiwang.kernel.casework.worklist.facade import Official
from yiwang.kernel.errors import DomainError, FieldProblem, InvalidInputError
from yiwang.services.applications.http import desk_shown as words
from yiwang.services.applications.http.desk_parts import plain, reason_of
from yiwang.services.items.models import ImplementationItem, ItemVersion

MOST_UNITS = 50


@require_http_methods(["GET", "POST"])
@official_required
def settings(request: HttpRequest) -> HttpResponse:
    """代理、常用语与交接 of the official; a POST names a deputy."""
    if request.method == "GET":
        return _settings(request, {}, None)
    given = {
        name: plain(request.POST.get(name, ""), 200)
        for name in ("deputy", "principal", "from_date", "to_date", "items", "reason")
    }
    actor = require_actor(request)
    try:
        row = worklist.name_deputy(
            actor=actor,
            deputy=_number(given["deputy"]),
            from_date=_day("from_date", given["from_date"]),
            to_date=_day("to_date", given["to_date"]),
            item_keys=request.POST.getlist("items"),
            reason=given["reason"],
        )
    except DomainError as error:
        return _settings(request, given | {"items": request.POST.getlist("items")}, error)
    toasts.success(
        request,
        _("%(who)s将在 %(first)s 至 %(last)s 代您办理。")
        % {"who": row.deputy_name, "first": row.from_date, "last": row.to_date},
    )
    return redirect("desk:settings")


def _number(text: str) -> int:
    return int(text) if text.isdigit() and len(text) < 19 else 0


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        problem = FieldProblem(
            name,
            "NOT_A_DAY",
            "请选择日期",
            "Choose a day.",
            "写成 2026-11-23 这样",
            "Write it as 2026-11-23.",
        )
        raise InvalidInputError(problems=[problem]) from error


def _settings(
    request: HttpRequest, typed: dict[str, Any], error: DomainError | None
) -> HttpResponse:
    actor = require_actor(request)
    wanted = plain(request.GET.get("q", ""), 40)
    rows = worklist.deputyships(actor)
    items = dict(
        ItemVersion.objects.filter(
            is_current=True, item__key__in={key for row in rows for key in row.item_keys}
        ).values_list("item__key", "title_zh")
    )
    phrases = worklist.phrases_for(actor)
    context = {
        "section": "/desk/settings/",
        "q": wanted,
        "people": [_option(one) for one in worklist.choose_official(actor, wanted)],
        "typed": {
            "from_date": str(today()),
            "to_date": str(today() + timedelta(days=4)),
            **typed,
        },
        "refusal": reason_of(error),
        "deputies": [
            {
                "id": row.pk,
                "is_mine": row.principal_id == actor.account_id,
                "principal": row.principal_name,
                "deputy": row.deputy_name,
                "from_date": row.from_date,
                "to_date": row.to_date,
                "is_now": row.from_date <= today(),
                "items": "、".join(items.get(key, key) for key in row.item_keys),
                "reason": row.reason,
            }
            for row in rows
        ],
        "item_options": _items(actor),
        "own_phrases": [row for row in phrases if row.account_id is not None],
        "unit_phrases": [row for row in phrases if row.account_id is None],
        "units": _units(actor),
        "hand_overs": worklist.open_hand_overs(actor),
    }
    return render(
        request,
        "applications/desk/settings.html",
        context,
        status=error.status if error else 200,
    )


def _items(actor: Actor) -> list[tuple[str, str]]:
    """Return the items that the official's units offer, to narrow a deputyship by."""
    offered = ImplementationItem.objects.filter(
        organization__in=worklist.units_of(actor.account_id)
    )
    rows = offered.order_by("item__key").values_list("item__key", "title_zh")
    return list(dict(rows.distinct()[:MOST_UNITS]).items())


def _units(actor: Actor) -> list[tuple[str, str]]:
    """Return the units whose phrases the official may keep."""
    held = access.scope(actor, "task.assign", org="path", division="division__path")
    rows = Organization.objects.filter(held, is_active=True).order_by("path")[:MOST_UNITS]
    return [(row.pk, row.name) for row in rows]


def _option(one: Official) -> tuple[str, str]:
    about = " · ".join(part for part in (one.unit, one.post) if part)
    return str(one.account_id), f"{one.name}（{about}）" if about else one.name


def _say(request: HttpRequest, act: Callable[[], object], done: str) -> HttpResponse:
    try:
        act()
    except DomainError as error:
        said = reason_of(error)
        toasts.error(request, f"{said['reason']}。{said['mend']}")
    else:
        toasts.success(request, done)
    return redirect("desk:settings")


@require_POST
@official_required
def end_deputy(request: HttpRequest, deputyship_id: int) -> HttpResponse:
    """结束代理 at once."""
    actor = require_actor(request)
    return _say(
        request,
        lambda: worklist.end_deputy(actor=actor, deputyship_id=deputyship_id),
        _("代理已结束。"),
    )


@require_POST
@official_required
def add_phrase(request: HttpRequest) -> HttpResponse:
    """添加常用语."""
    actor = require_actor(request)
    text = plain(request.POST.get("text", ""), 1000)
    unit = plain(request.POST.get("unit", ""), 80)
    return _say(
        request,
        lambda: worklist.add_phrase(actor=actor, text=text, unit=unit),
        _("常用语已添加。"),
    )


@require_POST
@official_required
def remove_phrase(request: HttpRequest, phrase_id: int) -> HttpResponse:
    """删除常用语."""
    actor = require_actor(request)
    return _say(
        request,
        lambda: worklist.remove_phrase(actor=actor, phrase_id=phrase_id),
        _("常用语已删除。"),
    )


@require_http_methods(["GET", "POST"])
@official_required
def hand_over(request: HttpRequest) -> HttpResponse:
    """交接: choose who gives and who takes, see where each task would go, then do it.

    GET with ``to`` is the dry run; POST begins, or goes on with what was not finished.
    """
    actor = require_actor(request)
    given = request.POST if request.method == "POST" else request.GET
    giver = _number(given.get("giver", "")) or actor.account_id
    to, reason = _number(given.get("to", "")), plain(given.get("reason", ""), 200)
    plan, error = None, None
    if request.method == "POST":
        try:
            row = worklist.start_hand_over(
                actor=actor, from_account=giver, to_account=to, reason=reason
            )
        except DomainError as refusal:
            error = refusal
        else:
            names = {"moved": row.moved, "to": row.to_name, "others": row.to_others}
            if row.finished_at is None:
                toasts.warning(
                    request, _("已向%(to)s移交 %(moved)s 件，还没有完，请继续。") % names
                )
                return redirect("desk:hand-over-run", row.pk)
            toasts.success(
                request, _("交接完成：%(to)s %(moved)s 件，交其他人 %(others)s 件。") % names
            )
            return redirect("desk:settings")
    if to:
        try:
            plan = worklist.plan_hand_over(actor=actor, from_account=giver, to_account=to)
        except DomainError as refusal:
            error = error or refusal
    wanted = plain(request.GET.get("q", ""), 40)
    people = [_option(one) for one in worklist.choose_official(actor, wanted)]
    context = {
        "section": "/desk/settings/",
        "q": wanted,
        "people": people,
        "givers": [(str(actor.account_id), _("我自己")), *people],
        "giver": str(giver),
        "to": str(to) if to else "",
        "reason": reason,
        "plan": plan,
        "plan_lines": _plan_lines(plan),
        "plan_counts": _plan_counts(plan),
        "refusal": reason_of(error),
        "may_assign": bool(_units(actor)),
    }
    return render(
        request,
        "applications/desk/hand_over.html",
        context,
        status=error.status if error else 200,
    )


def _goes() -> dict[str, str]:
    return {
        "TO_SUCCESSOR": _("交给接收人"),
        "TO_OTHERS": _("接收人没有权限，交本岗或负责人"),
        "TO_ANSWER": _("委派中，答复后交接收人"),
        "TO_DELEGATOR": _("不再答复，交回委派人"),
    }


def _plan_lines(plan: worklist.HandOverPlan | None) -> list[dict[str, str]]:
    if plan is None:
        return []
    return [
        {
            "number": line.case_number,
            "title": line.case_title,
            "step": words.either(line.title_zh, line.title_en),
            "goes": _goes()[line.goes],
        }
        for line in plan.lines
    ]


def _plan_counts(plan: worklist.HandOverPlan | None) -> list[tuple[str, int]]:
    return [(_goes()[key], count) for key, count in plan.counts.items()] if plan else []


@require_http_methods(["GET", "POST"])
@official_required
def hand_over_run(request: HttpRequest, hand_over_id: int) -> HttpResponse:
    """继续交接 of thousands, batch by batch.

    :raises NotFoundError: absent, or begun by somebody else.
    """
    actor = require_actor(request)
    row = worklist.access_hand_over(actor, hand_over_id)
    if request.method == "POST":
        row = worklist.go_on_with(actor=actor, hand_over_id=hand_over_id)
    context = {"section": "/desk/settings/", "row": row}
    part = "hand_over_progress" if request.headers.get("HX-Request") else "hand_over_run"
    return render(request, f"applications/desk/{part}.html", context)
