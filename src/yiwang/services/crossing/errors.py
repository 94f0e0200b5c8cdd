"""跨域通办错误."""

from yiwang.kernel.errors import DomainError


class CrossingError(DomainError):
    code = "CROSSING_ERROR"


class NotReceivedElsewhereError(CrossingError):
    code = "ITEM_NOT_CITY_WIDE"
    status = 422
    reason_zh = "这个事项不能在这个窗口异地代收"
    reason_en = "This window may not take in this item for another place."
    mend_zh = "请看办事指南列出的受理地点，或由申请人网上提交"
    mend_en = "See where the guide says it is taken in, or let the person apply online."


class WindowReachesError(CrossingError):
    code = "WINDOW_REACHES"
    status = 422
    reason_zh = "这个事项本来就由本窗口收件，不用转办"
    reason_en = "This window takes in the item itself; nothing has to be passed on."
    mend_zh = "请按普通收件办理"
    mend_en = "Take it in the ordinary way."


class NothingToTakeError(CrossingError):
    code = "CUSTODY_NOTHING_TO_TAKE"
    reason_zh = "没有送来的案卷，或者已经接收"
    reason_en = "No package is on its way here, or it was taken already."
    mend_zh = "请看交接记录"
    mend_en = "See the custody record."


class PackageChangedError(CrossingError):
    code = "CUSTODY_PACKAGE_CHANGED"
    reason_zh = "案卷与送出时的清单不一致，不能接收"
    reason_en = "The package differs from what was sent; it cannot be taken."
    mend_zh = "请与送出单位核对后重新转办"
    mend_en = "Clear it up with the sender, then let it be sent anew."


class NotDecidedError(CrossingError):
    code = "CUSTODY_NOT_CONCLUDED"
    reason_zh = "还没有办结，不能送回结果"
    reason_en = "The case is open; there is no result to send back."
    mend_zh = "办结后再送回"
    mend_en = "Send it back once the case is concluded."


class HelpNotAuthorisedError(CrossingError):
    code = "HELP_NOT_AUTHORISED"
    status = 403
    reason_zh = "没有登记对方的帮代办授权，或者已经到期、撤销，或者不包含这个事项"
    reason_en = "No authority of this person is on record, or it has ended or covers other items."
    mend_zh = "请先当面登记授权，再代办"
    mend_en = "Record the authority with the person first."


class HelpTooLongError(CrossingError):
    code = "HELP_TOO_LONG"
    status = 422
    reason_zh = "帮代办授权最长 180 天"
    reason_en = "An authority to help lasts 180 days at most."
    mend_zh = "请缩短有效期"
    mend_en = "Choose an earlier end."
