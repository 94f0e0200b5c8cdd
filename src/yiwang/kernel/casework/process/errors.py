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


class ScreenStaleError(StaleError):
    code = "TASK_CHANGED"
    reason_zh = "这件待办在您打开之后有了变动"
    reason_en = "This task has changed since you opened it."
    mend_zh = "请刷新页面，看过变动后再办理"
    mend_en = "Reload, look at what has changed, then act."


class VerbNotAllowedError(ProcessError):
    code = "VERB_NOT_ALLOWED"
    reason_zh = "这一步不能这样办理"
    reason_en = "This step does not allow that."
    mend_zh = "请从本步骤列出的办理方式中选择；需要放开的，由流程管理人员修改流程定义"
    mend_en = "Choose one of the ways that the step offers, or have its definition changed."


class ReturnTargetError(ProcessError):
    code = "RETURN_TARGET_UNKNOWN"
    status = 422
    reason_zh = "不能退回到这一步"
    reason_en = "The case cannot be returned to this step."
    mend_zh = "只能退回到本办件已经办理过、且不在其他并行分支中的步骤"
    mend_en = "Choose a step that this case has passed and that is in no branch beside this one."


class ReturnTooOftenError(ProcessError):
    code = "RETURN_TOO_OFTEN"
    reason_zh = "本办件往返次数过多"
    reason_en = "This case has gone back and forth too often."
    mend_zh = "请当面商定后由一人一次办完，或者作出决定"
    mend_en = "Settle it in person, then act once, or decide the case."


class RecallTooLateError(ProcessError):
    code = "RECALL_TOO_LATE"
    reason_zh = "已经不能撤回"
    reason_en = "It is too late to recall this act."
    mend_zh = "后面的步骤已开始办理，或者文书、账单已经发出；需要改变的，请联系下一步退回"
    mend_en = "The next step has begun or a paper was issued; ask the next officer to return it."


class SignerUnfitError(ProcessError):
    code = "SIGNER_UNFIT"
    status = 422
    reason_zh = "不能加签给此人或者此单位"
    reason_en = "This signer cannot be added."
    mend_zh = "请选择在岗的工作人员或者有人在岗的单位，且不能与已有签办人重复"
    mend_en = "Choose an official in post, or a unit with one, who is not a signer already."


class SignerNotRemovableError(ProcessError):
    code = "SIGNER_NOT_REMOVABLE"
    reason_zh = "不能减去这位签办人"
    reason_en = "This signer cannot be removed."
    mend_zh = "只能减去还没有办理的签办人，且至少留一位"
    mend_en = "Only who has not acted yet can be removed, and one signer must remain."


class TaskSuspendedError(ProcessError):
    code = "TASK_SUSPENDED"
    reason_zh = "这件待办已挂起"
    reason_en = "This task is suspended."
    mend_zh = "先恢复，再办理；挂起不影响法定时限"
    mend_en = "Resume it first; a suspension never stops a legal clock."


class TurnNotYetError(ProcessError):
    code = "TURN_NOT_YET"
    reason_zh = "还没有轮到您办理"
    reason_en = "It is not your turn yet."
    mend_zh = "前一位办理后，这件待办会到您的待办箱"
    mend_en = "It comes to your inbox when the one before you has acted."


class TerminationNotOfferedError(ProcessError):
    code = "TERMINATION_NOT_OFFERED"
    reason_zh = "这类办件不能由工作人员终止"
    reason_en = "A case of this kind cannot be terminated by an official."
    mend_zh = "请依法作出决定，或者由申请人撤件"
    mend_en = "Decide it as the law says, or let the applicant withdraw it."


class HandlerUnfitError(ProcessError):
    code = "HANDLER_UNFIT"
    status = 422
    reason_zh = "所选的人不能办理下一步"
    reason_en = "The chosen person cannot act in the next step."
    mend_zh = "请选择下一步承办单位中在岗的人员"
    mend_en = "Choose an official who is in post in the unit of the next step."


class NextStepError(ProcessError):
    code = "NEXT_STEP_UNKNOWN"
    status = 422
    reason_zh = "不能直接送到这一步"
    reason_en = "The case cannot be sent to this step from here."
    mend_zh = "请从列出的下一步中选择"
    mend_en = "Choose one of the next steps that are offered."


class ProcessTooWideError(ProcessError):
    code = "PROCESS_TOO_WIDE"
    reason_zh = "同时进行的分支、签办人或者子办件过多"
    reason_en = "Too many branches, signers or child cases at one time."
    mend_zh = "请分成几批办理，或者修改流程定义"
    mend_en = "Do it in several rounds, or change the definition of the process."


class FormNotEditableError(ProcessError):
    code = "FORM_NOT_EDITABLE"
    status = 422
    reason_zh = "这类办件没有可以修改的表单"
    reason_en = "A case of this kind has no form to change."
    mend_zh = "去掉 form 后再办理"
    mend_en = "Leave out form, then act."
