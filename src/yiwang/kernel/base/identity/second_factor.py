"""动态口令 (TOTP): set up, confirm, remove. Secrets are sealed; a code counts once.

The table, the sealing hook and the arithmetic (RFC 4226, RFC 6238) are django-allauth's. When a
code counts is ours: by the platform's clock, and remembered in the row. allauth remembers used
codes in a cache, which several processes do not share.
"""

import base64
import hmac

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.utils import decrypt, encrypt
from django.db import transaction
from django.db.models import QuerySet

from yiwang.kernel.base import calendars
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.crypto import facade as crypto
from yiwang.kernel.base.identity.errors import SecondFactorRefusedError
from yiwang.kernel.base.identity.models import Account
from yiwang.kernel.errors import StaleError

__all__ = ["SealingAdapter", "confirm", "has_totp", "new_secret", "remove", "set_up"]

PERIOD_SECONDS = 30
# One period to either side: phones run a little fast or slow, and people type slowly.
_TOLERATED_PERIODS = 1


class SealingAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """How allauth keeps secrets of second factors: sealed by the platform's keys."""

    def encrypt(self, text: str) -> str:
        return base64.b64encode(crypto.encrypt(text, "second_factor")).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return crypto.decrypt(base64.b64decode(encrypted_text), "second_factor")


def new_secret() -> str:
    """Return a fresh secret in base 32."""
    secret: str = generate_totp_secret()
    return secret


def has_totp(account: Account) -> bool:
    """Say whether the account has an authenticator set up."""
    return _rows(account).exists()


@transaction.atomic
def set_up(*, account: Account, secret: str, code: str, actor: Actor) -> None:
    """Set up (绑定) an authenticator once its first code proves that it works.

    :raises SecondFactorRefusedError: the code does not fit the secret.
    :raises StaleError: the account has one already.
    """
    counter = _matching_counter(secret, code, after=-1)
    if counter is None:
        raise SecondFactorRefusedError
    # The account's row is the lock: two tabs must not set up two authenticators.
    Account.objects.select_for_update().get(pk=account.pk)
    if has_totp(account):
        raise StaleError("已经绑定过动态口令", "An authenticator is set up already.")
    Authenticator.objects.create(
        user=account,
        type=Authenticator.Type.TOTP,
        data={"secret": encrypt(secret), "last_counter": counter},
        created_at=calendars.now(),
    )
    audit.record(actor, "identity.set_up_totp", "account", account.pk)


@transaction.atomic
def confirm(*, account: Account, code: str) -> None:
    """Check a code of the account's authenticator; each code counts once, for all processes.

    :raises SecondFactorRefusedError: wrong, used already, or nothing is set up.
    """
    row = _rows(account).select_for_update().first()
    if row is None:
        raise SecondFactorRefusedError
    counter = _matching_counter(decrypt(row.data["secret"]), code, after=row.data["last_counter"])
    if counter is None:
        raise SecondFactorRefusedError
    row.data["last_counter"] = counter
    row.last_used_at = calendars.now()
    row.save(update_fields=["data", "last_used_at"])


@transaction.atomic
def remove(*, account: Account, code: str, actor: Actor) -> None:
    """Remove (解绑) the authenticator; it takes one of its codes.

    :raises SecondFactorRefusedError: the code is wrong, or nothing is set up.
    """
    confirm(account=account, code=code)
    _rows(account).delete()
    audit.record(actor, "identity.remove_totp", "account", account.pk)


def otpauth_address(account: Account, secret: str) -> str:
    """Return the address that an authenticator reads from a QR code."""
    address: str = SealingAdapter().build_totp_url(account, secret)
    return address


def code_at(secret: str, counter: int) -> str:
    """Return the code of a period, for demonstrations and tests."""
    code: str = format_hotp_value(hotp_value(secret, counter))
    return code


def present_counter() -> int:
    """Return the number of the present period."""
    return int(calendars.now().timestamp()) // PERIOD_SECONDS


def _matching_counter(secret: str, code: str, *, after: int) -> int | None:
    typed = "".join(code.split())
    present = present_counter()
    matching = None
    for counter in range(present - _TOLERATED_PERIODS, present + _TOLERATED_PERIODS + 1):
        if counter > after and hmac.compare_digest(
            code_at(secret, counter).encode(), typed.encode()
        ):
            matching = counter
    return matching


def _rows(account: Account) -> QuerySet[Authenticator]:
    rows: QuerySet[Authenticator] = Authenticator.objects.filter(
        user=account, type=Authenticator.Type.TOTP
    )
    return rows
