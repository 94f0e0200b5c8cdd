"""Refusals as a form shows them: field, reason and mend in the reader's language."""

from yiwang.kernel.base.http.requests import speaks_english
from yiwang.kernel.errors import DomainError


def errors_of(error: DomainError) -> list[dict[str, str]]:
    """Return what the ``error_summary`` component shows of a refusal."""
    english = speaks_english()
    if not error.problems:
        reason, mend = (error.en, error.mend[1]) if english else (error.zh, error.mend[0])
        return [{"field": "", "reason": reason, "mend": mend}]
    return [
        {
            "field": problem.field,
            "reason": problem.reason_en if english else problem.reason_zh,
            "mend": problem.mend_en if english else problem.mend_zh,
        }
        for problem in error.problems
    ]


def errors_by_field(errors: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    """Return the errors that stand beside a field, by the field's name."""
    return {error["field"]: error for error in errors if error["field"]}
