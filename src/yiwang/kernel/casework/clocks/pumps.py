"""后台: what the law makes of a silence."""

from yiwang.kernel.base.events import facade as events
from yiwang.kernel.casework.clocks.actions.expiry import expire_clocks


@events.pump("clocks.expire", every_s=5)
def expire() -> int:
    """Let deemed service, renewal, consent and abandonment happen after the last day."""
    return expire_clocks()
