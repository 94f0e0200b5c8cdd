"""对照: what a draft changes in a table, cell by cell; rules are known by their id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yiwang.kernel.casework.rules.dmn.export import feel_literal
from yiwang.kernel.casework.rules.yaml_tables import feel_text

Table = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CellChange:
    """格: what stood and what stands; equal where nothing changed."""

    before: str
    after: str

    @property
    def changed(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class RuleChange:
    """规则行: ``state`` is added, removed, changed, moved or same."""

    id: str
    state: str
    when: tuple[CellChange, ...]
    then: tuple[CellChange, ...]
    source: CellChange
    place_before: int | None
    place_after: int | None


@dataclass(frozen=True, slots=True)
class TableChange:
    """规则表对照: parts beside the rows (``other``) by their name, and every row."""

    other: tuple[tuple[str, CellChange], ...]
    rules: tuple[RuleChange, ...]

    @property
    def changed(self) -> bool:
        return bool(self.other) or any(rule.state != "same" for rule in self.rules)

    @property
    def count(self) -> int:
        """Return how many parts and rows differ."""
        return len(self.other) + sum(rule.state != "same" for rule in self.rules)


def compare(before: Table, after: Table) -> TableChange:
    """Return every row of both tables, in the order of the draft, removed ones where they stood."""
    old = {str(rule["id"]): (place, rule) for place, rule in enumerate(before["rules"])}
    new = {str(rule["id"]): (place, rule) for place, rule in enumerate(after["rules"])}
    kept_before = [key for key in old if key in new]
    kept_after = [key for key in new if key in old]
    rank = {key: place for place, key in enumerate(kept_before)}
    moved = {key for place, key in enumerate(kept_after) if rank[key] != place}
    order = list(new)
    for key, (place, _) in old.items():
        if key not in new:
            order.insert(min(place, len(order)), key)
    rows = [_row(key, old.get(key), new.get(key), key in moved) for key in order]
    return TableChange(tuple(_others(before, after)), tuple(rows))


def _row(
    key: str,
    old: tuple[int, Mapping[str, Any]] | None,
    new: tuple[int, Mapping[str, Any]] | None,
    has_moved: bool,
) -> RuleChange:
    before: Mapping[str, Any] = old[1] if old else {}
    after: Mapping[str, Any] = new[1] if new else {}
    when = _cells(before.get("when", []), after.get("when", []))
    then = _cells(before.get("then", []), after.get("then", []))
    source = CellChange(str(before.get("source", "")), str(after.get("source", "")))
    notes = [CellChange(str(before.get(n, "")), str(after.get(n, ""))) for n in _NOTES]
    if old is None or new is None:
        state = "added" if old is None else "removed"
    elif any(cell.changed for cell in (*when, *then, source, *notes)):
        state = "changed"
    else:
        state = "moved" if has_moved else "same"
    return RuleChange(
        key, state, when, then, source, old[0] if old else None, new[0] if new else None
    )


_NOTES = ("note_zh", "note_en")


def _cells(before: Sequence[Any], after: Sequence[Any]) -> tuple[CellChange, ...]:
    count = max(len(before), len(after))
    olds = [feel_text(value) for value in before] + [""] * (count - len(before))
    news = [feel_text(value) for value in after] + [""] * (count - len(after))
    return tuple(CellChange(a, b) for a, b in zip(olds, news, strict=True))


def _others(before: Table, after: Table) -> list[tuple[str, CellChange]]:
    found: list[tuple[str, CellChange]] = []
    for name in ("title_zh", "title_en", "hit_policy"):
        found.append((name, CellChange(str(before.get(name, "")), str(after.get(name, "")))))
    found.append(("default", CellChange(*(_joined(t.get("default")) for t in (before, after)))))
    old = _parameters(before)
    new = _parameters(after)
    for name in dict.fromkeys([*old, *new]):
        found.append((f"parameters.{name}", CellChange(old.get(name, ""), new.get(name, ""))))
    for part in ("inputs", "outputs"):
        ours = CellChange(*(_columns(table.get(part, [])) for table in (before, after)))
        found.append((part, ours))
    return [(name, change) for name, change in found if change.changed]


def _joined(values: Sequence[Any] | None) -> str:
    return "，".join(feel_text(value) for value in values or ())


def _parameters(table: Table) -> dict[str, str]:
    """Return each parameter's values in one line: from when to when, how much, by which source."""
    return {
        str(parameter["name"]): "；".join(
            f"{value['valid_from']}–{value.get('valid_to') or ''} {feel_literal(value['value'])}"
            f"（{value['source']}{' ' + value['edition'] if value.get('edition') else ''}）"
            for value in parameter["values"]
        )
        for parameter in table.get("parameters", [])
    }


def _columns(columns: Sequence[Mapping[str, Any]]) -> str:
    return "；".join(
        f"{one['name']} = {one.get('expression', one['name'])}"
        f"{' ' + str(one['values']) if one.get('values') else ''}"
        for one in columns
    )
