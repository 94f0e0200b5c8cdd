"""登录: check a password or a code. Sessions are begun by ``sessions``, after this said yes."""

import hmac
import secrets
from datetime import timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import F

from yiwang.kernel.base import calendars
from yiwang.kernel.base.crypto import facade as crypto
from yiwang.kernel.base.http.requests import address_key
from yiwang.kernel.base.identity import codes, limits
from yiwang.kernel.base.identity.actions.accounts import open_phone_account
from yiwang.kernel.base.identity.errors import (
    CodeRefusedError,
    CodeTooSoonError,
    SignInRefusedError,
)
from yiwang.kernel.base.identity.models import Account, OneTimeCode, SignInAttempt
from yiwang.kernel.base.parties.facade import field_problem
from yiwang.kernel.base.parties.rules import phone
from yiwang.kernel.base.parties.rules.errors import InvalidCodeError
from yiwang.kernel.errors import InvalidInputError

CODE_VALID_FOR = timedelta(minutes=5)
MOST_TRIES_PER_CODE = 5
_ONE_CODE_PER = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_MOST_CODES_PER_HOUR = 5
_MOST_CODES_PER_HOUR_AND_ADDRESS = 60


def username_key(username: str) -> str:
    """Return the key under which tries with a user name are counted."""
    return f"name:{username.strip().casefold()}"[:120]


def phone_key(phone_number: str) -> str:
    """Return the key under which tries with a phone are counted; it does not tell the number."""
    return f"phone:{_phone_index(phone_number).hex()}"


def check_password(*, username: str, password: str, address: str) -> Account:
    """Return the account of a right user name and password.

    Unknown name, wrong password and a blocked account give the same answer after the same work.

    :raises SignInRefusedError: they do not fit.
    :raises TooManyAttemptsError: too many tries for this name or from this address.
    """
    attempt = limits.admit(
        key=username_key(username), method=SignInAttempt.Method.PASSWORD, address=address
    )
    account = Account.objects.filter(username=username.strip()).first()
    if account is None:
        # The same work as for an account that exists: the time must not tell them apart.
        make_password(password)
        raise SignInRefusedError
    fits = account.check_password(password)
    if not fits or not account.is_active:
        raise SignInRefusedError
    limits.succeeded(attempt, account.pk)
    return account


def send_code(*, phone_number: str, address: str) -> None:
    """Send a code for signing in; known and unknown numbers are treated alike.

    :raises InvalidInputError: not a mobile number.
    :raises CodeTooSoonError: one was sent within the minute, or too many within the hour.
    :raises SmsUnavailableError: no sender is connected, or it failed.
    """
    number = _read_phone(phone_number)
    send = codes.sender()
    code = f"{secrets.randbelow(10**6):06d}"
    index = _phone_index(number)
    with transaction.atomic(durable=True):
        limits.serialised(index.hex(), address_key(address))
        now = calendars.now()
        sent = OneTimeCode.objects.filter(created_at__gt=now - _HOUR)
        of_phone = sent.filter(phone_index=index).order_by("-created_at")
        of_address = sent.filter(address_key=address_key(address)).order_by("-created_at")
        latest = list(of_phone.values_list("created_at", flat=True)[:_MOST_CODES_PER_HOUR])
        limits.refuse_when_full(
            [at for at in latest if at > now - _ONE_CODE_PER], 1, _ONE_CODE_PER, CodeTooSoonError
        )
        limits.refuse_when_full(latest, _MOST_CODES_PER_HOUR, _HOUR, CodeTooSoonError)
        if address:
            of_one_address = of_address.values_list("created_at", flat=True)
            limits.refuse_when_full(
                list(of_one_address[:_MOST_CODES_PER_HOUR_AND_ADDRESS]),
                _MOST_CODES_PER_HOUR_AND_ADDRESS,
                _HOUR,
                CodeTooSoonError,
            )
        OneTimeCode.objects.create(
            phone_index=index,
            purpose=OneTimeCode.Purpose.SIGN_IN,
            code_hash=_code_hash(index, code),
            address_key=address_key(address),
            created_at=now,
            expires_at=now + CODE_VALID_FOR,
        )
    send(number, code)


def check_code(*, phone_number: str, code: str, address: str) -> Account:
    """Return the account of the phone to which this code was sent; a new phone opens one.

    Only the latest code of a phone counts, once, for five minutes and five tries.

    :raises InvalidInputError: not a mobile number.
    :raises CodeRefusedError: wrong, used, too old, tried too often, or the account is blocked.
    :raises TooManyAttemptsError: too many tries for this phone or from this address.
    """
    number = _read_phone(phone_number)
    index = _phone_index(number)
    attempt = limits.admit(
        key=phone_key(number), method=SignInAttempt.Method.SMS_CODE, address=address
    )
    _use_code(index, code)
    account = open_phone_account(phone_number=number)
    if not account.is_active:
        raise CodeRefusedError
    limits.succeeded(attempt, account.pk)
    return account


def _use_code(index: bytes, code: str) -> None:
    """Spend a try of the latest code, and the code itself when it fits."""
    now = calendars.now()
    latest = (
        OneTimeCode.objects.filter(phone_index=index, purpose=OneTimeCode.Purpose.SIGN_IN)
        .order_by("-created_at", "-pk")
        .first()
    )
    if latest is None:
        raise CodeRefusedError
    usable = OneTimeCode.objects.filter(pk=latest.pk, used_at=None, expires_at__gt=now)
    # The try is spent before the code is looked at, so tries side by side cannot exceed five.
    if not usable.filter(tries__lt=MOST_TRIES_PER_CODE).update(tries=F("tries") + 1):
        raise CodeRefusedError
    typed = _code_hash(index, "".join(code.split()))
    if not hmac.compare_digest(bytes(latest.code_hash), typed):
        raise CodeRefusedError
    if not usable.update(used_at=now):
        raise CodeRefusedError


def _read_phone(text: str) -> str:
    try:
        return phone.parse(text)
    except InvalidCodeError as fault:
        raise InvalidInputError(problems=[field_problem("phone", fault.error)]) from fault


def _phone_index(number: str) -> bytes:
    return crypto.blind_index(number, "account_phone")


def _code_hash(index: bytes, code: str) -> bytes:
    return crypto.blind_index(f"{index.hex()}:{code}", "one_time_code")
