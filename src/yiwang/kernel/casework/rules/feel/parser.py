"""语法分析: reads FEEL expressions and unary tests into the nodes of `syntax`.

A FEEL name may hold spaces, operators and keywords (`Monthly income - costs`). Names given to the
parser are matched longest first; any other run of adjacent words is one name, which no legal
FEEL text can mean otherwise. Source: OMG DMN 1.5 clause 10.3.1.
"""

from __future__ import annotations

import re
from decimal import Decimal, DecimalException

from yiwang.kernel.casework.rules.errors import FeelError, Words

from . import syntax
from .lexer import NameIndex, Token, tokenize, unquote
from .temporal import parse_temporal
from .values import DECIMAL

MAX_NESTING = 60
# Brackets and operators of one expression that may lie inside each other; bounds recursion.
MAX_DEPTH = 120
FULL_WIDTH = frozenset("，。：；（）＜＞＝【】“”‘’、！")
_PRECEDENCE = {
    "or": 1,
    "and": 2,
    "=": 3,
    "!=": 3,
    "<": 3,
    "<=": 3,
    ">": 3,
    ">=": 3,
    "between": 3,
    "in": 3,
    "+": 4,
    "-": 4,
    "*": 5,
    "/": 5,
    "**": 6,
}
_COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_STOPS = frozenset(
    {"and", "or", "between", "in", "instance", "then", "else", "return", "satisfies"}
)
_NAME_SIGNS = frozenset("-+*/'.")
_NO_OPERAND = _COMPARISONS | {")", "]", "[", "}", ",", "", ".."}
_SPACES = re.compile(r"\s+")
_CONSTANTS = {"true": True, "false": False, "null": None}


_BUILTIN_NAMES = NameIndex(["date and time", "years and months duration"])


def parse_expression(text: str, names: NameIndex | None = None) -> syntax.Node:
    """Return the tree of a FEEL expression.

    :raises FeelError: the text is not FEEL.
    """
    parser = _Parser(text, names)
    node = parser.expression()
    parser.expect_end()
    return node


def parse_unary_tests(text: str, names: NameIndex | None = None) -> syntax.UnaryTests:
    """Return the tree of an input cell: `-`, tests joined by commas, or not(tests).

    :raises FeelError: the text holds no unary tests.
    """
    parser = _Parser(text, names)
    tests = parser.unary_tests()
    parser.expect_end()
    return tests


