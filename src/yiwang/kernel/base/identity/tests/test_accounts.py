"""Accounts: who may open them for others."""

import pytest

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.access.models import Grant
from yiwang.kernel.base.identity import facade as identity
from yiwang.kernel.base.identity.models import Account
from yiwang.kernel.base.identity.tests import cast
from yiwang.kernel.base.organizations.models import PostHolding
from yiwang.kernel.errors import NotFoundError, NotPermittedError

pytestmark = pytest.mark.usefixtures("yangjiang")

POST = "441702000000.health.reviewer"


def make_official(actor: Actor, *post_keys: str) -> Account:
    return identity.create_official(
        username="new-one", name="新同事", post_keys=post_keys, actor=actor
    )


def test_an_administrator_makes_officials_of_the_own_place_only() -> None:
    here = cast.official("区管理员", "441702000000.data_service.city_admin")
    elsewhere = cast.official("外区管理员", "441704000000.data_service.city_admin")
    reviewer = cast.official("审查员", POST)

    for caller, keys in (
        (elsewhere, [POST]),
        (reviewer, [POST]),
        (cast.citizen(), [POST]),
        (here, []),
        (here, [POST, "441704000000.health.reviewer"]),
    ):
        with pytest.raises(NotPermittedError):
            make_official(caller, *keys)
    assert not Account.objects.filter(username="new-one").exists()

    account = make_official(here, POST)
    assert PostHolding.objects.filter(account_id=account.pk, post=POST).exists()
    assert Grant.objects.filter(account_id=account.pk, permission="case.review").exists()


def test_a_post_that_does_not_exist_leaves_no_account() -> None:
    with pytest.raises(NotFoundError):
        make_official(cast.SYSTEM, POST, "nowhere.reviewer")
    assert not Account.objects.filter(username="new-one").exists()


def test_citizens_do_not_open_accounts_for_others_or_set_their_passwords() -> None:
    me, other = cast.citizen(), cast.citizen("吴路人")

    with pytest.raises(NotPermittedError):
        identity.create_citizen(username="another", person=cast.person(), actor=me)
    with pytest.raises(NotFoundError):
        identity.set_password(
            account=cast.account_of(other), password="a-new-and-long-one", actor=me
        )
    assert cast.account_of(other).check_password(cast.PASSWORD)
