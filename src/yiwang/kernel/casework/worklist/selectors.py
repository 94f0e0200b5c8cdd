"""待办查询: what one did, was shown and asked; how a task came where it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from yiwang.kernel.base.access import facade as access
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.calendars import today
from yiwang.kernel.base.identity.models import Account
from yiwang.kernel.base.organizations.models import PostHolding
from yiwang.kernel.casework.process.access import read_standing
from yiwang.kernel.casework.process.models import Task, TaskAct
from yiwang.kernel.casework.worklist.models import (
    Circulation,
    Delegation,
    Deputyship,
    HandOver,
    InkSignature,
    Passing,
    Phrase,
    Urge,
)
from yiwang.kernel.casework.worklist.people import (
    Official,
    competent_for,
    describe,
    officials,
    seated,
    units_of,
)

__all__ = [
    "Turn",
    "choose_competent",
    "choose_official",
    "copies_for",
    "delegated_by",
    "deputyships",
    "done_by",
    "find_signature",
    "names_of",
    "open_hand_overs",
    "phrase_texts",
    "phrases_for",
    "posts_for",
    "read_turn",
    "signatures_of",
]

PAGE_SIZE = 20
MOST_LISTED = 50


@dataclass(frozen=True, slots=True)
class Turn:
    """承办情况: who holds a task, and what the reader may do about it.

    ``in_name_of`` is the name of the principal when the reader would act as a deputy.
    """

    holder_id: int | None
    holder_name: str
    since: datetime | None
    is_mine: bool
    may_act: bool
    may_assign: bool
    in_name_of: str
    delegation: Delegation | None
    is_delegate: bool
    is_delegator: bool
    passings: tuple[Passing, ...]
    delegations: tuple[Delegation, ...]
    urges: tuple[Urge, ...]
    copies: tuple[Circulation, ...]


def read_turn(actor: Actor, task: Task) -> Turn:
    """Read who holds the task and how it came; the same number of queries whatever happened."""
    standing = read_standing(actor)
    passings = tuple(Passing.objects.filter(task=task).order_by("id"))
    delegations = tuple(Delegation.objects.filter(task=task).order_by("id"))
    open_one = next((row for row in delegations if row.status == Delegation.Status.OPEN), None)
    principal = None
    is_own = task.assignee_id == actor.account_id or (
        task.assignee_id is None and standing.covers(task)
    )
    if not is_own:
        principal = standing.principal_of(task)
    stands_for = {actor.account_id, *(one.account_id for one in standing.principals)}
    last = passings[-1] if passings else None
    return Turn(
        holder_id=task.assignee_id,
        holder_name=names_of([task.assignee_id]).get(task.assignee_id or 0, ""),
        since=last.at if last is not None and last.to_id == task.assignee_id else None,
        is_mine=task.assignee_id == actor.account_id,
        may_act=open_one is None and (is_own or principal is not None),
        may_assign=access.allowed(
            actor, "task.assign", org_path=task.org_path, division_path=task.division_path
        ),
        in_name_of=principal.name if principal else "",
        delegation=open_one,
        is_delegate=open_one is not None and open_one.delegate_id in stands_for,
        is_delegator=open_one is not None and open_one.delegator_id in stands_for,
        passings=passings,
        delegations=delegations,
        urges=tuple(Urge.objects.filter(task=task).order_by("id")),
        copies=tuple(Circulation.objects.filter(task=task).order_by("id")),
    )


def names_of(account_ids: Sequence[int | None]) -> dict[int, str]:
    """Return the names of accounts by key; one query, none for nobody."""
    keys = [key for key in account_ids if key is not None]
    if not keys:
        return {}
    return dict(Account.objects.filter(pk__in=keys).values_list("pk", "display_name"))


def done_by(actor: Actor, *, before_id: int | None = None) -> list[TaskAct]:
    """我已办: return the actor's own acts, newest first; one more than a page tells of more."""
    rows = TaskAct.objects.filter(account_id=actor.account_id, is_current=True)
    if before_id is not None:
        rows = rows.filter(pk__lt=before_id)
    return list(
        rows.select_related("task__case__party", "task__token").order_by("-id")[: PAGE_SIZE + 1]
    )


