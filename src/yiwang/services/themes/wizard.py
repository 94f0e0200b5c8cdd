"""一件事向导: the pages of a theme, served by the same wizard as a single item."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.forms.models import Draft
from yiwang.kernel.casework.forms.rules.definition import Form
from yiwang.kernel.casework.forms.selectors import get_form
from yiwang.services.applications.wizard import WizardPages, continue_draft, party_of
from yiwang.services.items.models import ImplementationItem
from yiwang.services.themes.actions.applying import ThemeSubmission, chosen_parts, submit_theme
from yiwang.services.themes.models import ThemeVersion
from yiwang.services.themes.selectors import Offer, get_theme, offer_at

__all__ = ["PREFIX", "ThemeWizard", "begin_theme", "open_theme_wizard"]

PREFIX = "theme"


@dataclass
class ThemeWizard(WizardPages):
    """办事向导 of a theme at a place."""

    version: ThemeVersion
    offer: Offer

    @property
    def content(self) -> Mapping[str, Any]:
        content: Mapping[str, Any] = self.version.content
        return content

    @property
    def form(self) -> Form | None:
        return get_form(self.version.form_id)

    @property
    def place(self) -> str:
        return self.offer.division.pk

    @property
    def subject_title(self) -> tuple[str, str]:
        return self.version.title_zh, self.version.title_en

    @property
    def guide_url(self) -> str:
        return reverse("themes:theme", args=[self.version.content["key"]])

    @property
    def reach(self) -> tuple[str, str]:
        return self.offer.lead.path, self.offer.division.path

    def chosen(self) -> list[tuple[Mapping[str, Any], ImplementationItem | None]]:
        """Return the parts that the answers call for, with who handles each."""
        return [
            (part, self.offer.parts.get(part["key"]))
            for part in chosen_parts(self.content, self.facts())
        ]

    def outline(self) -> tuple[str, list[tuple[str, str]]]:
        """Return the items that will be applied for, each with who handles it."""
        rows = []
        for part, offer in self.chosen():
            if offer is None:
                rows.append((str(part["item"]), _("这个地方还办不了")))
            else:
                title = offer.title_zh if self.lang.startswith("zh") else offer.title_en
                rows.append((title, offer.organization.name))
        return _("将要办理的事项"), rows

    def submit(self, checks: Mapping[str, Any]) -> Case:
        application = submit_theme(
            actor=self.actor,
            submission=ThemeSubmission(
                theme=self.content["key"],
                division_code=self.place,
                client_id=self.draft.client_id,
                party_id=self.party.pk,
                circumstances=self.circumstances,
                form_data=self.given_form,
                materials=self.given_materials(),
                checks=checks,
                delivery=self.delivery,
            ),
        )
        return application.case


def open_theme_wizard(actor: Actor, draft: Draft, lang: str) -> ThemeWizard:
    """Open a draft of a theme.

    :raises NotFoundError, ThemeNotHereError: the theme is no longer offered, or not there.
    """
    _prefix, key, division = draft.subject.split(":")
    version = get_theme(key)
    return ThemeWizard(draft, actor, party_of(draft), lang, version, offer_at(version, division))


def begin_theme(actor: Actor, key: str, division_code: str, party_id: int) -> Draft:
    """Continue the actor's open draft of a theme at a place, or begin one.

    :raises NotFoundError, ThemeNotHereError: as :func:`open_theme_wizard`.
    """
    version = get_theme(key)
    offer = offer_at(version, division_code)
    return continue_draft(actor, f"{PREFIX}:{key}:{offer.division.pk}", version.form, party_id)
