"""输出与命中策略: what a set of matching rules gives. Source: OMG DMN 1.5 clause 8.2.8."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

from .definition import HitPolicy, OutputSpec, TableSpec
from .errors import DecisionError, RuleFinding, TableError, Words
from .feel import syntax
from .feel.arithmetic import add
from .feel.builtins.conversion import to_text
from .feel.builtins.lists import maximum, minimum
from .feel.compiler import Compiler
from .feel.scope import INPUT, Constant, LocalScope, Run
from .feel.values import Range, equal, leave
from .parsing import Parsed

Scope = Mapping[str, Any]
Row = dict[str, Any]
# Outputs, outputs rule by rule, the rules that count, whether defaults were taken.
Resolved = tuple[Row, tuple[Row, ...], tuple[int, ...], bool]


class Outputs:
    """The output side of a table; `resolve(bits, scope)` applies the hit policy.

    With `scoped` values stay FEEL values and their types and allowed values are not enforced.
    :raises TableError: a constant entry that its output does not allow.
    """

    def __init__(
        self, spec: TableSpec, parsed: Parsed, compiler: Compiler, *, scoped: bool
    ) -> None:
        self._spec = spec
        self._scoped = scoped
        self._names = tuple(item.name for item in spec.outputs)
        compiled: dict[int, Run] = {}

        def compile_once(tree: syntax.Node) -> Run:
            run = compiled.get(id(tree))
            if run is None:
                run = compiled[id(tree)] = compiler.compile(tree)
            return run

        self._entries = [tuple(compile_once(tree) for tree in row) for row in parsed.then]
        self._tests = [compiler.tests(tree) if tree is not None else None for tree in parsed.values]
        self._ranked = [_ranked_values(tree, compiler) for tree in parsed.values]
        self._defaults = tuple(
            compile_once(tree) if tree is not None else None for tree in parsed.defaults
        )
        self._constants: list[Row | None] = [self._constant_row(row) for row in self._entries]
        if not scoped:
            self._check_constants()
        self.resolve: Callable[[int, Scope], Resolved] = _POLICIES[spec.hit_policy](self)

    # -- rows

    def _constant_row(self, runs: tuple[Run, ...]) -> Row | None:
        if not all(isinstance(run, Constant) for run in runs):
            return None
        values = [run.value for run in runs if isinstance(run, Constant)]
        return self._finished(dict(zip(self._names, values, strict=True)))

    def _finished(self, row: Row) -> Row:
        return row if self._scoped else {name: leave(value) for name, value in row.items()}

    def row(self, place: int, scope: Scope) -> Row:
        """Return the outputs of one rule."""
        constant = self._constants[place]
        if constant is not None:
            return constant.copy()
        return self._computed(self._entries[place], scope, self._spec.rules[place].id)

    def is_constant(self, places: tuple[int, ...]) -> bool:
        """Return whether the outputs of these rules, or the defaults, depend on no fact."""
        if not places:
            return all(run is None or isinstance(run, Constant) for run in self._defaults)
        return all(self._constants[place] is not None for place in places)

    def _computed(self, runs: tuple[Run | None, ...], scope: Scope, rule: str) -> Row:
        made: Row = {}
        for name, run, item, tests in zip(
            self._names, runs, self._spec.outputs, self._tests, strict=True
        ):
            value = run(scope) if run is not None else None
            if not self._scoped and value is not None:
                value = self._checked(value, item, tests, rule)
            made[name] = value
        return self._finished(made)

    def _checked(self, value: Any, item: OutputSpec, tests: Run | None, rule: str) -> Any:
        fault = _fault(value, item, tests)
        if fault is None:
            return item.type.coerce(value) if item.type is not None else value
        raise DecisionError(
            "output-value", fault, Words("更正该规则的输出", "correct the rule"), rule=rule
        )

    def _check_constants(self) -> None:
        findings = []
        for place, runs in enumerate(self._entries):
            for number, (run, item, tests) in enumerate(
                zip(runs, self._spec.outputs, self._tests, strict=True)
            ):
                if not isinstance(run, Constant) or run.value is None:
                    continue
                fault = _fault(run.value, item, tests)
                if fault is not None:
                    mend = Words(
                        "改用允许的值；文字要写成 '\"文字\"'",
                        "use an allowed value; write text as '\"text\"'",
                    )
                    path = f"rules[{place}].then[{number}]"
                    findings.append(RuleFinding(path, "output-value", fault, mend))
        if findings:
            raise TableError(self._spec.key, findings)

    def _without_match(self, scope: Scope) -> Resolved:
        if all(run is None for run in self._defaults):
            return {}, (), (), False
        row = self._computed(self._defaults, scope, "default")
        return row, (row,), (), True

    # -- policies that give one row

    def _unique(self) -> Callable[[int, Scope], Resolved]:
        def resolve(mask: int, scope: Scope) -> Resolved:
            if not mask:
                return self._without_match(scope)
            if mask & (mask - 1):
                raise self._conflict(
                    "not-unique", mask, "同时命中多条规则", "several rules match at once"
                )
            return self._single(mask.bit_length() - 1, scope)

        return resolve

    def _first(self) -> Callable[[int, Scope], Resolved]:
        def resolve(mask: int, scope: Scope) -> Resolved:
            if not mask:
                return self._without_match(scope)
            return self._single((mask & -mask).bit_length() - 1, scope)

        return resolve

    def _any(self) -> Callable[[int, Scope], Resolved]:
        def resolve(mask: int, scope: Scope) -> Resolved:
            if not mask:
                return self._without_match(scope)
            places = places_of(mask)
            rows = [self.row(place, scope) for place in places]
            if any(not _same(row, rows[0]) for row in rows[1:]):
                raise self._conflict(
                    "outputs-differ",
                    mask,
                    "命中的规则结果不一致",
                    "the matching rules have different outputs",
                )
            return rows[0], (rows[0],), places, False

        return resolve

    def _priority(self) -> Callable[[int, Scope], Resolved]:
        def resolve(mask: int, scope: Scope) -> Resolved:
            if not mask:
                return self._without_match(scope)
            ranked = self._by_rank(mask, scope)
            row, place = ranked[0]
            return row, (row,), (place,), False

        return resolve

    def _single(self, place: int, scope: Scope) -> Resolved:
        row = self.row(place, scope)
        return row, (row,), (place,), False

    # -- policies that give several

    def _in_rule_order(self) -> Callable[[int, Scope], Resolved]:
        def resolve(mask: int, scope: Scope) -> Resolved:
            return self._collected([(self.row(p, scope), p) for p in places_of(mask)], scope)

        return resolve

    def _in_output_order(self) -> Callable[[int, Scope], Resolved]:
        def resolve(mask: int, scope: Scope) -> Resolved:
            return self._collected(self._by_rank(mask, scope), scope)

        return resolve

    def _aggregate(self) -> Callable[[int, Scope], Resolved]:
        fold = _FOLDS[self._spec.hit_policy]

        def resolve(mask: int, scope: Scope) -> Resolved:
            counting = self._spec.hit_policy is HitPolicy.COLLECT_COUNT
            if not mask and (not counting or any(run is not None for run in self._defaults)):
                return self._without_match(scope)
            places = places_of(mask)
            rows = tuple(self.row(place, scope) for place in places)
            totals = {name: fold([row[name] for row in rows]) for name in self._names}
            return self._finished(totals), rows, places, False

        return resolve

    def _collected(self, ranked: list[tuple[Row, int]], scope: Scope) -> Resolved:
        if not ranked and any(run is not None for run in self._defaults):
            row, rows, places, defaulted = self._without_match(scope)
            return {name: [value] for name, value in row.items()}, rows, places, defaulted
        rows = tuple(row for row, _ in ranked)
        lists = {name: [row[name] for row in rows] for name in self._names}
        return lists, rows, tuple(place for _, place in ranked), False

    def _by_rank(self, mask: int, scope: Scope) -> list[tuple[Row, int]]:
        rows = [(self.row(place, scope), place) for place in places_of(mask)]
        return sorted(rows, key=lambda entry: self._rank(entry[0]))

    def _rank(self, row: Row) -> tuple[int, ...]:
        ranks = []
        for name, ranked in zip(self._names, self._ranked, strict=True):
            value = row[name]
            places = (
                place
                for place, candidate in enumerate(ranked)
                if (equal(candidate, value) if self._scoped else leave(candidate) == value)
            )
            ranks.append(next(places, len(ranked)))
        return tuple(ranks)

    def _conflict(self, code: str, mask: int, zh: str, en: str) -> DecisionError:
        ids = [self._spec.rules[place].id for place in places_of(mask)]
        shown = "、".join(ids)
        return DecisionError(
            code,
            Words(
                f"规则表 {self._spec.key} {zh}：{shown}",
                f"table {self._spec.key}: {en}: {', '.join(ids)}",
            ),
            Words("修改这些规则或命中策略", "change these rules or the hit policy"),
            rules=ids,
        )


def places_of(mask: int) -> tuple[int, ...]:
    """Return the numbers of the set bits, lowest first."""
    places = []
    while mask:
        low = mask & -mask
        places.append(low.bit_length() - 1)
        mask ^= low
    return tuple(places)


def _same(left: Row, right: Row) -> bool:
    return all(left[name] == right[name] for name in left)


def _ranked_values(tree: syntax.UnaryTests | None, compiler: Compiler) -> list[Any]:
    """Return the allowed values in the order in which they are listed."""
    if tree is None:
        return []
    runs = [compiler.compile(test) for test in tree.tests]
    return [run.value for run in runs if isinstance(run, Constant) and type(run.value) is not Range]


def _fault(value: Any, item: OutputSpec, tests: Run | None) -> Words | None:
    shown = to_text(value, nested=True)
    if item.type is not None and item.type.coerce(value) is None:
        return Words(
            f"输出 {item.name} 应为 {item.type.kind}，却是 {shown}",
            f"output {item.name} should be {item.type.kind}, is {shown}",
        )
    if tests is not None and tests(LocalScope({}, {INPUT: value})) is not True:
        return Words(
            f"输出 {item.name} 的值 {shown} 不在允许值 {item.values} 内",
            f"the value {shown} of output {item.name} is not one of {item.values}",
        )
    return None


def _sum(values: list[Any]) -> Any:
    return reduce(add, values)


_FOLDS: dict[HitPolicy, Callable[[list[Any]], Any]] = {
    HitPolicy.COLLECT_SUM: _sum,
    HitPolicy.COLLECT_MIN: minimum,
    HitPolicy.COLLECT_MAX: maximum,
    HitPolicy.COLLECT_COUNT: len,
}
_POLICIES: dict[HitPolicy, Callable[[Outputs], Callable[[int, Scope], Resolved]]] = {
    HitPolicy.UNIQUE: Outputs._unique,
    HitPolicy.FIRST: Outputs._first,
    HitPolicy.ANY: Outputs._any,
    HitPolicy.PRIORITY: Outputs._priority,
    HitPolicy.RULE_ORDER: Outputs._in_rule_order,
    HitPolicy.OUTPUT_ORDER: Outputs._in_output_order,
    HitPolicy.COLLECT: Outputs._in_rule_order,
    HitPolicy.COLLECT_SUM: Outputs._aggregate,
    HitPolicy.COLLECT_MIN: Outputs._aggregate,
    HitPolicy.COLLECT_MAX: Outputs._aggregate,
    HitPolicy.COLLECT_COUNT: Outputs._aggregate,
}
