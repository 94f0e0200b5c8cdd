"""短信发送: what the worker does with queued messages, and what gateways report back."""

import json
import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.http.outbound import TransportError
from yiwang.kernel.reach.notify import registry
from yiwang.kernel.reach.notify.contracts import SmsGateway
from yiwang.kernel.reach.notify.errors import ReceiptFormError, ReceiptSignatureError
from yiwang.kernel.reach.notify.models import DeliveryAttempt, Message, Receipt

__all__ = ["record_receipt", "send_queued"]

logger = logging.getLogger(__name__)

BATCH = 20
MOST_ATTEMPTS = 8
# While one process talks to a gateway about a message, no other takes it; longer than any call.
LEASE = timedelta(seconds=90)
LONGEST_WAIT_S = 900


def send_queued() -> int:
    """Send queued text messages through the first gateway that takes them; returns how many left.

    Claim and result are short transactions; the gateway is called between them. The client id
    makes a repetition after a crash one message for the gateway.
    """
    sent = 0
    for message_id in _claim():
        message = Message.objects.get(pk=message_id)
        if message.send_before is not None and message.send_before < now():
            _fail(message, "EXPIRED")
        elif _send(message):
            sent += 1
    return sent


def record_receipt(*, gateway: str, raw: bytes, signature: str) -> Receipt:
    """回执: book what a gateway says became of a message. A repeated receipt changes nothing.

    DELIVERED is final: an UNDELIVERED that comes later is kept and does not undo it.

    :raises ReceiptSignatureError: not signed by the gateway; nothing is stored.
    :raises ReceiptFormError: signed, but not readable, or of no message that we sent.
    """
    if not registry.get_gateway(gateway).is_from_gateway(raw=raw, signature=signature):
        raise ReceiptSignatureError
    client_id, status, reason, at = _read_receipt(raw)
    with transaction.atomic():
        # By our own id: the receipt may be faster than the gateway's answer to the sending.
        message = Message.objects.select_for_update().filter(client_id=client_id).first()
        if message is None:
            raise ReceiptFormError
        receipt, is_new = Receipt.objects.get_or_create(
            message=message,
            status=status,
            defaults={"reason": reason, "provider_time": at, "received_at": now()},
        )
        if is_new and status == Receipt.Status.DELIVERED:
            message.status = Message.Status.DELIVERED
            message.delivered_at = at
            message.save(update_fields=["status", "delivered_at"])
        elif is_new and message.status != Message.Status.DELIVERED:
            message.status = Message.Status.FAILED
            message.last_error = reason[:300]
            message.save(update_fields=["status", "last_error"])
        return receipt


def _claim() -> list[int]:
    at = now()
    with transaction.atomic():
        ids = list(
            Message.objects.select_for_update(skip_locked=True)
            .filter(status=Message.Status.QUEUED, next_attempt_at__lte=at)
            .order_by("next_attempt_at", "pk")
            .values_list("pk", flat=True)[:BATCH]
        )
        Message.objects.filter(pk__in=ids).update(
            next_attempt_at=at + LEASE, attempts=F("attempts") + 1
        )
    return ids


def _send(message: Message) -> bool:
    """Try the gateways in turn; each try leaves a row. Returns whether one took the message."""
    error: TransportError | None = None
    for gateway in registry.gateways():
        try:
            ref = _call(gateway, message)
        except TransportError as refused:
            error = refused
            logger.warning("sms_not_sent", extra={"gateway": gateway.key, "code": refused.code})
            outcome = (
                DeliveryAttempt.Outcome.REFUSED
                if refused.permanent
                else DeliveryAttempt.Outcome.RETRY
            )
            _note_attempt(message, gateway.key, outcome, refused.code)
        else:
            _note_sent(message, gateway.key, ref)
            return True
    if error is None or error.permanent or message.attempts >= MOST_ATTEMPTS:
        _fail(message, "NO_GATEWAY" if error is None else error.code)
    else:
        pause = timedelta(seconds=min(2.0**message.attempts, LONGEST_WAIT_S))
        Message.objects.filter(pk=message.pk).update(
            next_attempt_at=now() + pause, last_error=error.code[:300]
        )
    return False


def _call(gateway: SmsGateway, message: Message) -> str:
    is_english = message.language.startswith("en")
    return gateway.send(
        to=message.phone or "",
        template=message.template_key,
        body=message.body_en if is_english else message.body,
        client_id=message.client_id,
    )


@transaction.atomic
def _note_sent(message: Message, gateway: str, ref: str) -> None:
    _note_attempt(message, gateway, DeliveryAttempt.Outcome.SENT, "")
    row = Message.objects.filter(pk=message.pk)
    row.update(gateway=gateway, provider_ref=ref, sent_at=now(), next_attempt_at=None)
    # The receipt may have come while the gateway's answer was on its way: only QUEUED moves on.
    row.filter(status=Message.Status.QUEUED).update(status=Message.Status.SENT, last_error="")


def _note_attempt(message: Message, gateway: str, outcome: str, error: str) -> None:
    DeliveryAttempt.objects.create(
        message=message, gateway=gateway, outcome=outcome, error=error[:300], at=now()
    )


def _fail(message: Message, code: str) -> None:
    Message.objects.filter(pk=message.pk).update(
        status=Message.Status.FAILED, next_attempt_at=None, last_error=code[:300]
    )


def _read_receipt(raw: bytes) -> tuple[str, str, str, datetime]:
    try:
        receipt = json.loads(raw)
        at = datetime.fromisoformat(receipt["at"])
        status = Receipt.Status(receipt["status"])
        client_id = receipt["client_id"]
    except (ValueError, KeyError, TypeError) as error:
        raise ReceiptFormError from error
    if at.tzinfo is None or not isinstance(client_id, str):
        raise ReceiptFormError
    return client_id, status, str(receipt.get("reason", ""))[:120], at
