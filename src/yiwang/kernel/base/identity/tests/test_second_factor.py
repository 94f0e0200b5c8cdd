"""One-time codes: the standard's values, sealed secrets, each code once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator

from yiwang.kernel.base import calendars
from yiwang.kernel.base.identity import second_factor
from yiwang.kernel.base.identity.errors import SecondFactorRefusedError
from yiwang.kernel.base.identity.models import Account
from yiwang.kernel.base.identity.tests import cast
from yiwang.kernel.errors import StaleError

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 5, 6, 12, tzinfo=calendars.LOCAL_ZONE)


@pytest.fixture
def clock() -> Any:
    with calendars.freeze(NOON) as frozen:
        yield frozen


def set_up() -> tuple[Account, str]:
    actor = cast.citizen()
    account, secret = cast.account_of(actor), second_factor.new_secret()
    code = second_factor.code_at(secret, second_factor.present_counter() - 1)
    second_factor.set_up(account=account, secret=secret, code=code, actor=actor)
    return account, secret


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_the_values_of_the_standard(seconds: int, code: str) -> None:
    """RFC 6238 appendix B, SHA-1, the last six digits; the secret is its ASCII text in base 32."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

    with calendars.freeze(datetime.fromtimestamp(seconds, UTC)):
        assert second_factor.code_at(secret, second_factor.present_counter()) == code


def test_a_code_counts_once_also_when_it_lies_next_to_the_present(clock: Any) -> None:
    account, secret = set_up()
    present = second_factor.code_at(secret, second_factor.present_counter())

    second_factor.confirm(account=account, code=f"{present[:3]} {present[3:]}")

    for _each in range(2):
        with pytest.raises(SecondFactorRefusedError):
            second_factor.confirm(account=account, code=present)
    earlier = second_factor.code_at(secret, second_factor.present_counter() - 1)
    with pytest.raises(SecondFactorRefusedError):
        second_factor.confirm(account=account, code=earlier)
    clock.advance(timedelta(seconds=30))
    following = second_factor.code_at(secret, second_factor.present_counter())
    second_factor.confirm(account=account, code=following)


@pytest.mark.parametrize(
    ("periods", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_clock_may_be_half_a_minute_off(clock: Any, periods: int, fits: bool) -> None:
    account, secret = set_up()
    clock.advance(timedelta(minutes=5))
    code = second_factor.code_at(secret, second_factor.present_counter() + periods)

    if fits:
        second_factor.confirm(account=account, code=code)
    else:
        with pytest.raises(SecondFactorRefusedError):
            second_factor.confirm(account=account, code=code)


@pytest.mark.parametrize("code", ["", "12345", "１２３４５６", "abcdef", "0" * 500])
def test_what_is_no_code_is_refused(clock: Any, code: str) -> None:
    account, _secret = set_up()

    with pytest.raises(SecondFactorRefusedError):
        second_factor.confirm(account=account, code=code)


def test_the_secret_is_sealed(clock: Any) -> None:
    account, secret = set_up()

    stored = Authenticator.objects.get(user=account)

    assert secret not in str(stored.data)
    assert second_factor.SealingAdapter().decrypt(stored.data["secret"]) == secret


def test_one_authenticator_at_a_time_and_its_code_removes_it(clock: Any) -> None:
    account, secret = set_up()
    actor = cast.citizen("吴路人")
    other = second_factor.new_secret()
    code = second_factor.code_at(other, second_factor.present_counter())

    with pytest.raises(StaleError):
        second_factor.set_up(account=account, secret=other, code=code, actor=actor)
    with pytest.raises(SecondFactorRefusedError):
        second_factor.remove(account=account, code="000000", actor=actor)
    assert second_factor.has_totp(account)
    own = second_factor.code_at(secret, second_factor.present_counter())
    second_factor.remove(account=account, code=own, actor=actor)
    assert not second_factor.has_totp(account)


def test_the_address_for_authenticators_names_account_and_issuer() -> None:
    account = Account(username="clara")

    address = second_factor.otpauth_address(account, "ABC")

    assert address.startswith("otpauth://totp/clara?")
    assert "secret=ABC" in address and "issuer=Yiwang" in address
