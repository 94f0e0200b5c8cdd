"""引用检查: whatever a file names is there, whatever is there is used, and times add up."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from yiwang.kernel.packs import versions
from yiwang.kernel.packs.checks.content import CheckedPack
from yiwang.kernel.packs.checks.documents import Document, Place
from yiwang.kernel.packs.findings import Finding
from yiwang.kernel.packs.names import PARTY_ATTRIBUTES

# How long a unit is in calendar days; a working day counts with its share of the week's end.
_DAYS = {
    "WORKING_DAY": 7 / 5,
    "CALENDAR_DAY": 1.0,
    "WORKING_HOUR": 7 / 5 / 8,
    "URGENT_HOUR": 1 / 24,
    "MONTH": 30.0,
    "YEAR": 365.0,
}
# What a name is the name of, in both languages.
_WORDS = {
    "items": ("事项", "item"),
    "forms": ("表单", "form"),
    "rules": ("规则", "rule table"),
    "process": ("流程", "process"),
    "licences": ("证照类型", "licence type"),
    "licence field": ("证照字段", "licence field"),
    "pack": ("场景包", "pack"),
    "function": ("职能", "function"),
    "role": ("角色", "role"),
    "effect": ("办理效果", "effect"),
    "option": ("选项", "option"),
    "step": ("步骤", "step"),
    "act": ("办理动作", "act"),
    "field": ("填写项", "field"),
    "plug-in": ("预填插件", "prefill plug-in"),
    "attribute": ("预填属性", "attribute"),
    "person": ("人物", "person"),
    "circumstance": ("情形", "circumstance"),
    "material": ("材料", "material"),
    "theme": ("一件事", "theme"),
    "part": ("部分", "part"),
}


def check_references(pack: CheckedPack) -> Iterator[Finding]:
    """Check what the files name in each other and outside."""
    if pack.manifest is not None:
        yield from _manifest(pack, pack.manifest)
    for document in pack.objects["items"].values():
        yield from _item(pack, document)
        yield from check_limits(document)
    for document in pack.objects["forms"].values():
        yield from _form(pack, document)
    for document in pack.notices:
        yield from _notices(pack, document)
    yield from _unused(pack)


def missing(document: Document, place: Place, kind: str, key: str, known: Iterable[str]) -> Finding:
    """Return the finding for a name that nothing bears."""
    names = sorted(known)[:40]
    word_zh, word_en = _WORDS[kind]
    return document.finding(
        place,
        "NAME_UNKNOWN",
        f"没有{word_zh}“{key}”",
        f'There is no {word_en} "{key}".',
        f"改为：{'、'.join(names) or '—'}",
        f"Use one of: {', '.join(names) or 'none'}.",
    )


def _manifest(pack: CheckedPack, document: Document) -> Iterator[Finding]:
    data = document.data
    for index, required in enumerate(data["requires"]["packs"]):
        if required not in pack.known.packs or required == data["key"]:
            yield missing(
                document, ("requires", "packs", index), "pack", required, pack.known.packs
            )
        elif circle := _circle(pack.known.requires, data["key"], required):
            way = " → ".join((data["key"], *circle))
            yield document.finding(
                ("requires", "packs", index),
                "REQUIRES_CIRCLE",
                f"场景包互相依赖：{way}",
                f"Packs require each other: {way}.",
                "去掉其中一个依赖",
                "Take one of the requirements out.",
            )
    yield from _platform(document)
    claimed = {
        proof["row"] for story in pack.objects["stories"].values() for proof in story.data["proves"]
    }
    for index, row in enumerate(data["covers"]):
        if pack.objects["items"] and row not in claimed and not pack.has_gaps:
            yield document.finding(
                ("covers", index),
                "ROW_UNPROVED",
                f"列出了 {row}，但没有故事证明它",
                f"{row} is listed but no story proves it.",
                "写一个证明它的故事，或者从 covers 里去掉",
                "Write a story that proves it, or take it out of covers.",
                warning=True,
            )


def _circle(
    requires: Mapping[str, tuple[str, ...]], key: str, start: str
) -> tuple[str, ...] | None:
    """Return the way from a required pack back to the one that requires it."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    while ways:
        way = ways.pop()
        for needed in requires.get(way[-1], ()):
            if needed == key:
                return (*way, key)
            if needed not in seen:
                seen.add(needed)
                ways.append((*way, needed))
    return None


