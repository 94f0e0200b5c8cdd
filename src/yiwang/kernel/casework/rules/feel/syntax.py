"""语法树: the nodes of a parsed FEEL expression.

Nodes compare by structure; `position` (offset in the text) takes no part, so a tree equals the
tree of its own printed form.
"""

from __future__ import annotations

from collections.abc import Iterator as Iterating
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Node:
    """Any node; `position` is its offset in the source text."""

    position: int = field(default=0, compare=False, kw_only=True)


@dataclass(slots=True)
class Literal(Node):
    """null, a boolean, a number or a string."""

    value: Any


@dataclass(slots=True)
class AtLiteral(Node):
    """@"2026-01-01": a date, time, date and time or duration."""

    text: str


@dataclass(slots=True)
class Name(Node):
    """A variable or function, its parts joined as written in the scope."""

    name: str


@dataclass(slots=True)
class Path(Node):
    """base.name."""

    base: Node
    name: str


@dataclass(slots=True)
class Filter(Node):
    """base[condition], also the indexing of lists."""

    base: Node
    condition: Node


@dataclass(slots=True)
class Call(Node):
    """function(arguments); `names` is None when the arguments are positional."""

    function: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...] | None = None


@dataclass(slots=True)
class Negate(Node):
    """-operand."""

    operand: Node


@dataclass(slots=True)
class Arithmetic(Node):
    """left op right with op one of + - * / **."""

    op: str
    left: Node
    right: Node


@dataclass(slots=True)
class Compare(Node):
    """left op right with op one of = != < <= > >=."""

    op: str
    left: Node
    right: Node


@dataclass(slots=True)
class Logic(Node):
    """left op right with op `and` or `or`, in three-valued logic."""

    op: str
    left: Node
    right: Node


@dataclass(slots=True)
class Between(Node):
    """value between low and high."""

    value: Node
    low: Node
    high: Node


@dataclass(slots=True)
class In(Node):
    """value in tests."""

    value: Node
    tests: tuple[Node, ...]


@dataclass(slots=True)
class TypeName(Node):
    """A type as written: its name and the parts in angle brackets.

    `fields` holds (name, type) for `context<...>`; `arguments` the element types of list and
    range and the parameters of a function, whose result is `result`.
    """

    name: str
    arguments: tuple[TypeName, ...] = ()
    fields: tuple[tuple[str, TypeName], ...] = ()
    result: TypeName | None = None


@dataclass(slots=True)
class InstanceOf(Node):
    """value instance of type."""

    value: Node
    type: TypeName


@dataclass(slots=True)
class If(Node):
    """if condition then yes else no."""

    condition: Node
    yes: Node
    no: Node


@dataclass(slots=True)
class Iterator(Node):
    """name in source, or name in source..until."""

    name: str
    source: Node
    until: Node | None = None


@dataclass(slots=True)
class For(Node):
    """for iterators return body."""

    iterators: tuple[Iterator, ...]
    body: Node


@dataclass(slots=True)
class Quantified(Node):
    """some|every iterators satisfies body."""

    kind: str
    iterators: tuple[Iterator, ...]
    body: Node


@dataclass(slots=True)
class Function(Node):
    """function(parameters) body; an external body is never run."""

    parameters: tuple[tuple[str, TypeName | None], ...]
    body: Node
    external: bool = False


@dataclass(slots=True)
class ListNode(Node):
    """[items]."""

    items: tuple[Node, ...]


@dataclass(slots=True)
class ContextNode(Node):
    """{key: value, ...}; an entry sees the entries before it."""

    entries: tuple[tuple[str, Node], ...]


@dataclass(slots=True)
class RangeNode(Node):
    """[low..high] with `(` or `]` for an open start and `)` or `[` for an open end."""

    low: Node
    high: Node
    low_closed: bool
    high_closed: bool


@dataclass(slots=True)
class OpenRange(Node):
    """op operand without a left side: `< 18` in a cell, `(< 18)` as a value."""

    op: str
    operand: Node


@dataclass(slots=True)
class UnaryTests(Node):
    """The text of an input cell: any of `tests`, or none of them when `negated`; `-` has none."""

    tests: tuple[Node, ...]
    negated: bool = False


def walk(node: Any) -> Iterating[Node]:
    """Give every node of a tree, the root first."""
    pending: list[Any] = [node]
    while pending:
        found = pending.pop()
        if isinstance(found, tuple):
            pending.extend(reversed(found))
        elif isinstance(found, Node):
            yield found
            pending.extend(getattr(found, name) for name in reversed(_FIELDS[type(found)]))


_FIELDS = {
    kind: tuple(kind.__dataclass_fields__)
    for kind in globals().values()
    if isinstance(kind, type) and issubclass(kind, Node)
}
