"""Calls to systems outside: one way, with time-outs, signatures and errors that say what to do."""

import json
import os
from typing import Any
from urllib.parse import urlencode

import httpx
from django.conf import settings

from yiwang.kernel.base.http.sandboxing import SIGNATURE_HEADER, sign

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 8.0
# Shorter than servers commonly keep an idle connection, so that ours is the first to let go.
IDLE_SECONDS = 2.0

# One for the process and all its threads: to load the certificate authorities takes 10 ms.
_CLIENT = httpx.Client(
    timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
    limits=httpx.Limits(max_connections=None, keepalive_expiry=IDLE_SECONDS),
    # Addresses of outside systems are set on purpose; a proxy of the shell is not.
    trust_env=False,
)


class TransportError(Exception):
    """An outside system gave no usable answer.

    ``permanent``: it understood and said no, or it is set up wrongly; asking again is pointless.
    ``code`` is its own code, or TIMEOUT, UNREACHABLE, NOT_CONFIGURED or BAD_ANSWER.
    """

    def __init__(self, system: str, code: str, *, permanent: bool) -> None:
        self.system = system
        self.code = code
        self.permanent = permanent
        super().__init__(f"{system}: {code}")


def address_of(system: str) -> str:
    """Return where a system is: ``YIWANG_BANK_URL`` for ``bank``, else the sandbox, else ""."""
    given = os.environ.get(f"YIWANG_{system.upper()}_URL")
    return str(given or settings.SANDBOX_URL).rstrip("/")


def post(system: str, url: str, body: dict[str, Any], key: bytes) -> dict[str, Any]:
    """POST a JSON object, signed over its bytes, and return the JSON object that is answered.

    :raises TransportError: permanent for 4xx other than 408, 425 and 429.
    """
    content = json.dumps(body, ensure_ascii=False).encode()
    return _call(
        system,
        "POST",
        url,
        content=content,
        headers={"Content-Type": "application/json", SIGNATURE_HEADER: sign(key, content)},
    )


def get(system: str, base: str, path: str, query: dict[str, str], key: bytes) -> dict[str, Any]:
    """GET a JSON object; path and query are signed.

    :raises TransportError: as :func:`post`.
    """
    target = f"{path}?{urlencode(query)}"
    headers = {SIGNATURE_HEADER: sign(key, target.encode())}
    return _call(system, "GET", base + target, headers=headers)


def _call(system: str, method: str, url: str, **request: Any) -> dict[str, Any]:
    if not url.startswith(("http://", "https://")):
        raise TransportError(system, "NOT_CONFIGURED", permanent=True)
    try:
        answer = _CLIENT.request(method, url, **request)
    except httpx.TimeoutException as error:
        raise TransportError(system, "TIMEOUT", permanent=False) from error
    except httpx.HTTPError as error:
        raise TransportError(system, "UNREACHABLE", permanent=False) from error
    try:
        body = answer.json()
    except ValueError:
        body = None
    if answer.status_code >= 400:
        code = body.get("code") if isinstance(body, dict) else None
        is_temporary = answer.status_code >= 500 or answer.status_code in (408, 425, 429)
        raise TransportError(
            system, str(code or f"HTTP_{answer.status_code}"), permanent=not is_temporary
        )
    if not isinstance(body, dict):
        raise TransportError(system, "BAD_ANSWER", permanent=False)
    return body
