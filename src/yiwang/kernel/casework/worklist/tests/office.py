"""An office: officials with accounts and seats, and a case whose task waits for their role."""

from datetime import date, timedelta
from itertools import count

from yiwang.kernel.base.access import facade as access
from yiwang.kernel.base.access.contracts import SYSTEM, Actor
from yiwang.kernel.base.audit.models import AuditEntry
from yiwang.kernel.base.calendars import today
from yiwang.kernel.base.events.models import OutboxEvent
from yiwang.kernel.base.identity.models import Account
from yiwang.kernel.base.identity.tests import cast
from yiwang.kernel.base.organizations.models import Organization, Post, PostHolding, Role
from yiwang.kernel.casework.cases.models import Case, CaseEvent
from yiwang.kernel.casework.process.models import Task, TaskAct
from yiwang.kernel.casework.process.tests import factories
from yiwang.kernel.casework.ratings.tests.factories import make_unit
from yiwang.kernel.casework.worklist import models

_numbers = count(1)


def post(
    role: str = factories.CLERK_ROLE,
    *,
    permissions: tuple[str, ...] = ("case.read",),
    unit: Organization | None = None,
    is_leader: bool = False,
) -> Post:
    """Return a post of a unit that carries one role; made when it is not there yet."""
    unit = unit or make_unit()
    made, _ = Role.objects.get_or_create(
        key=role, defaults={"title": role, "title_en": role, "permissions": list(permissions)}
    )
    row, is_new = Post.objects.get_or_create(
        key=f"{unit.pk}.{role}",
        defaults={
            "organization": unit,
            "title": role,
            "scope": unit.division,
            "unit_scope": unit,
            "is_leader": is_leader,
        },
    )
    if is_new:
        row.roles.add(made)
    return row


def official(name: str, *seats: Post) -> Actor:
    """Return an official with an account in these seats; without any, in the clerks' seat."""
    return cast.official(name, *(seat.pk for seat in seats or (post(),)))


def leader(name: str = "关局长") -> Actor:
    """Return the head of the unit, who may assign its tasks."""
    return official(name, post("leader", permissions=("case.read", "task.assign"), is_leader=True))


def outsider(name: str = "外单位") -> Actor:
    """Return an official of the same unit with another duty."""
    return official(name, post("archivist"))


def dismiss(actor: Actor) -> None:
    """End every seat of the official, from today on."""
    yesterday = today() - timedelta(days=1)
    PostHolding.objects.filter(account_id=actor.account_id).update(
        valid_from=yesterday - timedelta(days=9), valid_to=yesterday
    )
    access.rebuild_grants(actor.account_id)


def appoint(actor: Actor, seat: Post) -> None:
    access.appoint(
        account=Account.objects.get(pk=actor.account_id),
        post=seat,
        valid_from=today(),
        actor=SYSTEM,
    )


def close(actor: Actor) -> None:
    Account.objects.filter(pk=actor.account_id).update(is_active=False)


def waiting(**more: object) -> Task:
    """Return a task that waits in the pool of the clerks; one act ends the case's process."""
    case = factories.begin({"a": factories.task("z", **more), "z": factories.END})
    return factories.open_task(case)


def fresh(task: Task) -> Task:
    return Task.objects.get(pk=task.pk)


def days(first: int, last: int) -> tuple[date, date]:
    """Return two days counted from today."""
    return today() + timedelta(days=first), today() + timedelta(days=last)


def everything() -> list[int]:
    """Count all that an act could write, to prove that a refused one wrote nothing."""
    tables = (
        Task,
        TaskAct,
        Case,
        CaseEvent,
        OutboxEvent,
        models.Passing,
        models.Delegation,
        models.Deputyship,
        models.Circulation,
        models.Urge,
        models.HandOver,
    )
    counts = [table.objects.count() for table in tables]
    counts.append(AuditEntry.objects.filter(kind=AuditEntry.Kind.ACT).count())
    return counts + list(Task.objects.order_by("pk").values_list("assignee_id", flat=True))
