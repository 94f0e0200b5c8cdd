"""申请错误."""

from yiwang.kernel.errors import DomainError


class ApplicationsError(DomainError):
    code = "APPLICATION_ERROR"


class ItemNotOnlineError(ApplicationsError):
    code = "ITEM_NOT_OPEN"
    status = 422
    reason_zh = "这个事项暂时不能办理"
    reason_en = "This item cannot be applied for now."
    mend_zh = "请电话咨询实施机构，或到窗口办理"
    mend_en = "Call the competent unit or go to a counter."


class CircumstanceStopsError(ApplicationsError):
    """An answer that leads elsewhere: the words say where."""

    code = "CIRCUMSTANCE_STOPS"
    status = 422


class MandateTooNarrowError(ApplicationsError):
    code = "MANDATE_TOO_NARROW"
    status = 403
    reason_zh = "对方的授权不包含这个事项"
    reason_en = "The authority that you were given does not cover this item."
    mend_zh = "请对方在“授权代办”里加上这个事项，或由本人办理"
    mend_en = "Ask for an authority that covers it, or let the person apply."


class PromiseBarredError(ApplicationsError):
    code = "PROMISE_BARRED"
    status = 422
    reason_zh = "因有失信承诺记录，不能再以告知承诺方式办理"
    reason_en = "A breach of promise is on record; the promise way is closed."
    mend_zh = "请改用普通方式，提交证明材料"
    mend_en = "Take the normal way and supply the documents."


class CorrectionAskedTwiceError(ApplicationsError):
    code = "CORRECTION_ASKED_TWICE"
    reason_zh = "补正只能一次性告知，本件已经告知过"
    reason_en = "Correction may be asked only once, and it has been."
    mend_zh = "请依据现有材料作出受理或不予受理的决定"
    mend_en = "Decide on what has been supplied: accept or decline."


class CorrectionNotAskedError(ApplicationsError):
    code = "CORRECTION_NOT_ASKED"
    reason_zh = "本件目前不需要补正"
    reason_en = "No correction is asked for now."
    mend_zh = "请到办件详情查看当前状态"
    mend_en = "See the case page for its present state."


class NotAcceptedError(ApplicationsError):
    code = "NOT_ACCEPTED"
    reason_zh = "尚未受理，不能作出决定"
    reason_en = "A decision needs acceptance first."
    mend_zh = "请先办理受理"
    mend_en = "Accept the application first."


class CaseConcludedError(ApplicationsError):
    code = "CASE_CONCLUDED"
    reason_zh = "本件已办结"
    reason_en = "The case is concluded."
    mend_zh = "如有异议，请按决定书载明的途径申请复议或诉讼"
    mend_en = "For a remedy, follow what the paper says."


class ClientIdTakenError(ApplicationsError):
    code = "CLIENT_ID_TAKEN"
    reason_zh = "这个提交号已经用于另一份申请"
    reason_en = "Another application was submitted under this number."
    mend_zh = "请从办事指南重新开始办理，会得到新的提交号"
    mend_en = "Begin again from the guide; a new number will be given."


class FeeUnknownError(ApplicationsError):
    code = "FEE_UNKNOWN"
    status = 422
    reason_zh = "按现有内容算不出应缴或者应退的金额"
    reason_en = "The sum to pay or to return cannot be worked out from what is known."
    mend_zh = "请核对面积、起止日期等与收费有关的内容"
    mend_en = "Check area, dates and whatever else the fee depends on."


class DeferredOutstandingError(ApplicationsError):
    code = "DEFERRED_OUTSTANDING"
    reason_zh = "承诺后补的材料还没有补齐，不能准予"
    reason_en = "Material that was promised for later is still missing; this cannot be granted."
    mend_zh = "请等申请人补交；逾期未补交的，依法作出不予许可的决定"
    mend_en = "Wait until it is supplied; when its day has passed, refuse for that reason."


class NothingDeferredError(ApplicationsError):
    code = "NOTHING_DEFERRED"
    reason_zh = "本件没有等您补交的材料"
    reason_en = "No material of this case is waited for."
    mend_zh = "请到办件详情查看当前状态"
    mend_en = "See the case page for its present state."


class PromiseUnknownError(ApplicationsError):
    code = "PROMISE_UNKNOWN"
    reason_zh = "本件没有以告知承诺方式办理"
    reason_en = "This case was not handled on a promise."
    mend_zh = "请按一般程序办理"
    mend_en = "Handle it in the normal way."


class HearingError(ApplicationsError):
    """What the state of the hearing does not allow; the words say which."""

    code = "HEARING"
    reason_zh = "听证现在不能这样办理"
    reason_en = "The hearing does not allow this now."
    mend_zh = "请刷新页面查看听证的进展"
    mend_en = "Reload to see where the hearing stands."


class HearingNoticeTooShortError(HearingError):
    """Source: 行政许可法 第四十八条, 2019."""

    code = "HEARING_NOTICE_TOO_SHORT"
    status = 422
    reason_zh = "听证应当提前七个工作日通知"
    reason_en = "A hearing is announced seven working days before."
    mend_zh = "请把举行日期改到七个工作日以后，并在申请之日起二十个工作日内"
    mend_en = "Choose a day seven working days ahead and within twenty of the request."


class HandledLicenceError(ApplicationsError):
    """The licence that an application is about: none, several, or out of its time."""

    code = "HANDLED_LICENCE"
    status = 422
    reason_zh = "没有找到可以办理的有效证照"
    reason_en = "There is no valid licence that this could be about."
    mend_zh = "请选择要办理的证照；没有有效证照的，请申请新办"
    mend_en = "Choose the licence; without a valid one, apply for a new one."


class RenewalTimeError(HandledLicenceError):
    """Source: 行政许可法 第五十条, 2019, or the item's own rule."""

    code = "RENEWAL_TIME"
    reason_zh = "现在不在可以申请延续的时间内"
    reason_en = "It is not the time in which renewal may be asked for."
