"""秒批页面: which items are instant, who released them, what the reviews found, and the reviews."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages as toasts
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from yiwang.kernel.base.access import facade as access
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.identity.http.actors import require_actor
from yiwang.kernel.base.identity.http.guards import official_required
from yiwang.kernel.errors import DomainError, InvalidInputError, NotFoundError
from yiwang.services.applications.http.desk import require_somewhere
from yiwang.services.applications.http.desk_shown import either, moment
from yiwang.services.items.models import ItemVersion
from yiwang.services.releases.access import REVIEW, editable_packs, require_item
from yiwang.services.releases.actions.instant import (
    judge_review,
    propose_path,
    release_path,
    stop_path,
)
from yiwang.services.releases.gate import instant_rules_of, is_open
from yiwang.services.releases.models import InstantPath, InstantReview
from yiwang.services.releases.watch import Watch, watch_of

SECTION = "/desk/instant/"
REVIEWS = "/desk/instant/reviews/"
PAGE = 20


@require_GET
@official_required
def path_list(request: HttpRequest) -> HttpResponse:
    """秒批: every item of the actor's that may be decided without a person."""
    actor = require_actor(request)
    packs = [pack.release.key for pack in editable_packs(actor)]
    if not packs:
        # Whoever only reviews has the list of reviews; the rest is refused there.
        return redirect("releases:reviews")
    versions = [
        one
        for one in ItemVersion.objects.filter(
            is_current=True, item__is_active=True, item__pack_key__in=packs
        )
        .select_related("item")
        .order_by("item__key")
        if one.process_id is not None and instant_rules_of(one.process_id)
    ]
    keys = [one.item.key for one in versions]
    paths = {one.item_key: one for one in InstantPath.objects.filter(item_key__in=keys)}
    counts = _counts(keys)
    columns = [
        {"key": "title", "label": _("事项"), "href": "href"},
        {"key": "state", "label": _("状态"), "kind": "tag"},
        {"key": "share", "label": _("抽查比例")},
        {"key": "reviewed", "label": _("已抽查"), "kind": "number"},
        {"key": "wrong", "label": _("有误"), "kind": "number"},
        {"key": "waiting", "label": _("待抽查"), "kind": "number"},
    ]
    rows = [_row(one, paths.get(one.item.key), counts.get(one.item.key, {})) for one in versions]
    return render(
        request,
        "releases/instant.html",
        {"section": SECTION, "columns": columns, "rows": rows},
    )


@require_http_methods(["GET", "POST"])
@official_required
def path_page(request: HttpRequest, key: str) -> HttpResponse:
    """One item's path: its state, how it is watched, and the acts that fit the state."""
    actor = require_actor(request)
    require_item(actor, key)
    refusal: DomainError | None = None
    if request.method == "POST":
        try:
            said = _act(request, actor, key)
        except DomainError as error:
            refusal = error
        else:
            toasts.success(request, said)
            return redirect("releases:path", key=key)
    version = ItemVersion.objects.select_related("item").get(item__key=key, is_current=True)
    path = InstantPath.objects.filter(item_key=key).first()
    opened = is_open(path.state if path else None, version)
    errors = _errors(refusal)
    return render(
        request,
        "releases/path.html",
        {
            "section": SECTION,
            "key": key,
            "title": either(version.title_zh, version.title_en),
            "path": path,
            "is_open": opened,
            "state": _state_words(path, version),
            "tone": "good" if opened else "warn",
            "facts": _facts(path, version),
            "typed": _typed(request, watch_of(path, version)),
            "errors": errors,
            "refusal": {"reason": either(refusal.zh, refusal.en), "mend": either(*refusal.mend)}
            if refusal is not None and not errors
            else None,
            "mine": path is not None and path.proposed_by_id == actor.account_id,
            "wrong": [_judged(one) for one in _wrong_ones(key)],
            "columns": [
                {"key": "case", "label": _("办件"), "href": "href"},
                {"key": "note", "label": _("哪里有误")},
                {"key": "by", "label": _("抽查人")},
                {"key": "at", "label": _("时间")},
            ],
        },
        status=refusal.status if refusal is not None else 200,
    )


@require_http_methods(["GET", "POST"])
@official_required
def reviews(request: HttpRequest) -> HttpResponse:
    """秒批抽查: what was drawn and waits, oldest first; each with its verdict."""
    actor = require_actor(request)
    scope = access.scope(actor, REVIEW)
    refusal: DomainError | None = None
    refused = 0
    if request.method == "POST":
        refused = max(_number(request, "review"), 0)
        try:
            _review, stopped = judge_review(
                actor=actor,
                review_id=refused,
                verdict=request.POST.get("verdict", ""),
                note=request.POST.get("note", ""),
            )
        except DomainError as error:
            refusal = error
        else:
            if stopped:
                toasts.warning(request, _("差错超过限度，这个事项的秒批已自动停止"))
            else:
                toasts.success(request, _("抽查结论已记录"))
            return redirect("releases:reviews")
    waiting = InstantReview.objects.filter(scope, verdict=InstantReview.Verdict.OPEN)
    after = request.GET.get("after", "")
    if after.isdecimal():
        waiting = waiting.filter(pk__gt=int(after))
    rows = list(waiting.select_related("case").order_by("id")[: PAGE + 1])
    shown = rows[:PAGE]
    if not shown and not InstantReview.objects.filter(scope).exists():
        require_somewhere(actor, REVIEW)
    return render(
        request,
        "releases/reviews.html",
        {
            "section": REVIEWS,
            "rows": [_waiting(one, request, refusal, refused) for one in shown],
            "next_href": f"?after={shown[-1].pk}" if len(rows) > PAGE else "",
        },
        status=refusal.status if refusal is not None else 200,
    )


