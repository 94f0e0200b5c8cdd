"""多人办理: what the signers of a step have chosen together, and what follows from it."""

from yiwang.kernel import acts
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.casework.cases.actions.cases import tell
from yiwang.kernel.casework.process.actions.frame import Held
from yiwang.kernel.casework.process.engine import close_tasks
from yiwang.kernel.casework.process.models import Task, TaskAct, Token
from yiwang.kernel.casework.process.rules.definition import Step
from yiwang.kernel.casework.process.rules.signing import Ballot, outcome


def mode_of(step: Step) -> str:
    """Return by which rule the step comes to its result; SAME where it states none."""
    return step.signing.mode if step.signing else "SAME"


def result(held: Held, act: str) -> str:
    """Return the act by which the step is left now that ``act`` was signed; empty while open."""
    step = held.step
    if step.signing is None and not held.task.is_joint and held.task.signers == 1:
        return act
    return standing_result(held.token, step)


def standing_result(token: Token, step: Step) -> str:
    """Return the act by which the step is left as its ballots stand; empty while it is open."""
    signing = step.signing
    return outcome(
        mode_of(step),
        _ballots(token),
        agree=signing.agree if signing else "",
        need=signing.need if signing else 0,
    )


def _ballots(token: Token) -> list[Ballot]:
    """Return the votes cast, in their order, then those that are awaited."""
    tasks = list(Task.objects.filter(token=token).exclude(status=Task.Status.CANCELLED))
    weights = {task.pk: task.weight for task in tasks}
    cast = list(
        TaskAct.objects.filter(task__in=weights, is_current=True)
        .order_by("id")
        .values_list("task_id", "act")
    )
    ballots = [Ballot(weights[task_id], act) for task_id, act in cast]
    for task in tasks:
        missing = task.signers - sum(task_id == task.pk for task_id, _ in cast)
        ballots += [Ballot(task.weight)] * missing
    return ballots


def other_votes(held: Held) -> list[TaskAct]:
    """Return what others have signed at this step, oldest first; advice is not among it."""
    return list(
        TaskAct.objects.filter(task__token=held.token, task__weight__gt=0, is_current=True)
        .exclude(task__status=Task.Status.CANCELLED)
        .exclude(account_id=held.actor.account_id)
        .order_by("id")
    )


def sign_on(held: Held, act: str) -> None:
    """Note a signature that does not end the step yet; the next in turn comes up."""
    task = held.task
    signed = TaskAct.objects.filter(task=task, is_current=True).count()
    if signed >= task.signers:
        Task.objects.filter(pk=task.pk).update(
            status=Task.Status.DONE, done_at=held.move.at, act=act
        )
        open_next_turn(held.token)
    tell(
        held.case,
        kind="task.signed",
        title_zh=f"{task.title_zh}：{held.actor.name}已确认，等待另一人",
        title_en=f"{task.title_en}: {held.actor.name} has confirmed, one more to go",
        actor=held.actor,
        organization_name=task.organization.name,
        is_public=False,
    )


def open_next_turn(token: Token) -> None:
    """Open the tasks whose turn it is: the first turn that still has something to do."""
    pending = Task.objects.filter(token=token, status__in=Task.PENDING)
    first = pending.order_by("turn").values_list("turn", flat=True).first()
    if first is not None:
        pending.filter(turn=first, status=Task.Status.WAITING).update(status=Task.Status.OPEN)


def finish_step(held: Held, act: str, *, next_step: str = "") -> None:
    """Leave the step by the act that its signers came to, and walk on.

    The effects hear the words of who chose that act last, and the names of all who chose it.
    """
    move, step, token = held.move, held.step, held.token
    chosen = step.acts[act]
    if held.task.is_joint or held.task.signers > 1:
        acts.flush()
        close_tasks(Task.objects.filter(token=token), at=move.at, closing=Task.Closing.DECIDED)
    if mode_of(step) != "SAME" or move.act != act or not move.signer_names:
        _take_words(held, act)
    tell(
        held.case,
        kind="task.done",
        title_zh=f"{held.task.title_zh}：{chosen.title_zh}",
        title_en=f"{held.task.title_en}: {chosen.title_en}",
        actor=held.actor,
        organization_name=held.task.organization.name,
        details={"opinion": move.opinion, "signers": list(move.signer_names)},
        is_public=False,
    )
    move.leave_held(token, act=act)
    move.run_effects(step.key, chosen.effects, is_of_act=True)
    move.go_on(token, next_step or chosen.target, may_jump=not next_step)
    events.emit(
        "case.moved",
        held.case.number,
        {
            "case": held.case.pk,
            "phase": held.case.phase,
            "task": held.task.pk,
            "step": step.key,
            "act": act,
        },
    )


def _take_words(held: Held, act: str) -> None:
    """Let the move speak with the words of those who chose the act that won."""
    rows = list(
        TaskAct.objects.filter(task__token=held.token, act=act, is_current=True).order_by("id")
    )
    held.move.act = act
    held.move.opinion = rows[-1].opinion
    held.move.input = rows[-1].input
    held.move.signer_names = tuple(row.actor_name for row in rows)
    held.move.forget_facts()
