"""Given a real gateway process, when messages are queued, then each goes out once and is proved."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from yiwang.kernel.base.calendars import freeze, now
from yiwang.kernel.base.http.outbound import TransportError
from yiwang.kernel.base.http.sandboxing import SIGNATURE_HEADER, shared_key, sign
from yiwang.kernel.base.http.testing import eventually
from yiwang.kernel.base.identity import codes
from yiwang.kernel.reach.notify import facade as notify
from yiwang.kernel.reach.notify import registry
from yiwang.kernel.reach.notify.actions.sending import MOST_ATTEMPTS, send_queued
from yiwang.kernel.reach.notify.models import DeliveryAttempt, Message, Receipt

pytestmark = pytest.mark.django_db(transaction=True)


def send(number, client_id):
    """Queue one message whose sending is not subject to quiet hours."""
    notify.send_code(number, "123456", client_id)
    return Message.objects.get(client_id=f"identity.code:{client_id}")


def outcomes(message):
    return list(
        DeliveryAttempt.objects.filter(message=message)
        .order_by("pk")
        .values_list("gateway", "outcome", "error")
    )


def has_status(message, status):
    return lambda: Message.objects.get(pk=message.pk).status == status


@pytest.mark.proves("B79", "短信经网关只发一次，由签名回执证明送达")
def test_a_code_goes_out_once_and_its_receipt_proves_delivery(gateway):
    message = send("13800000001", "c-1")
    assert send_queued() == 1
    assert send_queued() == 0

    eventually(has_status(message, Message.Status.DELIVERED))
    (sent,) = gateway.outbox("13800000001")
    assert "123456" in sent["body"]
    message.refresh_from_db()
    assert sent["provider_ref"] == message.provider_ref
    assert outcomes(message) == [("sms", "SENT", "")]
    assert Receipt.objects.get().status == Receipt.Status.DELIVERED


def test_the_sign_in_sender_is_ours(gateway):
    codes.sender()("13800000002", "654321")
    assert send_queued() == 1
    assert "654321" in gateway.outbox("13800000002")[0]["body"]


def test_a_crash_after_the_gateways_answer_does_not_send_twice(gateway):
    message = send("13800000003", "c-3")
    send_queued()
    # As if the process had died before it wrote the answer down.
    Message.objects.filter(pk=message.pk).update(
        status=Message.Status.QUEUED, provider_ref="", next_attempt_at=now()
    )
    send_queued()
    assert len(gateway.outbox("13800000003")) == 1


def test_a_busy_gateway_is_asked_again_with_growing_pauses(gateway):
    gateway.next("busy", "busy")
    message = send("13800000004", "c-4")
    Message.objects.filter(pk=message.pk).update(send_before=None)
    start = now()
    with freeze(start) as clock:
        assert send_queued() == 0
        message.refresh_from_db()
        assert (message.status, message.next_attempt_at) == (
            Message.Status.QUEUED,
            start + timedelta(seconds=2),
        )
        assert send_queued() == 0
        assert message.attempts == 1
        clock.advance(timedelta(seconds=3))
        assert send_queued() == 0
        clock.advance(timedelta(seconds=5))
        assert send_queued() == 1

    assert [row[1:] for row in outcomes(message)] == [
        ("RETRY", "BUSY"),
        ("RETRY", "BUSY"),
        ("SENT", ""),
    ]


def test_a_refused_number_is_failed_at_once(gateway):
    message = send("13800099001", "c-5")
    assert send_queued() == 0
    message.refresh_from_db()
    assert (message.status, message.last_error) == (Message.Status.FAILED, "NUMBER_REFUSED")
    assert outcomes(message) == [("sms", "REFUSED", "NUMBER_REFUSED")]


def test_an_unreachable_gateway_is_given_up_after_the_last_attempt(gateway, settings):
    settings.SANDBOX_URL = "http://127.0.0.1:1"
    message = send("13800000006", "c-6")
    Message.objects.filter(pk=message.pk).update(send_before=None)
    with freeze(now()) as clock:
        for _ in range(MOST_ATTEMPTS):
            send_queued()
            clock.advance(timedelta(hours=1))
    message.refresh_from_db()
    assert (message.status, message.attempts) == (Message.Status.FAILED, MOST_ATTEMPTS)
    assert message.last_error == "UNREACHABLE"


def test_a_code_that_is_late_is_not_sent_at_all(gateway):
    message = send("13800000007", "c-7")
    with freeze(now() + timedelta(minutes=6)):
        assert send_queued() == 0
    message.refresh_from_db()
    assert (message.status, message.last_error) == (Message.Status.FAILED, "EXPIRED")
    assert gateway.outbox("13800000007") == []


class BrokenGateway:
    """Stands before the shipped one and never answers: a provider that is down."""

    key = "broken"

    def check_config(self):
        return []

    def send(self, *, to, template, body, client_id):
        raise TransportError("broken", "TIMEOUT", permanent=False)

    def is_from_gateway(self, *, raw, signature):
        return False


def test_a_message_falls_over_to_the_next_gateway_and_the_record_shows_it(gateway):
    shipped = registry.get_gateway("sms")
    registry.forget_gateway("sms")
    registry.register_gateway(BrokenGateway())
    registry.register_gateway(shipped)
    try:
        message = send("13800000008", "c-8")
        assert send_queued() == 1
    finally:
        registry.forget_gateway("broken")

    assert outcomes(message) == [("broken", "RETRY", "TIMEOUT"), ("sms", "SENT", "")]
    message.refresh_from_db()
    assert message.gateway == "sms"


def test_double_receipts_count_once(gateway):
    message = send("13800099005", "c-9")
    send_queued()
    eventually(lambda: gateway.http.get("/callbacks").json() == {"waiting": 0})
    assert Receipt.objects.count() == 1
    assert has_status(message, Message.Status.DELIVERED)()


def test_an_unreachable_phone_is_a_failed_message(gateway):
    message = send("13800099006", "c-10")
    send_queued()
    eventually(has_status(message, Message.Status.FAILED))
    message.refresh_from_db()
    assert message.last_error == "UNREACHABLE"


def receipt(client, body, signature=None):
    return client.post(
        "/hooks/sms-receipt",
        body,
        content_type="application/json",
        headers={SIGNATURE_HEADER: signature or sign(shared_key("sms"), body)},
    )


def receipt_body(message, status, minute=0):
    at = datetime(2026, 11, 23, 4, minute, tzinfo=UTC)
    return json.dumps(
        {"client_id": message.client_id, "status": status, "reason": "", "at": at.isoformat()}
    ).encode()


def test_delivered_is_final_and_a_receipt_may_be_faster_than_the_answer(client, settings):
    settings.ROOT_URLCONF = "yiwang.kernel.reach.notify.urls"
    message = send("13800000011", "c-11")

    assert receipt(client, receipt_body(message, "DELIVERED")).status_code == 200
    assert receipt(client, receipt_body(message, "UNDELIVERED", 1)).status_code == 200

    message.refresh_from_db()
    assert message.status == Message.Status.DELIVERED
    assert Receipt.objects.count() == 2


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"client_id": "x", "status": "LOST", "at": "2026-11-23T00:00:00Z"}',
        b'{"client_id": "unknown", "status": "DELIVERED", "at": "2026-11-23T00:00:00Z"}',
        b'{"client_id": "unknown", "status": "DELIVERED", "at": "2026-11-23T00:00:00"}',
    ],
)
def test_an_unreadable_receipt_is_refused_with_words(client, settings, body):
    settings.ROOT_URLCONF = "yiwang.kernel.reach.notify.urls"
    answer = receipt(client, body)
    assert (answer.status_code, answer.json()["code"]) == (422, "RECEIPT_FORM")


def test_a_forged_receipt_changes_nothing(client, settings):
    settings.ROOT_URLCONF = "yiwang.kernel.reach.notify.urls"
    message = send("13800000012", "c-12")
    answer = receipt(client, receipt_body(message, "DELIVERED"), "sha256=00")
    assert (answer.status_code, answer.json()["code"]) == (401, "RECEIPT_SIGNATURE")
    assert has_status(message, Message.Status.QUEUED)()
    assert client.post("/hooks/sms-receipt/nobody").status_code == 404


def test_the_gateway_takes_nothing_that_is_not_signed(gateway):
    answer = httpx.post(
        str(gateway.http.base_url) + "/sms/send",
        json={"to": "13800000013", "body": "x", "client_id": "x"},
        trust_env=False,
    )
    assert answer.status_code == 401
    assert gateway.outbox("13800000013") == []
