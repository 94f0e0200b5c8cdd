"""即时显隐: the part of a FEEL condition that a page can follow while the person answers.

The server decides with FEEL at every step; this only spares a round trip where the condition
compares answers of the same page with fixed values. The rules are those of ``data-show-when``
(see the README of ``kernel.ui``).
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from yiwang.kernel.casework.rules import feel
from yiwang.kernel.casework.rules.feel import syntax

__all__ = ["live_rule"]

Rule = dict[str, Any]


def live_rule(condition: str, names: Mapping[tuple[str, str], str]) -> Rule | None:
    """Return the rule of a condition, or None when the page alone cannot decide it.

    ``names`` maps what the condition calls an answer, such as ``("circumstances", "alone")``, to
    the name of its control on the page.
    """
    return _rule(_tree(condition), names)


@lru_cache(maxsize=1024)
def _tree(condition: str) -> syntax.Node:
    return feel.compile(condition).tree


def _rule(node: syntax.Node, names: Mapping[tuple[str, str], str]) -> Rule | None:
    match node:
        case syntax.Logic(op=op, left=left, right=right):
            parts = [_rule(left, names), _rule(right, names)]
            if None in parts:
                return None
            return {"all" if op == "and" else "any": parts}
        case syntax.Call(function=syntax.Name(name="not"), arguments=(operand,)):
            inner = _rule(operand, names)
            return None if inner is None else {"not": inner}
        case syntax.Compare(op="=" | "!=" as op, left=left, right=right):
            return _comparison(op, left, right, names) or _comparison(op, right, left, names)
    return None


def _comparison(
    op: str, answer: syntax.Node, fixed: syntax.Node, names: Mapping[tuple[str, str], str]
) -> Rule | None:
    match answer:
        case syntax.Path(base=syntax.Name(name=section), name=key):
            control = names.get((section, key))
        case _:
            control = None
    if control is None or not isinstance(fixed, syntax.Literal):
        return None
    written = _written(fixed.value)
    if written is None:
        return None
    rule = {"field": control, "equals": written}
    return rule if op == "=" else {"not": rule}


def _written(value: Any) -> str | None:
    """Return a value as a control of a form sends it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return str(value)
    return None
