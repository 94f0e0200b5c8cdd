"""文书错误."""

from yiwang.kernel.errors import DomainError


class PapersError(DomainError):
    code = "PAPER_ERROR"


class PaperServiceError(PapersError):
    """``field`` names what is missing: the method, or the proof."""

    code = "PAPER_SERVICE"
    status = 422
    reason_zh = "送达方式或者送达凭证不完整"
    reason_en = "The way of service or its proof is incomplete."
    mend_zh = "请选择直接送达或者邮寄送达，并写明签收人或者邮件号码（200字以内）"
    mend_en = "Choose in person or by post, and name who signed or the number of the item."
