"""规则表读入: reads every FEEL text of a table definition, each distinct text once."""

from __future__ import annotations

from collections.abc import Iterator

from .definition import TableSpec
from .errors import FeelError, RuleFinding, TableError, Words
from .feel import syntax
from .feel.lexer import NameIndex
from .feel.parser import parse_expression, parse_unary_tests


class Parsed:
    """The trees of a table, by place.

    :raises TableError: texts that are not FEEL; all of them are in its findings.
    """

    def __init__(self, spec: TableSpec, names: NameIndex | None) -> None:
        self.findings: list[RuleFinding] = []
        self._names = names
        self._tests: dict[str, syntax.UnaryTests] = {}
        self._expressions: dict[str, syntax.Node] = {}
        self.inputs = [
            self.expression(item.expression, f"inputs[{place}].expression")
            for place, item in enumerate(spec.inputs)
        ]
        self.allowed = [
            self.tests(item.allowed, f"inputs[{place}].values") if item.allowed else None
            for place, item in enumerate(spec.inputs)
        ]
        self.values = [
            self.tests(item.values, f"outputs[{place}].values") if item.values else None
            for place, item in enumerate(spec.outputs)
        ]
        self.defaults = [
            self.expression(item.default, f"default[{place}]") if item.default is not None else None
            for place, item in enumerate(spec.outputs)
        ]
        self.when = [
            [
                self.tests(text, f"rules[{row}].when[{place}]")
                for place, text in enumerate(rule.when)
            ]
            for row, rule in enumerate(spec.rules)
        ]
        self.then = [
            [
                self.expression(text, f"rules[{row}].then[{place}]")
                for place, text in enumerate(rule.then)
            ]
            for row, rule in enumerate(spec.rules)
        ]
        if self.findings:
            raise TableError(spec.key, self.findings)

    def tests(self, text: str, path: str) -> syntax.UnaryTests:
        known = self._tests.get(text)
        if known is None:
            stripped = text.strip()
            try:
                known = parse_unary_tests(stripped or "-", self._names)
            except FeelError as error:
                self._report(path, error)
                known = syntax.UnaryTests(())
            self._tests[text] = known
        return known

    def expression(self, text: str, path: str) -> syntax.Node:
        known = self._expressions.get(text)
        if known is None:
            try:
                known = (
                    parse_expression(text, self._names)
                    if text.strip() not in ("", "-")
                    else syntax.Literal(None)
                )
            except FeelError as error:
                self._report(path, error)
                known = syntax.Literal(None)
            self._expressions[text] = known
        return known

    def _report(self, path: str, error: FeelError) -> None:
        self.findings.append(
            RuleFinding(path, error.code, Words(str(error), error.reason.en), error.mend)
        )

    def places(self) -> Iterator[tuple[str, syntax.Node]]:
        """Give every tree with its path in the definition."""
        for place, tree in enumerate(self.inputs):
            yield f"inputs[{place}].expression", tree
        for place, default in enumerate(self.defaults):
            if default is not None:
                yield f"default[{place}]", default
        for row, cells in enumerate(self.when):
            for place, cell in enumerate(cells):
                yield f"rules[{row}].when[{place}]", cell
        for row, entries in enumerate(self.then):
            for place, entry in enumerate(entries):
                yield f"rules[{row}].then[{place}]", entry
