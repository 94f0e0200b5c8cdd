"""权限: what other apps ask."""

from yiwang.kernel.base.access.actions.appointments import appoint, dismiss
from yiwang.kernel.base.access.contracts import SYSTEM, Actor
from yiwang.kernel.base.access.decisions import allowed, require, require_assurance
from yiwang.kernel.base.access.errors import AssuranceTooLowError
from yiwang.kernel.base.access.grants import rebuild_grants, scope
from yiwang.kernel.base.access.permissions import PERMISSIONS, Permission, declare, known

__all__ = [
    "PERMISSIONS",
    "SYSTEM",
    "Actor",
    "AssuranceTooLowError",
    "Permission",
    "allowed",
    "appoint",
    "declare",
    "dismiss",
    "known",
    "rebuild_grants",
    "require",
    "require_assurance",
    "scope",
]
