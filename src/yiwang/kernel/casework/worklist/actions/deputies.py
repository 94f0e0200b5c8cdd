"""代理: who acts for somebody during leave."""

from collections.abc import Collection
from datetime import date, timedelta

from django.db import connection, transaction
from django.db.models import Q

from yiwang.kernel.base.access import facade as access
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import now, today
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.casework.worklist.errors import (
    DeputyAwayError,
    DeputyOverlapError,
    DeputyPeriodError,
    SamePersonError,
)
from yiwang.kernel.casework.worklist.models import Deputyship
from yiwang.kernel.casework.worklist.people import get_official, read_words, units_of
from yiwang.kernel.errors import NotFoundError, NotPermittedError

MOST_DAYS = 366
_LOCK_SPACE = 0x79774450


def name_deputy(
    *,
    actor: Actor,
    deputy: int,
    from_date: date,
    to_date: date,
    item_keys: Collection[str] = (),
    reason: str = "",
    principal: int | None = None,
) -> Deputyship:
    """登记代理: from one day to another, both included, for everything or for some items.

    An official names a deputy for himself; who may assign tasks of his unit (调配待办) may do it
    for somebody who fell ill. Registering the same again gives the same row.

    :raises NotPermittedError: for somebody else, without that right over a unit of theirs.
    :raises OfficialUnknownError, SamePersonError, DeputyPeriodError: as the words say.
    :raises DeputyOverlapError: somebody already stands in on one of these days for the same.
    :raises DeputyAwayError: the deputy is away then, too.
    """
    words = read_words(reason, most=200, required=False)
    principal = actor.account_id if principal is None else principal
    if principal == deputy:
        raise SamePersonError
    if to_date < from_date or to_date < today() or to_date - from_date > timedelta(MOST_DAYS):
        raise DeputyPeriodError
    away, acting = get_official(principal), get_official(deputy)
    _require_own(actor, principal)
    keys = sorted(set(item_keys))
    with transaction.atomic():
        # Two registrations for one person at once would both find nothing that overlaps.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, principal % 2**31])
        then = Deputyship.objects.filter(
            ended_at=None, from_date__lte=to_date, to_date__gte=from_date
        )
        mine = then.filter(principal_id=principal)
        same = mine.filter(
            deputy_id=deputy, from_date=from_date, to_date=to_date, item_keys=keys
        ).first()
        if same is not None:
            return same
        overlapping = mine.filter(Q(item_keys=[]) | Q(item_keys__overlap=keys)) if keys else mine
        other = overlapping.first()
        if other is not None:
            raise DeputyOverlapError(
                f"{other.from_date}至{other.to_date}已由{other.deputy_name}代理",
                f"{other.deputy_name} stands in from {other.from_date} to {other.to_date}.",
                deputyship=other.pk,
            )
        if then.filter(principal_id=deputy, item_keys=[]).exists():
            raise DeputyAwayError
        row = Deputyship.objects.create(
            principal_id=principal,
            principal_name=away.display_name,
            deputy_id=deputy,
            deputy_name=acting.display_name,
            from_date=from_date,
            to_date=to_date,
            item_keys=keys,
            reason=words,
            by_id=actor.account_id,
            at=now(),
        )
        details = {"principal": principal, "deputy": deputy, "items": keys}
        details |= {"from": str(from_date), "to": str(to_date)}
        audit.record(actor, "deputy.name", "deputyship", row.pk, details=details)
        events.emit("deputy.named", row.pk, {"deputyship": row.pk, **details})
        return row


def end_deputy(*, actor: Actor, deputyship_id: int) -> Deputyship:
    """结束代理: the principal is back early. Ending twice changes nothing.

    :raises NotFoundError: no such deputyship, or neither the actor's own nor of a unit of theirs.
    """
    with transaction.atomic():
        row = Deputyship.objects.select_for_update().filter(pk=deputyship_id).first()
        if row is None:
            raise NotFoundError
        if row.deputy_id != actor.account_id:
            try:
                _require_own(actor, row.principal_id)
            except NotPermittedError as error:
                raise NotFoundError from error
        if row.ended_at is None:
            row.ended_at = now()
            row.save(update_fields=["ended_at"])
            audit.record(actor, "deputy.end", "deputyship", row.pk)
            events.emit("deputy.ended", row.pk, {"deputyship": row.pk})
        return row


def _require_own(actor: Actor, account_id: int) -> None:
    """Refuse unless it is the actor, or an official of a unit whose tasks the actor may assign."""
    if account_id == actor.account_id:
        return
    require_assigner(actor, account_id)


def require_assigner(actor: Actor, account_id: int) -> None:
    """Refuse unless the actor may assign the tasks of a unit in which this official has a seat.

    :raises NotPermittedError: held over none of them.
    """
    mine = access.scope(actor, "task.assign", org="path", division="division__path")
    if not units_of(account_id).filter(mine).exists():
        audit.record_denied(actor, "task.assign", "account", account_id)
        raise NotPermittedError(permission="task.assign")
