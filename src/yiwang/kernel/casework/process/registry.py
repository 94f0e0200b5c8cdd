"""插件: effects that a process may name, and where the engine gets facts and moments from.

Nets and registers register here in their ``AppConfig.ready``; the engine knows none of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.process.models import Task


@dataclass(slots=True)
class EffectContext:
    """What an effect is told: the case (locked), who acts, and what the act carried."""

    case: Case
    actor: Actor
    step: str
    facts: Callable[[], Mapping[str, Any]]
    act: str = ""
    opinion: str = ""
    input: Mapping[str, Any] = field(default_factory=dict)
    signer_names: tuple[str, ...] = ()


class CaseKind(Protocol):
    """What a net tells the engine about its kind of case."""

    def facts(self, case: Case) -> dict[str, Any]:
        """Return the facts that expressions see, without ``acts`` and ``decisions``."""

    def moment(self, case: Case, name: str) -> datetime | None:
        """Return when ``received``, ``accepted`` or ``decided`` was, or None."""

    def decide(
        self, case: Case, rule: str, facts: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return outputs and trace of the rule that the case's item calls by this name."""

    def calendar_key(self, case: Case) -> str:
        """Return the working calendar of the place."""

    def validate_act(self, case: Case, task: Task, context: EffectContext) -> None:
        """Raise a DomainError when the act's input does not fit the case."""


Effect = Callable[[EffectContext, Mapping[str, Any]], None]

_effects: dict[str, Effect] = {}
_kinds: dict[str, CaseKind] = {}


def effect(name: str) -> Callable[[Effect], Effect]:
    """Register an effect under the name that processes use."""

    def register(function: Effect) -> Effect:
        if name in _effects:
            raise ValueError(f"effect {name} is registered twice")
        _effects[name] = function
        return function

    return register


def get_effect(name: str) -> Effect:
    return _effects[name]


def effect_names() -> frozenset[str]:
    return frozenset(_effects)


def register_case_kind(name: str, kind: CaseKind) -> None:
    _kinds[name] = kind


def get_case_kind(name: str) -> CaseKind:
    return _kinds[name]
