"""Given bills, when the real sandbox bank takes and returns money, then our books say the same."""

import json
import threading
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest
from django.db import connection

from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.base.calendars import freeze, now, today
from yiwang.kernel.base.events.models import OutboxEvent
from yiwang.kernel.base.http.outbound import TransportError
from yiwang.kernel.base.http.sandboxing import SIGNATURE_HEADER, shared_key, sign
from yiwang.kernel.base.http.testing import eventually
from yiwang.kernel.registers.payments import facade as payments
from yiwang.kernel.registers.payments import registry
from yiwang.kernel.registers.payments.actions import exchange
from yiwang.kernel.registers.payments.actions.bills import confirm_payment
from yiwang.kernel.registers.payments.errors import (
    BillStateError,
    RefundTooLargeError,
)
from yiwang.kernel.registers.payments.models import Bill, PaymentNotice, Refund
from yiwang.kernel.registers.payments.tests.factories import OFFICER, issue

pytestmark = pytest.mark.django_db(transaction=True)


def registered_bill():
    bill = issue()
    exchange.register_waiting_bills()
    bill.refresh_from_db()
    return bill


def paid_bill(bank, transaction_id):
    bill = registered_bill()
    bank.pay(bill, transaction_id)
    eventually(lambda: Bill.objects.get(pk=bill.pk).status == Bill.Status.PAID)
    bill.refresh_from_db()
    return bill


def told(event_type):
    return OutboxEvent.objects.filter(type=event_type).count()


@pytest.mark.proves("A14", "缴款单由银行签名的到账通知入账一次，办件在同一事务中得知")
def test_a_bill_is_paid_once_and_the_case_is_told_in_the_same_transaction(bank):
    told_bills = []

    @payments.on_paid
    def note(bill, actor):
        told_bills.append((bill.number, bill.status, actor, connection.in_atomic_block))

    try:
        bill = registered_bill()
        assert len(bill.payment_code) == 16
        assert bill.pay_url.endswith(bill.payment_code)

        answer = bank.pay(bill, "TX-once-1")
        assert answer.status_code == 200
        eventually(lambda: Bill.objects.get(pk=bill.pk).status == Bill.Status.PAID)
        assert bank.pay(bill, "TX-once-1").status_code == 200
        assert bank.pay(bill, "TX-once-2").json() == {"code": "ALREADY_PAID"}
    finally:
        registry.off_paid(note)

    bill.refresh_from_db()
    assert bill.bank_ref == "TX-once-1"
    assert told_bills == [(bill.number, Bill.Status.PAID, SYSTEM, True)]
    event = OutboxEvent.objects.get(type="payment.paid")
    assert event.subject == bill.number
    assert event.data["case"] == bill.case_id
    receipt = payments.receipt_of(bill)
    assert receipt.amount_yuan == Decimal("75.00")
    assert receipt.lines[0].name_en == "Road occupation fee"


def test_double_callbacks_book_one_payment(bank):
    bill = registered_bill()
    bank.make_bank(callbacks=4)

    bank.pay(bill, "TX-double")
    eventually(lambda: PaymentNotice.objects.filter(transaction_id="TX-double").exists())
    bank.make_bank()
    raw = PaymentNotice.objects.get().raw.encode()
    again = confirm_payment(gateway="bank", raw=raw, signature=sign(shared_key("bank"), raw))

    assert again.outcome == PaymentNotice.Outcome.ACCEPTED
    assert (PaymentNotice.objects.count(), told("payment.paid")) == (1, 1)
    assert not Refund.objects.exists()


def test_simultaneous_callbacks_book_one_payment(bank):
    bill = registered_bill()
    raw = json.dumps(
        {
            "transaction_id": "TX-race",
            "bill_no": bill.number,
            "amount": "75.00",
            "paid_at": now().isoformat(),
        }
    ).encode()
    start = threading.Barrier(4)
    outcomes = []

    def call():
        try:
            start.wait(5)
            notice = confirm_payment(
                gateway="bank", raw=raw, signature=sign(shared_key("bank"), raw)
            )
            outcomes.append(notice.outcome)
        finally:
            connection.close()

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(15)

    assert outcomes == [PaymentNotice.Outcome.ACCEPTED] * 4
    assert (PaymentNotice.objects.count(), told("payment.paid")) == (1, 1)


