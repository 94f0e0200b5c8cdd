"""插件: effects that a process may name, and where the engine gets facts and moments from.

Nets and registers register here in their ``AppConfig.ready``; the engine knows none of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

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


@runtime_checkable
class EditsForms(Protocol):
    """A kind of case whose form officials may change at a step."""

    def form_data(self, case: Case) -> Mapping[str, Any]:
        """Return what the form of the case holds."""

    def edit_form(self, case: Case, form_data: Mapping[str, Any]) -> None:
        """Check and keep the whole form as it is after the edits; a DomainError refuses it."""


@runtime_checkable
class Terminates(Protocol):
    """A kind of case that may be terminated by an official, and what that means in law."""

    def terminated(self, case: Case, context: EffectContext) -> None:
        """Conclude the case, with the papers that this needs."""


Effect = Callable[[EffectContext, Mapping[str, Any]], None]

# What a step of kind ``subcase`` opens: the children, each with its ``parent`` set.
SubcaseOpener = Callable[[EffectContext, Mapping[str, Any]], Sequence[Case]]
# How a system outside is asked: the request and an idempotency key; a TransportError when it fails.
Connector = Callable[[Mapping[str, Any], str], Mapping[str, Any]]

_effects: dict[str, Effect] = {}
_kinds: dict[str, CaseKind] = {}
_openers: dict[str, SubcaseOpener] = {}
_connectors: dict[str, Connector] = {}


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


def subcase_opener(name: str) -> Callable[[SubcaseOpener], SubcaseOpener]:
    """Register who opens child cases, under the name that processes use in ``open``."""

    def register(function: SubcaseOpener) -> SubcaseOpener:
        if name in _openers:
            raise ValueError(f"opener {name} is registered twice")
        _openers[name] = function
        return function

    return register


def get_subcase_opener(name: str) -> SubcaseOpener:
    return _openers[name]


def opener_names() -> frozenset[str]:
    return frozenset(_openers)


def connector(name: str) -> Callable[[Connector], Connector]:
    """Register how a system outside is asked, under the name that processes use.

    The function runs in the worker, outside of any transaction, and may be called again with the
    same key; it raises ``kernel.base.http.outbound.TransportError``.
    """

    def register(function: Connector) -> Connector:
        if name in _connectors:
            raise ValueError(f"connector {name} is registered twice")
        _connectors[name] = function
        return function

    return register


def get_connector(name: str) -> Connector:
    return _connectors[name]


def connector_names() -> frozenset[str]:
    return frozenset(_connectors)
