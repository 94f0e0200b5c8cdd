"""办理: start a case's process, act in a task, pass on an event, stop."""

from collections.abc import Mapping
from typing import Any

from yiwang.kernel import acts
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.files.models import StoredFile
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.process.actions import frame, signing
from yiwang.kernel.casework.process.actions.frame import Held
from yiwang.kernel.casework.process.actions.timers import (
    fire_due_timers,
    follow_due_dates,
    recompute_timers,
)
from yiwang.kernel.casework.process.engine import Move
from yiwang.kernel.casework.process.errors import (
    FormNotEditableError,
    HandlerUnfitError,
    NextStepError,
    SignersDisagreeError,
    UnknownActError,
    VerbNotAllowedError,
)
from yiwang.kernel.casework.process.models import ProcessDefinition, Task, TaskAct, Token
from yiwang.kernel.casework.process.registry import EditsForms
from yiwang.kernel.casework.process.rules.definition import Act
from yiwang.kernel.casework.process.rules.fields import apply_edits
from yiwang.kernel.casework.process.rules.inputs import read_input, read_opinion
from yiwang.kernel.errors import FieldProblem, InvalidInputError

__all__ = [
    "act_on_task",
    "fire_due_timers",
    "follow_due_dates",
    "recompute_timers",
    "signal_case",
    "start_process",
    "stop_process",
]

# What two officers may put in their own words; everything else they sign must be the same.
_PROSE = frozenset({"text", "list", "file"})


def start_process(*, case: Case, definition: ProcessDefinition, actor: Actor) -> None:
    """Put the first token down and walk until the case rests or ends. The case is new or locked."""
    move = Move(case=case, definition_id=definition.pk, actor=actor, _is_new=True)
    move.enter(move.process.start)


def act_on_task(
    *,
    actor: Actor,
    task_id: int,
    act: str,
    opinion: str = "",
    given: Mapping[str, Any] | None = None,
    next_step: str = "",
    handler_id: int | None = None,
    seen_version: int | None = None,
) -> Task:
    """办理: carry out one act of a task; with several signers, the one who settles it moves on.

    Repeating one's own act gives the same answer and changes nothing. A signer may come to another
    mind until the step is left. ``given["form"]`` holds changes of the case's form where the step
    has field rights. Where the step is free (自由流), ``next_step`` and ``handler_id`` choose what
    comes next and who does it. ``seen_version`` is the task's version that the screen shows.

    :raises NotFoundError, NotTheHolderError: the task is not the actor's.
    :raises TaskClosedError: somebody else closed it; the details name who and when.
    :raises TaskSuspendedError, TurnNotYetError, ScreenStaleError: not now, not so.
    :raises UnknownActError, OpinionMissingError, InvalidInputError: what was sent does not fit.
    :raises SignersDisagreeError: where officers must agree and do not.
    :raises NextStepError, HandlerUnfitError, VerbNotAllowedError: a choice that is not offered.
    """
    with acts.one_act():
        held = frame.hold(actor, task_id)
        task, move, step = held.task, held.move, held.step
        if task.status not in Task.PENDING and frame.own_act(held, act) is not None:
            return task
        frame.take_up(held)
        chosen = step.acts.get(act)
        if chosen is None:
            raise UnknownActError(acts=sorted(step.acts))
        fields = dict(given or {})
        form = fields.pop("form", {}) if step.fields else {}
        move.act = act
        move.opinion = read_opinion(chosen, opinion)
        move.input = read_input(chosen, fields)
        _require_own_files(actor, chosen, move.input)
        mine = TaskAct.objects.filter(task=task, account_id=actor.account_id, is_current=True)
        earlier = mine.first()
        if earlier is not None:
            if (earlier.act, earlier.opinion, earlier.input) == (act, move.opinion, move.input):
                return task
            mine.update(is_current=False)
        frame.require_fresh(task, seen_version)
        _choose_next(held, chosen, next_step, handler_id)
        others: list[TaskAct] = []
        if signing.mode_of(step) == "SAME" and (task.is_joint or task.signers > 1):
            others = signing.other_votes(held)
            if task.weight:
                _require_agreement(chosen, move.input, others)
        move.kind.validate_act(held.case, task, move.context(step.key, is_of_act=True))
        _edit_form(held, form)
        _record(held)
        move.signer_names = (*(row.actor_name for row in others), held.actor.name)
        settled = signing.result(held, act)
        if not settled:
            signing.sign_on(held, act)
            if task.is_joint:
                frame.touch(held.token)
            task.refresh_from_db()
            return task
        task.status, task.done_at, task.act = Task.Status.DONE, move.at, act
        task.version += 1
        acts.change(task, "status", "done_at", "act", "version")
        signing.finish_step(held, settled, next_step=next_step)
        if move.handler_id is not None:
            raise HandlerUnfitError(handler=handler_id)
        return task


