"""办事向导: the pages of one application, built from the item's elements, form and materials.

Citizens online and clerks at a window use the same pages on the same draft.
"""

import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.files.models import StoredFile
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.forms.actions.drafts import access_draft, start_draft
from yiwang.kernel.casework.forms.models import Draft, FormDefinition
from yiwang.kernel.casework.forms.prefill import PrefillContext, Prefilled, prefill
from yiwang.kernel.casework.forms.rules.definition import Form, FormField, FormPage
from yiwang.kernel.casework.forms.selectors import get_form
from yiwang.kernel.errors import FieldProblem, NotFoundError
from yiwang.kernel.registers.licences.actions.licences import usable_licences
from yiwang.kernel.registers.licences.models import Licence
from yiwang.kernel.registers.licences.selectors import licences_of
from yiwang.services.applications.actions.applications import (
    Submission,
    Supplied,
    submit_application,
)
from yiwang.services.applications.facts import applicant_facts
from yiwang.services.applications.rules.materials import (
    AskedMaterial,
    asked_circumstances,
    asked_materials,
    check_circumstances,
    stop_of,
)
from yiwang.services.items.models import ImplementationItem
from yiwang.services.items.selectors import get_implementation

CIRCUMSTANCES = "circumstances"
MATERIALS = "materials"
REVIEW = "review"
DELIVERY = "delivery"
ELECTRONIC = "ELECTRONIC"
# The person holds a licence for a material but wants to upload something else.
NOTHING = "NOTHING"


@dataclass(frozen=True, slots=True)
class WizardStep:
    """One page of the wizard, as the progress line shows it."""

    key: str
    title: str
    state: str


@dataclass(frozen=True, slots=True)
class WizardMaterial:
    """One asked material with what stands for it now."""

    asked: AskedMaterial
    title: str
    note: str
    given: Mapping[str, Any]
    licences: list[Licence]
    state: str
    promise: str
    lost: FieldProblem | None = None


