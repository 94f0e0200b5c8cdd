"""依据采集: which facts and parameters each rule reads, worked out when a table is compiled."""

from __future__ import annotations

import datetime as py
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .decisions import ParameterUse, Trace
from .definition import TableSpec
from .feel import Expression, syntax
from .feel.compiler import Compiler
from .feel.names import Trail, filter_names, free_paths
from .parsing import Parsed

PARAMETERS = "parameters"
Facts = Mapping[str, Any]
Reads = tuple[tuple[str, Callable[[Facts], Any]], ...]


class TracePlan:
    """Makes the traces of one table.

    `scope_names` are the variables that cells, outputs and defaults read. A trace names the
    inputs, then the facts inside inputs that are more than a plain path, then the facts that
    only the matched rules read.
    """

    def __init__(self, spec: TableSpec, parsed: Parsed, uses: Mapping[str, ParameterUse]) -> None:
        self._rules = spec.rules
        self._uses = uses
        self._input_names = tuple(item.name for item in spec.inputs)
        plain = {_plain_trail(tree) for tree in parsed.inputs}
        reading = _Reading()
        inside, input_uses, _ = reading.of(parsed.inputs)
        self._inside = _reads(inside - plain)
        self._rule_reads: list[Reads] = []
        self._rule_uses: list[tuple[ParameterUse, ...]] = []
        names: set[str] = set()
        for when, then in zip(parsed.when, parsed.then, strict=True):
            facts, used, roots = reading.of([*when, *then])
            names |= roots
            self._rule_reads.append(_reads(facts - inside))
            self._rule_uses.append(
                tuple(uses[name] for name in sorted(used | input_uses) if name in uses)
            )
        names |= reading.of(tree for tree in parsed.defaults if tree is not None)[2]
        self.scope_names = tuple(sorted(names))

    def trace(
        self, facts: Facts, values: list[Any], places: tuple[int, ...], on: py.date | None
    ) -> Trace:
        """Return the trace of a decision on `facts` by the rules at `places`."""
        read = tuple(zip(self._input_names, values, strict=True))
        if self._inside:
            read += tuple((name, reader(facts)) for name, reader in self._inside)
        if len(places) == 1:
            place = places[0]
            extra = self._rule_reads[place]
            if extra:
                read += tuple((name, reader(facts)) for name, reader in extra)
            return Trace(read, (self._rules[place],), self._rule_uses[place], on)
        seen: dict[str, Callable[[Facts], Any]] = {}
        # Without a match every rule was tried, so every parameter had its part.
        uses = {} if places else dict(self._uses)
        for place in places:
            seen.update(self._rule_reads[place])
            uses.update({use.parameter.name: use for use in self._rule_uses[place]})
        read += tuple((name, reader(facts)) for name, reader in seen.items())
        return Trace(read, tuple(self._rules[place] for place in places), tuple(uses.values()), on)


def _plain_trail(tree: syntax.Node) -> Trail:
    """Return the path an input consists of, () when it is more than a path."""
    trail: list[str] = []
    while isinstance(tree, syntax.Path):
        trail.append(tree.name)
        tree = tree.base
    return (tree.name, *reversed(trail)) if isinstance(tree, syntax.Name) else ()


class _Reading:
    """What trees read; a tree that stands in several cells is looked at once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[set[Trail], set[str], set[str]]] = {}

    def of(self, trees: Iterable[syntax.Node]) -> tuple[set[Trail], set[str], set[str]]:
        """Return the facts, the parameters and all variables that any of the trees reads.

        Names in a filter may be fields of its items, so they are variables but no sure facts.
        """
        facts: set[Trail] = set()
        parameters: set[str] = set()
        roots: set[str] = set()
        for tree in trees:
            known = self._known.get(id(tree))
            if known is None:
                known = self._known[id(tree)] = self._read(tree)
            facts |= known[0]
            parameters |= known[1]
            roots |= known[2]
        return facts, parameters, roots

    def _read(self, tree: syntax.Node) -> tuple[set[Trail], set[str], set[str]]:
        trails = set(free_paths(tree))
        if not trails:
            return set(), set(), set()
        doubtful = filter_names(tree)
        own = {trail for trail in trails if trail[0] != PARAMETERS}
        return (
            {trail for trail in own if trail[0] not in doubtful},
            {trail[1] for trail in trails - own if len(trail) > 1},
            {trail[0] for trail in own},
        )


def _reads(trails: set[Trail]) -> Reads:
    return tuple((".".join(trail), _reader(trail)) for trail in sorted(trails))


def _reader(trail: Trail) -> Callable[[Facts], Any]:
    tree: syntax.Node = syntax.Name(trail[0])
    for name in trail[1:]:
        tree = syntax.Path(tree, name)
    return Expression(".".join(trail), tree, Compiler().compile(tree)).read
