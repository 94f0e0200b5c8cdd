"""办理填写项: what an act was sent, read into what its definition asks for."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from yiwang.kernel.casework.process.errors import OpinionMissingError
from yiwang.kernel.casework.process.rules.definition import Act
from yiwang.kernel.errors import FieldProblem, InvalidInputError

MOST_CHARACTERS = 4_000
MOST_LINES = 50

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_MONEY = re.compile(r"[+-]?\d{1,12}(\.\d{1,2})?", re.ASCII)

_WORDS = {
    "list": ("请逐行填写", "Write one line for each."),
    "date": ("应为日期，如 2026-11-23", "This must be a date such as 2026-11-23."),
    "integer": ("应为整数", "This must be a whole number."),
    "money": ("应为金额，最多两位小数", "This must be a sum with two decimals at most."),
    "boolean": ("请选择是或者否", "Choose yes or no."),
    "file": ("请上传文件", "Upload a file."),
    "text": (
        f"应为文字，最多 {MOST_CHARACTERS} 字",
        f"Text, {MOST_CHARACTERS} characters at most.",
    ),
}


def read_opinion(act: Act, opinion: str) -> str:
    """Return the opinion without blanks around it.

    :raises OpinionMissingError: the act needs one.
    :raises InvalidInputError: it is too long, or holds what no text may hold.
    """
    try:
        text = _text(opinion) if opinion.strip() else ""
    except ValueError as error:
        raise InvalidInputError(problems=[_wrong("opinion", "text")]) from error
    if act.opinion == "required" and not text:
        raise _opinion_missing()
    return text


def _opinion_missing() -> OpinionMissingError:
    words = OpinionMissingError
    problem = FieldProblem(
        "opinion", words.code, words.reason_zh, words.reason_en, words.mend_zh, words.mend_en
    )
    return OpinionMissingError(problems=[problem])


def read_words(name: str, text: str) -> str:
    """Return a person's words without blanks around them.

    :raises InvalidInputError: they are too long, or hold what no text may hold.
    """
    try:
        return _text(text)
    except ValueError as error:
        raise InvalidInputError(problems=[_wrong(name, "text")]) from error


def read_reason(opinion: str) -> str:
    """Return the reason of a verb that needs one.

    :raises OpinionMissingError: there is none. :raises InvalidInputError: it is no text.
    """
    text = read_words("opinion", opinion)
    if not text:
        raise _opinion_missing()
    return text


def read_input(act: Act, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of an act's fields, as JSON holds them; each of them is needed.

    :raises InvalidInputError: with every problem at once.
    """
    problems = [
        FieldProblem(
            name,
            "UNKNOWN_FIELD",
            "没有这个填写项",
            "There is no such field.",
            "请去掉",
            "Remove it.",
        )
        for name in sorted(given.keys() - act.input.keys())
    ]
    values: dict[str, Any] = {}
    for name, kind in act.input.items():
        raw = given.get(name)
        if raw is None or raw == [] or (isinstance(raw, str) and not raw.strip()):
            problems.append(
                FieldProblem(
                    name,
                    "REQUIRED",
                    "请填写这一项",
                    "This is needed.",
                    "填写后再办理",
                    "Fill it in.",
                )
            )
            continue
        try:
            values[name] = _READERS[kind](raw)
        except ValueError:
            problems.append(_wrong(name, kind))
    if problems:
        raise InvalidInputError(problems=problems)
    return values


def _wrong(name: str, kind: str) -> FieldProblem:
    return FieldProblem(
        name, "WRONG_TYPE", *_WORDS[kind], "修改后再办理", "Mend it, then send again."
    )


def _text(raw: Any) -> str:
    if not isinstance(raw, str) or "\0" in raw or len(raw) > MOST_CHARACTERS:
        raise ValueError("no text")
    # Half a surrogate pair is no character: the store cannot keep it.
    raw.encode()
    return raw.strip()


def _list(raw: Any) -> list[str]:
    lines = raw.splitlines() if isinstance(raw, str) else raw
    if not isinstance(lines, (list, tuple)) or len(lines) > MOST_LINES:
        raise ValueError("no list")
    kept = [text for line in lines if (text := _text(line))]
    if not kept:
        raise ValueError("empty")
    return kept


def _boolean(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    if raw not in ("true", "false"):
        raise ValueError("neither")
    return bool(raw == "true")


def _date(raw: Any) -> str:
    if isinstance(raw, datetime):
        raw = raw.date()
    text = raw.isoformat() if isinstance(raw, date) else _matching(_DAY, raw)
    return date.fromisoformat(text).isoformat()


def _money(raw: Any) -> str:
    return str(Decimal(_matching(_MONEY, raw)).quantize(Decimal("0.01")))


def _integer(raw: Any) -> int:
    return int(_matching(_WHOLE, raw))


def _matching(pattern: re.Pattern[str], raw: Any) -> str:
    text = str(raw).strip()
    if isinstance(raw, bool) or not pattern.fullmatch(text):
        raise ValueError("another form")
    return text


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "text": _text,
    "list": _list,
    "date": _date,
    "integer": _integer,
    "money": _money,
    "boolean": _boolean,
    "file": _integer,
}
