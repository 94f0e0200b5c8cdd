"""规则表格: a table as a form, and the form as a table again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from yiwang.kernel.casework.rules.errors import RuleFinding, Words
from yiwang.kernel.casework.rules.yaml_tables import feel_text
from yiwang.services.applications.http.shown import either, is_chinese

MOST_TEXT = 2000
MOST_ROWS = 500


@dataclass(slots=True)
class Cell:
    """One box of the form: its name, what stands in it, and what is wrong with it."""

    name: str
    value: str
    label: str
    errors: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Row:
    """One rule of the form."""

    number: int
    id: Cell
    when: list[Cell]
    then: list[Cell]
    source: Cell
    errors: list[str]


@dataclass(slots=True)
class Value:
    """One dated value of a parameter."""

    number: int
    cells: list[Cell]


@dataclass(slots=True)
class Parameter:
    """One parameter with its values over time."""

    number: int
    name: str
    label: str
    values: list[Value]


@dataclass(slots=True)
class Grid:
    """规则表格: everything the form shows."""

    inputs: list[str]
    outputs: list[str]
    rows: list[Row]
    default: list[Cell]
    parameters: list[Parameter]


VALUE_PARTS = ("value", "valid_from", "valid_to", "source", "edition", "mark")


def grid_of(table: Mapping[str, Any], findings: Sequence[RuleFinding]) -> Grid:
    """Return a table as the boxes of its form, each with what is wrong at its place."""
    told: dict[str, list[str]] = {}
    for one in findings:
        told.setdefault(one.path, []).append(sentence(one.reason))
    inputs = [label_of(one) for one in table["inputs"]]
    outputs = [label_of(one) for one in table["outputs"]]
    rows = []
    for number, rule in enumerate(table["rules"]):
        at = f"rules[{number}]"
        name = _("规则 %(id)s") % {"id": rule["id"]}
        rows.append(
            Row(
                number,
                Cell(f"r{number}.id", str(rule["id"]), _("编号"), told.get(f"{at}.id", [])),
                _cells(f"r{number}.w", rule["when"], inputs, name, f"{at}.when", told),
                _cells(f"r{number}.t", rule["then"], outputs, name, f"{at}.then", told),
                Cell(f"r{number}.source", str(rule.get("source", "")), _("依据")),
                [*told.get(at, []), *told.get(f"{at}.when", []), *told.get(f"{at}.then", [])],
            )
        )
    default = table.get("default") or [""] * len(outputs)
    return Grid(
        inputs,
        outputs,
        rows,
        _cells("d", default, outputs, _("默认结果"), "default", told),
        [_parameter(number, one, told) for number, one in enumerate(table.get("parameters", []))],
    )


def table_of(form: Mapping[str, str], base: Mapping[str, Any]) -> dict[str, Any]:
    """Return the table that a form describes; what the form does not show stays as in ``base``.

    A row, a value or a place that ``do`` names is added, copied, moved or removed on the way.
    """
    table: dict[str, Any] = json.loads(json.dumps(base))
    known = {str(rule["id"]): rule for rule in base["rules"]}
    count = min(_whole(form.get("rows", "")), MOST_ROWS)
    rows = []
    for number in range(count):
        old = base["rules"][number] if number < len(base["rules"]) else None
        rows.append(_rule(form, number, base, known, old))
    table["rules"] = rows
    default = [_text(form, f"d{place}") for place in range(len(base["outputs"]))]
    table.pop("default", None)
    if any(default):
        table["default"] = _kept(default, base.get("default") or [])
    for number, parameter in enumerate(table.get("parameters", [])):
        old_values = base["parameters"][number]["values"]
        values = min(_whole(form.get(f"p{number}.count", "")), MOST_ROWS)
        parameter["values"] = [
            _value(
                form, f"p{number}.v{place}", old_values[place] if place < len(old_values) else {}
            )
            for place in range(values)
        ]
    _do(table, form.get("do", ""))
    return table


def sentence(words: Words) -> str:
    """Return words as one sentence in the language of the page."""
    if is_chinese():
        return f"{words.zh.rstrip('。')}。"
    return f"{words.en[:1].upper()}{words.en[1:].rstrip('.')}."


def label_of(column: Mapping[str, Any]) -> str:
    """Return the heading of a column in the language of the page."""
    return either(str(column.get("label_zh") or column["name"]), str(column.get("label_en") or ""))


def shown_value(value: Any) -> str:
    """Return a parameter's value as it is typed: text bare, unless it reads as another kind."""
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False) if _parsed(value) != value else value


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _cells(
    prefix: str,
    values: Sequence[Any],
    labels: Sequence[str],
    row: str,
    path: str,
    told: Mapping[str, list[str]],
) -> list[Cell]:
    return [
        Cell(
            f"{prefix}{place}",
            "" if value == "" else feel_text(value),
            f"{row} · {label}",
            list(told.get(f"{path}[{place}]", [])),
        )
        for place, (value, label) in enumerate(zip(values, labels, strict=False))
    ]


