"""变量: which variables an expression reads."""

from __future__ import annotations

from collections.abc import Iterable

from . import syntax
from .builtins import BUILTINS
from .scope import INPUT
from .syntax import walk

Trail = tuple[str, ...]


def free_paths(node: syntax.Node) -> dict[Trail, int]:
    """Return the variables a tree reads, each with the path below it, and where it does so.

    `applicant.age` gives ("applicant", "age"). Names inside a filter may be fields of its items;
    they are counted, since they may as well be variables.
    """
    found: dict[Trail, int] = {}
    _collect(node, frozenset({INPUT}), found)
    return found


def filter_names(node: syntax.Node) -> set[str]:
    """Return the names that stand inside filters, which need not be variables."""
    return {
        inner.name
        for part in walk(node)
        if isinstance(part, syntax.Filter)
        for inner in walk(part.condition)
        if isinstance(inner, syntax.Name)
    }


def _collect(node: syntax.Node, bound: frozenset[str], found: dict[Trail, int]) -> None:
    if isinstance(node, syntax.Name):
        _note((node.name,), node.position, bound, found)
    elif isinstance(node, syntax.Path):
        trail: list[str] = []
        base: syntax.Node = node
        while isinstance(base, syntax.Path):
            trail.append(base.name)
            base = base.base
        if isinstance(base, syntax.Name):
            _note((base.name, *reversed(trail)), base.position, bound, found)
        else:
            _collect(base, bound, found)
    elif isinstance(node, syntax.Call):
        function = node.function
        if not (isinstance(function, syntax.Name) and function.name in BUILTINS):
            _collect(function, bound, found)
        _collect_all(node.arguments, bound, found)
    elif isinstance(node, syntax.Filter):
        _collect(node.base, bound, found)
        _collect(node.condition, bound | {"item"}, found)
    elif isinstance(node, (syntax.For, syntax.Quantified)):
        inner = bound
        for iterator in node.iterators:
            _collect(iterator.source, inner, found)
            if iterator.until is not None:
                _collect(iterator.until, inner, found)
            inner = inner | {iterator.name}
        _collect(node.body, inner | {"partial"}, found)
    elif isinstance(node, syntax.Function):
        _collect(node.body, bound | {name for name, _ in node.parameters}, found)
    elif isinstance(node, syntax.ContextNode):
        inner = bound
        for key, value in node.entries:
            inner = inner | {key}
            _collect(value, inner, found)
    else:
        children = [getattr(node, name) for name in type(node).__dataclass_fields__]
        _collect_all(children, bound, found)


def _collect_all(nodes: Iterable[object], bound: frozenset[str], found: dict[Trail, int]) -> None:
    for node in nodes:
        if isinstance(node, tuple):
            _collect_all(node, bound, found)
        elif isinstance(node, syntax.Node) and not isinstance(node, syntax.TypeName):
            _collect(node, bound, found)


def _note(trail: Trail, position: int, bound: frozenset[str], found: dict[Trail, int]) -> None:
    if trail[0] not in bound:
        found.setdefault(trail, position)
