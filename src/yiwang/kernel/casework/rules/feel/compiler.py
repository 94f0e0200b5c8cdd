"""编译: turns the tree of an expression into nested Python closures.

No text of a user is ever executed: each node becomes one of the functions below. A closure takes
the scope (a mapping from names to FEEL values) and returns a FEEL value; what has no meaning is
None. Parts without variables are computed once, when the expression is compiled.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

from yiwang.kernel.casework.rules.errors import FeelError

from . import syntax
from .arithmetic import OPERATIONS, negate
from .builtins import BUILTINS
from .builtins.registry import builtin
from .iteration import Domain, domain, iterations
from .parser import literal_value, parse_expression
from .properties import property_of
from .scope import INPUT, Constant, LocalScope, Run, Scope
from .syntax import walk
from .types import FeelType, resolve_type
from .values import (
    MAX_ITEMS,
    NUMBERS,
    Callee,
    Range,
    as_items,
    compare,
    equal,
    kind_of,
    ordered,
    passes,
    whole,
)


class Compiler:
    """Compiles nodes.

    `types` are the named types that `instance of` and parameters may use; `constants` are
    variables whose value is known now, such as the parameters of a table on a day.
    """

    def __init__(
        self,
        types: Mapping[str, FeelType] | None = None,
        constants: Mapping[str, Any] | None = None,
    ) -> None:
        self.types = types
        self.constants = constants or {}

    def compile(self, node: syntax.Node) -> Run:
        """Return the closure of a node."""
        run: Run = _BUILDERS[type(node)](self, node)
        return run

    def tests(self, node: syntax.UnaryTests) -> Run:
        """Return the closure of a cell: true, false or null for the value named `?`."""
        if not node.tests:
            return Constant(True)
        runs = [self.test(test) for test in node.tests]
        if len(runs) == 1:
            single = runs[0]
            if not node.negated:
                return single

            def opposite(scope: Scope) -> Any:
                verdict = single(scope)
                return not verdict if type(verdict) is bool else None

            return opposite

        def any_of(scope: Scope) -> Any:
            unknown = False
            for run in runs:
                verdict = run(scope)
                if verdict is True:
                    return not node.negated
                unknown = unknown or verdict is None
            return None if unknown else node.negated

        return any_of

    def test(self, node: syntax.Node) -> Run:
        """Return the closure of one test on the value named `?`."""
        if isinstance(node, syntax.OpenRange):
            operand, op = self.compile(node.operand), node.op

            def comparison(scope: Scope) -> Any:
                return compare(op, scope[INPUT], operand(scope))

            return comparison
        run = self.compile(node)
        if reads_input(node):
            return run

        def membership(scope: Scope) -> Any:
            expected, value = run(scope), scope[INPUT]
            if type(expected) is bool and type(value) is not bool and value is not None:
                return expected
            return passes(value, expected)

        return membership


def reads_input(node: syntax.Node) -> bool:
    """Return whether an expression names `?`."""
    return any(isinstance(part, syntax.Name) and part.name == INPUT for part in walk(node))


def _constant(run: Run) -> bool:
    return isinstance(run, Constant)


def _literal(_: Compiler, node: syntax.Literal) -> Run:
    return Constant(node.value)


def _at_literal(_: Compiler, node: syntax.AtLiteral) -> Run:
    return Constant(literal_value(node))


def _name(compiler: Compiler, node: syntax.Name) -> Run:
    name = node.name
    if name in compiler.constants:
        return Constant(compiler.constants[name])
    fallback = BUILTINS.get(name)

    def read(scope: Scope) -> Any:
        try:
            return scope[name]
        except KeyError:
            return fallback

    return read


def _path(compiler: Compiler, node: syntax.Path) -> Run:
    base, name = compiler.compile(node.base), node.name

    def read(scope: Scope) -> Any:
        value = base(scope)
        return value.get(name) if type(value) is dict else property_of(value, name)

    return Constant(read({})) if _constant(base) else read


def _filter(compiler: Compiler, node: syntax.Filter) -> Run:
    base, condition = compiler.compile(node.base), compiler.compile(node.condition)
    may_be_index = not isinstance(
        node.condition,
        (syntax.Compare, syntax.Logic, syntax.Between, syntax.In, syntax.InstanceOf),
    )

    def run(scope: Scope) -> Any:
        items = as_items(base(scope))
        if may_be_index:
            place = condition(LocalScope(scope, {"item": None}))
            if type(place) in NUMBERS:
                return element(items, place)
        kept = []
        for item in items:
            local = LocalScope(scope, {"item": item})
            if type(item) is dict:
                local.update(item)
            verdict = condition(local)
            if verdict is True:
                kept.append(item)
            elif verdict is not None and verdict is not False:
                return None
        return kept

    return run


def element(items: list[Any], place: Any) -> Any:
    """Return the element at a position counted from 1, or from the end when negative."""
    number = whole(place)
    if number is None or number == 0 or abs(number) > len(items):
        return None
    return items[number - 1] if number > 0 else items[number]


def _call(compiler: Compiler, node: syntax.Call) -> Run:
    arguments = [compiler.compile(argument) for argument in node.arguments]
    callee = compiler.compile(node.function)
    fallback = BUILTINS.get(node.function.name) if isinstance(node.function, syntax.Name) else None
    names = node.names

    def find(scope: Scope) -> Callee | None:
        found = callee(scope)
        return found if type(found) is Callee else fallback

    if names is not None:

        def run_named(scope: Scope) -> Any:
            function = find(scope)
            if function is None:
                return None
            values = {name: run(scope) for name, run in zip(names, arguments, strict=True)}
            return function.call_named(values) if len(values) == len(names) else None

        return run_named

    def run(scope: Scope) -> Any:
        function = find(scope)
        return None if function is None else function.call([run(scope) for run in arguments])

    if (
        fallback is not None
        and all(_constant(argument) for argument in arguments)
        and isinstance(node.function, syntax.Name)
        and node.function.name in _FOLDABLE
    ):
        return Constant(run({}))
    return run


@builtin("range", "from: string")
def parse_range(text: str) -> Range | None:
    """Return the range written in a string, as `range("[18..21)")`; its ends must be literals."""
    try:
        node = parse_expression(text)
    except FeelError:
        return None
    if not isinstance(node, syntax.RangeNode) or not (
        _is_literal(node.low) and _is_literal(node.high)
    ):
        return None
    run = Compiler().compile(node)
    made = run.value if isinstance(run, Constant) else None
    if made is None or made.low is None or made.high is None:
        return None
    return made if ordered("<=", made.low, made.high) is True else None


def _is_literal(node: syntax.Node) -> bool:
    """Return whether a node is a literal, a negated one, or a temporal constructor of literals."""
    if isinstance(node, syntax.Negate):
        return isinstance(node.operand, syntax.Literal)
    if isinstance(node, syntax.Call):
        function = node.function
        return (
            isinstance(function, syntax.Name)
            and function.name in _FOLDABLE
            and all(_is_literal(argument) for argument in node.arguments)
        )
    return isinstance(node, (syntax.Literal, syntax.AtLiteral))


# Constructors that are as good as literals: a table cell date("2026-01-01") is a constant.
_FOLDABLE = frozenset({"date", "date and time", "time", "duration", "number"})


def _negate(compiler: Compiler, node: syntax.Negate) -> Run:
    operand = compiler.compile(node.operand)

    def run(scope: Scope) -> Any:
        return negate(operand(scope))

    return Constant(run({})) if _constant(operand) else run


def _arithmetic(compiler: Compiler, node: syntax.Arithmetic) -> Run:
    left, right = compiler.compile(node.left), compiler.compile(node.right)
    operation = OPERATIONS[node.op]

    def run(scope: Scope) -> Any:
        return operation(left(scope), right(scope))

    return Constant(run({})) if _constant(left) and _constant(right) else run


def _compare(compiler: Compiler, node: syntax.Compare) -> Run:
    left, right, op = compiler.compile(node.left), compiler.compile(node.right), node.op
    if op in ("=", "!="):
        wanted = op == "="

        def same(scope: Scope) -> Any:
            verdict = equal(left(scope), right(scope))
            return None if verdict is None else verdict is wanted

        return same

    def run(scope: Scope) -> Any:
        return ordered(op, left(scope), right(scope))

    return run


def _logic(compiler: Compiler, node: syntax.Logic) -> Run:
    left, right = compiler.compile(node.left), compiler.compile(node.right)
    decisive = node.op == "or"

    def run(scope: Scope) -> Any:
        first = left(scope)
        if first is decisive:
            return decisive
        second = right(scope)
        if second is decisive:
            return decisive
        neutral = not decisive
        return neutral if first is neutral and second is neutral else None

    return run


def _between(compiler: Compiler, node: syntax.Between) -> Run:
    value, low, high = (compiler.compile(part) for part in (node.value, node.low, node.high))

    def run(scope: Scope) -> Any:
        middle = value(scope)
        above = ordered(">=", middle, low(scope))
        below = ordered("<=", middle, high(scope))
        return None if above is None or below is None else above and below

    return run


def _in(compiler: Compiler, node: syntax.In) -> Run:
    value = compiler.compile(node.value)
    tests = compiler.tests(syntax.UnaryTests(node.tests))

    def run(scope: Scope) -> Any:
        return tests(LocalScope(scope, {INPUT: value(scope)}))

    return run


def _instance_of(compiler: Compiler, node: syntax.InstanceOf) -> Run:
    value = compiler.compile(node.value)
    wanted = resolve_type(node.type, compiler.types)

    def run(scope: Scope) -> Any:
        found = value(scope)
        if wanted is None:
            return None
        if found is None:
            return wanted.kind == "Null"
        return wanted.accepts(found)

    return run


def _if(compiler: Compiler, node: syntax.If) -> Run:
    condition, yes, no = (compiler.compile(part) for part in (node.condition, node.yes, node.no))

    def run(scope: Scope) -> Any:
        return yes(scope) if condition(scope) is True else no(scope)

    return run


def _compile_iterators(
    compiler: Compiler, iterators: tuple[syntax.Iterator, ...]
) -> list[tuple[str, Domain]]:
    return [
        (
            iterator.name,
            domain(
                compiler.compile(iterator.source),
                compiler.compile(iterator.until) if iterator.until is not None else None,
            ),
        )
        for iterator in iterators
    ]


def _for(compiler: Compiler, node: syntax.For) -> Run:
    iterators = _compile_iterators(compiler, node.iterators)
    body = compiler.compile(node.body)
    looks_back = any(isinstance(p, syntax.Name) and p.name == "partial" for p in walk(node.body))

    def run(scope: Scope) -> Any:
        results: list[Any] = []
        for local in itertools.islice(iterations(iterators, scope), MAX_ITEMS):
            if local is None:
                return None
            if looks_back:
                local["partial"] = results.copy()
            results.append(body(local))
        return results

    return run


def _quantified(compiler: Compiler, node: syntax.Quantified) -> Run:
    iterators = _compile_iterators(compiler, node.iterators)
    body = compiler.compile(node.body)
    decisive = node.kind == "some"

    def run(scope: Scope) -> Any:
        unknown = False
        for local in itertools.islice(iterations(iterators, scope), MAX_ITEMS):
            if local is None:
                return None
            verdict = body(local)
            if verdict is decisive:
                return decisive
            unknown = unknown or type(verdict) is not bool
        return None if unknown else not decisive

    return run


def make_function(
    name: str,
    parameters: list[tuple[str, FeelType | None]],
    body: Run,
    scope: Scope,
    result: FeelType | None = None,
) -> Callee:
    """Return a function value over the scope it was defined in.

    Arguments are made to fit their types; a call whose arguments do not fit is null.
    """
    names = [parameter for parameter, _ in parameters]

    def fit(values: list[Any]) -> list[Any] | None:
        fitted = []
        for (_, wanted), value in zip(parameters, values, strict=True):
            if wanted is not None and value is not None:
                value = wanted.coerce(value)
                if value is None:
                    return None
            fitted.append(value)
        return fitted

    def bind(values: list[Any]) -> list[Any] | None:
        return fit(values) if len(values) == len(names) else None

    def bind_named(values: dict[str, Any]) -> list[Any] | None:
        return fit([values[key] for key in names]) if set(values) == set(names) else None

    def run(*values: Any) -> Any:
        found = body(LocalScope(scope, dict(zip(names, values, strict=True))))
        return found if result is None else result.coerce(found)

    return Callee(name, run, bind, bind_named, tuple(wanted for _, wanted in parameters), result)


def _function(compiler: Compiler, node: syntax.Function) -> Run:
    parameters = [
        (name, resolve_type(wanted, compiler.types) if wanted is not None else None)
        for name, wanted in node.parameters
    ]
    body: Run = Constant(None) if node.external else compiler.compile(node.body)

    def run(scope: Scope) -> Any:
        return make_function("", parameters, body, scope)

    return run


def _list(compiler: Compiler, node: syntax.ListNode) -> Run:
    runs = [compiler.compile(item) for item in node.items]

    def run(scope: Scope) -> Any:
        return [item(scope) for item in runs]

    return Constant(run({})) if all(_constant(item) for item in runs) else run


def _context(compiler: Compiler, node: syntax.ContextNode) -> Run:
    entries = [(key, compiler.compile(value)) for key, value in node.entries]
    repeated = len({key for key, _ in entries}) != len(entries)

    def run(scope: Scope) -> Any:
        if repeated:
            return None
        local = LocalScope(scope)
        for key, value in entries:
            local[key] = value(local)
        return dict(local)

    return run


def _range(compiler: Compiler, node: syntax.RangeNode) -> Run:
    low, high = compiler.compile(node.low), compiler.compile(node.high)
    low_closed, high_closed = node.low_closed, node.high_closed

    def run(scope: Scope) -> Any:
        start, stop = low(scope), high(scope)
        if start is not None and stop is not None and kind_of(start) != kind_of(stop):
            return None
        if start is None and stop is None:
            return None
        return Range(start, stop, low_closed, high_closed)

    return Constant(run({})) if _constant(low) and _constant(high) else run


def _open_range(compiler: Compiler, node: syntax.OpenRange) -> Run:
    operand, op = compiler.compile(node.operand), node.op

    def run(scope: Scope) -> Any:
        bound = operand(scope)
        if bound is None and op not in ("=", "!="):
            return None
        if op in ("<", "<="):
            return Range(None, bound, False, op == "<=", op)
        if op in (">", ">="):
            return Range(bound, None, op == ">=", False, op)
        return Range(bound, bound, True, True, op)

    return Constant(run({})) if _constant(operand) else run


def _tests(compiler: Compiler, node: syntax.UnaryTests) -> Run:
    return compiler.tests(node)


_BUILDERS: dict[type, Callable[[Compiler, Any], Run]] = {
    syntax.Literal: _literal,
    syntax.AtLiteral: _at_literal,
    syntax.Name: _name,
    syntax.Path: _path,
    syntax.Filter: _filter,
    syntax.Call: _call,
    syntax.Negate: _negate,
    syntax.Arithmetic: _arithmetic,
    syntax.Compare: _compare,
    syntax.Logic: _logic,
    syntax.Between: _between,
    syntax.In: _in,
    syntax.InstanceOf: _instance_of,
    syntax.If: _if,
    syntax.For: _for,
    syntax.Quantified: _quantified,
    syntax.Function: _function,
    syntax.ListNode: _list,
    syntax.ContextNode: _context,
    syntax.RangeNode: _range,
    syntax.OpenRange: _open_range,
    syntax.UnaryTests: _tests,
}
