"""类型: the types of FEEL and of item definitions, membership and implicit conversion.

Source: OMG DMN 1.5 clauses 10.3.2.9 and 10.3.2.13.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import syntax
from .temporal import midnight_utc
from .values import Callee, Range, kind_of

SIMPLE_TYPES = frozenset(
    {
        "Any",
        "Null",
        "number",
        "string",
        "boolean",
        "date",
        "time",
        "date and time",
        "days and time duration",
        "years and months duration",
    }
)
_ALIASES = {
    "dateTime": "date and time",
    "dayTimeDuration": "days and time duration",
    "yearMonthDuration": "years and months duration",
}


@dataclass(slots=True)
class FeelType:
    """A type; item definitions are filled in after they are named, so they may refer to others.

    `allowed` is the test of the allowed values. For a list it applies to each element.
    """

    kind: str
    element: FeelType | None = None
    fields: dict[str, FeelType] = field(default_factory=dict)
    parameters: tuple[FeelType, ...] | None = None
    result: FeelType | None = None
    allowed: Callable[[Any], bool] | None = None
    base: FeelType | None = None

    def accepts(self, value: Any) -> bool:
        """Return whether a value that is not null belongs to this type."""
        if self.base is not None and not self.base.accepts(value):
            return False
        if not self._accepts_kind(value):
            return False
        return self.allowed is None or self.allowed(value)

    def _accepts_kind(self, value: Any) -> bool:
        kind = self.kind
        if kind == "Any":
            return True
        actual = kind_of(value)
        if kind != actual:
            return False
        if kind == "list" and self.element is not None:
            return all(item is None or self.element.accepts(item) for item in value)
        if kind == "context":
            return all(
                name in value and (value[name] is None or expected.accepts(value[name]))
                for name, expected in self.fields.items()
            )
        if kind == "range" and self.element is not None:
            return self._accepts_range(value)
        if kind == "function":
            return self._accepts_function(value)
        return True

    def _accepts_range(self, value: Range) -> bool:
        ends = [end for end in (value.low, value.high) if end is not None]
        return self.element is not None and all(self.element.accepts(end) for end in ends)

    def _accepts_function(self, value: Callee) -> bool:
        if self.parameters is None:
            return True
        given = value.parameter_types
        if len(given) != len(self.parameters):
            return False
        pairs = zip(given, self.parameters, strict=True)
        if not all(own is None or conforms(wanted, own) for own, wanted in pairs):
            return False
        return (
            self.result is None
            or self.result.kind == "Any"
            or (value.result_type is not None and conforms(value.result_type, self.result))
        )

    def coerce(self, value: Any) -> Any:
        """Return the value as this type wants it, None when it cannot be made to fit.

        A list of one becomes its element, a single value a list of one, a date a date and time.
        """
        if value is None or self.accepts(value):
            return value
        if self.kind != "list" and type(value) is list and len(value) == 1:
            only = value[0]
            return only if only is not None and self.accepts(only) else None
        if self.kind == "list" and type(value) is not list:
            single = [value]
            return single if self.accepts(single) else None
        if self.kind == "date and time" and kind_of(value) == "date":
            moment = midnight_utc(value)
            return moment if self.accepts(moment) else None
        return None


ANY = FeelType("Any")


def conforms(actual: FeelType, wanted: FeelType) -> bool:
    """Return whether every value of `actual` is one of `wanted`."""
    if wanted.kind == "Any" or actual.kind == "Null":
        return True
    if actual.kind != wanted.kind:
        return False
    if wanted.kind in ("list", "range") and wanted.element is not None:
        return conforms(actual.element or ANY, wanted.element)
    if wanted.kind == "context":
        return all(
            name in actual.fields and conforms(actual.fields[name], expected)
            for name, expected in wanted.fields.items()
        )
    if wanted.kind == "function" and wanted.parameters is not None:
        if actual.parameters is None or len(actual.parameters) != len(wanted.parameters):
            return False
        return all(
            conforms(theirs, own)
            for own, theirs in zip(actual.parameters, wanted.parameters, strict=True)
        ) and conforms(actual.result or ANY, wanted.result or ANY)
    return True


def resolve_type(
    node: syntax.TypeName, known: Mapping[str, FeelType] | None = None
) -> FeelType | None:
    """Return the type a type name stands for, None when it is not known."""
    name = _ALIASES.get(node.name, node.name)
    if known is not None and name in known:
        return known[name]
    if name in SIMPLE_TYPES:
        return FeelType(name)
    parts = [resolve_type(argument, known) for argument in node.arguments]
    arguments = [part for part in parts if part is not None]
    if len(arguments) != len(parts):
        return None
    if name in ("list", "range"):
        return FeelType(name, element=arguments[0] if arguments else None)
    if name == "context":
        fields: dict[str, FeelType] = {}
        for key, part in node.fields:
            found = resolve_type(part, known)
            if found is None:
                return None
            fields[key] = found
        return FeelType(name, fields=fields)
    if name == "function":
        result = resolve_type(node.result, known) if node.result is not None else None
        bare = not node.arguments and node.result is None
        return FeelType(name, parameters=None if bare else tuple(arguments), result=result)
    return None
