"""您的事: what waits for the person, and what they began, put into words for a page."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from yiwang.kernel.base.calendars import today
from yiwang.kernel.casework.forms.models import Draft
from yiwang.services.applications.http.guides import titles_of
from yiwang.services.applications.http.shown import case_card, either
from yiwang.services.applications.matters import Matter, MatterKind

# Icon, tone and word of the reason, and the act.
_MATTER_WORDS = {
    MatterKind.CORRECT: ("file-plus", "warn", gettext_noop("要补材料"), gettext_noop("去补正")),
    MatterKind.PAY: ("wallet", "warn", gettext_noop("要缴费"), gettext_noop("去缴费")),
    MatterKind.DELIVERED: ("badge-check", "good", gettext_noop("办好了"), gettext_noop("看结果")),
    MatterKind.RUNNING: ("clock", "", "", gettext_noop("看进度")),
}


def matter_cards(matters: list[Matter]) -> list[dict[str, Any]]:
    """Return what the home page shows of each matter: why it is here, and the one next act."""
    drafts = [matter.draft for matter in matters if matter.draft is not None]
    titles = titles_of([draft.subject for draft in drafts])
    cards = [card for matter in matters if (card := _matter_card(matter, titles))]
    return [card | {"act_label": f"{card['act']}：{card['title']}"} for card in cards]


def _matter_card(matter: Matter, titles: Mapping[str, str]) -> dict[str, Any] | None:
    if matter.draft is not None:
        shown = _draft_card(matter.draft, titles)
        return shown and {
            "icon": "file-pen-line",
            "title": shown["title"],
            "saved_at": shown["saved_at"],
            "act": _("接着填"),
            "href": shown["href"],
        }
    if matter.licence is not None:
        licence = matter.licence
        left = (licence.valid_to - today()).days if licence.valid_to else 0
        return {
            "icon": "calendar-clock",
            "tone": "warn",
            "tag": _("快到期"),
            "title": either(licence.type.title_zh, licence.type.title_en),
            "words": _("还有 %(days)s 天到期，请提前办理延续。") % {"days": left},
            "act": _("看证照"),
            "href": reverse("portal:licence", args=[licence.pk]),
        }
    if matter.case is None:
        return None
    card = case_card(matter.case)
    words = _MATTER_WORDS[matter.kind]
    return {
        "icon": words[0],
        "tone": words[1],
        "tag": _(words[2]) if words[2] else "",
        "act": _(words[3]),
        "title": card["title"],
        "words": card["state_sentence"],
        "lamp": card["lamp"] if matter.kind == MatterKind.RUNNING else "",
        "due": card["due"],
        "is_primary": matter.kind in (MatterKind.CORRECT, MatterKind.PAY),
        "href": reverse("portal:correct", args=[matter.case.number])
        if matter.kind == MatterKind.CORRECT
        else card["href"],
    }


def draft_cards(drafts: list[Draft]) -> list[dict[str, Any]]:
    """Return what a list shows of drafts; a draft of an item that is gone is left out."""
    titles = titles_of([draft.subject for draft in drafts])
    return [card for draft in drafts if (card := _draft_card(draft, titles))]


def _draft_card(draft: Draft, titles: Mapping[str, str]) -> dict[str, Any] | None:
    if draft.subject not in titles:
        return None
    return {
        "title": titles[draft.subject],
        "saved_at": draft.updated_at,
        "expires_at": draft.expires_at,
        "href": reverse("portal:page", args=[draft.client_id, "start"]),
    }
