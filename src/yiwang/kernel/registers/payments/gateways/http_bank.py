"""银行网关: a bank that speaks signed JSON over HTTP; the sandbox process speaks the same.

``YIWANG_BANK_URL`` and ``YIWANG_BANK_KEY`` name a real one; without them it is the sandbox.
"""

import json
import os
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings

from yiwang.kernel.base.http import outbound
from yiwang.kernel.base.http.outbound import TransportError
from yiwang.kernel.base.http.sandboxing import (
    SandboxConfigurationError,
    is_signed,
    shared_key,
)
from yiwang.kernel.registers.payments.contracts import (
    BankPayment,
    BankRefund,
    Registered,
    Statement,
)
from yiwang.kernel.registers.payments.errors import NoticeFormError, NoticeSignatureError

CALLBACK_PATH = "/hooks/bank"


class HttpBank:
    """The gateway ``bank``."""

    key = "bank"

    def check_config(self) -> list[str]:
        """Return what is missing."""
        findings = []
        if not self._address.startswith(("http://", "https://")):
            findings.append("YIWANG_BANK_URL 未设置 / is not set")
        if os.environ.get("YIWANG_BANK_URL") and not os.environ.get("YIWANG_BANK_KEY"):
            findings.append("YIWANG_BANK_KEY 未设置 / is not set")
        return findings

    def register(
        self, *, bill_no: str, amount_yuan: Decimal, subject: str, return_url: str
    ) -> Registered:
        """Give the bank a bill."""
        answer = self._post(
            "/bank/bills",
            {
                "bill_no": bill_no,
                "amount": f"{amount_yuan:.2f}",
                "subject": subject,
                "callback_url": settings.PUBLIC_URL + CALLBACK_PATH,
                "return_url": return_url,
            },
        )
        return Registered(_text(answer, "payment_code"), _text(answer, "pay_url"))

    def close(self, *, bill_no: str) -> None:
        """Close the bill at the bank."""
        self._post("/bank/bills/close", {"bill_no": bill_no})

    def payments_of(self, *, bill_no: str) -> list[BankPayment]:
        """Ask the bank what came in for a bill."""
        answer = self._get("/bank/bills", {"bill_no": bill_no})
        return [_payment(row) for row in answer.get("payments", [])]

    def refund(self, *, refund_no: str, transaction_id: str, amount_yuan: Decimal) -> str:
        """Send money back."""
        answer = self._post(
            "/bank/refund",
            {
                "refund_no": refund_no,
                "transaction_id": transaction_id,
                "amount": f"{amount_yuan:.2f}",
            },
        )
        return _text(answer, "refund_ref")

    def statement(self, *, day: date) -> Statement:
        """Fetch the statement of a day."""
        answer = self._get("/bank/statement", {"date": day.isoformat()})
        return Statement(
            day,
            tuple(_payment(row) for row in answer.get("payments", [])),
            tuple(
                BankRefund(
                    _text(row, "refund_no"), _text(row, "refund_ref"), Decimal(_text(row, "amount"))
                )
                for row in answer.get("refunds", [])
            ),
        )

    def read_notice(self, *, raw: bytes, signature: str) -> BankPayment:
        """Check the signature over the exact bytes, then read them."""
        if not is_signed(_key(), raw, signature):
            raise NoticeSignatureError
        try:
            return _payment(json.loads(raw))
        except (ValueError, TransportError) as error:
            raise NoticeFormError from error

    @property
    def _address(self) -> str:
        return outbound.address_of("bank")

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return outbound.post("bank", self._address + path, body, _key())

    def _get(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        return outbound.get("bank", self._address, path, query, _key())


def _key() -> bytes:
    try:
        return shared_key("bank")
    except SandboxConfigurationError as error:
        raise TransportError("bank", "NOT_CONFIGURED", permanent=True) from error


def _text(answer: Any, name: str) -> str:
    value = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(value, str) or not value:
        raise TransportError("bank", "BAD_ANSWER", permanent=False)
    return value


def _payment(row: Any) -> BankPayment:
    try:
        amount = Decimal(_text(row, "amount"))
        paid_at = datetime.fromisoformat(_text(row, "paid_at"))
    except (InvalidOperation, ValueError) as error:
        raise TransportError("bank", "BAD_ANSWER", permanent=False) from error
    if not amount.is_finite() or amount <= 0 or paid_at.tzinfo is None:
        raise TransportError("bank", "BAD_ANSWER", permanent=False)
    return BankPayment(_text(row, "transaction_id"), _text(row, "bill_no"), amount, paid_at)