def _record(held: Held) -> None:
    task, move = held.task, held.move
    acts.append(
        TaskAct(
            task=task,
            account_id=held.actor.account_id,
            actor_name=held.actor.name,
            act=move.act,
            opinion=move.opinion,
            input=dict(move.input),
            at=move.at,
        )
    )
    if task.is_joint or task.signers > 1:
        # Whether the step is settled is read from the acts of all.
        acts.flush()
    details = {"task": task.pk, "step": task.step, "act": move.act}
    audit.record(held.actor, "process.act", "task", task.pk, case_id=held.case.pk, details=details)


def _choose_next(held: Held, chosen: Act, next_step: str, handler_id: int | None) -> None:
    """自由流: take the officer's choice of what comes next, within what the definition allows."""
    if not next_step and handler_id is None:
        return
    if not held.step.free:
        raise VerbNotAllowedError(verb="free")
    if next_step not in ("", chosen.target, *held.step.free_next):
        raise NextStepError(next_steps=[chosen.target, *held.step.free_next])
    held.move.handler_id = handler_id


def _edit_form(held: Held, given: Any) -> None:
    """Keep the changes of the form that this step lets its officer make."""
    if held.step.fields is None:
        return
    kind = held.move.kind
    if not isinstance(kind, EditsForms):
        if given:
            raise FormNotEditableError
        return
    before = dict(kind.form_data(held.case))
    merged = apply_edits(held.step, before, given if isinstance(given, Mapping) else {})
    if merged == before:
        return
    kind.edit_form(held.case, merged)
    held.move.forget_facts()
    changed = sorted(key for key in merged if merged[key] != before.get(key))
    audit.record(
        held.actor,
        "process.edit_form",
        "task",
        held.task.pk,
        case_id=held.case.pk,
        details={"fields": changed},
    )


def signal_case(*, case: Case, event: str, actor: Actor) -> bool:
    """Pass an event to the tokens that wait for it. The caller holds the case lock.

    Returns whether a token waited; an event that nobody waits for changes nothing.
    """
    waited = False
    tokens = Token.objects.filter(case=case, status=Token.Status.ACTIVE, waits_for=event)
    for token in list(tokens.order_by("id")):
        move = Move(case=case, definition_id=token.definition_id, actor=actor)
        # An earlier one of these may have led to the end, which closes the others.
        if move.leave(token):
            waited = True
            move.go_on(token, move.process.steps[token.step].target, may_jump=True)
    return waited


def stop_process(*, case: Case, actor: Actor) -> None:
    """Close every open token, task and timer: nothing more is done. The case is locked."""
    token = Token.objects.filter(case=case, status=Token.Status.ACTIVE).first()
    if token is not None:
        Move(case=case, definition_id=token.definition_id, actor=actor).cancel_rest()


def _require_agreement(act: Act, given: Mapping[str, Any], others: list[TaskAct]) -> None:
    """Refuse what differs from those who signed before: the act, and every fact that is no prose.

    :raises SignersDisagreeError: naming who signed what.
    """
    for row in others:
        if row.act != act.key:
            raise SignersDisagreeError(first_act=row.act, first_by=row.actor_name)
        problems = [
            FieldProblem(
                name,
                "SIGNERS_DISAGREE",
                f"与{row.actor_name}填写的不一致",
                f"This differs from what {row.actor_name} entered.",
                SignersDisagreeError.mend_zh,
                SignersDisagreeError.mend_en,
            )
            for name, kind in act.input.items()
            if kind not in _PROSE and row.input.get(name) != given.get(name)
        ]
        if problems:
            raise SignersDisagreeError(
                first_act=row.act, first_by=row.actor_name, problems=problems
            )


def _require_own_files(actor: Actor, act: Act, given: Mapping[str, Any]) -> None:
    names = {name: given[name] for name, kind in act.input.items() if kind == "file"}
    if not names:
        return
    own = set(
        StoredFile.objects.filter(
            pk__in=names.values(), uploaded_by_id=actor.account_id, status="OK"
        ).values_list("pk", flat=True)
    )
    problems = [
        FieldProblem(
            name,
            "FILE_UNKNOWN",
            "没有找到您上传的这个文件",
            "No such file of yours was found.",
            "请重新上传",
            "Upload it again.",
        )
        for name, pk in names.items()
        if pk not in own
    ]
    if problems:
        raise InvalidInputError(problems=problems)
