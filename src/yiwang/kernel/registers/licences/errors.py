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


class LicenceTypeUnknownError(LicencesError):
    code = "LICENCE_TYPE_UNKNOWN"
    reason_zh = "没有这种证照的定义，不能制证"
    reason_en = "There is no such type of licence, so none can be issued."
    mend_zh = "请联系平台管理员，先应用带有这种证照的场景包"
    mend_en = "Ask the administrator to apply the pack that brings this type."


class ValidityUnknownError(LicencesError):
    code = "LICENCE_VALIDITY_UNKNOWN"
    status = 422
    reason_zh = "填写的内容里没有证照的有效期止"
    reason_en = "What was filled in does not say until when the licence holds."
    mend_zh = "请核对申请表中的起止日期"
    mend_en = "Check the dates of the application."
