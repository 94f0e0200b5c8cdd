"""分派: who can act in a unit, whom a task goes to, and where it goes when nobody is in post."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from yiwang.kernel.base.access.models import Grant
from yiwang.kernel.base.calendars import today
from yiwang.kernel.base.organizations.models import Organization, Post
from yiwang.kernel.casework.process.models import Task

__all__ = ["Seat", "find_seat", "holders", "least_loaded", "seats_of_account"]


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a task lies: unit, role, and the one official it goes to, if only one may have it.

    ``fallback_role`` is the role that was wanted and that nobody holds there.
    """

    unit: Organization
    role: str
    assignee_id: int | None = None
    fallback_role: str = ""


def holders(role: str, unit: Organization, division_path: str) -> list[int]:
    """Return the accounts that may act in this role in the unit today, in order of their keys."""
    rows = _reaching(unit.path, division_path).filter(role=role)
    return sorted(set(rows.values_list("account_id", flat=True)))


def seats_of_account(account_id: int) -> Sequence[Grant]:
    """Return the account's seats today: one row for each post and role."""
    rows = _valid().filter(account_id=account_id).order_by("post_key", "role")
    return list(rows.distinct("post_key", "role"))


def find_seat(role: str, unit: Organization, division_path: str) -> Seat:
    """Return the seat of a task: the role where somebody holds it, else the head of the unit.

    Where the unit has no head either, that of the unit above. Without any the seat keeps the
    role; ``fallback_role`` still shows that nobody holds it today.
    """
    if _reaching(unit.path, division_path).filter(role=role).exists():
        return Seat(unit, role)
    for one in _upwards(unit):
        heads = Post.objects.filter(organization=one, is_leader=True).values("key")
        head = (
            _reaching(unit.path, division_path)
            .filter(post_key__in=heads)
            .order_by("account_id", "role")
            .first()
        )
        if head is not None:
            return Seat(unit, head.role, head.account_id, fallback_role=role)
    return Seat(unit, role, fallback_role=role)


def least_loaded(accounts: Sequence[int]) -> int:
    """Return who has the fewest open tasks; of several the first."""
    rows = (
        Task.objects.filter(assignee_id__in=accounts, status=Task.Status.OPEN)
        .order_by()
        .values_list("assignee_id")
        .annotate(Count("pk"))
    )
    loads: dict[int | None, int] = dict(rows)
    return min(accounts, key=lambda account: (loads.get(account, 0), account))


def _upwards(unit: Organization) -> Iterator[Organization]:
    one: Organization | None = unit
    while one is not None:
        yield one
        one = one.parent


def _valid() -> QuerySet[Grant]:
    day = today()
    return Grant.objects.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)


def _reaching(org_path: str, division_path: str) -> QuerySet[Grant]:
    return _valid().filter(
        org_path__in=_ancestors(org_path), division_path__in=_ancestors(division_path)
    )


def _ancestors(path: str) -> list[str]:
    """Return the paths that reach this one: ``a/b/`` is reached from the top, ``a/``, ``a/b/``."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[:depth]) + "/" * bool(depth) for depth in range(len(parts) + 1)]
