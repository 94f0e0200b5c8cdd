"""规则页面: the tables one may edit, the editor, the comparison with its replay, the release."""

import re
from typing import Any

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.identity.http.actors import require_actor
from yiwang.kernel.base.identity.http.guards import official_required
from yiwang.kernel.casework.rules.dmn import export_table
from yiwang.kernel.casework.rules.errors import RuleFinding, RulesError
from yiwang.kernel.casework.rules.feel.builtins.conversion import to_text
from yiwang.kernel.casework.rules.feel.values import enter
from yiwang.kernel.casework.rules.models import RuleDefinition
from yiwang.kernel.casework.rules.yaml_tables import compile_table
from yiwang.kernel.errors import DomainError, NotFoundError, NotPermittedError
from yiwang.kernel.packs.canonical import write_yaml
from yiwang.services.applications.http.desk_shown import either, moment
from yiwang.services.releases.access import EDIT, editable_packs, require_table
from yiwang.services.releases.actions.drafts import (
    begin_draft,
    discard_draft,
    release_draft,
    save_draft,
)
from yiwang.services.releases.actions.replays import MOST, advance_replay, start_replay
from yiwang.services.releases.http.grid import grid_of, label_of, sentence, table_of
from yiwang.services.releases.models import Replay, RuleDraft
from yiwang.services.releases.rules.diffing import compare
from yiwang.services.releases.tables import findings_of, open_table, table_in_force

SECTION = "/desk/rules/"
MOST_SHOWN = 200
"""Differences of a replay that a page lists; all are counted."""


@require_GET
@official_required
def table_list(request: HttpRequest) -> HttpResponse:
    """规则: every table that the official may edit, by pack, with its open draft."""
    actor = require_actor(request)
    packs = editable_packs(actor)
    if not packs:
        raise NotPermittedError(permission=EDIT)
    keys = [key for pack in packs for key in pack.release.object_keys.get("rules", [])]
    current = {row.key: row for row in RuleDefinition.objects.filter(key__in=keys, is_current=True)}
    drafts = {
        row.key: row for row in RuleDraft.objects.filter(key__in=keys, status=RuleDraft.Status.OPEN)
    }
    groups = []
    for pack in packs:
        rows = [
            _list_row(current[key], drafts.get(key))
            for key in pack.release.object_keys.get("rules", [])
            if key in current
        ]
        if rows:
            manifest = pack.release.manifest
            title = either(str(manifest["title_zh"]), str(manifest.get("title_en", "")))
            groups.append({"title": title, "rows": rows})
    columns = [
        {"key": "title", "label": _("规则表"), "href": "href"},
        {"key": "rules", "label": _("规则数"), "kind": "number"},
        {"key": "version", "label": _("现行版本")},
        {"key": "draft", "label": _("草稿"), "kind": "tag"},
    ]
    return render(
        request,
        "releases/rules.html",
        {"section": SECTION, "groups": groups, "columns": columns},
    )


@require_GET
@official_required
def table(request: HttpRequest, key: str) -> HttpResponse:
    """One table: the version in force as people read it, and the versions before."""
    actor = require_actor(request)
    require_table(actor, key)
    running = table_in_force(key)
    draft = RuleDraft.objects.filter(key=key, status=RuleDraft.Status.OPEN).first()
    versions = RuleDefinition.objects.filter(key=key).order_by("-id")[:50]
    released = {
        one.released_version: one
        for one in RuleDraft.objects.filter(key=key, status=RuleDraft.Status.RELEASED)
    }
    return render(
        request,
        "releases/rule.html",
        {
            "section": SECTION,
            "title": _title(running.content),
            "key": key,
            "running": running,
            "draft": draft,
            "grid": grid_of(running.content, []),
            "columns": [
                {"key": "version", "label": _("版本")},
                {"key": "state", "label": _("状态"), "kind": "tag"},
                {"key": "by", "label": _("起草 / 放行")},
                {"key": "at", "label": _("时间")},
                {"key": "reason", "label": _("修改理由")},
            ],
            "versions": [_version_row(one, released.get(one.version)) for one in versions],
        },
    )


