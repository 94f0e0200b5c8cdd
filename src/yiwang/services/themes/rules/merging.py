"""合并: one form and one set of materials out of several items, and the way back to each.

Everything here is a function of the theme and of its items' elements. Conditions stay FEEL: what
an item's condition reads is bound to what the theme knows, by a function of the same names.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

from yiwang.kernel.casework.rules import feel
from yiwang.kernel.casework.rules.feel.names import free_paths

__all__ = ["PartSource", "merge", "name_in_theme", "part_answers", "part_materials"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PartSource:
    """One part of a theme with the elements and the form of its item."""

    part: Mapping[str, Any]
    item: Mapping[str, Any]
    form: Mapping[str, Any]

    @property
    def key(self) -> str:
        return str(self.part["key"])

    @property
    def fields(self) -> dict[str, Mapping[str, Any]]:
        return {
            key: raw
            for page in self.form["pages"]
            for key, raw in page["schema"]["properties"].items()
        }

    @property
    def required(self) -> set[str]:
        return {name for page in self.form["pages"] for name in page["schema"]["required"]}


def merge(
    theme: Mapping[str, Any], sources: Mapping[str, PartSource]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the content that the theme's wizard asks, and its merged form.

    :raises KeyError: the theme names a field or a material that its item does not have.
    """
    shared = _shared(theme)
    pages = [
        {
            "key": page["key"],
            "title_zh": page["title_zh"],
            "title_en": page["title_en"],
            "schema": _schema(page, sources, shared),
        }
        for page in theme["form"]["pages"]
    ]
    content = {
        **{key: value for key, value in theme.items() if key not in ("form", "materials")},
        "fields": {
            entry["key"]: dict(entry["from"])
            for page in theme["form"]["pages"]
            for entry in page["fields"]
        },
        "materials": list(_materials(theme, sources, shared)),
        "assurance_level": max(
            source.item.get("assurance_level", 2) for source in sources.values()
        ),
        "face_check": True,
    }
    return content, {"key": f"theme.{theme['key']}", "pages": pages}


