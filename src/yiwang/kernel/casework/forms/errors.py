"""表单错误."""

from yiwang.kernel.errors import DomainError, StaleError


class FormsError(DomainError):
    code = "FORM_ERROR"


class DraftConflictError(StaleError):
    """Two tabs: this one is older than what is stored."""

    code = "DRAFT_CONFLICT"
    reason_zh = "这份草稿在另一个页面里改过"
    reason_en = "This draft was changed on another page."
    mend_zh = "您在本页填写的内容仍在，请刷新后对照保存"
    mend_en = "What you typed here is still shown; reload, compare and save again."


class DraftSubmittedError(FormsError):
    code = "DRAFT_SUBMITTED"
    reason_zh = "这份申请已经提交过了"
    reason_en = "This application has already been submitted."
    mend_zh = "请到“我的办件”查看进度"
    mend_en = "See its progress under “My cases”."
