"""交接: everything that one official holds goes to another at a change of job."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from yiwang.kernel.base.access import facade as access
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.base.identity.models import Account
from yiwang.kernel.casework.cases.actions.cases import lock_case
from yiwang.kernel.casework.process.models import Task
from yiwang.kernel.casework.worklist.actions.delegating import return_to_delegator
from yiwang.kernel.casework.worklist.actions.deputies import require_assigner
from yiwang.kernel.casework.worklist.actions.leaving import others_for
from yiwang.kernel.casework.worklist.errors import (
    HandOverNotDoneError,
    OfficialUnknownError,
    SamePersonError,
)
from yiwang.kernel.casework.worklist.models import Delegation, HandOver, Passing
from yiwang.kernel.casework.worklist.passing import pass_to
from yiwang.kernel.casework.worklist.people import get_official, is_competent, read_words
from yiwang.kernel.errors import NotFoundError

BATCH = 200
"""Tasks of one transaction. A smaller hand-over is one transaction as a whole."""


TO_SUCCESSOR, TO_OTHERS = "TO_SUCCESSOR", "TO_OTHERS"
TO_ANSWER, TO_DELEGATOR = "TO_ANSWER", "TO_DELEGATOR"


@dataclass(frozen=True, slots=True)
class HandOverLine:
    """交接清单 of one task: ``goes`` is TO_SUCCESSOR; TO_OTHERS (the successor may not act on it:
    the pool, or the head of the unit); TO_ANSWER (out for an answer, which the successor will
    get); or TO_DELEGATOR (this person was asked, and answers no more)."""

    task_id: int
    case_number: str
    case_title: str
    title_zh: str
    title_en: str
    goes: str


@dataclass(frozen=True, slots=True)
class HandOverPlan:
    """交接预演: what would happen to each task; nothing has changed. ``lines`` are the first."""

    from_name: str
    to_name: str
    counts: dict[str, int]
    lines: tuple[HandOverLine, ...]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def plan_hand_over(
    *, actor: Actor, from_account: int, to_account: int, shown: int = 100
) -> HandOverPlan:
    """交接预演: say where each task would go, without changing anything.

    :raises NotPermittedError: not one's own tasks, and no right to assign those of the unit.
    :raises OfficialUnknownError, SamePersonError: as the words say.
    """
    giver, to = _people(actor, from_account, to_account)
    lines = [
        HandOverLine(
            task.pk,
            task.case_number,
            task.case_title,
            task.title_zh,
            task.title_en,
            _goes(task, from_account, to.pk),
        )
        for task in _held(actor, from_account).order_by("case_id", "id").iterator(chunk_size=500)
    ]
    counts: dict[str, int] = {}
    for line in lines:
        counts[line.goes] = counts.get(line.goes, 0) + 1
    return HandOverPlan(giver.display_name, to.display_name, counts, tuple(lines[:shown]))


def start_hand_over(*, actor: Actor, from_account: int, to_account: int, reason: str) -> HandOver:
    """交接: begin, and do the first batch. Fewer than ``BATCH`` tasks are one transaction.

    Beginning the same again goes on with the one that is not finished.

    :raises NotPermittedError, OfficialUnknownError, SamePersonError, ReasonMissingError: as said.
    :raises HandOverNotDoneError: another one of this person, to somebody else, is not finished.
    """
    words = read_words(reason, most=200)
    giver, to = _people(actor, from_account, to_account)
    with transaction.atomic():
        try:
            with transaction.atomic():
                row = HandOver.objects.create(
                    from_id=giver.pk,
                    from_name=giver.display_name,
                    to_id=to.pk,
                    to_name=to.display_name,
                    reason=words,
                    by_id=actor.account_id,
                    by_name=actor.name,
                    started_at=now(),
                )
        except IntegrityError as error:
            open_one = HandOver.objects.get(from_id=giver.pk, finished_at=None)
            if open_one.to_id != to.pk:
                raise HandOverNotDoneError(
                    f"向{open_one.to_name}的交接还没有完成",
                    f"The hand-over to {open_one.to_name} is not finished.",
                    hand_over=open_one.pk,
                ) from error
            row = open_one
        details = {"from": giver.pk, "to": to.pk}
        audit.record(actor, "hand_over.start", "hand_over", row.pk, details=details)
        _one_batch(actor, row)
        return row


def access_hand_over(actor: Actor, hand_over_id: int) -> HandOver:
    """Return a hand-over that the actor began.

    :raises NotFoundError: absent, or somebody else's.
    """
    row = HandOver.objects.filter(pk=hand_over_id, by_id=actor.account_id).first()
    if row is None:
        raise NotFoundError
    return row


def go_on_with(*, actor: Actor, hand_over_id: int) -> HandOver:
    """继续交接: do the next batch; when it is finished, nothing. Safe to call again after a stop.

    :raises NotFoundError: there is none, or it is of a person whom the actor may not hand over.
    """
    with transaction.atomic():
        row = HandOver.objects.select_for_update().filter(pk=hand_over_id).first()
        if row is None or row.by_id != actor.account_id:
            raise NotFoundError
        if row.finished_at is None:
            _one_batch(actor, row)
        return row


def _one_batch(actor: Actor, row: HandOver) -> None:
    """Move up to ``BATCH`` tasks; what is left is what the person still holds, so it resumes."""
    to = get_official(row.to_id)
    keys = list(_held(actor, row.from_id).order_by("case_id", "id").values_list("case_id", "pk"))
    for case_id, task_id in keys[:BATCH]:
        case = lock_case(case_id)
        task = _held(actor, row.from_id).select_related("organization").filter(pk=task_id).first()
        if task is None:
            continue
        goes = _goes(task, row.from_id, to.pk)
        if goes == TO_ANSWER:
            _asked_by(row.from_id).filter(task=task).update(
                delegator_id=to.pk, delegator_name=to.display_name
            )
        elif goes == TO_DELEGATOR:
            return_to_delegator(case, task)
        else:
            taker = to if goes == TO_SUCCESSOR else others_for(task)
            verb = Passing.Verb.HAND_OVER
            pass_to(case, task, verb=verb, actor=actor, to=taker, reason=row.reason)
        row.moved += goes in (TO_SUCCESSOR, TO_ANSWER)
        row.to_others += goes in (TO_OTHERS, TO_DELEGATOR)
    if len(keys) <= BATCH:
        row.finished_at = now()
        data = {"from": row.from_id, "to": row.to_id, "moved": row.moved, "others": row.to_others}
        audit.record(actor, "hand_over.finish", "hand_over", row.pk, details=data)
        events.emit("tasks.handed_over", row.pk, {"hand_over": row.pk, **data})
    row.save(update_fields=["moved", "to_others", "finished_at"])


def _asked_by(account_id: int) -> QuerySet[Delegation]:
    return Delegation.objects.filter(delegator_id=account_id, status=Delegation.Status.OPEN)


def _held(actor: Actor, account_id: int) -> QuerySet[Task]:
    """Return what the person holds, and what will come back to them with an answer.

    Somebody else hands over only what lies where they may assign tasks.
    """
    rows = Task.objects.filter(
        Q(assignee_id=account_id) | Q(pk__in=_asked_by(account_id).values("task_id")),
        status__in=Task.PENDING,
    )
    if actor.account_id == account_id:
        return rows
    return rows.filter(access.scope(actor, "task.assign"))


def _goes(task: Task, from_id: int, to_id: int) -> str:
    if task.assignee_id != from_id:
        return TO_ANSWER
    if Delegation.objects.filter(task=task, status=Delegation.Status.OPEN).exists():
        return TO_DELEGATOR
    return TO_SUCCESSOR if is_competent(to_id, task) else TO_OTHERS


def _people(actor: Actor, from_account: int, to_account: int) -> tuple[Account, Account]:
    """Return who gives and who takes; the giver may have left already."""
    if from_account == to_account:
        raise SamePersonError
    giver = Account.objects.filter(pk=from_account, kind=Account.Kind.OFFICIAL).first()
    if giver is None:
        raise OfficialUnknownError(official=from_account)
    if from_account != actor.account_id:
        require_assigner(actor, from_account)
    return giver, get_official(to_account)
