"""Refusals that any door may give, whatever stands behind it."""

from yiwang.kernel.errors import DomainError


class MalformedRequestError(DomainError):
    code = "MALFORMED_REQUEST"
    status = 400
    reason_zh = "请求的格式无法识别"
    reason_en = "The request could not be read."
    mend_zh = "请按接口说明检查请求内容的格式和编码（UTF-8）"
    mend_en = "Check the form and the encoding (UTF-8) of what was sent."


class UnstorableTextError(DomainError):
    """A text holds what no store keeps: a NUL, or half of a surrogate pair."""

    code = "UNSTORABLE_TEXT"
    status = 422
    reason_zh = "内容里有不能保存的字符"
    reason_en = "What was sent holds a character that cannot be stored."
    mend_zh = "请删去看不见的特殊字符（多半是粘贴带来的）后再提交"
    mend_en = "Delete invisible characters, which mostly come from pasting, and send again."


class NotSignedInError(DomainError):
    code = "NOT_SIGNED_IN"
    status = 401
    reason_zh = "请先登录"
    reason_en = "Please sign in first."
    mend_zh = "登录后会回到刚才的页面"
    mend_en = "You will come back to this page after signing in."


class FormExpiredError(DomainError):
    """The token that ties a form to its page is missing or old."""

    code = "FORM_EXPIRED"
    status = 403
    reason_zh = "页面停留时间过长，为了安全需要重新打开"
    reason_en = "The page was open for too long and must be opened again."
    mend_zh = "请返回上一页刷新后再提交；自动保存的内容都保留着"
    mend_en = "Go back, reload and send again; what was saved is kept."


class MethodNotAllowedError(DomainError):
    code = "METHOD_NOT_ALLOWED"
    status = 405
    reason_zh = "这个地址不支持这种操作"
    reason_en = "This address does not allow this method."
    mend_zh = "请使用 Allow 头中列出的方法"
    mend_en = "Use one of the methods in the Allow header."


class TooLargeError(DomainError):
    code = "REQUEST_TOO_LARGE"
    status = 413
    reason_zh = "提交的内容太大"
    reason_en = "What was sent is too large."
    mend_zh = "请压缩图片或分次上传"
    mend_en = "Make pictures smaller, or send the files one by one."


class TooManyRequestsError(DomainError):
    """Too often: pass ``retry_after_s`` (whole seconds), which also becomes the header."""

    code = "TOO_MANY_REQUESTS"
    status = 429
    reason_zh = "操作太频繁"
    reason_en = "Too many requests."
    mend_zh = "请稍等片刻再试"
    mend_en = "Wait a moment and try again."


class OutsideUnavailableError(DomainError):
    """A system that is not ours gave no answer in time."""

    code = "OUTSIDE_UNAVAILABLE"
    status = 503
    reason_zh = "对方系统暂时没有回应"
    reason_en = "The other system is not answering at the moment."
    mend_zh = "请过一两分钟再试，已填写和已办理的内容都不受影响"
    mend_en = "Try again in a minute or two; what you typed and did is kept."


class StoreUnavailableError(DomainError):
    """The database is away: it restarts, or the connection broke."""

    code = "STORE_UNAVAILABLE"
    status = 503
    reason_zh = "系统正在恢复，请稍等"
    reason_en = "The system is coming back, please wait."
    mend_zh = "请过一分钟再试；没有得到答复的操作，重新提交不会重复办理"
    mend_en = "Try again in a minute; what was not answered is never done twice."


class InternalError(DomainError):
    code = "INTERNAL_ERROR"
    status = 500
    reason_zh = "系统出了问题，已经记录"
    reason_en = "Something went wrong on our side; it has been recorded."
    mend_zh = "请稍后再试；如仍不行，请把请求编号告诉咨询电话"
    mend_en = "Try again later. If it still fails, tell the help line the request number."


class IdempotencyKeyInvalidError(DomainError):
    code = "IDEMPOTENCY_KEY_INVALID"
    status = 422
    reason_zh = "缺少幂等键，或幂等键的格式不对"
    reason_en = "The idempotency key is missing or malformed."
    mend_zh = "请在 Idempotency-Key 头中给出 8 至 80 个字母、数字或 - _ . : 字符，每次办理各用一个"
    mend_en = "Send 8 to 80 letters, digits or - _ . : as Idempotency-Key, a new one for each act."


class IdempotencyKeyReusedError(DomainError):
    code = "IDEMPOTENCY_KEY_REUSED"
    status = 422
    reason_zh = "这个幂等键已经用于另一次内容不同的请求"
    reason_en = "This idempotency key was used for a request with other content."
    mend_zh = "重试时请原样发送；新的办理请换一个幂等键"
    mend_en = "Repeat a request unchanged; take a new key for a new act."


class CursorInvalidError(DomainError):
    code = "CURSOR_INVALID"
    status = 422
    reason_zh = "翻页标记无效"
    reason_en = "The page cursor is not valid."
    mend_zh = "请从第一页重新开始"
    mend_en = "Start again from the first page."
