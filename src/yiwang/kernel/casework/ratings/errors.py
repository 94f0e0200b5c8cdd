"""Refusals of ratings."""

from yiwang.kernel.errors import DomainError


class RatingError(DomainError):
    code = "RATING_ERROR"


class RatingFormError(RatingError):
    code = "RATING_FORM"
    status = 422
    reason_zh = "评价内容需要修改"
    reason_en = "The rating needs a change."
    mend_zh = "请从五个等级中选一个；标签最多 8 个，每个 20 字以内；意见 1000 字以内"
    mend_en = "Choose one of five grades; at most 8 tags of 20 characters, a comment of 1000."