def _shared(theme: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return for each part which field of the theme answers which field of its item."""
    found: dict[str, dict[str, str]] = {part["key"]: {} for part in theme["parts"]}
    for page in theme["form"]["pages"]:
        for entry in page["fields"]:
            for part, name in entry["from"].items():
                found[part][name] = entry["key"]
    return found


# conditions


def _in_part(text: str, part: Mapping[str, Any], fields: Mapping[str, str]) -> str:
    """Return a condition of an item, bound to what the theme knows."""
    read: dict[str, set[str]] = {"circumstances": set(), "form": set()}
    for trail in free_paths(feel.compile(text).tree):
        if trail[0] in read and len(trail) > 1:
            read[trail[0]].add(trail[1])
    answers = {key: _text(value) for key, value in part["circumstances"].items()}
    values = {name: f"form.{key}" for name, key in fields.items()} | dict(part.get("values", {}))
    bound = (
        _context(answers, read["circumstances"]),
        _context(values, read["form"]),
    )
    return f"(function(circumstances, form) {text})({bound[0]}, {bound[1]})"


def _context(entries: Mapping[str, str], read: set[str]) -> str:
    return "{" + ", ".join(f"{key}: {entries[key]}" for key in sorted(read & entries.keys())) + "}"


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _asked(
    uses: Mapping[str, str | None],
    sources: Mapping[str, PartSource],
    shared: Mapping[str, Mapping[str, str]],
    unless: Mapping[str, str] = MappingProxyType({}),
) -> str | None:
    """Return when one of several parts asks for something; None for always.

    ``uses`` maps a part to its item's own condition. What another part's result stands for is
    asked only when that part is not chosen: ``unless`` maps a part to the condition of the other.
    """
    ways = []
    for key, own in uses.items():
        part = sources[key].part
        needed = [f"({part['when']})"] if "when" in part else []
        if key in unless:
            needed.append(f"(({unless[key]}) != true)")
        if own is not None:
            needed.append(_in_part(own, part, shared[key]))
        if not needed:
            return None
        ways.append(" and ".join(needed))
    return ways[0] if len(ways) == 1 else " or ".join(f"({way})" for way in ways)


# one form


def _schema(
    page: Mapping[str, Any],
    sources: Mapping[str, PartSource],
    shared: Mapping[str, Mapping[str, str]],
) -> dict[str, Any]:
    properties = {}
    required = []
    for entry in page["fields"]:
        uses = {part: sources[part].fields[name] for part, name in entry["from"].items()}
        properties[entry["key"]] = _field(entry, uses, sources, shared)
        if any(name in sources[part].required for part, name in entry["from"].items()):
            required.append(entry["key"])
    return {"type": "object", "required": required, "properties": properties}


def _field(
    entry: Mapping[str, Any],
    uses: Mapping[str, Mapping[str, Any]],
    sources: Mapping[str, PartSource],
    shared: Mapping[str, Mapping[str, str]],
) -> dict[str, Any]:
    """Return the one question for the fields of several items: the strictest of them."""
    field = dict(next(iter(uses.values())))
    field.pop("x-when", None)
    for name, stricter in (("maxLength", min), ("minLength", max)):
        bounds = [one[name] for one in uses.values() if name in one]
        if bounds:
            field[name] = stricter(bounds)
    for key, name in (
        ("title_zh", "title"),
        ("title_en", "x-title-en"),
        ("hint_zh", "x-hint"),
        ("hint_en", "x-hint-en"),
    ):
        if key in entry:
            field[name] = entry[key]
    when = entry.get("when") or _asked(
        {part: one.get("x-when") for part, one in uses.items()}, sources, shared
    )
    if when is not None:
        field["x-when"] = when
    return field


# one set of materials


def _materials(
    theme: Mapping[str, Any],
    sources: Mapping[str, PartSource],
    shared: Mapping[str, Mapping[str, str]],
) -> Iterator[dict[str, Any]]:
    by_part = {
        key: {material["key"]: material for material in source.item["materials"]}
        for key, source in sources.items()
    }
    taken: set[tuple[str, str]] = set()
    unless: dict[tuple[str, str], str] = {}
    for key, source in sources.items():
        for name, result in source.part.get("results", {}).items():
            before = sources[result["part"]].part.get("when")
            if before is None:
                taken.add((key, name))
            else:
                unless[key, name] = before
    groups: list[tuple[Mapping[str, Any], dict[str, str]]] = []
    for entry in theme["materials"]:
        groups.append((entry, dict(entry["from"])))
        taken |= set(entry["from"].items())
    groups += _left_over(by_part, taken, {entry["key"] for entry in theme["materials"]})
    for entry, origin in groups:
        uses = {part: by_part[part][name] for part, name in origin.items()}
        first = next(iter(uses.values()))
        ways = [
            way for way in first["sources"] if all(way in one["sources"] for one in uses.values())
        ]
        merged = {
            **{name: value for name, value in first.items() if name != "when"},
            "key": entry["key"],
            "title_zh": entry.get("title_zh", first["title_zh"]),
            "title_en": entry.get("title_en", first["title_en"]),
            "sources": ways,
            "required": any(one.get("required", True) for one in uses.values()),
            "from": origin,
        }
        when = _asked(
            {part: one.get("when") for part, one in uses.items()},
            sources,
            shared,
            {part: unless[part, name] for part, name in origin.items() if (part, name) in unless},
        )
        yield merged if when is None else merged | {"when": when}


def _left_over(
    by_part: Mapping[str, Mapping[str, Mapping[str, Any]]],
    taken: set[tuple[str, str]],
    names: set[str],
) -> list[tuple[Mapping[str, Any], dict[str, str]]]:
    """Return what the theme does not merge by name: each by itself, but for what registers tell.

    The same register asked for the same thing by several items is shown once.
    """
    known: dict[tuple[str, str], dict[str, str]] = {}
    groups: list[tuple[Mapping[str, Any], dict[str, str]]] = []
    for part, materials in by_part.items():
        for key, material in materials.items():
            if (part, key) in taken:
                continue
            same = (material.get("dataset", ""), material["title_zh"])
            is_data = material["sources"] == ["DATA"]
            if is_data and same in known:
                known[same][part] = key
                continue
            name = key if key not in names else f"{part}_{key}"
            names.add(name)
            origin = {part: key}
            if is_data:
                known[same] = origin
            groups.append(({"key": name}, origin))
    return groups


# the way back


def part_answers(
    content: Mapping[str, Any], part: Mapping[str, Any], facts: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the circumstances and the form of one part's item, from the answers of the theme."""
    circumstances = {
        key: value
        for key, text in part["circumstances"].items()
        if (value := feel.compile(_text(text))(facts)) is not None
    }
    form = {
        name: facts["form"][key]
        for key, origin in content["fields"].items()
        for name in [origin.get(part["key"])]
        if name is not None and facts["form"].get(key) not in (None, "", [])
    }
    for name, text in part.get("values", {}).items():
        value = feel.compile(_text(text))(facts)
        if value is not None:
            form[name] = value
    return circumstances, form


def part_materials(
    content: Mapping[str, Any], part_key: str, given: Mapping[str, T]
) -> dict[str, T]:
    """Return what stands for the materials of one part, from what was given for the theme."""
    return {
        material["from"][part_key]: given[material["key"]]
        for material in content["materials"]
        if part_key in material["from"] and material["key"] in given
    }


def name_in_theme(content: Mapping[str, Any], part_key: str, name: str) -> str:
    """Return what the theme calls a field, a material or a question of one part's item."""
    section, _dot, key = name.partition(".")
    if section == "materials":
        for material in content["materials"]:
            if material["from"].get(part_key) == key:
                return f"materials.{material['key']}"
    for field, origin in content["fields"].items():
        if origin.get(part_key) == name:
            return str(field)
    return name
