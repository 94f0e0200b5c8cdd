"""Personal data are masked by default and shown in full by a logged act with a reason."""

import pytest

from yiwang.kernel.base.audit.models import AuditEntry
from yiwang.kernel.base.identity.tests import cast
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.base.parties import facade as parties
from yiwang.kernel.base.parties.errors import PurposeNeededError
from yiwang.kernel.errors import NotPermittedError

pytestmark = pytest.mark.usefixtures("yangjiang")


def test_a_card_hides_what_identifies_a_person_and_not_a_business_name() -> None:
    person = cast.person("欧阳小敏", phone_number="13800138000")
    shop = cast.business(person)

    card = parties.card(person)
    assert (card.name, card.phone, card.is_masked) == ("欧**敏", "138****8000", True)
    assert card.citizen_id_no == f"{person.citizen_id_no[:6]}********{person.citizen_id_no[14:]}"
    assert parties.card(shop).name == shop.name


def test_four_callers_who_want_it_in_full() -> None:
    person = cast.person("欧阳小敏")
    unit = Organization.objects.select_related("division").get(pk="441702000000.market_supervision")
    where = {"org_path": unit.path, "division_path": unit.division.path}
    reviewer = cast.official("审查员", "441702000000.market_supervision.reviewer")
    elsewhere = cast.official("外县审查", "441704000000.market_supervision.reviewer")
    receiver = cast.official("收件员", "441702000000.market_supervision.receiver")

    for caller in (cast.citizen("吴路人"), receiver, elsewhere):
        with pytest.raises(NotPermittedError):
            parties.reveal(caller, person, "核对身份", **where)
    with pytest.raises(NotPermittedError):
        parties.reveal(reviewer, person, "核对身份")
    with pytest.raises(PurposeNeededError):
        parties.reveal(reviewer, person, "  ", **where)
    reads = AuditEntry.objects.filter(kind=AuditEntry.Kind.READ, object_id=person.pk)
    assert not reads.filter(account_id=reviewer.account_id).exists()

    shown = parties.reveal(reviewer, person, "核对申请人身份", case_id=12, **where)

    assert shown.citizen_id_no == person.citizen_id_no
    read = reads.get(account_id=reviewer.account_id)
    assert (read.case_id, read.details["purpose"]) == (12, "核对申请人身份")


def test_one_sees_ones_own_data_and_that_is_logged_too() -> None:
    me = cast.citizen("陈小明")

    assert not parties.reveal(me, cast.party_of(me), "").is_masked
    assert AuditEntry.objects.filter(
        kind=AuditEntry.Kind.READ, account_id=me.account_id, object_id=me.party_id
    ).exists()
