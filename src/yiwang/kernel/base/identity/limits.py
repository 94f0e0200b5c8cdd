"""登录限速: how often one may try, for an account and from an address, kept in the database."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max, Q, QuerySet

from yiwang.kernel.base import calendars
from yiwang.kernel.base.http.requests import address_key
from yiwang.kernel.base.identity.errors import TooManyAttemptsError
from yiwang.kernel.base.identity.models import SignInAttempt

__all__ = ["admit", "attempts_of", "refuse_when_full", "serialised", "succeeded"]

WINDOW = timedelta(minutes=15)
MOST_FAILURES_PER_KEY = 5
# A hall or a village shares one address; the limit only stops machines.
MOST_FAILURES_PER_ADDRESS = 50

_LOCK_SPACE = 0x79774C00


@dataclass(frozen=True, slots=True)
class _Limit:
    rows: QuerySet[SignInAttempt]
    most: int


def admit(*, key: str, method: str, address: str, account_id: int | None = None) -> SignInAttempt:
    """Write down a try before it is looked at, or refuse it.

    Counting and writing happen under a lock: a hundred tries at the same instant are as limited as
    a hundred one after another. A refused try is not written, so it does not prolong the pause.
    The transaction is durable: what was tried stays written whatever happens next, and calling
    this inside another transaction is an error of the program.

    :raises TooManyAttemptsError: with the instant at which the next try is welcome.
    """
    with transaction.atomic(durable=True):
        serialised(key, address_key(address))
        now = calendars.now()
        recent = SignInAttempt.objects.filter(at__gt=now - WINDOW, succeeded=False)
        of_key = recent.filter(key=key)
        last_success = SignInAttempt.objects.filter(
            key=key, succeeded=True, at__gt=now - WINDOW
        ).aggregate(at=Max("at"))["at"]
        if last_success is not None:
            of_key = of_key.filter(at__gt=last_success)
        limits = [_Limit(of_key, MOST_FAILURES_PER_KEY)]
        if address:
            of_address = recent.filter(address_key=address_key(address))
            limits.append(_Limit(of_address, MOST_FAILURES_PER_ADDRESS))
        for limit in limits:
            refuse_when_full(
                [row.at for row in limit.rows.order_by("-at", "-pk")[: limit.most]],
                limit.most,
                WINDOW,
                TooManyAttemptsError,
            )
        attempt = SignInAttempt(
            key=key,
            method=method,
            account_id=account_id,
            address=address or None,
            address_key=address_key(address),
            succeeded=False,
            at=now,
        )
        attempt.save(force_insert=True)
    return attempt


def succeeded(attempt: SignInAttempt, account_id: int) -> None:
    """Turn an admitted try into a success of this account."""
    SignInAttempt.objects.filter(pk=attempt.pk).update(succeeded=True, account_id=account_id)


def refuse_when_full(
    latest: list[datetime],
    most: int,
    window: timedelta,
    refusal: Callable[..., TooManyAttemptsError],
) -> None:
    """Raise ``refusal`` when ``latest`` (newest first) already fills the window.

    The next try is welcome when the oldest of them leaves the window.
    """
    if len(latest) < most:
        return
    retry_at = latest[most - 1] + window
    seconds = max(1, round((retry_at - calendars.now()).total_seconds()))
    raise refusal(retry_at=retry_at.astimezone(calendars.LOCAL_ZONE), seconds=seconds)


def serialised(*names: str) -> None:
    """Let one transaction at a time go on for each of these names, in a fixed order."""
    with connection.cursor() as cursor:
        for name in sorted(filter(None, names)):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK_SPACE, name])


def attempts_of(account_id: int, key: str) -> QuerySet[SignInAttempt]:
    """Return the tries at an account for its owner to see, newest first."""
    return SignInAttempt.objects.filter(Q(account_id=account_id) | Q(key=key)).order_by(
        "-at", "-pk"
    )