@require_GET
@official_required
def download(request: HttpRequest, key: str, kind: str) -> HttpResponse:
    """导出: the version in force as the pack's YAML or as DMN."""
    require_table(require_actor(request), key)
    running = table_in_force(key)
    if kind == "yaml":
        data, content_type = write_yaml(running.content), "application/yaml"
    elif kind == "dmn":
        made = compile_table(running.content, version=running.version)
        data, content_type = export_table(made), "application/xml"
    else:
        raise NotFoundError
    response = HttpResponse(data, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{key}.{kind}"'
    return response


@require_POST
@official_required
def begin(request: HttpRequest, key: str) -> HttpResponse:
    """起草 from the version in force, or open the draft that is there."""
    begin_draft(actor=require_actor(request), key=key)
    return redirect("releases:edit", key=key)


@require_http_methods(["GET", "POST"])
@official_required
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """The editor: the table as a form, what is wrong beside each box, saved as a whole."""
    actor = require_actor(request)
    pack = require_table(actor, key)
    draft = _open_draft(key)
    refusal: DomainError | None = None
    content: dict[str, Any] = draft.content
    if request.method == "POST":
        content = table_of(request.POST, draft.content)
        try:
            save_draft(
                actor=actor,
                draft_id=draft.pk,
                revision=_revision(request),
                content=content,
                reason=request.POST.get("reason", ""),
            )
        except DomainError as error:
            # What was typed stays on the page; nothing of it is saved.
            refusal = error
        else:
            if request.POST.get("do") == "compare":
                return redirect("releases:compare", key=key)
            if request.POST.get("do") == "save":
                toasts.success(request, _("草稿已保存"))
            return redirect(reverse("releases:edit", kwargs={"key": key}) + _anchor(request))
    findings = findings_of(open_table(pack.release, key), content)
    return render(
        request,
        "releases/edit.html",
        {
            "section": SECTION,
            "title": _title(content),
            "key": key,
            "draft": draft,
            "reason": request.POST.get("reason", draft.reason),
            "refusal": _refusal(refusal),
            "grid": grid_of(content, findings),
            "columns": len(content["inputs"]) + len(content["outputs"]) + 3,
            "findings": [_finding(one) for one in findings],
            "faulty": any(one.level == "error" for one in findings),
        },
        status=409 if refusal is not None else 200,
    )


@require_http_methods(["GET", "POST"])
@official_required
def compare_page(request: HttpRequest, key: str) -> HttpResponse:
    """核对与放行: cell by cell against the running version, the replay, and the release."""
    actor = require_actor(request)
    pack = require_table(actor, key)
    draft = _open_draft(key)
    refusal: DomainError | None = None
    if request.method == "POST":
        try:
            answer = _do(request, actor, draft)
        except DomainError as error:
            refusal = error
        else:
            return answer
    running = table_in_force(key)
    change = compare(running.content, draft.content)
    findings = findings_of(open_table(pack.release, key), draft.content)
    faulty = any(one.level == "error" for one in findings)
    replay = Replay.objects.filter(draft=draft, revision=draft.revision).first()
    return render(
        request,
        "releases/compare.html",
        {
            "section": SECTION,
            "title": _title(draft.content),
            "key": key,
            "draft": draft,
            "change": change,
            "rules": [one for one in change.rules if one.state != "same"],
            "unchanged": sum(one.state == "same" for one in change.rules),
            "words": _state_words(),
            "names": _part_names(draft.content),
            "inputs": [label_of(one) for one in draft.content["inputs"]],
            "outputs": [label_of(one) for one in draft.content["outputs"]],
            "findings": [_finding(one) for one in findings],
            "faulty": faulty,
            "refusal": _refusal(refusal),
            "may_release": actor.account_id not in draft.editors,
            **_replay_context(replay, draft),
        },
        status=refusal.status if refusal is not None else 200,
    )


@require_POST
@official_required
def replay_step(request: HttpRequest, key: str) -> HttpResponse:
    """试算下一批: the same part of the page, further on."""
    actor = require_actor(request)
    draft = _open_draft(key)
    replay = Replay.objects.filter(draft=draft, revision=draft.revision).first()
    if replay is None:
        raise NotFoundError
    replay = advance_replay(actor=actor, replay_id=replay.pk)
    if "HX-Request" not in request.headers:
        return redirect("releases:compare", key=key)
    context = {"key": key, "draft": draft, **_replay_context(replay, draft)}
    return render(request, "releases/parts/replay.html", context)


def _do(request: HttpRequest, actor: Actor, draft: RuleDraft) -> HttpResponse:
    revision = _revision(request)
    match request.POST.get("do", ""):
        case "replay":
            start_replay(actor=actor, draft_id=draft.pk, revision=revision)
            return redirect(reverse("releases:compare", kwargs={"key": draft.key}) + "#replay")
        case "release":
            definition = release_draft(actor=actor, draft_id=draft.pk, revision=revision)
            said = _("已放行，新办件按版本 %(version)s 决定") % {"version": definition.version}
            toasts.success(request, said)
            return redirect("releases:rule", key=draft.key)
        case "discard":
            discard_draft(actor=actor, draft_id=draft.pk)
            toasts.success(request, _("草稿已作废"))
            return redirect("releases:rule", key=draft.key)
    raise NotFoundError


def _revision(request: HttpRequest) -> int:
    text = request.POST.get("revision", "")
    return int(text) if text.isdecimal() and len(text) < 10 else -1


def _open_draft(key: str) -> RuleDraft:
    draft = RuleDraft.objects.filter(key=key, status=RuleDraft.Status.OPEN).first()
    if draft is None:
        raise NotFoundError
    return draft


def _list_row(row: RuleDefinition, draft: RuleDraft | None) -> dict[str, Any]:
    state = ""
    if draft is not None:
        state = _("%(name)s 起草中") % {"name": draft.drafted_by_name}
    return {
        "title": _title(row.content),
        "href": reverse("releases:rule", kwargs={"key": row.key}),
        "rules": len(row.content["rules"]),
        "version": row.version,
        "draft": state,
    }


def _version_row(row: RuleDefinition, draft: RuleDraft | None) -> dict[str, Any]:
    by = _("随场景包")
    if draft is not None:
        by = f"{draft.drafted_by_name} / {draft.closed_by_name}"
    return {
        "version": row.version,
        "state": _("现行") if row.is_current else "",
        "by": by,
        "at": moment(draft.closed_at) if draft is not None and draft.closed_at else "—",
        "reason": (draft.reason if draft is not None else "") or "—",
    }


def _title(content: Any) -> str:
    return either(str(content["title_zh"]), str(content.get("title_en", "")))


def _finding(one: RuleFinding) -> dict[str, Any]:
    example = either("，", ", ").join(
        f"{name} = {to_text(enter(value), nested=True)}" for name, value in one.example.items()
    )
    row = re.match(r"rules\[(\d+)\]", one.path)
    place = one.path
    if row is not None:
        place = _("第 %(number)s 行") % {"number": int(row.group(1)) + 1}
    return {
        "place": place,
        "row": row.group(1) if row is not None else "",
        "reason": sentence(one.reason),
        "mend": sentence(one.mend),
        "is_error": one.level == "error",
        "example": example,
    }


def _refusal(error: DomainError | None) -> dict[str, str] | None:
    if error is None:
        return None
    return {"reason": either(error.zh, error.en), "mend": either(*error.mend)}


def _anchor(request: HttpRequest) -> str:
    """Come back to the row that was added or moved, so that the hands stay where they were."""
    verb, _colon, place = request.POST.get("do", "").partition(":")
    if not place.isdecimal():
        return ""
    shift = {"add": 1, "copy": 1, "down": 1, "up": -1}.get(verb, 0)
    return f"#row-{max(int(place) + shift, 0)}"


def _state_words() -> dict[str, str]:
    return {
        "added": _("新增"),
        "removed": _("删除"),
        "changed": _("修改"),
        "moved": _("移动"),
    }


def _part_names(content: Any) -> dict[str, str]:
    names = {
        "title_zh": _("名称"),
        "title_en": _("英文名称"),
        "hit_policy": _("命中策略"),
        "default": _("默认结果"),
        "inputs": _("输入"),
        "outputs": _("输出"),
    }
    for one in content.get("parameters", []):
        names[f"parameters.{one['name']}"] = _("参数：%(name)s") % {"name": label_of(one)}
    return names


def _replay_context(replay: Replay | None, draft: RuleDraft) -> dict[str, Any]:
    rows = []
    if replay is not None:
        labels = {one["name"]: label_of(one) for one in draft.content["outputs"]}
        rows = [_difference(one, labels) for one in replay.differences[:MOST_SHOWN]]
    return {
        "replay": replay,
        "most": MOST,
        "differences": rows,
        "hidden": len(replay.differences) - len(rows) if replay is not None else 0,
        "difference_columns": [
            {"key": "case", "label": _("办件"), "href": "href"},
            {"key": "before", "label": _("现行版本的结果")},
            {"key": "after", "label": _("草稿的结果")},
        ],
    }


def _difference(one: dict[str, Any], labels: dict[str, str]) -> dict[str, str]:
    """Return one case with only those outputs that differ."""
    before, after = one["before"], one["after"]
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    colon, stop = either("：", ": "), either("；", "; ")

    def said(outputs: dict[str, Any], rules: list[str]) -> str:
        parts = [f"{labels.get(n, n)}{colon}{_shown(outputs.get(n))}" for n in names]
        return f"{stop.join(parts)} [{either('、', ', ').join(rules) or _('默认')}]"

    return {
        "case": one["case"],
        "href": reverse("desk:case", kwargs={"number": one["case"]}),
        "before": said(before, one["rules_before"]),
        "after": said(after, one["rules_after"]),
    }


def _shown(value: Any) -> str:
    try:
        entered = enter(value)
    except RulesError:
        return str(value)
    return to_text(entered)
