"""场景包内容: the documents of a pack by kind and key, as the checks between files need them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from yiwang.kernel.packs.checks.documents import Document, Place
from yiwang.kernel.packs.names import EFFECT_RULES, KnownNames, Names

ONE_OBJECT_FOLDERS = (
    *("items", "forms", "rules", "process", "licences", "stories", "themes", "dossiers"),
)
END: Names = {}


@dataclass(slots=True)
class CheckedPack:
    """Documents that fit their schemas. What did not fit is left out of the questions between."""

    known: KnownNames
    manifest: Document | None = None
    objects: dict[str, dict[str, Document]] = field(
        default_factory=lambda: {folder: {} for folder in ONE_OBJECT_FOLDERS}
    )
    notices: list[Document] = field(default_factory=list)
    rule_cases: list[Document] = field(default_factory=list)
    # What an overlay says of items of the pack below it, by the key of the item.
    overlays: dict[str, Document] = field(default_factory=dict)
    # Whether a file was left out: then "there is none" cannot be said of what it may have held.
    has_gaps: bool = False

    @property
    def key(self) -> str:
        """Return the pack's key, empty where the manifest could not be read."""
        return str(self.manifest.data["key"]) if self.manifest is not None else ""

    @property
    def is_overlay(self) -> bool:
        """Return whether the pack lies over another one."""
        return self.manifest is not None and "overlay" in self.manifest.data

    def get(self, folder: str, key: str) -> Mapping[str, Any] | None:
        """Return an object by its key, None where it is not in this pack."""
        document = self.objects[folder].get(key)
        return None if document is None else document.data

    def licence_fields(self, key: str) -> frozenset[str] | None:
        """Return the field keys of a licence type, its own or known; None where there is none."""
        own = self.get("licences", key)
        if own is not None:
            return frozenset(entry["key"] for entry in own["fields"])
        return self.known.licence_types.get(key)

    def lacks_licence(self, key: str) -> bool:
        """Return whether there surely is no such licence type."""
        return self.licence_fields(key) is None and not self.has_gaps

    def items_with(self, name: str, key: str) -> list[Mapping[str, Any]]:
        """Return the items whose ``form`` or ``process`` is the given one."""
        return [d.data for d in self.objects["items"].values() if d.data[name] == key]


def form_fields(form: Mapping[str, Any] | None) -> dict[str, Mapping[str, Any]]:
    """Return the fields of a form by key."""
    pages = form["pages"] if form is not None else []
    return {key: raw for page in pages for key, raw in page["schema"]["properties"].items()}


def circumstance_names(item: Mapping[str, Any]) -> Names:
    return {question["key"]: END for question in item["circumstances"]}


def act_names(process: Mapping[str, Any]) -> Names:
    """Return what ``acts`` holds: each task with its act, opinion and every input."""
    return {
        key: {"act": END, "opinion": END}
        | {name: END for act in step["acts"].values() for name in act.get("input", {})}
        for key, step in process["steps"].items()
        if step["kind"] == "task"
    }


def decision_names(
    pack: CheckedPack, process: Mapping[str, Any], rules: Mapping[str, str]
) -> Names:
    """Return what ``decisions`` holds: each decision step with the outputs of its rule."""
    found: dict[str, Names] = {}
    for key, step in process["steps"].items():
        if step["kind"] == "decision" and "rule" in step:
            table = pack.get("rules", rules.get(step["rule"], ""))
            outputs = table["outputs"] if table is not None else []
            found[key] = {output["name"]: END for output in outputs}
        elif step["kind"] in ("call", "subcase"):
            # What a system outside answers, or how child cases came out: any name may be there.
            found[key] = END
    return found


@dataclass(frozen=True, slots=True)
class Call:
    """One effect in a process: its options, and the inputs of the act that carries it."""

    name: str
    options: Mapping[str, Any]
    place: Place
    inputs: frozenset[str]


def effect_calls(process: Mapping[str, Any]) -> Iterator[Call]:
    """Yield every effect that a process names, with its place."""
    for key, step in process["steps"].items():
        base: Place = ("steps", key)
        yield from _calls(step.get("do", []), base, frozenset())
        for name, act in step.get("acts", {}).items():
            inputs = frozenset(act.get("input", {}))
            yield from _calls(act["do"], (*base, "acts", name), inputs)
        for index, timer in enumerate(step.get("timers", [])):
            yield from _calls(timer["do"], (*base, "timers", index), frozenset())


def _calls(raw: list[Any], base: Place, inputs: frozenset[str]) -> Iterator[Call]:
    for index, entry in enumerate(raw):
        place = (*base, "do", index)
        if isinstance(entry, str):
            yield Call(entry, {}, place, inputs)
        else:
            ((name, options),) = entry.items()
            yield Call(name, options, (*place, name), inputs)


def option_kind(effect: str, option: str) -> str:
    rule = EFFECT_RULES.get(effect)
    return rule.options.get(option, "") if rule is not None else ""
