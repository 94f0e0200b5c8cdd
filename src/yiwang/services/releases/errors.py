"""发布错误."""

from yiwang.kernel.errors import DomainError, StaleError


class ReleasesError(DomainError):
    code = "RELEASE_ERROR"


class DraftChangedError(StaleError):
    """Somebody saved the draft after this page was opened."""

    code = "DRAFT_CHANGED"
    reason_zh = "草稿已被他人改过"
    reason_en = "Somebody changed the draft meanwhile."
    mend_zh = "请重新打开草稿，再改一次"
    mend_en = "Open the draft again and repeat your change."


class DraftClosedError(StaleError):
    code = "DRAFT_CLOSED"
    reason_zh = "草稿已经放行或者作废"
    reason_en = "The draft was released or discarded already."
    mend_zh = "请从规则页重新起草"
    mend_en = "Begin a new draft from the page of the table."


class SamePersonError(ReleasesError):
    """两人放行: whoever edited or proposed may not release."""

    code = "SAME_PERSON"
    status = 403
    reason_zh = "起草、修改的人不能放行"
    reason_en = "Whoever drafted or edited it may not release it."
    mend_zh = "请另一位有权限的同事核对并放行"
    mend_en = "Ask a colleague with the permission to check and release it."


class TableFaultyError(ReleasesError):
    code = "TABLE_FAULTY"
    status = 422
    reason_zh = "规则表还有错误，不能放行"
    reason_en = "The table still has errors and cannot be released."
    mend_zh = "请按提示改正后再放行"
    mend_en = "Mend what is marked, then release it."


class TableMovedError(StaleError):
    code = "TABLE_MOVED"
    reason_zh = "现行版本在起草之后变了"
    reason_en = "The running version changed after this draft was begun."
    mend_zh = "请作废这份草稿，从新的现行版本起草"
    mend_en = "Discard this draft and begin again from the version in force."


class NothingChangedError(ReleasesError):
    code = "NOTHING_CHANGED"
    status = 422
    reason_zh = "草稿与现行版本一样"
    reason_en = "The draft says what the running version says."
    mend_zh = "先修改，再放行"
    mend_en = "Change something first."


class ReplayMissingError(ReleasesError):
    code = "REPLAY_MISSING"
    reason_zh = "这一稿还没有用以往的决定试算完"
    reason_en = "This state of the draft was not yet replayed over past decisions."
    mend_zh = "请先试算，看清谁的结果会变，再放行"
    mend_en = "Replay it and look at whose outcome changes, then release it."


class PathUnfitError(ReleasesError):
    """The item has no instant path, or nobody would take a case that falls out of it."""

    code = "PATH_UNFIT"
    status = 422
    reason_zh = "这个事项没有秒批路径，或者退出秒批的办件没有人接"
    reason_en = "The item has no instant path, or nobody would take what falls out of it."
    mend_zh = "请检查流程：决策步骤的默认去向应当是一项人工任务"
    mend_en = "Check the process: a decision's default should lead to a task."


class PathStateError(StaleError):
    code = "PATH_STATE"
    reason_zh = "秒批路径的状态已经变了"
    reason_en = "The state of the instant path has changed."
    mend_zh = "请刷新页面查看最新状态"
    mend_en = "Reload to see the latest state."
