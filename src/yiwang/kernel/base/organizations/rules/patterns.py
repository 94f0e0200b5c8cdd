"""机构范式: one definition that stands for the same unit in many places.

A city has a market supervision bureau in every county; a pack says so once. This module turns the
definition and the places into plain rows, without a database.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yiwang.kernel.errors import FieldProblem

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_KINDS = {"GOVERNMENT", "DEPARTMENT", "GRASSROOTS", "HALL"}
_UNIT_KEYS = {
    "key",
    "where",
    "name",
    "short_name",
    "paper_prefix",
    "kind",
    "parent",
    "functions",
    "phone",
    "address",
    "hours",
    "posts",
    "except",
}
_NAMED_UNIT_KEYS = (_UNIT_KEYS - {"key", "where", "except"}) | {"code", "division", "is_active"}
_POST_KEYS = {"key", "title", "roles", "units", "places", "is_leader"}


@dataclass(frozen=True, slots=True)
class Place:
    """What a pattern needs to know of a division; ``parent_code`` is by code, not by manager."""

    code: str
    name: str
    level: str
    kind: str
    parent_code: str
    manager_code: str
    path: str


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit to be: codes instead of rows; ``parent_code`` is empty for the top."""

    code: str
    name: str
    short_name: str
    paper_prefix: str
    kind: str
    division_code: str
    parent_code: str
    functions: tuple[str, ...]
    phone: str
    address: str
    hours: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class Seat:
    """One post to be: ``unit_scope_code`` and ``scope_code`` are how far it reaches."""

    key: str
    organization_code: str
    title: str
    roles: tuple[str, ...]
    scope_code: str
    unit_scope_code: str
    is_leader: bool


class _Fault(Exception):
    """A definition cannot be read: field and reason."""

    def __init__(self, field: str, reason_zh: str, reason_en: str) -> None:
        super().__init__(field)
        self.field, self.reason_zh, self.reason_en = field, reason_zh, reason_en


def expand(
    data: Mapping[str, Any], places: Iterable[Place], role_titles: Mapping[str, str]
) -> tuple[list[Unit], list[Seat], list[FieldProblem]]:
    """Turn a pack's definition into units and seats, parents before children.

    ``role_titles`` are the roles that exist; a seat without a title bears that of its first role.
    Every faulty definition gives one problem and no rows.
    """
    by_code = {place.code: place for place in sorted(places, key=lambda place: place.path)}
    units: list[Unit] = []
    seats: list[Seat] = []
    problems: list[FieldProblem] = []
    words = _PlaceWords(by_code, data.get("places", {}))
    for number, definition in enumerate(data.get("patterns", ()), start=1):
        try:
            _expect_keys(definition, _UNIT_KEYS)
            for place in _places_of(definition, by_code.values()):
                unit = _unit(
                    definition, f"{place.code}.{definition['key']}", place, words.of(place)
                )
                units.append(unit)
                seats += _seats(definition, unit, words.of(place), role_titles)
        except _Fault as fault:
            problems.append(_problem(f"patterns[{number}]", fault))
    for number, definition in enumerate(data.get("organizations", ()), start=1):
        try:
            _expect_keys(definition, _NAMED_UNIT_KEYS)
            named_place = by_code.get(_required(definition, "division"))
            if named_place is None:
                raise _Fault("division", "没有这个区划", "There is no such place.")
            unit = _unit(
                definition, _required(definition, "code"), named_place, words.of(named_place)
            )
            units = [other for other in units if other.code != unit.code] + [unit]
            if "posts" in definition:
                seats = [seat for seat in seats if seat.organization_code != unit.code]
                seats += _seats(definition, unit, words.of(named_place), role_titles)
        except _Fault as fault:
            problems.append(_problem(f"organizations[{number}]", fault))
    return units, seats, problems


class _PlaceWords:
    """The words that a pattern may use for a place, in braces."""

    def __init__(
        self, by_code: Mapping[str, Place], given: Mapping[str, Mapping[str, str]]
    ) -> None:
        self._by_code = by_code
        self._given = given

    def of(self, place: Place) -> dict[str, str]:
        given = self._given.get(place.code, {})
        parent = self._by_code.get(place.parent_code)
        return {
            "code": place.code,
            "name": place.name,
            "manager_code": place.manager_code,
            "parent_name": parent.name if parent else "",
            "full": self._full(place),
            # 文书机关代字 of places below the county are formed from their own names.
            "paper": given.get("paper", place.name),
            **{key: word for key, word in given.items() if key not in ("full", "paper")},
        }

    def _full(self, place: Place) -> str:
        given = self._given.get(place.code, {}).get("full")
        if given:
            return given
        parent = self._by_code.get(place.parent_code)
        return f"{self._full(parent) if parent else ''}{place.name}"


