"""文书错误."""

from yiwang.kernel.errors import DomainError


class PapersError(DomainError):
    code = "PAPER_ERROR"


class PaperTemplateError(PapersError):
    """A pack's wording asks for a fact that this kind of paper does not have."""

    code = "PAPER_TEMPLATE"
    status = 422
    reason_zh = "文书模板用到了没有的内容"
    reason_en = "The template of the paper asks for something that is not there."
    mend_zh = "请按场景包格式说明中列出的占位名称修改模板"
    mend_en = "Use only the names that the pack format lists."


class PaperServiceError(PapersError):
    """``field`` names what is missing or wrong: the method, or a part of the proof."""

    code = "PAPER_SERVICE"
    status = 422
    reason_zh = "送达方式或者送达凭证不完整"
    reason_en = "The way of service or its proof is incomplete."
    mend_zh = "请按送达方式填写：签收人；地址和同意时间；快递公司和邮件号；见证人或者照片；公告载体"
    mend_en = (
        "Give what the way asks for: who signed; address and consent; carrier and item number;"
        " witnesses or a photograph; where the notice appeared."
    )


class PaperServedError(PapersError):
    code = "PAPER_SERVED"
    status = 409
    reason_zh = "这份文书已经送达"
    reason_en = "This paper has been served."
    mend_zh = "送达日期以第一次送达为准，不用再登记"
    mend_en = "The first service counts; nothing more needs to be recorded."


class PaperNotOnTheWayError(PapersError):
    code = "PAPER_NOT_ON_THE_WAY"
    status = 409
    reason_zh = "这份文书没有正在邮寄"
    reason_en = "This paper is not in the post."
    mend_zh = "请刷新页面查看送达情况"
    mend_en = "Reload to see how it was served."
