"""延长: once, in time, by the head whom the law names, for a reason that the applicant is told.

Source: 行政许可法 42, 2019.
"""

from datetime import datetime

from yiwang.kernel.casework.clocks.errors import (
    ExtensionRankError,
    ExtensionReasonMissingError,
    ExtensionRefusedError,
)
from yiwang.kernel.casework.clocks.rules.limits import ApproverRank, Extension


def check_extension(
    *,
    rule: Extension | None,
    already_extended: int,
    amount: int,
    at: datetime,
    due_at: datetime,
    approver: str,
    approver_rank: ApproverRank,
    reason: str,
) -> None:
    """Refuse an extension that the limit does not allow.

    :raises ExtensionRefusedError: no rule, a second time, too long, or after the limit ended.
    :raises ExtensionRankError: the approver's rank is below the one in the rule.
    :raises ExtensionReasonMissingError: reason or approver is missing.
    """
    if rule is None:
        raise ExtensionRefusedError(
            "依据没有规定这一时限可以延长", "The source of this limit allows no extension."
        )
    if already_extended:
        raise ExtensionRefusedError(
            "这一时限已经延长过一次", "This limit has been extended once already."
        )
    if not 1 <= amount <= rule.amount:
        raise ExtensionRefusedError(
            f"最多可以延长 {rule.amount}",
            f"The extension may be {rule.amount} at most.",
            mend_zh=f"请填写 1 至 {rule.amount}",
            mend_en=f"Give a number from 1 to {rule.amount}.",
        )
    if at > due_at:
        raise ExtensionRefusedError(
            "期限已满，不能再延长", "The limit has ended; it is too late to extend it."
        )
    if not approver_rank.reaches(rule.approver_rank):
        raise ExtensionRankError()
    if not reason.strip() or not approver.strip():
        raise ExtensionReasonMissingError()
