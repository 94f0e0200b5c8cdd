"""What the worker does for notify, in the lane of the SMS gateway."""

from yiwang.kernel.base.events import facade as events
from yiwang.kernel.reach.notify.actions import sending


@events.pump("notify.send", every_s=0.5, lane="sms")
def send_queued() -> int:
    """Send queued text messages."""
    return sending.send_queued()
