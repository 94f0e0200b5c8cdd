"""Buttons, dialogs and small helpers a person presses."""

import uuid
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from yiwang.kernel.ui.tags.registry import attributes, one_of, register, render

KINDS = ("primary", "secondary", "quiet", "danger")
TONES = ("", "primary", "good", "warn", "danger")


def button_classes(kind: str, *, large: bool, wide: bool) -> str:
    one_of("kind", kind, KINDS)
    parts = ["button"]
    if kind != "primary":
        parts.append(f"button-{kind}")
    if large:
        parts.append("button-large")
    if wide:
        parts.append("button-wide")
    return " ".join(parts)


@register.inclusion_tag("ui/components/button.html")
def button(
    label: str,
    kind: str = "primary",
    icon: str = "",
    type: str = "submit",
    busy: str = "",
    large: bool = False,
    wide: bool = False,
    key: str = "",
    **extra: Any,
) -> dict[str, Any]:
    """A button whose label says the act (提交申请), never 确定.

    busy: words while the form is being sent (正在提交…); key: desk keyboard key; extra: any
    attribute, with ``_`` for ``-`` (name, value, form, disabled, hx_post, data_...).
    """
    extra = {"type": type, "data_busy": busy or None, "data_key": key or None, **extra}
    return {
        "classes": button_classes(kind, large=large, wide=wide),
        "label": label,
        "icon": icon,
        "attributes": attributes(extra),
    }


@register.inclusion_tag("ui/components/link_button.html")
def link_button(
    label: str,
    href: str,
    kind: str = "primary",
    icon: str = "",
    large: bool = False,
    wide: bool = False,
    key: str = "",
    **extra: Any,
) -> dict[str, Any]:
    """A link that looks like a button, for acts that only lead to a page (开始办理)."""
    return {
        "classes": button_classes(kind, large=large, wide=wide),
        "label": label,
        "icon": icon,
        "attributes": attributes({"href": href, "data_key": key or None, **extra}),
    }


@register.simple_block_tag
def actions(content: str, apart: bool = False, close: bool = False) -> SafeString:
    """A row of buttons at the end of a form; full width one below another on a phone.

    apart: first left, last right; close: no space above.
    """
    classes = "actions" + (" actions-apart" if apart else "") + (" actions-close" if close else "")
    return format_html('<div class="{}">{}</div>', classes, content)


@register.simple_block_tag
def dialog(content: str, id: str, title: str, close_label: str = "") -> SafeString:
    """A ``<dialog>``, opened by ``open_dialog``; without JavaScript it opens as a link target."""
    return render(
        "dialog", content=content, id=id, title=title, close_label=close_label or _("关闭")
    )


@register.inclusion_tag("ui/components/link_button.html")
def open_dialog(
    label: str, id: str, kind: str = "secondary", icon: str = "", key: str = ""
) -> dict[str, Any]:
    """The button that opens the dialog ``id``."""
    return {
        "classes": button_classes(kind, large=False, wide=False),
        "label": label,
        "icon": icon,
        "attributes": attributes(
            {"href": f"#{id}", "data_dialog_open": id, "role": "button", "data_key": key or None}
        ),
    }


@register.simple_block_tag
def disclosure(content: str, summary: str, open: bool = False, id: str = "") -> SafeString:
    """A heading that unfolds (``<details>``), for what most people need not read."""
    return render("disclosure", content=content, summary=summary, open=open, id=id)


@register.inclusion_tag("ui/components/helper_button.html")
def copy_button(text: str, label: str = "") -> dict[str, Any]:
    """Copies ``text`` (a case number, an address) and says so."""
    return {
        "icon": "copy",
        "label": label or _("复制"),
        "attributes": attributes({"data_copy": text, "data_done": _("已复制")}),
    }


@register.inclusion_tag("ui/components/helper_button.html")
def print_button(label: str = "") -> dict[str, Any]:
    """Prints the page."""
    return {
        "icon": "printer",
        "label": label or _("打印本页"),
        "attributes": attributes({"data_print": True}),
    }


@register.inclusion_tag("ui/components/helper_button.html")
def read_aloud(target: str, label: str = "") -> dict[str, Any]:
    """Reads the element with id ``target`` aloud; hidden where the browser cannot speak."""
    return {
        "icon": "volume-2",
        "label": label or _("读给我听"),
        "attributes": attributes(
            {"data_read_aloud": target, "data_stop": _("停止朗读"), "aria_pressed": "false"}
        ),
    }


@register.inclusion_tag("ui/components/link_button.html")
def call_button(number: str, label: str = "", kind: str = "secondary") -> dict[str, Any]:
    """Calls ``number`` from a phone."""
    return {
        "classes": button_classes(kind, large=False, wide=False),
        "label": label or _("打电话 %(number)s") % {"number": number},
        "icon": "phone",
        "attributes": attributes({"href": f"tel:{number}"}),
    }


@register.simple_tag
def transaction_id(value: str = "") -> SafeString:
    """A hidden ``transaction_id`` field: sending the same form twice gives the first answer."""
    return format_html(
        '<input type="hidden" name="transaction_id" value="{}">', value or uuid.uuid4()
    )


@register.inclusion_tag("ui/components/tag.html")
def tag(label: str, tone: str = "", icon: str = "") -> dict[str, Any]:
    """A short word on a thing (即办件). tone: "", primary, good, warn, danger."""
    return {"label": label, "tone": one_of("tone", tone, TONES), "icon": icon}
