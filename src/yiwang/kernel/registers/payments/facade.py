"""非税支付: what other apps may call."""

from decimal import Decimal

from yiwang.kernel.registers.payments.actions.bills import (
    cancel_bill,
    cancel_open_bills,
    issue_bill,
    refund_bill,
)
from yiwang.kernel.registers.payments.actions.exchange import (
    ask_for_payment,
    reconcile_day,
    register_bill,
)
from yiwang.kernel.registers.payments.contracts import PaymentReceipt, ReceiptLine
from yiwang.kernel.registers.payments.errors import BillStateError
from yiwang.kernel.registers.payments.models import Bill
from yiwang.kernel.registers.payments.registry import on_paid

__all__ = [
    "PaymentReceipt",
    "ask_for_payment",
    "cancel_bill",
    "cancel_open_bills",
    "issue_bill",
    "on_paid",
    "receipt_of",
    "reconcile_day",
    "refund_bill",
    "register_bill",
]


def receipt_of(bill: Bill) -> PaymentReceipt:
    """电子缴款凭证: what was paid for what, and what of it went back.

    :raises BillStateError: nothing was paid.
    """
    if bill.paid_at is None:
        raise BillStateError(status=bill.status)
    return PaymentReceipt(
        bill_number=bill.number,
        payer=bill.party.name,
        organization=bill.organization.name,
        lines=tuple(ReceiptLine(**item) for item in bill.items),
        amount_yuan=Decimal(bill.amount_yuan),
        refunded_yuan=Decimal(bill.refunded_yuan),
        paid_at=bill.paid_at,
        bank_ref=bill.bank_ref,
    )
