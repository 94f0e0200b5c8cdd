"""后台: timers that are due fire soon after."""

from yiwang.kernel.base.events import facade as events
from yiwang.kernel.casework.process.actions.tasks import fire_due_timers


@events.pump("process.fire_timers", every_s=1.0)
def fire_timers() -> int:
    """Let due timers fire, each in its own transaction."""
    return fire_due_timers()
