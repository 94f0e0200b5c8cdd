"""规则表定义: what a decision table is before it is compiled, from YAML or from DMN XML."""

from __future__ import annotations

import datetime as py
import enum
from dataclasses import dataclass, field
from typing import Any

from .errors import Words
from .feel.types import FeelType


class HitPolicy(enum.StrEnum):
    """命中策略: which of the matching rules count. Source: OMG DMN 1.5 clause 8.2.8."""

    UNIQUE = "UNIQUE"
    ANY = "ANY"
    PRIORITY = "PRIORITY"
    FIRST = "FIRST"
    RULE_ORDER = "RULE ORDER"
    OUTPUT_ORDER = "OUTPUT ORDER"
    COLLECT = "COLLECT"
    COLLECT_SUM = "COLLECT SUM"
    COLLECT_MIN = "COLLECT MIN"
    COLLECT_MAX = "COLLECT MAX"
    COLLECT_COUNT = "COLLECT COUNT"


HIT_POLICIES: dict[str, HitPolicy] = {
    **{policy.value: policy for policy in HitPolicy},
    "U": HitPolicy.UNIQUE,
    "A": HitPolicy.ANY,
    "P": HitPolicy.PRIORITY,
    "F": HitPolicy.FIRST,
    "R": HitPolicy.RULE_ORDER,
    "O": HitPolicy.OUTPUT_ORDER,
    "C": HitPolicy.COLLECT,
    "C+": HitPolicy.COLLECT_SUM,
    "C<": HitPolicy.COLLECT_MIN,
    "C>": HitPolicy.COLLECT_MAX,
    "C#": HitPolicy.COLLECT_COUNT,
}
ORDERED_BY_OUTPUT = frozenset({HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER})
NO_WORDS = Words("", "")


@dataclass(frozen=True, slots=True)
class InputSpec:
    """输入: `expression` gives the tested value, `allowed` the unary tests it must pass."""

    name: str
    expression: str
    label: Words
    type: FeelType | None = None
    allowed: str = ""


@dataclass(frozen=True, slots=True)
class OutputSpec:
    """输出: `values` are unary tests, in order of priority; `default` an expression."""

    name: str
    label: Words
    type: FeelType | None = None
    values: str = ""
    default: str | None = None


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """规则: one row; `source` is its legal source, `annotations` pairs of heading and text."""

    id: str
    when: tuple[str, ...]
    then: tuple[str, ...]
    source: str = ""
    note: Words = NO_WORDS
    annotations: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ParameterValue:
    """参数取值: in force from `valid_from` to `valid_to`, both included; None is without end.

    `edition` names the year or number of the source's text; `mark` says how sure the value is: A
    read in the source itself, B read in a report of it, C unconfirmed. `confirmed` is False for C.
    """

    value: Any
    valid_from: py.date | None
    valid_to: py.date | None = None
    source: str = ""
    confirmed: bool = True
    edition: str = ""
    mark: str = ""

    @property
    def reference(self) -> str:
        """Return the source with its edition, as a citation writes it."""
        return f"{self.source} ({self.edition})" if self.edition else self.source

    def holds_on(self, day: py.date) -> bool:
        """Return whether the value is in force on `day`."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


@dataclass(frozen=True, slots=True)
class Parameter:
    """参数: a figure the law sets, with its values over time."""

    name: str
    label: Words
    values: tuple[ParameterValue, ...]

    def value_on(self, day: py.date) -> ParameterValue | None:
        """Return the value in force on `day`, the one that began last; None when there is none."""
        held = [value for value in self.values if value.holds_on(day)]
        return max(held, key=lambda value: value.valid_from or py.date.min, default=None)


@dataclass(frozen=True, slots=True)
class TableSpec:
    """规则表: `version` and `digest` tell exactly which text decided."""

    key: str
    title: Words
    hit_policy: HitPolicy
    inputs: tuple[InputSpec, ...]
    outputs: tuple[OutputSpec, ...]
    rules: tuple[RuleSpec, ...]
    parameters: tuple[Parameter, ...] = ()
    version: str = ""
    digest: str = ""
    annotations: tuple[str, ...] = field(default=())