def _act(request: HttpRequest, actor: Actor, key: str) -> str:
    match request.POST.get("do", ""):
        case "propose":
            propose_path(actor=actor, item_key=key, watch=_watch(request))
            return _("已提请放行，等另一位同事核对")
        case "release":
            release_path(actor=actor, item_key=key)
            return _("秒批已放行")
        case "stop":
            stop_path(actor=actor, item_key=key, reason=request.POST.get("reason", ""))
            return _("秒批已停止，新办件由工作人员办理")
    raise NotFoundError


def _watch(request: HttpRequest) -> Watch:
    """Read the form; what is no number becomes one that the action refuses with its words."""
    try:
        share = Decimal(request.POST.get("sample_share", "").strip() or "-1") / 100
    except InvalidOperation:
        share = Decimal(-1)
    share = share if share.is_finite() else Decimal(-1)
    return Watch(share, _number(request, "errors_allowed"), _number(request, "window"))


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "").strip()
    return int(text) if text.isdecimal() and len(text) < 16 else -1


def _typed(request: HttpRequest, watch: Watch) -> dict[str, str]:
    percent = format((watch.sample_share * 100).normalize(), "f")
    own = {
        "sample_share": percent,
        "errors_allowed": str(watch.errors_allowed),
        "window": str(watch.window),
        "reason": "",
    }
    return {name: request.POST.get(name, text) for name, text in own.items()}


def _errors(refusal: DomainError | None) -> dict[str, str]:
    if not isinstance(refusal, InvalidInputError):
        return {}
    return {one.field: either(one.reason_zh, one.reason_en) for one in refusal.problems}


def _counts(keys: list[str]) -> dict[str, dict[str, int]]:
    verdict = InstantReview.Verdict
    rows = (
        InstantReview.objects.filter(item_key__in=keys)
        .values("item_key")
        .annotate(
            reviewed=Count("id", filter=~Q(verdict=verdict.OPEN)),
            wrong=Count("id", filter=Q(verdict=verdict.WRONG)),
            waiting=Count("id", filter=Q(verdict=verdict.OPEN)),
        )
    )
    return {
        row["item_key"]: {name: row[name] for name in ("reviewed", "wrong", "waiting")}
        for row in rows
    }


def _row(version: ItemVersion, path: InstantPath | None, counts: dict[str, int]) -> dict[str, Any]:
    watch = watch_of(path, version)
    return {
        "title": either(version.title_zh, version.title_en),
        "href": reverse("releases:path", kwargs={"key": version.item.key}),
        "state": _state_words(path, version),
        "share": f"{format((watch.sample_share * 100).normalize(), 'f')}%",
        "reviewed": counts.get("reviewed", 0),
        "wrong": counts.get("wrong", 0),
        "waiting": counts.get("waiting", 0),
    }


def _state_words(path: InstantPath | None, version: ItemVersion) -> str:
    if path is None:
        return _("已放行") if is_open(None, version) else _("未放行")
    return {
        InstantPath.State.PROPOSED: _("待第二人放行"),
        InstantPath.State.OPEN: _("已放行"),
        InstantPath.State.STOPPED: _("已停止"),
    }[InstantPath.State(path.state)]


def _facts(path: InstantPath | None, version: ItemVersion) -> list[tuple[str, str]]:
    watch = watch_of(path, version)
    percent = format((watch.sample_share * 100).normalize(), "f")
    limit = _("最近 %(window)s 次抽查中超过 %(errors)s 件有误，自动停止") % {
        "window": watch.window,
        "errors": watch.errors_allowed,
    }
    facts = [(_("抽查"), _("办结后按 %(percent)s%% 抽取") % {"percent": percent})]
    facts.append((_("停止条件"), limit))
    if path is None:
        released = version.content.get("instant", {}).get("released")
        if released:
            facts.append((_("放行"), f"{'、'.join(released['by'])}（{released['on']}）"))
        return facts
    facts.append((_("提出"), f"{path.proposed_by_name}（{moment(path.proposed_at)}）"))
    if path.released_at is not None and path.state != InstantPath.State.PROPOSED:
        facts.append((_("放行"), f"{path.released_by_name}（{moment(path.released_at)}）"))
    if path.stopped_at is not None:
        facts.append((_("停止"), f"{path.stopped_by_name}（{moment(path.stopped_at)}）"))
        facts.append((_("停止原因"), either(path.stop_reason_zh, path.stop_reason_en)))
    return facts


def _wrong_ones(key: str) -> list[InstantReview]:
    found = InstantReview.objects.filter(item_key=key, verdict=InstantReview.Verdict.WRONG)
    return list(found.select_related("case").order_by("-judged_at", "-id")[:PAGE])


def _judged(one: InstantReview) -> dict[str, str]:
    return {
        "case": one.case.number,
        "href": reverse("desk:case", kwargs={"number": one.case.number}),
        "note": one.note,
        "by": one.judged_by_name,
        "at": moment(one.judged_at) if one.judged_at else "",
    }


def _waiting(
    one: InstantReview, request: HttpRequest, refusal: DomainError | None, refused: int
) -> dict[str, Any]:
    is_refused = refusal is not None and one.pk == refused
    errors = _errors(refusal) if is_refused else {}
    return {
        "pk": one.pk,
        "number": one.case.number,
        "title": either(one.case.title, one.case.title_en),
        "href": reverse("desk:case", kwargs={"number": one.case.number}),
        "drawn": moment(one.drawn_at),
        "note": request.POST.get("note", "") if is_refused else "",
        "note_error": errors.get("note"),
        "error": either(refusal.zh, refusal.en) if refusal and is_refused and not errors else "",
    }
