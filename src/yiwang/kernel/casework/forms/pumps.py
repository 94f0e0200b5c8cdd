"""后台: drafts end after their time, and files that nothing refers to any more are swept."""

from datetime import timedelta

from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.base.files.facade import sweep_unreferenced
from yiwang.kernel.casework.forms.actions.drafts import KEPT_DAYS
from yiwang.kernel.casework.forms.models import Draft


@events.pump("forms.end_drafts", every_s=3600)
def end_drafts() -> int:
    """Delete drafts whose time is over, then sweep what only they referred to.

    A draft names its files inside its data, where the sweep cannot see them: a file must be older
    than any draft that could name it.
    """
    deleted, _ = Draft.objects.filter(expires_at__lt=now()).delete()
    return deleted + sweep_unreferenced(older_than=timedelta(days=2 * KEPT_DAYS))
