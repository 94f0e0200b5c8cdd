"""Passwords and codes: who gets in, how often one may try, what is told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections

from yiwang.kernel.base import calendars
from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.base.identity import codes
from yiwang.kernel.base.identity import facade as identity
from yiwang.kernel.base.identity.actions import signing_in
from yiwang.kernel.base.identity.errors import (
    CodeRefusedError,
    CodeTooSoonError,
    SignInRefusedError,
    SmsUnavailableError,
    TooManyAttemptsError,
    UsernameTakenError,
    WeakPasswordError,
)
from yiwang.kernel.base.identity.models import Account, OneTimeCode, SignInAttempt
from yiwang.kernel.base.identity.tests import cast
from yiwang.kernel.errors import InvalidInputError

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 5, 6, 12, tzinfo=calendars.LOCAL_ZONE)
PHONE = "13800138000"


@pytest.fixture
def clock() -> Any:
    with calendars.freeze(NOON) as frozen:
        yield frozen


@pytest.fixture
def outbox() -> Any:
    """What the connected sender was given: (phone, code)."""
    sent: list[tuple[str, str]] = []
    before = list(codes._senders)
    codes.register_sender(lambda phone, code: sent.append((phone, code)))
    yield sent
    codes._senders[:] = before


def enter(username: str, password: str, address: str = "10.1.1.1") -> Account:
    return signing_in.check_password(username=username, password=password, address=address)


def test_the_right_password_lets_in_and_is_not_stored(clock: Any) -> None:
    account = cast.account_of(cast.citizen())

    assert enter(f" {account.username} ", cast.PASSWORD) == account
    assert account.password.startswith("argon2")
    assert cast.PASSWORD not in account.password
    attempt = SignInAttempt.objects.get(account_id=account.pk)
    assert (attempt.succeeded, attempt.address) == (True, "10.1.1.1")


def test_unknown_wrong_and_blocked_are_one_answer(clock: Any) -> None:
    account = cast.account_of(cast.citizen())
    blocked = cast.account_of(cast.citizen("停用"))
    Account.objects.filter(pk=blocked.pk).update(is_active=False)

    answers = set()
    for username, password in (
        ("nobody-here", cast.PASSWORD),
        (account.username, "wrong-password"),
        (blocked.username, cast.PASSWORD),
    ):
        with pytest.raises(SignInRefusedError) as refused:
            enter(username, password)
        answers.add(str(refused.value.as_problem()))
    assert len(answers) == 1


def test_an_unknown_name_costs_the_same_hashing(clock: Any, monkeypatch: Any) -> None:
    hashed = []
    from django.contrib.auth.hashers import Argon2PasswordHasher

    original = Argon2PasswordHasher.encode
    monkeypatch.setattr(
        Argon2PasswordHasher,
        "encode",
        lambda self, password, salt: hashed.append(1) or original(self, password, salt),
    )

    with pytest.raises(SignInRefusedError):
        enter("nobody-here", "some-password")

    assert hashed == [1]


def test_five_wrong_passwords_pause_the_account_for_a_quarter_of_an_hour(
    clock: calendars.FrozenTime,
) -> None:
    account = cast.account_of(cast.citizen())
    for _each in range(5):
        with pytest.raises(SignInRefusedError):
            enter(account.username, "wrong-password", address="10.1.1.2")
        clock.advance(timedelta(minutes=1))

    with pytest.raises(TooManyAttemptsError) as paused:
        enter(account.username.upper(), cast.PASSWORD, address="10.9.9.9")

    assert paused.value.status == 429
    assert paused.value.retry_at == NOON + timedelta(minutes=15)
    assert paused.value.details["retry_after_s"] == 600
    assert "12:15" in paused.value.mend[0]
    # A refused try is not counted: the pause does not grow, and the right password then lets in.
    clock.move_to(NOON + timedelta(minutes=15, seconds=1))
    assert enter(account.username, cast.PASSWORD) == account


def test_a_success_wipes_the_slate_of_the_account(clock: calendars.FrozenTime) -> None:
    account = cast.account_of(cast.citizen())
    for _round in range(2):
        for _each in range(4):
            with pytest.raises(SignInRefusedError):
                enter(account.username, "wrong-password")
            clock.advance(timedelta(seconds=1))
        assert enter(account.username, cast.PASSWORD) == account
        clock.advance(timedelta(seconds=1))


def test_one_address_may_not_try_every_name(clock: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("yiwang.kernel.base.identity.limits.MOST_FAILURES_PER_ADDRESS", 3)
    account = cast.account_of(cast.citizen())
    for name in ("a", "b", "c"):
        with pytest.raises(SignInRefusedError):
            enter(name, "wrong-password", address="2001:db8::1")

    # Another address of the same subscriber is the same door.
    with pytest.raises(TooManyAttemptsError):
        enter(account.username, cast.PASSWORD, address="2001:db8::2")
    assert enter(account.username, cast.PASSWORD, address="2001:db8:1::2") == account


def test_a_code_lets_a_new_phone_in_once(outbox: list[Any], clock: Any) -> None:
    signing_in.send_code(phone_number=f"+86 {PHONE}", address="10.1.1.1")
    number, code = outbox.pop()

    assert number == PHONE
    assert len(code) == 6 and code.isdigit()
    stored = OneTimeCode.objects.get()
    assert code.encode() not in bytes(stored.code_hash)
    account = signing_in.check_code(phone_number=PHONE, code=f" {code[:3]} {code[3:]}", address="")
    assert (account.kind, account.assurance_level, account.party) == ("CITIZEN", 1, None)
    assert PHONE not in account.username and account.display_name == "138****8000"
    with pytest.raises(CodeRefusedError):
        signing_in.check_code(phone_number=PHONE, code=code, address="")


def test_the_same_phone_is_the_same_account(outbox: list[Any], clock: Any) -> None:
    account = cast.account_of(cast.citizen(phone_number=PHONE))
    signing_in.send_code(phone_number=PHONE, address="")

    assert signing_in.check_code(phone_number=PHONE, code=outbox[0][1], address="") == account


@pytest.mark.parametrize(("minutes", "lets_in"), [(4.9, True), (5.1, False)])
def test_a_code_lives_five_minutes(
    outbox: list[Any], clock: calendars.FrozenTime, minutes: float, lets_in: bool
) -> None:
    signing_in.send_code(phone_number=PHONE, address="")
    clock.advance(timedelta(minutes=minutes))

    if lets_in:
        assert signing_in.check_code(phone_number=PHONE, code=outbox[0][1], address="")
    else:
        with pytest.raises(CodeRefusedError):
            signing_in.check_code(phone_number=PHONE, code=outbox[0][1], address="")


def test_only_the_latest_code_counts_and_only_for_its_phone(
    outbox: list[Any], clock: calendars.FrozenTime
) -> None:
    signing_in.send_code(phone_number=PHONE, address="")
    clock.advance(timedelta(minutes=2))
    signing_in.send_code(phone_number=PHONE, address="")
    signing_in.send_code(phone_number="13900139000", address="")
    first, second, other = (code for _phone, code in outbox)

    for wrong in {first, other} - {second}:
        with pytest.raises(CodeRefusedError):
            signing_in.check_code(phone_number=PHONE, code=wrong, address="")
    assert signing_in.check_code(phone_number=PHONE, code=second, address="")


def test_five_wrong_codes_use_a_code_up(outbox: list[Any], clock: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("yiwang.kernel.base.identity.limits.MOST_FAILURES_PER_KEY", 99)
    signing_in.send_code(phone_number=PHONE, address="")
    code = outbox[0][1]
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for _each in range(5):
        with pytest.raises(CodeRefusedError):
            signing_in.check_code(phone_number=PHONE, code=wrong, address="")

    with pytest.raises(CodeRefusedError):
        signing_in.check_code(phone_number=PHONE, code=code, address="")


def test_codes_are_sent_once_a_minute_and_five_times_an_hour(
    outbox: list[Any], clock: calendars.FrozenTime
) -> None:
    for _each in range(5):
        signing_in.send_code(phone_number=PHONE, address="10.1.1.1")
        with pytest.raises(CodeTooSoonError) as soon:
            signing_in.send_code(phone_number=PHONE, address="10.1.1.1")
        assert 0 < soon.value.details["retry_after_s"] <= 60
        clock.advance(timedelta(seconds=61))

    with pytest.raises(CodeTooSoonError) as later:
        signing_in.send_code(phone_number=PHONE, address="10.1.1.1")
    assert later.value.retry_at == NOON + timedelta(hours=1)
    assert len(outbox) == 5


def test_without_a_sender_the_answer_is_clear_and_no_code_is_made(clock: Any) -> None:
    before = list(codes._senders)
    codes._senders.clear()
    try:
        with pytest.raises(SmsUnavailableError):
            signing_in.send_code(phone_number=PHONE, address="")
    finally:
        codes._senders[:] = before
    assert not OneTimeCode.objects.exists()


def test_a_landline_gets_no_code(outbox: list[Any]) -> None:
    with pytest.raises(InvalidInputError) as refused:
        signing_in.send_code(phone_number="0662-3222222", address="")

    assert refused.value.problems[0].field == "phone"
    assert outbox == []


@pytest.mark.parametrize(
    "password",
    ["short", "aaaaaaaaaaaa", "1234567890", "password123", "citizen-clara-1", "x" * 201],
)
def test_weak_passwords_are_refused(password: str) -> None:
    with pytest.raises(WeakPasswordError):
        identity.create_citizen(
            username="citizen-clara", person=cast.person(), actor=SYSTEM, password=password
        )
    assert not Account.objects.filter(username="citizen-clara").exists()


def test_a_user_name_is_given_once() -> None:
    identity.create_citizen(
        username="clara", person=cast.person(), actor=SYSTEM, password=cast.PASSWORD
    )

    with pytest.raises(UsernameTakenError):
        identity.create_citizen(
            username="clara", person=cast.person(), actor=SYSTEM, password=cast.PASSWORD
        )


@pytest.mark.django_db(transaction=True)
def test_tries_at_the_same_instant_are_as_limited_as_tries_in_turn(monkeypatch: Any) -> None:
    # Hashing is not what is raced here.
    monkeypatch.setattr(signing_in, "make_password", lambda password: "")

    def attempt(_number: int) -> str:
        try:
            enter("nobody-here", "wrong-password", address="")
        except (SignInRefusedError, TooManyAttemptsError) as refusal:
            return refusal.code
        finally:
            connections[connection.alias].close()
        return "LET_IN"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(attempt, range(16)))

    assert outcomes.count("SIGN_IN_REFUSED") == 5
    assert outcomes.count("TOO_MANY_ATTEMPTS") == 11
