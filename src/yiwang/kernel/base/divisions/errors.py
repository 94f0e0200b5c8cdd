"""What can be wrong with places."""

from yiwang.kernel.errors import DomainError


class DivisionError(DomainError):
    """Base of this app's errors."""

    code = "DIVISION_ERROR"


class DivisionListError(DivisionError):
    """A row of a code list cannot be read; ``problems`` names row and field."""

    code = "DIVISION_LIST_INVALID"
    status = 422
    reason_zh = "区划代码表有误，整表未导入"
    reason_en = "The code list has faults; nothing of it was loaded."
    mend_zh = "请按列出的行号修改后重新导入"
    mend_en = "Mend the rows that are named and load the list again."


class DivisionUnknownError(DivisionError):
    """No place has this code."""

    code = "DIVISION_UNKNOWN"
    status = 404
    reason_zh = "没有这个行政区划代码"
    reason_en = "No place has this code."
    mend_zh = "请核对 12 位区划代码"
    mend_en = "Check the 12 digits of the code."


class DivisionMoveError(DivisionError):
    """The place cannot be put under this manager, or not from this day."""

    code = "DIVISION_MOVE_REFUSED"
    reason_zh = "管理关系不能这样调整"
    reason_en = "The place cannot be moved in this way."
    mend_zh = "请核对管理上级和起始日期"
    mend_en = "Check the manager and the first day."
