"""办理权限: who may see a task, whose turn it is, and in whose name one acts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import Protocol

from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.access.models import Grant
from yiwang.kernel.base.calendars import today
from yiwang.kernel.base.identity.models import Account
from yiwang.kernel.casework.process.models import Task
from yiwang.kernel.errors import DomainError, NotFoundError

__all__ = [
    "Hands",
    "NotTheHolderError",
    "Principal",
    "Standing",
    "access_task",
    "in_reach",
    "read_standing",
    "register_hands",
    "see_task",
    "take_turn",
    "within_own_reach",
]


class NotTheHolderError(DomainError):
    """A colleague holds the task: it was claimed, or handed to them."""

    code = "TASK_HELD"
    reason_zh = "这件待办正由他人办理"
    reason_en = "Somebody else holds this task."
    mend_zh = "需要您来办时，请对方转办或放回待领"
    mend_en = "If it should be yours, ask the holder to transfer it or give it back."


@dataclass(frozen=True, slots=True)
class Principal:
    """被代理人: for whom the actor stands in today; ``only`` narrows it to some tasks."""

    account_id: int
    name: str
    only: Q | None = None


class Hands(Protocol):
    """What the app of worklists tells: deputies, and tasks that are out for an answer."""

    def principals(self, actor: Actor) -> Sequence[Principal]:
        """Return for whom the actor stands in today."""

    def shown(self, actor: Actor) -> Q:
        """Return the predicate "I may see this task although no seat of mine reaches it"."""

    def require_free(self, actor: Actor, task: Task) -> None:
        """Raise a DomainError when the task waits for somebody's answer before anyone acts."""


class _NoHands:
    def principals(self, actor: Actor) -> Sequence[Principal]:
        return ()

    def shown(self, actor: Actor) -> Q:
        return Q(pk__in=())

    def require_free(self, actor: Actor, task: Task) -> None:
        return None


_hands: Hands = _NoHands()


def register_hands(hands: Hands) -> None:
    """Say who knows deputies and delegations; this app knows only tasks and seats."""
    global _hands
    _hands = hands


@dataclass(frozen=True, slots=True)
class _Seat:
    account_id: int
    role: str
    org_path: str
    division_path: str

    def covers(self, task: Task) -> bool:
        return (
            self.role == task.role
            and task.org_path.startswith(self.org_path)
            and task.division_path.startswith(self.division_path)
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """The actor's seats today, and those of everyone for whom the actor stands in."""

    actor: Actor
    seats: tuple[_Seat, ...]
    principals: tuple[Principal, ...]

    def waiting(self) -> Q:
        """Return the predicate "this open task waits for me", as ranges that indexes serve.

        A correlated EXISTS (see ``in_reach``) would test every open task of the city for an
        official who has few; the handful of seats was read first and is spelled out. One arm for
        what is held (``task_mine``), one for each seat's pool (``task_inbox``).
        """
        return self.held() | self.pool()

    def held(self) -> Q:
        """Return the predicate "I hold this task, or somebody for whom I stand in does"."""
        whole = [self.actor.account_id]
        whole += [one.account_id for one in self.principals if one.only is None]
        held = Q(assignee_id__in=whole)
        for one in self.principals:
            if one.only is not None:
                held |= Q(assignee_id=one.account_id) & one.only
        return held

    def pool(self) -> Q:
        """Return the predicate "nobody holds this task, and one of these seats may act on it"."""
        limits = {one.account_id: one.only for one in self.principals}
        ranges: dict[tuple[str, str, str], list[Q | None]] = {}
        for seat in self.seats:
            place = (seat.role, seat.org_path, seat.division_path)
            ranges.setdefault(place, []).append(limits.get(seat.account_id))
        pool = Q(pk__in=())
        for (role, org_path, division_path), narrowings in ranges.items():
            one = Q(
                assignee_id=None,
                role=role,
                org_path__startswith=org_path,
                division_path__startswith=division_path,
            )
            narrow = [only for only in narrowings if only is not None]
            # A seat of the actor's own, or of a principal without limit, reaches all of it.
            if len(narrow) == len(narrowings):
                one &= reduce(or_, narrow)
            pool |= one
        return pool

    def principal_of(self, task: Task) -> Principal | None:
        """Return in whose name the actor would act on a task that is not the actor's own."""
        for one in self.principals:
            is_theirs = task.assignee_id == one.account_id or (
                task.assignee_id is None
                and any(s.account_id == one.account_id and s.covers(task) for s in self.seats)
            )
            if is_theirs and _reaches(one, task):
                return one
        return None

    def covers(self, task: Task) -> bool:
        """Say whether a seat of the actor's own reaches the task."""
        return any(s.account_id == self.actor.account_id and s.covers(task) for s in self.seats)


def _reaches(principal: Principal, task: Task) -> bool:
    return principal.only is None or Task.objects.filter(principal.only, pk=task.pk).exists()


def read_standing(actor: Actor) -> Standing:
    """Read the actor's seats today and those of the principals; two queries."""
    principals = tuple(_hands.principals(actor))
    accounts = [actor.account_id, *(one.account_id for one in principals)]
    seats = (
        _today(Grant.objects.filter(account_id__in=accounts))
        .values_list("account_id", "role", "org_path", "division_path")
        .distinct()
    )
    return Standing(actor, tuple(_Seat(*row) for row in seats), principals)


def _today(grants: QuerySet[Grant]) -> QuerySet[Grant]:
    day = today()
    return grants.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)


