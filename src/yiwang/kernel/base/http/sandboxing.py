"""沙箱: what the stand-ins for outside systems are made of. Standard library only, no Django.

A stand-in is a :class:`Part` with an address prefix; ``yiwang.project.sandbox`` serves all of them
in one small process on a real socket.
"""

import hashlib
import heapq
import hmac
import itertools
import json
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

logger = logging.getLogger(__name__)

SIGNATURE_HEADER = "X-Signature"
_SCHEME = "sha256="


class SandboxConfigurationError(Exception):
    """The process was started without something that it needs."""


def shared_key(system: str) -> bytes:
    """Return the key that the platform and one outside system share (``bank``, ``sms``).

    ``YIWANG_BANK_KEY`` names it. Without one, platform and sandbox derive it from the secret of
    the installation, which both are started with; a real system always needs its own.

    :raises SandboxConfigurationError: neither is set.
    """
    variable = f"YIWANG_{system.upper()}_KEY"
    if given := os.environ.get(variable):
        return given.encode()
    secret = os.environ.get("YIWANG_SECRET_KEY", "")
    if not secret:
        raise SandboxConfigurationError(f"set {variable} or YIWANG_SECRET_KEY")
    return hmac.digest(secret.encode(), f"yiwang.sandbox.{system}".encode(), "sha256")


def sign(key: bytes, content: bytes) -> str:
    """Return the value of the signature header: HMAC-SHA256 over the content."""
    return _SCHEME + hmac.new(key, content, hashlib.sha256).hexdigest()


def is_signed(key: bytes, content: bytes, signature: str) -> bool:
    """Tell in constant time whether the signature fits the content."""
    return hmac.compare_digest(sign(key, content).encode(), signature.encode())


def now() -> datetime:
    """Return the time of the world outside: that of the installation, also when it was moved."""
    moved = Path(os.environ.get("YIWANG_VAR", "var"), "time-travel")
    try:
        offset = float(moved.read_text("ascii"))
    except (FileNotFoundError, ValueError):
        offset = 0.0
    return datetime.now(UTC) + timedelta(seconds=offset)


@dataclass(frozen=True, slots=True)
class Call:
    """One request to the sandbox. ``target`` is path and query as they were sent."""

    method: str
    path: str
    target: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """Return the body as a JSON object.

        :raises Refusal: it is none.
        """
        try:
            value = json.loads(self.body)
        except ValueError:
            raise Refusal(400, "NOT_JSON") from None
        if not isinstance(value, dict):
            raise Refusal(400, "NOT_AN_OBJECT")
        return value

    def require_signature(self, key: bytes) -> None:
        """Check who calls: a POST signs its body, a GET its target.

        :raises Refusal: the signature does not fit.
        """
        content = self.body if self.method == "POST" else self.target.encode()
        if not is_signed(key, content, self.headers.get(SIGNATURE_HEADER, "")):
            raise Refusal(401, "WRONG_SIGNATURE")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the sandbox answers."""

    status: int
    body: bytes
    content_type: str = "application/json"
    location: str = ""

    @classmethod
    def of(cls, value: Any, status: int = 200) -> "Answer":
        """Make a JSON answer."""
        return cls(status, json.dumps(value, ensure_ascii=False).encode())

    @classmethod
    def page(cls, html: str, status: int = 200) -> "Answer":
        """Make an HTML answer."""
        return cls(status, html.encode(), "text/html; charset=utf-8")


class Refusal(Exception):
    """The stand-in says no, with a status and a code."""

    def __init__(self, status: int, code: str) -> None:
        self.status = status
        self.code = code
        super().__init__(code)


Handler = Callable[[Call], Answer]


class Part(Protocol):
    """One outside system. ``routes`` maps "METHOD /path" to what answers it."""

    routes: Mapping[str, Handler]


@dataclass(order=True, slots=True)
class _Delivery:
    due: float
    order: int
    url: str = field(compare=False)
    body: bytes = field(compare=False)
    signature: str = field(compare=False)
    attempts: int = field(compare=False, default=0)


class Courier:
    """Delivers call-backs to the platform, later and again until one is accepted.

    A delivery that is answered with anything but 2xx is repeated with growing pauses, as banks do.
    """

    MOST_ATTEMPTS = 10
    TIMEOUT_S = 5.0

    def __init__(self) -> None:
        self._waiting: list[_Delivery] = []
        self._under_way = 0
        self._wake = threading.Condition()
        self._order = itertools.count()
        threading.Thread(target=self._run, name="courier", daemon=True).start()

    def deliver(self, url: str, value: Any, key: bytes, *, delay_s: float = 0.0) -> None:
        """Send a signed JSON value after a delay in seconds."""
        body = json.dumps(value, ensure_ascii=False).encode()
        self.deliver_raw(url, body, sign(key, body), delay_s=delay_s)

    def deliver_raw(self, url: str, body: bytes, signature: str, *, delay_s: float) -> None:
        """Send exactly these bytes with this signature after a delay in seconds."""
        delivery = _Delivery(time.monotonic() + delay_s, next(self._order), url, body, signature)
        self._put(delivery)

    def waiting(self) -> int:
        """Count deliveries that are not settled, the one under way among them."""
        with self._wake:
            return len(self._waiting) + self._under_way

    def _put(self, delivery: _Delivery) -> None:
        with self._wake:
            heapq.heappush(self._waiting, delivery)
            self._wake.notify()

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._waiting or self._waiting[0].due > time.monotonic():
                    pause = self._waiting[0].due - time.monotonic() if self._waiting else None
                    self._wake.wait(pause)
                delivery = heapq.heappop(self._waiting)
                self._under_way = 1
            if not self._send(delivery):
                self._put_off(delivery)
            with self._wake:
                self._under_way = 0

    def _put_off(self, delivery: _Delivery) -> None:
        delivery.attempts += 1
        if delivery.attempts >= self.MOST_ATTEMPTS:
            logger.warning("call-back to %s given up", delivery.url)
            return
        delivery.due = time.monotonic() + min(0.5 * 2**delivery.attempts, 60.0)
        self._put(delivery)

    def _send(self, delivery: _Delivery) -> bool:
        """Send once; returns whether there is no point in sending again."""
        address = urlsplit(delivery.url)
        connect = HTTPSConnection if address.scheme == "https" else HTTPConnection
        connection = connect(address.netloc, timeout=self.TIMEOUT_S)
        try:
            connection.request(
                "POST",
                address.path or "/",
                body=delivery.body,
                headers={"Content-Type": "application/json", SIGNATURE_HEADER: delivery.signature},
            )
            status = connection.getresponse().status
        except (OSError, HTTPException) as error:
            logger.warning("call-back to %s failed: %s", delivery.url, error)
            return False
        finally:
            connection.close()
        if 200 <= status < 300:
            return True
        logger.warning("call-back to %s answered with %s", delivery.url, status)
        # 4xx other than 408 and 429 would be said again to the same bytes.
        return 400 <= status < 500 and status not in (408, 429)