def test_a_wrong_signature_changes_nothing_and_is_not_kept(bank, live_server):
    bill = registered_bill()
    bank.make_bank(wrong_signature=True)
    bank.pay(bill, "TX-forged")

    answer = httpx.post(
        f"{live_server.url}/hooks/bank",
        content=b'{"transaction_id": "TX-forged"}',
        headers={SIGNATURE_HEADER: "sha256=00"},
        trust_env=False,
    )

    assert answer.status_code == 401
    assert answer.json()["code"] == "NOTICE_SIGNATURE"
    bill.refresh_from_db()
    assert bill.status == Bill.Status.UNPAID
    assert not PaymentNotice.objects.exists()


def test_a_wrong_amount_is_kept_not_booked_and_sent_back(bank):
    bill = registered_bill()
    bank.make_bank(callback_amount="75.01")

    bank.pay(bill, "TX-amount")
    eventually(PaymentNotice.objects.exists)

    bill.refresh_from_db()
    assert bill.status == Bill.Status.UNPAID
    assert PaymentNotice.objects.get().outcome == PaymentNotice.Outcome.WRONG_AMOUNT
    refund = Refund.objects.get()
    assert (refund.kind, refund.amount_yuan) == (Refund.Kind.RETURN, Decimal("75.01"))
    assert (told("payment.not_owed"), told("payment.paid")) == (1, 0)


def test_a_second_payment_goes_back_whole_and_the_bill_stays_paid(bank):
    bill = paid_bill(bank, "TX-first")
    bank.make_bank(allow_second_payment=True)

    bank.pay(bill, "TX-second")
    eventually(lambda: PaymentNotice.objects.count() == 2)
    assert exchange.send_waiting_refunds() == 1

    bill.refresh_from_db()
    refund = Refund.objects.get()
    assert (bill.status, bill.bank_ref) == (Bill.Status.PAID, "TX-first")
    assert bill.refunded_yuan == 0
    assert (refund.transaction_id, refund.status) == ("TX-second", Refund.Status.DONE)
    assert (told("payment.paid"), told("payment.returned")) == (1, 1)


def test_a_late_payment_of_a_cancelled_bill_goes_back(bank):
    bill = registered_bill()
    bank.make_bank(callback_delay_s=1.0)
    bank.pay(bill, "TX-late")

    payments.cancel_bill(actor=OFFICER, bill_id=bill.pk, reason="撤件")
    eventually(PaymentNotice.objects.exists)
    assert exchange.close_cancelled_bills() == 1
    assert exchange.send_waiting_refunds() == 1

    bill.refresh_from_db()
    assert bill.status == Bill.Status.CANCELLED
    assert PaymentNotice.objects.get().outcome == PaymentNotice.Outcome.CANCELLED_BILL
    assert (told("payment.paid"), told("payment.returned")) == (0, 1)


def test_a_cancelled_bill_is_closed_at_the_bank(bank):
    bill = registered_bill()
    assert payments.cancel_open_bills(actor=OFFICER, case=bill.case) == 1
    assert payments.cancel_open_bills(actor=OFFICER, case=bill.case) == 0

    assert exchange.close_cancelled_bills() == 1
    assert exchange.close_cancelled_bills() == 0

    assert bank.pay(bill, "TX-closed").json() == {"code": "BILL_CLOSED"}
    with pytest.raises(BillStateError):
        payments.cancel_bill(actor=OFFICER, bill_id=bill.pk, reason="again")


