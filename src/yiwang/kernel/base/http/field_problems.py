"""What pydantic finds wrong with a field, said in plain Chinese and English."""

from collections.abc import Iterable, Mapping
from typing import Any

from yiwang.kernel.errors import FieldProblem

# Where the value came from, as ninja names it; the body's next step is the name of the argument.
_SOURCES = {"body", "form", "file"}

_WORDS: dict[str, tuple[str, str, str]] = {
    "missing": ("REQUIRED", "必填项没有填写", "This field is required."),
    "string_type": ("NOT_TEXT", "应为文字", "Must be text."),
    "string_too_short": (
        "TOO_SHORT",
        "至少 {min_length} 个字符",
        "Must have at least {min_length} characters.",
    ),
    "string_too_long": (
        "TOO_LONG",
        "最多 {max_length} 个字符",
        "Must have at most {max_length} characters.",
    ),
    "string_pattern_mismatch": ("BAD_FORM", "格式不对", "Does not have the right form."),
    "greater_than": ("TOO_SMALL", "应大于 {gt}", "Must be greater than {gt}."),
    "greater_than_equal": ("TOO_SMALL", "不能小于 {ge}", "Must not be less than {ge}."),
    "less_than": ("TOO_LARGE", "应小于 {lt}", "Must be less than {lt}."),
    "less_than_equal": ("TOO_LARGE", "不能大于 {le}", "Must not be greater than {le}."),
    "multiple_of": (
        "NOT_A_MULTIPLE",
        "应为 {multiple_of} 的倍数",
        "Must be a multiple of {multiple_of}.",
    ),
    "decimal_max_places": (
        "TOO_MANY_DECIMALS",
        "最多 {decimal_places} 位小数",
        "Must have at most {decimal_places} decimal places.",
    ),
    "decimal_max_digits": (
        "TOO_MANY_DIGITS",
        "最多 {max_digits} 位数字",
        "Must have at most {max_digits} digits.",
    ),
    "enum": ("NOT_A_CHOICE", "只能是：{expected}", "Must be one of: {expected}."),
    "literal_error": ("NOT_A_CHOICE", "只能是：{expected}", "Must be one of: {expected}."),
    "too_short": (
        "TOO_FEW",
        "至少 {min_length} 项",
        "Must have at least {min_length} entries.",
    ),
    "too_long": ("TOO_MANY", "最多 {max_length} 项", "Must have at most {max_length} entries."),
    "extra_forbidden": ("UNKNOWN_FIELD", "没有这个字段", "There is no such field."),
    "json_invalid": ("NOT_JSON", "不是有效的 JSON", "Is not valid JSON."),
}

# Families of error types that differ only in how the reading failed.
_FAMILIES: tuple[tuple[str, tuple[str, str, str]], ...] = (
    ("int_", ("NOT_A_WHOLE_NUMBER", "应为整数", "Must be a whole number.")),
    ("float_", ("NOT_A_NUMBER", "应为数字", "Must be a number.")),
    ("decimal_", ("NOT_A_NUMBER", "应为数字", "Must be a number.")),
    ("finite_number", ("NOT_A_NUMBER", "应为数字", "Must be a number.")),
    ("bool_", ("NOT_TRUE_OR_FALSE", "应为 true 或 false", "Must be true or false.")),
    (
        "datetime_",
        (
            "NOT_A_TIME",
            "应为带时区的时间，如 2026-11-23T09:00:00+08:00",
            "Must be a time with zone, such as 2026-11-23T09:00:00+08:00.",
        ),
    ),
    (
        "date_",
        ("NOT_A_DATE", "应为日期，如 2026-11-23", "Must be a date such as 2026-11-23."),
    ),
    ("time_", ("NOT_A_TIME", "应为时间，如 09:00", "Must be a time such as 09:00.")),
    ("uuid_", ("NOT_A_UUID", "应为 UUID", "Must be a UUID.")),
    ("url_", ("NOT_A_URL", "应为网址", "Must be a web address.")),
    ("list_", ("NOT_A_LIST", "应为列表", "Must be a list.")),
    ("dict_", ("NOT_AN_OBJECT", "应为对象", "Must be an object.")),
    ("model_", ("NOT_AN_OBJECT", "应为对象", "Must be an object.")),
)

_OTHER = ("BAD_VALUE", "内容不符合要求", "The value is not acceptable.")


def from_pydantic(findings: Iterable[Mapping[str, Any]]) -> list[FieldProblem]:
    """Translate the findings of one validation; never repeats the value that was sent."""
    return [_translate(finding) for finding in findings]


def _translate(finding: Mapping[str, Any]) -> FieldProblem:
    kind = str(finding["type"])
    code, zh, en = _WORDS.get(kind) or _of_family(kind)
    limits = finding.get("ctx") or {}
    return FieldProblem(
        field=_field(tuple(finding["loc"])),
        code=code,
        reason_zh=zh.format_map(limits),
        reason_en=en.format_map(limits),
    )


def _of_family(kind: str) -> tuple[str, str, str]:
    return next((words for prefix, words in _FAMILIES if kind.startswith(prefix)), _OTHER)


def _field(location: tuple[str | int, ...]) -> str:
    steps = location[1:]
    if location and location[0] in _SOURCES and len(steps) > 1:
        steps = steps[1:]
    return ".".join(str(step) for step in steps)
