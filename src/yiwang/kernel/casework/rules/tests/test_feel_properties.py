"""Compiled FEEL against a plain evaluator of the tree, and trees against their printed form."""

from __future__ import annotations

import decimal
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.kernel.casework.rules.errors import FeelError
from yiwang.kernel.casework.rules.feel import compile as compile_feel
from yiwang.kernel.casework.rules.feel import syntax
from yiwang.kernel.casework.rules.feel.parser import parse_expression
from yiwang.kernel.casework.rules.feel.values import DECIMAL
from yiwang.kernel.casework.rules.tests.printer import show

NAMES = ("a", "b", "月收入", "full name")
FACTS = {"a": 3, "b": Decimal("-0.5"), "月收入": None, "full name": "李"}

numbers = st.decimals(0, 10**6, allow_nan=False, allow_infinity=False, places=2).map(
    lambda value: syntax.Literal(value)
)
leaves = st.one_of(
    numbers,
    st.sampled_from([None, True, False]).map(syntax.Literal),
    st.text('ab"\\\n中🐎', max_size=4).map(syntax.Literal),
    st.sampled_from(NAMES).map(syntax.Name),
)


def _operators(children: st.SearchStrategy[syntax.Node]) -> st.SearchStrategy[syntax.Node]:
    return st.one_of(
        st.builds(syntax.Arithmetic, st.sampled_from(["+", "-", "*", "/"]), children, children),
        st.builds(
            syntax.Compare, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), children, children
        ),
        st.builds(syntax.Logic, st.sampled_from(["and", "or"]), children, children),
        st.builds(syntax.If, children, children, children),
        st.builds(syntax.Between, children, children, children),
        st.builds(syntax.Negate, children),
    )


def _shapes(children: st.SearchStrategy[syntax.Node]) -> st.SearchStrategy[syntax.Node]:
    pairs = st.lists(children, max_size=3).map(tuple)
    return st.one_of(
        _operators(children),
        pairs.map(syntax.ListNode),
        st.builds(syntax.Path, st.sampled_from(NAMES).map(syntax.Name), st.just("age")),
        st.builds(syntax.Filter, pairs.map(syntax.ListNode), children),
        st.builds(syntax.RangeNode, numbers, numbers, st.booleans(), st.booleans()),
        st.builds(syntax.Call, st.just(syntax.Name("string length")), pairs),
        st.builds(syntax.For, st.just((syntax.Iterator("i", syntax.Name("a")),)), children),
        children.map(lambda child: syntax.ContextNode((("k", child),))),
        st.builds(syntax.In, children, st.lists(children, min_size=1, max_size=2).map(tuple)),
    )


expressions = st.recursive(leaves, _operators, max_leaves=12)
trees = st.recursive(leaves, _shapes, max_leaves=12)


def evaluate(node: syntax.Node) -> Any:
    """Evaluate a tree step by step: the meaning the compiled form must have."""
    match node:
        case syntax.Literal(value=value):
            return value
        case syntax.Name(name=name):
            return FACTS[name]
        case syntax.Negate(operand=operand):
            value = evaluate(operand)
            return Decimal(value).copy_negate() if _number(value) else None
        case syntax.If(condition=condition, yes=yes, no=no):
            return evaluate(yes) if evaluate(condition) is True else evaluate(no)
        case syntax.Between(value=value, low=low, high=high):
            parts = [
                _compared(">=", evaluate(value), evaluate(low)),
                _compared("<=", evaluate(value), evaluate(high)),
            ]
            return None if None in parts else all(parts)
        case syntax.Logic(op=op, left=left, right=right):
            sides = [evaluate(left), evaluate(right)]
            decisive = op == "or"
            if any(side is decisive for side in sides):
                return decisive
            return (not decisive) if all(side is (not decisive) for side in sides) else None
        case syntax.Compare(op=op, left=left, right=right):
            return _compared(op, evaluate(left), evaluate(right))
        case syntax.Arithmetic(op=op, left=left, right=right):
            return _calculated(op, evaluate(left), evaluate(right))
    raise AssertionError(type(node))


def _number(value: Any) -> bool:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def _calculated(op: str, left: Any, right: Any) -> Any:
    if isinstance(left, str) and isinstance(right, str):
        return left + right if op == "+" else None
    if not (_number(left) and _number(right)):
        return None
    with decimal.localcontext(DECIMAL):
        a, b = Decimal(left), Decimal(right)
        if op == "/":
            return a / b if b else None
        return {"+": a + b, "-": a - b, "*": a * b}[op]


def _compared(op: str, left: Any, right: Any) -> bool | None:
    equality = op in ("=", "!=")
    if equality and (left is None or right is None):
        return (left is right) == (op == "=")
    same_kind = (_number(left) and _number(right)) or (
        type(left) is type(right) and isinstance(left, (str, bool))
    )
    if not same_kind or (isinstance(left, bool) and not equality):
        return None
    return {
        "=": left == right,
        "!=": left != right,
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
    }[op]


@settings(max_examples=400, deadline=None)
@given(expressions)
def test_compiled_expression_means_what_its_tree_means(tree):
    expected = evaluate(tree)
    actual = compile_feel(show(tree), names=NAMES)(FACTS)
    assert actual == expected
    assert isinstance(actual, bool) is isinstance(expected, bool)


@settings(max_examples=400, deadline=None)
@given(trees)
def test_printed_tree_reads_back_as_the_same_tree(tree):
    assert parse_expression(show(tree)) == tree


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet='ab1.,()[]{}"<>=+-*/ \n@中，?:', max_size=30))
def test_any_text_compiles_or_gives_a_feel_error_inside_the_text(text):
    try:
        compile_feel(text)
    except FeelError as error:
        assert 0 <= error.position <= len(text)
        assert error.reason.zh
        assert error.reason.en
        assert error.mend.zh


@given(st.integers(-(10**9), 10**9), st.integers(-(10**6), 10**6))
def test_integers_divide_as_decimals(a, b):
    result = compile_feel("a / b")({"a": a, "b": b})
    assert result == (DECIMAL.divide(a, b) if b else None)
