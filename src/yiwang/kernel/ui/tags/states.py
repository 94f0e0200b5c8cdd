"""What is going on: lamps, notices, progress, clocks, empty and waiting."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from yiwang.kernel.ui import formats
from yiwang.kernel.ui.tags.registry import one_of, register, render

# The shape carries the meaning where colour does not: disc, triangle, square, diamond.
LAMP_SHAPES: dict[str, SafeString] = {
    "normal": mark_safe('<circle cx="6" cy="6" r="5"/>'),
    "near": mark_safe('<path d="M6 .8 11.6 11H.4z"/>'),
    "overdue": mark_safe('<path d="M1 1h10v10H1z"/>'),
    "suspended": mark_safe('<path d="m6 .2 5.8 5.8L6 11.8.2 6z"/>'),
}
TONES = ("info", "good", "warn", "danger")
TONE_ICONS = {
    "info": "info",
    "good": "circle-check",
    "warn": "triangle-alert",
    "danger": "octagon-x",
}


def lamp_words() -> dict[str, str]:
    """Return the official word of each lamp in the language of the page."""
    return {
        "normal": _("正常"),
        "near": _("临期"),
        "overdue": _("超期"),
        "suspended": _("挂起"),
    }


@register.simple_tag
def lamp(state: str, label: str = "") -> SafeString:
    """A status lamp by shape, word and colour. state: normal, near, overdue, suspended."""
    one_of("state", state, tuple(LAMP_SHAPES))
    return format_html(
        '<span class="lamp lamp-{}"><svg viewBox="0 0 12 12" fill="currentColor" '
        'aria-hidden="true">{}</svg>{}</span>',
        state,
        LAMP_SHAPES[state],
        label or lamp_words()[state],
    )


@register.simple_block_tag
def notice(content: str, tone: str = "info", title: str = "", icon: str = "") -> SafeString:
    """A message inside a page. tone: info, good, warn, danger."""
    one_of("tone", tone, TONES)
    return render(
        "notice", content=content, tone=tone, title=title, icon=icon or TONE_ICONS[tone], role=""
    )


@register.simple_block_tag
def banner(content: str, tone: str = "info", icon: str = "") -> SafeString:
    """A message across the whole page, above everything else."""
    one_of("tone", tone, TONES)
    return render("banner", content=content, tone=tone, icon=icon or TONE_ICONS[tone])


@register.inclusion_tag("ui/components/toasts.html", takes_context=True)
def toasts(context: Context) -> dict[str, Any]:
    """Messages of ``django.contrib.messages``; base templates show them."""
    tones = {"success": "good", "warning": "warn", "error": "danger"}
    return {
        "messages": [
            {
                "text": message,
                "tone": tones.get(message.level_tag, "info"),
                "icon": TONE_ICONS[tones.get(message.level_tag, "info")],
            }
            for message in context.get("messages") or ()
        ]
    }


@register.inclusion_tag("ui/components/empty.html")
def empty(
    title: str,
    text: str = "",
    icon: str = "inbox",
    action_label: str = "",
    action_href: str = "",
) -> dict[str, Any]:
    """An empty list: says what will appear here and how to begin."""
    return {
        "title": title,
        "text": text,
        "icon": icon,
        "action_label": action_label,
        "action_href": action_href,
    }


@register.inclusion_tag("ui/components/loading.html")
def loading(doing: str, usual: str = "") -> dict[str, Any]:
    """Waiting: what is being done, and how long it usually takes."""
    return {"doing": doing, "usual": usual}


@register.inclusion_tag("ui/components/skeleton.html")
def skeleton(lines: int = 3) -> dict[str, Any]:
    """Grey lines where text will come."""
    return {"lines": range(lines)}


@register.inclusion_tag("ui/components/steps.html")
def steps(items: Iterable[Any], current: int = 1, label: str = "") -> dict[str, Any]:
    """Progress of a wizard. items: names, or mappings with label and href; current starts at 1."""
    listed: list[dict[str, Any]] = [
        {"label": item} if isinstance(item, str) else dict(item) for item in items
    ]
    for place, item in enumerate(listed, start=1):
        item["number"] = place
        item["state"] = "done" if place < current else "current" if place == current else "future"
    return {
        "items": listed,
        "current": current,
        "total": len(listed),
        "now": listed[current - 1]["label"] if 0 < current <= len(listed) else "",
        "label": label or _("办理步骤"),
    }


@register.inclusion_tag("ui/components/clock.html")
def clock_sentence(
    elapsed_days: int,
    due: date,
    lamp: str = "normal",
    limit_days: int | None = None,
    unit: str = "working_day",
    reason: str = "",
    concluded_on: date | None = None,
    days_early: int = 0,
    today: date | None = None,
    assumed: bool = False,
) -> dict[str, Any]:
    """The clock of a case in words: 今天是第 3 个工作日，最迟 12月8日办结.

    elapsed_days: running number of today, from the clock; unit: working_day, calendar_day; lamp: as
    ``lamp``, and for suspended the legal ``reason``; limit_days draws the bar; concluded_on and
    days_early once it is over; today: to leave out the year when it is this year's; assumed: the
    due date reaches into a year whose holidays are not yet published.
    """
    one_of("unit", unit, ("working_day", "calendar_day"))
    write = formats.short_day if today is None or today.year == due.year else formats.day
    words = {"days": elapsed_days, "due": write(due), "reason": reason, "early": days_early}
    working = unit == "working_day"
    if concluded_on is not None:
        words["on"] = write(concluded_on)
        if days_early > 0 and working:
            text = _("已于 %(on)s办结，比最迟期限提前 %(early)s 个工作日")
        elif days_early > 0:
            text = _("已于 %(on)s办结，比最迟期限提前 %(early)s 天")
        else:
            text = _("已于 %(on)s办结")
    elif lamp == "suspended":
        text = _("期限依法暂停计算（%(reason)s），恢复后会告诉您新的最迟办结日")
    elif lamp == "overdue":
        text = (
            _("今天是第 %(days)s 个工作日，已超过最迟办结日 %(due)s")
            if working
            else _("今天是第 %(days)s 天，已超过最迟办结日 %(due)s")
        )
    else:
        text = (
            _("今天是第 %(days)s 个工作日，最迟 %(due)s办结")
            if working
            else _("今天是第 %(days)s 天，最迟 %(due)s办结")
        )
    share = None if not limit_days else max(0, min(100, round(elapsed_days * 100 / limit_days)))
    return {
        "lamp": one_of("lamp", lamp, tuple(LAMP_SHAPES)),
        "text": text % words,
        "share": None if concluded_on else share,
        "assumed": assumed,
        "concluded": concluded_on is not None,
    }


@register.inclusion_tag("ui/components/timeline.html")
def timeline(entries: Iterable[Any], label: str = "") -> dict[str, Any]:
    """What happened and what comes next.

    entries: mappings or objects with title, at (moment or None), text, actor, href, link, and state
    (done, current, future).
    """
    return {"entries": list(entries), "label": label or _("办理经过")}


@register.inclusion_tag("ui/components/stat.html")
def stat(
    label: str,
    value: Any,
    unit: str = "",
    share: float | None = None,
    target: float | None = None,
    note: str = "",
    href: str = "",
) -> dict[str, Any]:
    """A number that opens its records. share and target: 0 to 100, drawn as a bar with a mark."""
    return {
        "label": label,
        "value": value,
        "unit": unit,
        "share": None if share is None else f"{max(0.0, min(100.0, float(share))):g}",
        "target": None if target is None else f"{max(0.0, min(100.0, float(target))):g}",
        "note": note,
        "href": href,
    }


@register.inclusion_tag("ui/components/verdict.html")
def verdict(state: str, title: str, text: str = "", level: int = 1) -> dict[str, Any]:
    """The answer of a verification. state: valid, invalid, unsure; level: of its heading."""
    one_of("state", state, ("valid", "invalid", "unsure"))
    marks = {"valid": "shield-check", "invalid": "shield-x", "unsure": "shield-question-mark"}
    return {"state": state, "title": title, "text": text, "icon": marks[state], "level": level}
