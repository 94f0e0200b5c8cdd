"""一件事检查: the items of a theme fit together; answers are asked once, no gate is for ever."""

from collections.abc import Iterator, Mapping
from typing import Any

from yiwang.kernel.packs.checks.content import END, CheckedPack, circumstance_names, form_fields
from yiwang.kernel.packs.checks.documents import Document, Place
from yiwang.kernel.packs.checks.expressions import check
from yiwang.kernel.packs.checks.references import days_of, missing
from yiwang.kernel.packs.findings import Finding
from yiwang.kernel.packs.names import FACTS, Names

# What must be the same where one answer stands for several items' questions.
_SAME = ("type", "format", "pattern", "enum", "minimum", "maximum", "exclusiveMinimum", "items")


def check_themes(pack: CheckedPack) -> Iterator[Finding]:
    """Check each theme against the items that it names.

    Items of other packs are checked by name; their forms and materials when the theme is applied.
    """
    for document in pack.objects["themes"].values():
        yield from _Theme(pack, document).check()


class _Theme:
    """One theme being checked; ``items`` are those of its parts that stand in the same pack."""

    def __init__(self, pack: CheckedPack, document: Document) -> None:
        self.pack = pack
        self.document = document
        self.theme: Mapping[str, Any] = document.data
        self.parts = {part["key"]: part for part in self.theme["parts"]}
        self.items = {
            key: item
            for key, part in self.parts.items()
            if (item := pack.get("items", part["item"])) is not None
        }
        self.fields = {
            key: form_fields(pack.get("forms", item["form"])) for key, item in self.items.items()
        }
        self.shared = [
            (("form", "pages", number, "fields", index), entry)
            for number, page in enumerate(self.theme["form"]["pages"])
            for index, entry in enumerate(page["fields"])
        ]

    def check(self) -> Iterator[Finding]:
        lead = self.theme["lead"]["function"]
        if lead not in self.pack.known.functions:
            place: Place = ("lead", "function")
            yield missing(self.document, place, "function", lead, self.pack.known.functions)
        yield from self._keys_once()
        for index, part in enumerate(self.theme["parts"]):
            yield from self._part(("parts", index), part)
        yield from self._circles()
        for place, entry in self.shared:
            yield from self._field(place, entry)
        yield from self._asked_twice()
        yield from self._unasked()
        yield from self._materials()
        yield from self._joint_limit()
        yield from self._conditions()

    # names

    def _keys_once(self) -> Iterator[Finding]:
        named: list[tuple[Place, str]] = [
            *((("parts", n, "key"), one["key"]) for n, one in enumerate(self.theme["parts"])),
            *(((*place, "key"), entry["key"]) for place, entry in self.shared),
            *(
                (("materials", n, "key"), one["key"])
                for n, one in enumerate(self.theme["materials"])
            ),
        ]
        seen: set[tuple[Any, str]] = set()
        for place, key in named:
            if (place[0], key) in seen:
                yield self._say(
                    place,
                    "KEY_TWICE",
                    f"键“{key}”重复",
                    f'The key "{key}" occurs twice.',
                    "改名",
                    "Rename one of them.",
                )
            seen.add((place[0], key))

    def _part(self, place: Place, part: Mapping[str, Any]) -> Iterator[Finding]:
        known = {*self.pack.known.items, *self.pack.objects["items"]}
        if part["item"] not in known and not self.pack.has_gaps:
            yield missing(self.document, (*place, "item"), "items", part["item"], known)
        for index, before in enumerate(part.get("after", [])):
            if before not in self.parts:
                yield missing(self.document, (*place, "after", index), "part", before, self.parts)
        for material, result in part.get("results", {}).items():
            here = (*place, "results", material)
            if result["part"] not in part.get("after", []):
                yield self._say(
                    here,
                    "THEME_RESULT_NOT_BEFORE",
                    f"“{result['part']}”不在 after 里，它的结果还没有",
                    f'"{result["part"]}" is not in "after": its result is not there yet.',
                    "把它写进 after",
                    'Add it to "after".',
                )
            if self.pack.lacks_licence(result["licence_type"]):
                types = {*self.pack.known.licence_types, *self.pack.objects["licences"]}
                yield missing(self.document, here, "licences", result["licence_type"], types)
        item = self.items.get(part["key"])
        if item is None:
            return
        questions = {question["key"]: question for question in item["circumstances"]}
        yield from self._unknown((*place, "circumstances"), part["circumstances"], questions)
        for key, question in questions.items():
            if key not in part["circumstances"] and "when" not in question:
                yield self._say(
                    (*place, "circumstances"),
                    "THEME_CIRCUMSTANCE_UNSET",
                    f"事项“{item['key']}”要问“{key}”，没有写怎么得到回答",
                    f'"{item["key"]}" asks "{key}", and nothing says what the answer is.',
                    "写一个表达式或者固定的回答",
                    "Give an expression or a fixed answer.",
                )
        fields, materials = self.fields[part["key"]], {m["key"] for m in item["materials"]}
        yield from self._unknown((*place, "values"), part.get("values", {}), fields, "field")
        yield from self._unknown(
            (*place, "results"), part.get("results", {}), materials, "material"
        )

    def _unknown(
        self, place: Place, given: Any, known: Any, kind: str = "circumstance"
    ) -> Iterator[Finding]:
        for key in given:
            if key not in known:
                yield missing(self.document, (*place, key), kind, key, known)

    def _circles(self) -> Iterator[Finding]:
        """Find parts that wait for themselves, through whatever others."""
        settled: set[str] = set()
        waiting = {
            key: {k for k in p.get("after", []) if k in self.parts} for key, p in self.parts.items()
        }
        while ready := [key for key, before in waiting.items() if before <= settled]:
            settled.update(ready)
            waiting = {key: before for key, before in waiting.items() if key not in settled}
        if waiting:
            names = "、".join(sorted(waiting))
            yield self._say(
                ("parts",),
                "THEME_WAITS_FOR_EVER",
                f"这些部分互相等待：{names}",
                f"These parts wait for each other: {', '.join(sorted(waiting))}.",
                "去掉其中一个 after",
                'Take one of the "after" out.',
            )

    # one form

    def _field(self, place: Place, entry: Mapping[str, Any]) -> Iterator[Finding]:
        found: list[tuple[str, Mapping[str, Any]]] = []
        for part, name in entry["from"].items():
            here = (*place, "from", part)
            if part not in self.parts:
                yield missing(self.document, here, "part", part, self.parts)
            elif part in self.fields and name not in self.fields[part]:
                yield missing(self.document, here, "field", name, self.fields[part])
            elif part in self.fields:
                found.append((part, self.fields[part][name]))
        for part, field in found[1:]:
            first, base = found[0]
            unlike = [name for name in _SAME if field.get(name) != base.get(name)]
            if unlike:
                yield self._say(
                    (*place, "from", part),
                    "THEME_FIELD_CONFLICT",
                    f"“{entry['key']}”在“{first}”和“{part}”里的 {'、'.join(unlike)} 不同，"
                    "不能只问一次",
                    f'"{entry["key"]}" differs between "{first}" and "{part}" in '
                    f"{', '.join(unlike)}: it cannot be asked once.",
                    "把两个事项的填写项改成一样，或者分开问",
                    "Make the two fields alike, or ask them apart.",
                )

    def _taken(self) -> set[tuple[str, str]]:
        return {pair for _place, entry in self.shared for pair in entry["from"].items()}

    def _unasked(self) -> Iterator[Finding]:
        """Find what an item needs and nobody is asked."""
        taken = self._taken()
        for index, part in enumerate(self.theme["parts"]):
            form = self.pack.get("forms", self.items.get(part["key"], {}).get("form", ""))
            for page in form["pages"] if form is not None else ():
                for name in page["schema"]["required"]:
                    if (part["key"], name) not in taken and name not in part.get("values", {}):
                        yield self._say(
                            ("parts", index),
                            "THEME_FIELD_UNASKED",
                            f"“{part['item']}”必填的“{name}”没有人填",
                            f'"{part["item"]}" needs "{name}", which nobody fills in.',
                            "在 form.pages 里加上，或者在 values 里算出来",
                            "Ask it in form.pages, or work it out in values.",
                        )

    def _asked_twice(self) -> Iterator[Finding]:
        """Find two questions of the theme that ask for the same thing."""
        seen: dict[str, str] = {}
        for place, entry in self.shared:
            for part, name in entry["from"].items():
                prefill = self.fields.get(part, {}).get(name, {}).get("x-prefill", "")
                if prefill and seen.setdefault(prefill, entry["key"]) != entry["key"]:
                    yield self._twice((*place, "key"), seen[prefill], entry["key"])

    def _twice(self, place: Place, one: str, other: str) -> Finding:
        return self._say(
            place,
            "THEME_ASKED_TWICE",
            f"“{one}”和“{other}”问的是同一件事",
            f'"{one}" and "{other}" ask for the same thing.',
            "合成一项，在 from 里写上两边",
            'Make them one, with both in "from".',
        )

    # one material set

    def _materials(self) -> Iterator[Finding]:
        merged: set[tuple[str, str]] = set()
        for index, entry in enumerate(self.theme["materials"]):
            place: Place = ("materials", index, "from")
            found = []
            for part, key in entry["from"].items():
                materials = {m["key"]: m for m in self.items.get(part, {}).get("materials", [])}
                if part not in self.parts:
                    yield missing(self.document, (*place, part), "part", part, self.parts)
                elif part in self.items and key not in materials:
                    yield missing(self.document, (*place, part), "material", key, materials)
                elif part in self.items:
                    found.append(materials[key])
                merged.add((part, key))
            ways = [set(one["sources"]) for one in found]
            if ways and not set.intersection(*ways):
                yield self._say(
                    place,
                    "THEME_MATERIAL_CONFLICT",
                    f"材料“{entry['key']}”没有各事项都接受的提交方式",
                    f'No way of supplying "{entry["key"]}" suits all its items.',
                    "统一各事项的 sources",
                    "Let the items share a source.",
                )
        yield from self._same_licence(merged)

    def _same_licence(self, merged: set[tuple[str, str]]) -> Iterator[Finding]:
        """Find a licence that two items ask for and the theme would ask for twice."""
        seen: dict[str, str] = {}
        for index, part in enumerate(self.theme["parts"]):
            for material in self.items.get(part["key"], {}).get("materials", []):
                kind, key = material.get("licence_type", ""), material["key"]
                is_given = key in part.get("results", {}) or (part["key"], key) in merged
                if kind and not is_given and seen.setdefault(kind, key) is not key:
                    yield self._twice(("parts", index), f"{seen[kind]}", f"{part['key']}.{key}")

    # time and conditions

    def _joint_limit(self) -> Iterator[Finding]:
        """The joint promise must leave room for the longest way through the gates."""
        promised = self.theme["limits"]["promised"]
        needed = dict.fromkeys(self.parts, 0.0)
        for _round in self.parts:
            for key, part in self.parts.items():
                if key in self.items:
                    before = [needed.get(k, 0.0) for k in part.get("after", [])]
                    own = days_of(self.items[key]["limits"]["promised"])
                    needed[key] = own + max(before, default=0.0)
        longest = max(needed, key=lambda key: needed[key])
        if needed[longest] > days_of(promised) + 1e-9:
            yield self._say(
                ("limits", "promised"),
                "JOINT_LIMIT_TOO_SHORT",
                f"联合办理的承诺时限比“{longest}”一路办下来的承诺时限还短",
                f'The joint promise is shorter than the promises on the way to "{longest}".',
                "放长联合时限，或者缩短事项的承诺时限",
                "Lengthen it, or shorten the promises of the items.",
            )
        if days_of(promised) > days_of(self.theme["limits"]["statutory"]):
            yield self._say(
                ("limits", "promised"),
                "PROMISE_LATER_THAN_LAW",
                "承诺时限比法定时限长",
                "The promised limit is longer than the statutory one.",
                "承诺时限不能超过法定时限",
                "Promise no more than the law allows.",
            )

    def _conditions(self) -> Iterator[Finding]:
        asked: Names = circumstance_names(self.theme)
        scope: Names = {
            "circumstances": asked,
            "form": {entry["key"]: END for _place, entry in self.shared},
            "applicant": FACTS["applicant"],
            "checks": FACTS["checks"],
        }
        for index, question in enumerate(self.theme["circumstances"]):
            if "when" in question:
                place: Place = ("circumstances", index, "when")
                yield from check(self.document, place, question["when"], {"circumstances": asked})
        for index, part in enumerate(self.theme["parts"]):
            here: Place = ("parts", index)
            if "when" in part:
                yield from check(self.document, (*here, "when"), part["when"], scope)
            for section in ("circumstances", "values"):
                for key, text in part.get(section, {}).items():
                    yield from check(self.document, (*here, section, key), text, scope)
        for place, entry in self.shared:
            if "when" in entry:
                yield from check(self.document, (*place, "when"), entry["when"], scope)

    def _say(self, place: Place, code: str, *words: str) -> Finding:
        return self.document.finding(place, code, *words)
