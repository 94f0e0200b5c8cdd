"""表单定义: pages of JSON Schema 2020-12, compiled once per version."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple, dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
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
    "minItems": ("请至少选一项", "Choose at least one.", "请选择", "Choose."),
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

        _formats.checks(name, raises=(ValueError, InvalidOperation))(check)
        return parse

    return register


_format("date")(date.fromisoformat)
_format("citizen-id-no")(citizen_id_no.parse)
_format("uscc")(uscc.parse)
_format("mobile-phone")(phone.parse)
_format("money")(Decimal)


@_format("division")
def _parse_division(value: str) -> str:
    if len(value) != 12:
        raise ValueError(value)
    return value


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
        raw = raw.strip()
        try:
            if kind == "integer":
                return int(raw)
            if kind == "number":
                return float(raw)
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

    def visible(self, page: FormPage, facts: Mapping[str, Any]) -> list[FormField]:
        """Return the fields of a page that are asked, given the answers so far."""
        return [f for f in page.fields if f.when is None or f.when(facts) is True]

    def check(
        self, data: Mapping[str, Any], facts: Mapping[str, Any], page_key: str | None = None
    ) -> list[FieldProblem]:
        """Return what is wrong with the answers, on one page or on all."""
        problems: list[FieldProblem] = []
        known: set[str] = set()
        for page in self.pages:
            known.update(field.key for field in page.fields)
            if page_key in (None, page.key):
                problems += self._check_page(page, data, facts)
        for name in sorted(data.keys() - known):
            problems.append(_problem(name, "unknown"))
        return problems

    def _check_page(
        self, page: FormPage, data: Mapping[str, Any], facts: Mapping[str, Any]
    ) -> list[FieldProblem]:
        problems = []
        for field in self.visible(page, facts):
            value = data.get(field.key)
            if value is None or value == "" or value == []:
                if field.is_required:
                    problems.append(_problem(field.key, "required"))
                continue
            for error in self.validators[field.key].iter_errors(value):
                problems.append(_problem(field.key, str(error.validator), error))
                break
        return problems

    def clean(self, data: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answers to the questions that were asked, and nothing else."""
        return {
            field.key: data[field.key]
            for page in self.pages
            for field in self.visible(page, facts)
            if data.get(field.key) not in (None, "", [])
        }


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
