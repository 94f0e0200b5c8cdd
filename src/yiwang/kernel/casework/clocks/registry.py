"""期满效力: who makes what the law says of a silence. A limit that names no effect only lights up.

Apps register in their ``AppConfig.ready``; clocks know none of them.
"""

from collections.abc import Callable
from datetime import datetime

from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.clocks.models import Clock
from yiwang.kernel.casework.clocks.rules.limits import EffectOnExpiry

# Takes the locked case, the clock that was claimed, and the present moment.
ExpiryHandler = Callable[[Case, Clock, datetime], None]

_handlers: dict[tuple[str, str], ExpiryHandler] = {}


def on_expiry(effect: EffectOnExpiry, kind: str, handler: ExpiryHandler) -> None:
    """Register what follows when a clock of a kind ends to which the law gives an effect.

    :raises ValueError: when another one follows already.
    """
    known = _handlers.setdefault((effect.value, kind), handler)
    if known is not handler:
        raise ValueError(f"{effect} of {kind} has a handler")


def handler_of(clock: Clock) -> ExpiryHandler | None:
    """Return what follows on the end of a clock, if anything does."""
    return _handlers.get((clock.effect_on_expiry, clock.kind))


def handled() -> list[tuple[str, str]]:
    """Return the effects and kinds that something follows on."""
    return sorted(_handlers)
