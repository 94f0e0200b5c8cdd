"""委派: ask somebody for an answer; the task then returns to who asked, and who acts."""

from yiwang.kernel.base.access.contracts import SYSTEM, Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.identity.models import Account
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.process.access import read_standing, take_turn
from yiwang.kernel.casework.process.actions import frame
from yiwang.kernel.casework.process.models import Task
from yiwang.kernel.casework.worklist.errors import (
    NotClaimableError,
    NotDelegatedError,
    SamePersonError,
)
from yiwang.kernel.casework.worklist.models import Delegation, Passing
from yiwang.kernel.casework.worklist.passing import locked_task, pass_to
from yiwang.kernel.casework.worklist.people import get_official, read_words

MOST_QUESTION = 1000
MOST_ANSWER = 2000


def delegate_task(
    *,
    actor: Actor,
    task_id: int,
    to_account: int,
    question: str,
    seen_version: int | None = None,
) -> Delegation:
    """委派: ask an official, of whatever seat, to answer; nobody acts until they did.

    Repeating the same delegation gives the same answer.

    :raises NotTheHolderError: somebody else holds the task.
    :raises DelegatedError: it is already out for an answer.
    :raises NotClaimableError: several officials sign this step.
    :raises ReasonMissingError, OfficialUnknownError, SamePersonError: as said.
    """
    words = read_words(question, most=MOST_QUESTION)
    with locked_task(actor, task_id) as (case, task):
        before = Delegation.objects.filter(task=task, status=Delegation.Status.OPEN).first()
        if before is not None and (
            (before.delegator_id, before.delegate_id, before.question)
            == (actor.account_id, to_account, words)
        ):
            return before
        frame.require_fresh(task, seen_version)
        acting = take_turn(actor, task)
        if task.signers > 1:
            raise NotClaimableError
        if to_account == actor.account_id or to_account == task.assignee_id:
            raise SamePersonError
        to = get_official(to_account)
        row = Delegation.objects.create(
            task=task,
            delegator_id=task.assignee_id or actor.account_id,
            delegator_name=_holder_name(task, actor),
            delegate_id=to.pk,
            delegate_name=to.display_name,
            question=words,
            status=Delegation.Status.OPEN,
            at=now(),
        )
        verb = Passing.Verb.DELEGATE
        pass_to(case, task, verb=verb, actor=acting, to=to, reason=words[:500])
        return row


def _holder_name(task: Task, actor: Actor) -> str:
    if task.assignee_id is None or task.assignee_id == actor.account_id:
        return actor.name
    return Account.objects.get(pk=task.assignee_id).display_name


def answer_delegation(*, actor: Actor, task_id: int, answer: str) -> Delegation:
    """答复交回: the delegate, or who stands in for them, answers; the delegator has it again.

    Repeating one's own answer gives the same row.

    :raises NotDelegatedError: nothing is open here for the actor to answer.
    :raises ReasonMissingError: nothing was answered.
    """
    words = read_words(answer, most=MOST_ANSWER)
    with locked_task(actor, task_id) as (case, task):
        row = Delegation.objects.filter(task=task).order_by("-id").first()
        if row is None or not _stands_for(actor, row.delegate_id, task):
            raise NotDelegatedError
        if row.status != Delegation.Status.OPEN:
            if row.status == Delegation.Status.ANSWERED and row.answer == words:
                return row
            raise NotDelegatedError
        _end(row, Delegation.Status.ANSWERED, words)
        to = _delegator(row)
        pass_to(case, task, verb=Passing.Verb.ANSWER, actor=actor, to=to)
        return row


def take_back(*, actor: Actor, task_id: int) -> Delegation:
    """收回委派: the delegator wants no answer any more and acts without it.

    :raises NotDelegatedError: the actor has nothing open here to take back.
    """
    with locked_task(actor, task_id) as (case, task):
        row = Delegation.objects.filter(task=task).order_by("-id").first()
        if row is None or not _stands_for(actor, row.delegator_id, task):
            raise NotDelegatedError(
                "没有您发出的、还没有交回的委派", "You have no delegation here that is still open."
            )
        if row.status == Delegation.Status.TAKEN_BACK:
            return row
        if row.status != Delegation.Status.OPEN:
            raise NotDelegatedError("对方已经答复交回", "The answer was already given.")
        _end(row, Delegation.Status.TAKEN_BACK)
        pass_to(case, task, verb=Passing.Verb.TAKE_BACK, actor=actor, to=_delegator(row))
        return row


def return_to_delegator(case: Case, task: Task) -> bool:
    """Give a task back whose delegate has left; False when it is not out for an answer."""
    row = Delegation.objects.filter(task=task, status=Delegation.Status.OPEN).first()
    if row is None:
        return False
    _end(row, Delegation.Status.TAKEN_BACK)
    audit.record(SYSTEM, "task.delegate_left", "task", task.pk, case_id=case.pk)
    pass_to(case, task, verb=Passing.Verb.FALL_BACK, actor=SYSTEM, to=_delegator(row))
    return True


def _stands_for(actor: Actor, account_id: int, task: Task) -> bool:
    if account_id == actor.account_id:
        return True
    principals = read_standing(actor).principals
    return any(
        one.account_id == account_id
        and (one.only is None or Task.objects.filter(one.only, pk=task.pk).exists())
        for one in principals
    )


def _delegator(row: Delegation) -> Account:
    return Account.objects.get(pk=row.delegator_id)


def _end(row: Delegation, status: Delegation.Status, answer: str = "") -> None:
    row.status = status
    row.answer = answer
    row.ended_at = now()
    row.save(update_fields=["status", "answer", "ended_at"])
