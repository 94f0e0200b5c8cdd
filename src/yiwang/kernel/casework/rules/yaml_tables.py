"""规则表读入: the compact YAML form of a decision table, as packs hold it.

The keys are those of `_KEYS`; an unknown key is an error. Cells and entries are FEEL; a bare
number, boolean or date may stand where YAML reads it as one. `parameters.<name>` is the value of
a dated parameter on the day of the decision.
"""

from __future__ import annotations

import datetime as py
import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any

from .definition import (
    HIT_POLICIES,
    ORDERED_BY_OUTPUT,
    HitPolicy,
    InputSpec,
    OutputSpec,
    Parameter,
    ParameterValue,
    RuleSpec,
    TableSpec,
)
from .errors import FeelError, RuleFinding, RulesError, TableError, Words
from .feel.lexer import NameIndex, quote
from .feel.names import free_paths
from .feel.parser import parse_type
from .feel.types import FeelType, resolve_type
from .feel.values import enter
from .tables import Table
from .tracing import PARAMETERS

_KEYS: dict[str, dict[str, bool]] = {
    "table": {
        "key": True,
        "title_zh": True,
        "title_en": False,
        "hit_policy": False,
        "inputs": True,
        "outputs": True,
        "rules": True,
        "default": False,
        "parameters": False,
    },
    "input": {
        "name": True,
        "expression": False,
        "type": False,
        "label_zh": False,
        "label_en": False,
        "values": False,
    },
    "output": {
        "name": True,
        "type": False,
        "label_zh": False,
        "label_en": False,
        "values": False,
    },
    "rule": {
        "id": True,
        "when": True,
        "then": True,
        "source": False,
        "note_zh": False,
        "note_en": False,
    },
    "parameter": {"name": True, "label_zh": False, "label_en": False, "values": True},
    "parameter value": {
        "value": True,
        "valid_from": True,
        "valid_to": False,
        "source": True,
        "edition": False,
        "mark": False,
        "confirmed": False,
    },
}
UNCONFIRMED = "unconfirmed"
MARKS = ("A", "B", "C")


def compile_table(
    definition: Mapping[str, Any], *, version: str = "", names: Collection[str] | None = None
) -> Table:
    """Return the compiled table of a YAML definition.

    `version` is that of the pack the table came from. With `names`, the facts there are, a table
    that reads any other fact is refused.
    :raises TableError: the definition has errors; every one is in its `findings`.
    """
    reading = _Reading(definition)
    spec = reading.table(version)
    if spec is None or reading.findings:
        raise TableError(str(definition.get("key", "?")), reading.findings)
    known = None
    if names is not None:
        known = NameIndex(name for name in names if "." not in name)
    table = Table(spec, names=known)
    findings = _unknown_names(table, names)
    if findings:
        raise TableError(spec.key, findings)
    return table


