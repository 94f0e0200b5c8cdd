"""规则表检查: gaps, overlaps and unreachable rules, each with facts that show it.

Decidable where every cell of the table is a set of constants, which the columns then have cut
into atoms; columns whose cells read other facts are left out of the question, so a finding about
the rest would not be sure and is not made.
"""

from __future__ import annotations

import datetime as py
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from .columns import Atom, Column
from .definition import HitPolicy
from .errors import DecisionError, RuleFinding, TableError, Words
from .feel.temporal import Date, DaysTime, YearsMonths, civil_from_days
from .feel.values import leave
from .tables import Engine, Table
from .yaml_tables import compile_table

MAX_COMBINATIONS = 200_000
MAX_FINDINGS = 20


def check_table(definition: Mapping[str, Any], *, on: py.date | None = None) -> list[RuleFinding]:
    """Return all errors and warnings of a YAML definition; empty when it is sound.

    Gaps and overlaps are looked for with the parameters of the day `on`, without it with those
    of every day on which a parameter changes.
    """
    try:
        table = compile_table(definition)
    except TableError as error:
        return error.findings
    except DecisionError as error:
        return [RuleFinding("parameters", error.code, error.reason, error.mend)]
    return check_compiled(table, on=on)


def check_compiled(table: Table, *, on: py.date | None = None) -> list[RuleFinding]:
    """Return the warnings and errors about the rules of a compiled table."""
    days: list[py.date | None] = [on] if on is not None else table.sound_days()
    if not days:
        return [
            RuleFinding(
                "parameters",
                "parameters-never",
                Words("没有一天所有参数都有取值", "on no day do all parameters have a value"),
                Words("补齐各参数的有效期", "complete the periods of the parameters"),
            )
        ]
    findings: list[RuleFinding] = []
    for day in days:
        for finding in _check_engine(table.engine_on(day)):
            if finding not in findings:
                findings.append(finding)
    return findings[:MAX_FINDINGS]


def _check_engine(engine: Engine) -> list[RuleFinding]:
    if any(column.dynamic for column in engine.columns) or not engine.spec.rules:
        return []
    findings = _unreachable(engine)
    policy = engine.spec.hit_policy
    if policy in (HitPolicy.UNIQUE, HitPolicy.ANY):
        findings += _overlaps(engine)
    if policy not in (
        HitPolicy.COLLECT,
        HitPolicy.RULE_ORDER,
        HitPolicy.OUTPUT_ORDER,
    ) and all(item.default is None for item in engine.spec.outputs):
        findings += _gaps(engine)
    return findings


def _overlaps(engine: Engine) -> list[RuleFinding]:
    findings = []
    rules = engine.spec.rules
    for later in range(len(rules)):
        for earlier in range(later):
            both = 1 << later | 1 << earlier
            atoms = [_first(column, both) for column in engine.columns]
            if any(atom is None for atom in atoms):
                continue
            if engine.spec.hit_policy is HitPolicy.ANY and _agree(engine, both):
                continue
            ids = f"{rules[earlier].id}、{rules[later].id}"
            findings.append(
                RuleFinding(
                    f"rules[{later}].when",
                    "overlap",
                    Words(f"规则 {ids} 会同时命中", f"rules {ids} can match at once"),
                    Words("收窄其中一条，或改命中策略", "narrow one, or change the hit policy"),
                    example=_example(engine, atoms),
                )
            )
            if len(findings) >= MAX_FINDINGS:
                return findings
    return findings


def _agree(engine: Engine, mask: int) -> bool:
    outcome = engine.try_outcome(mask, {})
    return outcome is not None and outcome.outputs is not None


def _first(column: Column, bits: int) -> Atom | None:
    """Return an atom in which all of the rules `bits` match, one with a value if possible."""
    found = [
        atom
        for atom in column.atoms
        if atom.mask is not None and atom.mask & bits == bits and not _is_empty(column, atom)
    ]
    return found[0] if found else None


def _unreachable(engine: Engine) -> list[RuleFinding]:
    """Report rules whose cells no value passes, and under FIRST those an earlier rule covers."""
    findings = []
    rules = engine.spec.rules
    for place, rule in enumerate(rules):
        bit = 1 << place
        if any(_first(column, bit) is None for column in engine.columns):
            findings.append(
                RuleFinding(
                    f"rules[{place}].when",
                    "never-matches",
                    Words(f"规则 {rule.id} 永远不会命中", f"rule {rule.id} can never match"),
                    Words("检查条件与允许值", "check its cells against the allowed values"),
                )
            )
            continue
        if engine.spec.hit_policy is not HitPolicy.FIRST:
            continue
        cover = next((e for e in range(place) if _covers(engine, e, place)), None)
        if cover is not None:
            findings.append(
                RuleFinding(
                    f"rules[{place}].when",
                    "shadowed",
                    Words(
                        f"规则 {rule.id} 总被前面的规则 {rules[cover].id} 抢先",
                        f"rule {rule.id} is always preceded by rule {rules[cover].id}",
                    ),
                    Words("调换次序，或删去一条", "change their order or drop one"),
                    level="warning",
                )
            )
    return findings


