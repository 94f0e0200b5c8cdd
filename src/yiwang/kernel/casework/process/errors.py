"""流程错误."""

from yiwang.kernel.errors import DomainError, StaleError


class ProcessError(DomainError):
    code = "PROCESS_ERROR"


class UnknownActError(ProcessError):
    code = "ACT_UNKNOWN"
    status = 422
    reason_zh = "这一步没有这个办理动作"
    reason_en = "This step has no such act."
    mend_zh = "请刷新页面，从列出的动作中选择"
    mend_en = "Reload and choose from the acts shown."


class OpinionMissingError(ProcessError):
    code = "OPINION_REQUIRED"
    status = 422
    reason_zh = "请填写办理意见"
    reason_en = "An opinion is needed for this act."
    mend_zh = "说明理由后再提交，理由会写入送达申请人的文书"
    mend_en = "Give the reason; it goes into the paper that the applicant receives."


class SignersDisagreeError(ProcessError):
    code = "SIGNERS_DISAGREE"
    reason_zh = "与先办理的同事选择不一致"
    reason_en = "Your choice differs from that of the colleague who acted first."
    mend_zh = "请两人商定后填写同一结论；先办理的同事可以改签"
    mend_en = "Agree first, then choose the same; the colleague who signed first may sign anew."


class TaskClosedError(StaleError):
    code = "TASK_CLOSED"
