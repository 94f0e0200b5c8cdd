"""What can go wrong with permissions besides being refused one."""

from yiwang.kernel.errors import DomainError


class AccessError(DomainError):
    """Base of this app's errors."""

    code = "ACCESS_ERROR"


class PermissionUnknownError(AccessError):
    """Code or a pack names a permission that nobody declared."""

    code = "PERMISSION_UNKNOWN"
    status = 500
    reason_zh = "没有这个权限"
    reason_en = "There is no such permission."
    mend_zh = "请改用已登记的权限键"
    mend_en = "Use a permission that is declared."


class AppointmentError(AccessError):
    """The person cannot be put into this seat, or is not in it."""

    code = "APPOINTMENT_REFUSED"
    reason_zh = "任职不能这样登记"
    reason_en = "The appointment cannot be recorded."
    mend_zh = "请核对岗位、账号和日期"
    mend_en = "Check the post, the account and the dates."


class AssuranceTooLowError(AccessError):
    """The session's proof of identity does not suffice for this act; ``needed`` says what does."""

    code = "ASSURANCE_TOO_LOW"
    status = 403
    reason_zh = "办理这件事需要更高级别的身份核验"
    reason_en = "This act needs a stronger proof of identity."
    mend_zh = "请按提示完成实名核验、动态口令或人脸核验后继续"
    mend_en = "Verify your name, or confirm with a one-time code or your face, then go on."