class _StartsWith(Func):
    function = "starts_with"
    output_field = BooleanField()


def in_reach(actor: Actor) -> Q:
    """Return the predicate "this task is or was with a seat of mine, or shown to me".

    It says what one may see. Whose turn it is :func:`take_turn` decides.
    """
    principals = _hands.principals(actor)
    accounts = [actor.account_id, *(one.account_id for one in principals if one.only is None)]
    reach = Q(assignee_id__in=accounts) | _seated(accounts) | _hands.shown(actor)
    for one in principals:
        if one.only is not None:
            reach |= one.only & (Q(assignee_id=one.account_id) | _seated([one.account_id]))
    return reach


def within_own_reach(actor: Actor) -> Q:
    """Return the predicate "I hold this task, or a seat of my own reaches it": one short query."""
    own = [actor.account_id]
    return Q(assignee_id__in=own) | _seated(own)


def _seated(accounts: list[int]) -> Q:
    held = Grant.objects.filter(
        _StartsWith(OuterRef("org_path"), F("org_path")),
        _StartsWith(OuterRef("division_path"), F("division_path")),
        account_id__in=accounts,
        role=OuterRef("role"),
    )
    return Q(Exists(_today(held)))


def see_task(actor: Actor, task_id: int) -> Task:
    """Return the task when the actor may see it, whoever holds it.

    :raises NotFoundError: when it does not exist or is out of the actor's reach.
    """
    task = Task.objects.filter(in_reach(actor), pk=task_id).select_related("case").first()
    if task is None:
        raise NotFoundError
    return task


def access_task(actor: Actor, task_id: int) -> Task:
    """Return the task when the actor may act on it: the only road from a task id to an act.

    :raises NotFoundError: when it does not exist or is out of the actor's reach.
    :raises NotTheHolderError: when a colleague holds it.
    """
    task = see_task(actor, task_id)
    if task.status == Task.Status.OPEN:
        take_turn(actor, task)
    return task


def take_turn(actor: Actor, task: Task, *, is_seated: bool = False) -> Actor:
    """Return the actor as it acts on this open task: itself, or 代 the one who is away.

    Ask it again under the lock of the case: a colleague may have claimed the task meanwhile.
    ``is_seated`` tells that :func:`within_own_reach` was true of the task.

    :raises NotFoundError: when neither a seat nor a deputyship reaches the task.
    :raises NotTheHolderError: when a colleague holds it.
    """
    _hands.require_free(actor, task)
    if task.assignee_id == actor.account_id:
        return actor
    if task.assignee_id is None and is_seated:
        return actor
    standing = read_standing(actor)
    if task.assignee_id is None and standing.covers(task):
        return actor
    principal = standing.principal_of(task)
    if principal is not None:
        return replace(actor, name=f"{actor.name}（代{principal.name}办理）"[:80])
    if task.assignee_id is None:
        raise NotFoundError
    raise held_by(task.assignee_id)


def held_by(account_id: int) -> NotTheHolderError:
    """Return the refusal that names who holds the task."""
    name = Account.objects.filter(pk=account_id).values_list("display_name", flat=True).first()
    if name is None:
        return NotTheHolderError()
    return NotTheHolderError(
        f"这件待办正由{name}办理", f"{name} holds this task.", holder=account_id
    )
