"""外部调用与子办件: what a step sets going beside the case, and when it is done."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.process.errors import ProcessTooWideError
from yiwang.kernel.casework.process.models import ExternalCall, Subcase, Token
from yiwang.kernel.casework.process.registry import get_subcase_opener
from yiwang.kernel.casework.process.rules.definition import Step, Subcases

if TYPE_CHECKING:
    from yiwang.kernel.casework.process.engine import Move

__all__ = ["open_subcases", "outputs_of", "prepare_call"]

MAX_SUBCASES = 500


def prepare_call(move: Move, step: Step, token: Token) -> None:
    """Write down what is to be asked; the worker asks it outside of every transaction."""
    if step.call is None:
        raise RuntimeError(f"step {step.key} calls nothing")
    facts = move.facts()
    ExternalCall.objects.create(
        token=token,
        case=move.case,
        key=uuid.uuid4(),
        connector=step.call.connector,
        request={name: _plain(value(facts)) for name, value in step.call.request.items()},
        status=ExternalCall.Status.WAITING,
        next_at=move.at,
    )


def _plain(value: Any) -> Any:
    """Return a value of an expression as JSON holds it."""
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value


def open_subcases(move: Move, step: Step, token: Token) -> dict[str, Any] | None:
    """Open the child cases of a step; return the step's outputs when it need not wait.

    :raises ProcessTooWideError: more children than one case can carry.
    """
    if step.subcases is None:
        raise RuntimeError(f"step {step.key} opens nothing")
    opener = get_subcase_opener(step.subcases.opener)
    children = opener(move.context(step.key, is_of_act=False), step.subcases.options)
    move.forget_facts()
    if len(children) > MAX_SUBCASES:
        raise ProcessTooWideError(limit=MAX_SUBCASES)
    Subcase.objects.bulk_create(
        Subcase(
            token=token,
            case=child,
            outcome=child.outcome,
            concluded_at=child.concluded_at,
        )
        for child in children
    )
    return outputs_of(token, step.subcases)


def outputs_of(token: Token, rule: Subcases) -> dict[str, Any] | None:
    """Return how the children of a step came out, or None while it must still wait."""
    rows = list(Subcase.objects.filter(token=token).values_list("outcome", "concluded_at"))
    outcomes = [outcome for outcome, at in rows if at is not None]
    if len(outcomes) < min(rule.need or len(rows), len(rows)):
        return None
    return {
        "total": len(rows),
        "concluded": len(outcomes),
        **{name.lower(): outcomes.count(name) for name in Case.Outcome.values},
    }
