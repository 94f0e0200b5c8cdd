"""流程细节检查: signers, field rights and limits, against items, forms and plug-ins."""

from collections.abc import Iterator, Mapping
from typing import Any

from yiwang.kernel.casework.process import registry
from yiwang.kernel.casework.process.rules.details import check_form_fields, check_plugins
from yiwang.kernel.casework.process.rules.faults import GraphFault
from yiwang.kernel.casework.process.rules.longest import longest_way
from yiwang.kernel.packs.checks.content import CheckedPack, form_fields
from yiwang.kernel.packs.checks.documents import Document
from yiwang.kernel.packs.checks.references import missing
from yiwang.kernel.packs.findings import Finding

_ACCEPTING = frozenset({"accept", "deem_accepted"})
_DECIDING = frozenset({"grant", "refuse"})


def check_moves(pack: CheckedPack, key: str, document: Document) -> Iterator[Finding]:
    """Check what a process names beyond its graph. Its steps all exist."""
    steps = document.data["steps"]
    items = pack.items_with("process", key)
    faults = list(check_plugins(steps, registry.connector_names(), registry.opener_names()))
    for item in items:
        form = pack.get("forms", item["form"]) if item.get("form") else None
        faults += check_form_fields(steps, form_fields(form))
    for fault in dict.fromkeys(faults):
        yield _finding(document, fault)
    for name, step in steps.items():
        yield from _signing_units(pack, document, name, step)
        yield from _assign_rule(items, document, name, step)
    for item in items:
        yield from _limits(item, document)


def _finding(document: Document, fault: GraphFault) -> Finding:
    return document.finding(
        fault.place, fault.code, fault.reason_zh, fault.reason_en, fault.mend_zh, fault.mend_en
    )


def _signing_units(
    pack: CheckedPack, document: Document, name: str, step: Mapping[str, Any]
) -> Iterator[Finding]:
    units = step.get("signing", {}).get("by", {}).get("units", ())
    for index, unit in enumerate(units):
        place = ("steps", name, "signing", "by", "units", index)
        if unit["function"] not in pack.known.functions:
            functions = pack.known.functions
            yield missing(document, (*place, "function"), "function", unit["function"], functions)
        if "role" in unit and unit["role"] not in pack.known.roles:
            yield missing(document, (*place, "role"), "role", unit["role"], pack.known.roles)


def _assign_rule(
    items: list[Mapping[str, Any]], document: Document, name: str, step: Mapping[str, Any]
) -> Iterator[Finding]:
    rule = step.get("assign", {}).get("rule")
    for item in items:
        if rule is not None and rule not in item["rules"]:
            yield missing(document, ("steps", name, "assign", "rule"), "rules", rule, item["rules"])


def _limits(item: Mapping[str, Any], document: Document) -> Iterator[Finding]:
    """Find step limits that, done one after the other, take longer than what is promised."""
    promised = item["limits"]["promised"]
    if not promised["amount"]:
        promised = promised.get("otherwise", promised)
    way = longest_way(document.data, unit=promised["unit"], starts=_ACCEPTING, stops=_DECIDING)
    if promised["amount"] and way.amount > promised["amount"]:
        amount = f"{float(way.amount):g}"
        yield document.finding(
            ("steps", way.steps[-1], "limit"),
            "LIMITS_EXCEED_PROMISED",
            f"各步骤时限合计 {amount}（{' → '.join(way.steps)}），"
            f"超过“{item['key']}”的承诺时限 {promised['amount']}",
            f"The limits of {' → '.join(way.steps)} add up to {amount}, more than the promised "
            f'{promised["amount"]} of "{item["key"]}".',
            "缩短步骤时限，或者改承诺时限",
            "Shorten the limits of the steps, or promise more.",
        )
