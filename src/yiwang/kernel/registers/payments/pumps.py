"""What the worker does for payments, in the lane of the bank."""

from yiwang.kernel.base.events import facade as events
from yiwang.kernel.registers.payments.actions import exchange


@events.pump("payments.register_bills", every_s=0.5, lane="bank")
def register_bills() -> int:
    """Give new bills to the bank."""
    return exchange.register_waiting_bills()


@events.pump("payments.close_bills", every_s=2.0, lane="bank")
def close_bills() -> int:
    """Close cancelled bills at the bank."""
    return exchange.close_cancelled_bills()


@events.pump("payments.send_refunds", every_s=1.0, lane="bank")
def send_refunds() -> int:
    """Send refunds to the bank."""
    return exchange.send_waiting_refunds()
