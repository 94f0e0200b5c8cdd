"""Writing 机构、岗位、角色 from packs. Applying the same data again changes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Model, Value
from django.db.models.functions import Concat, Substr

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.access.facade import PERMISSIONS, rebuild_grants
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.chinese import pinyin_key
from yiwang.kernel.base.divisions.models import Division
from yiwang.kernel.base.organizations.errors import OrganizationDataError
from yiwang.kernel.base.organizations.models import Organization, Post, Role
from yiwang.kernel.base.organizations.rules import patterns
from yiwang.kernel.errors import FieldProblem

_ROLE_FIELDS = ("title", "title_en", "permissions")
_UNIT_FIELDS = (
    "name",
    "short_name",
    "paper_prefix",
    "kind",
    "division_id",
    "parent_id",
    "path",
    "functions",
    "phone",
    "address",
    "hours",
    "is_active",
)
_POST_FIELDS = ("organization_id", "title", "scope_id", "unit_scope_id", "is_leader")


@dataclass(frozen=True, slots=True)
class AppliedOrganizations:
    """What an application of data did, counted over roles, units and posts together."""

    added: int
    changed: int
    unchanged: int


@transaction.atomic
def apply_roles(data: Mapping[str, Any], actor: Actor) -> AppliedOrganizations:
    """Write the roles of ``data["roles"]``: key, title, title_en, permissions.

    :raises OrganizationDataError: an empty field, an unknown key or an undeclared permission.
    """
    problems: list[FieldProblem] = []
    rows = []
    for number, role in enumerate(data["roles"], start=1):
        where = f"roles[{number}]"
        for field in ("key", "title", "title_en"):
            if not role.get(field):
                problems.append(_problem(f"{where}.{field}", "不能为空", "It must not be empty."))
        for key in sorted(set(role) - {"key", *_ROLE_FIELDS}):
            problems.append(_problem(f"{where}.{key}", "未知的键", "Unknown key."))
        for permission in role.get("permissions", ()):
            if permission not in PERMISSIONS:
                problems.append(
                    _problem(
                        f"{where}.permissions",
                        f"没有名为 {permission} 的权限",
                        f"No permission is called {permission}.",
                    )
                )
        rows.append(Role(**{field: role.get(field) for field in ("key", "title", "title_en")}))
        rows[-1].permissions = sorted(role.get("permissions", ()))
    if problems:
        raise OrganizationDataError(problems=problems)
    applied = _upsert(Role, rows, _ROLE_FIELDS)
    return _finish(applied, "organization.apply_roles", actor)


@transaction.atomic
def apply_organizations(data: Mapping[str, Any], actor: Actor) -> AppliedOrganizations:
    """Write the units and posts of ``data``: ``patterns``, ``organizations`` and ``places``.

    ``patterns`` stand for the same unit in many places, ``organizations`` for one unit (and
    replace what a pattern gives under the same code), ``places`` for words of single places. What
    other data brought stays untouched.

    :raises OrganizationDataError: with one problem per faulty definition; nothing is written then.
    """
    units, seats, problems = patterns.expand(
        data,
        [_place(division) for division in Division.objects.all()],
        dict(Role.objects.values_list("key", "title")),
    )
    known = dict(Organization.objects.values_list("code", "path"))
    paths = _paths(units, known, problems)
    for seat in seats:
        if seat.unit_scope_code not in paths and seat.unit_scope_code not in known:
            problems.append(
                _problem(
                    f"{seat.key}.units",
                    f"没有机构 {seat.unit_scope_code}",
                    f"There is no unit {seat.unit_scope_code}.",
                )
            )
    if problems:
        raise OrganizationDataError(problems=problems)
    applied_units = _upsert(
        Organization, [_organization(unit, paths[unit.code]) for unit in units], _UNIT_FIELDS
    )
    _carry_descendants(known, paths)
    applied_posts = _upsert(Post, [_post(seat) for seat in seats], _POST_FIELDS)
    roles_changed = _set_roles(seats)
    applied = AppliedOrganizations(
        added=applied_units.added + applied_posts.added,
        changed=applied_units.changed + max(applied_posts.changed, roles_changed),
        unchanged=applied_units.unchanged
        + applied_posts.unchanged
        - max(0, roles_changed - applied_posts.changed),
    )
    return _finish(applied, "organization.apply", actor)


def _finish(applied: AppliedOrganizations, action: str, actor: Actor) -> AppliedOrganizations:
    if applied.added or applied.changed:
        rebuild_grants()
        audit.record(
            actor,
            action,
            "organization",
            "*",
            details={"added": applied.added, "changed": applied.changed},
        )
    return applied


def _paths(
    units: Sequence[patterns.Unit], known: Mapping[str, str], problems: list[FieldProblem]
) -> dict[str, str]:
    """Return the path of every unit; a parent may stand anywhere in the data, or be known."""
    by_code = {unit.code: unit for unit in units}
    paths: dict[str, str] = {}

    def path_of(code: str, below: tuple[str, ...]) -> str | None:
        if code in paths:
            return paths[code]
        unit = by_code.get(code)
        if unit is None:
            return known.get(code)
        if code in below:
            return None
        if not unit.parent_code:
            paths[code] = f"{code}/"
            return paths[code]
        above = path_of(unit.parent_code, (*below, code))
        if above is None:
            return None
        paths[code] = f"{above}{code}/"
        return paths[code]

    for unit in units:
        if path_of(unit.code, ()) is None:
            problems.append(
                _problem(
                    f"{unit.code}.parent",
                    f"上级机构 {unit.parent_code} 不存在，或者互为上级",
                    f"The parent {unit.parent_code} does not exist, or two are each other's.",
                )
            )
    return paths


def _carry_descendants(before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Give a unit's new path to units below it that other data brought."""
    for code, path in after.items():
        former = before.get(code, path)
        if former != path:
            Organization.objects.filter(path__startswith=former).exclude(code__in=after).update(
                path=Concat(Value(path), Substr("path", len(former) + 1))
            )