@dataclass
class WizardPages(ABC):
    """向导 over one draft, whatever it applies for. ``lang`` is the language of the page."""

    draft: Draft
    actor: Actor
    party: Party
    lang: str
    errors: dict[str, FieldProblem] = field(default_factory=dict, kw_only=True)

    @property
    @abstractmethod
    def content(self) -> Mapping[str, Any]:
        """Return what is asked: ``circumstances``, ``materials``, ``delivery``, ``face_check``."""

    @property
    @abstractmethod
    def form(self) -> Form | None: ...

    @property
    @abstractmethod
    def place(self) -> str:
        """Return the code of the place where it is applied for."""

    @property
    @abstractmethod
    def subject_title(self) -> tuple[str, str]:
        """Return what is applied for, in Chinese and English."""

    @property
    @abstractmethod
    def guide_url(self) -> str: ...

    @property
    @abstractmethod
    def reach(self) -> tuple[str, str]:
        """Return the paths of unit and place that a window must reach to take it in."""

    def outline(self) -> tuple[str, list[tuple[str, str]]] | None:
        """Return what the answers lead to, as a title with rows for the review page, if any."""
        return None

    @abstractmethod
    def submit(self, checks: Mapping[str, Any]) -> Case:
        """Submit what stands in the draft; return the case."""

    @property
    def circumstances(self) -> dict[str, Any]:
        return dict(self.draft.data.get(CIRCUMSTANCES, {}))

    @property
    def answers(self) -> dict[str, Any]:
        """Return the form's answers: what is known, overwritten by what was typed."""
        known = {key: entry.value for key, entry in self.known.items()}
        typed = dict(self.draft.data.get("form", {}))
        if self.form is None:
            return typed
        # The form may have changed since: an answer to a question that is gone is left out.
        asked = {one.key: one for one in self.form.fields()}
        return known | {
            key: value
            for key, value in typed.items()
            if key in asked and not (asked[key].is_fact and key in known)
        }

    @cached_property
    def known(self) -> Mapping[str, Prefilled]:
        if self.form is None:
            return {}
        context = PrefillContext(self.party, self.place)
        return prefill(self.form, context)

    def facts(self) -> dict[str, Any]:
        return {
            "circumstances": self.circumstances,
            "form": self.answers,
            "applicant": self.applicant,
            "checks": {},
        }

    @cached_property
    def applicant(self) -> dict[str, Any]:
        """Return what is known of the applicant; a page asks for it many times."""
        return applicant_facts(self.party)

    # pages

    def page_keys(self) -> list[str]:
        """Return the pages in order; a page without any question is left out."""
        facts = self.facts()
        keys = [CIRCUMSTANCES] if self.content.get("circumstances") else []
        if self.form is not None:
            keys += [page.key for page in self.form.pages if self.form.visible(page, facts)]
        if asked_materials(self.content, facts):
            keys.append(MATERIALS)
        return [*keys, REVIEW]

    def steps(self, current: str) -> list[WizardStep]:
        keys = self.page_keys()
        here = keys.index(current) if current in keys else 0
        return [
            WizardStep(
                key, self.title(key), "done" if i < here else "current" if i == here else "todo"
            )
            for i, key in enumerate(keys)
        ]

    def title(self, key: str) -> str:
        fixed = {
            CIRCUMSTANCES: _("您的情况"),
            MATERIALS: _("申请材料"),
            REVIEW: _("核对并签名"),
        }
        if key in fixed:
            return fixed[key]
        page = self.page(key)
        return page.title_zh if self.lang.startswith("zh") else page.title_en

    def page(self, key: str) -> FormPage:
        for page in self.form.pages if self.form else ():
            if page.key == key:
                return page
        raise NotFoundError

    def page_of(self, field_name: str) -> str:
        """Return the page on which a field with a problem stands."""
        section = field_name.partition(".")[0]
        if section in (CIRCUMSTANCES, MATERIALS):
            return section
        pages = self.form.pages if self.form else ()
        return next(
            (page.key for page in pages if any(one.key == field_name for one in page.fields)),
            self.page_keys()[0],
        )

    def first_open_page(self) -> str:
        """Return the first page that still needs an answer, or the review page."""
        return next((key for key in self.page_keys() if key == REVIEW or self.check(key)), REVIEW)

    def next_page(self, key: str) -> str:
        keys = self.page_keys()
        return keys[min(keys.index(key) + 1, len(keys) - 1)] if key in keys else keys[0]

    def previous_page(self, key: str) -> str:
        keys = self.page_keys()
        index = keys.index(key) if key in keys else 0
        return keys[index - 1] if index else ""

    # what is known and asked

    def asked_questions(self) -> list[Mapping[str, Any]]:
        """Return the guided questions that the answers so far bring up."""
        return asked_circumstances(self.content, self.circumstances)

    def is_fact(self, one: FormField) -> bool:
        """Return whether an answer is shown as known, not asked."""
        return one.is_fact and one.key in self.known and one.key not in self.errors

    def source_of(self, key: str) -> str:
        entry = self.known[key]
        return entry.source_zh if self.lang.startswith("zh") else entry.source_en

    # materials

    def materials(self) -> list[WizardMaterial]:
        """Return the asked materials with what already stands for each."""
        held = list(
            usable_licences(self.party.pk).select_related("type", "organization").order_by("-id")
        )
        given = self.draft.data.get(MATERIALS, {})
        is_zh = self.lang.startswith("zh")
        rows = []
        for asked in asked_materials(self.content, self.facts()):
            licences = [licence for licence in held if licence.type_key == asked.licence_type]
            stands = given.get(asked.key) or self._offered(asked, licences)
            if stands.get("source") == NOTHING:
                stands = {}
            lost = self._lost(asked, stands, licences)
            if lost is not None:
                stands = {}
            rows.append(
                WizardMaterial(
                    asked=asked,
                    title=asked.title_zh if is_zh else asked.title_en,
                    note=asked.note_zh if is_zh else asked.note_en,
                    given=stands,
                    licences=licences,
                    state="rejected" if lost else self._material_state(asked, stands),
                    promise=asked.promise_zh if is_zh else asked.promise_en,
                    lost=lost,
                )
            )
        return rows

    def _lost(
        self, asked: AskedMaterial, given: Mapping[str, Any], usable: list[Licence]
    ) -> FieldProblem | None:
        """Return what to say when a licence that was chosen cannot stand for it any more."""
        chosen = given.get("licence_id")
        if given.get("source") != "LICENCE" or chosen in {licence.pk for licence in usable}:
            return None
        licence = licences_of(self.party.pk).filter(pk=chosen or 0).first()
        name = f"{licence.type.title_zh} {licence.number}" if licence else asked.title_zh
        name_en = f"{licence.type.title_en} {licence.number}" if licence else asked.title_en
        return FieldProblem(
            f"{MATERIALS}.{asked.key}",
            "LICENCE_NOT_USABLE",
            f"您选的“{name}”现在不能用了：已过期，或者被撤销、注销",
            f"The licence you chose, {name_en}, can no longer be used: it has expired or ended.",
            "请换一份证照或上传文件；其他内容都还在",
            "Choose another one or upload a file; everything else is kept.",
        )

    @staticmethod
    def _offered(asked: AskedMaterial, licences: list[Licence]) -> dict[str, Any]:
        """What the person need not bring: shared data, or a licence that is already held."""
        if "DATA" in asked.sources:
            return {"source": "DATA"}
        if "LICENCE" in asked.sources and licences:
            return {"source": "LICENCE", "licence_id": licences[0].pk}
        return {}

    def _material_state(self, asked: AskedMaterial, given: Mapping[str, Any]) -> str:
        if f"{MATERIALS}.{asked.key}" in self.errors:
            return "missing"
        source = given.get("source")
        if source in ("DATA", "LICENCE"):
            return "held"
        if source in ("UPLOAD", "PROMISE", "PAPER", "DEFERRED"):
            return "uploaded"
        if "PROMISE" in asked.sources:
            return "promise"
        return "upload" if asked.is_required else "optional"

    # reading what was typed

    def read(self, key: str, typed: QueryDict, only: set[str] | None = None) -> dict[str, Any]:
        """Turn a page's typed answers into changes of the draft; ``only`` names changed fields."""
        if key == CIRCUMSTANCES:
            return {CIRCUMSTANCES: self._read_circumstances(typed, only)}
        if key == MATERIALS:
            return {MATERIALS: self._read_materials(typed, only)}
        if key == REVIEW:
            return self._read_delivery(typed)
        values: dict[str, Any] = {}
        for one in self.page(key).fields:
            if self.is_fact(one) or (only is not None and one.key not in only):
                continue
            if one.schema.get("type") == "array":
                values[one.key] = [value for value in typed.getlist(one.key) if value]
            elif one.key in typed or only is not None:
                values[one.key] = one.read(typed.get(one.key, ""))
        return {"form": values}

    def _read_delivery(self, typed: QueryDict) -> dict[str, Any]:
        way = typed.get(DELIVERY, "")
        return {DELIVERY: {"way": way}} if way in self.content.get("delivery", []) else {}

    @property
    def delivery(self) -> str:
        """Return how the person wants to get the result."""
        return str(self.draft.data.get(DELIVERY, {}).get("way", ELECTRONIC))

    def _read_circumstances(self, typed: QueryDict, only: set[str] | None) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for question in self.content.get("circumstances", []):
            name = f"circumstances.{question['key']}"
            if name not in typed or (only is not None and name not in only):
                continue
            raw = typed[name]
            values[question["key"]] = raw == "true" if question["type"] == "boolean" else raw
        return values

    def _read_materials(self, typed: QueryDict, only: set[str] | None) -> dict[str, Any]:
        values: dict[str, Any] = {}
        before = self.draft.data.get(MATERIALS, {})
        for asked in asked_materials(self.content, self.facts()):
            name = f"material.{asked.key}"
            if only is not None and name not in only and f"{name}_ids" not in only:
                continue
            # Browsers send an empty file field of the same name along, after what was ticked.
            choice = next((value for value in reversed(typed.getlist(name)) if value), "")
            stored = self._own_file(typed.getlist(f"{name}_ids"))
            if choice.startswith("licence:") and _is_number(choice[8:]):
                values[asked.key] = {"source": "LICENCE", "licence_id": int(choice[8:])}
            elif stored is not None:
                values[asked.key] = {
                    "source": "UPLOAD",
                    "file_id": stored.pk,
                    "name": stored.name,
                    "size_bytes": stored.size_bytes,
                }
            elif choice == "promise" and "PROMISE" in asked.sources:
                values[asked.key] = {"source": "PROMISE"}
            elif choice == "defer" and "DEFERRED" in asked.sources:
                values[asked.key] = {"source": "DEFERRED"}
            elif choice == "paper" and self.actor.is_official:
                values[asked.key] = {"source": "PAPER"}
            elif choice == "upload" and "UPLOAD" in asked.sources:
                values[asked.key] = {"source": NOTHING}
            elif before.get(asked.key, {}).get("source") != "LICENCE":
                # Nothing stands for it now: a tick was taken away, a file removed. A licence that
                # ended is no longer among the choices; it stays, so that the page can say so.
                values[asked.key] = {}
        return values

    def _own_file(self, ids: list[str]) -> StoredFile | None:
        """Return the newest of these files that the actor uploaded."""
        numbers = [int(value) for value in ids if _is_number(value)]
        if not numbers:
            return None
        own = StoredFile.objects.filter(pk__in=numbers, uploaded_by_id=self.actor.account_id)
        return own.order_by("pk").last()

    # checks

    def check(self, key: str) -> list[FieldProblem]:
        """Return what is wrong on one page; on the review page, on every page."""
        if key == REVIEW:
            return [p for one in self.page_keys() if one != REVIEW for p in self.check(one)]
        if key == CIRCUMSTANCES:
            return check_circumstances(self.content, self.circumstances)
        if key == MATERIALS:
            return [
                row.lost or _missing(row.asked)
                for row in self.materials()
                if row.lost or (row.asked.is_required and not row.given)
            ]
        return self.form.check(self.answers, self.facts(), key) if self.form else []

    def stop(self) -> str:
        """Return where to go instead when an answer ends here, or nothing."""
        words = stop_of(self.content, self.circumstances)
        if words is None:
            return ""
        return words[0] if self.lang.startswith("zh") else words[1]

    # what is sent

    @property
    def given_form(self) -> dict[str, Any]:
        return {key: v for key, v in self.answers.items() if v not in (None, "", [])}

    def given_materials(self) -> dict[str, Supplied]:
        return {
            row.asked.key: Supplied(
                row.given["source"], row.given.get("file_id"), row.given.get("licence_id")
            )
            for row in self.materials()
            if row.given
        }


