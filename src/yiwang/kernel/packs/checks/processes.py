"""流程检查: each process ends on every path, and its effects run in lawful order."""

from collections.abc import Iterator, Mapping
from typing import Any

from yiwang.kernel.casework.clocks.facade import Exclusion
from yiwang.kernel.casework.process.rules.graph import check_graph, effect_names, unmet_effects
from yiwang.kernel.packs.checks.content import Call, CheckedPack, effect_calls
from yiwang.kernel.packs.checks.documents import Document
from yiwang.kernel.packs.checks.moves import check_moves
from yiwang.kernel.packs.checks.references import missing
from yiwang.kernel.packs.findings import Finding
from yiwang.kernel.packs.names import EFFECT_RULES, ENDED_BY

_ELEMENTS = {
    "record_promise": "promise_check",
    "begin_handling": "handles",
    "renew_licence": "handles",
    "change_licence": "handles",
    "replace_licence": "handles",
    "deregister_licence": "handles",
}
_AFTER = {name: rule.after for name, rule in EFFECT_RULES.items() if rule.after}


def check_processes(pack: CheckedPack) -> Iterator[Finding]:
    """Check graph, roles, units, rules and effects of every process."""
    for key, document in pack.objects["process"].items():
        faults = check_graph(document.data)
        for fault in faults:
            yield document.finding(
                fault.place,
                fault.code,
                fault.reason_zh,
                fault.reason_en,
                fault.mend_zh,
                fault.mend_en,
            )
        if not faults:
            yield from _order(document)
            yield from check_moves(pack, key, document)
        yield from _steps(pack, key, document)
        for call in effect_calls(document.data):
            yield from _call(pack, document, call)
        yield from _waits(pack, key, document)


def _order(document: Document) -> Iterator[Finding]:
    for edge, name, wanted in unmet_effects(document.data, {**_AFTER, "end": ENDED_BY}):
        wants = " / ".join(sorted(wanted))
        if name == "end":
            yield document.finding(
                edge.place,
                "END_WITHOUT_CONCLUSION",
                "有一条路没有办结就结束了",
                "A path comes to its end without the case being concluded.",
                f"在结束以前执行 {wants}",
                f"Run {wants} before the end.",
            )
        else:
            yield document.finding(
                edge.place,
                "EFFECT_TOO_EARLY",
                f"有一条路在 {wants} 以前就执行 {name}",
                f"A path runs {name} before {wants}.",
                f"先执行 {wants}",
                f"Run {wants} first.",
            )


def _steps(pack: CheckedPack, key: str, document: Document) -> Iterator[Finding]:
    users = pack.items_with("process", key)
    for name, step in document.data["steps"].items():
        if step["kind"] == "task":
            if step["role"] not in pack.known.roles:
                place = ("steps", name, "role")
                yield missing(document, place, "role", step["role"], pack.known.roles)
            function = step.get("unit", {}).get("function")
            if function is not None and function not in pack.known.functions:
                yield missing(
                    document,
                    ("steps", name, "unit", "function"),
                    "function",
                    function,
                    pack.known.functions,
                )
            yield from _signers(document, name, step)
        if step["kind"] == "decision" and "rule" in step:
            for item in users:
                if step["rule"] not in item["rules"]:
                    place = ("steps", name, "rule")
                    yield missing(document, place, "rules", step["rule"], item["rules"])


def _signers(document: Document, name: str, step: Mapping[str, Any]) -> Iterator[Finding]:
    checks = [act for act, raw in step["acts"].items() if "record_site_check" in _do(raw)]
    if checks and _signs(step) < 2:
        yield document.finding(
            ("steps", name),
            "SITE_CHECK_ALONE",
            "现场核查应当由两名以上工作人员进行（行政许可法第三十四条）",
            "A site check needs two officers or more (Licensing Law, article 34).",
            "写上 signers: 2",
            "Write signers: 2.",
        )


def _signs(step: Mapping[str, Any]) -> int:
    """Return how many officers sign the step."""
    by = step.get("signing", {}).get("by", {})
    listed = len(by.get("units", by.get("posts", ())))
    return int(by.get("count") or listed or step.get("signers", 1))


