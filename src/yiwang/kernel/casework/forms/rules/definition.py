"""表单定义: pages of JSON Schema 2020-12, compiled once per version."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple, dataclass
from datetime import date
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from yiwang.kernel.base.parties.rules import citizen_id_no, phone, uscc
from yiwang.kernel.base.parties.rules.errors import InvalidCodeError
from yiwang.kernel.casework.rules import feel
from yiwang.kernel.errors import FieldProblem

# What a schema violation says to a person: reason and mend, in both languages.
_WORDS: dict[str, tuple[str, str, str, str]] = {
    "required": ("请填写", "This is needed.", "填写后再继续", "Fill it in to go on."),
    "minLength": ("内容太短", "This is too short.", "请写完整", "Write it in full."),
    "maxLength": ("内容太长", "This is too long.", "请精简", "Shorten it."),
    "enum": ("请从列出的选项中选择", "Choose one of the options.", "重新选择", "Choose again."),
    "minimum": ("数值过小", "The number is too small.", "请核对后修改", "Check and mend it."),
    "maximum": ("数值过大", "The number is too large.", "请核对后修改", "Check and mend it."),
    "exclusiveMinimum": ("数值过小", "The number is too small.", "请核对", "Check and mend it."),
    "pattern": ("格式不对", "The form is not right.", "请按提示的格式填写", "Follow the hint."),
    "format": ("格式不对", "The form is not right.", "请按提示的格式填写", "Follow the hint."),
    "type": ("格式不对", "The form is not right.", "请按提示的格式填写", "Follow the hint."),
    "exclusiveMaximum": ("数值过大", "The number is too large.", "请核对", "Check and mend it."),
    "multipleOf": ("小数位数太多", "Too many decimals.", "请核对后修改", "Check and mend it."),
    "minItems": ("请至少选一项", "Choose at least one.", "请选择", "Choose."),
    "maxItems": ("选得太多", "Too many are chosen.", "请减少", "Choose fewer."),
    "uniqueItems": ("有重复的选项", "One is chosen twice.", "请去掉重复的", "Remove the double."),
    "character": (
        "含有不能保存的字符",
        "This holds a character that cannot be stored.",
        "请删去后重新输入",
        "Delete it and type again.",
    ),
    "unknown": ("没有这个填写项", "There is no such field.", "请去掉", "Remove it."),
}

_formats = FormatChecker(formats=())


def _format(name: str) -> Callable[[Callable[[str], object]], Callable[[str], object]]:
    def register(parse: Callable[[str], object]) -> Callable[[str], object]:
        def check(value: object) -> bool:
            if not isinstance(value, str) or value == "":
                return True
            parse(value)
            return True

        _formats.checks(name, raises=ValueError)(check)
        return parse

    return register


def _of_form(pattern: str) -> Callable[[str], str]:
    compiled = re.compile(pattern, re.ASCII)

    def parse(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError("another form")
        return value

    return parse


_format("citizen-id-no")(citizen_id_no.parse)
_format("uscc")(uscc.parse)
_format("mobile-phone")(phone.parse)
_format("money")(_of_form(r"\d{1,12}(\.\d{1,2})?"))
_format("division")(_of_form(r"\d{12}"))
# ISO 8601 knows days in other writings; facts and rules read this one only.
_iso_day = _of_form(r"\d{4}-\d{2}-\d{2}")


@_format("date")
def _parse_date(value: str) -> date:
    return date.fromisoformat(_iso_day(value))


@dataclass(frozen=True, slots=True)
class FormField:
    """One question: its schema, the words around it, and when it is asked."""

    key: str
    page: str
    schema: Mapping[str, Any]
    is_required: bool
    when: feel.Expression | None

    def text(self, name: str, lang: str) -> str:
        """Return ``title`` or ``hint`` in the language, Chinese where no English stands."""
        chinese = self.schema.get("title" if name == "title" else f"x-{name}", "")
        if lang.startswith("zh"):
            return str(chinese)
        return str(self.schema.get(f"x-{name}-en") or chinese)

    @property
    def prefill(self) -> str:
        return str(self.schema.get("x-prefill", ""))

    @property
    def is_fact(self) -> bool:
        return bool(self.schema.get("x-fact"))

    def options(self, lang: str) -> list[tuple[str, str]]:
        """Return (value, words) pairs of a choice."""
        source = self.schema if "enum" in self.schema else self.schema.get("items", {})
        values = source.get("enum", [])
        words = source.get("x-enum-zh" if lang.startswith("zh") else "x-enum-en") or values
        return [(str(value), str(word)) for value, word in zip(values, words, strict=True)]

    def read(self, raw: Any) -> Any:
        """Turn what an HTML form sends (text) into the value that the schema wants."""
        if raw is None or raw == "":
            return None
        kind = self.schema.get("type")
        if not isinstance(raw, str):
            return raw
        raw = storable(raw).strip()
        try:
            if kind == "integer" and "_" not in raw:
                return int(raw)
            if kind == "number" and "_" not in raw and math.isfinite(number := float(raw)):
                return number
        except ValueError:
            return raw
        if kind == "boolean" and raw in ("true", "false", "on"):
            return raw != "false"
        return _READ_FORMAT.get(self.schema.get("format", ""), str)(raw)

    def show(self, value: Any, lang: str) -> str:
        """Return the value as a person reads it."""
        if value is None or value == "":
            return "—"
        if isinstance(value, bool):
            return (
                ("是" if value else "否") if lang.startswith("zh") else ("Yes" if value else "No")
            )
        words = dict(self.options(lang))
        if isinstance(value, list):
            return "、".join(words.get(str(entry), str(entry)) for entry in value)
        return words.get(str(value), str(value))


# Control characters but tab and line ends; and the marks that turn the direction of writing, with
# which a name on a licence could be made to read as another.
_UNSEEN = dict.fromkeys(
    [
        *(code for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n\r"),
        *(0x061C, 0x200E, 0x200F),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    ]
)


def storable(text: str) -> str:
    """Return the text without what nobody sees: control characters, halves of surrogates."""
    return text.translate(_UNSEEN).encode("utf-8", "ignore").decode()


def _is_storable(value: Any) -> bool:
    if isinstance(value, str):
        return storable(value) == value
    if isinstance(value, Mapping):
        return all(_is_storable(entry) for pair in value.items() for entry in pair)
    if isinstance(value, (list, tuple)):
        return all(_is_storable(entry) for entry in value)
    return not isinstance(value, float) or math.isfinite(value)


def _normal_code(parse: Callable[[str], Any]) -> Callable[[str], str]:
    """Codes are kept in their normal writing; what cannot be read stays for the check to refuse."""

    def read(raw: str) -> str:
        try:
            return str(parse(raw))
        except ValueError:
            return raw

    return read


_READ_FORMAT: dict[str, Callable[[str], str]] = {
    "citizen-id-no": _normal_code(citizen_id_no.parse),
    "uscc": _normal_code(uscc.parse),
    "mobile-phone": _normal_code(phone.parse),
}


@dataclass(frozen=True, slots=True)
class FormPage:
    key: str
    title_zh: str
    title_en: str
    fields: tuple[FormField, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """表单: its pages, and the checks that they ask for."""

    key: str
    pages: tuple[FormPage, ...]
    validators: Mapping[str, Draft202012Validator]

    def fields(self) -> Iterator[FormField]:
        for page in self.pages:
            yield from page.fields

    @property
    def has_facts(self) -> bool:
        """Say whether some answer is known and only shown."""
        return any(field.is_fact for field in self.fields())

    def asked(self, facts: Mapping[str, Any]) -> list[FormField]:
        """Return the questions that are asked, given the answers so far, in their order.

        An answer to a question that is not asked decides nothing: it may be left over from before
        another answer was changed.
        """
        answers = dict(facts.get("form") or {})
        seen = {**facts, "form": answers}
        fields = []
        for field in self.fields():
            if field.when is None or field.when(seen) is True:
                fields.append(field)
            else:
                answers.pop(field.key, None)
        return fields

    def visible(self, page: FormPage, facts: Mapping[str, Any]) -> list[FormField]:
        """Return the questions of one page that are asked."""
        return [field for field in self.asked(facts) if field.page == page.key]

    def check(
        self, data: Mapping[str, Any], facts: Mapping[str, Any], page_key: str | None = None
    ) -> list[FieldProblem]:
        """Return what is wrong with the answers, on one page or on all."""
        problems: list[FieldProblem] = []
        for field in self.asked(facts):
            if page_key in (None, field.page):
                problems += self._check_field(field, data.get(field.key))
        known = {field.key for field in self.fields()}
        problems += [_problem(name, "unknown") for name in sorted(data.keys() - known)]
        return problems

    def _check_field(self, field: FormField, value: Any) -> list[FieldProblem]:
        if _is_empty(value):
            return [_problem(field.key, "required")] if field.is_required else []
        if not _is_storable(value):
            return [_problem(field.key, "character")]
        for error in self.validators[field.key].iter_errors(value):
            return [_problem(field.key, str(error.validator), error)]
        return []

    def clean(self, data: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answers to the questions that were asked, and nothing else."""
        return {
            field.key: data[field.key]
            for field in self.asked(facts)
            if not _is_empty(data.get(field.key))
        }


