"""内置函数登记: how a built-in function is declared, and how its arguments are bound.

A form is written `string: string, start position: number, length?: number`: names, the kinds a
value may have (joined by `|`; `Any` takes all, and null only when `Null` or `Any` stands there),
`?` for a parameter that may be left out. A single value in a list is taken out where no list is
wanted, and put into one where a list is, as DMN's implicit conversions ask.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from yiwang.kernel.casework.rules.feel.values import ABSENT, Callee, kind_of

BUILTINS: dict[str, Callee] = {}
Body = TypeVar("Body", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class _Parameter:
    name: str
    kinds: frozenset[str]
    optional: bool

    def fit(self, value: Any) -> Any:
        """Return the value as the parameter takes it, ABSENT when it does not fit."""
        if "Any" in self.kinds:
            return value
        kind = kind_of(value)
        if kind in self.kinds:
            return value
        if kind == "list" and len(value) == 1 and kind_of(value[0]) in self.kinds:
            return value[0]
        if "list" in self.kinds and value is not None:
            return [value]
        return ABSENT


@dataclass(frozen=True, slots=True)
class _Form:
    parameters: tuple[_Parameter, ...]

    def bind(self, arguments: list[Any]) -> list[Any] | None:
        parameters = self.parameters
        if len(arguments) > len(parameters):
            return None
        if any(not parameter.optional for parameter in parameters[len(arguments) :]):
            return None
        bound = [p.fit(value) for p, value in zip(parameters, arguments, strict=False)]
        return None if any(value is ABSENT for value in bound) else bound

    def bind_rest(self, arguments: list[Any]) -> list[Any] | None:
        parameters = self.parameters
        if len(arguments) < len(parameters):
            return None
        repeated = parameters + parameters[-1:] * (len(arguments) - len(parameters))
        bound = [p.fit(value) for p, value in zip(repeated, arguments, strict=True)]
        return None if any(value is ABSENT for value in bound) else bound

    def bind_named(self, arguments: dict[str, Any]) -> list[Any] | None:
        names = {parameter.name for parameter in self.parameters}
        if not set(arguments) <= names:
            return None
        bound: list[Any] = []
        for parameter in self.parameters:
            if parameter.name in arguments:
                value = parameter.fit(arguments[parameter.name])
                if value is ABSENT:
                    return None
                bound.append(value)
            elif parameter.optional:
                bound.append(None)
            else:
                return None
        while bound and self.parameters[len(bound) - 1].name not in arguments:
            bound.pop()
        return bound


def builtin(
    name: str, *forms: str, variadic: bool = False, rest: bool = False
) -> Callable[[Body], Body]:
    """Register the decorated function as the FEEL function `name`.

    A variadic function takes one list: the list given, or all its arguments. With `rest` the
    last parameter may be given any number of times.
    """
    parsed = [_parse_form(form) for form in forms]

    def bind(arguments: list[Any]) -> list[Any] | None:
        if variadic and arguments and (len(arguments) > 1 or type(arguments[0]) is not list):
            single_null = len(arguments) == 1 and arguments[0] is None
            return None if single_null else [arguments]
        if rest:
            return parsed[0].bind_rest(arguments)
        for form in parsed:
            bound = form.bind(arguments)
            if bound is not None:
                return bound
        return None

    def bind_named(arguments: dict[str, Any]) -> list[Any] | None:
        for form in parsed:
            bound = form.bind_named(arguments)
            if bound is not None:
                return bound
        return None

    def register(body: Body) -> Body:
        BUILTINS[name] = Callee(name, body, bind, bind_named)
        return body

    return register


def _parse_form(form: str) -> _Form:
    parameters = []
    for part in form.split(","):
        if not part.strip():
            continue
        name, _, kinds = part.partition(":")
        name = name.strip()
        parameters.append(
            _Parameter(
                name.removesuffix("?"),
                frozenset(kind.strip() for kind in kinds.split("|")),
                name.endswith("?"),
            )
        )
    return _Form(tuple(parameters))
