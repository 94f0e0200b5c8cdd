"""办事向导: the pages of one application, built from the item's elements, form and materials.

Citizens online and clerks at a window use the same pages on the same draft.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.files.models import StoredFile
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.casework.forms.actions.drafts import access_draft, start_draft
from yiwang.kernel.casework.forms.models import Draft
from yiwang.kernel.casework.forms.prefill import PrefillContext, Prefilled, prefill
from yiwang.kernel.casework.forms.rules.definition import Form, FormField, FormPage
from yiwang.kernel.casework.forms.selectors import get_form
from yiwang.kernel.errors import FieldProblem, NotFoundError
from yiwang.kernel.registers.licences.actions.licences import usable_licences
from yiwang.kernel.registers.licences.models import Licence
from yiwang.services.applications.actions.applications import Submission, Supplied
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


@dataclass(frozen=True, slots=True)
class WizardStep:
    """One page of the wizard, as the progress line shows it."""

    key: str
    title: str
    state: str


@dataclass(frozen=True, slots=True)
class KnownFact:
    """A value that we know already and show to be confirmed."""

    label: str
    value: str
    source: str


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


@dataclass
class Wizard:
    """向导 over one draft. ``lang`` is the language of the page."""

    draft: Draft
    actor: Actor
    party: Party
    implementation: ImplementationItem
    lang: str
    errors: dict[str, FieldProblem] = field(default_factory=dict)

    @classmethod
    def open(cls, actor: Actor, client_id: uuid.UUID, lang: str) -> "Wizard":
        """Open the actor's own draft.

        :raises NotFoundError: no such draft, somebody else's, or the item is no longer offered.
        """
        draft = access_draft(actor, client_id)
        return cls(
            draft=draft,
            actor=actor,
            party=Party.objects.select_related("operator").get(pk=draft.party_id),
            implementation=get_implementation(draft.subject),
            lang=lang,
        )

    @property
    def content(self) -> Mapping[str, Any]:
        content: Mapping[str, Any] = self.implementation.version.content
        return content

    @property
    def form(self) -> Form | None:
        form_id = self.implementation.version.form_id
        return get_form(form_id) if form_id else None

    @property
    def circumstances(self) -> dict[str, Any]:
        return dict(self.draft.data.get(CIRCUMSTANCES, {}))

    @property
    def answers(self) -> dict[str, Any]:
        """Return the form's answers: what is known, overwritten by what was typed."""
        known = {key: entry.value for key, entry in self.known.items()}
        return known | dict(self.draft.data.get("form", {}))

    @cached_property
    def known(self) -> Mapping[str, Prefilled]:
        if self.form is None:
            return {}
        context = PrefillContext(self.party, self.implementation.division_id)
        return prefill(self.form, context)

    def facts(self) -> dict[str, Any]:
        return {
            "circumstances": self.circumstances,
            "form": self.answers,
            "applicant": applicant_facts(self.party),
            "checks": {},
        }

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

    def next_page(self, key: str) -> str:
        keys = self.page_keys()
        return keys[min(keys.index(key) + 1, len(keys) - 1)] if key in keys else keys[0]

    def previous_page(self, key: str) -> str:
        keys = self.page_keys()
        index = keys.index(key) if key in keys else 0
        return keys[index - 1] if index else ""

    # what a page shows

    def questions(self) -> list[dict[str, Any]]:
        """Return the guided questions as parameters of the field component."""
        asked = asked_circumstances(self.content, self.circumstances)
        return [self._question(question) for question in asked]

    def _question(self, question: Mapping[str, Any]) -> dict[str, Any]:
        is_zh = self.lang.startswith("zh")
        if question["type"] == "boolean":
            options = [("true", _("是")), ("false", _("否"))]
        else:
            options = [
                (option["value"], option["title_zh" if is_zh else "title_en"])
                for option in question["options"]
            ]
        value = self.circumstances.get(question["key"])
        name = f"circumstances.{question['key']}"
        return {
            "name": name,
            "label": question["question_zh" if is_zh else "question_en"],
            "kind": "radio",
            "options": options,
            "inline": question["type"] == "boolean",
            "value": {True: "true", False: "false"}.get(value, value or "")
            if isinstance(value, bool)
            else value or "",
            "error": self._error(name),
        }

    def fields(self, key: str) -> list[dict[str, Any]]:
        """Return a form page's questions as parameters of the field component."""
        if self.form is None:
            return []
        return [
            self._field(one)
            for one in self.form.visible(self.page(key), self.facts())
            if not self._is_fact(one)
        ]

    def known_facts(self, key: str) -> list[KnownFact]:
        """Return what a form page shows as known, with its source."""
        if self.form is None:
            return []
        return [
            KnownFact(
                one.text("title", self.lang),
                one.show(self.answers.get(one.key), self.lang),
                self._source(one.key),
            )
            for one in self.form.visible(self.page(key), self.facts())
            if self._is_fact(one)
        ]

    def answered(self, key: str) -> list[tuple[str, str]]:
        """Return a form page's questions and answers as a person reads them."""
        if self.form is None:
            return []
        return [
            (one.text("title", self.lang), one.show(self.answers.get(one.key), self.lang))
            for one in self.form.visible(self.page(key), self.facts())
        ]

    def _is_fact(self, one: FormField) -> bool:
        return one.is_fact and one.key in self.known and one.key not in self.errors

    def _source(self, key: str) -> str:
        entry = self.known[key]
        return entry.source_zh if self.lang.startswith("zh") else entry.source_en

    def _field(self, one: FormField) -> dict[str, Any]:
        schema = one.schema
        kind = _KINDS.get(schema.get("format", "")) or schema.get("x-widget") or "text"
        options = one.options(self.lang)
        if schema.get("type") == "boolean":
            kind, options = "radio", [("true", _("是")), ("false", _("否"))]
        elif schema.get("type") == "array":
            kind = "checkboxes"
        elif options:
            kind = "radio" if len(options) <= 6 else "select"
        elif schema.get("type") in ("integer", "number"):
            kind = "number"
        value = self.answers.get(one.key, "")
        typed_is_known = one.key in self.known and value == self.known[one.key].value
        spec: dict[str, Any] = {
            "name": one.key,
            "label": one.text("title", self.lang),
            "hint": one.text("hint", self.lang),
            "kind": kind,
            "options": options,
            "required": one.is_required,
            "value": ("true" if value else "false") if isinstance(value, bool) else value,
            "error": self._error(one.key),
            "source": self._source(one.key) if typed_is_known else "",
        }
        if schema.get("type") == "boolean":
            spec["inline"] = True
        if "maxLength" in schema and kind in ("text", "textarea"):
            spec["maxlength"] = schema["maxLength"]
        return spec

    def _error(self, name: str) -> dict[str, str] | None:
        problem = self.errors.get(name)
        if problem is None:
            return None
        if self.lang.startswith("zh"):
            return {"reason": problem.reason_zh, "mend": problem.mend_zh}
        return {"reason": problem.reason_en, "mend": problem.mend_en}

    def error_list(self) -> list[dict[str, str]]:
        """Return every error of the page, for the summary at its top."""
        return [{"field": name, **(self._error(name) or {})} for name in self.errors]

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
            rows.append(
                WizardMaterial(
                    asked=asked,
                    title=asked.title_zh if is_zh else asked.title_en,
                    note=asked.note_zh if is_zh else asked.note_en,
                    given=stands,
                    licences=licences,
                    state=self._material_state(asked, stands),
                    promise=asked.promise_zh if is_zh else asked.promise_en,
                )
            )
        return rows

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
        if source in ("UPLOAD", "PROMISE", "PAPER"):
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
            return {}
        values: dict[str, Any] = {}
        for one in self.page(key).fields:
            if self._is_fact(one) or (only is not None and one.key not in only):
                continue
            if one.schema.get("type") == "array":
                values[one.key] = [value for value in typed.getlist(one.key) if value]
            elif one.key in typed or only is not None:
                values[one.key] = one.read(typed.get(one.key, ""))
        return {"form": values}

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
        for asked in asked_materials(self.content, self.facts()):
            name = f"material.{asked.key}"
            if only is not None and name not in only and f"{name}_ids" not in only:
                continue
            files = [int(value) for value in typed.getlist(f"{name}_ids") if value.isdigit()]
            stored = StoredFile.objects.filter(
                pk__in=files, uploaded_by_id=self.actor.account_id
            ).last()
            choice = typed.get(name, "")
            if stored is not None:
                values[asked.key] = {
                    "source": "UPLOAD",
                    "file_id": stored.pk,
                    "name": stored.name,
                    "size_bytes": stored.size_bytes,
                }
            elif choice.startswith("licence:") and choice[8:].isdigit():
                values[asked.key] = {"source": "LICENCE", "licence_id": int(choice[8:])}
            elif choice == "promise" and "PROMISE" in asked.sources:
                values[asked.key] = {"source": "PROMISE"}
            elif choice == "paper" and self.actor.is_official:
                values[asked.key] = {"source": "PAPER"}
            elif choice == "none":
                values[asked.key] = {}
        return values

    # checks

    def check(self, key: str) -> list[FieldProblem]:
        """Return what is wrong on one page; on the review page, on every page."""
        if key == REVIEW:
            return [p for one in self.page_keys() if one != REVIEW for p in self.check(one)]
        if key == CIRCUMSTANCES:
            return check_circumstances(self.content, self.circumstances)
        if key == MATERIALS:
            return [
                FieldProblem(
                    f"{MATERIALS}.{row.asked.key}",
                    "MATERIAL_MISSING",
                    f"缺少材料：{row.asked.title_zh}",
                    f"Missing: {row.asked.title_en}",
                    "请上传，或选择已有的电子证照",
                    "Upload it or choose a licence that you hold.",
                )
                for row in self.materials()
                if row.asked.is_required and not row.given
            ]
        return self.form.check(self.answers, self.facts(), key) if self.form else []

    def stop(self) -> str:
        """Return where to go instead when an answer ends here, or nothing."""
        words = stop_of(self.content, self.circumstances)
        if words is None:
            return ""
        return words[0] if self.lang.startswith("zh") else words[1]

    def submission(self, checks: Mapping[str, Any]) -> Submission:
        """Return the whole application as it stands in the draft."""
        agent_id = self.actor.party_id if self.actor.party_id != self.party.pk else None
        return Submission(
            implementation_code=self.implementation.code,
            client_id=self.draft.client_id,
            party_id=self.party.pk,
            agent_id=agent_id,
            circumstances=self.circumstances,
            form_data={key: v for key, v in self.answers.items() if v not in (None, "", [])},
            materials={
                row.asked.key: Supplied(
                    row.given["source"], row.given.get("file_id"), row.given.get("licence_id")
                )
                for row in self.materials()
                if row.given
            },
            checks=checks,
        )


_KINDS = {
    "date": "date",
    "citizen-id-no": "id_number",
    "mobile-phone": "phone",
    "money": "money",
}


def begin(actor: Actor, implementation: ImplementationItem, party_id: int) -> Draft:
    """Continue the actor's open draft of this item and party, or begin one.

    :raises NotFoundError: the item has no form of its own yet.
    """
    draft = (
        Draft.objects.filter(
            account_id=actor.account_id,
            party_id=party_id,
            subject=implementation.code,
            form=implementation.version.form,
            submitted_case_id=None,
        )
        .order_by("-updated_at")
        .first()
    )
    if draft is not None:
        return draft
    form = implementation.version.form
    if form is None:
        raise NotFoundError
    return start_draft(
        actor=actor,
        party_id=party_id,
        subject=implementation.code,
        form=form,
        data={CIRCUMSTANCES: {}, "form": {}, MATERIALS: {}},
    )
