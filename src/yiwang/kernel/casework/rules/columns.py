"""条件列: one input column of a decision table, compiled to a look-up of matching rules.

The rules whose cell a value passes are the set bits of an int. Where all cells of a column are
constant, the values fall into finitely many atoms: each bound that occurs, and the gaps between
them. One bit mask per atom is worked out when the table is compiled, so deciding costs one
bisection or dict look-up per column, however many rules there are. Cells that read other facts
are evaluated one by one and their bits added.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .feel import syntax
from .feel.compiler import Compiler, reads_input
from .feel.scope import INPUT, Constant, LocalScope, Run
from .feel.values import Range, sort_key

# The kinds whose equality and order agree and whose bounds can be looked up.
_INDEXED = frozenset(
    {"number", "string", "boolean", "date", "days and time duration", "years and months duration"}
)
_PYTHON_KINDS: dict[str, frozenset[type]] = {
    "number": frozenset({Decimal, int}),
    "string": frozenset({str}),
    "boolean": frozenset({bool}),
}
Scope = Mapping[str, Any]


class NotConstant(Exception):
    """The cell is no set of constants of one kind."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A set of values: those between `low` and `high`, or all others when `excluded`.

    None as a bound means without end.
    """

    low: Any
    high: Any
    low_closed: bool = True
    high_closed: bool = True
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its text, its tree and its closure over the scope with the tested value in `?`."""

    text: str
    tree: syntax.UnaryTests
    run: Run


@dataclass(frozen=True, slots=True)
class Atom:
    """A set of input values no cell of the column tells apart; `point` has low = high.

    `mask` holds the constant rules that match, None when the value is not allowed.
    """

    low: Any
    high: Any
    point: bool
    mask: int | None


def compile_cell(text: str, tree: syntax.UnaryTests, compiler: Compiler) -> Cell:
    """Return the compiled cell."""
    return Cell(text, tree, compiler.tests(tree))


def kind_and_key(value: Any) -> tuple[str, Any] | None:
    """Return the kind of a value and the key to look it up by, None for what is not indexed."""
    if type(value) is bool:
        return "boolean", value
    found = sort_key(value)
    return found if found is not None and found[0] in _INDEXED else None


def pieces_of(tree: syntax.UnaryTests, compiler: Compiler) -> tuple[str, list[Piece]]:
    """Return the kind and the pieces of a cell of constants.

    :raises NotConstant: the cell reads facts, mixes kinds or holds values without order.
    """
    kinds: set[str] = set()
    pieces: list[Piece] = []
    for test in tree.tests:
        for value in _flattened(_constant_of(test, compiler)):
            pieces.append(_piece(value, kinds))
    if len(kinds) != 1 or (tree.negated and any(piece.excluded for piece in pieces)):
        raise NotConstant
    return kinds.pop(), pieces


def _constant_of(test: syntax.Node, compiler: Compiler) -> Any:
    if reads_input(test):
        raise NotConstant
    run = compiler.compile(test)
    if not isinstance(run, Constant) or run.value is None:
        raise NotConstant
    return run.value


def _flattened(value: Any) -> list[Any]:
    return value if type(value) is list else [value]


def _piece(value: Any, kinds: set[str]) -> Piece:
    def key(bound: Any) -> Any:
        found = kind_and_key(bound)
        if found is None or (type(value) is Range and found[0] == "boolean"):
            raise NotConstant
        kinds.add(found[0])
        return found[1]

    if type(value) is not Range:
        point = key(value)
        return Piece(point, point)
    if value.op in ("=", "!="):
        point = key(value.low)
        return Piece(point, point, excluded=value.op == "!=")
    if not value.op and (value.low is None or value.high is None):
        raise NotConstant
    low = key(value.low) if value.low is not None else None
    high = key(value.high) if value.high is not None else None
    return Piece(low, high, value.low_closed, value.high_closed)