def _covers(engine: Engine, earlier: int, later: int) -> bool:
    """Return whether every value that passes the later rule passes the earlier one as well."""
    for column in engine.columns:
        for atom in column.atoms:
            mask = atom.mask
            if mask is not None and mask >> later & 1 and not mask >> earlier & 1:
                return False
        if not _is_dash(column, earlier) and _is_dash(column, later):
            return False
    return True


def _is_dash(column: Column, rule: int) -> bool:
    """Return whether the cell of a rule is `-`."""
    return not column.cells[rule].tree.tests


def _gaps(engine: Engine) -> list[RuleFinding]:
    """Report the first combinations of values for which no rule matches."""
    distinct: list[list[Atom]] = []
    for column in engine.columns:
        by_mask: dict[int, Atom] = {}
        for atom in column.atoms:
            if atom.mask is None or _is_empty(column, atom):
                continue
            if atom.mask not in by_mask or (atom.point and not by_mask[atom.mask].point):
                by_mask[atom.mask] = atom
        distinct.append(list(by_mask.values()))
    budget = [MAX_COMBINATIONS]
    chosen = _uncovered(distinct, 0, (1 << len(engine.spec.rules)) - 1, budget)
    if chosen is None:
        return []
    example = _example(engine, list(chosen))
    return [
        RuleFinding(
            "rules",
            "gap",
            Words("有的情形没有规则，也没有默认结果", "some facts match no rule and no default"),
            Words("补一条规则或写 default", "add a rule or a default"),
            level="warning",
            example=example,
        )
    ]


def _uncovered(
    columns: list[list[Atom]], place: int, mask: int, budget: list[int]
) -> tuple[Atom | None, ...] | None:
    if mask == 0:
        return tuple(atoms[0] if atoms else None for atoms in columns[place:])
    if place == len(columns):
        return None
    for atom in columns[place]:
        budget[0] -= 1
        if budget[0] < 0:
            return None
        rest = _uncovered(columns, place + 1, mask & (atom.mask or 0), budget)
        if rest is not None:
            return (atom, *rest)
    return None


def _is_empty(column: Column, atom: Atom) -> bool:
    """Return whether no value lies in the atom: between two days that follow each other."""
    if column.kind == "boolean":
        return not atom.point and not _booleans_between(atom)
    if column.kind == "string":
        return False
    return not atom.point and _sample(column, atom) is None and bool(column.atoms[1:])


def _sample(column: Column, atom: Atom) -> Any:
    low, high = atom.low, atom.high
    if atom.point:
        return low
    if column.kind == "number":
        return _number_between(low, high)
    if column.kind == "date":
        return _day_between(low, high)
    if column.kind == "boolean":
        return next(iter(_booleans_between(atom)), None)
    if column.kind in ("days and time duration", "years and months duration"):
        step = 1 if column.kind.startswith("years") else 86_400_000_000_000
        if low is None:
            return high - step if high is not None else None
        if high is None:
            return low + step
        return (low + high) // 2 if (low + high) // 2 > low else None
    if column.kind == "string":
        known = {a.low for a in column.atoms if a.point}
        return next(text for text in ("其他", "其他值", "?") if text not in known)
    return None


def _booleans_between(atom: Atom) -> list[bool]:
    """Return the truth values that no cell of the column names, below and above those it does."""
    return [
        value
        for value in (False, True)
        if (atom.low is None or value > atom.low) and (atom.high is None or value < atom.high)
    ]


def _number_between(low: Any, high: Any) -> Any:
    if low is None:
        return high - 1 if high is not None else None
    if high is None:
        return low + 1
    middle = (Decimal(low) + Decimal(high)) / 2
    whole = Decimal(int(middle))
    return whole if low < whole < high else middle


def _day_between(low: Date | None, high: Date | None) -> Date | None:
    if low is None:
        return civil_from_days(high.days - 1) if high is not None else None
    if high is None:
        return civil_from_days(low.days + 1)
    middle = (low.days + high.days) // 2
    return civil_from_days(middle) if low.days < middle < high.days else None


def _example(engine: Engine, atoms: list[Atom | None]) -> dict[str, Any]:
    """Return one value per input that lies in the chosen atoms."""
    example: dict[str, Any] = {}
    for item, column, atom in zip(engine.spec.inputs, engine.columns, atoms, strict=True):
        value = _sample(column, atom) if atom is not None else None
        if value is not None and column.kind == "days and time duration":
            value = DaysTime(value)
        elif value is not None and column.kind == "years and months duration":
            value = YearsMonths(value)
        example[item.name] = leave(value)
    return example