@dataclass
class Wizard(WizardPages):
    """办事向导 of one item at one unit."""

    implementation: ImplementationItem

    @classmethod
    def open(cls, actor: Actor, client_id: uuid.UUID, lang: str) -> "Wizard":
        """Open the actor's own draft of an item.

        :raises NotFoundError: no such draft, somebody else's, of a party that the actor does not
            act for now, or the item is no longer offered. A clerk's draft is opened here by the
            clerk; who stands at the window is for the window to say.
        """
        return cls.of(actor, _own_draft(actor, client_id), lang)

    @classmethod
    def of(cls, actor: Actor, draft: Draft, lang: str) -> "Wizard":
        return cls(draft, actor, party_of(draft), lang, get_implementation(draft.subject))

    @property
    def content(self) -> Mapping[str, Any]:
        content: Mapping[str, Any] = self.implementation.version.content
        return content

    @property
    def form(self) -> Form | None:
        form_id = self.implementation.version.form_id
        return get_form(form_id) if form_id else None

    @property
    def place(self) -> str:
        return self.implementation.division_id

    @property
    def subject_title(self) -> tuple[str, str]:
        version = self.implementation.version
        return version.title_zh, version.title_en

    @property
    def guide_url(self) -> str:
        return reverse("portal:item", args=[self.implementation.code])

    @property
    def reach(self) -> tuple[str, str]:
        return self.implementation.organization.path, self.implementation.division.path

    def submit(self, checks: Mapping[str, Any]) -> Case:
        application = submit_application(actor=self.actor, submission=self.submission(checks))
        return application.case

    def submission(self, checks: Mapping[str, Any]) -> Submission:
        """Return the whole application as it stands in the draft."""
        return Submission(
            implementation_code=self.implementation.code,
            client_id=self.draft.client_id,
            party_id=self.party.pk,
            circumstances=self.circumstances,
            form_data=self.given_form,
            materials=self.given_materials(),
            checks=checks,
            delivery=self.delivery,
        )


