"""Registering people and businesses: sealed numbers, one row each, clear refusals."""

from datetime import date

import pytest
from django.db import connection

from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.base.identity.tests import cast
from yiwang.kernel.base.parties import facade as parties
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.base.parties.population import FaceMatch
from yiwang.kernel.base.parties.rules import citizen_id_no, uscc
from yiwang.kernel.base.parties.rules.errors import InvalidCodeError
from yiwang.kernel.errors import InvalidInputError, NotFoundError

pytestmark = pytest.mark.django_db

NUMBER = str(citizen_id_no.make("441702", date(1990, 2, 28), 124))


def register(**change: str) -> Party:
    return parties.register_person(
        **{"name": "欧阳敏", "citizen_id_no": NUMBER, "actor": SYSTEM, **change}
    )


def test_a_person_is_found_by_number_and_nothing_readable_is_stored() -> None:
    party = register(phone_number="13800138000", address="阳江市江城区南恩路 1 号")

    assert (party.birth_date, party.sex) == (date(1990, 2, 28), "FEMALE")
    spaced = f"{NUMBER[:6]} {NUMBER[6:]}".lower()
    assert parties.find_by_citizen_id_no(spaced) == party
    assert list(Party.objects.with_phone("+86 138-0013-8000")) == [party]
    with connection.cursor() as cursor:
        cursor.execute("SELECT parties_party::text FROM parties_party WHERE id = %s", [party.pk])
        stored = cursor.fetchone()[0]
    for secret in (NUMBER, "13800138000", "南恩路"):
        assert secret not in stored
        assert secret.encode().hex() not in stored


def test_the_same_person_again_is_the_same_row_and_unchanged() -> None:
    party = register(phone_number="13800138000")

    assert register(phone_number="13900139000") == party
    party.refresh_from_db()
    assert party.phone == "13800138000"
    assert Party.objects.count() == 1


def test_another_name_on_the_same_number_is_refused_without_telling_the_name() -> None:
    register()

    with pytest.raises(parties.RealNameMismatchError) as refused:
        register(name="欧阳明")

    assert "欧阳敏" not in str(refused.value.as_problem())
    assert Party.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        ({"citizen_id_no": NUMBER[:-1] + "0"}, [("citizen_id_no", "CITIZEN_ID_CHECK")]),
        (
            {"name": "王", "phone_number": "110"},
            [("phone", "PHONE_NOT_MOBILE"), ("name", "NAME_TOO_SHORT")],
        ),
        (
            {"name": "", "citizen_id_no": ""},
            [("name", "NAME_EMPTY"), ("citizen_id_no", "CITIZEN_ID_LENGTH")],
        ),
    ],
)
def test_every_fault_is_named_at_once(
    change: dict[str, str], problems: list[tuple[str, str]]
) -> None:
    if change.get("citizen_id_no") == NUMBER:
        raise AssertionError("the case must change the check digit")

    with pytest.raises(InvalidInputError) as refused:
        register(**change)

    assert [(one.field, one.code) for one in refused.value.problems] == problems
    assert not Party.objects.exists()


def test_a_number_of_the_future_is_refused() -> None:
    unborn = str(citizen_id_no.make("441702", date(2199, 1, 1), 1))

    with pytest.raises(InvalidInputError) as refused:
        register(citizen_id_no=unborn)

    assert refused.value.problems[0].code == "CITIZEN_ID_BIRTH_DATE"


def test_what_is_no_number_cannot_be_looked_up() -> None:
    with pytest.raises(InvalidCodeError):
        parties.find_by_citizen_id_no("44170219900228")


def test_a_business_belongs_to_its_operator_who_may_change() -> None:
    first, second = register(), cast.person("李次")
    code = str(uscc.make("92", "441702", 7))
    shop = parties.register_business(name="敏记粥铺", uscc_code=code, operator=first, actor=SYSTEM)

    assert shop.kind == Party.Kind.INDIVIDUAL_BUSINESS
    assert list(parties.list_principals(first.pk)) == [shop]
    again = parties.register_business(
        name="敏记粥铺", uscc_code=code.lower(), operator=second, actor=SYSTEM
    )
    assert again == shop
    assert not parties.may_act_for(first.pk, shop.pk)
    assert parties.may_act_for(second.pk, shop.pk)
    with pytest.raises(parties.UsccTakenError):
        parties.register_business(name="别家粥铺", uscc_code=code, operator=first, actor=SYSTEM)


def test_a_code_that_does_not_begin_with_92_makes_a_legal_person() -> None:
    company = parties.register_business(
        name="阳江某某有限公司",
        uscc_code=str(uscc.make("91", "441702", 8)),
        operator=register(),
        actor=SYSTEM,
    )

    assert company.kind == Party.Kind.LEGAL_PERSON


def test_contact_data_are_changed_by_their_owner_only() -> None:
    me, other = cast.citizen("陈小明"), cast.citizen("吴路人")
    party = cast.party_of(me)

    with pytest.raises(NotFoundError):
        parties.update_contact(party=party, actor=other, phone_number="13800138000")
    with pytest.raises(InvalidInputError):
        parties.update_contact(party=party, actor=me, phone_number="12345")
    parties.update_contact(party=party, actor=me, phone_number="13800138000", address=" 南恩路 ")

    party = cast.party_of(me)
    assert (party.phone, party.address) == ("13800138000", "南恩路")
    parties.update_contact(party=party, actor=me, phone_number="")
    assert not Party.objects.with_phone("13800138000").exists()


class _Population:
    """A source that knows one person and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def check_config(self) -> list[str]:
        return []

    def picture_choices(self) -> list[tuple[str, str, str]]:
        return []

    def check_name(self, *, name: str, citizen_id_no: str) -> bool:
        self.asked += 1
        return (name, citizen_id_no) == ("欧阳敏", NUMBER)

    def check_face(self, *, name: str, citizen_id_no: str, image_token: str) -> FaceMatch:
        return FaceMatch(match=False, score=0.0)


def test_a_new_person_is_checked_by_the_source_and_a_known_one_is_not() -> None:
    source, before = _Population(), parties.source()
    parties.register_source(source)
    try:
        with pytest.raises(parties.RealNameMismatchError):
            parties.find_or_register_person(actor=SYSTEM, name="欧阳明", citizen_id_no=NUMBER)
        assert not Party.objects.exists()
        party = parties.find_or_register_person(actor=SYSTEM, name="欧阳敏", citizen_id_no=NUMBER)
        again = parties.find_or_register_person(actor=SYSTEM, name="欧阳 敏", citizen_id_no=NUMBER)
    finally:
        parties.register_source(before)

    assert party == again
    assert source.asked == 2