class Column:
    """A compiled column: `mask(value, scope)` gives the bits of the rules the value passes.

    `atoms` is empty unless every cell is constant; `allowed` restricts the values (None in a
    mask means not allowed).
    """

    __slots__ = ("_compiler", "_dynamic", "_keys", "_masks", "atoms", "cells", "kind", "mask")

    def __init__(self, cells: Sequence[Cell], allowed: Cell | None, compiler: Compiler) -> None:
        self.cells = tuple(cells)
        self.atoms: tuple[Atom, ...] = ()
        self.kind = ""
        self._compiler = compiler
        groups: dict[str, tuple[Cell, int]] = {}
        for number, cell in enumerate(cells):
            known = groups.get(cell.text)
            groups[cell.text] = (cell, (known[1] if known else 0) | 1 << number)
        always = 0
        constant: list[tuple[Cell, int, list[Piece]]] = []
        dynamic: list[tuple[Run, int]] = []
        limits: list[Piece] | None = None
        if allowed is not None:
            self.kind, limits = pieces_of(allowed.tree, compiler)
        for cell, bits in groups.values():
            if not cell.tree.tests:
                always |= bits
                continue
            try:
                kind, pieces = pieces_of(cell.tree, compiler)
            except NotConstant:
                kind, pieces = "", []
            if kind and self.kind in ("", kind):
                self.kind = kind
                constant.append((cell, bits, pieces))
            else:
                dynamic.append((cell.run, bits))
        self._dynamic = tuple(dynamic)
        self._build(always, constant, limits)
        self.mask = self._lookup(always, tuple((cell.run, bits) for cell, bits, _ in constant))

    def _build(
        self,
        always: int,
        constant: list[tuple[Cell, int, list[Piece]]],
        limits: list[Piece] | None,
    ) -> None:
        sets = [pieces for _, _, pieces in constant] + ([limits] if limits is not None else [])
        bounds = {
            bound
            for pieces in sets
            for piece in pieces
            for bound in (piece.low, piece.high)
            if bound is not None
        }
        keys = sorted(bounds)
        place = {key: index for index, key in enumerate(keys)}
        count = 2 * len(keys) + 1
        masks: list[int | None] = [always] * count
        for cell, bits, pieces in constant:
            inside = _members(pieces, place, count)
            for atom in range(count):
                if inside[atom] is not cell.tree.negated:
                    masks[atom] = (masks[atom] or 0) | bits
        if limits is not None:
            inside = _members(limits, place, count)
            masks = [mask if inside[atom] else None for atom, mask in enumerate(masks)]
        self._keys, self._masks = keys, masks
        if not self._dynamic:
            self.atoms = tuple(
                Atom(
                    keys[(index - 1) // 2] if index > 0 else None,
                    keys[index // 2] if index < count - 1 else None,
                    index % 2 == 1,
                    mask,
                )
                for index, mask in enumerate(masks)
            )

    @property
    def dynamic(self) -> bool:
        """Return whether any cell reads other facts or cannot be looked up."""
        return bool(self._dynamic)

    def atom_of(self, value: Any) -> int | None:
        """Return the place in `atoms` of a value, None when it is of another kind."""
        found = kind_and_key(value)
        if found is None or found[0] != self.kind or not self.atoms:
            return None
        index = bisect_left(self._keys, found[1])
        return 2 * index + (index < len(self._keys) and self._keys[index] == found[1])

    def _lookup(
        self, always: int, constant: tuple[tuple[Run, int], ...]
    ) -> Callable[[Any, Scope], int | None]:
        other = _evaluated(always, constant + self._dynamic)
        if not constant and not any(mask is None for mask in self._masks):
            return other if self._dynamic else lambda value, scope: always
        base = self._indexed(other)
        if not self._dynamic:
            return base
        extra = _evaluated(0, self._dynamic)

        def mask(value: Any, scope: Scope) -> int | None:
            known = base(value, scope)
            return None if known is None else known | (extra(value, scope) or 0)

        return mask

    def _indexed(
        self, other: Callable[[Any, Scope], int | None]
    ) -> Callable[[Any, Scope], int | None]:
        keys, masks, kind = self._keys, self._masks, self.kind
        size = len(keys)
        gaps = set(masks[::2])
        if len(gaps) == 1 and kind in ("string", "boolean", "number"):
            outside = gaps.pop()
            by_key = dict(zip(keys, masks[1::2], strict=True))
            get = by_key.get
            wanted = _PYTHON_KINDS[kind]

            def by_value(value: Any, scope: Scope) -> int | None:
                if type(value) in wanted:
                    return get(value, outside)
                return other(value, scope)

            return by_value
        if kind == "number":

            def by_number(value: Any, scope: Scope) -> int | None:
                if type(value) in _PYTHON_KINDS["number"]:
                    index = bisect_left(keys, value)
                    if index < size and keys[index] == value:
                        return masks[2 * index + 1]
                    return masks[2 * index]
                return other(value, scope)

            return by_number

        def by_order(value: Any, scope: Scope) -> int | None:
            found = kind_and_key(value)
            if found is None or found[0] != kind:
                return other(value, scope)
            index = bisect_left(keys, found[1])
            if index < size and keys[index] == found[1]:
                return masks[2 * index + 1]
            return masks[2 * index]

        return by_order


def _evaluated(
    always: int, runs: tuple[tuple[Run, int], ...]
) -> Callable[[Any, Scope], int | None]:
    def mask(value: Any, scope: Scope) -> int | None:
        local = LocalScope(scope, {INPUT: value})
        found = always
        for run, bits in runs:
            if run(local) is True:
                found |= bits
        return found

    return mask


def _members(pieces: list[Piece], place: Mapping[Any, int], count: int) -> list[bool]:
    inside = [False] * count
    for piece in pieces:
        first = 0
        if piece.low is not None:
            first = 2 * place[piece.low] + (1 if piece.low_closed else 2)
        last = count - 1
        if piece.high is not None:
            last = 2 * place[piece.high] + (1 if piece.high_closed else 0)
        for atom in range(count):
            if (first <= atom <= last) is not piece.excluded:
                inside[atom] = True
    return inside
