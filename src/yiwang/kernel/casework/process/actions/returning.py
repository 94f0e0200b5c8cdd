"""退回与撤回: a token goes back to where the case has been, or an act is taken back."""

from dataclasses import dataclass

from django.db import transaction

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.casework.cases.actions.cases import tell
from yiwang.kernel.casework.process.actions import frame
from yiwang.kernel.casework.process.actions.frame import Held
from yiwang.kernel.casework.process.engine import close_tasks
from yiwang.kernel.casework.process.errors import ReturnTargetError, ReturnTooOftenError
from yiwang.kernel.casework.process.models import Task, Token
from yiwang.kernel.casework.process.rules.inputs import read_reason
from yiwang.kernel.errors import FieldProblem, InvalidInputError

__all__ = ["BY_STEPS", "JUMP_BACK", "ReturnTarget", "list_return_targets", "return_task"]

RETURN = ":return"
STARTER = "starter"
PREVIOUS = "previous"
BY_STEPS = "by_steps"
JUMP_BACK = "jump_back"

# A case that went through more steps than this is not helped by one more round.
MAX_TOKENS = 10_000
_MAX_BACK = 250


@dataclass(frozen=True, slots=True)
class ReturnTarget:
    """A step that a task may be returned to."""

    step: str
    title_zh: str
    title_en: str


def list_return_targets(task: Task) -> list[ReturnTarget]:
    """Return the steps that the task may be returned to, the earliest first.

    They are tasks and waits that the case has passed, that lead to this step, and that lie in no
    branch beside this one.
    """
    held = frame.look_at(task)
    return [
        ReturnTarget(key, step.title_zh, step.title_en)
        for key in _passed_steps(held)
        if (step := held.move.process.steps[key])
    ]


def return_task(
    *,
    actor: Actor,
    task_id: int,
    opinion: str,
    to: str = PREVIOUS,
    then: str = BY_STEPS,
    seen_version: int | None = None,
) -> Task:
    """退回: send the case back to an earlier step, with the reason.

    ``to`` is ``starter``, ``previous`` or a step. ``then`` says what follows the act there:
    ``by_steps`` walks the way again, ``jump_back`` comes straight back to this step.

    By steps out of a parallel closes what runs beside this branch: it lies behind the step. By
    steps back into a parallel that is over opens the one branch; the others stand as they arrived.
    To jump back leaves everything beside as it is. Signatures of this step count no more.

    :raises VerbNotAllowedError: the step returns nothing. :raises ReturnTargetError: not there.
    :raises ReturnTooOftenError: the case goes round in circles.
    :raises InvalidInputError: no reason, or ``then`` is neither.
    """
    reason = read_reason(opinion)
    if then not in (BY_STEPS, JUMP_BACK):
        raise InvalidInputError(problems=[_then_unknown()])
    with transaction.atomic():
        held = frame.hold(actor, task_id)
        if held.task.status not in Task.PENDING:
            earlier = frame.own_act(held, RETURN)
            if earlier is not None and earlier.input["asked"] == to:
                return held.task
        frame.take_up(held)
        frame.require_verb(held.step, "return")
        frame.require_fresh(held.task, seen_version)
        target = _target(held, to)
        if Token.objects.filter(case=held.case).count() >= MAX_TOKENS:
            raise ReturnTooOftenError
        frame.record_verb(held, RETURN, reason, asked=to, to=target, then=then)
        held.move.closing = Task.Closing.RETURNED
        _close_step(held)
        _tell(held, target, reason)
        _put_back(held, target, then)
        events.emit(
            "case.returned", held.case.number, {"case": held.case.pk, "from": held.step.key}
        )
        held.task.refresh_from_db()
        return held.task


def _target(held: Held, to: str) -> str:
    """Return the step that is meant.

    :raises ReturnTargetError: the case has not been there, or it lies beside this branch.
    """
    steps = _passed_steps(held)
    if to == STARTER:
        to = steps[0] if steps else ""
    elif to == PREVIOUS:
        to = _latest(held, steps)
    if to not in steps:
        raise ReturnTargetError(steps=steps)
    return to


def _passed_steps(held: Held) -> list[str]:
    process, here, token = held.move.process, held.step.key, held.token
    kinds = ("task", "wait")
    join = token.branch.partition(":")[0]
    found = [
        key
        for key in _history(held)
        # A case that went over to another version has passed steps that this one lacks.
        if key in process.steps
        and process.steps[key].kind in kinds
        and key != here
        and here in process.reach[key]
        and not _is_beside(process.places[key], token.branch, join)
    ]
    allowed = held.step.return_to
    named = {STARTER: found[:1], PREVIOUS: [_latest(held, found)] if found else []}
    if not allowed:
        return found
    steps = {step for name in allowed for step in named.get(name, [name])}
    return [key for key in found if key in steps]


def _is_beside(place: str, branch: str, join: str) -> bool:
    """Say whether a step lies in another branch of the parallel that the token is in."""
    return bool(join) and place.startswith(f"{join}:") and place != branch


def _history(held: Held) -> list[str]:
    """Return the steps that the case has left before this token, by when it came there first."""
    rows = Token.objects.filter(
        case=held.case, pk__lt=held.token.pk, status=Token.Status.LEFT
    ).order_by("id")
    return list(dict.fromkeys(rows.values_list("step", flat=True)))


def _latest(held: Held, steps: list[str]) -> str:
    rows = Token.objects.filter(
        case=held.case, pk__lt=held.token.pk, status=Token.Status.LEFT, step__in=steps
    ).order_by("-left_at", "-id")
    return rows.values_list("step", flat=True).first() or ""


def _close_step(held: Held) -> None:
    task, move = held.task, held.move
    Task.objects.filter(pk=task.pk).update(
        status=Task.Status.DONE,
        done_at=move.at,
        act=RETURN,
        closing=Task.Closing.RETURNED,
        version=task.version + 1,
    )
    close_tasks(
        Task.objects.filter(token=held.token).exclude(pk=task.pk),
        at=move.at,
        closing=Task.Closing.RETURNED,
    )
    move.leave(held.token, act=RETURN)


def _put_back(held: Held, target: str, then: str) -> None:
    token, move = held.token, held.move
    if then == BY_STEPS:
        move.put_down(token, target)
        return
    back_to = ">".join(filter(None, (held.step.key, token.back_to)))
    if len(back_to) > _MAX_BACK:
        raise ReturnTooOftenError
    move.put_down(token, target, back_to=back_to)


def _tell(held: Held, target: str, reason: str) -> None:
    step = held.move.process.steps[target]
    tell(
        held.case,
        kind="task.returned",
        title_zh=f"{held.task.title_zh}：退回到“{step.title_zh}”",
        title_en=f'{held.task.title_en}: returned to "{step.title_en}"',
        actor=held.actor,
        organization_name=held.task.organization.name,
        details={"opinion": reason},
        is_public=False,
    )
    audit.record(
        held.actor,
        "process.return",
        "task",
        held.task.pk,
        case_id=held.case.pk,
        details={"step": held.step.key, "to": target},
    )


def _then_unknown() -> FieldProblem:
    return FieldProblem(
        "then",
        "WRONG_VALUE",
        "应为 by_steps（逐级重走）或者 jump_back（直送退回人）",
        "This must be by_steps or jump_back.",
        "改为其中之一",
        "Choose one of them.",
    )
