"""Parts of forms. Every part works without JavaScript; the server's answer is the truth."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.template import TemplateSyntaxError
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from yiwang.kernel.ui import formats
from yiwang.kernel.ui.tags.registry import attributes, one_of, register, render

KINDS = (
    "text", "email", "password", "phone", "number", "money", "date", "id_number",
    "textarea", "select", "radio", "checkboxes", "checkbox", "file",
)  # fmt: skip
GRADES = ("very_satisfied", "satisfied", "fair", "dissatisfied", "very_dissatisfied")
GRADE_ICONS = ("laugh", "smile", "meh", "frown", "angry")
MATERIAL_ICONS = {
    "held": "check",
    "uploaded": "check",
    "upload": "upload",
    "promise": "pen-line",
    "missing": "x",
    "rejected": "x",
    "optional": "plus",
}
# What a control of each kind tells the browser, so that phones show the right keyboard.
INPUTS: dict[str, dict[str, Any]] = {
    "text": {"type": "text"},
    "email": {"type": "email", "autocomplete": "email"},
    "password": {"type": "password", "data-never-keep": True},
    "phone": {"type": "tel", "autocomplete": "tel", "inputmode": "tel", "maxlength": 20},
    "number": {"type": "text", "inputmode": "decimal"},
    "money": {"type": "text", "inputmode": "decimal"},
    "date": {"type": "date"},
    "id_number": {
        "type": "text",
        "maxlength": 18,
        "autocomplete": "off",
        "autocapitalize": "characters",
        "spellcheck": "false",
        "data-never-keep": True,
    },
}


def option_of(raw: Any) -> dict[str, Any]:
    """Return an option as a mapping: from (value, label[, hint]), a mapping, or one plain word."""
    if isinstance(raw, Mapping):
        return {"hint": "", "disabled": False, **raw}
    if isinstance(raw, tuple | list):
        value, label, *rest = raw
        return {"value": value, "label": label, "hint": rest[0] if rest else "", "disabled": False}
    return {"value": raw, "label": raw, "hint": "", "disabled": False}


def error_of(raw: Any) -> dict[str, str] | None:
    """Return an error as reason and mend, whatever shape it came in."""
    if not raw:
        return None
    if isinstance(raw, str):
        return {"reason": raw, "mend": ""}
    if isinstance(raw, Mapping):
        return {"reason": raw["reason"], "mend": raw.get("mend", "")}
    return {"reason": raw.reason, "mend": getattr(raw, "mend", "")}


def rule_of(rule: Any) -> str | None:
    if not rule:
        return None
    return rule if isinstance(rule, str) else json.dumps(rule, ensure_ascii=False)


@register.simple_tag
def field(
    name: str,
    label: str,
    kind: str = "text",
    value: Any = "",
    hint: str = "",
    error: Any = None,
    required: bool = True,
    options: Iterable[Any] = (),
    source: str = "",
    show_when: Any = None,
    inline: bool = False,
    rows: int = 4,
    max_bytes: int | None = None,
    unit: str = "",
    **extra: Any,
) -> SafeString:
    """One question: label above, hint tied to it, error with reason and mend beside it.

    kind: see ``KINDS``; value: what was typed (a list for checkboxes); error: text, or a mapping or
    object with ``reason`` and ``mend``; options: (value, label[, hint]) tuples or mappings; source:
    where a prefilled value comes from; show_when: condition as a mapping or JSON (README); inline:
    short choices side by side; unit: word behind the control; max_bytes: largest file; extra: any
    attribute of the control (maxlength, autocomplete, min, max, accept, readonly, placeholder).
    """
    one_of("kind", kind, KINDS)
    identity = f"id_{name}"
    problem = error_of(error)
    choices = [option_of(raw) for raw in options]
    if kind in ("select", "radio", "checkboxes") and not choices:
        raise TemplateSyntaxError(f"field {name}: kind {kind} needs options")
    given = value if isinstance(value, list | tuple | set | frozenset) else [value]
    chosen = {str(item) for item in given if item is not None and item != ""}
    for choice in choices:
        choice["chosen"] = str(choice["value"]) in chosen
    described = " ".join(
        [f"{identity}-hint"] * bool(hint or max_bytes) + [f"{identity}-error"] * bool(problem)
    )
    control: dict[str, Any] = {
        "id": identity,
        "name": name,
        "aria-describedby": described or None,
        "aria-invalid": "true" if problem else None,
        "aria-required": "true" if required else None,
    }
    if kind in INPUTS:
        typed = value.isoformat() if hasattr(value, "isoformat") else value
        control |= {**INPUTS[kind], "value": "" if typed is None else str(typed)}
    elif kind == "file":
        control |= {"type": "file", "data-max-bytes": max_bytes}
    elif kind == "checkbox":
        control |= {"type": "checkbox", "value": "yes", "checked": bool(chosen)}
    control |= {key.replace("_", "-"): item for key, item in extra.items()}
    return render(
        {"radio": "choices", "checkboxes": "choices"}.get(kind, "field"),
        identity=identity,
        name=name,
        label=label,
        kind=kind,
        value="" if value is None else value,
        hint=hint,
        problem=problem,
        required=required,
        options=choices,
        source=source,
        rule=rule_of(show_when),
        inline=inline,
        rows=rows,
        unit=unit,
        described=described,
        size_limit=formats.file_size(max_bytes),
        control=attributes(control),
        extra=attributes(extra),
    )


@register.simple_tag
def field_from(spec: Mapping[str, Any], value: Any = "", error: Any = None) -> SafeString:
    """A question from a mapping with the parameters of ``field`` (what a form engine has)."""
    given = {"value": value, **spec}
    if error:
        given["error"] = error
    return field(**given)


@register.inclusion_tag("ui/components/error_summary.html")
def error_summary(errors: Iterable[Any], title: str = "") -> dict[str, Any]:
    """All errors of a form at its top, each a link to its field.

    errors: mappings or objects with ``field`` (name, or "" for the whole form), ``reason``,
    ``mend``. Shows nothing when there are none.
    """
    listed = []
    for raw in errors:
        name = raw.get("field", "") if isinstance(raw, Mapping) else getattr(raw, "field", "")
        listed.append({"target": f"id_{name}" if name else "", **(error_of(raw) or {})})
    return {"errors": listed, "title": title or _("有几处需要您改一下")}


@register.simple_block_tag
def facts(content: str, label: str = "") -> SafeString:
    """A frame around ``fact`` rows."""
    return render("facts", content=content, label=label)


@register.inclusion_tag("ui/components/fact.html")
def fact(
    label: str,
    value: Any,
    source: str = "",
    as_of: Any = None,
    change_href: str = "",
    change_label: str = "",
) -> dict[str, Any]:
    """What we already know, to be confirmed and not typed again.

    source: where it comes from (公安人口库); as_of: date of the record; change_href: where to
    correct it.
    """
    return {
        "label": label,
        "value": value,
        "source": source,
        "as_of": as_of,
        "change_href": change_href,
        "change_label": change_label or _("不对，要改"),
    }


@register.inclusion_tag("ui/components/saved_state.html")
def saved_state(state: str = "idle", at: Any = None) -> dict[str, Any]:
    """Whether what was typed is kept. state: idle, saving, saved, offline, expired, failed."""
    one_of("state", state, ("idle", "saving", "saved", "offline", "expired", "failed"))
    words = {
        "idle": _("填写内容会自动保存"),
        "saving": _("正在保存…"),
        "saved": _("已保存"),
        "offline": _("网络断开，内容先保存在本机，连上后自动补存"),
        "expired": _("登录已过期，内容先保存在本机，重新登录后继续"),
        "failed": _("暂时没能保存，稍后会再试，请先不要关闭页面"),
    }
    return {"state": state, "words": words, "word": words[state], "at": at}


@register.simple_block_tag
def materials(content: str, label: str = "") -> SafeString:
    """A list around ``material_row`` items."""
    return render("materials", content=content, label=label or _("申请材料"))


@register.simple_block_tag(name="material_row")
def material_row(
    content: str,
    name: str,
    state: str = "upload",
    note: str = "",
    source: str = "",
    status: str = "",
) -> SafeString:
    """One material (申请材料); the block holds its control: a file drop, a promise to tick.

    state: held (we have the licence), uploaded, upload, promise (容缺, 告知承诺), missing,
    rejected, optional; note: form and copies; source: which licence or register replaces it;
    status: overrides the state's word.
    """
    one_of("state", state, tuple(MATERIAL_ICONS))
    words = {
        "held": _("已有电子证照，免提交"),
        "uploaded": _("已上传"),
        "upload": _("待上传"),
        "promise": _("可先承诺，之后补交"),
        "missing": _("还缺"),
        "rejected": _("需要重新上传"),
        "optional": _("选交"),
    }
    return render(
        "material_row",
        content=mark_safe(content.strip()),  # noqa: S308  rendered by the template, already safe
        name=name,
        state=state,
        icon=MATERIAL_ICONS[state],
        note=note,
        source=source,
        status=status or words[state],
    )


@register.inclusion_tag("ui/components/file_drop.html")
def file_drop(
    name: str,
    label: str,
    accept: str = ".pdf,.jpg,.jpeg,.png",
    max_bytes: int = 20 * 1024 * 1024,
    multiple: bool = False,
    hint: str = "",
    upload_url: str = "",
    error: Any = None,
    files: Iterable[Any] = (),
) -> dict[str, Any]:
    """Choose, photograph or drop files; with ``upload_url`` each is sent at once with progress.

    files: already stored ones, mappings with name, size_bytes, href, remove_url (POST).
    The upload answers JSON {id, name, size_bytes} or an error {title, detail}; the id is sent with
    the form as ``<name>_ids``.
    """
    return {
        "identity": f"id_{name}",
        "name": name,
        "label": label,
        "accept": accept,
        "accept_words": "、".join(
            sorted({part.strip().lstrip(".").upper() for part in accept.split(",")} - {"JPEG"})
        ),
        "max_bytes": max_bytes,
        "size_limit": formats.file_size(max_bytes),
        "multiple": multiple,
        "hint": hint,
        "upload_url": upload_url,
        "problem": error_of(error),
        "files": list(files),
    }


@register.inclusion_tag("ui/components/search_box.html")
def search_box(
    action: str,
    name: str = "q",
    value: str = "",
    label: str = "",
    placeholder: str = "",
    live_url: str = "",
    large: bool = False,
    id: str = "search",
    button: str = "",
) -> dict[str, Any]:
    """A search that answers as one types.

    action: address of the result page (GET); live_url: address that answers with a fragment of
    ``<a>`` links for the first matches (README); without it, an ordinary search.
    """
    return {
        "action": action,
        "name": name,
        "value": value,
        "label": label or _("搜索"),
        "placeholder": placeholder,
        "live_url": live_url,
        "large": large,
        "id": id,
        "button": button or _("搜索"),
    }


@register.inclusion_tag("ui/components/rating.html")
def rating(
    name: str = "grade",
    label: str = "",
    value: str = "",
    tags: Iterable[Any] = (),
    tags_name: str = "tags",
    error: Any = None,
) -> dict[str, Any]:
    """Five grades (好差评) as a radio group, with optional reasons to tick.

    Values: very_satisfied, satisfied, fair, dissatisfied, very_dissatisfied.
    Source: 国办发〔2019〕51号.
    """
    words = grade_words()
    return {
        "name": name,
        "identity": f"id_{name}",
        "label": label or _("这次办事，您觉得怎么样？"),
        "grades": [
            {
                "value": grade,
                "label": words[grade],
                "icon": GRADE_ICONS[place],
                "stars": [position < 5 - place for position in range(5)],
                "chosen": grade == value,
            }
            for place, grade in enumerate(GRADES)
        ],
        "tags": [option_of(raw) for raw in tags],
        "tags_name": tags_name,
        "problem": error_of(error),
    }


def grade_words() -> dict[str, str]:
    """Return the official word of each grade in the language of the page."""
    return {
        "very_satisfied": _("非常满意"),
        "satisfied": _("满意"),
        "fair": _("基本满意"),
        "dissatisfied": _("不满意"),
        "very_dissatisfied": _("非常不满意"),
    }


@register.inclusion_tag("ui/components/stars.html")
def stars(grade: str = "", average: Any = None, count: int | None = None) -> dict[str, Any]:
    """A grade given, or an average (1 to 5) with the number of ratings."""
    words = grade_words()
    level = 5 - GRADES.index(grade) if grade else round(float(average or 0))
    return {
        "stars": [position < level for position in range(5)],
        "word": words[grade] if grade else "",
        "average": average,
        "count": count,
    }


@register.inclusion_tag("ui/components/opinion_bar.html")
def opinion_bar(
    name: str = "opinion",
    label: str = "",
    value: str = "",
    phrases: Iterable[str] = (),
    error: Any = None,
) -> dict[str, Any]:
    """The opinion of an official (审查意见) with stock phrases; key ``a`` goes there."""
    return {
        "name": name,
        "identity": f"id_{name}",
        "label": label or _("办理意见"),
        "value": value,
        "phrases": list(phrases),
        "problem": error_of(error),
    }
