"""规则表: compiles a decision table once and decides with it, with or without a trace.

Source of the hit policies: OMG DMN 1.5 clauses 8.2.8 to 8.2.11.
"""

from __future__ import annotations

import datetime as py
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .columns import Cell, Column, NotConstant, compile_cell
from .decisions import Decision, ParameterUse
from .definition import TableSpec
from .errors import DecisionError, RuleFinding, TableError, Words
from .feel import Expression
from .feel.compiler import Compiler
from .feel.lexer import NameIndex
from .feel.scope import INPUT, LocalScope
from .feel.temporal import DaysTime, YearsMonths, parse_temporal
from .feel.types import FeelType
from .feel.values import KINDS, enter, kind_of, leave
from .outputs import Outputs
from .parsing import Parsed
from .tracing import PARAMETERS, TracePlan

_TEMPORAL = frozenset(
    {
        "date",
        "time",
        "date and time",
        "days and time duration",
        "years and months duration",
    }
)
Facts = Mapping[str, Any]


class Table:
    """A compiled decision table; safe to share between threads.

    `names` are known variable names (for names with spaces), `types` named types. With `scoped`
    facts are FEEL values already, as inside a DMN model, and types and values are not enforced.
    :raises TableError: the definition has errors; all of them are in its findings.
    """

    def __init__(
        self,
        spec: TableSpec,
        *,
        names: NameIndex | None = None,
        types: Mapping[str, FeelType] | None = None,
        scoped: bool = False,
    ) -> None:
        self.spec = spec
        self.key = spec.key
        self.version = spec.version
        self.digest = spec.digest
        self.hit_policy = spec.hit_policy
        self.parsed = Parsed(spec, names)
        self._types = types
        self._scoped = scoped
        self._changes = _change_dates(spec)
        self._engines: dict[int, Engine] = {}
        if not spec.parameters:
            self._engines[0] = Engine(self, None)
        else:
            for day in self.sound_days():
                self.engine_on(day)

    def decide(self, facts: Facts, on: py.date | None = None, *, trace: bool = True) -> Decision:
        """Return the decision on `facts` with the parameters in force on the day `on`.

        :raises DecisionError: a fact of a wrong type or value, several rules where one may match,
            no day given where parameters are dated, or no value of a parameter on that day.
        """
        return self.engine_on(on).decide(facts, on, trace)

    def sound_days(self) -> list[py.date | None]:
        """Return one day for each set of parameter values; [None] when there are none."""
        if not self.spec.parameters:
            return [None]
        return [
            day
            for day in self._changes
            if all(parameter.value_on(day) is not None for parameter in self.spec.parameters)
        ]

    def engine_on(self, on: py.date | None) -> Engine:
        """Return the table as compiled for the parameters of a day."""
        if not self.spec.parameters:
            return self._engines[0]
        if on is None:
            raise DecisionError(
                "date-needed",
                Words(
                    f"规则表 {self.key} 的参数随日期变化，须给出日期",
                    f"the parameters of table {self.key} change with the date; give one",
                ),
                Words("调用时传入 on=日期", "pass on=date"),
            )
        epoch = bisect_right(self._changes, on)
        engine = self._engines.get(epoch)
        if engine is None:
            engine = self._engines[epoch] = Engine(self, on)
        return engine


