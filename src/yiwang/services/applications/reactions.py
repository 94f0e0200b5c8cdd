"""响应: what applications do when another part of the platform has acted."""

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.casework.cases.actions.cases import lock_case, tell
from yiwang.kernel.casework.process.actions.tasks import signal_case
from yiwang.kernel.registers.payments.models import Bill


def on_bill_paid(bill: Bill, actor: Actor) -> None:
    """缴费到账: the case that waits for the money goes on, in the transaction of the payment."""
    if bill.case_id is None:
        return
    case = lock_case(bill.case_id)
    tell(
        case,
        kind="payment.paid",
        title_zh=f"已缴费 ¥{bill.amount_yuan:,.2f}",
        title_en=f"Paid ¥{bill.amount_yuan:,.2f}",
        actor=actor,
    )
    signal_case(case=case, event="payment_paid", actor=actor)
