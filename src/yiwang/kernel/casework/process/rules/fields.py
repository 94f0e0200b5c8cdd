"""字段权限: what of a form a step shows, and which of what was sent it takes."""

from collections.abc import Mapping
from typing import Any

from yiwang.kernel.casework.process.rules.definition import Step
from yiwang.kernel.errors import FieldProblem, InvalidInputError

__all__ = ["apply_edits", "visible_form"]


def visible_form(step: Step, form_data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the form without what the step hides; nobody at this step is sent the rest."""
    hidden = step.fields.hidden if step.fields else frozenset()
    return {key: value for key, value in form_data.items() if key not in hidden}


def apply_edits(
    step: Step, form_data: Mapping[str, Any], given: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the form with what was changed at this step.

    A value that is sent as it stands is no change: a page may send every field that it shows.

    :raises InvalidInputError: a field that the step does not let be changed, or one that it wants
        filled in and is not; every problem at once.
    """
    rights = step.fields
    shown = visible_form(step, form_data)
    may_edit = rights.edit if rights else frozenset()
    changed = {key: value for key, value in given.items() if shown.get(key) != value}
    problems = [_fixed(key) for key in sorted(changed.keys() - may_edit)]
    merged = {**form_data, **changed}
    wanted = rights.required if rights else frozenset()
    problems += [_empty(key) for key in sorted(wanted) if merged.get(key) in (None, "", [])]
    if problems:
        raise InvalidInputError(problems=problems)
    return merged


def _fixed(key: str) -> FieldProblem:
    # A hidden field and an unknown one get the same answer as one that may only be read.
    return FieldProblem(
        f"form.{key}",
        "FIELD_NOT_EDITABLE",
        "这一步不能修改这一项",
        "This step cannot change this field.",
        "去掉这一项；确需修改的，退回到可以修改的步骤",
        "Leave it out; where it must change, return the task to a step that may change it.",
    )


def _empty(key: str) -> FieldProblem:
    return FieldProblem(
        f"form.{key}",
        "REQUIRED",
        "这一步必须填写这一项",
        "This step needs this field.",
        "填写后再办理",
        "Fill it in, then act.",
    )