def _change_dates(spec: TableSpec) -> list[py.date]:
    days: set[py.date] = set()
    for parameter in spec.parameters:
        for value in parameter.values:
            if value.valid_from is not None:
                days.add(value.valid_from)
            if value.valid_to is not None and value.valid_to < py.date.max:
                days.add(value.valid_to + py.timedelta(days=1))
    return sorted(days)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a set of rules gives; `outputs` is None where it depends on facts that might change."""

    outputs: dict[str, Any] | None
    rules: tuple[str, ...]

    def same_as(self, other: Outcome) -> bool:
        """Return whether a person would see no difference."""
        if self.outputs is not None and other.outputs is not None:
            return self.outputs == other.outputs
        return self.rules == other.rules


class Engine:
    """A table compiled for one set of parameter values."""

    def __init__(self, table: Table, on: py.date | None) -> None:
        self.table = table
        self.spec = spec = table.spec
        self.uses = _parameter_uses(spec, on)
        constants: dict[str, Any] = {}
        if spec.parameters:
            constants[PARAMETERS] = {
                name: enter(use.value.value) for name, use in self.uses.items()
            }
        parsed = table.parsed
        self.compiler = compiler = Compiler(types=table._types, constants=constants)
        self.cells = [
            [
                compile_cell(spec.rules[row].when[place], parsed.when[row][place], compiler)
                for row in range(len(spec.rules))
            ]
            for place in range(len(spec.inputs))
        ]
        self.columns = [
            Column(column, self._allowed_cell(place, compiler), compiler)
            for place, column in enumerate(self.cells)
        ]
        self._masks = [column.mask for column in self.columns]
        self._reads = [self._reader(place, compiler) for place in range(len(spec.inputs))]
        self._outputs = Outputs(spec, parsed, compiler, scoped=table._scoped)
        self._all = (1 << len(spec.rules)) - 1
        self._plan = TracePlan(spec, parsed, self.uses)
        self._scope_names = self._plan.scope_names

    def _allowed_cell(self, place: int, compiler: Compiler) -> Cell | None:
        tree = self.table.parsed.allowed[place]
        if tree is None or self.table._scoped:
            return None
        cell = compile_cell(self.spec.inputs[place].allowed, tree, compiler)
        try:
            Column([], cell, compiler)
        except NotConstant as error:
            finding = RuleFinding(
                f"inputs[{place}].values",
                "values-constant",
                Words("允许值须是同一类型的常量", "allowed values must be constants of one type"),
                Words('例如 "A", "B" 或 [0..100]', 'for example "A", "B" or [0..100]'),
            )
            raise TableError(self.spec.key, [finding]) from error
        return cell

    def _reader(self, place: int, compiler: Compiler) -> Callable[[Facts], Any]:
        item, tree = self.spec.inputs[place], self.table.parsed.inputs[place]
        expression = Expression(item.expression, tree, compiler.compile(tree))
        if self.table._scoped:
            return expression.evaluate
        reads_parameters = PARAMETERS in expression.names
        read = expression._read if reads_parameters else expression.read
        if item.type is None or item.type.kind == "Any":
            return read
        wanted, fits = item.type, _fits(item.type)

        def typed(facts: Facts) -> Any:
            value = read(facts)
            if value is None or type(value) in fits:
                return value
            return _converted(item.name, value, wanted)

        return typed

    def scope(self, facts: Facts) -> Facts:
        """Return the facts that cells and outputs read, as FEEL values."""
        if self.table._scoped:
            return facts
        return {name: enter(facts[name]) for name in self._scope_names if name in facts}

    def decide(self, facts: Facts, on: py.date | None, trace: bool) -> Decision:
        """Return the decision; see `Table.decide`."""
        values = [read(facts) for read in self._reads]
        scope = self.scope(facts) if self._scope_names or self.table._scoped else {}
        mask = self.match(values, scope)
        outputs, rows, places, defaulted = self._outputs.resolve(mask, scope)
        rules = self.spec.rules
        if len(places) == 1:
            matched: tuple[str, ...] = (rules[places[0]].id,)
        else:
            matched = tuple([rules[place].id for place in places])
        made = self._plan.trace(facts, values, places, on) if trace else None
        return Decision(self.table, outputs, rows, matched, defaulted, tuple(values), made, scope)

    def match(self, values: Iterable[Any], scope: Facts) -> int:
        """Return the bits of the rules whose cells all pass."""
        mask = self._all
        for place, (column, value) in enumerate(zip(self._masks, values, strict=True)):
            found = column(value, scope)
            if found is None:
                raise self._not_allowed(place, value)
            mask &= found
        return mask

    def try_outcome(self, mask: int, scope: Facts) -> Outcome | None:
        """Return what a set of matching rules gives, None when the hit policy forbids the set."""
        try:
            outputs, _, places, _ = self._outputs.resolve(mask, scope)
        except DecisionError:
            return None
        certain = self._outputs.is_constant(places)
        return Outcome(
            outputs if certain else None, tuple(self.spec.rules[place].id for place in places)
        )

    def passes(self, place: int, row: int, value: Any, scope: Facts) -> bool:
        """Return whether a value passes one cell."""
        return self.cells[place][row].run(LocalScope(scope, {INPUT: value})) is True

    def value_of(self, place: int, key: Any) -> Any:
        """Return the value that a bound of an indexed column stands for."""
        if key is None:
            return None
        kind = self.columns[place].kind
        if kind == "days and time duration":
            return DaysTime(key)
        return YearsMonths(key) if kind == "years and months duration" else key

    def _not_allowed(self, place: int, value: Any) -> DecisionError:
        item = self.spec.inputs[place]
        return DecisionError(
            "input-value",
            Words(
                f"“{item.label.zh}”的值 {leave(value)} 不在允许范围 {item.allowed} 内",
                f'the value {leave(value)} of "{item.label.en}" is not one of {item.allowed}',
            ),
            Words("更正该项事实", "correct this fact"),
            input=item.name,
        )


def _parameter_uses(spec: TableSpec, on: py.date | None) -> dict[str, ParameterUse]:
    uses: dict[str, ParameterUse] = {}
    for parameter in spec.parameters:
        value = parameter.value_on(on) if on is not None else None
        if value is not None:
            uses[parameter.name] = ParameterUse(parameter, value)
            continue
        raise DecisionError(
            "parameter-missing",
            Words(
                f"参数 {parameter.name} 在 {on} 没有有效的取值",
                f"parameter {parameter.name} has no value on {on}",
            ),
            Words("为该日期补充取值及依据", "add a value with its source for that date"),
            parameter=parameter.name,
        )
    return uses


def _fits(wanted: FeelType) -> frozenset[type]:
    if wanted.allowed is not None or wanted.element is not None or wanted.fields:
        return frozenset()
    return frozenset(kind for kind, name in KINDS.items() if name == wanted.kind)


def _converted(name: str, value: Any, wanted: FeelType) -> Any:
    if wanted.kind in _TEMPORAL and type(value) is str:
        parsed = parse_temporal(value.strip())
        if parsed is not None:
            value = parsed
    fitted = wanted.coerce(value)
    if fitted is None:
        found = kind_of(value)
        raise DecisionError(
            "input-type",
            Words(
                f"“{name}”应为 {wanted.kind}，收到的是 {found}",
                f'"{name}" should be {wanted.kind}, got {found}',
            ),
            Words("按表的输入类型提供事实", "give the fact in the type the table asks for"),
            input=name,
        )
    return fitted
