"""Official papers (公文), licence cards (电子证照) and seals (印章), drawn for the screen."""

import math
from datetime import date
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from yiwang.kernel.ui.tags.registry import one_of, register, render


def star_points(centre: float, radius: float) -> str:
    inner = radius * math.sin(math.radians(18)) / math.sin(math.radians(54))
    points = []
    for step in range(10):
        angle = math.radians(-90 + 36 * step)
        reach = radius if step % 2 == 0 else inner
        points.append(
            f"{centre + reach * math.cos(angle):.2f},{centre + reach * math.sin(angle):.2f}"
        )
    return " ".join(points)


@register.simple_tag
def seal(organization: str, small: bool = False, special: str = "") -> SafeString:
    """The look of an official seal; the proof is the signature, never this drawing.

    organization: name along the rim; special: words below the star (行政审批专用章).
    """
    # Each character stands on its own place of the rim: browsers disagree about text on a path.
    spread = min(250.0 if special else 286.0, 27.0 * max(1, len(organization) - 1))
    step = spread / max(1, len(organization) - 1) if len(organization) > 1 else 0.0
    start = -90.0 - (spread / 2 if len(organization) > 1 else 0.0)
    size = max(7.0, min(17.0, 0.82 * math.radians(step or 60) * 45))
    characters = format_html_join(
        "",
        '<text transform="translate({} {}) rotate({})">{}</text>',
        (
            (
                f"{60 + 45 * math.cos(math.radians(start + step * place)):.2f}",
                f"{60 + 45 * math.sin(math.radians(start + step * place)):.2f}",
                f"{start + step * place + 90:.1f}",
                character,
            )
            for place, character in enumerate(organization)
        ),
    )
    below = (
        format_html('<text x="60" y="94" font-size="9.5">{}</text>', special)
        if special
        else mark_safe("")
    )
    return format_html(
        '<svg class="seal{}" viewBox="0 0 120 120" role="img" aria-label="{}">'
        '<circle cx="60" cy="60" r="57" fill="none" stroke="currentColor" stroke-width="3"/>'
        '<polygon points="{}" fill="currentColor"/>'
        '<g fill="currentColor" font-size="{}" font-weight="600" text-anchor="middle" '
        'dominant-baseline="central">{}{}</g></svg>',
        " seal-small" if small else "",
        _("%(organization)s印章") % {"organization": organization},
        star_points(60, 17),
        f"{size:g}",
        characters,
        below,
    )


@register.simple_block_tag
def paper(
    content: str,
    issuer: str,
    title: str,
    number: str = "",
    dated: date | None = None,
    sealed: bool = True,
    red_head: bool = True,
    level: int = 2,
) -> SafeString:
    """An official document as it looks on paper: red head, number, title, text, date, seal."""
    return render(
        "paper",
        content=content,
        issuer=issuer,
        title=title,
        number=number,
        dated=dated,
        sealed=sealed,
        red_head=red_head,
        level=one_of("level", str(level), ("1", "2", "3")),
    )


@register.inclusion_tag("ui/components/licence_card.html")
def licence_card(
    name: str,
    number: str,
    holder: str,
    issuer: str,
    valid_from: date | None = None,
    valid_until: date | None = None,
    state: str = "valid",
    href: str = "",
    state_label: str = "",
    level: int = 3,
) -> dict[str, Any]:
    """An electronic licence as a card. state: valid, expired, invalid; long-term without an end."""
    one_of("state", state, ("valid", "expired", "invalid"))
    words = {"valid": _("有效"), "expired": _("已过期"), "invalid": _("已失效")}
    return {
        "name": name,
        "number": number,
        "holder": holder,
        "issuer": issuer,
        "valid_from": valid_from,
        "valid_until": valid_until,
        "state": state,
        "tone": "good" if state == "valid" else "danger",
        "word": state_label or words[state],
        "href": href,
        "level": level,
    }
