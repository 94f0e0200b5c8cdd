"""短信沙箱: a stand-in for an SMS gateway, without Django.

What a number does is told by its last five digits, or for the next calls by ``/sms/control``:

====== =====================================================
99001  refused for good (422)
99002  busy (503)
99003  no answer in time
99004  the receipt comes after five seconds
99005  the receipt comes twice
99006  the receipt says that the phone could not be reached
99007  no receipt ever comes
====== =====================================================
"""

import itertools
import threading
import time
from collections import deque
from typing import Any

from yiwang.kernel.base.http.sandboxing import Answer, Call, Courier, Refusal, now

RECEIPT_DELAY_S = 0.2
LATE_S = 5.0
NO_ANSWER_S = 12.0
KEPT_MESSAGES = 2000

_BY_SUFFIX = {
    "99001": "refuse",
    "99002": "busy",
    "99003": "no_answer",
    "99004": "late_receipt",
    "99005": "double_receipt",
    "99006": "undelivered",
    "99007": "no_receipt",
}
_MODES = frozenset(_BY_SUFFIX.values())


class SmsPart:
    """The gateway: takes messages once each, keeps an outbox to look into, sends receipts."""

    def __init__(self, courier: Courier, key: bytes) -> None:
        self._courier = courier
        self._key = key
        self._lock = threading.Lock()
        self._outbox: deque[dict[str, Any]] = deque(maxlen=KEPT_MESSAGES)
        self._refs: dict[str, str] = {}
        self._numbers = itertools.count(1)
        self._started = int(time.time())
        self._next_modes: list[str] = []
        self.routes = {
            "POST /sms/send": self._send,
            "GET /sms/outbox": self._show_outbox,
            "POST /sms/control": self._control,
        }

    def _send(self, call: Call) -> Answer:
        call.require_signature(self._key)
        message = call.json()
        for name in ("to", "body", "client_id"):
            if not isinstance(message.get(name), str) or not message[name]:
                raise Refusal(422, f"{name.upper()}_MISSING")
        mode = self._mode_for(message["to"])
        if mode == "refuse":
            raise Refusal(422, "NUMBER_REFUSED")
        if mode == "busy":
            raise Refusal(503, "BUSY")
        if mode == "no_answer":
            time.sleep(NO_ANSWER_S)
            raise Refusal(504, "NO_ANSWER")
        ref, is_new = self._keep(message)
        if is_new:
            self._send_receipts(message, ref, mode)
        return Answer.of({"provider_ref": ref})

    def _mode_for(self, number: str) -> str:
        with self._lock:
            if self._next_modes:
                return self._next_modes.pop(0)
        return _BY_SUFFIX.get(number[-5:], "")

    def _keep(self, message: dict[str, Any]) -> tuple[str, bool]:
        """Keep the message unless its client id was seen; returns its reference."""
        with self._lock:
            known = self._refs.get(message["client_id"])
            if known:
                return known, False
            ref = f"SMS{self._started}-{next(self._numbers)}"
            self._refs[message["client_id"]] = ref
            shown = {
                name: message.get(name, "") for name in ("to", "template", "body", "client_id")
            }
            if len(self._outbox) == KEPT_MESSAGES:
                del self._refs[self._outbox[0]["client_id"]]
            self._outbox.append(shown | {"provider_ref": ref, "at": now().isoformat()})
            return ref, True

    def _send_receipts(self, message: dict[str, Any], ref: str, mode: str) -> None:
        url = message.get("callback_url")
        if not url or mode == "no_receipt":
            return
        undelivered = mode == "undelivered"
        receipt = {
            "provider_ref": ref,
            "client_id": message["client_id"],
            "status": "UNDELIVERED" if undelivered else "DELIVERED",
            "reason": "UNREACHABLE" if undelivered else "",
            "at": now().isoformat(),
        }
        delay = LATE_S if mode == "late_receipt" else RECEIPT_DELAY_S
        for copy in range(2 if mode == "double_receipt" else 1):
            self._courier.deliver(url, receipt, self._key, delay_s=delay + copy * 0.1)

    def _show_outbox(self, call: Call) -> Answer:
        number = call.query.get("to")
        with self._lock:
            messages = [m for m in self._outbox if number is None or m["to"] == number]
        return Answer.of({"messages": messages})

    def _control(self, call: Call) -> Answer:
        """Set what the next calls do: ``{"next": ["busy", "busy"]}``; an empty list clears it."""
        modes = call.json().get("next")
        if not isinstance(modes, list) or not _MODES.issuperset(modes):
            raise Refusal(422, "UNKNOWN_MODE")
        with self._lock:
            self._next_modes = list(modes)
        return Answer.of({"next": modes})