def _platform(document: Document) -> Iterator[Finding]:
    wanted = document.data["requires"]["platform"]
    if not versions.fits(versions.PLATFORM, wanted):
        yield document.finding(
            ("requires", "platform"),
            "PLATFORM_DIFFERS",
            f"需要平台 {wanted}，现在是 {versions.PLATFORM}",
            f"It needs platform {wanted}; this is {versions.PLATFORM}.",
            "升级平台，或者用适合这个平台的版本",
            "Upgrade the platform, or take a version of the pack that fits it.",
        )


def _item(pack: CheckedPack, document: Document) -> Iterator[Finding]:
    item = document.data
    for folder, name in (("forms", "form"), ("process", "process")):
        if item[name] not in pack.objects[folder] and not pack.has_gaps:
            yield missing(document, (name,), folder, item[name], pack.objects[folder])
    for name, key in item["rules"].items():
        if key not in pack.objects["rules"] and not pack.has_gaps:
            yield missing(document, ("rules", name), "rules", key, pack.objects["rules"])
    if item["competent"]["function"] not in pack.known.functions:
        yield missing(
            document,
            ("competent", "function"),
            "function",
            item["competent"]["function"],
            pack.known.functions,
        )
    types = {*pack.known.licence_types, *pack.objects["licences"]}
    for index, result in enumerate(item["results"]):
        if "licence_type" in result and pack.lacks_licence(result["licence_type"]):
            place: Place = ("results", index, "licence_type")
            yield missing(document, place, "licences", result["licence_type"], types)
    for index, material in enumerate(item["materials"]):
        if "licence_type" in material and pack.lacks_licence(material["licence_type"]):
            place = ("materials", index, "licence_type")
            yield missing(document, place, "licences", material["licence_type"], types)
    items = {*pack.known.items, *pack.objects["items"]}
    for index, question in enumerate(item["circumstances"]):
        for number, option in enumerate(question.get("options", [])):
            if option.get("stop_item", item["key"]) not in items and not pack.has_gaps:
                place = ("circumstances", index, "options", number, "stop_item")
                yield missing(document, place, "items", option["stop_item"], items)
    yield from _twice(document, "circumstances", [q["key"] for q in item["circumstances"]])
    yield from _twice(document, "materials", [m["key"] for m in item["materials"]])
    if len(item["procedure_zh"]) != len(item["procedure_en"]):
        yield document.finding(
            ("procedure_en",),
            "LANGUAGES_DIFFER",
            "办理流程的中文和英文步数不同",
            "The procedure has not as many steps in English as in Chinese.",
            "逐步对照翻译",
            "Translate it step by step.",
        )


def _twice(document: Document, name: str, keys: list[str]) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, key in enumerate(keys):
        if key in seen:
            yield document.finding(
                (name, index, "key"),
                "KEY_TWICE",
                f"键“{key}”重复",
                f'The key "{key}" occurs twice.',
                "改名",
                "Rename one of them.",
            )
        seen.add(key)


def check_limits(document: Document) -> Iterator[Finding]:
    """Check that no promise is longer than the law allows, and what a source confirms."""
    limits = document.data["limits"]
    lawful = days_of(limits["statutory"])
    promised = limits["promised"]
    for place, limit in (
        (("limits", "promised"), promised),
        (("limits", "promised", "otherwise"), promised.get("otherwise")),
    ):
        if limit is not None and days_of(limit) > lawful:
            yield document.finding(
                place,
                "PROMISE_LATER_THAN_LAW",
                "承诺时限比法定时限长",
                "The promised limit is longer than the statutory one.",
                "承诺时限不能超过法定时限",
                "Promise no more than the law allows.",
            )
    sourced = [(("limits", name), limits[name]) for name in ("statutory", "promised")]
    if document.data["fee"]["charged"]:
        sourced.append((("fee",), document.data["fee"]))  # type: ignore[arg-type]
    for where, entry in sourced:
        if entry["source"] == "unconfirmed" and entry["confirmed"]:
            yield document.finding(
                (*where, "confirmed"),
                "UNCONFIRMED_SOURCE",
                "来源写着 unconfirmed，不能标为已核实",
                "The source is unconfirmed, so this cannot be confirmed.",
                "写上来源，或者改为 confirmed: false",
                "Name the source, or write confirmed: false.",
            )


