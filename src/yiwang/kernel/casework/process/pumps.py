"""后台: timers fire, dates follow the calendar, calls go out, child cases report to parents."""

from yiwang.kernel.base.events import facade as events
from yiwang.kernel.casework.process.actions.calls import run_due_calls
from yiwang.kernel.casework.process.actions.subcases import note_conclusion
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


@events.pump("process.run_calls", every_s=1.0, lane="process.calls")
def run_calls() -> int:
    """Ask the systems outside that steps wait for; in a lane of its own, as they may be slow."""
    return run_due_calls()


@events.consumer("process.subcases", ["case.concluded"])
def on_concluded(event: events.Event) -> None:
    """Tell the step of a parent case that its child is concluded."""
    note_conclusion(event.data["case"])
