"""步骤检查: does what a step says of signing, verbs, fields and handlers hold together.

Works on the YAML form, which fits its schema and whose steps all exist.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from yiwang.kernel.casework.process.rules import regions
from yiwang.kernel.casework.process.rules.faults import GraphFault, Place

MAX_BRANCHES = 500
_RETURNABLE = frozenset({"task", "wait"})
_NAMED_TARGETS = frozenset({"starter", "previous"})

Steps = Mapping[str, Mapping[str, Any]]


def check_details(steps: Steps) -> Iterator[GraphFault]:
    """Yield every fault that one step has by itself, or with the steps that it names."""
    ways = regions.following(steps)
    places = regions.places(steps, ways)
    for key, step in steps.items():
        base: Place = ("steps", key)
        if "signing" in step:
            yield from _signing(base, step)
        if "return_to" in step:
            yield from _return_to(base, key, steps, ways, places)
        if "assign" in step:
            yield from _assign(base, step["assign"], steps)
        if "fields" in step:
            yield from _fields(base, step["fields"])
        if len(step.get("branches", ())) > MAX_BRANCHES:
            yield _too_wide(base)


def check_form_fields(steps: Steps, form_fields: Collection[str]) -> Iterator[GraphFault]:
    """Yield each field that a step names and the form has not."""
    for key, step in steps.items():
        for right, names in step.get("fields", {}).items():
            for index, name in enumerate(names):
                if name not in form_fields:
                    yield GraphFault(
                        "FIELD_UNKNOWN",
                        ("steps", key, "fields", right, index),
                        f"表单没有字段“{name}”",
                        f'The form has no field "{name}".',
                        "改为事项表单里已有的字段，或者删掉",
                        "Name a field of the item's form, or remove it.",
                    )


def check_plugins(
    steps: Steps, connectors: Collection[str], openers: Collection[str]
) -> Iterator[GraphFault]:
    """Yield each connector and opener of child cases that is not installed."""
    for key, step in steps.items():
        for name, known in (("connector", connectors), ("open", openers)):
            if name in step and step[name] not in known:
                listed = "、".join(sorted(known)) or "（无）"
                yield GraphFault(
                    "PLUGIN_UNKNOWN",
                    ("steps", key, name),
                    f"没有安装“{step[name]}”",
                    f'"{step[name]}" is not installed.',
                    f"改为已安装的：{listed}",
                    f"Name one that is installed: {', '.join(sorted(known)) or 'none is'}.",
                )


def _signing(base: Place, step: Mapping[str, Any]) -> Iterator[GraphFault]:
    signing, by = step["signing"], step["signing"]["by"]
    place = (*base, "signing")
    agree = signing.get("agree")
    if agree is not None and agree not in step["acts"]:
        yield GraphFault(
            "ACT_UNKNOWN",
            (*place, "agree"),
            f"这一步没有办理动作“{agree}”",
            f'The step has no act "{agree}".',
            f"改为：{'、'.join(step['acts'])}",
            f"Name one of: {', '.join(step['acts'])}.",
        )
    keys = [unit.get("key", unit["function"]) for unit in by.get("units", ())]
    keys += by.get("posts", ())
    if len(set(keys)) != len(keys):
        yield GraphFault(
            "SIGNER_TWICE",
            (*place, "by"),
            "会签单位重复",
            "A signer is listed twice.",
            "去掉重复的；同一职能的两级单位用 key 区分",
            "Remove one; give two units of one function a key each.",
        )
    weights = signing.get("weights", {})
    for name in sorted(weights.keys() - set(keys)):
        yield GraphFault(
            "SIGNER_UNKNOWN",
            (*place, "weights", name),
            f"“{name}”不在会签名单中",
            f'"{name}" is not among the signers.',
            "改为 by 中列出的名称，或者删掉",
            "Name a signer that by lists, or remove it.",
        )
    if signing["mode"] == "in_order" and "count" in by:
        yield GraphFault(
            "ORDER_UNKNOWN",
            place,
            "依次办理没有写明先后",
            "To sign in order, the signers must be listed.",
            "改用 units 或 posts 列出先后，或者改为 mode: all",
            "List units or posts in their order, or write mode: all.",
        )
    total = by.get("count") or sum(weights.get(key, 1) for key in keys)
    yield from _need(place, signing, total)


def _need(place: Place, signing: Mapping[str, Any], total: int) -> Iterator[GraphFault]:
    need = signing.get("need")
    if signing["mode"] == "votes" and need is None:
        yield GraphFault(
            "NEED_MISSING",
            place,
            "没有写明需要多少票",
            "It is not said how many votes are needed.",
            f"写上 need，最多 {total}",
            f"Write need, at most {total}.",
        )
    elif signing["mode"] != "votes" and need is not None:
        yield GraphFault(
            "NEED_WITHOUT_VOTES",
            (*place, "need"),
            "need 只用于 mode: votes",
            "need belongs to mode: votes.",
            "删掉 need，或者改为 mode: votes",
            "Remove it, or write mode: votes.",
        )
    elif need is not None and need > total:
        yield GraphFault(
            "NEED_TOO_MANY",
            (*place, "need"),
            f"需要 {need} 票，但总共只有 {total} 票，永远不会通过",
            f"{need} votes are needed but there are only {total}; it can never pass.",
            f"改为 {total} 以内",
            f"Write {total} or less.",
        )


def _return_to(
    base: Place, key: str, steps: Steps, ways: Mapping[str, list[str]], places: Mapping[str, str]
) -> Iterator[GraphFault]:
    here = places[key]
    join = here.partition(":")[0]
    if "return" not in steps[key].get("verbs", ()):
        yield GraphFault(
            "RETURN_NOT_ALLOWED",
            (*base, "return_to"),
            "写了 return_to，但 verbs 里没有 return",
            "return_to is given, but verbs lacks return.",
            "在 verbs 里加上 return，或者删掉 return_to",
            "Add return to verbs, or remove return_to.",
        )
    for index, target in enumerate(steps[key]["return_to"]):
        if target in _NAMED_TARGETS:
            continue
        is_there = target in steps and steps[target]["kind"] in _RETURNABLE
        is_earlier = is_there and key in regions.walk(ways[target], ways)
        is_beside = (
            is_there and join and places[target].startswith(f"{join}:") and places[target] != here
        )
        if not is_earlier or is_beside or target == key:
            yield GraphFault(
                "RETURN_TARGET_WRONG",
                (*base, "return_to", index),
                f"不能从“{key}”退回到“{target}”",
                f'"{key}" cannot be returned to "{target}".',
                "改为 starter、previous，或者通向这一步的办理、等待步骤（不在其他并行分支中）",
                "Write starter, previous, or a task or wait that leads here and is in no other "
                "branch.",
            )


def _assign(base: Place, assign: Mapping[str, Any], steps: Steps) -> Iterator[GraphFault]:
    if (assign["by"] == "rule") != ("rule" in assign):
        yield GraphFault(
            "ASSIGN_WRONG",
            (*base, "assign"),
            "按规则分派要写明 rule，其他方式不写",
            "Assignment by rule names the rule; no other does.",
            "写上 rule，或者改 by",
            "Write rule, or change by.",
        )
    step = assign.get("step")
    if step is not None and (assign["by"] != "last_handler" or step not in steps):
        yield GraphFault(
            "ASSIGN_WRONG",
            (*base, "assign", "step"),
            "step 只用于 last_handler，并且是已有的步骤",
            "step belongs to last_handler and names a step.",
            f"改为：{'、'.join(steps)}",
            f"Name one of: {', '.join(steps)}.",
        )


def _fields(base: Place, fields: Mapping[str, Any]) -> Iterator[GraphFault]:
    hidden = set(fields.get("hidden", ()))
    for right in ("read", "edit", "required"):
        for name in sorted(hidden.intersection(fields.get(right, ()))):
            yield GraphFault(
                "FIELD_HIDDEN",
                (*base, "fields", right),
                f"字段“{name}”既隐藏又出现在 {right}",
                f'The field "{name}" is hidden and in {right}.',
                "只留一处",
                "Keep one of them.",
            )
    for name in sorted(set(fields.get("read", ())).intersection(fields.get("edit", ()))):
        yield GraphFault(
            "FIELD_BOTH",
            (*base, "fields", "edit"),
            f"字段“{name}”既只读又可改",
            f'The field "{name}" is to be read only and to be changed.',
            "只留一处",
            "Keep one of them.",
        )


def _too_wide(base: Place) -> GraphFault:
    return GraphFault(
        "TOO_WIDE",
        (*base, "branches"),
        f"分支超过 {MAX_BRANCHES} 个",
        f"There are more than {MAX_BRANCHES} branches.",
        "改用子办件或者多人办理",
        "Use child cases or several signers instead.",
    )
