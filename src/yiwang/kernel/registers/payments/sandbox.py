"""银行沙箱: a stand-in for the bank that collects for the treasury, without Django.

It takes bills, lets a payer pay each once (on a page or by ``/bank/pay``), tells the platform by a
signed call-back, refunds, and gives a statement of a day. ``/bank/control`` makes it misbehave: see
:class:`Faults`. Amounts are strings of yuan with two decimals; days are those of Asia/Shanghai.
"""

import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from yiwang.kernel.base.http.sandboxing import Answer, Call, Courier, Refusal, now

CALLBACK_DELAY_S = 0.1
_ZONE = ZoneInfo("Asia/Shanghai")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS bill (
    bill_no TEXT PRIMARY KEY, payment_code TEXT UNIQUE NOT NULL, amount TEXT NOT NULL,
    subject TEXT NOT NULL, callback_url TEXT NOT NULL, return_url TEXT NOT NULL,
    status TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS payment (
    transaction_id TEXT PRIMARY KEY, bill_no TEXT NOT NULL REFERENCES bill, amount TEXT NOT NULL,
    paid_at TEXT NOT NULL, day TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS refund (
    refund_no TEXT PRIMARY KEY, refund_ref TEXT UNIQUE NOT NULL,
    transaction_id TEXT NOT NULL REFERENCES payment, amount TEXT NOT NULL, at TEXT NOT NULL,
    day TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Faults:
    """How the bank misbehaves from now on; all off by default.

    ``callbacks`` is how many copies of each call-back are sent (0: none, 2: double);
    ``callback_delay_s`` makes them late; ``callback_amount`` and ``wrong_signature`` forge them;
    ``allow_second_payment`` takes a second payment for one bill; ``busy`` answers everything that
    the platform asks with 503; ``refuse_refunds`` says no to every refund.
    """

    callbacks: int = 1
    callback_delay_s: float = CALLBACK_DELAY_S
    callback_amount: str = ""
    wrong_signature: bool = False
    allow_second_payment: bool = False
    busy: bool = False
    refuse_refunds: bool = False


class BankPart:
    """The bank. What it knows survives a restart in one SQLite file (``:memory:`` does not)."""

    def __init__(self, courier: Courier, key: bytes, base_url: str, database: Path | str) -> None:
        self._courier = courier
        self._key = key
        self._base_url = base_url
        self._faults = Faults()
        self._lock = threading.Lock()
        self._database = sqlite3.connect(database, check_same_thread=False)
        self._database.row_factory = sqlite3.Row
        self._database.executescript(_SCHEMA)
        self.routes = {
            "POST /bank/bills": self._register_bill,
            "GET /bank/bills": self._show_bill,
            "POST /bank/bills/close": self._close_bill,
            "GET /bank/pay": self._show_pay_page,
            "POST /bank/pay": self._pay,
            "POST /bank/refund": self._refund,
            "GET /bank/statement": self._show_statement,
            "POST /bank/control": self._control,
        }

    # What the platform asks, signed.

    def _register_bill(self, call: Call) -> Answer:
        body = self._asked(call)
        amount = _amount(body.get("amount"))
        number = _text(body, "bill_no")
        with self._transaction() as database:
            known = _row(database, "SELECT * FROM bill WHERE bill_no = ?", number)
            if known is not None:
                if known["amount"] != str(amount):
                    raise Refusal(409, "BILL_DIFFERS")
                return Answer.of(self._bill_answer(known))
            database.execute(
                "INSERT INTO bill VALUES (?, ?, ?, ?, ?, ?, 'OPEN')",
                (
                    number,
                    f"{secrets.randbelow(10**16):016d}",
                    str(amount),
                    str(body.get("subject", "")),
                    _text(body, "callback_url"),
                    str(body.get("return_url", "")),
                ),
            )
            row = _row(database, "SELECT * FROM bill WHERE bill_no = ?", number)
            return Answer.of(self._bill_answer(row))

    def _show_bill(self, call: Call) -> Answer:
        self._require_platform(call)
        with self._transaction() as database:
            bill = _row(
                database, "SELECT * FROM bill WHERE bill_no = ?", call.query.get("bill_no", "")
            )
            if bill is None:
                raise Refusal(404, "NO_SUCH_BILL")
            payments = database.execute(
                "SELECT * FROM payment WHERE bill_no = ? ORDER BY paid_at", (bill["bill_no"],)
            ).fetchall()
            return Answer.of(
                self._bill_answer(bill) | {"payments": [_notice(bill, row) for row in payments]}
            )

    def _close_bill(self, call: Call) -> Answer:
        body = self._asked(call)
        with self._transaction() as database:
            bill = _row(database, "SELECT * FROM bill WHERE bill_no = ?", _text(body, "bill_no"))
            if bill is None:
                raise Refusal(404, "NO_SUCH_BILL")
            if bill["status"] == "PAID":
                raise Refusal(409, "ALREADY_PAID")
            database.execute(
                "UPDATE bill SET status = 'CLOSED' WHERE bill_no = ?", (bill["bill_no"],)
            )
            return Answer.of({"status": "CLOSED"})

    def _refund(self, call: Call) -> Answer:
        body = self._asked(call)
        if self._faults.refuse_refunds:
            raise Refusal(422, "REFUND_REFUSED")
        amount = _amount(body.get("amount"))
        number = _text(body, "refund_no")
        with self._transaction() as database:
            known = _row(database, "SELECT * FROM refund WHERE refund_no = ?", number)
            if known is not None:
                return Answer.of({"refund_ref": known["refund_ref"], "status": "DONE"})
            payment = _row(
                database,
                "SELECT * FROM payment WHERE transaction_id = ?",
                _text(body, "transaction_id"),
            )
            if payment is None:
                raise Refusal(404, "NO_SUCH_TRANSACTION")
            given_back = sum(
                (
                    Decimal(row["amount"])
                    for row in database.execute(
                        "SELECT amount FROM refund WHERE transaction_id = ?",
                        (payment["transaction_id"],),
                    )
                ),
                Decimal(0),
            )
            if given_back + amount > Decimal(payment["amount"]):
                raise Refusal(422, "MORE_THAN_PAID")
            at = now().astimezone(_ZONE)
            ref = f"RF{secrets.token_hex(8).upper()}"
            database.execute(
                "INSERT INTO refund VALUES (?, ?, ?, ?, ?, ?)",
                (
                    number,
                    ref,
                    payment["transaction_id"],
                    str(amount),
                    at.isoformat(),
                    at.date().isoformat(),
                ),
            )
        return Answer.of({"refund_ref": ref, "status": "DONE"})

    def _show_statement(self, call: Call) -> Answer:
        self._require_platform(call)
        try:
            day = date.fromisoformat(call.query.get("date", "")).isoformat()
        except ValueError:
            raise Refusal(422, "DATE_NEEDED") from None
        with self._transaction() as database:
            payments = database.execute(
                "SELECT payment.*, bill.payment_code FROM payment JOIN bill USING (bill_no)"
                " WHERE day = ? ORDER BY paid_at, transaction_id",
                (day,),
            ).fetchall()
            refunds = database.execute(
                "SELECT refund_no, refund_ref, transaction_id, amount, at FROM refund"
                " WHERE day = ? ORDER BY at, refund_no",
                (day,),
            ).fetchall()
        return Answer.of(
            {
                "date": day,
                "payments": [_notice(row, row) for row in payments],
                "refunds": [dict(row) for row in refunds],
            }
        )

    # What a payer does.

    def _show_pay_page(self, call: Call) -> Answer:
        with self._transaction() as database:
            bill = _row(
                database, "SELECT * FROM bill WHERE payment_code = ?", call.query.get("code", "")
            )
        if bill is None:
            return Answer.page(_page("<p>没有这张缴款单 · No such bill</p>"), 404)
        return Answer.page(_page(_pay_form(bill)))

    def _pay(self, call: Call) -> Answer:
        is_form = call.headers.get("Content-Type", "").startswith(
            "application/x-www-form-urlencoded"
        )
        body = dict(parse_qsl(call.body.decode())) if is_form else call.json()
        transaction_id = _text(body, "transaction_id")
        with self._transaction() as database:
            bill = _row(
                database,
                "SELECT * FROM bill WHERE payment_code = ?",
                _text(body, "payment_code"),
            )
            if bill is None:
                raise Refusal(404, "NO_SUCH_BILL")
            payment = self._take(database, bill, transaction_id)
        self._call_back(bill, payment)
        if not is_form:
            return Answer.of({"transaction_id": transaction_id, "status": "PAID"})
        if bill["return_url"].startswith(("http://", "https://")):
            return Answer(303, b"", location=bill["return_url"])
        return Answer.page(_page("<p>缴款成功 · Paid</p>"))

    def _take(
        self, database: sqlite3.Connection, bill: sqlite3.Row, transaction_id: str
    ) -> sqlite3.Row:
        """Take the money once; a repeated transaction id changes nothing."""
        query = "SELECT * FROM payment WHERE transaction_id = ?"
        known = _row(database, query, transaction_id)
        if known is not None:
            if known["bill_no"] != bill["bill_no"]:
                raise Refusal(409, "TRANSACTION_OF_ANOTHER_BILL")
            return known
        if bill["status"] != "OPEN" and not self._faults.allow_second_payment:
            raise Refusal(409, "ALREADY_PAID" if bill["status"] == "PAID" else "BILL_CLOSED")
        at = now().astimezone(_ZONE)
        database.execute(
            "INSERT INTO payment VALUES (?, ?, ?, ?, ?)",
            (
                transaction_id,
                bill["bill_no"],
                bill["amount"],
                at.isoformat(),
                at.date().isoformat(),
            ),
        )
        database.execute("UPDATE bill SET status = 'PAID' WHERE bill_no = ?", (bill["bill_no"],))
        row = _row(database, query, transaction_id)
        assert row is not None
        return row

    def _call_back(self, bill: sqlite3.Row, payment: sqlite3.Row) -> None:
        faults = self._faults
        notice = _notice(bill, payment)
        if faults.callback_amount:
            notice["amount"] = faults.callback_amount
        key = b"not the key" if faults.wrong_signature else self._key
        for _ in range(faults.callbacks):
            self._courier.deliver(
                bill["callback_url"], notice, key, delay_s=faults.callback_delay_s
            )

    # Control.

    def _control(self, call: Call) -> Answer:
        """Replace all faults: fields of :class:`Faults`; ``{}`` makes the bank behave."""
        wanted = call.json()
        known = {field.name for field in fields(Faults)}
        if not known.issuperset(wanted):
            raise Refusal(422, "UNKNOWN_FAULT")
        self._faults = replace(Faults(), **wanted)
        return Answer.of(wanted)

    def _asked(self, call: Call) -> dict[str, Any]:
        self._require_platform(call)
        return call.json()

    def _require_platform(self, call: Call) -> None:
        call.require_signature(self._key)
        if self._faults.busy:
            raise Refusal(503, "BUSY")

    def _bill_answer(self, bill: sqlite3.Row | None) -> dict[str, Any]:
        assert bill is not None
        code = bill["payment_code"]
        return {
            "bill_no": bill["bill_no"],
            "payment_code": code,
            "pay_url": f"{self._base_url}/bank/pay?code={code}",
            "status": bill["status"],
        }

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._database:
            yield self._database


def _notice(bill: sqlite3.Row, payment: sqlite3.Row) -> dict[str, str]:
    return {
        "transaction_id": payment["transaction_id"],
        "bill_no": bill["bill_no"],
        "payment_code": bill["payment_code"],
        "amount": payment["amount"],
        "paid_at": payment["paid_at"],
    }


def _row(database: sqlite3.Connection, query: str, value: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = database.execute(query, (value,)).fetchone()
    return row


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 300:
        raise Refusal(422, f"{name.upper()}_MISSING")
    return value


def _amount(value: object) -> Decimal:
    try:
        amount = Decimal(value) if isinstance(value, str) else Decimal("NaN")
    except InvalidOperation:
        raise Refusal(422, "AMOUNT_WRONG") from None
    if not amount.is_finite() or amount <= 0 or amount != amount.quantize(Decimal("0.01")):
        raise Refusal(422, "AMOUNT_WRONG")
    return amount.quantize(Decimal("0.01"))


def _pay_form(bill: sqlite3.Row) -> str:
    facts = f"""
<dl><dt>缴款单号 · Bill</dt><dd>{escape(bill["bill_no"])}</dd>
<dt>缴款码 · Payment code</dt><dd>{escape(bill["payment_code"])}</dd>
<dt>内容 · For</dt><dd>{escape(bill["subject"])}</dd>
<dt>金额 · Amount</dt><dd><strong>¥{escape(bill["amount"])}</strong></dd></dl>"""
    if bill["status"] != "OPEN":
        word = "已缴款 · Paid" if bill["status"] == "PAID" else "已关闭 · Closed"
        return f"{facts}<p>{word}</p>"
    return f"""{facts}
<form method="post" action="/bank/pay">
<input type="hidden" name="payment_code" value="{escape(bill["payment_code"])}">
<input type="hidden" name="transaction_id" value="TX{secrets.token_hex(10).upper()}">
<button>缴款 · Pay</button></form>"""


def _page(content: str) -> str:
    return f"""<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>银行沙箱 · Sandbox bank</title>
<style>
body {{ font: 17px/1.75 "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; color: #17212B;
  background: #F4F6F8; margin: 0; padding: 32px 16px; }}
main {{ max-width: 480px; margin: auto; background: #fff; border: 1px solid #D5DDE5;
  border-radius: 6px; padding: 24px; }}
dt {{ color: #51606F; }} dd {{ margin: 0 0 12px; overflow-wrap: anywhere; }}
button {{ font: inherit; min-height: 48px; width: 100%; color: #fff; background: #1554A5;
  border: 0; border-radius: 6px; }}
</style></head>
<body><main><h1>银行沙箱 · Sandbox bank</h1>
<p>演示环境，不涉及真实资金。 A demonstration; no real money moves.</p>
{content}</main></body></html>"""
