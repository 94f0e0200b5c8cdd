"""Tags that base templates need, and filters that write dates and money."""

from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from yiwang.kernel.ui import formats, icons, site
from yiwang.kernel.ui.tags.registry import register

register.filter("day", formats.day)
register.filter("short_day", formats.short_day)
register.filter("moment", formats.moment)
register.filter("money", formats.money)
register.filter("file_size", formats.file_size)


def request_of(context: Context) -> HttpRequest | None:
    found = context.get("request")
    return found if isinstance(found, HttpRequest) else None


@register.simple_tag(takes_context=True)
def html_attributes(context: Context, density: str = "portal") -> SafeString:
    """Attributes of ``<html>``: language, density, edition, theme. Base templates use it."""
    shown = site.display_of(request_of(context))
    language = get_language() or "zh-hans"
    return format_html(
        'lang="{}" data-density="{}" data-edition="{}" data-theme="{}"',
        "zh-CN" if language.startswith("zh") else language,
        density,
        shown.edition,
        shown.theme,
    )


@register.simple_tag(takes_context=True)
def dark_media(context: Context) -> str:
    """Media query under which the dark values apply; empty when light was chosen."""
    theme = site.display_of(request_of(context)).theme
    return {"auto": "screen and (prefers-color-scheme: dark)", "dark": "screen", "light": ""}[theme]


@register.simple_tag(takes_context=True)
def page_token(context: Context) -> str:
    """CSRF token of the page, for requests that htmx and autosave send; empty on error pages."""
    request = request_of(context)
    return get_token(request) if request is not None else ""


@register.simple_tag
def icon(name: str, label: str = "", classes: str = "") -> SafeString:
    """An icon of the lucide set. Give ``label`` only when no word stands beside it."""
    return icons.svg(name, label=label, classes=classes)


@register.inclusion_tag("ui/components/preferences_bar.html", takes_context=True)
def preferences_bar(context: Context, note: str = "") -> dict[str, Any]:
    """Language switch and large-print switch; each works by POST without JavaScript."""
    request = request_of(context)
    return {
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "display": site.display_of(request),
        "here": request.get_full_path() if request is not None else "/",
        "english": formats.speaks_english(),
        "note": note,
    }
