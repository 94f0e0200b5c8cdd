"""数据类型定义: the item definitions of a DMN model as FEEL types.

Source: OMG DMN 1.5 clause 7.3.2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from yiwang.kernel.casework.rules.errors import FeelError
from yiwang.kernel.casework.rules.feel.compiler import Compiler
from yiwang.kernel.casework.rules.feel.lexer import NameIndex
from yiwang.kernel.casework.rules.feel.parser import parse_type, parse_unary_tests
from yiwang.kernel.casework.rules.feel.scope import INPUT
from yiwang.kernel.casework.rules.feel.types import ANY, FeelType, resolve_type

from .xml import Element

Report = Callable[[Element, FeelError], None]


class ItemTypes:
    """The named types of one model; imported ones are found under `import.name`."""

    def __init__(
        self,
        elements: Mapping[str, Element],
        imported: Mapping[str, ItemTypes],
        report: Report,
    ) -> None:
        self._elements = elements
        self._imported = imported
        self._report = report
        self.named: dict[str, FeelType] = {}
        for prefix, types in imported.items():
            for name, found in types.named.items():
                self.named[f"{prefix}.{name}" if prefix else name] = found
        for name in elements:
            self._define(name)

    def resolve(self, reference: str) -> FeelType | None:
        """Return the type of a typeRef, None when it is absent, Any or unknown."""
        name = reference.strip()
        if not name:
            return None
        found = self._find(name)
        return None if found is None or found is ANY or found.kind == "Any" else found

    def _find(self, name: str) -> FeelType | None:
        if name in self._elements and name not in self.named:
            self._define(name)
        if name in self.named:
            return self.named[name]
        local = name.rpartition(":")[2]
        if local != name and local in self._elements:
            return self._find(local)
        try:
            return resolve_type(parse_type(local), self.named)
        except FeelError:
            return None

    def _define(self, name: str) -> FeelType:
        known = self.named.get(name)
        if known is not None:
            return known
        made = self.named[name] = FeelType("Any")
        self._fill(made, self._elements[name])
        return made

    def _fill(self, made: FeelType, element: Element) -> None:
        inner = FeelType("Any")
        components = list(element.all("itemComponent"))
        function = element.first("functionItem")
        if components:
            inner.kind = "context"
            for component in components:
                part = FeelType("Any")
                self._fill(part, component)
                inner.fields[component.get("name")] = part
        elif function is not None:
            inner.kind = "function"
            inner.parameters = tuple(
                self._find(part.get("typeRef")) or ANY for part in function.all("parameters")
            )
            inner.result = self._find(function.get("outputTypeRef") or "Any")
        else:
            base = self._find(element.text_of("typeRef") or element.get("typeRef") or "Any")
            if base is not None:
                inner.kind, inner.element, inner.fields = base.kind, base.element, base.fields
                inner.parameters, inner.result = base.parameters, base.result
                inner.base = base
        inner.allowed = self._tests(element, "allowedValues")
        target = inner
        if element.get("isCollection") == "true":
            target = FeelType("list", element=inner)
        constraint = self._tests(element, "typeConstraint")
        if constraint is not None:
            before = target.allowed
            target.allowed = constraint if before is None else _both(before, constraint)
        for slot in ("kind", "element", "fields", "parameters", "result", "allowed", "base"):
            setattr(made, slot, getattr(target, slot))

    def _tests(self, element: Element, tag: str) -> Callable[[Any], bool] | None:
        child = element.first(tag)
        text = child.text_of("text") if child is not None else ""
        if child is None or not text:
            return None
        try:
            run = Compiler().compile(parse_unary_tests(text, NameIndex()))
        except FeelError as error:
            self._report(child, error)
            return None
        return lambda value: run({INPUT: value}) is True


def _both(first: Callable[[Any], bool], second: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: first(value) and second(value)