def _is_empty(value: Any) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _problem(key: str, rule: str, error: Any = None) -> FieldProblem:
    words = _WORDS.get(rule, _WORDS["format"])
    code = rule.upper()
    cause = getattr(error, "cause", None)
    if isinstance(cause, InvalidCodeError):
        return FieldProblem(key, *astuple(cause.error))
    if rule in ("minimum", "maximum", "maxLength", "minLength", "exclusiveMinimum"):
        bound = error.validator_value
        zh = {"minimum": "不能小于", "exclusiveMinimum": "须大于", "maximum": "不能大于"}.get(rule)
        zh = zh or ("最多字数为" if rule == "maxLength" else "最少字数为")
        return FieldProblem(
            key, code, f"{words[0]}：{zh} {bound}", f"{words[1]} Limit: {bound}.", *words[2:]
        )
    return FieldProblem(key, code, *words)


def compile_form(content: Mapping[str, Any]) -> Form:
    """Compile a form definition.

    :raises FeelError: when an ``x-when`` is not FEEL.
    """
    pages = []
    validators = {}
    for raw in content["pages"]:
        schema = raw["schema"]
        required = set(schema.get("required", []))
        fields = []
        for key, definition in schema["properties"].items():
            when = definition.get("x-when")
            fields.append(
                FormField(
                    key=key,
                    page=raw["key"],
                    schema=definition,
                    is_required=key in required,
                    when=feel.compile(when) if when else None,
                )
            )
            validators[key] = Draft202012Validator(definition, format_checker=_formats)
        pages.append(FormPage(raw["key"], raw["title_zh"], raw["title_en"], tuple(fields)))
    return Form(content["key"], tuple(pages), validators)
