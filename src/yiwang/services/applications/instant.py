"""秒批关口: may an item be decided without a person? Whoever keeps watch over it is asked.

Applications know only the question. Without a gate, what the process says is done.
"""

from dataclasses import dataclass
from typing import Protocol

from django.db.models import QuerySet

from yiwang.services.applications.models import Application
from yiwang.services.items.models import ImplementationItem

__all__ = ["Held", "InstantGate", "instant_gate", "use_gate"]


@dataclass(frozen=True, slots=True)
class Held:
    """转人工: why a case does not go the instant way, in words for the applicant."""

    reason_zh: str
    reason_en: str


class InstantGate(Protocol):
    def annotated(self, offers: QuerySet[ImplementationItem]) -> QuerySet[ImplementationItem]:
        """Let the query that reads an offer bring along what the gate will ask of it."""

    def held(self, application: Application, rule: str) -> Held | None:
        """Return why this rule may not decide alone; None when it may, or decides nothing alone."""


class _Unwatched:
    def annotated(self, offers: QuerySet[ImplementationItem]) -> QuerySet[ImplementationItem]:
        return offers

    def held(self, application: Application, rule: str) -> Held | None:
        return None


_gate: list[InstantGate] = [_Unwatched()]


def use_gate(gate: InstantGate) -> InstantGate:
    """Ask this gate from now on; return the one before."""
    before, _gate[0] = _gate[0], gate
    return before


def instant_gate() -> InstantGate:
    return _gate[0]
