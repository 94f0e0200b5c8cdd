"""证照状态: which status may follow which.

注销 only closes the register, after another end or by itself.
Sources: 行政许可法 第八条、第六十九条、第七十条 (2019); for 暂扣 and 吊销 行政处罚法 第九条 (2021).
"""

from collections.abc import Mapping

VALID = "VALID"
SUSPENDED = "SUSPENDED"
RECALLED = "RECALLED"
ANNULLED = "ANNULLED"
REVOKED = "REVOKED"
DEREGISTERED = "DEREGISTERED"
REPLACED = "REPLACED"

_ENDS = frozenset({RECALLED, ANNULLED, REVOKED, DEREGISTERED})

FOLLOWING: Mapping[str, frozenset[str]] = {
    VALID: _ENDS | {SUSPENDED, REPLACED},
    SUSPENDED: _ENDS | {VALID},
    RECALLED: frozenset({DEREGISTERED}),
    ANNULLED: frozenset({DEREGISTERED}),
    REVOKED: frozenset({DEREGISTERED}),
}
ENDED = _ENDS | {REPLACED}