def days_of(limit: Mapping[str, Any]) -> float:
    """Return how long a limit is, in calendar days, with its share of week-ends."""
    return float(limit["amount"]) * _DAYS[limit["unit"]]


def _form(pack: CheckedPack, document: Document) -> Iterator[Finding]:
    pages = document.data["pages"]
    counted = Counter(key for page in pages for key in page["schema"]["properties"])
    yield from _twice(document, "pages", [page["key"] for page in pages])
    for index, page in enumerate(pages):
        base: Place = ("pages", index, "schema")
        fields = page["schema"]["properties"]
        for number, name in enumerate(page["schema"]["required"]):
            if name not in fields:
                place = (*base, "required", number)
                yield missing(document, place, "field", name, fields)
        for key, field in fields.items():
            here = (*base, "properties", key)
            if counted[key] > 1:
                yield document.finding(
                    here,
                    "KEY_TWICE",
                    f"填写项“{key}”在几页里重复",
                    f'The field "{key}" stands on more than one page.',
                    "改名",
                    "Rename one of them.",
                )
            yield from _choices(document, here, field)
            if "x-prefill" in field:
                yield from _prefill(pack, document, (*here, "x-prefill"), field["x-prefill"])


def _choices(document: Document, place: Place, field: Mapping[str, Any]) -> Iterator[Finding]:
    source = field.get("items", field)
    for words in ("x-enum-zh", "x-enum-en"):
        if words in source and len(source[words]) != len(source.get("enum", [])):
            yield document.finding(
                place,
                "LANGUAGES_DIFFER",
                f"{words} 与 enum 的项数不同",
                f"{words} has not as many entries as enum.",
                "按同样的顺序逐项写",
                "Write them in the same order, one for each.",
            )


def _prefill(pack: CheckedPack, document: Document, place: Place, source: str) -> Iterator[Finding]:
    name, *rest = source.split(".")
    if name not in pack.known.prefill_plugins:
        yield missing(document, place, "plug-in", name, pack.known.prefill_plugins)
    elif name == "party" and rest not in [[known] for known in PARTY_ATTRIBUTES]:
        yield missing(document, place, "attribute", source, PARTY_ATTRIBUTES)
    elif name == "licence":
        fields = pack.licence_fields(rest[0])
        if pack.lacks_licence(rest[0]):
            yield missing(document, place, "licences", rest[0], pack.known.licence_types)
        elif fields is not None and rest[1:] not in [[known] for known in fields]:
            yield missing(document, place, "licence field", source, fields)


def _notices(pack: CheckedPack, document: Document) -> Iterator[Finding]:
    steps = {key for d in pack.objects["process"].values() for key in d.data["steps"]}
    yield from _twice_in_list(document)
    for index, notice in enumerate(document.data):
        kind, _, step = notice["event"].partition(".")
        if kind == "step" and step not in steps and not pack.has_gaps:
            yield missing(document, (index, "event"), "step", step, steps)


def _twice_in_list(document: Document) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, notice in enumerate(document.data):
        if notice["key"] in seen:
            yield document.finding(
                (index, "key"),
                "KEY_TWICE",
                f"键“{notice['key']}”重复",
                f'The key "{notice["key"]}" occurs twice.',
                "改名",
                "Rename one of them.",
            )
        seen.add(notice["key"])


def _unused(pack: CheckedPack) -> Iterator[Finding]:
    if pack.has_gaps:
        return
    items = [d.data for d in pack.objects["items"].values()]
    used = {
        "forms": {item["form"] for item in items},
        "process": {item["process"] for item in items},
        "rules": {key for item in items for key in item["rules"].values()},
    }
    for folder, names in used.items():
        for key, document in pack.objects[folder].items():
            if key not in names:
                yield document.finding(
                    ("key",),
                    "NEVER_USED",
                    f"{_WORDS[folder][0]}“{key}”没有事项使用",
                    f'No item uses the {_WORDS[folder][1]} "{key}".',
                    "让事项引用它，或者删掉",
                    "Let an item use it, or remove it.",
                    warning=True,
                )
