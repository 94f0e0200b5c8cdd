"""离岗: a holder whose account is closed or whose post has ended holds nothing any more."""

import logging

from django.db import DatabaseError, transaction
from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet, Subquery

from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.base.identity.models import Account
from yiwang.kernel.casework.cases.actions.cases import lock_case
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.process.models import Task
from yiwang.kernel.casework.worklist.actions.delegating import return_to_delegator
from yiwang.kernel.casework.worklist.models import Passing
from yiwang.kernel.casework.worklist.passing import pass_to
from yiwang.kernel.casework.worklist.people import competent_for, find_leader, officials, seated
from yiwang.kernel.errors import DomainError

logger = logging.getLogger(__name__)

# Who came to a task by these held a seat with its role; without that seat they hold it no more.
# A delegate, a head of the unit or whom a process named needs any seat at all.
_BY_ROLE = (Passing.Verb.CLAIM, Passing.Verb.TRANSFER, Passing.Verb.HAND_OVER)


class _StartsWith(Func):
    function = "starts_with"
    output_field = BooleanField()


def left() -> QuerySet[Task]:
    """Return the tasks not yet done whose holder has left: account closed, or the seat ended."""
    seats = seated().filter(account_id=OuterRef("assignee_id"))
    fitting = seats.filter(
        _StartsWith(OuterRef("org_path"), F("org_path")),
        _StartsWith(OuterRef("division_path"), F("division_path")),
        role=OuterRef("role"),
    )
    came = Passing.objects.filter(task=OuterRef("pk")).order_by("-id").values("verb")[:1]
    return (
        Task.objects.filter(status__in=Task.PENDING, assignee_id__isnull=False)
        .annotate(came=Subquery(came))
        .filter(
            ~Exists(officials().filter(pk=OuterRef("assignee_id")))
            | ~Exists(seats)
            | (Q(came__in=_BY_ROLE) & ~Exists(fitting))
        )
    )


def let_go_if_left(case: Case, task: Task) -> bool:
    """自动退回: put the task of a holder who left where others find it. The case is locked.

    A delegate who left gives it back to the delegator. Else it goes to the pool of its role, when
    somebody is in it; else to the head of the unit, or of the nearest one above; the timeline
    shows it. Returns whether the holder had left.
    """
    if task.assignee_id is None or not left().filter(pk=task.pk).exists():
        return False
    if return_to_delegator(case, task):
        # Both may have left on the same day.
        let_go_if_left(case, task)
        return True
    pass_to(case, task, verb=Passing.Verb.FALL_BACK, actor=SYSTEM, to=others_for(task))
    return True


def others_for(task: Task) -> Account | None:
    """Return who gets a task that its holder gives up: None for the pool when somebody is in it,
    else the head of the unit, or of the nearest one above that has one."""
    if competent_for(task).exclude(pk=task.assignee_id or 0).exists():
        return None
    leader = find_leader(task.organization)
    return leader if leader is not None and leader.pk != task.assignee_id else None


def fall_back(task_id: int) -> bool:
    """Let go of one task if its holder left; in its own transaction, with the case locked."""
    case_id = Task.objects.values_list("case_id", flat=True).get(pk=task_id)
    with transaction.atomic():
        case = lock_case(case_id)
        task = Task.objects.select_related("organization").get(pk=task_id)
        return let_go_if_left(case, task)


def settle(task: Task) -> None:
    """Let go of a task that is just being read, when its holder has left meanwhile."""
    if task.assignee_id is not None and left().filter(pk=task.pk).exists():
        fall_back(task.pk)


def fall_back_all(*, limit: int = 200) -> int:
    """Let go of tasks whose holders left; returns how many. One that fails holds up no other."""
    done = 0
    for task_id in left().order_by("pk").values_list("pk", flat=True)[:limit]:
        try:
            done += fall_back(task_id)
        except (DomainError, DatabaseError):
            logger.exception("task_not_fallen_back", extra={"task": task_id})
    return done