def _upsert(model: type[Model], rows: Sequence[Any], fields: Sequence[str]) -> AppliedOrganizations:
    """Add rows that are new, write rows that differ in ``fields``, and count."""
    manager = model._default_manager
    stored = manager.in_bulk([row.pk for row in rows])
    added = [row for row in rows if row.pk not in stored]
    changed = [
        row
        for row in rows
        if row.pk in stored
        and any(getattr(row, field) != getattr(stored[row.pk], field) for field in fields)
    ]
    manager.bulk_create(added)
    written = [*fields, "pinyin"] if hasattr(model, "pinyin") else list(fields)
    manager.bulk_update(changed, written)
    return AppliedOrganizations(len(added), len(changed), len(rows) - len(added) - len(changed))


def _set_roles(seats: Iterable[patterns.Seat]) -> int:
    """Make each seat carry exactly its roles; return how many known seats changed."""
    through = Post.roles.through
    wanted = {(seat.key, role) for seat in seats for role in seat.roles}
    keys = {key for key, _role in wanted}
    present = {
        (link.post_id, link.role_id): link.pk
        for link in through._default_manager.filter(post_id__in=keys)
    }
    through._default_manager.bulk_create(
        through(post_id=key, role_id=role) for key, role in sorted(wanted - set(present))
    )
    stale = set(present) - wanted
    through._default_manager.filter(pk__in=[present[pair] for pair in stale]).delete()
    seats_before = {key for key, _role in present}
    return len({key for key, _role in (wanted - set(present)) | stale if key in seats_before})


def _place(division: Division) -> patterns.Place:
    return patterns.Place(
        code=division.code,
        name=division.name,
        level=division.level,
        kind=division.kind,
        parent_code=division.parent_id or "",
        manager_code=division.managed_by_id or "",
        path=division.path,
    )


def _organization(unit: patterns.Unit, path: str) -> Organization:
    return Organization(
        code=unit.code,
        name=unit.name,
        short_name=unit.short_name,
        paper_prefix=unit.paper_prefix,
        pinyin=pinyin_key(unit.name),
        kind=unit.kind,
        division_id=unit.division_code,
        parent_id=unit.parent_code or None,
        path=path,
        functions=list(unit.functions),
        phone=unit.phone,
        address=unit.address,
        hours=unit.hours,
        is_active=unit.is_active,
    )


def _post(seat: patterns.Seat) -> Post:
    return Post(
        key=seat.key,
        organization_id=seat.organization_code,
        title=seat.title,
        scope_id=seat.scope_code,
        unit_scope_id=seat.unit_scope_code,
        is_leader=seat.is_leader,
    )


def _problem(field: str, reason_zh: str, reason_en: str) -> FieldProblem:
    return FieldProblem(
        field=field, code="ORGANIZATION_DEFINITION", reason_zh=reason_zh, reason_en=reason_en
    )
