"""Refusals of notify."""

from yiwang.kernel.errors import DomainError


class NotifyError(DomainError):
    code = "NOTIFY_ERROR"


class TemplateMissingError(NotifyError):
    code = "NOTICE_TEMPLATE_MISSING"
    reason_zh = "没有这个通知模板"
    reason_en = "There is no such notice template."
    mend_zh = "请在场景包的 notices 中加入这个模板并重新应用"
    mend_en = "Add the template to the notices of a pack and apply it again."


class TemplateFormError(NotifyError):
    """A template or its data do not fit each other; ``details`` name key and placeholder."""

    code = "NOTICE_TEMPLATE_FORM"
    status = 422
    reason_zh = "通知模板中的占位符不对"
    reason_en = "A placeholder of the notice template is wrong."
    mend_zh = "占位符写作 {小写英文}，花括号本身写两遍；随事件发送的模板只能用列出的占位符"
    mend_en = (
        "Write {lower_case}, double a brace that is meant; notices of events use listed names."
    )


class ReceiptSignatureError(NotifyError):
    code = "RECEIPT_SIGNATURE"
    status = 401
    reason_zh = "短信回执的签名不对"
    reason_en = "The signature of the receipt is wrong."
    mend_zh = "请用约定的密钥对原文做 HMAC-SHA256 签名"
    mend_en = "Sign the exact bytes with the shared key by HMAC-SHA256."


class ReceiptFormError(NotifyError):
    code = "RECEIPT_FORM"
    status = 422
    reason_zh = "短信回执的内容不完整，或没有这条短信"
    reason_en = "The receipt lacks something, or there is no such message."
    mend_zh = "需要 client_id、status（DELIVERED 或 UNDELIVERED）和 at"
    mend_en = "It needs client_id, status (DELIVERED or UNDELIVERED) and at."
