"""The one tag library; page authors write ``{% load ui %}``."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.forms.utils import flatatt
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

register = template.Library()


def attributes(extra: Mapping[str, Any]) -> SafeString:
    """Return extra HTML attributes: ``hx_get="/x"`` becomes ``hx-get="/x"``, all escaped."""
    for name in extra:
        if name.lower().startswith(("on", "hx_on", "hx-on")) or name == "style":
            raise template.TemplateSyntaxError(
                f"{name}: inline script and style are refused by the page's policy"
            )
    return flatatt({name.replace("_", "-"): value for name, value in extra.items()})


def render(template_name: str, /, **context: Any) -> SafeString:
    """Return a component's template with this context."""
    return render_to_string(f"ui/components/{template_name}.html", context)


def one_of(what: str, value: str, allowed: tuple[str, ...]) -> str:
    """Return ``value``, or raise so that a misspelled word fails on the first view of a page."""
    if value not in allowed:
        raise template.TemplateSyntaxError(f"{what} is one of {', '.join(allowed)}, not {value!r}")
    return value
