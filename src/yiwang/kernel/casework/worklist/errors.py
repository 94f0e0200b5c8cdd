"""待办流转错误."""

from yiwang.kernel.errors import DomainError


class WorklistError(DomainError):
    code = "WORKLIST_ERROR"


class NotClaimableError(WorklistError):
    """Several people sign this step: nobody may take it for himself."""

    code = "TASK_NOT_CLAIMABLE"
    reason_zh = "这一步要多人共同办理，不能由一人抢办"
    reason_en = "Several officials sign this step; nobody may claim it alone."
    mend_zh = "直接填写您的意见，等另一位同事确认"
    mend_en = "Enter your own opinion; a colleague confirms it."


class NotHeldError(WorklistError):
    code = "TASK_NOT_HELD"
    reason_zh = "这件待办不在您手上"
    reason_en = "You do not hold this task."
    mend_zh = "请刷新页面查看现在由谁办理"
    mend_en = "Reload to see who holds it now."


class DelegatedError(WorklistError):
    """The task is out for an answer: until then nobody acts on it or passes it on."""

    code = "TASK_DELEGATED"
    reason_zh = "这件待办已委派他人答复，还没有交回"
    reason_en = "This task is with somebody for an answer."
    mend_zh = "等对方答复，或者收回委派后再办理"
    mend_en = "Wait for the answer, or take the task back first."


class NotDelegatedError(WorklistError):
    code = "TASK_NOT_DELEGATED"
    reason_zh = "这件待办没有委派给您，或者已经交回"
    reason_en = "This task was not delegated to you, or was already given back."
    mend_zh = "请刷新页面查看最新状态"
    mend_en = "Reload to see the latest state."


class NotCompetentError(WorklistError):
    """Who should take the task holds no seat that may act on it."""

    code = "ASSIGNEE_NOT_COMPETENT"
    status = 422
    reason_zh = "对方没有办理这一步的岗位权限"
    reason_en = "This person holds no seat that may act on this step."
    mend_zh = "请选择同一岗位职责的同事"
    mend_en = "Choose a colleague whose seat carries this duty."


class OfficialUnknownError(WorklistError):
    code = "OFFICIAL_UNKNOWN"
    status = 422
    reason_zh = "没有找到这位工作人员，或者其账号已停用"
    reason_en = "No such official was found, or the account is closed."
    mend_zh = "请从名单中重新选择"
    mend_en = "Choose again from the list."


class SamePersonError(WorklistError):
    code = "SAME_PERSON"
    status = 422
    reason_zh = "不能选择本人"
    reason_en = "You cannot choose this same person."
    mend_zh = "请选择另一位同事"
    mend_en = "Choose somebody else."


class ReasonMissingError(WorklistError):
    code = "REASON_REQUIRED"
    status = 422
    reason_zh = "请写明理由"
    reason_en = "A reason is needed."
    mend_zh = "用一句话说明，对方和办件过程里都能看到"
    mend_en = "One sentence will do; it shows to the other person and on the timeline."


class TextTooLongError(WorklistError):
    code = "TEXT_TOO_LONG"
    status = 422
    reason_zh = "写得太长了"
    reason_en = "This is too long."
    mend_zh = "请写得短一些"
    mend_en = "Write less."


class DeputyPeriodError(WorklistError):
    code = "DEPUTY_PERIOD"
    status = 422
    reason_zh = "代理日期不对"
    reason_en = "The dates of the deputyship do not fit."
    mend_zh = "终止日期不早于起始日期和今天，一次最长一年"
    mend_en = "The last day is not before the first or today, and at most a year away."


class DeputyOverlapError(WorklistError):
    code = "DEPUTY_OVERLAP"
    reason_zh = "这段时间已经有人代理"
    reason_en = "Somebody already stands in during these days."
    mend_zh = "先结束原来的代理，再登记新的"
    mend_en = "End the other deputyship first."


class DeputyAwayError(WorklistError):
    code = "DEPUTY_AWAY"
    reason_zh = "代理人这段时间自己也由他人代理"
    reason_en = "The deputy is away during these days too."
    mend_zh = "请选择在岗的同事"
    mend_en = "Choose a colleague who is there."


class UrgedTooSoonError(WorklistError):
    code = "URGED_TOO_SOON"
    status = 429
    reason_zh = "一小时内已经催办过"
    reason_en = "You urged this task within the last hour."
    mend_zh = "请稍后再催，或直接联系承办人"
    mend_en = "Try later, or call the holder."


class NothingToUrgeError(WorklistError):
    code = "URGING_ONESELF"
    status = 422
    reason_zh = "这件待办就在您手上"
    reason_en = "You hold this task yourself."
    mend_zh = "可以直接办理、转办或委派"
    mend_en = "Act on it, transfer it or delegate it."


class TooManyError(WorklistError):
    code = "TOO_MANY"
    status = 422
    reason_zh = "一次选得太多了"
    reason_en = "Too many at once."
    mend_zh = "请分几次办理"
    mend_en = "Do it in several goes."


class InkRefusedError(WorklistError):
    code = "INK_REFUSED"
    status = 422
    reason_zh = "手写签名没有收到，或者图片不对"
    reason_en = "The handwritten signature did not arrive as a picture."
    mend_zh = "请清除后重新书写"
    mend_en = "Clear it and write again."


class HandOverNotDoneError(WorklistError):
    code = "HAND_OVER_OPEN"
    reason_zh = "此人有一次交接还没有完成"
    reason_en = "An earlier hand-over of this person is not finished."
    mend_zh = "请先继续完成那一次交接"
    mend_en = "Go on with that one first."
