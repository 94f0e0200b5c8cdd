"""Refusals of payments."""

from yiwang.kernel.errors import DomainError


class PaymentsError(DomainError):
    code = "PAYMENTS_ERROR"


class BillAmountError(PaymentsError):
    code = "BILL_AMOUNT_WRONG"
    status = 422
    reason_zh = "收费明细的合计与缴款金额不一致，或金额不是大于零的两位小数"
    reason_en = (
        "The items do not add up to the amount, or it is not a positive sum of yuan and fen."
    )
    mend_zh = "请核对收费标准、数量和合计"
    mend_en = "Check unit price, quantity and sum."


class BillStateError(PaymentsError):
    code = "BILL_STATE"
    reason_zh = "缴款单的当前状态不能这样办理"
    reason_en = "The bill is in a state that does not allow this."
    mend_zh = "请刷新后查看缴款单的最新状态"
    mend_en = "Reload to see the present state of the bill."


class RefundTooLargeError(PaymentsError):
    code = "REFUND_TOO_LARGE"
    status = 422
    reason_zh = "退款金额超过可退金额"
    reason_en = "The refund is more than what can still be given back."
    mend_zh = "请把退款金额改到可退金额以内"
    mend_en = "Lower the refund to what is left."


class NoticeSignatureError(PaymentsError):
    code = "NOTICE_SIGNATURE"
    status = 401
    reason_zh = "到账通知的签名不对"
    reason_en = "The signature of the notice is wrong."
    mend_zh = "请用约定的密钥对原文做 HMAC-SHA256 签名"
    mend_en = "Sign the exact bytes with the shared key by HMAC-SHA256."


class NoticeFormError(PaymentsError):
    code = "NOTICE_FORM"
    status = 422
    reason_zh = "到账通知的内容不完整"
    reason_en = "The notice lacks something or is malformed."
    mend_zh = "需要 transaction_id、bill_no、amount、paid_at"
    mend_en = "It needs transaction_id, bill_no, amount and paid_at."
