"""工作人员: who may take a task, who may be asked, told or stand in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import BooleanField, Count, Exists, F, Func, OuterRef, Q, QuerySet, Value

from yiwang.kernel.base.access.models import Grant
from yiwang.kernel.base.calendars import today
from yiwang.kernel.base.identity.models import Account
from yiwang.kernel.base.organizations.models import Organization, PostHolding
from yiwang.kernel.casework.process.models import Task
from yiwang.kernel.casework.worklist.errors import (
    NotCompetentError,
    OfficialUnknownError,
    ReasonMissingError,
    TextTooLongError,
)

__all__ = [
    "Official",
    "competent_for",
    "describe",
    "find_leader",
    "get_holder_of_post",
    "get_official",
    "is_competent",
    "officials",
    "read_words",
    "seated",
    "units_of",
]

MOST_LISTED = 50


@dataclass(frozen=True, slots=True)
class Official:
    """工作人员 as one chooses them; ``waiting`` is how many open tasks they hold."""

    account_id: int
    name: str
    unit: str
    post: str
    waiting: int = 0


class _StartsWith(Func):
    function = "starts_with"
    output_field = BooleanField()


def officials() -> QuerySet[Account]:
    """Return the open accounts of officials."""
    return Account.objects.filter(kind=Account.Kind.OFFICIAL, is_active=True)


def seated(task: Task | None = None) -> QuerySet[Grant]:
    """Return the grants of today; with ``task`` those whose seat may act on it."""
    day = today()
    grants = Grant.objects.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)
    if task is None:
        return grants
    return grants.filter(
        _StartsWith(Value(task.org_path), F("org_path")),
        _StartsWith(Value(task.division_path), F("division_path")),
        role=task.role,
    )


def is_competent(account_id: int, task: Task) -> bool:
    """Say whether a seat of the account may act on the task today."""
    return seated(task).filter(account_id=account_id).exists()


def competent_for(task: Task) -> QuerySet[Account]:
    """Return the officials of the same competence (职责相同), who may take the task."""
    return officials().filter(Exists(seated(task).filter(account_id=OuterRef("pk"))))


def get_official(account_id: int) -> Account:
    """Return an official with an open account and at least one seat today.

    :raises OfficialUnknownError: there is none.
    """
    account = (
        officials()
        .filter(Exists(seated().filter(account_id=OuterRef("pk"))), pk=account_id)
        .first()
    )
    if account is None:
        raise OfficialUnknownError(official=account_id)
    return account


def get_holder_of_post(post_key: str, task: Task) -> Account:
    """Return who holds a post and may act on the task: of several the one with fewest tasks.

    :raises NotCompetentError: nobody in that post may.
    """
    holders = competent_for(task).filter(
        Exists(seated(task).filter(account_id=OuterRef("pk"), post_key=post_key))
    )
    accounts = list(holders)
    if not accounts:
        raise NotCompetentError(
            "这个岗位现在没有能办理这一步的人",
            "Nobody in this post may act on this step today.",
            post=post_key,
        )
    loads = _loads(account.pk for account in accounts)
    return min(accounts, key=lambda one: (loads.get(one.pk, 0), one.pk))


def find_leader(unit: Organization) -> Account | None:
    """Return the head (负责人) of the unit, or of the nearest unit above that has one."""
    day = today()
    held = PostHolding.objects.filter(
        Q(valid_to=None) | Q(valid_to__gte=day),
        valid_from__lte=day,
        post__is_leader=True,
        post__organization__in=[code for code in unit.path.split("/") if code],
    ).order_by("-post__organization__path", "valid_from", "pk")
    for account_id in held.values_list("account_id", flat=True):
        account = officials().filter(pk=account_id).first()
        if account is not None:
            return account
    return None


def describe(accounts: Sequence[Account], *, with_loads: bool = False) -> list[Official]:
    """Return officials with their first seat of today and its unit, in order; two queries."""
    day = today()
    keys = [account.pk for account in accounts]
    held = PostHolding.objects.filter(
        Q(valid_to=None) | Q(valid_to__gte=day), account_id__in=keys, valid_from__lte=day
    ).order_by("-valid_from", "-pk")
    seats = {
        account_id: (unit, post)
        for account_id, unit, post in held.values_list(
            "account_id", "post__organization__short_name", "post__title"
        )
    }
    loads = _loads(keys) if with_loads else {}
    return [
        Official(
            account.pk,
            account.display_name,
            *seats.get(account.pk, ("", "")),
            loads.get(account.pk, 0),
        )
        for account in accounts
    ]


def _loads(account_ids: Iterable[int]) -> dict[int, int]:
    rows = (
        Task.objects.filter(assignee_id__in=list(account_ids), status=Task.Status.OPEN)
        .values_list("assignee_id")
        .annotate(count=Count("pk"))
    )
    return {account_id: count for account_id, count in rows if account_id is not None}


def read_words(text: str, *, most: int, required: bool = True) -> str:
    """Return typed words without what no store takes (U+0000).

    :raises ReasonMissingError: nothing was written where something must be.
    :raises TextTooLongError: with the greatest length in its details.
    """
    words = text.replace("\0", "").strip()
    if required and not words:
        raise ReasonMissingError
    if len(words) > most:
        raise TextTooLongError(
            f"最多写 {most} 个字", f"At most {most} characters.", most_characters=most
        )
    return words


def units_of(account_id: int) -> QuerySet[Organization]:
    """Return the units in which this official has a seat; of one who left, those of before.

    Who moved to another unit is no longer the former one's to dispose of.
    """
    held = PostHolding.objects.filter(account_id=account_id)
    current = held.filter(Q(valid_to=None) | Q(valid_to__gte=today()))
    held = held.filter(Exists(current.filter(pk=OuterRef("pk"))) | ~Exists(current))
    return Organization.objects.filter(pk__in=held.values("post__organization_id"))
