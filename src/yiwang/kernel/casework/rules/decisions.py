"""决策结果: the outcome of a table and the trace that shows how it came about."""

from __future__ import annotations

import datetime as py
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .definition import Parameter, ParameterValue, RuleSpec
from .errors import Words
from .feel.builtins.conversion import to_text
from .feel.values import enter, leave

if TYPE_CHECKING:
    from .tables import Table


@dataclass(frozen=True, slots=True)
class ParameterUse:
    """参数引用: a parameter a matched rule relied on, with the value of the day and its source."""

    parameter: Parameter
    value: ParameterValue


@dataclass(slots=True)
class Trace:
    """依据: what the decision rests on.

    `read` pairs each fact with the value it had, inputs first; `rules` are the rules that count,
    `parameters` the dated figures they used, `on` the day whose figures applied.
    """

    read: tuple[tuple[str, Any], ...]
    rules: tuple[RuleSpec, ...]
    parameters: tuple[ParameterUse, ...]
    on: py.date | None

    @property
    def facts(self) -> tuple[tuple[str, Any], ...]:
        """Return the facts with their values as Python values."""
        return tuple((name, leave(value)) for name, value in self.read)


@dataclass(slots=True)
class Decision:
    """决策: `outputs` by name (lists for a policy that gives several rows; empty for no match).

    `rows` are the outputs rule by rule, `matched` the ids of the rules that count, `defaulted`
    tells that no rule matched and the default outputs were taken. `inputs` are the tested values,
    `scope` the other facts that cells and outputs could read.
    """

    table: Table
    outputs: dict[str, Any]
    rows: tuple[dict[str, Any], ...]
    matched: tuple[str, ...]
    defaulted: bool
    inputs: tuple[Any, ...]
    trace: Trace | None
    scope: Mapping[str, Any]

    def record(self, sources: Mapping[str, Words] | None = None) -> dict[str, Any]:
        """Return the decision as plain JSON data, with its words in both languages, to be kept.

        `sources` says where the facts of each name come from: `form` from the application form.
        """
        from .words import explain_words, source_words

        trace = self.trace
        said = explain_words(self, sources)
        origins = source_words(self, sources or {})
        return {
            "table": self.table.key,
            "version": self.table.version,
            "digest": self.table.digest,
            "hit_policy": self.table.hit_policy.value,
            "outputs": _plain(self.outputs),
            "matched": list(self.matched),
            "defaulted": self.defaulted,
            "on": trace.on.isoformat() if trace is not None and trace.on is not None else None,
            "facts": [
                {"name": name, "value": _plain(value)}
                | ({"source_zh": origin.zh, "source_en": origin.en} if origin.zh else {})
                for (name, value), origin in zip(trace.facts if trace else (), origins, strict=True)
            ],
            "rules": [
                {
                    "id": rule.id,
                    "source": rule.source,
                    "note_zh": rule.note.zh,
                    "note_en": rule.note.en,
                    "annotations": dict(rule.annotations),
                }
                for rule in (trace.rules if trace else ())
            ],
            "parameters": [
                {
                    "name": use.parameter.name,
                    "label_zh": use.parameter.label.zh,
                    "label_en": use.parameter.label.en,
                    "value": _plain(use.value.value),
                    "valid_from": use.value.valid_from.isoformat()
                    if use.value.valid_from
                    else None,
                    "valid_to": use.value.valid_to.isoformat() if use.value.valid_to else None,
                    "source": use.value.source,
                    "edition": use.value.edition,
                    "mark": use.value.mark,
                    "confirmed": use.value.confirmed,
                }
                for use in (trace.parameters if trace else ())
            ],
            "words_zh": "\n".join(words.zh for words in said),
            "words_en": "\n".join(words.en for words in said),
        }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        whole = value == value.to_integral_value() and abs(value) < 2**53
        return int(value) if whole else format(value, "f")
    if value is None or isinstance(value, (bool, int, str)):
        return value
    return to_text(enter(value))