def _parameter(number: int, one: Mapping[str, Any], told: Mapping[str, list[str]]) -> Parameter:
    labels = (_("取值"), _("起"), _("止"), _("依据"), _("版本"), _("标记"))
    values = []
    for place, value in enumerate(one["values"]):
        at = f"parameters[{number}].values[{place}]"
        cells = []
        for part, label in zip(VALUE_PARTS, labels, strict=True):
            text = shown_value(value["value"]) if part == "value" else str(value.get(part, ""))
            errors = list(told.get(f"{at}.{part}", []))
            cells.append(Cell(f"p{number}.v{place}.{part}", text, label, errors))
        values.append(Value(place, cells))
    return Parameter(number, str(one["name"]), label_of(one), values)


def _rule(
    form: Mapping[str, str],
    number: int,
    base: Mapping[str, Any],
    known: Mapping[str, Mapping[str, Any]],
    old: Mapping[str, Any] | None,
) -> dict[str, Any]:
    key = _text(form, f"r{number}.id") or f"rule_{number + 1}"
    before = known.get(key, old or {})
    when = [_text(form, f"r{number}.w{n}") or "-" for n in range(len(base["inputs"]))]
    then = [_text(form, f"r{number}.t{n}") or "-" for n in range(len(base["outputs"]))]
    rule = {
        "id": key,
        "when": _kept(when, before.get("when", [])),
        "then": _kept(then, before.get("then", [])),
    }
    source = _text(form, f"r{number}.source")
    if source:
        rule["source"] = source
    return rule | {name: before[name] for name in ("note_zh", "note_en") if name in before}


def _kept(texts: Sequence[str], before: Sequence[Any]) -> list[Any]:
    """Return the texts; where one says what stood there, as it stood (a number stays a number)."""
    return [
        before[place] if place < len(before) and feel_text(before[place]) == text else text
        for place, text in enumerate(texts)
    ]


def _value(form: Mapping[str, str], prefix: str, old: Mapping[str, Any]) -> dict[str, Any]:
    texts = {part: _text(form, f"{prefix}.{part}") for part in VALUE_PARTS}
    made: dict[str, Any] = {"value": _parsed(texts.pop("value"))}
    made |= {part: text for part, text in texts.items() if text}
    made.setdefault("source", "unconfirmed")
    doubtful = made["source"] == "unconfirmed" or made.get("mark") == "C"
    same = all(str(old.get(part, "")) == text for part, text in texts.items())
    made["confirmed"] = old["confirmed"] if same and "confirmed" in old else not doubtful
    return made


def _do(table: dict[str, Any], do: str) -> None:
    verb, _colon, rest = do.partition(":")
    places = [int(part) for part in rest.split(":") if part.isdigit()]
    rows = table["rules"]
    if verb in ("add", "copy", "remove", "up", "down") and places and places[0] < len(rows):
        _do_row(rows, verb, places[0], table)
    elif verb in ("add_value", "remove_value") and places:
        parameters = table.get("parameters", [])
        if places[0] < len(parameters):
            _do_value(parameters[places[0]]["values"], verb, places[1:])


def _do_row(rows: list[dict[str, Any]], verb: str, place: int, table: Mapping[str, Any]) -> None:
    row = rows[place]
    if verb == "remove":
        if len(rows) > 1:
            del rows[place]
    elif verb == "up" and place > 0:
        rows[place - 1], rows[place] = row, rows[place - 1]
    elif verb == "down" and place + 1 < len(rows):
        rows[place + 1], rows[place] = row, rows[place + 1]
    elif verb in ("add", "copy"):
        empty = {"when": ["-"] * len(table["inputs"]), "then": ["-"] * len(table["outputs"])}
        rows.insert(place + 1, {**(row if verb == "copy" else empty), "id": _new_id(rows)})


def _new_id(rows: Sequence[Mapping[str, Any]]) -> str:
    taken = {str(row.get("id", "")) for row in rows}
    return next(key for key in (f"rule_{n}" for n in range(1, len(rows) + 2)) if key not in taken)


def _do_value(values: list[dict[str, Any]], verb: str, places: Sequence[int]) -> None:
    if verb == "add_value" and values:
        last = values[-1]
        values.append({**last, "valid_from": "", "source": "unconfirmed", "confirmed": False})
    elif verb == "remove_value" and places and len(values) > 1 and places[0] < len(values):
        del values[places[0]]


def _text(form: Mapping[str, str], name: str) -> str:
    return form.get(name, "").replace("\0", "").strip()[:MOST_TEXT]


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() else 0
