"""批量办理: choose among the waiting tasks of one step, one act for all, a result for each."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from yiwang.kernel.base.identity.http.actors import require_actor
from yiwang.kernel.base.identity.http.guards import official_required
from yiwang.kernel.casework.process.engine import get_process
from yiwang.kernel.casework.process.models import Task
from yiwang.kernel.casework.process.rules.definition import Act
from yiwang.kernel.casework.worklist import facade as worklist
from yiwang.kernel.casework.worklist.models import BulkRow, BulkRun
from yiwang.kernel.errors import DomainError
from yiwang.services.applications.http import desk_shown as words
from yiwang.services.applications.http.desk_parts import MOST_TEXT, case_line, plain, reason_of
from yiwang.services.applications.inbox import InboxFilter, list_waiting

MOST_SHOWN = 100


@require_http_methods(["GET", "POST"])
@official_required
def bulk(request: HttpRequest) -> HttpResponse:
    """Choose the tasks and the act; sending begins the run and does its first batch."""
    if request.method == "GET":
        return _choose(request, set(), "", "", None)
    given = request.POST
    chosen = [int(v) for v in given.getlist("task") if v.isdigit() and len(v) < 19]
    act, opinion = plain(given.get("act", ""), 60), plain(given.get("opinion", ""), MOST_TEXT)
    actor = require_actor(request)
    try:
        run = worklist.begin_bulk(actor=actor, task_ids=chosen, act=act, opinion=opinion)
    except DomainError as error:
        return _choose(request, set(chosen), act, opinion, error)
    worklist.go_on_with_bulk(actor=actor, run_id=run.pk)
    return redirect("desk:bulk-run", run.pk)


def _choose(
    request: HttpRequest, chosen: set[int], act: str, opinion: str, error: DomainError | None
) -> HttpResponse:
    actor = require_actor(request)
    wanted = InboxFilter(
        step=plain(request.GET.get("step", ""), 120), unit=plain(request.GET.get("unit", ""), 80)
    )
    tasks = list_waiting(actor, wanted, MOST_SHOWN + 1)
    context = {
        "section": "/desk/",
        "rows": [
            case_line(task)
            | {
                "id": task.pk,
                "is_chosen": task.pk in chosen,
                "href": reverse("desk:task", args=[task.pk]),
                "opened_at": task.opened_at,
            }
            for task in tasks[:MOST_SHOWN]
        ],
        "is_more": len(tasks) > MOST_SHOWN,
        "most": MOST_SHOWN,
        "acts": [
            {
                "key": one.key,
                "title": words.either(one.title_zh, one.title_en),
                "is_chosen": one.key == act,
                "needs_opinion": one.opinion == "required",
            }
            for one in common_acts(tasks[:MOST_SHOWN])
        ],
        "opinion": opinion,
        "phrases": worklist.phrase_texts(actor),
        "refusal": reason_of(error),
        "step": words.either(tasks[0].title_zh, tasks[0].title_en) if tasks else wanted.step,
        "action_url": request.get_full_path(),
    }
    status = error.status if error else 200
    return render(request, "applications/desk/bulk.html", context, status=status)


def common_acts(tasks: list[Task]) -> list[Act]:
    """Return the acts that every task offers and that ask for nothing but an opinion."""
    offered: list[Act] | None = None
    for key, step in {(task.token.definition_id, task.step) for task in tasks}:
        acts = get_process(key).steps[step].acts
        plain_ones = [one for one in acts.values() if not one.input]
        if offered is None:
            offered = plain_ones
        else:
            keys = {one.key for one in plain_ones}
            offered = [one for one in offered if one.key in keys]
    return offered or []


@require_http_methods(["GET", "POST"])
@official_required
def bulk_run(request: HttpRequest, run_id: int) -> HttpResponse:
    """结果: how far the run is, and what became of each task. POST does the next batch.

    :raises NotFoundError: absent, or somebody else's run.
    """
    actor = require_actor(request)
    run = worklist.access_bulk(actor, run_id)
    if request.method == "POST":
        worklist.go_on_with_bulk(actor=actor, run_id=run.pk)
        if not request.headers.get("HX-Request"):
            return redirect("desk:bulk-run", run.pk)
    context = _run_context(run) | {"section": "/desk/"}
    part = "bulk_progress" if request.headers.get("HX-Request") else "bulk_run"
    return render(request, f"applications/desk/{part}.html", context)


def _run_context(run: BulkRun) -> dict[str, Any]:
    rows = list(run.rows.order_by("position"))
    waiting = sum(row.status == BulkRow.Status.WAITING for row in rows)
    refused = sum(row.status == BulkRow.Status.REFUSED for row in rows)
    tones = {
        BulkRow.Status.DONE: "good",
        BulkRow.Status.SIGNED: "primary",
        BulkRow.Status.REFUSED: "danger",
    }
    return {
        "run": run,
        "total": len(rows),
        "processed": len(rows) - waiting,
        "waiting": waiting,
        "refused": refused,
        "done": len(rows) - waiting - refused,
        "rows": [
            {
                "number": row.case_number or _("第 %(at)s 件") % {"at": row.position},
                "title": row.case_title,
                "state": row.get_status_display(),
                "tone": tones.get(BulkRow.Status(row.status), ""),
                "reason": words.either(row.reason_zh, row.reason_en),
                "href": reverse("desk:task", args=[row.task_id]) if row.case_number else "",
            }
            for row in rows
        ],
    }
