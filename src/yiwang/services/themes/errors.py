"""一件事错误."""

from yiwang.kernel.errors import DomainError


class ThemesError(DomainError):
    code = "THEME_ERROR"


class ThemeBrokenError(ThemesError):
    """The items that a theme merges are not there or do not fit."""

    code = "THEME_BROKEN"
    status = 422
    reason_zh = "这件事引用的事项不完整"
    reason_en = "An item that this theme merges is missing or does not fit."
    mend_zh = "先应用事项所在的场景包，再应用这件事"
    mend_en = "Apply the pack with the item first."


class ThemeNotHereError(ThemesError):
    code = "THEME_NOT_HERE"
    status = 422
    reason_zh = "这个地方还不能一次办这件事"
    reason_en = "This cannot be applied for as a whole at this place yet."
    mend_zh = "请换一个地方，或者分别办理其中的事项"
    mend_en = "Choose another place, or apply for its items one by one."


class NothingChosenError(ThemesError):
    code = "THEME_NOTHING_CHOSEN"
    status = 422
    reason_zh = "按您的回答，没有需要办的事项"
    reason_en = "By your answers there is nothing to apply for."
    mend_zh = "请回到第一页核对回答"
    mend_en = "Go back to the first page and check your answers."


class PartUnknownError(ThemesError):
    code = "THEME_PART_UNKNOWN"
    status = 404
    reason_zh = "这次申请里没有这一部分"
    reason_en = "There is no such part in this application."
    mend_zh = "请从办件页面选择"
    mend_en = "Choose one on the page of the case."


class NotConcludedError(ThemesError):
    code = "THEME_NOT_CONCLUDED"
    reason_zh = "还有部分没有办结，不能统一出件"
    reason_en = "Some parts are still open; nothing can be handed over yet."
    mend_zh = "等全部办结后再出件"
    mend_en = "Hand over once all parts have ended."


class DeliveredError(ThemesError):
    code = "THEME_DELIVERED"
    reason_zh = "结果已经统一送出"
    reason_en = "The results were handed over already."
    mend_zh = "请看办件页面上的出件记录"
    mend_en = "See the record on the page of the case."