class _Parser:
    def __init__(self, text: str, names: NameIndex | None) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.index = 0
        self.token = self.tokens[0]
        self.names = names
        self.local_names = NameIndex()
        self.depth = 0
        self.links = 0

    # -- reading tokens

    def advance(self) -> Token:
        token = self.token
        self.index += 1
        self.token = self.tokens[min(self.index, len(self.tokens) - 1)]
        return token

    def peek(self, ahead: int = 1) -> Token:
        return self.tokens[min(self.index + ahead, len(self.tokens) - 1)]

    def at(self, sign: str) -> bool:
        return self.token.text == sign and self.token.kind == "op"

    def at_word(self, word: str) -> bool:
        return self.token.text == word and self.token.kind == "name"

    def accept(self, sign: str) -> bool:
        if self.at(sign):
            self.advance()
            return True
        return False

    def expect(self, sign: str) -> None:
        if not (self.token.text == sign and self.token.kind in ("op", "name")):
            raise self.unexpected(f"“{sign}”", f'"{sign}"')
        self.advance()

    def expect_end(self) -> None:
        if self.token.kind != "end":
            raise self.unexpected("结束", "the end")

    def unexpected(self, wanted_zh: str, wanted_en: str) -> FeelError:
        found = self.token
        if any(sign in FULL_WIDTH for sign in self.text):
            mend = Words(
                "检查全角标点：运算符、括号、逗号和引号都用半角",
                "check for full-width punctuation: use ASCII signs",
            )
        else:
            mend = Words(
                "检查括号、引号和运算符；文字要加半角双引号",
                "check brackets, quotes and operators; put text in double quotes",
            )
        shown_zh = f"“{found.text}”" if found.text else "表达式末尾"
        shown_en = f'"{found.text}"' if found.text else "the end of the text"
        return FeelError(
            "syntax",
            self.text,
            found.start,
            Words(
                f"此处应为{wanted_zh}，却是{shown_zh}", f"expected {wanted_en}, found {shown_en}"
            ),
            mend,
        )

    # -- expressions

    def expression(self) -> syntax.Node:
        self.depth += 1
        self.check_depth()
        token = self.token
        node: syntax.Node | None = None
        if token.kind == "op" and token.text in _COMPARISONS:
            self.advance()
            node = syntax.OpenRange(token.text, self.binary(4), position=token.start)
        elif token.kind == "name":
            if token.text == "if":
                node = self.conditional()
            elif token.text == "for":
                node = self.loop()
            elif token.text in ("some", "every"):
                node = self.quantified()
        if node is None:
            node = self.binary(1)
        self.depth -= 1
        return node

    def check_depth(self) -> None:
        if self.depth > MAX_NESTING or self.depth + self.links > MAX_DEPTH:
            raise FeelError(
                "too-deep",
                self.text,
                self.token.start,
                Words("表达式太长或嵌套太深", "the expression is too long or nested too deeply"),
                Words("拆成几条表达式，或改用列表", "split it into several, or use a list"),
            )

    def binary(self, least: int) -> syntax.Node:
        left = self.unary()
        before = self.links
        while True:
            token = self.token
            precedence = 0
            if token.kind in ("op", "name"):
                precedence = _PRECEDENCE.get(token.text, 0)
            if precedence < least or precedence == 0:
                self.links = before
                return left
            self.advance()
            self.links += 1
            self.check_depth()
            left = self.continued(left, token, precedence)

    def continued(self, left: syntax.Node, token: Token, precedence: int) -> syntax.Node:
        op, start = token.text, token.start
        if op == "between":
            low = self.binary(4)
            self.expect("and")
            return syntax.Between(left, low, self.binary(4), position=start)
        if op == "in":
            return syntax.In(left, self.in_tests(), position=start)
        right = self.binary(precedence + 1)
        if precedence <= 2:
            return syntax.Logic(op, left, right, position=start)
        if precedence == 3:
            return syntax.Compare(op, left, right, position=start)
        return syntax.Arithmetic(op, left, right, position=start)

    def unary(self) -> syntax.Node:
        if self.at("-"):
            start = self.advance().start
            self.depth += 1
            self.check_depth()
            operand = self.unary()
            self.depth -= 1
            return syntax.Negate(operand, position=start)
        node = self.postfix(self.primary())
        while self.at_word("instance"):
            start = self.advance().start
            self.expect("of")
            node = syntax.InstanceOf(node, self.type_name(), position=start)
        return node

    def postfix(self, node: syntax.Node) -> syntax.Node:
        before = self.links
        while self.token.kind == "op":
            start = self.token.start
            self.links += 1
            self.check_depth()
            if self.at("."):
                self.advance()
                node = syntax.Path(node, self.name(), position=start)
            elif self.at("[") and self.opens_filter():
                self.advance()
                condition = self.expression()
                self.expect("]")
                node = syntax.Filter(node, condition, position=start)
            elif self.at("("):
                node = self.call(node)
            else:
                break
        self.links = before
        return node

    def opens_filter(self) -> bool:
        """Tell `list[...]` from the open end of a range such as `[1..10[`."""
        following = self.peek()
        if following.kind == "name":
            return following.text not in _STOPS
        return following.kind != "end" and not (
            following.kind == "op" and following.text in _NO_OPERAND - {"["}
        )

    def primary(self) -> syntax.Node:
        token = self.token
        start = token.start
        if token.kind == "number":
            self.advance()
            return syntax.Literal(self.number(token), position=start)
        if token.kind == "string":
            self.advance()
            return syntax.Literal(unquote(token.text), position=start)
        if token.kind == "at":
            self.advance()
            return syntax.AtLiteral(unquote(token.text[1:].lstrip()), position=start)
        if token.kind == "name":
            return self.word()
        if token.text == "(":
            self.advance()
            first = self.expression()
            if self.at(".."):
                return self.range_after(first, False, start)
            self.expect(")")
            return first
        if token.text == "[":
            return self.list_or_range()
        if token.text == "]":
            self.advance()
            first = self.binary(4)
            if not self.at(".."):
                raise self.unexpected("“..”", '".."')
            return self.range_after(first, False, start)
        if token.text == "{":
            return self.context()
        raise self.unexpected("数值、文字、名称或括号", "a value, a name or a bracket")

    def number(self, token: Token) -> Decimal:
        try:
            return DECIMAL.create_decimal(token.text)
        except DecimalException as error:
            raise FeelError(
                "number",
                self.text,
                token.start,
                Words("数值超出范围", "the number is out of range"),
                Words("数值须在 ±10 的 6144 次方以内", "numbers reach to 10 to the power of 6144"),
            ) from error

    def word(self) -> syntax.Node:
        token = self.token
        if token.text in _CONSTANTS and not self.known_name():
            self.advance()
            return syntax.Literal(_CONSTANTS[token.text], position=token.start)
        if token.text == "function" and self.peek().text == "(":
            return self.function()
        if token.text in ("if", "for", "some", "every") or (
            token.text in _STOPS and not self.known_name()
        ):
            if token.text in ("if", "for", "some", "every"):
                return self.expression()
            raise self.unexpected("数值、文字、名称或括号", "a value, a name or a bracket")
        return syntax.Name(self.name(), position=token.start)

    def known_name(self) -> tuple[int, str] | None:
        best = self.local_names.match(self.tokens, self.index)
        if self.names is not None:
            other = self.names.match(self.tokens, self.index)
            if other is not None and (best is None or other[0] > best[0]):
                best = other
        if best is None:
            best = _BUILTIN_NAMES.match(self.tokens, self.index)
            if best is not None and self.peek(best[0]).text != "(":
                best = None
        return best

    def name(self) -> str:
        """Read one name: the longest known one, else all adjacent words."""
        token = self.token
        if token.kind != "name":
            raise self.unexpected("名称", "a name")
        count = 1
        while True:
            following = self.peek(count)
            if following.kind != "name" or following.text in _STOPS:
                break
            count += 1
        if count == 1 and self.peek().text in ("(", ")", ",", "]", "=", "<", ">", ""):
            self.advance()
            return token.text
        known = self.known_name()
        if known is not None and known[0] >= count:
            for _ in range(known[0]):
                self.advance()
            return known[1]
        words = [self.advance().text for _ in range(count)]
        return " ".join(words)

    def name_before(self, ends: tuple[str, ...]) -> str | None:
        """Read a declared name that ends before one of `ends`; None when none stands here."""
        count = 0
        while True:
            following = self.peek(count)
            if count and following.text in ends and following.kind in ("op", "name"):
                break
            if following.kind not in ("name", "number") and following.text not in _NAME_SIGNS:
                return None
            if following.kind == "end" or (count == 0 and following.kind != "name"):
                return None
            count += 1
        start = self.token.start
        end = self.peek(count).start
        for _ in range(count):
            self.advance()
        name = _SPACES.sub(" ", self.text[start:end].strip())
        if count > 1:
            self.local_names.add(name)
        return name

    # -- brackets

    def range_after(self, low: syntax.Node, low_closed: bool, start: int) -> syntax.Node:
        self.expect("..")
        high = self.binary(4)
        if self.token.kind != "op" or self.token.text not in ("]", ")", "["):
            raise self.unexpected("“]”或“)”", '"]" or ")"')
        high_closed = self.advance().text == "]"
        return syntax.RangeNode(low, high, low_closed, high_closed, position=start)

    def list_or_range(self) -> syntax.Node:
        start = self.advance().start
        if self.accept("]"):
            return syntax.ListNode((), position=start)
        items = [self.expression()]
        if self.at(".."):
            return self.range_after(items[0], True, start)
        while self.accept(","):
            items.append(self.expression())
        self.expect("]")
        return syntax.ListNode(tuple(items), position=start)

    def context(self) -> syntax.Node:
        start = self.advance().start
        entries: list[tuple[str, syntax.Node]] = []
        while not self.at("}"):
            if entries:
                self.expect(",")
            if self.token.kind == "string":
                key: str | None = unquote(self.advance().text)
                self.local_names.add(key or "")
            else:
                key = self.name_before((":",))
            if key is None:
                raise self.unexpected("条目名称", "the name of an entry")
            self.expect(":")
            entries.append((key, self.expression()))
        self.expect("}")
        return syntax.ContextNode(tuple(entries), position=start)

    def call(self, function: syntax.Node) -> syntax.Node:
        start = self.advance().start
        arguments: list[syntax.Node] = []
        names: list[str] = []
        while not self.at(")"):
            if arguments:
                self.expect(",")
            name = self.name_before((":",)) if self.token.kind == "name" else None
            if name is not None:
                self.expect(":")
                names.append(name)
            arguments.append(self.expression())
            if names and len(names) != len(arguments):
                raise self.unexpected("每个参数的名称", "a name for every argument")
        self.expect(")")
        return syntax.Call(
            function, tuple(arguments), tuple(names) if names else None, position=start
        )

    def function(self) -> syntax.Node:
        start = self.advance().start
        self.expect("(")
        parameters: list[tuple[str, syntax.TypeName | None]] = []
        while not self.at(")"):
            if parameters:
                self.expect(",")
            name = self.name_before((",", ")", ":"))
            if name is None:
                raise self.unexpected("参数名称", "the name of a parameter")
            parameters.append((name, self.type_name() if self.accept(":") else None))
        self.expect(")")
        external = self.at_word("external")
        if external:
            self.advance()
        return syntax.Function(tuple(parameters), self.expression(), external, position=start)

    # -- keywords

    def conditional(self) -> syntax.Node:
        start = self.advance().start
        condition = self.expression()
        self.expect("then")
        yes = self.expression()
        self.expect("else")
        return syntax.If(condition, yes, self.expression(), position=start)

    def iterators(self) -> tuple[syntax.Iterator, ...]:
        found: list[syntax.Iterator] = []
        while not found or self.accept(","):
            start = self.token.start
            name = self.name_before(("in",))
            if name is None:
                raise self.unexpected("循环变量", "the name of a loop variable")
            self.expect("in")
            source = self.expression()
            until = self.binary(4) if self.accept("..") else None
            found.append(syntax.Iterator(name, source, until, position=start))
        return tuple(found)

    def loop(self) -> syntax.Node:
        start = self.advance().start
        iterators = self.iterators()
        self.expect("return")
        return syntax.For(iterators, self.expression(), position=start)

    def quantified(self) -> syntax.Node:
        token = self.advance()
        iterators = self.iterators()
        self.expect("satisfies")
        return syntax.Quantified(token.text, iterators, self.expression(), position=token.start)

    # -- tests and types

    def in_tests(self) -> tuple[syntax.Node, ...]:
        token = self.token
        if token.kind == "op" and token.text in _COMPARISONS:
            self.advance()
            return (syntax.OpenRange(token.text, self.binary(4), position=token.start),)
        if not self.at("("):
            return (self.binary(4),)
        start = self.advance().start
        tests = [self.expression()]
        if self.at(".."):
            return (self.range_after(tests[0], False, start),)
        while self.accept(","):
            tests.append(self.expression())
        self.expect(")")
        return tuple(tests)

    def unary_tests(self) -> syntax.UnaryTests:
        start = self.token.start
        if self.at("-") and self.peek().kind == "end":
            self.advance()
            return syntax.UnaryTests((), position=start)
        negated = self.at_word("not") and self.closes_at_end()
        if negated:
            self.advance()
            self.expect("(")
        tests = [self.expression()]
        while self.accept(","):
            tests.append(self.expression())
        if negated:
            self.expect(")")
        return syntax.UnaryTests(tuple(tests), negated, position=start)

    def closes_at_end(self) -> bool:
        """Return whether the bracket that follows closes at the end of the text."""
        depth = 0
        for place in range(self.index + 1, len(self.tokens) - 1):
            token = self.tokens[place]
            if token.kind != "op":
                continue
            depth += {"(": 1, ")": -1}.get(token.text, 0)
            if depth <= 0:
                return depth == 0 and token.text == ")" and place == len(self.tokens) - 2
        return False

    def type_name(self) -> syntax.TypeName:
        start = self.token.start
        words: list[str] = []
        while self.token.kind == "name":
            word = self.token.text
            joined = word == "and" and words in (["date"], ["days"], ["years"])
            if word in _STOPS and not joined:
                break
            if word == "external":
                break
            words.append(self.advance().text)
            while self.at(".") and self.peek().kind == "name":
                self.advance()
                words[-1] += "." + self.advance().text
        if not words:
            raise self.unexpected("类型名称", "the name of a type")
        name = " ".join(words)
        arguments: list[syntax.TypeName] = []
        fields: list[tuple[str, syntax.TypeName]] = []
        result: syntax.TypeName | None = None
        if name in ("list", "range", "context", "function") and self.accept("<"):
            while not self.at(">"):
                if arguments or fields:
                    self.expect(",")
                if name == "context":
                    key = self.name_before((":",))
                    if key is None:
                        raise self.unexpected("条目名称", "the name of an entry")
                    self.expect(":")
                    fields.append((key, self.type_name()))
                else:
                    arguments.append(self.type_name())
            self.expect(">")
            if name == "function" and self.accept("->"):
                result = self.type_name()
        return syntax.TypeName(name, tuple(arguments), tuple(fields), result, position=start)


def literal_value(node: syntax.AtLiteral) -> object:
    """Return the temporal value of an @ literal, None when its text is none."""
    return parse_temporal(node.text)


def parse_type(text: str) -> syntax.TypeName:
    """Return the tree of a type such as `number` or `list<string>`.

    :raises FeelError: the text names no type.
    """
    parser = _Parser(text, None)
    node = parser.type_name()
    parser.expect_end()
    return node
