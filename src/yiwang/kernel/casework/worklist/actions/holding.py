"""抢办、放回、转办: take a task from the pool, give it back, pass it to somebody competent."""

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.identity.models import Account
from yiwang.kernel.casework.process.access import held_by, take_turn
from yiwang.kernel.casework.process.models import Task
from yiwang.kernel.casework.worklist.actions.leaving import let_go_if_left
from yiwang.kernel.casework.worklist.errors import (
    NotClaimableError,
    NotCompetentError,
    NotHeldError,
    SamePersonError,
)
from yiwang.kernel.casework.worklist.models import Passing
from yiwang.kernel.casework.worklist.passing import locked_task, pass_to, require_say
from yiwang.kernel.casework.worklist.people import (
    get_holder_of_post,
    get_official,
    is_competent,
    read_words,
)

MOST_REASON = 500


def claim_task(*, actor: Actor, task_id: int) -> Task:
    """抢办: take a task out of the pool; claiming what one holds changes nothing.

    :raises NotFoundError: no seat of the actor, or of whom it stands in for, reaches the task.
    :raises TaskClosedError: it was done meanwhile.
    :raises NotTheHolderError: a colleague was faster; the words name who.
    :raises NotClaimableError: several officials sign this step.
    """
    with locked_task(actor, task_id) as (case, task):
        let_go_if_left(case, task)
        if task.assignee_id == actor.account_id:
            return task
        if task.assignee_id is not None:
            raise held_by(task.assignee_id)
        if task.signers > 1:
            raise NotClaimableError
        take_turn(actor, task)
        account = get_official(actor.account_id)
        pass_to(case, task, verb=Passing.Verb.CLAIM, actor=actor, to=account)
        return task


def give_back(
    *, actor: Actor, task_id: int, reason: str = "", seen_version: int | None = None
) -> Task:
    """放回待领: put a held task back into the pool of its role; what lies there stays there.

    :raises NotTheHolderError: somebody else holds it and the actor may not assign tasks there.
    :raises DelegatedError: it is out for an answer.
    :raises NotHeldError: nobody of the pool could take it: it was given to this person by name.
    """
    words = read_words(reason, most=MOST_REASON, required=False)
    with locked_task(actor, task_id, seen_version) as (case, task):
        if task.assignee_id is None:
            return task
        acting = require_say(actor, task)
        if not is_competent(task.assignee_id, task):
            raise NotHeldError(
                "这件待办是指定您办理的，不能放回待领",
                "This task was given to you by name; it has no pool to go to.",
                mend_zh="可以转办给有权限的同事",
                mend_en="Transfer it to a colleague who may act on it.",
            )
        pass_to(case, task, verb=Passing.Verb.GIVE_BACK, actor=acting, to=None, reason=words)
        return task


def transfer_task(
    *,
    actor: Actor,
    task_id: int,
    reason: str,
    to_account: int | None = None,
    to_post: str = "",
    seen_version: int | None = None,
) -> Task:
    """转办: pass a task on to a person, or to whoever of a post has the fewest tasks.

    Who takes it must be as competent: hold a seat with the role of the task, for its unit and
    place. Transferring to who holds it already changes nothing.

    :raises NotTheHolderError: somebody else holds it and the actor may not assign tasks there.
    :raises DelegatedError: it is out for an answer.
    :raises NotClaimableError: several officials sign this step.
    :raises ReasonMissingError, OfficialUnknownError, NotCompetentError, SamePersonError: as said.
    """
    words = read_words(reason, most=MOST_REASON)
    with locked_task(actor, task_id, seen_version) as (case, task):
        let_go_if_left(case, task)
        if to_account is not None and to_account == task.assignee_id:
            return task
        acting = require_say(actor, task)
        if task.signers > 1:
            raise NotClaimableError
        to = _taker(task, to_account, to_post)
        if to.pk == task.assignee_id:
            raise SamePersonError
        if to.pk == actor.account_id and task.assignee_id is None:
            raise SamePersonError(mend_zh="要自己办理请用抢办", mend_en="To take it, claim it.")
        pass_to(case, task, verb=Passing.Verb.TRANSFER, actor=acting, to=to, reason=words)
        return task


def _taker(task: Task, to_account: int | None, to_post: str) -> Account:
    if to_account is None:
        return get_holder_of_post(to_post, task)
    account = get_official(to_account)
    if not is_competent(account.pk, task):
        raise NotCompetentError(
            f"{account.display_name}没有办理这一步的岗位权限",
            f"{account.display_name} holds no seat that may act on this step.",
            official=account.pk,
        )
    return account
