"""事项错误."""

from yiwang.kernel.errors import DomainError


class OverlayPlaceError(DomainError):
    code = "OVERLAY_PLACE"
    status = 422
    reason_zh = "没有这个区划，不能叠加"
    reason_en = "There is no such place to lay a pack over."
    mend_zh = "请写代码表里的十二位代码"
    mend_en = "Write a code of twelve digits from the code list."


class OverlayConflictError(DomainError):
    """One item has at most one overlay at one place."""

    code = "OVERLAY_CONFLICT"
    reason_zh = "另一个场景包已在这里叠加同一事项"
    reason_en = "Another pack lies over the same item here already."
    mend_zh = "合成一个场景包，或者先停用另一个"
    mend_en = "Make them one pack, or switch the other one off first."
