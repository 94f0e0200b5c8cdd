"""代理与委派, as the process asks for them: for whom one stands in, what waits for an answer."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.calendars import today
from yiwang.kernel.casework.process.access import Principal
from yiwang.kernel.casework.process.models import Task
from yiwang.kernel.casework.ratings.registry import item_paths
from yiwang.kernel.casework.worklist.errors import DelegatedError
from yiwang.kernel.casework.worklist.models import Circulation, Delegation, Deputyship

NOTHING = Q(pk__in=())


class WorklistHands:
    """What ``process.access`` asks."""

    def principals(self, actor: Actor) -> Sequence[Principal]:
        """Return for whom the actor stands in today; one query."""
        day = today()
        limits: dict[int, tuple[str, list[str] | None]] = {}
        rows = Deputyship.objects.filter(
            deputy_id=actor.account_id, from_date__lte=day, to_date__gte=day, ended_at=None
        ).order_by("id")
        for row in rows:
            before = limits.get(row.principal_id, ("", []))[1]
            is_whole = before is None or not row.item_keys
            keys = None if is_whole else [*(before or ()), *row.item_keys]
            limits[row.principal_id] = (row.principal_name, keys)
        return [
            Principal(account_id, name, None if keys is None else of_items(keys))
            for account_id, (name, keys) in limits.items()
        ]

    def shown(self, actor: Actor) -> Q:
        """Return the predicate "this task was shown to me, or I asked or was asked about it"."""
        me = actor.account_id
        asked = Delegation.objects.filter(task=OuterRef("pk"))
        copies = Circulation.objects.filter(task=OuterRef("pk"), reader_id=me)
        return Q(Exists(asked.filter(Q(delegator_id=me) | Q(delegate_id=me)))) | Q(Exists(copies))

    def require_free(self, actor: Actor, task: Task) -> None:
        """Refuse while somebody was asked for an answer.

        :raises DelegatedError: naming the delegate; who was asked is told to answer instead.
        """
        if task.assignee_id is None:
            # A task that is out for an answer is always in the delegate's hands.
            return
        row = Delegation.objects.filter(task=task, status=Delegation.Status.OPEN).first()
        if row is None:
            return
        if row.delegate_id == actor.account_id:
            raise DelegatedError(
                f"这件待办由{row.delegator_name}委派给您答复，由委派人办理",
                f"{row.delegator_name} asked you for an answer and will act.",
                mend_zh="写好答复后交回",
                mend_en="Give your answer; the task goes back.",
                delegation=row.pk,
            )
        raise DelegatedError(
            f"这件待办已委派{row.delegate_name}答复，还没有交回",
            f"{row.delegate_name} was asked for an answer and has not given it yet.",
            delegation=row.pk,
        )


def of_items(keys: Sequence[str]) -> Q:
    """Return the predicate "the task's case is about one of these items"."""
    found = NOTHING
    for kind, path in item_paths().items():
        found |= Q(case__kind=kind, **{f"case__{path}__in": list(keys)})
    return found
