"""权限: who may change a table or an item: those who hold ``item.edit`` over its pack's owner."""

from dataclasses import dataclass

from django.db.models import Q

from yiwang.kernel.base.access import facade as access
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.errors import NotFoundError
from yiwang.kernel.packs.models import PackRelease
from yiwang.services.items.models import ServiceItem

__all__ = ["EDIT", "REVIEW", "editable_packs", "owner_of", "require_item", "require_table"]

EDIT = "item.edit"
REVIEW = "case.review"


@dataclass(frozen=True, slots=True)
class OwnedPack:
    """A pack in force, with the unit that owns it."""

    release: PackRelease
    owner: Organization


def editable_packs(actor: Actor) -> list[OwnedPack]:
    """Return the packs in force whose owner the actor may edit for, by key (two queries)."""
    releases = {
        release.key: release
        for release in PackRelease.objects.filter(is_current=True, is_enabled=True).order_by("key")
    }
    codes = {str(release.manifest.get("owner", "")) for release in releases.values()}
    scope: Q = access.scope(actor, EDIT, org="path", division="division__path")
    owners = {one.code: one for one in Organization.objects.filter(scope, code__in=codes)}
    return [
        OwnedPack(release, owners[release.manifest["owner"]])
        for release in releases.values()
        if release.manifest.get("owner") in owners
    ]


def owner_of(pack_key: str) -> OwnedPack:
    """Return the pack in force of this key with its owner.

    :raises NotFoundError: it is not in force, or nobody owns it.
    """
    release = PackRelease.objects.filter(key=pack_key, is_current=True).first()
    code = release.manifest.get("owner") if release is not None else None
    owner = Organization.objects.select_related("division").filter(code=code).first()
    if release is None or owner is None:
        raise NotFoundError
    return OwnedPack(release, owner)


def require_table(actor: Actor, key: str) -> OwnedPack:
    """Return the pack of a rule table that the actor may edit.

    :raises NotFoundError: no pack in force has the table.
    :raises NotPermittedError: it is another unit's.
    """
    held = PackRelease.objects.filter(is_current=True, object_keys__rules__contains=[key])
    release = held.values_list("key", flat=True).first()
    if release is None:
        raise NotFoundError
    return _require(actor, owner_of(release))


def require_item(actor: Actor, item_key: str) -> OwnedPack:
    """Return the pack of an item that the actor may edit.

    :raises NotFoundError: there is no such item in force.
    :raises NotPermittedError: it is another unit's.
    """
    pack = ServiceItem.objects.filter(key=item_key, is_active=True).values_list(
        "pack_key", flat=True
    )
    found = pack.first()
    if found is None:
        raise NotFoundError
    return _require(actor, owner_of(found))


def _require(actor: Actor, pack: OwnedPack) -> OwnedPack:
    access.require(actor, EDIT, org_path=pack.owner.path, division_path=pack.owner.division.path)
    return pack
