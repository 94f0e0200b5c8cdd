"""后台: remind whoever promised material for later before its last day."""

from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.base.calendars import LOCAL_ZONE, now, today
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.casework.cases.actions.cases import lock_case, tell
from yiwang.kernel.casework.cases.models import Case, CaseEvent
from yiwang.kernel.casework.clocks.models import Clock
from yiwang.kernel.casework.papers.wording import written_day
from yiwang.services.applications import limits

REMINDED = "case.deferral_reminded"
MOST_AT_ONCE = 100


@events.pump("applications.remind_of_deferred", every_s=600)
def remind_of_deferred() -> int:
    """Remind once of what is due by the end of tomorrow; returns how many were reminded."""
    tomorrow = datetime.combine(today() + timedelta(days=2), time(0), LOCAL_ZONE)
    said = CaseEvent.objects.filter(case=OuterRef("case_id"), kind=REMINDED)
    due = (
        Clock.objects.filter(
            ~Exists(said),
            kind=limits.DEFERRED,
            stopped_at=None,
            due_at__lt=tomorrow,
            due_at__gte=now(),
        )
        .order_by("due_at", "id")
        .values_list("pk", "case_id")[:MOST_AT_ONCE]
    )
    done = 0
    for clock_id, case_id in list(due):
        with transaction.atomic():
            case = lock_case(case_id)
            # Under the lock: it may have been supplied, or another worker may have been first.
            clock = Clock.objects.filter(pk=clock_id, stopped_at=None).first()
            told = CaseEvent.objects.filter(case=case, kind=REMINDED).exists()
            if clock is None or told or case.status != Case.Status.OPEN:
                continue
            tell(
                case,
                kind=REMINDED,
                title_zh=f"提醒：承诺后补的材料最迟{written_day(clock.due_at)}补交",
                title_en="Reminder: what was promised for later is due by"
                f" {clock.due_at.astimezone(LOCAL_ZONE):%Y-%m-%d}",
                actor=SYSTEM,
            )
            events.emit("case.deferral_due", case.number, {"case": case.pk})
            done += 1
    return done
