"""授权: rows derived from seats, and the one predicate over them."""

from django.db import connection, transaction
from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet, Value

from yiwang.kernel.base import calendars
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.access.models import Grant
from yiwang.kernel.base.access.permissions import known

NOTHING = Q(pk__in=())

_REBUILD = """
WITH gone AS (
    DELETE FROM access_grant WHERE %(account)s::bigint IS NULL OR account_id = %(account)s
)
INSERT INTO access_grant (account_id, permission, role, post_key, org_path, division_path,
                          valid_from, valid_to)
SELECT holding.account_id, permission, role.key, post.key, unit.path, place.path,
       holding.valid_from, holding.valid_to
  FROM organizations_postholding holding
  JOIN organizations_post post ON post.key = holding.post_id
  JOIN organizations_organization unit ON unit.code = post.unit_scope_id AND unit.is_active
  JOIN divisions_division place ON place.code = post.scope_id
  JOIN organizations_post_roles carried ON carried.post_id = post.key
  JOIN organizations_role role ON role.key = carried.role_id
 CROSS JOIN LATERAL unnest(role.permissions) AS permission
 WHERE %(account)s::bigint IS NULL OR holding.account_id = %(account)s
"""
# Rebuilding for everyone excludes rebuilding for one: both take this lock, one of them shared.
_LOCK_SPACE = 0x79774752


def rebuild_grants(account_id: int | None = None) -> None:
    """Derive the grants of one account, or of all, anew from seats, roles, units and places.

    One statement does it; locks only keep two rebuilds of the same account apart, since the later
    one must see what the earlier one's transaction changed.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if account_id is None:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [_LOCK_SPACE])
        else:
            cursor.execute(
                "SELECT pg_advisory_xact_lock_shared(%s, 0), pg_advisory_xact_lock(%s, %s)",
                [_LOCK_SPACE, _LOCK_SPACE + 1, account_id % 2**31],
            )
        cursor.execute(_REBUILD, {"account": account_id})


class _StartsWith(Func):
    """PostgreSQL ``starts_with``: a prefix test without the escaping that LIKE would need."""

    function = "starts_with"
    output_field = BooleanField()


def scope(
    actor: Actor | None, permission: str, org: str = "org_path", division: str = "division_path"
) -> Q:
    """Return the condition that a row lies where ``actor`` holds ``permission`` today.

    ``org`` and ``division`` name the row's stored paths, through relations if need be. The
    condition is one correlated EXISTS: the number of seats never changes the number of queries.

    :raises PermissionUnknownError: when nobody declared the permission.
    """
    known(permission)
    if actor is None:
        return NOTHING
    return Q(
        Exists(
            _held(actor, permission).filter(
                _StartsWith(OuterRef(org), F("org_path")),
                _StartsWith(OuterRef(division), F("division_path")),
            )
        )
    )


def covering(
    actor: Actor, permission: str, *, org_path: str, division_path: str
) -> QuerySet[Grant]:
    """Return the grants by which ``actor`` holds ``permission`` today over this unit and place."""
    return _held(actor, permission).filter(
        _StartsWith(Value(org_path), F("org_path")),
        _StartsWith(Value(division_path), F("division_path")),
    )


def _held(actor: Actor, permission: str) -> QuerySet[Grant]:
    day = calendars.today()
    return Grant.objects.filter(
        Q(valid_to=None) | Q(valid_to__gte=day),
        account_id=actor.account_id,
        permission=permission,
        valid_from__lte=day,
    )
