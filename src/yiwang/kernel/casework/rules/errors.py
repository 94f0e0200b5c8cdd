"""错误与问题单: the errors and findings of the rules engine, in Chinese and English."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Words:
    """One sentence in both languages of the platform."""

    zh: str
    en: str

    def in_language(self, lang: str) -> str:
        """Return the English sentence for an `en*` language code, else the Chinese one."""
        return self.en if lang.lower().startswith("en") else self.zh


class RulesError(Exception):
    """Base of every error of the rules engine.

    `code` is stable, `reason` says what is wrong, `mend` says what to do about it.
    """

    def __init__(self, code: str, reason: Words, mend: Words, **details: Any) -> None:
        super().__init__(reason.zh)
        self.code = code
        self.reason = reason
        self.mend = mend
        self.details = details


class FeelError(RulesError):
    """表达式错误: a FEEL text that cannot be read, with the place where reading stopped.

    `position` counts characters from 0 in `text`.
    """

    def __init__(self, code: str, text: str, position: int, reason: Words, mend: Words) -> None:
        super().__init__(code, reason, mend, text=text, position=position)
        self.text = text
        self.position = position

    @property
    def line(self) -> int:
        """Return the line of the error, from 1."""
        return self.text.count("\n", 0, self.position) + 1

    @property
    def column(self) -> int:
        """Return the column of the error in its line, from 1."""
        return self.position - (self.text.rfind("\n", 0, self.position) + 1) + 1

    def __str__(self) -> str:
        return f"{self.reason.zh}（第 {self.line} 行第 {self.column} 列）：{self.text}"


class DecisionError(RulesError):
    """决策错误: a table that is sound could not decide on these facts."""


class DmnError(RulesError):
    """模型错误: a DMN file that cannot be loaded or a decision that is not in it."""


@dataclass(frozen=True, slots=True)
class RuleFinding:
    """问题单: one fault of a rule definition.

    `path` names the place as in `rules[2].when[0]`; `level` is `error` or `warning`; `example`
    gives facts that show the fault, where there are any.
    """

    path: str
    code: str
    reason: Words
    mend: Words
    level: str = "error"
    example: dict[str, Any] = field(default_factory=dict)


class TableError(RulesError):
    """规则定义错误: a definition with errors; `findings` lists every one of them."""

    def __init__(self, key: str, findings: list[RuleFinding]) -> None:
        first = findings[0]
        super().__init__(
            "table-invalid",
            Words(
                f"规则表 {key} 有 {len(findings)} 处错误，首处 {first.path}：{first.reason.zh}",
                f"rule table {key} has {len(findings)} errors, first at {first.path}: "
                f"{first.reason.en}",
            ),
            first.mend,
        )
        self.findings = findings
