"""Icons of the lucide set, inlined as SVG so that they take the colour of the text."""

import re
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
INNER = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


class UnknownIconError(LookupError):
    """Raised when a page asks for an icon that the set does not have."""

    code = "ui.unknown_icon"


@cache
def drawing(name: str) -> SafeString:
    """Return the inner drawing of an icon.

    Raises UnknownIconError when the set has no icon of that name.
    """
    if not NAME.fullmatch(name):
        raise UnknownIconError(f"not an icon name: {name!r}")
    path = Path(settings.ICONS_DIR) / f"{name}.svg"
    try:
        found = INNER.search(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UnknownIconError(f"the icon set has no {name!r}") from error
    if found is None:
        raise UnknownIconError(f"the file of icon {name!r} is not an SVG drawing")
    # The set is a pinned package, not user text: safe to inline.
    return mark_safe(re.sub(r"\s+", " ", found[1]).strip())  # noqa: S308


def svg(name: str, *, label: str = "", classes: str = "") -> SafeString:
    """Return an icon; with ``label`` it speaks, without it is decoration beside a word."""
    naming = (
        format_html('role="img" aria-label="{}"', label)
        if label
        else mark_safe('aria-hidden="true"')
    )
    return format_html(
        '<svg class="icon{}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
        'stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" focusable="false" {}>'
        "{}</svg>",
        f" {classes}" if classes else "",
        naming,
        drawing(name),
    )
