"""Prints a tree as FEEL again, so tests can read back what they built."""

from __future__ import annotations

from decimal import Decimal

from yiwang.kernel.casework.rules.feel import syntax
from yiwang.kernel.casework.rules.feel.lexer import quote

_LEVELS = {"or": 1, "and": 2, "=": 3, "!=": 3, "<": 3, "<=": 3, ">": 3, ">=": 3}
_LEVELS |= {"+": 4, "-": 4, "*": 5, "/": 5, "**": 6}


def show(node: syntax.Node, least: int = 0) -> str:
    """Return FEEL text that parses to `node`, in brackets where its operator binds less."""
    if isinstance(node, (syntax.Arithmetic, syntax.Compare, syntax.Logic)):
        level = _LEVELS[node.op]
        text = f"{show(node.left, level)} {node.op} {show(node.right, level + 1)}"
        return f"({text})" if level < least else text
    if isinstance(node, (syntax.If, syntax.For, syntax.Quantified, syntax.Between, syntax.In)):
        return f"({_wide(node)})"
    if isinstance(node, syntax.Negate):
        return f"-{show(node.operand, 7)}"
    return _narrow(node)


def _wide(node: syntax.Node) -> str:
    if isinstance(node, syntax.If):
        return f"if {show(node.condition)} then {show(node.yes)} else {show(node.no)}"
    if isinstance(node, syntax.Between):
        return f"{show(node.value, 4)} between {show(node.low, 4)} and {show(node.high, 4)}"
    if isinstance(node, syntax.In):
        return f"{show(node.value, 4)} in ({', '.join(show(test) for test in node.tests)})"
    iterators = ", ".join(
        f"{i.name} in {show(i.source)}" + (f"..{show(i.until, 4)}" if i.until else "")
        for i in node.iterators
    )
    if isinstance(node, syntax.For):
        return f"for {iterators} return {show(node.body)}"
    return f"{node.kind} {iterators} satisfies {show(node.body)}"


def _narrow(node: syntax.Node) -> str:
    match node:
        case syntax.Literal(value=None):
            return "null"
        case syntax.Literal(value=bool() as value):
            return "true" if value else "false"
        case syntax.Literal(value=str() as value):
            return quote(value)
        case syntax.Literal(value=Decimal() as value):
            return format(value, "f")
        case syntax.Name(name=name):
            return name
        case syntax.Path(base=base, name=name):
            return f"{show(base, 8)}.{name}"
        case syntax.Filter(base=base, condition=condition):
            return f"{show(base, 8)}[{show(condition)}]"
        case syntax.ListNode(items=items):
            return f"[{', '.join(show(item) for item in items)}]"
        case syntax.ContextNode(entries=entries):
            return "{" + ", ".join(f"{quote(k)}: {show(v)}" for k, v in entries) + "}"
        case syntax.Call(function=function, arguments=arguments):
            return f"{show(function, 8)}({', '.join(show(a) for a in arguments)})"
        case syntax.RangeNode():
            start, end = "[" if node.low_closed else "(", "]" if node.high_closed else ")"
            return f"{start}{show(node.low, 4)}..{show(node.high, 4)}{end}"
    raise AssertionError(f"the tests do not build {type(node).__name__}")