def copies_for(actor: Actor, *, before_id: int | None = None) -> list[Circulation]:
    """抄送我: return what was shown to the actor, newest first; one more than a page."""
    rows = Circulation.objects.filter(reader_id=actor.account_id)
    if before_id is not None:
        rows = rows.filter(pk__lt=before_id)
    return list(rows.select_related("task__case__party").order_by("-id")[: PAGE_SIZE + 1])


def delegated_by(actor: Actor, *, before_id: int | None = None) -> list[Delegation]:
    """我委派: return whom the actor asked, newest first; one more than a page."""
    rows = Delegation.objects.filter(delegator_id=actor.account_id)
    if before_id is not None:
        rows = rows.filter(pk__lt=before_id)
    return list(rows.select_related("task__case__party").order_by("-id")[: PAGE_SIZE + 1])


def deputyships(actor: Actor) -> list[Deputyship]:
    """Return the actor's deputies and for whom the actor stands in, today and later."""
    mine = Q(principal_id=actor.account_id) | Q(deputy_id=actor.account_id)
    rows = Deputyship.objects.filter(mine, to_date__gte=today(), ended_at=None)
    return list(rows.order_by("from_date", "id"))


def open_hand_overs(actor: Actor) -> list[HandOver]:
    """Return the actor's hand-overs that are not finished."""
    return list(HandOver.objects.filter(by_id=actor.account_id, finished_at=None).order_by("id"))


def phrases_for(actor: Actor) -> list[Phrase]:
    """常用语: return the actor's own first, then those of the units of the actor's seats."""
    own = Q(account_id=actor.account_id)
    units = Q(organization__in=units_of(actor.account_id))
    rows = Phrase.objects.filter(own | units).select_related("organization")
    return list(rows.order_by("account_id", "id"))


def phrase_texts(actor: Actor) -> list[str]:
    """Return the words of the actor's phrases, each once."""
    return list(dict.fromkeys(row.text for row in phrases_for(actor)))


def posts_for(task: Task) -> list[str]:
    """Return the keys of the task's own unit's posts that may act on it and are held today."""
    rows = seated(task).filter(post_key__startswith=f"{task.organization_id}.")
    return sorted(set(rows.values_list("post_key", flat=True)))


def signatures_of(acts: Sequence[TaskAct]) -> dict[int, InkSignature]:
    """Return handwritten signatures by the key of their act."""
    rows = InkSignature.objects.filter(act__in=[row.pk for row in acts]).select_related("file")
    return {row.act_id: row for row in rows}


def find_signature(act_id: int) -> InkSignature | None:
    """Return the handwritten signature of an act, if one was drawn."""
    return InkSignature.objects.filter(act_id=act_id).select_related("act__task", "file").first()


def choose_competent(task: Task, words: str = "") -> list[Official]:
    """Return who could take the task, with how much they have to do already."""
    rows = competent_for(task).exclude(pk=task.assignee_id or 0)
    if words:
        rows = rows.filter(display_name__contains=words)
    return describe(list(rows.order_by("display_name", "pk")[:MOST_LISTED]), with_loads=True)


def choose_official(actor: Actor, words: str = "") -> list[Official]:
    """Return officials by a part of the name; without words those of the actor's own units."""
    rows = officials().exclude(pk=actor.account_id)
    if words:
        rows = rows.filter(display_name__contains=words)
    else:
        there = PostHolding.objects.filter(
            Q(valid_to=None) | Q(valid_to__gte=today()),
            post__organization__in=units_of(actor.account_id),
        )
        rows = rows.filter(pk__in=there.values("account_id"))
    return describe(list(rows.order_by("display_name", "pk")[:MOST_LISTED]))
