"""故事检查: the stories that a pack needs are there, and speak only of what there is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from yiwang.kernel.packs.checks.content import CheckedPack, effect_calls, form_fields
from yiwang.kernel.packs.checks.documents import Document, Place
from yiwang.kernel.packs.checks.references import missing
from yiwang.kernel.packs.findings import Finding

ALWAYS = ("happy", "overdue", "refusal")


def check_stories(pack: CheckedPack) -> Iterator[Finding]:
    """Check each story, and that none of the needed ones is missing."""
    yield from _needed(pack)
    for document in pack.objects["stories"].values():
        yield from _Story(pack, document).check()


def _needed(pack: CheckedPack) -> Iterator[Finding]:
    has_items = bool(pack.objects["items"] or pack.overlays)
    if not has_items or pack.manifest is None or pack.has_gaps:
        return
    # What an overlay leaves as it is was shown by the pack below it.
    wanted = ["happy"] if pack.is_overlay else list(ALWAYS)
    calls = [c for d in pack.objects["process"].values() for c in effect_calls(d.data)]
    if any(call.name == "request_correction" for call in calls):
        wanted.append("correction")
    for key in wanted:
        if key not in pack.objects["stories"]:
            yield pack.manifest.finding(
                ("key",),
                "STORY_MISSING",
                f"缺少故事 stories/{key}.yaml",
                f"The story stories/{key}.yaml is missing.",
                f"写一个 key 为 {key} 的故事",
                f"Write a story with the key {key}.",
            )


@dataclass(slots=True)
class _Story:
    """One story being walked through: the items that its cases are about."""

    pack: CheckedPack
    document: Document
    items: list[Mapping[str, Any]] = field(default_factory=list)
    theme: Mapping[str, Any] | None = None
    # A case is about an item of another pack, whose process is not at hand.
    is_elsewhere: bool = False

    def check(self) -> Iterator[Finding]:
        story = self.document.data
        yield from self._cast(story["cast"])
        for index, step in enumerate(story["steps"]):
            yield from self._step(("steps", index), step)

    def _cast(self, cast: Mapping[str, Any]) -> Iterator[Finding]:
        types = {*self.pack.known.licence_types, *self.pack.objects["licences"]}
        for name, traits in cast.items():
            if traits.get("agent_for", name) not in cast:
                place: Place = ("cast", name, "agent_for")
                yield missing(self.document, place, "person", traits["agent_for"], cast)
            for index, held in enumerate(traits.get("holds", [])):
                if held not in types and not self.pack.has_gaps:
                    place = ("cast", name, "holds", index)
                    yield missing(self.document, place, "licences", held, types)

    def _step(self, place: Place, step: Mapping[str, Any]) -> Iterator[Finding]:
        cast = self.document.data["cast"]
        who = step.get("as")
        if isinstance(who, str) and who not in cast:
            yield missing(self.document, (*place, "as"), "person", who, cast)
        if isinstance(who, Mapping) and who["role"] not in self.pack.known.roles:
            here = (*place, "as", "role")
            yield missing(self.document, here, "role", who["role"], self.pack.known.roles)
        if "apply" in step:
            yield from self._apply((*place, "apply"), step["apply"], "expect_error" in step)
        if "act" in step:
            yield from self._act(place, step)
        if "supply" in step and self.theme is not None:
            yield from self._of_theme((*place, "supply"), step["supply"], self.theme)
        elif "supply" in step and self.items:
            yield from self._given((*place, "supply"), step["supply"], self.items[-1])
        if "expect" in step:
            yield from self._expect((*place, "expect"), step["expect"])

    def _apply(self, place: Place, given: Mapping[str, Any], is_refused: bool) -> Iterator[Finding]:
        cast = self.document.data["cast"]
        if given.get("on_behalf_of", next(iter(cast))) not in cast:
            here = (*place, "on_behalf_of")
            yield missing(self.document, here, "person", given["on_behalf_of"], cast)
        if "theme" in given:
            yield from self._theme(place, given, is_refused)
            return
        item = self.pack.get("items", given["item"])
        if item is None:
            known = {*self.pack.known.items, *self.pack.objects["items"]}
            self.is_elsewhere = given["item"] in known
            if not self.is_elsewhere and not self.pack.has_gaps:
                yield missing(self.document, (*place, "item"), "items", given["item"], known)
            return
        if not is_refused:
            self.items.append(item)
        yield from self._answers((*place, "circumstances"), given["circumstances"], item)
        yield from self._given(place, given, item)

    def _theme(self, place: Place, given: Mapping[str, Any], is_refused: bool) -> Iterator[Finding]:
        """Check an application for a theme; what follows may be about any of its items."""
        theme = self.pack.get("themes", given["theme"])
        known = {*self.pack.known.themes, *self.pack.objects["themes"]}
        if theme is None:
            if given["theme"] not in known and not self.pack.has_gaps:
                yield missing(self.document, (*place, "theme"), "theme", given["theme"], known)
            return
        if not is_refused:
            self.theme = theme
            parts = [self.pack.get("items", part["item"]) for part in theme["parts"]]
            self.items += [item for item in parts if item is not None]
        yield from self._answers((*place, "circumstances"), given["circumstances"], theme)
        yield from self._of_theme(place, given, theme)

    def _of_theme(
        self, place: Place, given: Mapping[str, Any], theme: Mapping[str, Any]
    ) -> Iterator[Finding]:
        fields = [entry["key"] for page in theme["form"]["pages"] for entry in page["fields"]]
        for key in given.get("form", {}):
            if key not in fields:
                yield missing(self.document, (*place, "form", key), "field", key, fields)

    def _answers(
        self, place: Place, answers: Mapping[str, Any], item: Mapping[str, Any]
    ) -> Iterator[Finding]:
        questions = {question["key"]: question for question in item["circumstances"]}
        for key, answer in answers.items():
            if key not in questions:
                yield missing(self.document, (*place, key), "circumstance", key, questions)
                continue
            options = [option["value"] for option in questions[key].get("options", [])]
            fits = answer in options if options else isinstance(answer, bool)
            if not fits:
                yield self.document.finding(
                    (*place, key),
                    "ANSWER_UNKNOWN",
                    f"“{answer}”不是“{key}”的选项",
                    f'"{answer}" is no answer to "{key}".',
                    f"改为：{'、'.join(options) or 'true、false'}",
                    f"Use one of: {', '.join(options) or 'true, false'}.",
                )
        for key, question in questions.items():
            if key not in answers and "when" not in question:
                yield self.document.finding(
                    place,
                    "ANSWER_MISSING",
                    f"没有回答情形“{key}”",
                    f'The question "{key}" has no answer.',
                    "补上回答",
                    "Answer it.",
                )

    def _given(
        self, place: Place, given: Mapping[str, Any], item: Mapping[str, Any]
    ) -> Iterator[Finding]:
        fields = form_fields(self.pack.get("forms", item["form"]))
        if fields:
            for key in given.get("form", {}):
                if key not in fields:
                    here = (*place, "form", key)
                    yield missing(self.document, here, "field", key, fields)
        materials = {material["key"]: material for material in item["materials"]}
        for key, value in given.get("materials", {}).items():
            here = (*place, "materials", key)
            if key not in materials:
                yield missing(self.document, here, "material", key, materials)
            elif _source(value) not in (*materials[key]["sources"], "PAPER"):
                ways = "、".join(materials[key]["sources"])
                yield self.document.finding(
                    here,
                    "MATERIAL_SOURCE",
                    f"材料“{key}”不能这样提交",
                    f'The material "{key}" cannot be given in this way.',
                    f"可以用：{ways}（承诺写 true，证照写 licence，上传写文件名）",
                    f"Ways: {ways} (true for a promise, licence, or the name of a file).",
                )

    def _act(self, place: Place, step: Mapping[str, Any]) -> Iterator[Finding]:
        if self.pack.has_gaps or self.is_elsewhere:
            return
        acts = list(self._open_acts(step))
        named = [raw for name, raw in acts if name == step["act"]]
        if not named:
            known = {name for name, _ in acts}
            yield missing(self.document, (*place, "act"), "act", step["act"], known)
            return
        if "expect_error" in step:
            return
        inputs = set(step.get("input", {}))
        if not any(inputs == set(raw.get("input", {})) for raw in named):
            wanted = sorted(named[0].get("input", {}))
            yield self.document.finding(
                (*place, "input") if inputs else (*place, "act"),
                "INPUT_DIFFERS",
                f"动作“{step['act']}”要填写：{'、'.join(wanted) or '（无）'}",
                f'The act "{step["act"]}" takes: {", ".join(wanted) or "nothing"}.',
                "按流程的 input 填写",
                "Give the inputs that the process names.",
            )
        if "opinion" not in step and all(raw.get("opinion") == "required" for raw in named):
            yield self.document.finding(
                (*place, "act"),
                "OPINION_MISSING",
                f"动作“{step['act']}”要写意见",
                f'The act "{step["act"]}" needs an opinion.',
                "补上 opinion",
                "Add an opinion.",
            )

    def _open_acts(self, step: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the acts that someone of this role could do in a case of this story."""
        who = step["as"]
        role = who["role"] if isinstance(who, Mapping) else who
        for item in self.items:
            process = self.pack.get("process", item["process"])
            for key, raw in (process["steps"] if process is not None else {}).items():
                is_theirs = raw["kind"] == "task" and raw["role"] == role
                if is_theirs and step.get("step", key) == key:
                    yield from raw["acts"].items()

    def _expect(self, place: Place, expected: Mapping[str, Any]) -> Iterator[Finding]:
        wanted = expected.get("licence")
        if not isinstance(wanted, Mapping):
            return
        fields = self.pack.licence_fields(wanted["type"])
        if fields is None:
            if self.pack.has_gaps:
                return
            types = {*self.pack.known.licence_types, *self.pack.objects["licences"]}
            here = (*place, "licence", "type")
            yield missing(self.document, here, "licences", wanted["type"], types)
            return
        cast = self.document.data["cast"]
        if wanted.get("holder", next(iter(cast))) not in cast:
            here = (*place, "licence", "holder")
            yield missing(self.document, here, "person", wanted["holder"], cast)
        for key in wanted.get("fields", {}):
            if key not in fields:
                here = (*place, "licence", "fields", key)
                yield missing(self.document, here, "licence field", key, fields)


def _source(value: Any) -> str:
    if value is True:
        return "PROMISE"
    return {"licence": "LICENCE", "paper": "PAPER"}.get(str(value), "UPLOAD")