@pytest.mark.parametrize("round_number", range(3))
def test_cancelling_and_paying_at_once_end_in_one_of_two_right_ways(bank, round_number):
    bill = registered_bill()
    raw = json.dumps(
        {
            "transaction_id": f"TX-cross-{round_number}",
            "bill_no": bill.number,
            "amount": "75.00",
            "paid_at": now().isoformat(),
        }
    ).encode()
    start = threading.Barrier(2)
    refused = []

    def pay():
        start.wait(5)
        confirm_payment(gateway="bank", raw=raw, signature=sign(shared_key("bank"), raw))

    def cancel():
        start.wait(5)
        try:
            payments.cancel_bill(actor=OFFICER, bill_id=bill.pk, reason="x")
        except BillStateError as error:
            refused.append(error)

    def run(work):
        try:
            work()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in (pay, cancel)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(15)

    bill.refresh_from_db()
    returned = Refund.objects.filter(kind=Refund.Kind.RETURN).count()
    paid = (Bill.Status.PAID, 1, 0)
    cancelled = (Bill.Status.CANCELLED, 0, 1)
    assert (bill.status, len(refused), returned) in (paid, cancelled)


def test_a_lost_callback_is_found_by_asking(bank):
    bill = registered_bill()
    bank.make_bank(callbacks=0)
    bank.pay(bill, "TX-lost")

    assert payments.ask_for_payment(actor=SYSTEM, bill_id=bill.pk).status == Bill.Status.PAID
    assert payments.ask_for_payment(actor=SYSTEM, bill_id=bill.pk).status == Bill.Status.PAID
    assert told("payment.paid") == 1


def test_reconciliation_books_what_was_lost_and_names_what_differs(bank):
    known = paid_bill(bank, "TX-known")
    bank.make_bank(callbacks=0)
    lost = registered_bill()
    bank.pay(lost, "TX-unheard")
    day = today()
    PaymentNotice.objects.create(
        gateway="bank",
        transaction_id="TX-ghost",
        bill=known,
        amount_yuan=Decimal("1.00"),
        outcome=PaymentNotice.Outcome.ALREADY_PAID,
        bank_time=now(),
        received_at=now(),
    )

    first = payments.reconcile_day(actor=OFFICER, gateway="bank", day=day)

    lost.refresh_from_db()
    assert lost.status == Bill.Status.PAID
    named = {(row["kind"], row["transaction_id"]) for row in first.differences}
    assert {("BOOKED_NOW", "TX-unheard"), ("NOT_AT_BANK", "TX-ghost")} <= named
    assert ("BOOKED_NOW", "TX-known") not in named
    second = payments.reconcile_day(actor=OFFICER, gateway="bank", day=day)
    assert {row["kind"] for row in second.differences} == {"NOT_AT_BANK"}


def test_parts_are_refunded_up_to_the_whole_and_no_further(bank):
    bill = paid_bill(bank, "TX-refund")

    payments.refund_bill(
        actor=OFFICER, bill_id=bill.pk, amount_yuan=Decimal("25.00"), reason="面积缩减"
    )
    with pytest.raises(RefundTooLargeError) as refusal:
        payments.refund_bill(
            actor=OFFICER, bill_id=bill.pk, amount_yuan=Decimal("50.01"), reason="x"
        )
    assert refusal.value.details == {"refundable_yuan": "50.00"}
    assert exchange.send_waiting_refunds() == 1
    bill.refresh_from_db()
    assert (bill.status, bill.refunded_yuan) == (Bill.Status.PART_REFUNDED, Decimal("25.00"))

    payments.refund_bill(
        actor=OFFICER, bill_id=bill.pk, amount_yuan=Decimal("50.00"), reason="提前结束"
    )
    exchange.send_waiting_refunds()
    bill.refresh_from_db()
    assert bill.status == Bill.Status.REFUNDED
    assert told("payment.refunded") == 2
    with pytest.raises(BillStateError):
        payments.refund_bill(
            actor=OFFICER, bill_id=bill.pk, amount_yuan=Decimal("0.01"), reason="x"
        )


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "75.01"])
def test_an_impossible_refund_is_refused(bank, amount):
    bill = paid_bill(bank, f"TX-impossible-{amount}")
    with pytest.raises(RefundTooLargeError):
        payments.refund_bill(
            actor=OFFICER, bill_id=bill.pk, amount_yuan=Decimal(amount), reason="x"
        )
    assert not Refund.objects.exists()


