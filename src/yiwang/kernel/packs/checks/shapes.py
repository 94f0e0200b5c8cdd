"""形状检查: each file against the JSON Schema of its kind, with words that a person can act on."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource

from yiwang.kernel.packs.checks.documents import Document
from yiwang.kernel.packs.findings import Finding

SCHEMAS = Path(__file__).resolve().parent.parent / "schemas"

# Where a kind of file lies: a folder of objects, or one file at the top.
FOLDERS: Mapping[str, str] = {
    "items": "item.json",
    "forms": "form.json",
    "rules": "rule.json",
    "rules.cases": "rule_cases.json",
    "process": "process.json",
    "licences": "licence.json",
    "notices": "notices.json",
    "stories": "story.json",
    "themes": "theme.json",
    "dossiers": "dossier.json",
}
FILES: Mapping[str, str] = {
    "pack.yaml": "pack.json",
    "organizations.yaml": "organizations.json",
    "roles.yaml": "roles.json",
    "zones.yaml": "zones.json",
}
# What other schemas refer to.
_SHARED = ("common.json", "item.json")
_MAX_SHOWN = 60
_formats = FormatChecker(formats=())


def schema_for(path: str, *, is_overlay: bool = False) -> str | None:
    """Return the schema of a file by its path inside the pack; None for what no pack holds."""
    if is_overlay and path.startswith("items/") and path.count("/") == 1 and path.endswith(".yaml"):
        return "item_overlay.json"
    folder, _, name = path.partition("/")
    if not name:
        return FILES.get(path)
    if "/" in name or not name.endswith(".yaml"):
        return None
    return FOLDERS.get(f"{folder}.cases" if name.endswith(".cases.yaml") else folder)


def check_shape(document: Document, schema: str) -> list[Finding]:
    """Return every place where the file does not fit its schema."""
    # A sound file is the rule: the compiled validator says so at once, the other one says why not.
    if _gate(schema).is_valid(document.data):
        return []
    findings = []
    for error in _validator(schema).iter_errors(document.data):
        findings += [_finding(document, cause) for cause in _causes(error)]
    unique = {(f.line, f.path, f.code, f.reason_en): f for f in findings}
    return sorted(unique.values(), key=lambda f: (f.line, f.path, f.code))


@_formats.checks("date", raises=ValueError)
def _is_date(value: object) -> bool:
    return not isinstance(value, str) or bool(date.fromisoformat(value))


@_formats.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


def _fits(check: Callable[[object], bool]) -> Callable[[str], bool]:
    def fits(value: str) -> bool:
        try:
            return check(value)
        except ValueError:
            return False

    return fits


@lru_cache(maxsize=32)
def _gate(schema: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        load_schema(schema),
        registry=jsonschema_rs.Registry([(name, load_schema(name)) for name in _SHARED]),
        formats={"date": _fits(_is_date), "date-time": _fits(_is_moment)},
        validate_formats=True,
    )


@lru_cache(maxsize=32)
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator(load_schema(schema), registry=_registry(), format_checker=_formats)


@lru_cache(maxsize=1)
def _registry() -> Registry[Any]:
    return Registry().with_resources(
        (name, Resource.from_contents(load_schema(name))) for name in _SHARED
    )


def load_schema(name: str) -> dict[str, Any]:
    """Return a JSON Schema of ours by the name of its file."""
    schema: dict[str, Any] = json.loads((SCHEMAS / name).read_text(encoding="utf-8"))
    return schema


def _causes(error: ValidationError) -> Iterator[ValidationError]:
    """Yield what is really wrong: the parts of a combination, not the combination."""
    if error.validator in ("allOf", "if", "$ref") and error.context:
        for part in error.context:
            yield from _causes(part)
    else:
        yield error


def _finding(document: Document, error: ValidationError) -> Finding:
    place = tuple(error.absolute_path)
    kind = str(error.validator)
    value = error.validator_value
    if kind == "additionalProperties" and isinstance(error.instance, Mapping):
        properties = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
        extra = [key for key in error.instance if key not in properties]
        known = list(properties)
        return document.finding(
            (*place, extra[0]) if extra else place,
            "KEY_UNKNOWN",
            f"不认识的键：{'、'.join(extra)}",
            f"Unknown key: {', '.join(extra)}.",
            f"删掉，或者改为：{'、'.join(known)}",
            f"Remove it, or use one of: {', '.join(known)}.",
        )
    if kind in ("required", "dependentRequired"):
        missing = _missing(error)
        return document.finding(
            place,
            "KEY_MISSING",
            f"缺少：{'、'.join(missing)}",
            f"Missing: {', '.join(missing)}.",
            "补上",
            "Add what is missing.",
        )
    shown = _shown(error.instance)
    wanted_zh, wanted_en = _wanted(kind, value)
    return document.finding(
        place,
        "VALUE_WRONG",
        f"值 {shown} 不合要求",
        f"The value {shown} does not fit.",
        wanted_zh,
        wanted_en,
    )


def _missing(error: ValidationError) -> list[str]:
    given: Any = error.instance
    value: Any = error.validator_value
    if error.validator == "required":
        return [key for key in value if key not in given]
    return [
        key for name, needed in value.items() if name in given for key in needed if key not in given
    ]


def _wanted(kind: str, value: Any) -> tuple[str, str]:
    shown = _shown(value)
    words = {
        "type": (f"应为 {shown}；文字请加引号", f"It must be of type {shown}; quote text."),
        "enum": (f"改为其中之一：{_list(value)}", f"Use one of: {_list(value)}."),
        "const": (f"应为 {shown}", f"It must be {shown}."),
        "pattern": (f"应符合格式 {shown}", f"It must match {shown}."),
        "format": (f"应为 {shown} 格式", f"It must be written as a {shown}."),
        "minimum": (f"不小于 {shown}", f"It must be at least {shown}."),
        "maximum": (f"不大于 {shown}", f"It must be at most {shown}."),
        "minLength": ("不能为空", "It must not be empty."),
        "maxLength": (f"不超过 {shown} 个字符", f"It must have at most {shown} characters."),
        "minItems": (f"至少 {shown} 项", f"It needs at least {shown} entries."),
        "maxItems": (f"至多 {shown} 项", f"It may have at most {shown} entries."),
        "minProperties": (f"至少 {shown} 个键", f"It needs at least {shown} keys."),
        "maxProperties": (f"至多 {shown} 个键", f"It may have at most {shown} keys."),
        "uniqueItems": ("各项不能重复", "Entries must differ."),
        "contains": (f"应包含 {shown}", f"It must contain {shown}."),
        "not": ("这里不能这样写", "This may not stand here."),
    }
    return words.get(kind, (f"应满足 {kind} {shown}", f"It must satisfy {kind} {shown}."))


def _list(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "…"
