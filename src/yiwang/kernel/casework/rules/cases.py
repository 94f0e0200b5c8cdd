"""规则用例: cases of a table as data: these facts on this day must give that outcome.

    - {key: too_young, on: 2026-11-23, facts: {applicant: {age: 17}}, expect: {result: DECLINE}}

`expect` names some or all outputs, `rules` the rules that must decide (`[]`: none, the default).
Text that is a day in ISO 8601 stands for the day, as in the answers of a form.
"""

from __future__ import annotations

import datetime as py
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .decisions import Decision
from .errors import RulesError, Words
from .feel.builtins.conversion import to_text
from .feel.values import enter, equal
from .tables import Table

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")


@dataclass(frozen=True, slots=True)
class CaseFault:
    """问题: what a case shows to be wrong; `place` leads to it from the case (`expect.result`)."""

    number: int
    place: tuple[str, ...]
    code: str
    reason: Words
    mend: Words


@dataclass(frozen=True, slots=True)
class CasesResult:
    """用例结果: how many cases there are, what they found, and the rules that none of them hit."""

    total: int
    faults: tuple[CaseFault, ...]
    untried: tuple[str, ...]

    @property
    def passed(self) -> int:
        """Return the number of cases without a fault."""
        return self.total - len({fault.number for fault in self.faults})


def run_cases(table: Table, cases: Sequence[Mapping[str, Any]]) -> CasesResult:
    """Return what the cases say of a table; a case that cannot be decided is a fault, not an error.

    The day of a case is `on`; a table without dated parameters needs none.
    """
    faults: list[CaseFault] = []
    hit: set[str] = set()
    for number, case in enumerate(cases):
        day = case.get("on")
        on = py.date.fromisoformat(day) if isinstance(day, str) else day
        try:
            decision = table.decide(dated(case["facts"]), on=on)
        except RulesError as error:
            faults.append(CaseFault(number, ("facts",), "undecided", error.reason, error.mend))
            continue
        hit.update(decision.matched)
        faults += _differences(number, case, decision)
    untried = tuple(rule.id for rule in table.spec.rules if rule.id not in hit)
    return CasesResult(len(cases), tuple(faults), untried)


def dated(value: Any) -> Any:
    """Return facts of a file with every text that is a day turned into the day."""
    if isinstance(value, Mapping):
        return {key: dated(item) for key, item in value.items()}
    if isinstance(value, list):
        return [dated(item) for item in value]
    if isinstance(value, str) and _DAY.match(value):
        try:
            return py.date.fromisoformat(value)
        except ValueError:
            return value
    return value


def _differences(number: int, case: Mapping[str, Any], decision: Decision) -> list[CaseFault]:
    faults = []
    outputs = decision.outputs
    by = "、".join(decision.matched) or "-"
    for name, wanted in case["expect"].items():
        if name in outputs and equal(enter(outputs[name]), enter(dated(wanted))) is True:
            continue
        shown = _shown(outputs[name]) if name in outputs else "—"
        faults.append(
            CaseFault(
                number,
                ("expect", name),
                "differs",
                Words(
                    f"{name} 应为 {_shown(wanted)}，规则 {by} 给出 {shown}",
                    f"{name} should be {_shown(wanted)}, rule {by} gives {shown}",
                ),
                Words("改规则，或改用例", "mend the rule, or the case"),
            )
        )
    expected = case.get("rules")
    if expected is not None and list(expected) != list(decision.matched):
        wanted_rules = "、".join(expected) or "-"
        faults.append(
            CaseFault(
                number,
                ("rules",),
                "other-rule",
                Words(
                    f"应由规则 {wanted_rules} 决定，实为 {by}",
                    f"rule {wanted_rules} should decide, rule {by} does",
                ),
                Words("改规则，或改用例", "mend the rule, or the case"),
            )
        )
    return faults


def _shown(value: Any) -> str:
    return to_text(enter(dated(value)), nested=True)