def _do(raw: Mapping[str, Any]) -> tuple[str, ...]:
    return effect_names(raw["do"])


def _call(pack: CheckedPack, document: Document, call: Call) -> Iterator[Finding]:
    if call.name not in pack.known.effects:
        yield missing(document, call.place, "effect", call.name, pack.known.effects)
        return
    rule = EFFECT_RULES.get(call.name)
    if rule is None:
        return
    for option, value in call.options.items():
        kind = rule.options.get(option)
        if kind is None:
            yield missing(document, (*call.place, option), "option", option, rule.options)
        elif kind == "boolean" and not isinstance(value, bool):
            yield document.finding(
                (*call.place, option),
                "VALUE_WRONG",
                f"{option} 应为 true 或 false",
                f"{option} must be true or false.",
                "改为 true 或 false",
                "Write true or false.",
            )
        elif kind == "number" and (isinstance(value, bool) or not isinstance(value, int | float)):
            yield document.finding(
                (*call.place, option),
                "VALUE_WRONG",
                f"{option} 应为数字",
                f"{option} must be a number.",
                "改为数字",
                "Write a number.",
            )
        elif kind == "exclusion" and str(value) not in Exclusion.__members__:
            yield document.finding(
                (*call.place, option),
                "EXCLUSION_NOT_LAWFUL",
                f"“{value}”的时间依法不能从办理期限中扣除（行政许可法第四十五条）",
                f'The law does not take the time of "{value}" out of the limit (article 45).',
                "只能是 " + " / ".join(sorted(Exclusion.__members__)),
                "Only " + " / ".join(sorted(Exclusion.__members__)) + ".",
            )
        elif kind == "text" and option == "source" and not str(value).strip():
            yield document.finding(
                (*call.place, option),
                "SOURCE_MISSING",
                "扣除时间没有写明法律依据",
                "The exclusion names no legal source.",
                "写明要求这一程序的法律条款",
                "Name the clause that requires the procedure.",
            )
        elif kind == "licence_type" and pack.lacks_licence(str(value)):
            types = {*pack.known.licence_types, *pack.objects["licences"]}
            yield missing(document, (*call.place, option), "licences", str(value), types)
    for option in sorted(rule.needed - call.options.keys()):
        yield document.finding(
            call.place,
            "KEY_MISSING",
            f"{call.name} 缺少 {option}",
            f"{call.name} lacks {option}.",
            f"补上 {option}",
            f"Add {option}.",
        )


def _waits(pack: CheckedPack, key: str, document: Document) -> Iterator[Finding]:
    """A wait for an event that nothing brings about would never end."""
    names = {call.name for call in effect_calls(document.data)}
    bringers = {
        "correction_supplied": "request_correction",
        "payment_paid": "issue_bill",
        "hearing_answered": "tell_hearing_right",
    }
    for name, step in document.data["steps"].items():
        needed = bringers.get(step.get("event", ""))
        if needed is not None and needed not in names:
            yield document.finding(
                ("steps", name, "event"),
                "WAIT_FOR_NOTHING",
                f"等待 {step['event']}，但流程里没有 {needed}",
                f"It waits for {step['event']}, but nothing in the process does {needed}.",
                f"在它以前执行 {needed}",
                f"Run {needed} before it.",
            )
    for item in pack.items_with("process", key):
        for wants, element in _ELEMENTS.items():
            if wants in names and element not in item:
                yield document.finding(
                    (),
                    "ELEMENT_MISSING",
                    f"流程用到 {wants}，但事项“{item['key']}”没有写 {element}",
                    f'The process runs {wants}, but the item "{item["key"]}" has no {element}.',
                    f"在事项里写明 {element}",
                    f"State {element} in the item.",
                )
        if "issue_bill" in names and not item["fee"]["charged"]:
            yield document.finding(
                (),
                "BILL_WITHOUT_FEE",
                f"流程开具缴费单，但事项“{item['key']}”不收费",
                f'The process issues a bill, but the item "{item["key"]}" has no fee.',
                "写明收费标准，或者去掉 issue_bill",
                "State the fee, or take issue_bill out.",
            )
