"""Ready-made HTTP requests, and sessions of people who are signed in."""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.identity.http.sessions import BACKEND, SIGNED_IN_AT
from yiwang.kernel.base.identity.models import Account

CSRF_TOKEN = "benchbenchbenchbenchbenchbench00"


def sign_in(accounts: Iterable[Account]) -> list[str]:
    """Return a session key for each account, as signing in leaves them, without the password."""
    store = SessionStore()
    rows = []
    for account in accounts:
        content = {
            SESSION_KEY: str(account.pk),
            BACKEND_SESSION_KEY: BACKEND,
            HASH_SESSION_KEY: account.get_session_auth_hash(),
            SIGNED_IN_AT: now().isoformat(),
        }
        rows.append(
            Session(
                session_key=store._get_new_session_key(),
                session_data=store.encode(content),
                expire_date=store.get_expiry_date(),
            )
        )
    Session.objects.bulk_create(rows)
    return [row.session_key for row in rows]


def get(path: str, *, session: str = "", **query: str) -> bytes:
    """Return a GET request."""
    target = f"{path}?{urlencode(query)}" if query else path
    return _head("GET", target, session) + b"\r\n"


def post(path: str, body: Any, *, session: str) -> bytes:
    """Return a POST request of JSON with the session's cookies and the CSRF token."""
    content = json.dumps(body, ensure_ascii=False).encode()
    head = (
        f"Content-Type: application/json\r\nX-CSRFToken: {CSRF_TOKEN}\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return _head("POST", path, session) + head.encode() + content


def _head(method: str, target: str, session: str) -> bytes:
    cookies = f"{settings.CSRF_COOKIE_NAME}={CSRF_TOKEN}"
    if session:
        cookies += f"; {settings.SESSION_COOKIE_NAME}={session}"
    return (
        f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n"
        f"Cookie: {cookies}\r\n"
    ).encode()
