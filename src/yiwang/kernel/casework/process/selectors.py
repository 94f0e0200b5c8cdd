"""待办: the inbox of an official."""

from django.db.models import Q

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.access.models import Grant
from yiwang.kernel.base.calendars import today
from yiwang.kernel.casework.process.models import Task

__all__ = ["count_inbox", "inbox"]


def inbox(actor: Actor, *, after_id: int | None = None, limit: int = 20) -> list[Task]:
    """Return the open tasks that wait for the actor, oldest first, by key; two queries."""
    reach = _reach(actor)
    if reach is None:
        return []
    rows = Task.objects.filter(reach, status=Task.Status.OPEN)
    if after_id is not None:
        rows = rows.filter(id__gt=after_id)
    return list(rows.order_by("id")[:limit])


def count_inbox(actor: Actor, *, cap: int = 100) -> int:
    """Return how many tasks wait, counting no further than ``cap``."""
    reach = _reach(actor)
    if reach is None:
        return 0
    return Task.objects.filter(reach, status=Task.Status.OPEN)[:cap].count()


def _reach(actor: Actor) -> Q | None:
    """Return the seats' reach as ranges that the inbox index serves, or None without a seat.

    A correlated EXISTS (see ``access.in_reach``) would test every open task of the city for an
    official who has few; the handful of seats is read first and spelled out.
    """
    day = today()
    seats = (
        Grant.objects.filter(
            Q(valid_to=None) | Q(valid_to__gte=day),
            account_id=actor.account_id,
            valid_from__lte=day,
        )
        .values_list("role", "org_path", "division_path")
        .distinct()
    )
    reach: Q | None = None
    for role, org_path, division_path in seats:
        seat = Q(role=role, org_path__startswith=org_path, division_path__startswith=division_path)
        reach = seat if reach is None else reach | seat
    return reach
