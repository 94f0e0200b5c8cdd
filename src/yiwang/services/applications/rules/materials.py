"""情形与材料: which questions are asked, and which materials the answers call for."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from yiwang.kernel.casework.rules import feel
from yiwang.kernel.errors import FieldProblem


@dataclass(frozen=True, slots=True)
class AskedMaterial:
    """申请材料 that this applicant needs, with the ways to supply it."""

    key: str
    title_zh: str
    title_en: str
    sources: tuple[str, ...]
    is_required: bool
    licence_type: str
    dataset: str
    promise_zh: str
    promise_en: str
    note_zh: str
    note_en: str


@lru_cache(maxsize=4096)
def _condition(text: str) -> feel.Expression:
    return feel.compile(text)


def holds(text: str | None, facts: Mapping[str, Any]) -> bool:
    """Return whether an optional condition is true; no condition holds always."""
    return text is None or _condition(text)(facts) is True


def asked_circumstances(
    content: Mapping[str, Any], answers: Mapping[str, Any]
) -> list[Mapping[str, Any]]:
    """Return the questions that are asked, given the answers so far.

    An answer to a question that is not asked decides nothing: it may be left over from before
    another answer was changed.
    """
    counted = dict(answers)
    asked = []
    for question in content.get("circumstances", []):
        if holds(question.get("when"), {"circumstances": counted}):
            asked.append(question)
        else:
            counted.pop(question["key"], None)
    return asked


def stop_of(content: Mapping[str, Any], answers: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the words of an answer that ends here (go elsewhere), or None."""
    for question in asked_circumstances(content, answers):
        for option in question.get("options", []):
            if answers.get(question["key"]) == option["value"] and "stop_zh" in option:
                return option["stop_zh"], option["stop_en"]
    return None


def check_circumstances(
    content: Mapping[str, Any], answers: Mapping[str, Any]
) -> list[FieldProblem]:
    """Return the questions without an answer, and answers that are none of the options."""
    known = {question["key"] for question in content.get("circumstances", [])}
    problems = [
        FieldProblem(
            f"circumstances.{name}",
            "CIRCUMSTANCE_UNKNOWN",
            "没有这个问题",
            "There is no such question.",
            "请去掉",
            "Remove it.",
        )
        for name in sorted(answers.keys() - known)
    ]
    for question in asked_circumstances(content, answers):
        value = answers.get(question["key"])
        if question["type"] == "boolean":
            fits = isinstance(value, bool)
        else:
            fits = value in [option["value"] for option in question["options"]]
        if not fits:
            problems.append(
                FieldProblem(
                    f"circumstances.{question['key']}",
                    "CIRCUMSTANCE_UNANSWERED",
                    f"请回答：{question['question_zh']}",
                    f"Please answer: {question['question_en']}",
                    "选择一个选项后继续",
                    "Choose one option to go on.",
                )
            )
    return problems


def asked_materials(content: Mapping[str, Any], facts: Mapping[str, Any]) -> list[AskedMaterial]:
    """Return the materials that these answers call for, in the order of the guide."""
    return [
        AskedMaterial(
            key=raw["key"],
            title_zh=raw["title_zh"],
            title_en=raw["title_en"],
            sources=tuple(raw["sources"]),
            is_required=raw.get("required", True),
            licence_type=raw.get("licence_type", ""),
            dataset=raw.get("dataset", ""),
            promise_zh=raw.get("promise_zh", ""),
            promise_en=raw.get("promise_en", ""),
            note_zh=raw.get("note_zh", ""),
            note_en=raw.get("note_en", ""),
        )
        for raw in content.get("materials", [])
        if holds(raw.get("when"), facts)
    ]
