"""幂等: a write that is repeated gives its first answer and changes nothing twice."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.http import HttpRequest

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.http.errors import IdempotencyKeyInvalidError, IdempotencyKeyReusedError
from yiwang.kernel.base.http.models import IdempotentRequest

KEPT_DAYS = 7
"""How long a first answer can be asked for again."""

_KEY = re.compile(r"[A-Za-z0-9_.:-]{8,80}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a write was answered: HTTP status, JSON body, and whether it is a repetition."""

    status: int
    body: Any
    repeated: bool = False


def key_of(request: HttpRequest) -> str:
    """Return the ``Idempotency-Key`` header.

    :raises IdempotencyKeyInvalidError: absent or malformed.
    """
    return _checked(request.headers.get("Idempotency-Key", ""))


def idempotent(
    actor: Actor,
    key: str,
    operation: str,
    body: Any,
    act: Callable[[], tuple[int, Any]],
) -> Answer:
    """Do ``act`` once for this account and key, and give its answer to every repetition.

    ``act`` returns HTTP status and JSON body. Its changes and the stored answer share one
    transaction: a refusal rolls both back, so that a corrected request may use the key again. A
    simultaneous repetition waits on the unique row for the first to end.

    :raises IdempotencyKeyInvalidError: malformed key.
    :raises IdempotencyKeyReusedError: the key was used for another operation or another body.
    """
    _checked(key)
    digest = _digest(operation, body)
    with transaction.atomic():
        row_id = _claim(actor.account_id, key, operation, digest)
        if row_id is None:
            return _first_answer(actor.account_id, key, digest)
        status, answer = act()
        # What is stored is what is answered: both callers see the JSON form of the same value.
        stored = json.loads(json.dumps(answer, cls=DjangoJSONEncoder))
        IdempotentRequest.objects.filter(pk=row_id).update(status=status, response=stored)
        return Answer(status, stored)


def forget_old() -> int:
    """Delete the answers that are older than ``KEPT_DAYS``; returns how many."""
    deleted, _ = IdempotentRequest.objects.filter(
        created_at__lt=now() - timedelta(days=KEPT_DAYS)
    ).delete()
    return deleted


def _claim(account_id: int, key: str, operation: str, digest: str) -> int | None:
    """Insert the row first; a rival's insert waits here until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO http_idempotentrequest"
            " (account_id, key, operation, body_digest, created_at)"
            " VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (account_id, key) DO NOTHING RETURNING id",
            [account_id, key, operation, digest, now()],
        )
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def _first_answer(account_id: int, key: str, digest: str) -> Answer:
    row = IdempotentRequest.objects.get(account_id=account_id, key=key)
    if row.body_digest != digest or row.status is None:
        raise IdempotencyKeyReusedError
    return Answer(row.status, row.response, repeated=True)


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise IdempotencyKeyInvalidError
    return key


def _digest(operation: str, body: Any) -> str:
    if isinstance(body, bytes):
        content = body
    else:
        content = json.dumps(
            body, cls=DjangoJSONEncoder, sort_keys=True, ensure_ascii=False
        ).encode()
    return hashlib.sha256(operation.encode() + b"\0" + content).hexdigest()
