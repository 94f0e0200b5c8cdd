"""Given bad input, when it reaches payments, then it is refused with words and nothing changes."""

import json
from decimal import Decimal

import pytest

from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.http.sandboxing import SIGNATURE_HEADER, shared_key, sign
from yiwang.kernel.errors import NotFoundError
from yiwang.kernel.registers.payments import facade as payments
from yiwang.kernel.registers.payments.actions.bills import confirm_payment
from yiwang.kernel.registers.payments.errors import BillAmountError
from yiwang.kernel.registers.payments.models import Bill, PaymentNotice
from yiwang.kernel.registers.payments.tests.factories import ITEMS, OFFICER, issue

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b'{"transaction_id": "T", "bill_no": "B", "amount": "NaN", "paid_at": "2026-11-23"}',
        b'{"transaction_id": "T", "bill_no": "B", "amount": "-1", "paid_at":'
        b' "2026-11-23T00:00:00+08:00"}',
        b'{"transaction_id": "T", "bill_no": "B", "amount": 1, "paid_at":'
        b' "2026-11-23T00:00:00+08:00"}',
    ],
)
def test_a_signed_but_unreadable_notice_is_refused_with_words(client, settings, body):
    settings.ROOT_URLCONF = "yiwang.kernel.registers.payments.urls"
    answer = client.post(
        "/hooks/bank",
        body,
        content_type="application/json",
        headers={SIGNATURE_HEADER: sign(shared_key("bank"), body)},
    )

    assert answer.status_code == 422
    assert answer.json()["code"] == "NOTICE_FORM"
    assert not PaymentNotice.objects.exists()


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_the_banks_door_takes_posts_only(client, settings, method):
    settings.ROOT_URLCONF = "yiwang.kernel.registers.payments.urls"
    assert getattr(client, method)("/hooks/bank").status_code == 405


@pytest.mark.parametrize(
    ("items", "amount"),
    [
        (ITEMS, "75.01"),
        (ITEMS, "-75.00"),
        ([], "0"),
        ([], "75.00"),
        ([{**ITEMS[0], "quantity": "x"}], "75.00"),
        ([{**ITEMS[0], "quantity": "NaN"}], "75.00"),
        ([{**ITEMS[0], "quantity": "-150"}], "-75.00"),
        ([{"name": "费"}], "75.00"),
    ],
)
def test_items_that_do_not_add_up_are_refused(items, amount):
    with pytest.raises(BillAmountError):
        issue(items=items, amount_yuan=Decimal(amount))
    assert not Bill.objects.exists()


def test_a_notice_of_an_unknown_bill_is_kept():
    raw = json.dumps(
        {
            "transaction_id": "TX-stranger",
            "bill_no": "FS0",
            "amount": "1.00",
            "paid_at": now().isoformat(),
        }
    ).encode()
    notice = confirm_payment(gateway="bank", raw=raw, signature=sign(shared_key("bank"), raw))
    assert (notice.outcome, notice.bill) == (PaymentNotice.Outcome.UNKNOWN_BILL, None)


def test_there_is_no_bill_to_cancel_or_refund():
    with pytest.raises(NotFoundError):
        payments.cancel_bill(actor=OFFICER, bill_id=0, reason="x")
    with pytest.raises(NotFoundError):
        payments.refund_bill(actor=OFFICER, bill_id=0, amount_yuan=Decimal(1), reason="x")
