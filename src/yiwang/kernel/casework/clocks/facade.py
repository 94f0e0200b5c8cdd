"""What other apps call of clocks."""

from yiwang.kernel.casework.clocks.actions.clocks import (
    MovedClock,
    begin_exclusion,
    end_exclusion,
    exclude_interval,
    extend_clock,
    list_expired,
    list_running_effects,
    mark_expired,
    recompute_clocks,
    start_clock,
    stop_all_clocks,
    stop_clock,
)
from yiwang.kernel.casework.clocks.models import ClockOutcome
from yiwang.kernel.casework.clocks.reading import next_due_at, read, read_all
from yiwang.kernel.casework.clocks.rules.exclusions import Exclusion
from yiwang.kernel.casework.clocks.rules.lamps import Lamp, Reading
from yiwang.kernel.casework.clocks.rules.limits import (
    CORRECTION_NOTICE,
    DECISION,
    DELIVERY,
    JOINT_DECISION,
    ApproverRank,
    Basis,
    EffectOnExpiry,
    Extension,
    Limit,
    Unit,
)

__all__ = [
    "CORRECTION_NOTICE",
    "DECISION",
    "DELIVERY",
    "JOINT_DECISION",
    "ApproverRank",
    "Basis",
    "ClockOutcome",
    "EffectOnExpiry",
    "Exclusion",
    "Extension",
    "Lamp",
    "Limit",
    "MovedClock",
    "Reading",
    "Unit",
    "begin_exclusion",
    "end_exclusion",
    "exclude_interval",
    "extend_clock",
    "list_expired",
    "list_running_effects",
    "mark_expired",
    "next_due_at",
    "read",
    "read_all",
    "recompute_clocks",
    "start_clock",
    "stop_all_clocks",
    "stop_clock",
]
