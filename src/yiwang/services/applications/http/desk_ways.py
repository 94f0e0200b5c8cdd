"""更多办理方式: how a task changes hands, is shown, hastened or sent back; a page for each way."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.identity.http.actors import require_actor
from yiwang.kernel.base.identity.http.guards import official_required
from yiwang.kernel.base.organizations.models import Post
from yiwang.kernel.casework.process.access import see_task
from yiwang.kernel.casework.process.engine import get_process
from yiwang.kernel.casework.process.models import Task
from yiwang.kernel.casework.worklist import facade as worklist
from yiwang.kernel.casework.worklist.facade import Official, Turn
from yiwang.kernel.errors import DomainError, NotFoundError
from yiwang.services.applications.http import desk_shown as words
from yiwang.services.applications.http.desk_moves import MOVES
from yiwang.services.applications.http.desk_parts import (
    MOST_TEXT,
    Offer,
    Sent,
    Way,
    case_line,
    plain,
    reason_of,
)

__all__ = ["WAYS", "confirm_read", "offered_ways", "turn_context", "way"]


def _transfer(actor: Actor, task_id: int, sent: Sent) -> object:
    return worklist.transfer_task(
        actor=actor,
        task_id=task_id,
        reason=sent.words,
        to_account=None if sent.post else sent.person,
        to_post=sent.post,
        seen_version=sent.version,
    )


def _delegate(actor: Actor, task_id: int, sent: Sent) -> object:
    return worklist.delegate_task(
        actor=actor,
        task_id=task_id,
        to_account=sent.person,
        question=sent.words,
        seen_version=sent.version,
    )


def _show(kind: str) -> Callable[[Actor, int, Sent], object]:
    def run(actor: Actor, task_id: int, sent: Sent) -> object:
        return worklist.show_to(
            actor=actor, task_id=task_id, readers=sent.people, kind=kind, note=sent.words
        )

    return run


def _is_one(offer: Offer) -> bool:
    return offer.task.signers == 1


_ALL = (
    Way(
        key="claim",
        title=gettext_lazy("抢办"),
        explains=gettext_lazy("这件由您来办，同岗位的同事看得到，不会重复办理。"),
        icon="hand",
        run=lambda actor, task_id, sent: worklist.claim_task(actor=actor, task_id=task_id),
        offered=lambda offer: (
            offer.is_open and offer.turn.holder_id is None and offer.turn.may_act and _is_one(offer)
        ),
        done=gettext_lazy("已抢办，这件由您办理。"),
    ),
    Way(
        key="give-back",
        title=gettext_lazy("放回待领"),
        explains=gettext_lazy("放回本岗位的待办，任何一位同事都可以办理。"),
        icon="inbox",
        run=lambda actor, task_id, sent: worklist.give_back(
            actor=actor, task_id=task_id, reason=sent.words, seen_version=sent.version
        ),
        offered=lambda offer: offer.may_dispose and offer.turn.holder_id is not None,
        done=gettext_lazy("已放回待领。"),
        text=gettext_lazy("理由"),
        needs_text=False,
    ),
    Way(
        key="transfer",
        title=gettext_lazy("转办"),
        explains=gettext_lazy("交给有同样岗位权限的同事办理，您不再办理这件。"),
        icon="arrow-left-right",
        run=_transfer,
        offered=lambda offer: offer.may_dispose and _is_one(offer),
        done=gettext_lazy("已转办。"),
        people="competent",
        text=gettext_lazy("转办理由"),
        leaves=True,
    ),
    Way(
        key="delegate",
        title=gettext_lazy("委派"),
        explains=gettext_lazy("请一位同事（可以是其他岗位）答复，答复后回到您手上，由您办理。"),
        icon="message-circle-question-mark",
        run=_delegate,
        offered=lambda offer: offer.is_open and offer.turn.may_act and _is_one(offer),
        done=gettext_lazy("已委派，等对方答复。"),
        people="one",
        text=gettext_lazy("请对方答复什么"),
        leaves=True,
    ),
    Way(
        key="take-back",
        title=gettext_lazy("收回委派"),
        explains=gettext_lazy("不再等对方答复，这件马上回到您手上。"),
        icon="undo-2",
        run=lambda actor, task_id, sent: worklist.take_back(actor=actor, task_id=task_id),
        offered=lambda offer: offer.turn.is_delegator,
        done=gettext_lazy("已收回，由您办理。"),
    ),
    Way(
        key="answer",
        title=gettext_lazy("答复交回"),
        explains=gettext_lazy("写好答复后，这件回到委派人手上，由委派人办理。"),
        icon="reply",
        run=lambda actor, task_id, sent: worklist.answer_delegation(
            actor=actor, task_id=task_id, answer=sent.words
        ),
        offered=lambda offer: offer.turn.is_delegate,
        done=gettext_lazy("已答复并交回委派人。"),
        text=gettext_lazy("答复"),
        leaves=True,
    ),
    Way(
        key="copy",
        title=gettext_lazy("抄送"),
        explains=gettext_lazy("让对方知道这件事。对方可以查看办件，不能办理。"),
        icon="send",
        run=_show("COPY"),
        offered=lambda offer: True,
        done=gettext_lazy("已抄送。"),
        people="many",
        text=gettext_lazy("附言"),
        needs_text=False,
    ),
    Way(
        key="circulate",
        title=gettext_lazy("传阅"),
        explains=gettext_lazy("请对方阅读并回执，可以写阅后意见；不能办理。"),
        icon="book-open-check",
        run=_show("CIRCULATE"),
        offered=lambda offer: True,
        done=gettext_lazy("已发出传阅。"),
        people="many",
        text=gettext_lazy("附言"),
        needs_text=False,
    ),
    Way(
        key="urge",
        title=gettext_lazy("催办"),
        explains=gettext_lazy("提醒承办人抓紧办理，每小时一次，会显示在这件待办上。"),
        icon="bell-ring",
        run=lambda actor, task_id, sent: worklist.urge_task(
            actor=actor, task_id=task_id, words=sent.words
        ),
        offered=lambda offer: offer.is_open and not offer.turn.is_mine,
        done=gettext_lazy("已催办。"),
        text=gettext_lazy("催办内容"),
        needs_text=False,
    ),
)
WAYS: dict[str, Way] = {one.key: one for one in (*_ALL, *MOVES)}


def offered_ways(offer: Offer) -> list[Way]:
    """Return the ways that are open now, in the order of the menu."""
    return [one for one in WAYS.values() if one.offered(offer)]


def read_offer(actor: Actor, task: Task, turn: Turn) -> Offer:
    return Offer(actor, task, turn, get_process(task.token.definition_id).steps[task.step])


@require_http_methods(["GET", "POST"])
@official_required
def way(request: HttpRequest, task_id: int, key: str) -> HttpResponse:
    """One way for one task: explained, asked for in one form, and done.

    :raises NotFoundError: no such way, or the task is out of the official's reach.
    """
    chosen = WAYS.get(key)
    if chosen is None:
        raise NotFoundError
    actor = require_actor(request)
    see_task(actor, task_id)
    task = Task.objects.select_related("token", "organization", "case").get(pk=task_id)
    if request.method == "GET":
        offer = read_offer(actor, task, worklist.read_turn(actor, task))
        if not chosen.offered(offer):
            toasts.warning(request, _("这件现在不能这样办理，请看最新情况。"))
            return redirect(_task_address(request, task_id))
        return _form(request, offer, chosen, Sent(), None)
    sent = _read(request)
    try:
        chosen.run(actor, task_id, sent)
    except DomainError as error:
        task.refresh_from_db()
        offer = read_offer(actor, task, worklist.read_turn(actor, task))
        return _form(request, offer, chosen, sent, error)
    toasts.success(
        request,
        _("%(number)s：%(said)s") % {"number": task.case_number, "said": str(chosen.done)},
    )
    if chosen.leaves:
        return redirect(reverse("desk:inbox") + _query(request))
    return redirect(_task_address(request, task_id))


def _read(request: HttpRequest) -> Sent:
    given = request.POST
    targets = [value for value in given.getlist("target") if len(value) < 150]
    version = given.get("version", "")
    return Sent(
        people=tuple(int(value) for value in targets if value.isdigit() and len(value) < 19),
        post=next((value[5:] for value in targets if value.startswith("post:")), ""),
        words=plain(given.get("words", ""), MOST_TEXT),
        choice=plain(given.get("choice", ""), 120),
        then=plain(given.get("then", ""), 40),
        version=int(version) if version.isdigit() and len(version) < 9 else None,
    )


def _query(request: HttpRequest) -> str:
    kept = [(k, v) for k, v in request.GET.items() if k in ("tab", "step", "unit", "due", "order")]
    return f"?{urlencode(kept)}" if kept else ""


def _task_address(request: HttpRequest, task_id: int) -> str:
    return reverse("desk:task", args=[task_id]) + _query(request)


def _form(
    request: HttpRequest, offer: Offer, chosen: Way, sent: Sent, error: DomainError | None
) -> HttpResponse:
    wanted = plain(request.GET.get("q", ""), 40)
    chosen_now = [*map(str, sent.people), *([f"post:{sent.post}"] if sent.post else [])]
    targets = _targets(offer, chosen, wanted)
    context = {
        "section": "/desk/",
        "way": chosen,
        "task": offer.task,
        "case_line": case_line(offer.task),
        "turn": offer.turn,
        "asked": offer.turn.delegation.question
        if chosen.key == "answer" and offer.turn.delegation
        else "",
        "targets": targets,
        "target_kind": "checkboxes" if chosen.people == "many" else "radio",
        "target_value": chosen_now if chosen.people == "many" else "".join(chosen_now[:1]),
        "q": wanted,
        "words": sent.words,
        "choices": chosen.choices(offer) if chosen.choices else [],
        "choice": sent.choice,
        "then": sent.then,
        "version": offer.task.version if sent.version is None else sent.version,
        "refusal": reason_of(error),
        "back_url": _task_address(request, offer.task.pk),
        "action_url": request.get_full_path(),
        "phrases": worklist.phrase_texts(offer.actor) if chosen.key == "answer" else [],
        "inbox_url": reverse("desk:inbox") + _query(request),
    }
    status = error.status if error else 200
    return render(request, "applications/desk/way.html", context, status=status)


def _targets(offer: Offer, chosen: Way, wanted: str) -> list[dict[str, str]]:
    """Return whom one may choose: posts first where a post may take it, then people."""
    if not chosen.people:
        return []
    if chosen.people != "competent":
        return [_person(one) for one in worklist.choose_official(offer.actor, wanted)]
    people = worklist.choose_competent(offer.task, wanted)
    own = offer.actor.account_id if offer.turn.holder_id is None else 0
    rows = [_person(one) for one in people if one.account_id != own]
    if wanted:
        return rows
    posts = Post.objects.filter(pk__in=worklist.posts_for(offer.task)).order_by("key")
    return [
        {
            "value": f"post:{post.pk}",
            "label": _("岗位：%(post)s") % {"post": post.title},
            "hint": _("自动交给该岗位在办最少的人"),
        }
        for post in posts
    ] + rows


def _person(one: Official) -> dict[str, str]:
    hint = " · ".join(part for part in (one.unit, one.post) if part)
    if one.waiting:
        hint += _("，在办 %(count)s 件") % {"count": one.waiting}
    return {"value": str(one.account_id), "label": one.name, "hint": hint}


@require_POST
@official_required
def confirm_read(request: HttpRequest, circulation_id: int) -> HttpResponse:
    """已阅 of a copy, with a remark if one likes.

    :raises NotFoundError: absent, or somebody else's.
    """
    row = worklist.confirm_read(
        actor=require_actor(request),
        circulation_id=circulation_id,
        remark=plain(request.POST.get("remark", ""), 500),
    )
    toasts.success(request, _("已回执。"))
    return redirect(_task_address(request, row.task_id))


def menu(offer: Offer, query: str) -> list[dict[str, Any]]:
    """Return the entries of 更多办理方式 for the page of a task."""
    return [
        {
            "key": one.key,
            "label": str(one.title),
            "icon": one.icon,
            "hint": str(one.explains),
            "href": reverse("desk:way", args=[offer.task.pk, one.key]) + query,
        }
        for one in offered_ways(offer)
    ]


def turn_context(actor: Actor, task: Task, query: str) -> dict[str, Any]:
    """Return what the page of a task shows of who holds it and what else can be done."""
    turn = worklist.read_turn(actor, task)
    entries = menu(read_offer(actor, task, turn), query)
    first = ("claim", "answer", "take-back", "resume")
    copies = [one for one in turn.copies if one.reader_id == actor.account_id and not one.read_at]
    return {
        "turn": turn,
        "holder": _holder_words(turn),
        "ways": [entry for entry in entries if entry["key"] not in first],
        "first_ways": [entry for entry in entries if entry["key"] in first],
        "copies_to_confirm": copies,
        "hands": _hands_rows(turn),
        "urged": _urged_words(turn),
    }


def _holder_words(turn: Turn) -> str:
    if turn.delegation is not None:
        names = {"who": turn.delegation.delegate_name, "by": turn.delegation.delegator_name}
        return _("%(by)s委派%(who)s答复中") % names
    if turn.holder_id is None:
        return _("待领")
    if turn.is_mine:
        return _("由您办理")
    if turn.in_name_of:
        return _("您代%(who)s办理") % {"who": turn.in_name_of}
    return _("由%(who)s办理") % {"who": turn.holder_name}


def _urged_words(turn: Turn) -> str:
    if not turn.urges:
        return ""
    last = turn.urges[-1]
    said = _("已催办 %(count)s 次，最近一次：%(who)s，%(at)s") % {
        "count": len(turn.urges),
        "who": last.by_name,
        "at": words.moment(last.at),
    }
    return f"{said}：{last.words}" if last.words else said


def _hands_rows(turn: Turn) -> list[dict[str, Any]]:
    """Return delegations with their answers, and copies with their receipts, in order."""
    rows: list[dict[str, Any]] = [
        {
            "at": one.at,
            "who": _("%(by)s 委派 %(to)s") % {"by": one.delegator_name, "to": one.delegate_name},
            "words": one.question,
            "answer": one.answer,
            "state": one.get_status_display(),
        }
        for one in turn.delegations
    ]
    rows += [
        {
            "at": one.at,
            "who": f"{one.by_name} {one.get_kind_display()} {one.reader_name}",
            "words": one.note,
            "answer": one.remark,
            "state": _("已阅 %(at)s") % {"at": words.moment(one.read_at)}
            if one.read_at
            else _("未读"),
        }
        for one in turn.copies
    ]
    return sorted(rows, key=lambda row: row["at"])
