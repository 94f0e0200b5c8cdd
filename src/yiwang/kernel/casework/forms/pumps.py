"""后台: drafts end when their time is over."""

from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.casework.forms.models import Draft


@events.pump("forms.end_drafts", every_s=3600)
def end_drafts() -> int:
    """Delete drafts whose time is over."""
    deleted, _ = Draft.objects.filter(expires_at__lt=now()).delete()
    return deleted
