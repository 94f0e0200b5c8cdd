"""What other apps call of clocks."""

from yiwang.kernel.casework.clocks.actions.clocks import (
    MovedClock,
    extend_clock,
    list_expired,
    list_running_effects,
    mark_expired,
    recompute_clocks,
    start_clock,
    stop_all_clocks,
    stop_clock,
)
from yiwang.kernel.casework.clocks.actions.exclusions import (
    begin_exclusion,
    end_exclusion,
    exclude_interval,
)
from yiwang.kernel.casework.clocks.actions.expiry import expire_clocks
from yiwang.kernel.casework.clocks.actions.joint import (
    JointPart,
    JointReading,
    extend_joint_clock,
    joint_reading,
    start_joint_clock,
    stop_joint_clock,
)
from yiwang.kernel.casework.clocks.actions.rows import JOINT
from yiwang.kernel.casework.clocks.models import ClockOutcome
from yiwang.kernel.casework.clocks.reading import next_due_at, read, read_all
from yiwang.kernel.casework.clocks.registry import on_expiry
from yiwang.kernel.casework.clocks.rules.exclusions import Exclusion
from yiwang.kernel.casework.clocks.rules.lamps import Lamp, Reading
from yiwang.kernel.casework.clocks.rules.limits import (
    ApproverRank,
    Basis,
    EffectOnExpiry,
    Extension,
    Limit,
    OwedBy,
    RollRule,
    Unit,
)
from yiwang.kernel.casework.clocks.rules.statutes import (
    CORRECTION_NOTICE,
    DECISION,
    DELIVERY,
    JOINT_DECISION,
    limit_on,
)
from yiwang.kernel.casework.clocks.selectors import Counters, count_by_unit, count_clocks

__all__ = [
    "CORRECTION_NOTICE",
    "DECISION",
    "DELIVERY",
    "JOINT",
    "JOINT_DECISION",
    "ApproverRank",
    "Basis",
    "ClockOutcome",
    "Counters",
    "EffectOnExpiry",
    "Exclusion",
    "Extension",
    "JointPart",
    "JointReading",
    "Lamp",
    "Limit",
    "MovedClock",
    "OwedBy",
    "Reading",
    "RollRule",
    "Unit",
    "begin_exclusion",
    "count_by_unit",
    "count_clocks",
    "end_exclusion",
    "exclude_interval",
    "expire_clocks",
    "extend_clock",
    "extend_joint_clock",
    "joint_reading",
    "limit_on",
    "list_expired",
    "list_running_effects",
    "mark_expired",
    "next_due_at",
    "on_expiry",
    "read",
    "read_all",
    "recompute_clocks",
    "start_clock",
    "start_joint_clock",
    "stop_all_clocks",
    "stop_clock",
    "stop_joint_clock",
]
