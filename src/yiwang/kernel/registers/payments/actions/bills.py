"""缴款单: issue, book a payment, cancel, refund."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django.db import connection, transaction
from django.db.models import Sum

from yiwang.kernel.base.access.contracts import SYSTEM, Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import LOCAL_ZONE, now
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.errors import NotFoundError
from yiwang.kernel.registers.payments import registry
from yiwang.kernel.registers.payments.contracts import BankPayment
from yiwang.kernel.registers.payments.errors import (
    BillAmountError,
    BillStateError,
    RefundTooLargeError,
)
from yiwang.kernel.registers.payments.models import Bill, PaymentNotice, Refund

__all__ = [
    "book_payment",
    "cancel_bill",
    "cancel_open_bills",
    "confirm_payment",
    "issue_bill",
    "refund_bill",
]

_FEN = Decimal("0.01")
_ITEM_KEYS = {"name", "name_en", "unit_price_yuan", "quantity", "source"}


@transaction.atomic
def issue_bill(
    *,
    actor: Actor,
    case: Case,
    party: Party,
    organization: Organization,
    items: Sequence[Mapping[str, str]],
    amount_yuan: Decimal,
    due_date: date | None = None,
    gateway: str = registry.DEFAULT_GATEWAY,
) -> Bill:
    """开具缴款单: write what is owed. The worker gives it to the bank within a second.

    Each item has ``name``, ``name_en``, ``unit_price_yuan``, ``quantity`` and ``source`` (the fee
    standard), all text. The amount is their sum in yuan, each product rounded half up to the fen.

    :raises BillAmountError: the items do not add up to a positive amount.
    """
    if not items or _sum(items) != amount_yuan or amount_yuan <= 0:
        raise BillAmountError
    bill = Bill.objects.create(
        number=_next_number("FS", "payments_bill_number"),
        case=case,
        party=party,
        organization=organization,
        items=[dict(item) for item in items],
        amount_yuan=amount_yuan,
        gateway=gateway,
        due_date=due_date,
        issued_at=now(),
    )
    _record(actor, "payments.issue_bill", bill, {"amount_yuan": str(amount_yuan)})
    _emit("payment.billed", bill)
    return bill


def confirm_payment(*, gateway: str, raw: bytes, signature: str) -> PaymentNotice:
    """到账: book what the bank tells in a signed call-back. A repeated one changes nothing.

    Money that is not owed (wrong amount, second payment, cancelled bill) is kept on record and
    sent back.

    :raises NoticeSignatureError: not signed by the bank; nothing is stored.
    :raises NoticeFormError: signed, but not readable.
    """
    payment = registry.get_gateway(gateway).read_notice(raw=raw, signature=signature)
    return book_payment(
        actor=SYSTEM,
        gateway=gateway,
        payment=payment,
        raw=raw.decode("utf-8", "replace"),
        signature=signature,
    )


@transaction.atomic
def book_payment(
    *, actor: Actor, gateway: str, payment: BankPayment, raw: str = "", signature: str = ""
) -> PaymentNotice:
    """Book one bank transaction, once, whoever told of it: call-back, question or statement."""
    bill = _lock_case_and_bill(number=payment.bill_no, gateway=gateway)
    outcome = _outcome(bill, payment)
    notice, is_new = PaymentNotice.objects.get_or_create(
        gateway=gateway,
        transaction_id=payment.transaction_id,
        defaults={
            "bill": bill,
            "amount_yuan": payment.amount_yuan,
            "outcome": outcome,
            "bank_time": payment.paid_at,
            "raw": raw,
            "signature": signature,
            "received_at": now(),
        },
    )
    if not is_new:
        return notice
    audit.record(
        actor,
        "payments.book_payment",
        "payment_notice",
        notice.pk,
        case_id=bill.case_id if bill else None,
        details={"transaction_id": payment.transaction_id, "outcome": outcome},
    )
    if bill is not None and outcome == PaymentNotice.Outcome.ACCEPTED:
        _mark_paid(bill, payment, actor)
    elif bill is not None:
        _send_back(bill, payment, notice, actor)
    return notice


def cancel_bill(*, actor: Actor, bill_id: int, reason: str) -> Bill:
    """作废缴款单: an unpaid bill is owed no more. A payment that was under way is sent back.

    :raises NotFoundError: no such bill.
    :raises BillStateError: it is paid or cancelled already.
    """
    with transaction.atomic():
        bill = _lock_by_id(bill_id)
        if bill.status != Bill.Status.UNPAID:
            raise BillStateError(status=bill.status)
        _cancel(bill, actor, reason)
    return bill


@transaction.atomic
def cancel_open_bills(*, actor: Actor, case: Case, reason: str = "办件已终止") -> int:
    """Cancel what is still unpaid for a case; returns how many. The caller holds the case lock."""
    bills = list(
        Bill.objects.select_for_update().filter(case=case, status=Bill.Status.UNPAID).order_by("pk")
    )
    for bill in bills:
        _cancel(bill, actor, reason)
    return len(bills)


def refund_bill(*, actor: Actor, bill_id: int, amount_yuan: Decimal, reason: str) -> Refund:
    """退费: give back part or all of a paid bill. The worker sends it to the bank.

    :raises NotFoundError: no such bill.
    :raises BillStateError: it is not paid.
    :raises RefundTooLargeError: more than what is left, or not a positive sum.
    """
    with transaction.atomic():
        bill = _lock_by_id(bill_id)
        if bill.status not in (Bill.Status.PAID, Bill.Status.PART_REFUNDED):
            raise BillStateError(status=bill.status)
        left = bill.amount_yuan - _promised_back(bill)
        if amount_yuan != amount_yuan.quantize(_FEN) or not 0 < amount_yuan <= left:
            raise RefundTooLargeError(refundable_yuan=str(left))
        refund = _request_refund(
            bill, Refund.Kind.REFUND, bill.bank_ref, amount_yuan, reason, actor
        )
        _record(
            actor,
            "payments.refund_bill",
            bill,
            {"refund": refund.number, "amount_yuan": str(amount_yuan)},
        )
        return refund


def _outcome(bill: Bill | None, payment: BankPayment) -> str:
    if bill is None:
        return PaymentNotice.Outcome.UNKNOWN_BILL
    if bill.status == Bill.Status.CANCELLED:
        return PaymentNotice.Outcome.CANCELLED_BILL
    if bill.status != Bill.Status.UNPAID:
        return PaymentNotice.Outcome.ALREADY_PAID
    if payment.amount_yuan != bill.amount_yuan:
        return PaymentNotice.Outcome.WRONG_AMOUNT
    return PaymentNotice.Outcome.ACCEPTED


def _mark_paid(bill: Bill, payment: BankPayment, actor: Actor) -> None:
    bill.status = Bill.Status.PAID
    bill.paid_at = payment.paid_at
    bill.bank_ref = payment.transaction_id
    bill.save(update_fields=["status", "paid_at", "bank_ref"])
    _emit("payment.paid", bill)
    registry.tell_paid(bill, actor)


def _send_back(bill: Bill, payment: BankPayment, notice: PaymentNotice, actor: Actor) -> None:
    """Money that nobody owed goes back whole."""
    _request_refund(
        bill,
        Refund.Kind.RETURN,
        payment.transaction_id,
        payment.amount_yuan,
        str(PaymentNotice.Outcome(notice.outcome).label),
        actor,
    )
    _emit("payment.not_owed", bill, outcome=notice.outcome)


def _request_refund(
    bill: Bill, kind: str, transaction_id: str, amount: Decimal, reason: str, actor: Actor
) -> Refund:
    at = now()
    return Refund.objects.create(
        number=_next_number("TK", "payments_refund_number"),
        bill=bill,
        kind=kind,
        transaction_id=transaction_id,
        amount_yuan=amount,
        reason=reason[:200],
        status=Refund.Status.REQUESTED,
        requested_by_id=actor.account_id,
        requested_at=at,
        next_attempt_at=at,
    )


def _promised_back(bill: Bill) -> Decimal:
    total = (
        Refund.objects.filter(bill=bill, kind=Refund.Kind.REFUND)
        .exclude(status=Refund.Status.FAILED)
        .aggregate(total=Sum("amount_yuan"))["total"]
    )
    return total or Decimal(0)


def _cancel(bill: Bill, actor: Actor, reason: str) -> None:
    bill.status = Bill.Status.CANCELLED
    bill.cancelled_at = now()
    bill.cancel_reason = reason[:200]
    bill.awaits_closing = True
    bill.next_bank_call_at = None
    bill.bank_attempts = 0
    bill.save(
        update_fields=[
            "status",
            "cancelled_at",
            "cancel_reason",
            "awaits_closing",
            "next_bank_call_at",
            "bank_attempts",
        ]
    )
    _record(actor, "payments.cancel_bill", bill, {})
    _emit("payment.cancelled", bill)


def _lock_by_id(bill_id: int) -> Bill:
    number, gateway = _identity_of(bill_id)
    bill = _lock_case_and_bill(number=number, gateway=gateway)
    if bill is None:
        raise NotFoundError
    return bill


def _identity_of(bill_id: int) -> tuple[str, str]:
    row = Bill.objects.filter(pk=bill_id).values_list("number", "gateway").first()
    if row is None:
        raise NotFoundError
    return row


def _lock_case_and_bill(*, number: str, gateway: str) -> Bill | None:
    """Lock the case first, as every verb does, then its bill."""
    case_id = (
        Bill.objects.filter(number=number, gateway=gateway)
        .values_list("case_id", flat=True)
        .first()
    )
    if case_id is None:
        return None
    Case.objects.select_for_update().get(pk=case_id)
    return Bill.objects.select_for_update().get(number=number)


def _sum(items: Sequence[Mapping[str, str]]) -> Decimal:
    total = Decimal(0)
    for item in items:
        if set(item) != _ITEM_KEYS:
            raise BillAmountError
        try:
            price, quantity = Decimal(item["unit_price_yuan"]), Decimal(item["quantity"])
        except InvalidOperation as error:
            raise BillAmountError from error
        if not price.is_finite() or not quantity.is_finite() or price < 0 or quantity < 0:
            raise BillAmountError
        total += (price * quantity).quantize(_FEN, ROUND_HALF_UP)
    return total


def _next_number(prefix: str, sequence: str) -> str:
    """Return a number given once: prefix, local day, running number; a roll-back leaves a gap."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s)", [sequence])
        (value,) = cursor.fetchone()
    return f"{prefix}{now().astimezone(LOCAL_ZONE):%Y%m%d}{value:08d}"


def _record(actor: Actor, action: str, bill: Bill, details: dict[str, Any]) -> None:
    audit.record(actor, action, "bill", bill.number, case_id=bill.case_id, details=details)


def _emit(event_type: str, bill: Bill, **more: str) -> None:
    events.emit(
        event_type,
        bill.number,
        {
            "case": bill.case_id,
            "bill": bill.number,
            "amount_yuan": str(bill.amount_yuan),
            **more,
        },
    )
