"""What payments and its gateways exchange."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Registered:
    """What the bank gave for a bill."""

    payment_code: str
    pay_url: str


@dataclass(frozen=True, slots=True)
class BankPayment:
    """到账: one transaction of the bank. ``amount_yuan`` is what really came in."""

    transaction_id: str
    bill_no: str
    amount_yuan: Decimal
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class BankRefund:
    """One refund in the bank's statement."""

    refund_no: str
    refund_ref: str
    amount_yuan: Decimal


@dataclass(frozen=True, slots=True)
class Statement:
    """银行对账单 of one day."""

    day: date
    payments: tuple[BankPayment, ...]
    refunds: tuple[BankRefund, ...]


class PaymentGateway(Protocol):
    """收款渠道: a bank or collecting agent. Every method that asks it may raise TransportError."""

    key: str

    def check_config(self) -> list[str]:
        """Return what is wrong with the settings, in words; empty when it can work."""

    def register(
        self, *, bill_no: str, amount_yuan: Decimal, subject: str, return_url: str
    ) -> Registered:
        """Give the bank a bill; the same number again gives the same answer."""

    def close(self, *, bill_no: str) -> None:
        """Let nobody pay the bill any more. Permanent code ALREADY_PAID when it was paid."""

    def payments_of(self, *, bill_no: str) -> list[BankPayment]:
        """Ask what was paid for a bill."""

    def refund(self, *, refund_no: str, transaction_id: str, amount_yuan: Decimal) -> str:
        """Send money back and return the bank's reference; the same number again pays once."""

    def statement(self, *, day: date) -> Statement:
        """Fetch the statement of a day in Asia/Shanghai."""

    def read_notice(self, *, raw: bytes, signature: str) -> BankPayment:
        """Check and read a call-back.

        :raises NoticeSignatureError: not from the bank.
        :raises NoticeFormError: from the bank, but not readable.
        """


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One line of an electronic receipt."""

    name: str
    name_en: str
    unit_price_yuan: str
    quantity: str
    source: str


@dataclass(frozen=True, slots=True)
class PaymentReceipt:
    """电子缴款凭证 as data; drawing it as a paper is another app's work."""

    bill_number: str
    payer: str
    organization: str
    lines: tuple[ReceiptLine, ...]
    amount_yuan: Decimal
    refunded_yuan: Decimal
    paid_at: datetime
    bank_ref: str