def _places_of(definition: Mapping[str, Any], places: Iterable[Place]) -> list[Place]:
    where = definition.get("where", {})
    unknown = set(where) - {"levels", "kinds", "name_ends"}
    if unknown or not where.get("levels") or not where.get("kinds"):
        raise _Fault("where", "应写明 levels 和 kinds", "Give levels and kinds.")
    spared = set(definition.get("except", ()))
    return [
        place
        for place in places
        if place.level in where["levels"]
        and place.kind in where["kinds"]
        and place.name.endswith(where.get("name_ends", ""))
        and place.code not in spared
    ]


def _unit(definition: Mapping[str, Any], code: str, place: Place, words: Mapping[str, str]) -> Unit:
    if _required(definition, "kind") not in _KINDS:
        raise _Fault("kind", f"性质应为 {sorted(_KINDS)}", f"The kind is one of {sorted(_KINDS)}.")
    name = _filled(definition, "name", words)
    return Unit(
        code=code,
        name=name,
        short_name=_filled(definition, "short_name", words, otherwise=name),
        paper_prefix=_filled(definition, "paper_prefix", words, otherwise=""),
        kind=definition["kind"],
        division_code=place.code,
        parent_code=_parent(definition, place, words),
        functions=tuple(definition.get("functions", ())),
        phone=str(definition.get("phone", "")),
        address=_filled(definition, "address", words, otherwise=""),
        hours=str(definition.get("hours", "")),
        is_active=bool(definition.get("is_active", True)),
    )


def _parent(definition: Mapping[str, Any], place: Place, words: Mapping[str, str]) -> str:
    """Return the parent's code; what hangs on the manager has no parent where there is none."""
    if not place.manager_code and "{manager_code}" in definition.get("parent", ""):
        return ""
    return _filled(definition, "parent", words, otherwise="")


def _seats(
    definition: Mapping[str, Any],
    unit: Unit,
    words: Mapping[str, str],
    role_titles: Mapping[str, str],
) -> list[Seat]:
    seats = []
    for post in definition.get("posts", ()):
        _expect_keys(post, _POST_KEYS)
        roles: Sequence[str] = post.get("roles", [_required(post, "key")])
        unknown = [role for role in roles if role not in role_titles]
        if unknown or not roles:
            raise _Fault(
                f"posts.{_required(post, 'key')}.roles",
                f"没有角色 {unknown}",
                f"There is no role {unknown}.",
            )
        seats.append(
            Seat(
                key=f"{unit.code}.{_required(post, 'key')}",
                organization_code=unit.code,
                title=post.get("title", role_titles[roles[0]]),
                roles=tuple(roles),
                scope_code=_filled(post, "places", words, otherwise=unit.division_code),
                unit_scope_code=_filled(post, "units", words, otherwise=unit.code),
                is_leader=bool(post.get("is_leader", False)),
            )
        )
    return seats


def _expect_keys(definition: Mapping[str, Any], keys: set[str]) -> None:
    unknown = sorted(set(definition) - keys)
    if unknown:
        raise _Fault(unknown[0], f"未知的键 {unknown}", f"Unknown keys {unknown}.")


def _required(definition: Mapping[str, Any], field: str) -> str:
    value = definition.get(field)
    if not isinstance(value, str) or not value:
        raise _Fault(field, "不能为空", "It must not be empty.")
    return value


def _filled(
    definition: Mapping[str, Any],
    field: str,
    words: Mapping[str, str],
    otherwise: str | None = None,
) -> str:
    if otherwise is not None and field not in definition:
        return otherwise
    template = _required(definition, field)
    # Not str.format: its fields can reach into objects, and this text comes from a pack.
    unknown = [word for word in _PLACEHOLDER.findall(template) if word not in words]
    if unknown:
        raise _Fault(field, f"不认识的占位符 {unknown}", f"Unknown placeholders {unknown}.")
    return _PLACEHOLDER.sub(lambda match: words[match.group(1)], template)


def _problem(where: str, fault: _Fault) -> FieldProblem:
    return FieldProblem(
        field=f"{where}.{fault.field}",
        code="ORGANIZATION_DEFINITION",
        reason_zh=fault.reason_zh,
        reason_en=fault.reason_en,
    )
