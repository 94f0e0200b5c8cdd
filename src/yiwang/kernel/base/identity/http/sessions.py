"""登录会话: begin, strengthen and end them; list and end those on other devices."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib import import_module

from django.conf import settings
from django.contrib import auth
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.http import HttpRequest

from yiwang.kernel.base import calendars
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.http.requests import client_address
from yiwang.kernel.base.identity.http.actors import (
    ACTING_FOR,
    STEPPED_UP_UNTIL,
    build_actor,
    forget_actor,
)
from yiwang.kernel.base.identity.models import Account, SignedInSession
from yiwang.kernel.errors import NotFoundError

BACKEND = "django.contrib.auth.backends.ModelBackend"
SIGNED_IN_AT = "identity.signed_in_at"

STEP_UP_LASTS = timedelta(minutes=30)
RECENT = timedelta(minutes=10)


def begin(request: HttpRequest, account: Account, method: str) -> None:
    """Begin a session: the key is new, whatever the visitor had before sign-in is kept."""
    auth.login(request, account, backend=BACKEND)
    request.session.pop(STEPPED_UP_UNTIL, None)
    request.session.pop(ACTING_FOR, None)
    request.session[SIGNED_IN_AT] = calendars.now().isoformat()
    # The key is needed now and not when the answer leaves.
    request.session.save()
    forget_actor(request)
    with transaction.atomic():
        _forget_expired(account)
        SignedInSession.objects.update_or_create(
            session_key=request.session.session_key,
            defaults={
                "account": account,
                "method": method,
                "address": client_address(request) or None,
                "user_agent": request.headers.get("User-Agent", "")[:200],
                "created_at": calendars.now(),
            },
        )
        audit.record(
            build_actor(request, account),
            "identity.sign_in",
            "account",
            account.pk,
            details={"method": method},
        )


def step_up(request: HttpRequest, account: Account, method: str) -> None:
    """Raise the session to level 3 for half an hour, under a new key."""
    before = request.session.session_key
    request.session.cycle_key()
    until = calendars.now() + STEP_UP_LASTS
    request.session[STEPPED_UP_UNTIL] = until.isoformat()
    request.session.save()
    forget_actor(request)
    with transaction.atomic():
        SignedInSession.objects.filter(session_key=before).update(
            session_key=request.session.session_key
        )
        audit.record(
            build_actor(request, account),
            "identity.step_up",
            "account",
            account.pk,
            details={"method": method},
        )


def keep_after_password_change(request: HttpRequest, account: Account) -> None:
    """Keep this session although the password changed, under a new key."""
    before = request.session.session_key
    auth.update_session_auth_hash(request, account)
    request.session.save()
    SignedInSession.objects.filter(session_key=before).update(
        session_key=request.session.session_key
    )


def end(request: HttpRequest) -> None:
    """End this session and all that it holds."""
    if request.user.is_authenticated:
        SignedInSession.objects.filter(session_key=request.session.session_key).delete()
    auth.logout(request)
    forget_actor(request)


@transaction.atomic
def end_one(*, session_id: int, actor: Actor) -> None:
    """End one session of the actor's account.

    :raises NotFoundError: absent or another account's.
    """
    row = SignedInSession.objects.filter(pk=session_id, account=actor.account_id).first()
    if row is None:
        raise NotFoundError
    _store().delete(row.session_key)
    row.delete()
    audit.record(actor, "identity.end_session", "account", actor.account_id)


@transaction.atomic
def end_all(*, account_id: int, actor: Actor, except_key: str | None = None) -> int:
    """End every session of an account, or all but one; return how many."""
    rows = SignedInSession.objects.filter(account=account_id).exclude(session_key=except_key)
    keys = list(rows.values_list("session_key", flat=True))
    for key in keys:
        _store().delete(key)
    rows.delete()
    audit.record(
        actor, "identity.end_sessions", "account", account_id, details={"count": len(keys)}
    )
    return len(keys)


def list_sessions(account_id: int) -> Sequence[SignedInSession]:
    """Return the sessions of an account that still live, newest first."""
    begun_after = calendars.now() - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return list(
        SignedInSession.objects.filter(account=account_id, created_at__gt=begun_after).order_by(
            "-created_at", "-pk"
        )
    )


def is_recent(request: HttpRequest) -> bool:
    """Say whether the sign-in is fresh enough to change how one signs in."""
    at = request.session.get(SIGNED_IN_AT)
    return at is not None and datetime.fromisoformat(at) > calendars.now() - RECENT


def _forget_expired(account: Account) -> None:
    begun_before = calendars.now() - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    SignedInSession.objects.filter(account=account, created_at__lte=begun_before).delete()


def _store() -> SessionBase:
    store: SessionBase = import_module(settings.SESSION_ENGINE).SessionStore()
    return store