def digest_of(definition: Mapping[str, Any]) -> str:
    """Return the fingerprint of a definition, the same for the same content."""
    canonical = json.dumps(definition, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _unknown_names(table: Table, names: Collection[str] | None) -> list[RuleFinding]:
    parameters = {parameter.name for parameter in table.spec.parameters}
    roots = None
    if names is not None:
        roots = {name.split(".", 1)[0] for name in names} | set(names) | {PARAMETERS}
    findings = []
    for path, tree in table.parsed.places():
        for trail in free_paths(tree):
            unknown_parameter = trail[0] == PARAMETERS and trail[1:2] not in {
                (name,) for name in parameters
            }
            if unknown_parameter or (roots is not None and trail[0] not in roots):
                findings.append(_unknown(path, ".".join(trail[:2] if unknown_parameter else trail)))
    return findings


def _unknown(path: str, name: str) -> RuleFinding:
    return RuleFinding(
        path,
        "unknown-name",
        Words(f"没有事实或参数“{name}”", f'there is no fact or parameter "{name}"'),
        Words("改正名称；文字要写成 '\"文字\"'", "mend the name; write text as '\"text\"'"),
    )


class _Reading:
    """Reads one definition, noting every fault with its place."""

    def __init__(self, definition: Mapping[str, Any]) -> None:
        self.definition = definition
        self.findings: list[RuleFinding] = []

    def fault(self, path: str, code: str, reason: Words, mend: Words) -> None:
        self.findings.append(RuleFinding(path, code, reason, mend))

    def table(self, version: str) -> TableSpec | None:
        data = self.definition
        if not self.keys(data, "table", ""):
            return None
        policy = self.policy(data.get("hit_policy", "UNIQUE"))
        inputs = [self.input(item, f"inputs[{n}]") for n, item in self.items("inputs")]
        outputs = [self.output(item, f"outputs[{n}]") for n, item in self.items("outputs")]
        outputs = self.with_defaults(outputs)
        rules = [
            self.rule(item, f"rules[{n}]", len(inputs), len(outputs))
            for n, item in self.items("rules")
        ]
        parameters = [
            self.parameter(item, f"parameters[{n}]") for n, item in self.items("parameters")
        ]
        self.unique("inputs", [item.name for item in inputs if item])
        self.unique("outputs", [item.name for item in outputs if item])
        self.unique("rules", [item.id for item in rules if item])
        self.unique("parameters", [item.name for item in parameters if item])
        if policy in ORDERED_BY_OUTPUT and not any(item and item.values for item in outputs):
            self.fault(
                "hit_policy",
                "priority-values",
                Words("该命中策略须列出输出的允许值", "this hit policy needs the output's values"),
                Words("在 outputs 中按优先顺序写 values", "list values in outputs, best first"),
            )
        if self.findings or policy is None:
            return None
        return TableSpec(
            key=str(data["key"]),
            title=self.words(data, "title", str(data["key"])),
            hit_policy=policy,
            inputs=tuple(item for item in inputs if item),
            outputs=tuple(item for item in outputs if item),
            rules=tuple(item for item in rules if item),
            parameters=tuple(item for item in parameters if item),
            version=version,
            digest=digest_of(data),
        )

    def keys(self, data: Any, kind: str, path: str) -> bool:
        """Check that `data` is a mapping with the keys of its kind and no others."""
        known = _KEYS[kind]
        if not isinstance(data, Mapping):
            self.fault(
                path,
                "not-a-mapping",
                Words("此处应为键值对", "expected keys with values here"),
                Words(f"可用的键：{'、'.join(known)}", f"keys: {', '.join(known)}"),
            )
            return False
        for key in data:
            if key not in known:
                self.fault(
                    f"{path}.{key}".lstrip("."),
                    "unknown-key",
                    Words(f"不认识的键 {key}", f"unknown key {key}"),
                    Words(f"可用的键：{'、'.join(known)}", f"keys: {', '.join(known)}"),
                )
        missing = [key for key, required in known.items() if required and key not in data]
        for key in missing:
            self.fault(
                f"{path}.{key}".lstrip("."),
                "missing-key",
                Words(f"缺少 {key}", f"{key} is missing"),
                Words(f"补上 {key}", f"add {key}"),
            )
        return not missing

    def items(self, key: str) -> list[tuple[int, Any]]:
        value = self.definition.get(key, [])
        if not isinstance(value, list):
            self.fault(
                key,
                "not-a-list",
                Words(f"{key} 应为列表", f"{key} should be a list"),
                Words("每项前加短横", "put each item after a dash"),
            )
            return []
        return list(enumerate(value))

    def policy(self, text: Any) -> HitPolicy | None:
        found = HIT_POLICIES.get(str(text).upper().replace("_", " "))
        if found is None:
            self.fault(
                "hit_policy",
                "hit-policy",
                Words(f"没有命中策略 {text}", f"there is no hit policy {text}"),
                Words(
                    f"可用：{'、'.join(p.value for p in HitPolicy)}",
                    f"use one of {', '.join(p.value for p in HitPolicy)}",
                ),
            )
        return found

    def words(self, data: Mapping[str, Any], key: str, fallback: str) -> Words:
        zh = str(data.get(f"{key}_zh") or fallback)
        return Words(zh, str(data.get(f"{key}_en") or (fallback if fallback != "" else zh)))

    def type(self, text: Any, path: str) -> FeelType | None:
        if text is None:
            return None
        try:
            found = resolve_type(parse_type(str(text)))
        except FeelError:
            found = None
        if found is None:
            self.fault(
                path,
                "type",
                Words(f"没有类型 {text}", f"there is no type {text}"),
                Words(
                    "可用 number、string、boolean、date、time、date and time、list<…> 等",
                    "use number, string, boolean, date, time, date and time, list<...>",
                ),
            )
        return found

    def values(self, given: Any, wanted: FeelType | None) -> str:
        if given is None:
            return ""
        if not isinstance(given, list):
            return feel_text(given)
        texts = wanted is None or wanted.kind == "string"
        return ", ".join(
            quote(item) if isinstance(item, str) and texts else feel_text(item) for item in given
        )

    def input(self, data: Any, path: str) -> InputSpec | None:
        if not self.keys(data, "input", path):
            return None
        wanted = self.type(data.get("type"), f"{path}.type")
        name = str(data["name"])
        return InputSpec(
            name,
            str(data.get("expression", name)),
            self.words(data, "label", name),
            wanted,
            self.values(data.get("values"), wanted),
        )

    def output(self, data: Any, path: str) -> OutputSpec | None:
        if not self.keys(data, "output", path):
            return None
        wanted = self.type(data.get("type"), f"{path}.type")
        name = str(data["name"])
        values = self.values(data.get("values"), wanted)
        return OutputSpec(name, self.words(data, "label", name), wanted, values)

    def with_defaults(self, outputs: list[OutputSpec | None]) -> list[OutputSpec | None]:
        given = self.definition.get("default")
        if given is None:
            return outputs
        if not isinstance(given, list) or len(given) != len(outputs):
            self.length("default", len(outputs))
            return outputs
        return [
            OutputSpec(item.name, item.label, item.type, item.values, feel_text(text))
            if item is not None
            else None
            for item, text in zip(outputs, given, strict=True)
        ]

    def length(self, path: str, count: int) -> None:
        self.fault(
            path,
            "length",
            Words(f"此处应为 {count} 项的列表", f"expected a list of {count} items"),
            Words("每列一项，不限的条件写 '-'", "one item per column; '-' means any value"),
        )

    def rule(self, data: Any, path: str, inputs: int, outputs: int) -> RuleSpec | None:
        if not self.keys(data, "rule", path):
            return None
        for key, count in (("when", inputs), ("then", outputs)):
            if not isinstance(data[key], list) or len(data[key]) != count:
                self.length(f"{path}.{key}", count)
                return None
        return RuleSpec(
            str(data["id"]),
            tuple(feel_text(text) for text in data["when"]),
            tuple(feel_text(text) for text in data["then"]),
            str(data.get("source", "")),
            self.words(data, "note", ""),
        )

    def parameter(self, data: Any, path: str) -> Parameter | None:
        if not self.keys(data, "parameter", path):
            return None
        name = str(data["name"])
        given = data["values"]
        if not isinstance(given, list) or not given:
            self.length(f"{path}.values", 1)
            return None
        values = [
            self.parameter_value(value, f"{path}.values[{place}]")
            for place, value in enumerate(given)
        ]
        return Parameter(
            name, self.words(data, "label", name), tuple(value for value in values if value)
        )

    def parameter_value(self, data: Any, path: str) -> ParameterValue | None:
        if not self.keys(data, "parameter value", path):
            return None
        start = self.day(data["valid_from"], f"{path}.valid_from")
        end = self.day(data.get("valid_to"), f"{path}.valid_to")
        if start is not None and end is not None and end < start:
            self.fault(
                f"{path}.valid_to",
                "dates",
                Words("失效日早于生效日", "it ends before it begins"),
                Words("更正日期", "mend the dates"),
            )
        try:
            enter(data["value"])
        except RulesError as error:
            self.fault(f"{path}.value", error.code, error.reason, error.mend)
        source = str(data["source"])
        mark = str(data.get("mark", ""))
        if mark and mark not in MARKS:
            self.fault(
                f"{path}.mark",
                "mark",
                Words(f"没有标记 {mark}", f"there is no mark {mark}"),
                Words("用 A、B 或 C（C 为待核实）", "use A, B or C (C is unconfirmed)"),
            )
        doubtful = source == UNCONFIRMED or mark == "C"
        confirmed = bool(data.get("confirmed", not doubtful))
        if confirmed and mark == "C":
            self.fault(
                f"{path}.confirmed",
                "mark",
                Words("标记 C 的取值不能写成已核实", "a value marked C is not confirmed"),
                Words(
                    "改标记，或写 confirmed: false", "change the mark, or write confirmed: false"
                ),
            )
        edition = str(data.get("edition", ""))
        return ParameterValue(data["value"], start, end, source, confirmed, edition, mark)

    def day(self, value: Any, path: str) -> py.date | None:
        if value is None or (isinstance(value, py.date) and not isinstance(value, py.datetime)):
            return value
        try:
            return py.date.fromisoformat(str(value))
        except ValueError:
            self.fault(
                path,
                "date",
                Words(f"{value} 不是日期", f"{value} is no date"),
                Words("写成 2026-01-31", "write it as 2026-01-31"),
            )
            return None

    def unique(self, path: str, names: list[str]) -> None:
        for name in sorted({name for name in names if names.count(name) > 1}):
            self.fault(
                path,
                "repeated",
                Words(f"{name} 重复", f"{name} occurs twice"),
                Words("改名", "rename one"),
            )


def feel_text(value: Any) -> str:
    """Return a YAML value as FEEL text: a string is FEEL already."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, py.datetime):
        return f'date and time("{value.isoformat()}")'
    if isinstance(value, py.date):
        return f'date("{value.isoformat()}")'
    if isinstance(value, float):
        return format(enter(value), "f")
    return str(value)
