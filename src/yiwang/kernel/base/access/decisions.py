"""Yes or no to one act in one place."""

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.access.errors import AssuranceTooLowError
from yiwang.kernel.base.access.grants import covering
from yiwang.kernel.base.access.permissions import known
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.errors import NotPermittedError


def allowed(actor: Actor | None, permission: str, *, org_path: str, division_path: str) -> bool:
    """Say whether ``actor`` holds ``permission`` today over this unit in this place (one query).

    :raises PermissionUnknownError: when nobody declared the permission.
    """
    known(permission)
    if actor is None:
        return False
    return covering(actor, permission, org_path=org_path, division_path=division_path).exists()


def require(actor: Actor | None, permission: str, *, org_path: str, division_path: str) -> None:
    """Refuse the act unless :func:`allowed`; the refusal is audited and survives the rollback.

    :raises NotPermittedError: when the permission is not held here today.
    """
    if allowed(actor, permission, org_path=org_path, division_path=division_path):
        return
    if actor is not None:
        audit.record_denied(
            actor,
            permission,
            "organization",
            org_path.rstrip("/").rsplit("/", 1)[-1],
            details={"division_path": division_path},
        )
    raise NotPermittedError(permission=permission)


def require_assurance(actor: Actor, level: int) -> None:
    """Refuse the act unless the session proved the identity to ``level`` (1 to 3) or higher.

    :raises AssuranceTooLowError: with ``needed`` in its details.
    """
    if actor.assurance_level < level:
        raise AssuranceTooLowError(needed=level)