def test_a_busy_bank_is_asked_again_later_and_pays_back_once(bank):
    bill = paid_bill(bank, "TX-busy")
    payments.refund_bill(actor=OFFICER, bill_id=bill.pk, amount_yuan=Decimal("75.00"), reason="x")
    bank.make_bank(busy=True)
    assert exchange.send_waiting_refunds() == 0
    refund = Refund.objects.get()
    assert (refund.status, refund.attempts) == (Refund.Status.REQUESTED, 1)
    assert "BUSY" in refund.last_error
    bank.make_bank()
    assert exchange.send_waiting_refunds() == 0

    with freeze(now() + timedelta(minutes=2)):
        assert exchange.send_waiting_refunds() == 1
        Refund.objects.update(status=Refund.Status.REQUESTED, next_attempt_at=now())
        Bill.objects.update(refunded_yuan=0)
        assert exchange.send_waiting_refunds() == 1
    statement = registry.get_gateway("bank").statement(day=today())
    assert [row.refund_no for row in statement.refunds].count(refund.number) == 1


def test_a_refused_refund_is_failed_and_can_be_asked_anew(bank):
    bill = paid_bill(bank, "TX-refused")
    bank.make_bank(refuse_refunds=True)
    payments.refund_bill(actor=OFFICER, bill_id=bill.pk, amount_yuan=Decimal("75.00"), reason="x")
    assert exchange.send_waiting_refunds() == 0
    assert Refund.objects.get().status == Refund.Status.FAILED
    assert told("payment.refund_failed") == 1

    bank.make_bank()
    payments.refund_bill(actor=OFFICER, bill_id=bill.pk, amount_yuan=Decimal("75.00"), reason="x")
    assert exchange.send_waiting_refunds() == 1


def test_without_the_bank_bills_wait_and_are_registered_later(bank, settings):
    url = settings.SANDBOX_URL
    settings.SANDBOX_URL = "http://127.0.0.1:1"
    bill = issue()

    assert exchange.register_waiting_bills() == 0
    bill.refresh_from_db()
    assert bill.payment_code == ""
    assert "UNREACHABLE" in bill.last_error
    with pytest.raises(TransportError):
        payments.register_bill(bill.pk)

    settings.SANDBOX_URL = url
    with freeze(now() + timedelta(minutes=2)):
        assert exchange.register_waiting_bills() == 1
    assert payments.register_bill(bill.pk).payment_code == Bill.objects.get().payment_code


def test_when_the_case_cannot_go_on_the_payment_is_not_booked_and_the_bank_tells_again(bank):
    calls = []

    @payments.on_paid
    def fail_once(bill, actor):
        calls.append(bill.number)
        if len(calls) == 1:
            raise RuntimeError("the process engine was busy")

    try:
        bill = registered_bill()
        raw = json.dumps(
            {
                "transaction_id": "TX-again",
                "bill_no": bill.number,
                "amount": "75.00",
                "paid_at": now().isoformat(),
            }
        ).encode()
        signature = sign(shared_key("bank"), raw)
        with pytest.raises(RuntimeError):
            confirm_payment(gateway="bank", raw=raw, signature=signature)
        bill.refresh_from_db()
        assert bill.status == Bill.Status.UNPAID
        assert not PaymentNotice.objects.exists()

        confirm_payment(gateway="bank", raw=raw, signature=signature)
    finally:
        registry.off_paid(fail_once)
    bill.refresh_from_db()
    assert bill.status == Bill.Status.PAID


def test_a_payer_pays_on_the_banks_page(bank):
    bill = registered_bill()
    page = bank.http.get("/bank/pay", params={"code": bill.payment_code})
    assert "¥75.00" in page.text
    transaction_id = page.text.split('name="transaction_id" value="')[1].split('"')[0]

    answer = bank.http.post(
        "/bank/pay",
        data={"payment_code": bill.payment_code, "transaction_id": transaction_id},
        follow_redirects=False,
    )

    assert answer.status_code == 303
    assert answer.headers["location"].endswith(f"/cases/{bill.case.number}/")
    eventually(lambda: Bill.objects.get(pk=bill.pk).status == Bill.Status.PAID)
