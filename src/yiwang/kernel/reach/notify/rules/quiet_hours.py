"""免打扰时段: when a text message that can wait is not sent."""

from datetime import datetime, time, timedelta

QUIET_FROM = time(22, 0)
QUIET_TO = time(8, 0)


def earliest_sending(at: datetime) -> datetime:
    """Return when a message of the local instant ``at`` may go: at once, or at the end of night."""
    if QUIET_TO <= at.timetz().replace(tzinfo=None) < QUIET_FROM:
        return at
    morning = at.replace(hour=QUIET_TO.hour, minute=QUIET_TO.minute, second=0, microsecond=0)
    return morning if at < morning else morning + timedelta(days=1)
