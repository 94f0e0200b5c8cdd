"""向导的一页: what a page of the wizard asks and shows, as parameters of the components."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import quote

from django.urls import reverse
from django.utils.translation import gettext as _

from yiwang.kernel.casework.forms.rules.definition import FormField
from yiwang.kernel.ui import formats
from yiwang.services.applications.http.shown import either
from yiwang.services.applications.rules.live import Rule, live_rule
from yiwang.services.applications.tabs import REPLACED
from yiwang.services.applications.wizard import (
    CIRCUMSTANCES,
    DELIVERY,
    MATERIALS,
    REVIEW,
    WizardMaterial,
    WizardPages,
)

_KINDS = {
    "date": "date",
    "citizen-id-no": "id_number",
    "mobile-phone": "phone",
    "money": "money",
}
# Longer lists of choices fold into a menu.
MOST_RADIOS = 6


def questions(wizard: WizardPages) -> list[dict[str, Any]]:
    """Return the guided questions; those that an answer on the same page brings up come along."""
    everything = wizard.content.get("circumstances", [])
    names = {(CIRCUMSTANCES, one["key"]): f"{CIRCUMSTANCES}.{one['key']}" for one in everything}
    asked = {one["key"] for one in wizard.asked_questions()}
    specs = []
    for one in everything:
        rule = live_rule(one["when"], names) if one.get("when") else None
        if one["key"] in asked or rule is not None:
            specs.append(_question(wizard, one, rule, is_asked=one["key"] in asked))
    return specs


def _question(
    wizard: WizardPages, question: Mapping[str, Any], rule: Rule | None, *, is_asked: bool
) -> dict[str, Any]:
    is_yes_no = question["type"] == "boolean"
    if is_yes_no:
        options = [("true", _("是")), ("false", _("否"))]
    else:
        options = [
            (one["value"], either(one["title_zh"], one["title_en"])) for one in question["options"]
        ]
    value = wizard.circumstances.get(question["key"])
    name = f"{CIRCUMSTANCES}.{question['key']}"
    return {
        "is_asked": is_asked,
        "stops": [
            {
                "words": either(*words),
                "rule_text": json.dumps({"field": name, "equals": chosen}, ensure_ascii=False),
            }
            for chosen, words in _stops(question)
        ],
        "spec": {
            "name": name,
            "label": either(question["question_zh"], question["question_en"]),
            "kind": "radio",
            "options": options,
            "inline": is_yes_no,
            "value": _typed(value),
            "error": error_of(wizard, name),
            "hint": _elsewhere(wizard, name, lambda old: dict(options).get(_typed(old), "")),
            "show_when": rule,
        },
    }


def _stops(question: Mapping[str, Any]) -> list[tuple[str, tuple[str, str]]]:
    """Return the answers of a question that end here, with the words that say where to go."""
    return [
        (one["value"], (one["stop_zh"], one["stop_en"]))
        for one in question.get("options", [])
        if "stop_zh" in one
    ]


def fields(wizard: WizardPages, key: str) -> list[dict[str, Any]]:
    """Return the questions of a form page, with those that an answer beside them brings up."""
    if wizard.form is None:
        return []
    page = wizard.page(key)
    asked = {one.key for one in wizard.form.visible(page, wizard.facts())}
    names = {("form", one.key): one.key for one in page.fields}
    specs = []
    for one in page.fields:
        if wizard.is_fact(one):
            continue
        rule = live_rule(one.when.text, names) if one.when is not None else None
        if one.key in asked or rule is not None:
            spec = _field(wizard, one) | {"show_when": rule}
            specs.append({"is_asked": one.key in asked, "spec": spec})
    return specs


def known_facts(wizard: WizardPages, key: str) -> list[dict[str, str]]:
    """Return what a form page shows as known, with its source."""
    if wizard.form is None:
        return []
    return [
        {
            "label": one.text("title", wizard.lang),
            "value": _read_by_people(wizard, one),
            "source": wizard.source_of(one.key),
        }
        for one in wizard.form.visible(wizard.page(key), wizard.facts())
        if wizard.is_fact(one)
    ]


def _field(wizard: WizardPages, one: FormField) -> dict[str, Any]:
    schema = one.schema
    kind = _KINDS.get(schema.get("format", "")) or schema.get("x-widget") or "text"
    options = one.options(wizard.lang)
    if schema.get("type") == "boolean":
        kind, options = "radio", [("true", _("是")), ("false", _("否"))]
    elif schema.get("type") == "array":
        kind = "checkboxes"
    elif options:
        kind = "radio" if len(options) <= MOST_RADIOS else "select"
    elif schema.get("type") in ("integer", "number"):
        kind = "number"
    value = wizard.answers.get(one.key, "")
    typed_is_known = one.key in wizard.known and value == wizard.known[one.key].value
    hints = (
        one.text("hint", wizard.lang),
        _elsewhere(wizard, f"form.{one.key}", lambda old: one.show(old, wizard.lang)),
    )
    spec: dict[str, Any] = {
        "name": one.key,
        "label": one.text("title", wizard.lang),
        "hint": " ".join(filter(None, hints)),
        "kind": kind,
        "options": options,
        "required": one.is_required,
        "value": _typed(value),
        "error": error_of(wizard, one.key),
        "source": wizard.source_of(one.key) if typed_is_known else "",
    }
    if schema.get("type") == "boolean":
        spec["inline"] = True
    if "maxLength" in schema and kind in ("text", "textarea"):
        spec["maxlength"] = schema["maxLength"]
    return spec


def _typed(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else value


def _elsewhere(wizard: WizardPages, name: str, show: Any) -> str:
    """Return what another window had in this answer before this one overwrote it."""
    old = wizard.draft.data.get(REPLACED, {}).get(name)
    if old in (None, "", []):
        return ""
    return _("您在另一个窗口里填的是：%(value)s。") % {"value": show(old)}


# errors


def error_of(wizard: WizardPages, name: str) -> dict[str, str] | None:
    problem = wizard.errors.get(name)
    if problem is None:
        return None
    return {
        "reason": either(problem.reason_zh, problem.reason_en),
        "mend": either(problem.mend_zh, problem.mend_en),
    }


def error_list(wizard: WizardPages, area: str, *, at_review: bool) -> list[dict[str, str]]:
    """Return every error for the summary at the top; on the review page with the page to go to."""
    listed = []
    for name in wizard.errors:
        words = error_of(wizard, name) or {"reason": "", "mend": ""}
        section, _dot, key = name.partition(".")
        if not key and (label := _label(wizard, name)):
            words["reason"] = f"{label}：{words['reason']}"
        listed.append(
            words
            | {
                "field": f"at.{key}" if section == MATERIALS else name,
                "href": reverse(f"{area}:page", args=[wizard.draft.client_id, wizard.page_of(name)])
                if at_review
                else "",
            }
        )
    return listed


def _label(wizard: WizardPages, name: str) -> str:
    fields = wizard.form.fields() if wizard.form else ()
    return next((one.text("title", wizard.lang) for one in fields if one.key == name), "")


# materials


def materials(wizard: WizardPages) -> list[dict[str, Any]]:
    return [_material(wizard, row) for row in wizard.materials()]


def _material(wizard: WizardPages, row: WizardMaterial) -> dict[str, Any]:
    given = row.given
    source = given.get("source", "")
    key = row.asked.key
    files = (
        [
            {
                "id": given["file_id"],
                "name": given["name"],
                "size_bytes": given["size_bytes"],
                "remove_url": f"?remove={quote(key)}",
            }
        ]
        if source == "UPLOAD"
        else []
    )
    is_settled = source in ("DATA", "LICENCE")
    status = {
        "DATA": _("由数据共享核验，免提交"),
        "PROMISE": _("已承诺"),
        "DEFERRED": _("已承诺后补"),
    }.get(source, "")
    if row.lost is not None:
        status = _("不能用了")
    elif row.state == "promise" and "UPLOAD" not in row.asked.sources:
        status = _("看清楚内容，同意就打勾")
    return {
        "key": key,
        "anchor": f"id_at.{key}",
        "name": f"material.{key}",
        "title": row.title,
        "note": row.note,
        "state": row.state,
        "source": _("数据共享") if source == "DATA" else "",
        "status": status,
        "error": error_of(wizard, f"{MATERIALS}.{key}"),
        "licences": [
            {
                "pk": licence.pk,
                "title": either(licence.type.title_zh, licence.type.title_en),
                "number": licence.number,
                "holder": licence.holder_name,
                "is_chosen": licence.pk == given.get("licence_id"),
            }
            for licence in row.licences
        ]
        if "LICENCE" in row.asked.sources
        else [],
        "can_choose_other": "UPLOAD" in row.asked.sources,
        "promise": row.promise if "PROMISE" in row.asked.sources and not is_settled else "",
        "is_promised": source == "PROMISE",
        "can_upload": "UPLOAD" in row.asked.sources and source != "DATA",
        "is_upload_open": not is_settled,
        "upload_label": _("上传%(title)s") % {"title": row.title},
        "upload_rule": json.dumps({"field": f"material.{key}", "equals": "upload"}),
        "files": files,
        "can_defer": "DEFERRED" in row.asked.sources and not is_settled,
        "is_deferred": source == "DEFERRED",
        "can_paper": wizard.actor.is_official and not is_settled,
        "is_paper": source == "PAPER",
    }


def material_words(row: WizardMaterial) -> str:
    """Say in a few words what stands for a material."""
    words = {
        "DATA": _("由数据共享核验，免提交"),
        "LICENCE": _("使用已有的电子证照"),
        "PROMISE": _("已承诺"),
        "DEFERRED": _("已承诺后补"),
        "UPLOAD": row.given.get("name", _("已上传")),
        "PAPER": _("窗口收取纸质件"),
    }
    return str(words.get(row.given.get("source", ""), "—"))


# review


def summary(wizard: WizardPages, area: str) -> list[dict[str, Any]]:
    """Return everything that will be signed, page by page, with where to change it."""
    groups: list[dict[str, Any]] = []
    outline = wizard.outline()
    if outline is not None:
        title, rows = outline
        href = reverse(f"{area}:page", args=[wizard.draft.client_id, wizard.page_keys()[0]])
        groups.append({"key": "outline", "title": title, "rows": rows, "href": href})
    for key in wizard.page_keys():
        if key == REVIEW:
            continue
        href = reverse(f"{area}:page", args=[wizard.draft.client_id, key])
        groups.append(
            {"key": key, "title": wizard.title(key), "rows": _rows(wizard, key), "href": href}
        )
    return groups


def _rows(wizard: WizardPages, key: str) -> list[tuple[str, str]]:
    if key == CIRCUMSTANCES:
        return [
            (spec["label"], str(dict(spec["options"]).get(spec["value"], "—")))
            for one in questions(wizard)
            if one["is_asked"]
            for spec in (one["spec"],)
        ]
    if key == MATERIALS:
        return [(row.title, material_words(row)) for row in wizard.materials()]
    if wizard.form is None:
        return []
    answered = wizard.form.visible(wizard.page(key), wizard.facts())
    return [
        (one.text("title", wizard.lang), _read_by_people(wizard, one))
        for one in answered
        # An optional question without an answer says nothing that is signed.
        if one.is_required or wizard.answers.get(one.key) not in (None, "", [])
    ]


def _read_by_people(wizard: WizardPages, one: FormField) -> str:
    value = wizard.answers.get(one.key)
    if one.schema.get("format") == "date" and isinstance(value, str):
        try:
            return formats.day(date.fromisoformat(value))
        except ValueError:
            return value
    if one.schema.get("format") == "money" and value:
        return formats.money(value)
    return one.show(value, wizard.lang)


def delivery(wizard: WizardPages) -> dict[str, Any] | None:
    """Return the question how the result is to be handed over, when there is a choice."""
    words = {
        "ELECTRONIC": (_("只要电子的"), _("办好后在“我的”里，和纸质的一样有效")),
        "WINDOW": (_("电子的，再到窗口领一份纸质的"),),
        "POST": (_("电子的，再邮寄一份纸质的"),),
    }
    ways = [way for way in wizard.content.get("delivery", []) if way in words]
    if len(ways) < 2:
        return None
    return {
        "name": DELIVERY,
        "label": _("结果怎么拿"),
        "kind": "radio",
        "options": [(way, *words[way]) for way in ways],
        "value": wizard.delivery,
    }
