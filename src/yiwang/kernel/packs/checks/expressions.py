"""表达式检查: every FEEL text compiles and reads only what there is to read."""

from collections.abc import Iterator, Mapping
from typing import Any

from yiwang.kernel.casework.rules import feel
from yiwang.kernel.casework.rules.checks import check_table
from yiwang.kernel.casework.rules.errors import RulesError
from yiwang.kernel.casework.rules.feel import syntax
from yiwang.kernel.casework.rules.feel.names import filter_names, free_paths
from yiwang.kernel.casework.rules.yaml_tables import compile_table
from yiwang.kernel.packs.checks.content import (
    END,
    CheckedPack,
    act_names,
    circumstance_names,
    decision_names,
    effect_calls,
    form_fields,
    option_kind,
)
from yiwang.kernel.packs.checks.documents import Document, Place
from yiwang.kernel.packs.findings import Finding
from yiwang.kernel.packs.names import FACTS, Names

MAX_EXPRESSION = 4000


def check_expressions(pack: CheckedPack) -> Iterator[Finding]:
    """Check every expression of items, forms, processes, licences and rules."""
    for document in pack.objects["items"].values():
        yield from _item(pack, document)
    for key, document in pack.objects["forms"].items():
        yield from _form(pack, key, document)
    for key, document in pack.objects["process"].items():
        yield from _process(pack, key, document)
    for key, document in pack.objects["licences"].items():
        yield from _licence(pack, key, document)
    for key, document in pack.objects["rules"].items():
        yield from _rule(pack, key, document)


def _item(pack: CheckedPack, document: Document) -> Iterator[Finding]:
    item = document.data
    asked = {"circumstances": circumstance_names(item)}
    for index, question in enumerate(item["circumstances"]):
        if "when" in question:
            yield from check(document, ("circumstances", index, "when"), question["when"], asked)
    submitted = _at_submission(pack, [item])
    for index, material in enumerate(item["materials"]):
        if "when" in material:
            place: Place = ("materials", index, "when")
            yield from check(document, place, material["when"], submitted)
    if item["fee"]["charged"]:
        scope = _in_process(pack, [item], item["process"])
        yield from check(document, ("fee", "quantity"), item["fee"]["quantity"], scope)


def _form(pack: CheckedPack, key: str, document: Document) -> Iterator[Finding]:
    users = pack.items_with("form", key)
    if not users:
        return
    scope = _at_submission(pack, users)
    for page, raw in enumerate(document.data["pages"]):
        for name, field in raw["schema"]["properties"].items():
            if "x-when" in field:
                place = ("pages", page, "schema", "properties", name, "x-when")
                yield from check(document, place, field["x-when"], scope)


def _process(pack: CheckedPack, key: str, document: Document) -> Iterator[Finding]:
    process = document.data
    scope = _in_process(pack, pack.items_with("process", key), key)
    for name, step in process["steps"].items():
        if step["kind"] in ("decision", "inclusive"):
            for index, branch in enumerate(step["branches"]):
                place: Place = ("steps", name, "branches", index, "when")
                yield from check(document, place, branch["when"], scope)
        for asked, value in step.get("request", {}).items():
            yield from check(document, ("steps", name, "request", asked), value, scope)
    for call in effect_calls(process):
        inner = {**scope, "input": dict.fromkeys(call.inputs, END)}
        for option, value in call.options.items():
            if option_kind(call.name, option) == "expression":
                yield from check(document, (*call.place, option), value, inner)


def _licence(pack: CheckedPack, key: str, document: Document) -> Iterator[Finding]:
    users = [
        d.data
        for d in pack.objects["items"].values()
        if any(result.get("licence_type") == key for result in d.data["results"])
    ]
    scope: dict[str, Names] = {"uscc": END, "new_party": {"uscc": END}, **FACTS}
    for item in users:
        scope = _merge(scope, _in_process(pack, [item], item["process"]))
    licence = document.data
    for index, entry in enumerate(licence["fields"]):
        yield from check(document, ("fields", index, "value"), entry["value"], scope)
    if "until" in licence["validity"]:
        yield from check(document, ("validity", "until"), licence["validity"]["until"], scope)


