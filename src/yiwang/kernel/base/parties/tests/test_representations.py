"""Authorities: who may give them, how long they count, who may take them back."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from yiwang.kernel.base import calendars
from yiwang.kernel.base.access.contracts import SYSTEM, Actor
from yiwang.kernel.base.access.facade import AssuranceTooLowError
from yiwang.kernel.base.identity.tests import cast
from yiwang.kernel.base.parties import facade as parties
from yiwang.kernel.base.parties.models import Party, Representation
from yiwang.kernel.errors import InvalidInputError, NotFoundError, StaleError

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 5, 6, 12, tzinfo=calendars.LOCAL_ZONE)
DAY = NOON.date()


@pytest.fixture(autouse=True)
def _clock() -> Any:
    with calendars.freeze(NOON) as clock:
        yield clock


def authorise(giver: Actor, agent: Actor, **change: Any) -> Representation:
    person = cast.party_of(agent)
    return parties.authorise_representative(
        **{
            "principal": cast.party_of(giver),
            "agent_name": person.name,
            "agent_citizen_id_no": person.citizen_id_no,
            "valid_from": DAY,
            "actor": giver,
            **change,
        }
    )


def test_an_authority_counts_from_the_first_day_to_the_last(_clock: calendars.FrozenTime) -> None:
    mother, son = cast.citizen("陈母"), cast.citizen("陈子")
    authorise(mother, son, valid_from=DAY + timedelta(1), valid_to=DAY + timedelta(3))

    counts = []
    for _day in range(5):
        counts.append(parties.may_act_for(son.party_id, mother.party_id))
        _clock.advance(timedelta(days=1))
    assert counts == [False, True, True, True, False]
    assert not parties.may_act_for(mother.party_id, son.party_id)


def test_an_authority_for_one_matter_does_not_cover_another() -> None:
    mother, son = cast.citizen("陈母"), cast.citizen("陈子")
    authorise(mother, son, item_keys=["elder_card"])

    assert parties.may_act_for(son.party_id, mother.party_id)
    assert parties.may_act_for(son.party_id, mother.party_id, "elder_card")
    assert not parties.may_act_for(son.party_id, mother.party_id, "food_licence_new")


def test_only_the_principal_gives_it_and_nobody_passes_it_on() -> None:
    mother, son, friend = cast.citizen("陈母"), cast.citizen("陈子"), cast.citizen("林友")
    authorise(mother, son)

    acting_son = Actor(**{**_fields(son), "acting_for_id": mother.party_id})
    for caller in (friend, son, acting_son):
        with pytest.raises(NotFoundError):
            authorise(mother, friend, actor=caller)
    with pytest.raises(NotFoundError):
        authorise(mother, friend, kind=Representation.Kind.GUARDIAN)
    assert Representation.objects.count() == 1


def test_the_operator_gives_it_for_the_business() -> None:
    owner, clerk = cast.citizen("店主"), cast.citizen("店员")
    shop = cast.business(cast.party_of(owner))

    authorise(owner, clerk, principal=shop)

    assert list(parties.list_principals(clerk.party_id)) == [shop]


def test_a_name_not_verified_is_not_enough() -> None:
    mother, son = cast.citizen("陈母"), cast.citizen("陈子")

    with pytest.raises(AssuranceTooLowError):
        authorise(mother, son, actor=Actor(**{**_fields(mother), "assurance_level": 1}))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"agent_name": "陈女"}, parties.RepresentativeUnknownError),
        ({"agent_name": ""}, InvalidInputError),
        ({"agent_citizen_id_no": "441702199001010001"}, InvalidInputError),
        ({"valid_to": DAY - timedelta(1)}, parties.RepresentationError),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, Any], error: type[Exception]) -> None:
    mother, son = cast.citizen("陈母"), cast.citizen("陈子")

    with pytest.raises(error):
        authorise(mother, son, **change)

    assert not Representation.objects.exists()


def test_not_to_oneself_and_not_twice() -> None:
    mother, son = cast.citizen("陈母"), cast.citizen("陈子")

    with pytest.raises(parties.RepresentationError, match="自己"):
        authorise(mother, mother)
    authorise(mother, son)
    with pytest.raises(parties.RepresentationError, match="已经授权"):
        authorise(mother, son)


def test_it_ends_at_once_when_either_takes_it_back() -> None:
    mother, son, friend = cast.citizen("陈母"), cast.citizen("陈子"), cast.citizen("林友")
    given = authorise(mother, son)

    with pytest.raises(NotFoundError):
        parties.revoke_representation(representation_id=given.pk, actor=friend)
    assert parties.may_act_for(son.party_id, mother.party_id)
    parties.revoke_representation(representation_id=given.pk, actor=mother)
    assert not parties.may_act_for(son.party_id, mother.party_id)
    with pytest.raises(StaleError):
        parties.revoke_representation(representation_id=given.pk, actor=mother)

    again = authorise(mother, son)
    parties.revoke_representation(representation_id=again.pk, actor=son)
    assert not parties.may_act_for(son.party_id, mother.party_id)


def test_death_ends_it(_clock: calendars.FrozenTime) -> None:
    mother, son = cast.citizen("陈母"), cast.citizen("陈子")
    authorise(mother, son)
    Party.objects.filter(pk=mother.party_id).update(died_on=date(2026, 5, 6))

    assert parties.may_act_for(son.party_id, mother.party_id)
    _clock.advance(timedelta(days=1))
    assert not parties.may_act_for(son.party_id, mother.party_id)


def test_the_number_of_authorities_does_not_change_the_number_of_queries() -> None:
    son = cast.citizen("陈子")
    for size in (1, 6):
        for _each in range(size):
            authorise(cast.citizen("陈母"), son)
        with CaptureQueriesContext(connection) as queries:
            assert len(list(parties.list_principals(son.party_id))) >= size
        assert len(queries) == 1


def test_a_guardian_is_recorded_by_the_system_with_its_document() -> None:
    child, father = cast.citizen("陈娃"), cast.citizen("陈父")

    given = authorise(
        child,
        father,
        actor=SYSTEM,
        kind=Representation.Kind.GUARDIAN,
        evidence="出生医学证明",
    )

    assert given.evidence == "出生医学证明"
    assert parties.may_act_for(father.party_id, child.party_id)


def _fields(actor: Actor) -> dict[str, Any]:
    return {field: getattr(actor, field) for field in Actor.__dataclass_fields__}
