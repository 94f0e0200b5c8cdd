"""撤回: one's own act is taken back before anybody acted on what came of it."""

from django.db import transaction
from django.db.models import QuerySet

from yiwang.kernel import acts
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.casework.cases.actions.cases import tell
from yiwang.kernel.casework.process.actions import frame
from yiwang.kernel.casework.process.actions.frame import Held
from yiwang.kernel.casework.process.engine import arrivals
from yiwang.kernel.casework.process.errors import RecallTooLateError
from yiwang.kernel.casework.process.models import Task, TaskAct, Timer, Token
from yiwang.kernel.casework.process.rules.inputs import read_words

__all__ = ["recall_act"]

# What was merely passed on the way of the act; it leaves nothing behind outside of the case.
_PASSED = frozenset({"decision", "parallel", "inclusive", "join"})
_RESTED = frozenset({"task", "wait", "timer", "join"})


def recall_act(*, actor: Actor, task_id: int, opinion: str = "") -> Task:
    """撤回: take back one's own act; the task stands as it stood before it.

    It is too late when somebody has acted on what came of it, when the act issued a paper or had
    another effect, when it led to an end, a call outside or child cases, or when it closed
    branches beside it. Where several have signed, the last of them recalls first.

    :raises NotFoundError: the task is out of reach, or the actor did not act on it.
    :raises VerbNotAllowedError: the step forbids it. :raises RecallTooLateError: see above.
    """
    reason = read_words("opinion", opinion)
    with transaction.atomic():
        held = frame.hold(actor, task_id)
        frame.require_verb(held.step, "recall")
        mine = _last_act(held)
        if mine is None:
            # Done before: the same answer. What never was, cannot be recalled.
            if _has_recalled(held):
                return held.task
            raise RecallTooLateError
        _require_last(held, mine)
        _undo(held, mine)
        mine.is_current = False
        mine.save(update_fields=["is_current"])
        _tell(held, mine, reason)
        held.task.refresh_from_db()
        return held.task


def _own_acts(held: Held) -> QuerySet[TaskAct]:
    rows = TaskAct.objects.filter(task=held.task, account_id=held.actor.account_id)
    return rows.order_by("-id")


def _last_act(held: Held) -> TaskAct | None:
    return _own_acts(held).filter(is_current=True).exclude(act__startswith=":").first()


def _has_recalled(held: Held) -> bool:
    return held.task.status in Task.PENDING and _own_acts(held).exists()


def _require_last(held: Held, mine: TaskAct) -> None:
    later = TaskAct.objects.filter(task__token=held.token, is_current=True, pk__gt=mine.pk)
    if later.exists():
        raise RecallTooLateError


def _undo(held: Held, mine: TaskAct) -> None:
    token = held.token
    if token.status == Token.Status.ACTIVE:
        _reopen_tasks(held)
        return
    if token.status != Token.Status.LEFT or token.act.startswith(":"):
        raise RecallTooLateError
    if held.step.acts[token.act].effects:
        raise RecallTooLateError
    made = list(Token.objects.filter(case=held.case, cause_id=token.pk).order_by("id"))
    _require_untouched(held, made)
    _take_away(held, made)
    _reopen_token(held)
    _reopen_tasks(held)
    if held.step.phase and held.case.phase != held.step.phase:
        held.case.phase = held.step.phase
        acts.change(held.case, "phase")


def _require_untouched(held: Held, made: list[Token]) -> None:
    """Make sure that what came of the act still stands as the act left it."""
    steps = held.move.process.steps
    # Every way ends in a rest. One that ended otherwise, or whose rest is over, went further.
    if not made or made[-1].status != Token.Status.ACTIVE:
        raise RecallTooLateError
    for one in made:
        is_resting = one.status == Token.Status.ACTIVE
        if steps[one.step].kind not in (_RESTED if is_resting else _PASSED):
            raise RecallTooLateError
    tasks = Task.objects.filter(token__in=made)
    has_signature = TaskAct.objects.filter(task__in=tasks).exists()
    if has_signature or tasks.filter(version__gt=0).exists():
        raise RecallTooLateError
    closed_beside = Token.objects.filter(
        case=held.case, status=Token.Status.CANCELLED, left_at=held.token.left_at
    )
    if closed_beside.exists():
        raise RecallTooLateError


def _take_away(held: Held, made: list[Token]) -> None:
    """Close what came of the act; who had arrived at a join waits there again."""
    move = held.move
    made_keys = {one.pk for one in made}
    joins = [
        one.step
        for one in made
        if one.status == Token.Status.LEFT and move.process.steps[one.step].kind == "join"
    ]
    for join in joins:
        before = set(arrivals(held.case, move.process, join).values()) - made_keys
        Token.objects.filter(pk__in=before).update(status=Token.Status.ACTIVE, left_at=None)
    move.close(Token.objects.filter(pk__in=made_keys), closing=Task.Closing.RECALLED)
    # They come of nothing any more: the act may be done, and recalled, another time.
    Token.objects.filter(pk__in=made_keys).update(status=Token.Status.CANCELLED, cause_id=None)


def _reopen_token(held: Held) -> None:
    token = held.token
    Timer.objects.filter(token=token, fired_at=None, cancelled_at=token.left_at).update(
        cancelled_at=None
    )
    Token.objects.filter(pk=token.pk).update(status=Token.Status.ACTIVE, left_at=None, act="")


def _reopen_tasks(held: Held) -> None:
    """Open the task again, and those that its act had closed as needless."""
    task = held.task
    pending = Task.objects.filter(token=held.token, status__in=Task.PENDING)
    needless = Task.objects.filter(token=held.token, closing=Task.Closing.DECIDED)
    pending.filter(turn__gt=task.turn).update(status=Task.Status.WAITING)
    for rows, status in (
        (needless.filter(turn__gt=task.turn), Task.Status.WAITING),
        (needless.filter(turn__lte=task.turn), Task.Status.OPEN),
        (Task.objects.filter(pk=task.pk), Task.Status.OPEN),
    ):
        rows.update(status=status, done_at=None, act="", closing="")
    frame.touch(held.token)


def _tell(held: Held, mine: TaskAct, reason: str) -> None:
    tell(
        held.case,
        kind="task.recalled",
        title_zh=f"{held.task.title_zh}：{held.actor.name}撤回了办理",
        title_en=f"{held.task.title_en}: {held.actor.name} has taken the act back",
        actor=held.actor,
        organization_name=held.task.organization.name,
        details={"opinion": reason},
        is_public=False,
    )
    audit.record(
        held.actor,
        "process.recall",
        "task",
        held.task.pk,
        case_id=held.case.pk,
        details={"step": held.step.key, "act": mine.act},
    )
    events.emit("case.recalled", held.case.number, {"case": held.case.pk, "step": held.step.key})
