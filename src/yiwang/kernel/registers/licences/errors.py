"""证照错误."""

from yiwang.kernel.errors import DomainError


class LicencesError(DomainError):
    code = "LICENCE_ERROR"


class LicenceNotUsableError(LicencesError):
    code = "LICENCE_NOT_USABLE"
    status = 422
    reason_zh = "这份电子证照现在不能使用"
    reason_en = "This licence cannot be used now."
    mend_zh = "可能已过期、被撤销或不属于您，请改用其他方式提交这份材料"
    mend_en = "It may have expired, been annulled or belong to someone else; supply it another way."


class LicenceStatusError(LicencesError):
    code = "LICENCE_STATUS"
    reason_zh = "证照当前状态不允许这样变更"
    reason_en = "The licence's present status does not allow this change."
    mend_zh = "请核对证照状态"
    mend_en = "Check the licence's status."
