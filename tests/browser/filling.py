"""Filling in an application for an individual business, page by page."""

from typing import Any

from playwright.sync_api import Page

from tests.browser.conftest import press
from tests.city import HOME, City, aside
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.casework.forms.actions.drafts import save_draft
from yiwang.kernel.casework.forms.models import Draft
from yiwang.services.applications.wizard import begin

BUSINESS = "individual_business_registration"
SITUATION = {
    "operator_kind": "MAINLAND",
    "composition": "PERSONAL",
    "place_kind": "OWNED",
    "named": "true",
    "later_licence": "false",
    "by_agent": "false",
}
# The same situation as the draft keeps it.
ANSWERED = {
    "operator_kind": "MAINLAND",
    "composition": "PERSONAL",
    "place_kind": "OWNED",
    "named": True,
    "later_licence": False,
    "by_agent": False,
}


def choose(page: Page, answers: dict[str, str]) -> None:
    for key, value in answers.items():
        page.check(f'input[name="circumstances.{key}"][value="{value}"]', force=True)


def draft_of(
    citizen: Actor, city: City, key: str = BUSINESS, division: str = HOME, **data: Any
) -> str:
    """Begin an application and return the address of its pages."""

    def begun() -> str:
        draft = begin(citizen, city.item(key, division), citizen.party_id or 0)
        if data:
            save_draft(actor=citizen, client_id=draft.client_id, changes=data)
        return f"/drafts/{draft.client_id}"

    return aside(begun)


def draft_data(root: str) -> dict[str, Any]:
    """Return what the draft holds now."""
    return aside(lambda: Draft.objects.get(client_id=root.rsplit("/", 1)[-1]).data)


def ready_to_submit(page: Page, root: str) -> None:
    """Answer everything for a business under the person's own name."""
    page.goto(f"{root}/circumstances/")
    choose(page, SITUATION | {"named": "false"})
    press(page, "下一步")
    press(page, "下一步")
    page.check("input[name=scope] >> nth=3", force=True)
    page.fill("[name=employees]", "2")
    press(page, "下一步")
    page.fill("[name=place_address]", "阳江市江城区南恩街道环城北路12号")
    press(page, "下一步")
    page.check("input[value=promise]", force=True)
    press(page, "下一步")
