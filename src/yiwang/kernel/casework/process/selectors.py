"""待办: the inbox of an official."""

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.casework.process.access import read_standing
from yiwang.kernel.casework.process.models import Task

__all__ = ["count_inbox", "inbox"]


def inbox(actor: Actor, *, after_id: int | None = None, limit: int = 20) -> list[Task]:
    """Return the open tasks that wait for the actor, oldest first, by key; three queries.

    What nobody holds in the pools of the actor's seats, what the actor holds, and the same of
    everyone for whom the actor stands in today.
    """
    rows = Task.objects.filter(read_standing(actor).waiting(), status=Task.Status.OPEN)
    if after_id is not None:
        rows = rows.filter(id__gt=after_id)
    return list(rows.order_by("id")[:limit])


def count_inbox(actor: Actor, *, cap: int = 100) -> int:
    """Return how many tasks wait, counting no further than ``cap``."""
    rows = Task.objects.filter(read_standing(actor).waiting(), status=Task.Status.OPEN)
    return rows.order_by()[:cap].count()
