"""作用域: the scopes and closures that compiled expressions are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Scope = Mapping[str, Any]
Run = Callable[[Scope], Any]
# The variable that holds the tested value in the cells of a table.
INPUT = "?"


class LocalScope(dict[str, Any]):
    """Names of a loop, filter, context or function call, in front of the names around it."""

    __slots__ = ("outer",)

    def __init__(self, outer: Scope, entries: Mapping[str, Any] | None = None) -> None:
        super().__init__(entries or {})
        self.outer = outer

    def __missing__(self, key: str) -> Any:
        return self.outer[key]


class Constant:
    """A closure whose value is known."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __call__(self, scope: Scope) -> Any:
        return self.value
