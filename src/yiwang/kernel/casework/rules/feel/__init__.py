"""FEEL 表达式: the expression language of DMN, for rules, process branches and form visibility.

    >>> from yiwang.kernel.casework.rules import feel
    >>> rule = feel.compile("applicant.age >= 18 and not(applicant.banned)")
    >>> rule({"applicant": {"age": 20, "banned": False}})
    True
    >>> sorted(rule.names)
    ['applicant']

Values go in and come out as Python's: Decimal (also int and float going in), str, bool, None,
date, datetime, time, timedelta, list, dict. An operation without a meaning gives None, as DMN
asks, so a comparison with a missing fact is None and never true. Source: OMG DMN 1.5 clause 10.3.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from yiwang.kernel.casework.rules.errors import FeelError, RulesError, Words

from . import syntax
from .compiler import Compiler
from .lexer import NameIndex
from .names import filter_names, free_paths
from .parser import FULL_WIDTH, parse_expression, parse_unary_tests
from .properties import property_of
from .scope import INPUT, LocalScope, Run
from .values import enter, leave

__all__ = ["Expression", "FeelError", "UnaryTests", "compile", "compile_unary_tests"]


class _Compiled:
    def __init__(self, text: str, tree: syntax.Node, run: Run) -> None:
        self.text = text
        self.tree = tree
        self.paths = frozenset(free_paths(tree))
        self.names = frozenset(path[0] for path in self.paths)
        self._run = run

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.text!r})"

    def _scope(self, context: Mapping[str, Any]) -> dict[str, Any]:
        return {name: enter(context[name]) for name in self.names if name in context}

    def _guarded(self, scope: Mapping[str, Any]) -> Any:
        try:
            return self._run(scope)
        except RecursionError as error:
            raise RulesError(
                "recursion",
                Words("函数没有尽头地调用自己", "a function calls itself without end"),
                Words("为递归加上终止条件", "give the recursion a condition that ends it"),
            ) from error


class Expression(_Compiled):
    """A compiled expression; call it with the values of its `names`.

    `names` are the variables it may read, `paths` the same with the fields below them.
    """

    def __init__(self, text: str, tree: syntax.Node, run: Run) -> None:
        super().__init__(text, tree, run)
        self.read = _reader(tree) or self._read

    def __call__(self, context: Mapping[str, Any]) -> Any:
        """Return the value in the given context as a Python value.

        :raises RulesError: the context holds a value of a type FEEL has none for.
        """
        return leave(self.read(context))

    def _read(self, context: Mapping[str, Any]) -> Any:
        return self._guarded(self._scope(context))

    def evaluate(self, scope: Mapping[str, Any]) -> Any:
        """Return the FEEL value in a scope of FEEL values."""
        return self._guarded(scope)


class UnaryTests(_Compiled):
    """The compiled text of a table cell, such as `< 18`, `"A", "B"`, `[1..5)` or `-`."""

    def __call__(self, value: Any, context: Mapping[str, Any] | None = None) -> bool:
        """Return whether the value passes; null (unknown) does not pass."""
        scope = LocalScope(self._scope(context or {}), {INPUT: enter(value)})
        return self._guarded(scope) is True


def compile(text: str, names: Collection[str] | None = None) -> Expression:
    """Return the compiled expression.

    With `names`, the variables there are (`applicant` or `applicant.age`), any other name is an
    error; names with spaces or operators are then understood as well.

    :raises FeelError: the text is not FEEL, or reads an unknown variable.
    """
    tree = parse_expression(text, _index(names))
    _check_names(text, tree, names)
    return Expression(text, tree, Compiler().compile(tree))


def compile_unary_tests(text: str, names: Collection[str] | None = None) -> UnaryTests:
    """Return the compiled tests of one table cell.

    :raises FeelError: the text holds no unary tests, or reads an unknown variable.
    """
    tree = parse_unary_tests(text, _index(names))
    _check_names(text, tree, names)
    return UnaryTests(text, tree, Compiler().compile(tree))


def _index(names: Collection[str] | None) -> NameIndex | None:
    return NameIndex(name for name in names if "." not in name) if names is not None else None


def _check_names(text: str, tree: syntax.Node, names: Collection[str] | None) -> None:
    if names is None:
        return
    roots = {name.split(".", 1)[0] for name in names} | set(names)
    unknown = {
        trail[0]: place for trail, place in free_paths(tree).items() if trail[0] not in roots
    }
    for name in filter_names(tree):
        unknown.pop(name, None)
    for name, place in unknown.items():
        if any(sign in name for sign in FULL_WIDTH):
            mend = Words("把全角标点换成半角标点", "use ASCII punctuation, not full-width")
        else:
            mend = Words(
                f"改用已有的变量：{'、'.join(sorted(roots)) or '（无）'}；文字要加半角双引号",
                f"use one of: {', '.join(sorted(roots)) or 'none'}; put text in double quotes",
            )
        raise FeelError(
            "unknown-name",
            text,
            place,
            Words(f"没有变量“{name}”", f'there is no variable "{name}"'),
            mend,
        )


def _reader(tree: syntax.Node) -> Callable[[Mapping[str, Any]], Any] | None:
    """Return a short cut for `name` and `name.field.field`, which converts only what it reads."""
    trail: list[str] = []
    while isinstance(tree, syntax.Path):
        trail.append(tree.name)
        tree = tree.base
    if not isinstance(tree, syntax.Name):
        return None
    root, fields = tree.name, tuple(reversed(trail))
    if not fields:

        def read_name(context: Mapping[str, Any]) -> Any:
            try:
                return enter(context[root])
            except KeyError:
                return None

        return read_name
    return _path_reader(root, fields)


def _path_reader(root: str, fields: tuple[str, ...]) -> Callable[[Mapping[str, Any]], Any]:
    def read_path(context: Mapping[str, Any]) -> Any:
        try:
            value = context[root]
        except KeyError:
            return None
        for place, field in enumerate(fields):
            if type(value) is dict or isinstance(value, Mapping):
                value = value.get(field)
            elif value is None:
                return None
            else:
                value = enter(value)
                for rest in fields[place:]:
                    value = property_of(value, rest)
                return value
        return enter(value)

    return read_path