def _rule(pack: CheckedPack, key: str, document: Document) -> Iterator[Finding]:
    table = document.data
    faults = check_table(table)
    for fault in faults:
        place = _place_of(fault.path)
        yield document.finding(
            place,
            f"RULE_{fault.code.upper().replace('-', '_')}",
            fault.reason.zh,
            fault.reason.en,
            fault.mend.zh,
            fault.mend.en,
            warning=fault.level == "warning",
        )
    users = [d.data for d in pack.objects["items"].values() if key in d.data["rules"].values()]
    if users and not any(fault.level == "error" for fault in faults):
        scope: Names = {"parameters": {p["name"]: END for p in table.get("parameters", [])}}
        for item in users:
            scope = _merge(scope, _in_process(pack, [item], item["process"]))
        for path, tree in compile_table(table).parsed.places():
            yield from _unknown_names(document, _place_of(path), tree, scope)


def _at_submission(pack: CheckedPack, items: list[Mapping[str, Any]]) -> Names:
    """Return what may be read before there is a case."""
    scope: Names = {"applicant": FACTS["applicant"], "checks": FACTS["checks"]}
    for item in items:
        fields = dict.fromkeys(form_fields(pack.get("forms", item["form"])), END)
        scope = _merge(scope, {"circumstances": circumstance_names(item), "form": fields})
    return scope


def _in_process(pack: CheckedPack, items: list[Mapping[str, Any]], process_key: str) -> Names:
    """Return what may be read while a case is handled."""
    process = pack.get("process", process_key)
    scope = _merge(FACTS, _at_submission(pack, items))
    scope = _merge(scope, {"licences": _licence_types(pack)})
    if process is None:
        return _merge(scope, {"acts": END, "decisions": END})
    scope = _merge(scope, {"acts": act_names(process)})
    for item in items:
        scope = _merge(scope, {"decisions": decision_names(pack, process, item["rules"])})
    return scope


def _licence_types(pack: CheckedPack) -> Names:
    if pack.has_gaps:
        return END
    return dict.fromkeys((*pack.known.licence_types, *pack.objects["licences"]), END)


def _merge(one: Names, other: Names) -> dict[str, Names]:
    merged = dict(one)
    for key, below in other.items():
        merged[key] = _merge(merged[key], below) if key in merged else below
    return merged


def check(document: Document, place: Place, text: Any, scope: Names) -> Iterator[Finding]:
    """Check one expression at its place; a bare number or boolean is always right."""
    if not isinstance(text, str):
        return
    if len(text) > MAX_EXPRESSION:
        yield document.finding(
            place,
            "FEEL_TOO_LONG",
            f"表达式超过 {MAX_EXPRESSION} 个字符",
            f"The expression is longer than {MAX_EXPRESSION} characters.",
            "拆成规则表",
            "Make it a decision table.",
        )
        return
    try:
        tree = feel.compile(text).tree
    except RulesError as error:
        yield document.finding(
            place,
            "FEEL_BROKEN",
            f"表达式写法有误：{error.reason.zh}",
            f"The expression is not FEEL: {error.reason.en}.",
            error.mend.zh,
            error.mend.en,
        )
        return
    except RecursionError:
        yield document.finding(
            place,
            "FEEL_BROKEN",
            "表达式括号嵌套太深",
            "The expression is nested too deeply.",
            "拆成规则表",
            "Make it a decision table.",
        )
        return
    yield from _unknown_names(document, place, tree, scope)


def _unknown_names(
    document: Document, place: Place, tree: syntax.Node, scope: Names
) -> Iterator[Finding]:
    beside = filter_names(tree)
    for trail in sorted(free_paths(tree)):
        if trail[0] not in beside:
            yield from _unknown(document, place, trail, scope)


def _unknown(
    document: Document, place: Place, trail: tuple[str, ...], scope: Names
) -> Iterator[Finding]:
    here = scope
    for depth, name in enumerate(trail):
        if name not in here:
            shown = ".".join(trail[: depth + 1])
            known = "、".join(sorted(here)[:40]) or "—"
            yield document.finding(
                place,
                "FEEL_NAME_UNKNOWN",
                f"没有“{shown}”可以读取",
                f'There is no "{shown}" to read.',
                f"这里可以用：{known}；文字要加半角双引号",
                f"Here are: {known}; put text in double quotes.",
            )
            return
        here = here[name]
        if not here:
            return


def _place_of(path: str) -> Place:
    """Turn ``rules[2].when[0]`` into a place."""
    parts: list[str | int] = []
    for piece in path.replace("]", "").replace("[", ".").split("."):
        if piece:
            parts.append(int(piece) if piece.isdigit() else piece)
    return tuple(parts)
