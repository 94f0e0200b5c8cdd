"""Writing 行政区划: load a code list, open functional zones, move a place under another manager."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Concat, Substr

from yiwang.kernel.base import calendars
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.access.facade import rebuild_grants
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.chinese import pinyin_key
from yiwang.kernel.base.divisions.errors import (
    DivisionListError,
    DivisionMoveError,
    DivisionUnknownError,
)
from yiwang.kernel.base.divisions.models import Division, DivisionManagement
from yiwang.kernel.base.divisions.rules import listing
from yiwang.kernel.base.events import facade as events

_LISTED_FIELDS = ("name", "level", "kind", "code_source", "parent_id")


@dataclass(frozen=True, slots=True)
class LoadedDivisions:
    """What a load did: how many places are new, how many changed, how many stayed the same."""

    added: int
    changed: int
    unchanged: int


@transaction.atomic
def load_divisions(
    *, rows: Iterable[Mapping[str, str]], valid_from: date, actor: Actor
) -> LoadedDivisions:
    """Load a code list; a place that is new begins on ``valid_from`` under its code's parent.

    Loading the same list again changes nothing. Who manages a place already known is never
    touched here: that is :func:`move_division`.

    :raises DivisionListError: with one problem per faulty row; nothing is loaded then.
    """
    listed, problems = listing.read_rows(rows)
    if problems:
        raise DivisionListError(problems=problems)
    known = Division.objects.in_bulk([row.code for row in listed])
    paths = {code: division.path for code, division in known.items()}
    added: list[Division] = []
    changed: list[Division] = []
    for row in listed:
        division = known.get(row.code)
        values = {
            "name": row.name,
            "level": row.level,
            "kind": row.kind,
            "code_source": row.code_source,
            "parent_id": row.parent_code or None,
        }
        if division is None:
            paths[row.code] = f"{paths.get(row.parent_code, '')}{row.code}/"
            added.append(
                Division(
                    code=row.code,
                    pinyin=pinyin_key(row.name),
                    managed_by_id=row.parent_code or None,
                    path=paths[row.code],
                    valid_from=valid_from,
                    **values,
                )
            )
        elif any(getattr(division, field) != values[field] for field in _LISTED_FIELDS):
            for field in _LISTED_FIELDS:
                setattr(division, field, values[field])
            division.pinyin = pinyin_key(division.name)
            changed.append(division)
    Division.objects.bulk_create(added)
    _open_managements(added)
    Division.objects.bulk_update(changed, [*_LISTED_FIELDS, "pinyin"])
    loaded = LoadedDivisions(len(added), len(changed), len(listed) - len(added) - len(changed))
    if added or changed:
        audit.record(
            actor,
            "division.load",
            "division",
            listed[0].code,
            details={"added": loaded.added, "changed": loaded.changed},
        )
    return loaded


@transaction.atomic
def open_zones(*, zones: Sequence[Mapping[str, Any]], actor: Actor) -> LoadedDivisions:
    """Open functional zones (功能区) with local codes and put under them what they manage.

    Each zone has code, name, level, parent, code_source, valid_from, source, and ``manages``: a
    list of {code, valid_from, source}. Doing it again changes nothing.

    :raises DivisionUnknownError: when a parent or a managed place is not loaded.
    :raises DivisionMoveError: as :func:`move_division`.
    """
    added: list[Division] = []
    moved = 0
    for zone in zones:
        if not Division.objects.filter(pk=zone["code"]).exists():
            parent = _get(zone["parent"])
            division = Division(
                code=zone["code"],
                name=zone["name"],
                pinyin=pinyin_key(zone["name"]),
                level=zone["level"],
                kind=Division.Kind.FUNCTIONAL_ZONE,
                code_source=zone["code_source"],
                is_local_code=True,
                parent=parent,
                managed_by=parent,
                path=f"{parent.path}{zone['code']}/",
                valid_from=zone["valid_from"],
            )
            division.save(force_insert=True)
            _open_managements([division], source=zone["source"])
            audit.record(actor, "division.open_zone", "division", division.code)
            added.append(division)
        for managed in zone["manages"]:
            place = _get(managed["code"])
            if place.managed_by_id != zone["code"]:
                move_division(
                    division=place,
                    manager=_get(zone["code"]),
                    valid_from=managed["valid_from"],
                    source=managed["source"],
                    actor=actor,
                )
                moved += 1
    return LoadedDivisions(len(added), moved, len(zones) - len(added))


@transaction.atomic
def move_division(
    *, division: Division, manager: Division, valid_from: date, source: str, actor: Actor
) -> Division:
    """Put a place, with all below it, under another manager from ``valid_from`` on.

    The former management is closed on the day before and kept. Paths and the grants derived from
    them follow at once. ``source`` is the document that says so.

    :raises DivisionMoveError: the day lies ahead or before the present management began, or the
        manager is the place itself or lies below it.
    """
    # One lock at the top of the tree: two moves must not each write paths from a stale ancestor.
    top = division.path.split("/", 1)[0]
    Division.objects.select_for_update().get(pk=top)
    division = _get(division.code)
    manager = _get(manager.code)
    if valid_from > calendars.today():
        raise DivisionMoveError(
            "起始日期在将来，请到当日再调整",
            "The first day lies ahead; make the move on that day.",
        )
    if manager.path.startswith(division.path):
        raise DivisionMoveError(
            "不能由本区划或其下级来管理",
            "A place cannot be managed by itself or by a place below it.",
        )
    current = DivisionManagement.objects.select_for_update().get(division=division, valid_to=None)
    if valid_from < current.valid_from:
        raise DivisionMoveError(
            f"起始日期早于现行管理关系的起始日期 {current.valid_from}",
            f"The first day lies before that of the present management, {current.valid_from}.",
        )
    if valid_from == current.valid_from:
        # The same day: the earlier entry never took effect for a whole day, so it is put right.
        current.manager, current.source = manager, source
        current.save(update_fields=["manager", "source"])
    else:
        current.valid_to = valid_from - timedelta(days=1)
        current.save(update_fields=["valid_to"])
        DivisionManagement.objects.create(
            division=division, manager=manager, valid_from=valid_from, source=source
        )
    before = division.path
    after = f"{manager.path}{division.code}/"
    former_manager = division.managed_by_id
    Division.objects.under(before).update(
        path=Concat(Value(after), Substr("path", len(before) + 1))
    )
    division.managed_by, division.path = manager, after
    division.save(update_fields=["managed_by"])
    rebuild_grants()
    audit.record(
        actor,
        "division.move",
        "division",
        division.code,
        details={"from": former_manager, "to": manager.code, "valid_from": str(valid_from)},
    )
    events.emit(
        "division.moved",
        division.code,
        {"from": former_manager, "to": manager.code, "path_before": before, "path": after},
    )
    return division


def _get(code: str) -> Division:
    try:
        return Division.objects.get(pk=code)
    except Division.DoesNotExist as error:
        raise DivisionUnknownError(
            f"没有行政区划 {code}", f"No place has the code {code}."
        ) from error


def _open_managements(divisions: Iterable[Division], source: str = "") -> None:
    DivisionManagement.objects.bulk_create(
        DivisionManagement(
            division=division,
            manager_id=division.managed_by_id,
            valid_from=division.valid_from,
            source=source or division.code_source,
        )
        for division in divisions
        if division.managed_by_id
    )
