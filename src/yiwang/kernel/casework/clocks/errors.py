"""Refusals of clocks: what the law or the state of a case does not allow."""

from yiwang.kernel.errors import DomainError


class ClockError(DomainError):
    code = "CLOCK_ERROR"
    status = 409
    reason_zh = "时限操作未完成"
    reason_en = "The clock was not changed."


class LimitInvalidError(ClockError):
    code = "LIMIT_INVALID"
    status = 422
    reason_zh = "时限设置不正确"
    reason_en = "The limit is not a valid one."
    mend_zh = "时限应为正整数并写明依据；只有工作日时限可以为 0（当场办理）"
    mend_en = (
        "Give a positive whole number and its source; only working days may be 0 (on the spot)."
    )


class ClockNotRunningError(ClockError):
    code = "CLOCK_NOT_RUNNING"
    reason_zh = "没有正在计算的这一时限"
    reason_en = "No such clock is running."
    mend_zh = "请刷新页面查看办件当前的时限"
    mend_en = "Reload to see the clocks of the case."


class ClockAlreadyRunningError(ClockError):
    code = "CLOCK_ALREADY_RUNNING"
    reason_zh = "这一时限已经在计算"
    reason_en = "This clock is already running."
    mend_zh = "请先停止原时限，再重新起算"
    mend_en = "Stop the running one before it starts anew."


class ClockSuspendedError(ClockError):
    code = "CLOCK_ALREADY_SUSPENDED"
    reason_zh = "这一时限已经暂停，不能重复扣除"
    reason_en = "This clock stands already; the same time cannot be taken out twice."
    mend_zh = "请先结束正在进行的事由"
    mend_en = "End the running exclusion first."


class ClockNotSuspendedError(ClockError):
    code = "CLOCK_NOT_SUSPENDED"
    reason_zh = "这一时限没有暂停"
    reason_en = "This clock is not suspended."
    mend_zh = "请刷新页面查看办件当前的时限"
    mend_en = "Reload to see the clocks of the case."


class ExclusionNotLawfulError(ClockError):
    """Source: 行政许可法 45, 2019."""

    code = "EXCLUSION_NOT_LAWFUL"
    status = 422
    reason_zh = "这一事由的时间依法不能从办理期限中扣除"
    reason_en = "The law does not take this time out of the limit."
    mend_zh = (
        "可以扣除的只有：听证、招标、拍卖、检验、检测、检疫、鉴定、专家评审（行政许可法第四十五条）"
    )
    mend_en = (
        "Only hearing, tender, auction, inspection of goods, testing, quarantine, appraisal and"
        " expert review leave the limit (Licensing Law, article 45)."
    )


class SiteCheckNotExcludedError(ExclusionNotLawfulError):
    """现场核查 stays inside the limit. Source: 行政许可法 34.3, 45, 2019."""

    code = "EXCLUSION_SITE_CHECK"
    reason_zh = "现场核查、现场踏勘的时间计入办理期限，不能扣除"
    reason_en = "On-site checks run inside the limit; their time cannot be taken out."
    mend_zh = "请在期限内安排核查；确实不够的，在期满前由行政机关负责人批准延长一次"
    mend_en = "Check within the limit, or have the head of the organ extend it once before it ends."


class ExclusionSourceMissingError(ClockError):
    code = "EXCLUSION_SOURCE_MISSING"
    status = 422
    reason_zh = "没有写明扣除时间的法律依据"
    reason_en = "The legal source of the exclusion is missing."
    mend_zh = "请写明要求听证、检验、鉴定等的法律条款，并书面告知申请人"
    mend_en = "Name the clause that requires it, and tell the applicant in writing."


class IntervalInvalidError(ClockError):
    code = "EXCLUSION_INTERVAL"
    status = 422
    reason_zh = "扣除的起止时间不正确"
    reason_en = "The interval is not a valid one."
    mend_zh = "结束时间不能早于开始时间，两者都不能晚于现在"
    mend_en = "The end may not lie before the beginning, and neither in the future."


class ExtensionRefusedError(ClockError):
    code = "EXTENSION_REFUSED"
    status = 422
    reason_zh = "这一时限不能延长"
    reason_en = "This limit cannot be extended."
    mend_zh = "请在期限内办结"
    mend_en = "Conclude within the limit."


class ExtensionRankError(ExtensionRefusedError):
    code = "EXTENSION_RANK"
    reason_zh = "批准人的层级不够"
    reason_en = "The approver's rank is too low."
    mend_zh = "请按依据报有权的负责人批准"
    mend_en = "Ask the head whom the law names."


class ExtensionReasonMissingError(ExtensionRefusedError):
    code = "EXTENSION_REASON_MISSING"
    reason_zh = "没有写明延长理由或批准人"
    reason_en = "The reason or the approver is missing."
    mend_zh = "请写明理由，理由会告知申请人"
    mend_en = "Give the reason; the applicant is told."
