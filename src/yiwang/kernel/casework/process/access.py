"""办理权限: the only road from a task id to a task."""

from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.access.models import Grant
from yiwang.kernel.base.calendars import today
from yiwang.kernel.casework.process.models import Task
from yiwang.kernel.errors import NotFoundError

__all__ = ["access_task", "in_reach"]


class _StartsWith(Func):
    function = "starts_with"
    output_field = BooleanField()


def in_reach(actor: Actor) -> Q:
    """Return the predicate "this task waits for a role that the actor holds in unit and place"."""
    day = today()
    return Q(
        Exists(
            Grant.objects.filter(
                Q(valid_to=None) | Q(valid_to__gte=day),
                _StartsWith(OuterRef("org_path"), F("org_path")),
                _StartsWith(OuterRef("division_path"), F("division_path")),
                account_id=actor.account_id,
                valid_from__lte=day,
                role=OuterRef("role"),
            )
        )
    )


def access_task(actor: Actor, task_id: int) -> Task:
    """Return the task when the actor may act on it.

    :raises NotFoundError: when it does not exist or is not the actor's.
    """
    task = Task.objects.filter(in_reach(actor), pk=task_id).select_related("case").first()
    if task is None:
        raise NotFoundError
    return task
