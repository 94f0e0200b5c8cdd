"""与银行往来: what the worker tells and asks the bank. No call is made inside a transaction."""

import logging
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from yiwang.kernel.base.access.contracts import SYSTEM, Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.base.http.outbound import TransportError
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.registers.payments import registry
from yiwang.kernel.registers.payments.actions.bills import book_payment
from yiwang.kernel.registers.payments.models import Bill, PaymentNotice, Reconciliation, Refund

__all__ = [
    "ask_for_payment",
    "close_cancelled_bills",
    "reconcile_day",
    "register_bill",
    "register_waiting_bills",
    "send_waiting_refunds",
]

logger = logging.getLogger(__name__)

BATCH = 20
# While one process asks the bank about a row, no other takes it; after a crash it is free again.
LEASE = timedelta(seconds=60)
LONGEST_WAIT_S = 600


def register_bill(bill_id: int) -> Bill:
    """Give one bill to the bank and keep its payment code. Repeating it changes nothing.

    :raises TransportError: the bank gave no answer, or said no.
    """
    bill = Bill.objects.select_related("case").get(pk=bill_id)
    if bill.payment_code or bill.status != Bill.Status.UNPAID:
        return bill
    registered = registry.get_gateway(bill.gateway).register(
        bill_no=bill.number,
        amount_yuan=bill.amount_yuan,
        subject=bill.case.title,
        return_url=f"{settings.PUBLIC_URL}/cases/{bill.case.number}/",
    )
    Bill.objects.filter(pk=bill_id, payment_code="").update(
        payment_code=registered.payment_code, pay_url=registered.pay_url, last_error=""
    )
    bill.refresh_from_db()
    return bill


def register_waiting_bills() -> int:
    """Give waiting bills to the bank; returns how many it took."""
    taken = 0
    for bill_id in _claim_bills(Q(payment_code="", status=Bill.Status.UNPAID)):
        try:
            register_bill(bill_id)
            taken += 1
        except TransportError as error:
            logger.warning("bill_not_registered", extra={"code": error.code})
            _put_off_bill(bill_id, error)
    return taken


def close_cancelled_bills() -> int:
    """Let the bank take no money for cancelled bills; returns how many are settled."""
    settled = 0
    for bill_id in _claim_bills(Q(awaits_closing=True)):
        bill = Bill.objects.get(pk=bill_id)
        try:
            registry.get_gateway(bill.gateway).close(bill_no=bill.number)
        except TransportError as error:
            # The bank never had it, or has the money: then its notice is answered by a return.
            if not error.permanent:
                _put_off_bill(bill_id, error)
                continue
        Bill.objects.filter(pk=bill_id).update(awaits_closing=False)
        settled += 1
    return settled


def send_waiting_refunds() -> int:
    """Send requested refunds to the bank; returns how many it settled."""
    settled = 0
    for refund_id in _claim_refunds():
        refund = Refund.objects.select_related("bill").get(pk=refund_id)
        try:
            ref = registry.get_gateway(refund.bill.gateway).refund(
                refund_no=refund.number,
                transaction_id=refund.transaction_id,
                amount_yuan=refund.amount_yuan,
            )
        except TransportError as error:
            logger.warning("refund_not_sent", extra={"code": error.code})
            _note_refund_failure(refund, error)
            continue
        _settle(refund_id, ref)
        settled += 1
    return settled


def ask_for_payment(*, actor: Actor, bill_id: int) -> Bill:
    """查询缴款结果: ask the bank when the payer says it has paid and no call-back came.

    :raises TransportError: the bank gave no answer.
    """
    bill = Bill.objects.get(pk=bill_id)
    if bill.status == Bill.Status.UNPAID and bill.payment_code:
        for payment in registry.get_gateway(bill.gateway).payments_of(bill_no=bill.number):
            book_payment(actor=actor, gateway=bill.gateway, payment=payment)
        bill.refresh_from_db()
    return bill