Opener = Callable[[Actor, Draft, str], WizardPages]
_openers: dict[str, Opener] = {}


def register_wizard(prefix: str, opener: Opener) -> None:
    """Let drafts whose subject begins with ``prefix:`` open in a wizard of their own."""
    _openers[prefix] = opener


def open_wizard(actor: Actor, client_id: uuid.UUID, lang: str) -> WizardPages:
    """Open the actor's own draft in the wizard of its kind.

    :raises NotFoundError: as :meth:`Wizard.open`.
    """
    draft = _own_draft(actor, client_id)
    opener = _openers.get(draft.subject.partition(":")[0]) if ":" in draft.subject else None
    return (opener or Wizard.of)(actor, draft, lang)


def _own_draft(actor: Actor, client_id: uuid.UUID) -> Draft:
    draft = access_draft(actor, client_id)
    if not actor.is_official and draft.party_id != actor.acting_for_id:
        raise NotFoundError
    return draft


def party_of(draft: Draft) -> Party:
    return Party.objects.select_related("operator").get(pk=draft.party_id)


def _is_number(text: str) -> bool:
    """Return whether a text that came from outside is a key that the database could have."""
    return text.isdecimal() and len(text) <= 18


def _missing(asked: AskedMaterial) -> FieldProblem:
    mend = ("请上传，或选择已有的电子证照", "Upload it or choose a licence that you hold.")
    if asked.sources == ("PROMISE",):
        mend = ("请看清楚承诺内容，同意的话打勾", "Read the promise; tick it if you agree.")
    return FieldProblem(
        f"{MATERIALS}.{asked.key}",
        "MATERIAL_MISSING",
        f"缺少材料：{asked.title_zh}",
        f"Missing: {asked.title_en}",
        *mend,
    )


def begin(actor: Actor, implementation: ImplementationItem, party_id: int) -> Draft:
    """Continue the actor's open draft of this item and party, or begin one.

    A draft outlives a new version of the form: what still has a question keeps its answer.

    :raises NotFoundError: the item has no form of its own yet.
    """
    form = implementation.version.form
    if form is None:
        raise NotFoundError
    return continue_draft(actor, implementation.code, form, party_id)


def continue_draft(actor: Actor, subject: str, form: FormDefinition, party_id: int) -> Draft:
    """Continue the actor's open draft of this subject and party, or begin one."""
    draft = (
        Draft.objects.filter(
            account_id=actor.account_id,
            party_id=party_id,
            subject=subject,
            submitted_case_id=None,
            expires_at__gt=now(),
        )
        .order_by("-updated_at")
        .first()
    )
    if draft is None:
        return start_draft(
            actor=actor,
            party_id=party_id,
            subject=subject,
            form=form,
            data={CIRCUMSTANCES: {}, "form": {}, MATERIALS: {}},
        )
    if draft.form_id != form.pk:
        draft.form = form
        draft.save(update_fields=["form"])
    return draft
