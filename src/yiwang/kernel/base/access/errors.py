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