def reconcile_day(*, actor: Actor, gateway: str, day: date) -> Reconciliation:
    """对账: compare the bank's statement of a day with our books, and book what we never heard of.

    A difference is ``BOOKED_NOW`` (the call-back was lost), ``AMOUNT_DIFFERS`` or
    ``NOT_AT_BANK`` (we have a transaction that the bank does not). Repeat it freely.

    :raises TransportError: the bank gave no statement.
    """
    statement = registry.get_gateway(gateway).statement(day=day)
    ours = {
        notice.transaction_id: notice.amount_yuan
        for notice in PaymentNotice.objects.filter(gateway=gateway, bank_time__date=day)
    }
    differences: list[dict[str, Any]] = []
    for payment in statement.payments:
        known = ours.get(payment.transaction_id)
        if known is None:
            notice = book_payment(actor=actor, gateway=gateway, payment=payment)
            differences.append(
                {
                    "kind": "BOOKED_NOW",
                    "transaction_id": payment.transaction_id,
                    "outcome": notice.outcome,
                }
            )
        elif known != payment.amount_yuan:
            differences.append(
                {
                    "kind": "AMOUNT_DIFFERS",
                    "transaction_id": payment.transaction_id,
                    "bank_yuan": str(payment.amount_yuan),
                    "our_yuan": str(known),
                }
            )
    at_bank = {payment.transaction_id for payment in statement.payments}
    differences += [
        {"kind": "NOT_AT_BANK", "transaction_id": transaction_id}
        for transaction_id in sorted(ours.keys() - at_bank)
    ]
    with transaction.atomic():
        row = Reconciliation.objects.create(
            gateway=gateway,
            day=day,
            bank_count=len(statement.payments),
            bank_yuan=sum((p.amount_yuan for p in statement.payments), Decimal(0)),
            our_count=len(ours),
            our_yuan=sum(ours.values(), Decimal(0)),
            differences=differences,
            at=now(),
            account_id=actor.account_id,
        )
        audit.record(
            actor, "payments.reconcile_day", "reconciliation", row.pk, details={"day": str(day)}
        )
    return row


def _claim_bills(waiting: Q) -> list[int]:
    at = now()
    with transaction.atomic():
        ids = list(
            Bill.objects.select_for_update(skip_locked=True)
            .filter(waiting)
            .filter(Q(next_bank_call_at=None) | Q(next_bank_call_at__lte=at))
            .order_by("pk")
            .values_list("pk", flat=True)[:BATCH]
        )
        Bill.objects.filter(pk__in=ids).update(
            next_bank_call_at=at + LEASE, bank_attempts=F("bank_attempts") + 1
        )
    return ids


def _claim_refunds() -> list[int]:
    at = now()
    with transaction.atomic():
        ids = list(
            Refund.objects.select_for_update(skip_locked=True)
            .filter(status=Refund.Status.REQUESTED, next_attempt_at__lte=at)
            .order_by("pk")
            .values_list("pk", flat=True)[:BATCH]
        )
        Refund.objects.filter(pk__in=ids).update(
            next_attempt_at=at + LEASE, attempts=F("attempts") + 1
        )
    return ids


def _put_off_bill(bill_id: int, error: TransportError) -> None:
    bill = Bill.objects.get(pk=bill_id)
    # A bank that says no for good may be mended in its settings: asked again, but rarely.
    pause = LONGEST_WAIT_S if error.permanent else _pause_s(bill.bank_attempts)
    Bill.objects.filter(pk=bill_id).update(
        next_bank_call_at=now() + timedelta(seconds=pause), last_error=str(error)[:300]
    )


def _note_refund_failure(refund: Refund, error: TransportError) -> None:
    if error.permanent:
        with transaction.atomic():
            Case.objects.select_for_update().get(pk=refund.bill.case_id)
            changed = Refund.objects.filter(pk=refund.pk, status=Refund.Status.REQUESTED).update(
                status=Refund.Status.FAILED, last_error=str(error)[:300]
            )
            if changed:
                _emit_refund("payment.refund_failed", refund)
        return
    Refund.objects.filter(pk=refund.pk).update(
        next_attempt_at=now() + timedelta(seconds=_pause_s(refund.attempts)),
        last_error=str(error)[:300],
    )


def _settle(refund_id: int, ref: str) -> None:
    """Book that the money went back, once."""
    case_id = Refund.objects.values_list("bill__case_id", flat=True).get(pk=refund_id)
    with transaction.atomic():
        Case.objects.select_for_update().get(pk=case_id)
        changed = Refund.objects.filter(pk=refund_id, status=Refund.Status.REQUESTED).update(
            status=Refund.Status.DONE, bank_ref=ref, done_at=now(), last_error=""
        )
        if not changed:
            return
        refund = Refund.objects.select_related("bill").get(pk=refund_id)
        if refund.kind == Refund.Kind.REFUND:
            _take_off_bill(refund)
        audit.record(SYSTEM, "payments.settle_refund", "refund", refund.number, case_id=case_id)
        _emit_refund(
            "payment.refunded" if refund.kind == Refund.Kind.REFUND else "payment.returned", refund
        )


def _take_off_bill(refund: Refund) -> None:
    bill = Bill.objects.select_for_update().get(pk=refund.bill_id)
    bill.refunded_yuan += refund.amount_yuan
    is_whole = bill.refunded_yuan == bill.amount_yuan
    bill.status = Bill.Status.REFUNDED if is_whole else Bill.Status.PART_REFUNDED
    bill.save(update_fields=["refunded_yuan", "status"])


def _emit_refund(event_type: str, refund: Refund) -> None:
    events.emit(
        event_type,
        refund.bill.number,
        {
            "case": refund.bill.case_id,
            "bill": refund.bill.number,
            "refund": refund.number,
            "amount_yuan": str(refund.amount_yuan),
        },
    )


def _pause_s(attempts: int) -> float:
    return float(min(2.0**attempts, LONGEST_WAIT_S))
