"""期满: what the law makes of a silence happens once, after its last day."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from yiwang.kernel.base import calendars
from yiwang.kernel.casework.cases.actions.cases import lock_case
from yiwang.kernel.casework.clocks.actions.clocks import mark_expired
from yiwang.kernel.casework.clocks.models import Clock
from yiwang.kernel.casework.clocks.registry import handled, handler_of


def expire_clocks(*, now: datetime | None = None, limit: int = 200) -> int:
    """Let what the law says follow on clocks that ended, each in its own transaction.

    Returns how many were dealt with. Each is claimed under the lock of its case, so that a verb of
    the last second and the end of the limit never both take effect.
    """
    at = now or calendars.now()
    wanted = Q(pk=None)
    for effect, kind in handled():
        wanted |= Q(effect_on_expiry=effect, kind=kind)
    ended = (
        Clock.objects.filter(
            wanted, stopped_at=None, suspended_at=None, expired_at=None, due_at__lt=at
        )
        .order_by("due_at", "id")
        .values_list("pk", "case_id")[:limit]
    )
    done = 0
    for clock_id, case_id in list(ended):
        with transaction.atomic():
            case = lock_case(case_id)
            clock = Clock.objects.get(pk=clock_id)
            handler = handler_of(clock)
            if handler is not None and mark_expired(clock=clock, at=at):
                handler(case, clock, at)
                done += 1
    return done
