"""Real-name and face checks against the sandbox process on a real socket."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.base.http.testing import running_sandbox
from yiwang.kernel.base.identity import facade as identity
from yiwang.kernel.base.identity.errors import IdentityTakenError
from yiwang.kernel.base.identity.models import Account
from yiwang.kernel.base.identity.realname import HttpPopulation
from yiwang.kernel.base.identity.tests import cast
from yiwang.kernel.base.parties import facade as parties
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.base.parties.rules import citizen_id_no
from yiwang.kernel.errors import NotFoundError

pytestmark = pytest.mark.django_db

NUMBER = str(citizen_id_no.make("441702", date(1990, 2, 28), 124))


@pytest.fixture(scope="module")
def sandbox_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("sandbox")
    (folder / "run").mkdir()
    (folder / "run" / "sandbox-population.json").write_text(
        json.dumps({NUMBER: "欧阳敏"}, ensure_ascii=False), encoding="utf-8"
    )
    with running_sandbox(folder) as process:
        yield process.url


@pytest.fixture
def sandbox(sandbox_address: str, settings: Any) -> None:
    settings.SANDBOX_URL = sandbox_address


def phone_account() -> Account:
    return identity.open_phone_account(phone_number="13800138000")


@pytest.mark.usefixtures("sandbox")
def test_a_verified_name_raises_the_account_and_names_the_person() -> None:
    account = phone_account()

    person = identity.verify_real_name(
        account=account, name="欧阳敏", citizen_id_no=NUMBER.lower(), actor=SYSTEM
    )

    account.refresh_from_db()
    assert (account.assurance_level, account.party, account.display_name) == (2, person, "欧阳敏")
    assert person.phone == "13800138000"
    again = identity.verify_real_name(
        account=account, name="欧阳敏", citizen_id_no=NUMBER, actor=SYSTEM
    )
    assert again == person


@pytest.mark.usefixtures("sandbox")
def test_a_name_that_does_not_fit_changes_nothing() -> None:
    account = phone_account()

    with pytest.raises(parties.RealNameMismatchError):
        identity.verify_real_name(
            account=account, name="欧阳明", citizen_id_no=NUMBER, actor=SYSTEM
        )

    account.refresh_from_db()
    assert (account.assurance_level, account.party) == (1, None)
    assert not Party.objects.exists()


@pytest.mark.usefixtures("sandbox")
def test_a_person_has_one_account_and_an_account_one_person() -> None:
    account = phone_account()
    identity.verify_real_name(account=account, name="欧阳敏", citizen_id_no=NUMBER, actor=SYSTEM)

    second = identity.open_phone_account(phone_number="13900139000")
    with pytest.raises(IdentityTakenError):
        identity.verify_real_name(account=second, name="欧阳敏", citizen_id_no=NUMBER, actor=SYSTEM)
    other = str(citizen_id_no.make("441702", date(1991, 1, 1), 3))
    with pytest.raises(parties.RealNameMismatchError):
        identity.verify_real_name(account=account, name="何人", citizen_id_no=other, actor=SYSTEM)
    second.refresh_from_db()
    assert second.assurance_level == 1


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize(("token", "match"), [("demo-self", True), ("fail-demo", False)])
def test_a_face_fits_or_not(token: str, match: bool) -> None:
    me = cast.citizen("陈小明")

    assert identity.check_face(actor=me, party_id=me.party_id, image_token=token) is match


@pytest.mark.usefixtures("sandbox")
def test_nobody_has_another_persons_face_checked() -> None:
    me, other = cast.citizen("陈小明"), cast.citizen("吴路人")

    for party_id in (other.party_id, cast.business(cast.party_of(me)).pk, 0):
        with pytest.raises(NotFoundError):
            identity.check_face(actor=me, party_id=party_id, image_token="demo-self")


@pytest.mark.parametrize(("address", "permanent"), [("", True), ("http://127.0.0.1:1", False)])
def test_a_source_that_does_not_answer_is_said_and_nothing_is_registered(
    settings: Any, address: str, permanent: bool
) -> None:
    settings.SANDBOX_URL = address

    with pytest.raises(parties.PopulationUnavailableError) as failed:
        parties.find_or_register_person(actor=SYSTEM, name="欧阳敏", citizen_id_no=NUMBER)

    assert failed.value.permanent is permanent
    assert not Party.objects.exists()
    assert bool(HttpPopulation().check_config()) is (address == "")
