"""后台: timers that are due fire soon after; dates follow the calendar."""

from yiwang.kernel.base.events import facade as events
from yiwang.kernel.casework.process.actions.timers import (
    fire_due_timers,
    follow_due_dates,
    recompute_timers,
)


@events.pump("process.fire_timers", every_s=1.0)
def fire_timers() -> int:
    """Let due timers fire, each in its own transaction."""
    return fire_due_timers()


@events.pump("process.recompute_timers", every_s=600)
def recompute() -> int:
    """Count timers again whose calendar changed, and bring the tasks' copies along."""
    return recompute_timers() + follow_due_dates()
