"""待办: what waits for an official, narrowed and in order; a fixed number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Least

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.calendars import LOCAL_ZONE, calendar_for, now, today
from yiwang.kernel.casework.process.access import Standing, read_standing
from yiwang.kernel.casework.process.models import Task, TaskAct

__all__ = [
    "Inbox",
    "InboxFilter",
    "Pile",
    "list_suspended",
    "list_waiting",
    "next_task",
    "read_inbox",
]

PAGE_SIZE = 20
MOST_COUNTED = 1000
"""Piles are counted no further than this, so that a full inbox opens as fast as an empty one."""
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
OVERDUE, NEAR = "overdue", "near"
POOL = "pool"


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """What narrows and orders the inbox.

    ``step`` is the Chinese title of a step, ``unit`` the code of a unit, ``due`` "" or overdue or
    near, ``order`` "" (as it came) or "due" (what is due first), ``tab`` "" (待我办, what
    waits) or "pool" (可抢办, what nobody holds yet).
    """

    tab: str = ""
    step: str = ""
    unit: str = ""
    due: str = ""
    order: str = ""

    def pairs(self) -> list[tuple[str, str]]:
        """Return what is set, for an address."""
        named = (
            ("tab", self.tab),
            ("step", self.step),
            ("unit", self.unit),
            ("due", self.due),
            ("order", self.order),
        )
        return [(name, value) for name, value in named if value]


@dataclass(frozen=True, slots=True)
class Pile:
    """Waiting tasks of one step at one unit."""

    title_zh: str
    title_en: str
    unit: str
    unit_name: str
    count: int
    overdue: int
    near: int


@dataclass(frozen=True, slots=True)
class Inbox:
    """One page of the inbox with the piles that it is taken from.

    ``until``: what is due before this instant is due soon. ``standing``: the
    official's seats, and for whom the official stands in.
    """

    tasks: list[Task]
    next_after: int | None
    piles: list[Pile]
    is_capped: bool
    until: datetime
    standing: Standing

    @property
    def count(self) -> int:
        return sum(pile.count for pile in self.piles)


def read_inbox(actor: Actor, wanted: InboxFilter, *, after_id: int | None = None) -> Inbox:
    """Return one page of what waits for the actor, and the piles of everything that waits."""
    until = soon()
    standing = read_standing(actor)
    waiting = _waiting(standing, wanted.tab)
    piles = _piles(waiting, until)
    rows = _page(_narrow(waiting, wanted, until), wanted, after_id, PAGE_SIZE + 1)
    return Inbox(
        tasks=rows[:PAGE_SIZE],
        next_after=rows[PAGE_SIZE - 1].pk if len(rows) > PAGE_SIZE else None,
        piles=piles,
        is_capped=sum(pile.count for pile in piles) >= MOST_COUNTED,
        until=until,
        standing=standing,
    )


def list_suspended(standing: Standing, limit: int = PAGE_SIZE) -> list[Task]:
    """Return what was put aside (挂起) in the official's reach, oldest first."""
    rows = Task.objects.filter(standing.waiting(), status=Task.Status.SUSPENDED)
    return list(rows.select_related("case__party").order_by("pk")[:limit])


def list_waiting(actor: Actor, wanted: InboxFilter, limit: int) -> list[Task]:
    """Return what waits for the actor and is not yet signed, to be chosen from; two queries."""
    rows = _narrow(_waiting(read_standing(actor), wanted.tab), wanted, soon())
    rows = rows.filter(is_mine_done=False).select_related("token", "case__party", "organization")
    return list(rows.order_by("pk")[:limit])


def next_task(actor: Actor, wanted: InboxFilter, task: Task) -> Task | None:
    """Return the task that follows ``task`` in this order, or the first one after the last."""
    rows = (
        _narrow(_waiting(read_standing(actor), wanted.tab), wanted, soon())
        .exclude(pk=task.pk)
        .filter(is_mine_done=False)
    )
    following = _page(rows, wanted, task.pk, 1) or _page(rows, wanted, None, 1)
    return following[0] if following else None


def soon() -> datetime:
    """Return until when something counts as due soon: the end of the next working day."""
    day = calendar_for().add_working_days(today(), 1)
    return datetime.combine(day, datetime.max.time(), LOCAL_ZONE) + timedelta(microseconds=1)


def _waiting(standing: Standing, tab: str) -> QuerySet[Any]:
    """Return the open tasks that wait for the actor; on the tab POOL those that nobody holds.

    The standing spells the seats out as ranges that indexes serve: one predicate over the pools,
    what the actor holds, and the same of those for whom it stands in.
    """
    reach = standing.pool() if tab == POOL else standing.waiting()
    signed = TaskAct.objects.filter(task=OuterRef("pk"), account_id=standing.actor.account_id)
    rows = Task.objects.filter(reach, status=Task.Status.OPEN)
    if tab == POOL:
        rows = rows.filter(signers=1)
    return rows.annotate(
        due=Coalesce(Least("limit_at", "due_at"), Value(NEVER)), is_mine_done=Exists(signed)
    )


def _narrow(rows: QuerySet[Any], wanted: InboxFilter, until: datetime) -> QuerySet[Any]:
    if wanted.step:
        rows = rows.filter(title_zh=wanted.step)
    if wanted.unit:
        rows = rows.filter(organization_id=wanted.unit)
    if wanted.due == OVERDUE:
        rows = rows.filter(due__lt=now())
    elif wanted.due == NEAR:
        rows = rows.filter(due__gte=now(), due__lt=until)
    return rows


def _page(rows: QuerySet[Any], wanted: InboxFilter, after_id: int | None, limit: int) -> list[Task]:
    rows = rows.annotate(
        party_kind=F("case__party__kind"), case_title_en=F("case__title_en")
    ).select_related("organization")
    if wanted.order != "due":
        if after_id is not None:
            rows = rows.filter(pk__gt=after_id)
        return list(rows.order_by("pk")[:limit])
    if after_id is not None:
        due = Task.objects.filter(pk=after_id).values_list(
            Coalesce(Least("limit_at", "due_at"), Value(NEVER))
        )
        at = due.first()
        if at is not None:
            rows = rows.filter(Q(due__gt=at[0]) | Q(due=at[0], pk__gt=after_id))
    return list(rows.order_by("due", "pk")[:limit])


def _piles(waiting: QuerySet[Any], until: datetime) -> list[Pile]:
    at = now()
    counted = Task.objects.filter(pk__in=waiting.order_by("pk").values("pk")[:MOST_COUNTED])
    rows: Iterable[tuple[str, str, str, str, int, int, int]] = (
        counted.annotate(due=Coalesce(Least("limit_at", "due_at"), Value(NEVER)))
        .values_list("title_zh", "title_en", "organization_id", "organization__name")
        .annotate(
            count=Count("pk"),
            overdue=Count("pk", filter=Q(due__lt=at)),
            near=Count("pk", filter=Q(due__gte=at, due__lt=until)),
        )
        .order_by("title_zh", "organization__name")
    )
    return [Pile(*row) for row in rows]
