"""What the worker does for the http foundations."""

from yiwang.kernel.base.events import facade as events
from yiwang.kernel.base.http import idempotency


@events.pump("http.forget_old_answers", every_s=3600)
def forget_old_answers() -> int:
    """Delete the first answers that nobody can ask for any more."""
    idempotency.forget_old()
    return 0
