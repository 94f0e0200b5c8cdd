"""后台: tasks of people who left find others."""

from yiwang.kernel.base.events import facade as events
from yiwang.kernel.casework.worklist.actions.leaving import fall_back_all


@events.pump("worklist.fall_back", every_s=60)
def fall_back() -> int:
    """Put tasks whose holder left back into the pool, or to the head of the unit."""
    return fall_back_all()
