"""权限: every permission that the platform knows, with its name in both languages."""

from dataclasses import dataclass

from yiwang.kernel.base.access.errors import PermissionUnknownError

__all__ = ["PERMISSIONS", "Permission", "declare", "known"]


@dataclass(frozen=True, slots=True)
class Permission:
    """权限: ``key`` is what code asks for and roles carry."""

    key: str
    title_zh: str
    title_en: str


PERMISSIONS: dict[str, Permission] = {}


def declare(key: str, title_zh: str, title_en: str) -> None:
    """Make a permission known; a net declares its own when its app is ready.

    :raises ValueError: when the key is taken by a permission of another title.
    """
    permission = Permission(key, title_zh, title_en)
    if PERMISSIONS.setdefault(key, permission) != permission:
        raise ValueError(f"permission {key} is declared twice")


def known(key: str) -> str:
    """Return the key when the platform knows it.

    :raises PermissionUnknownError: a slip in code or in a pack; never an answer to a person.
    """
    if key not in PERMISSIONS:
        raise PermissionUnknownError(
            f"没有名为 {key} 的权限", f"No permission is called {key}.", permission=key
        )
    return key


declare("case.read", "查看办件", "See cases")
declare("case.receive", "收件与受理", "Receive and accept cases")
declare("case.review", "审查办件", "Review cases")
declare("case.decide", "作出决定", "Decide cases")
declare("case.site_check", "现场核查", "Check on site")
declare("case.window", "窗口代为提交", "Submit for a person who stands there")
declare("licence.read", "查看证照", "See licences")
declare("licence.annul", "撤销证照", "Annul licences")
declare("payment.read", "查看缴费", "See payments")
declare("rating.read", "查看评价", "See ratings")
declare("party.reveal", "查看完整个人信息", "See personal data in full")
declare("pack.apply", "应用场景包", "Apply packs")
declare("item.edit", "编辑事项", "Edit service items")
declare("admin.accounts", "管理账号与任职", "Manage accounts and posts")
