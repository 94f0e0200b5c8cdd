"""A phone that has just signed in and proved no name yet: it sees and begins nothing."""

import pytest

from yiwang.kernel.base.calendars import freeze
from yiwang.kernel.base.identity.actions.accounts import open_phone_account
from yiwang.kernel.base.identity.tests import cast
from yiwang.services.applications.selectors import visible_cases
from yiwang.services.applications.tests import desk_cast as desk

API = "/api/v1"


@pytest.fixture(scope="module", autouse=True)
def city(django_db_setup, django_db_blocker):
    with (
        django_db_blocker.unblock(),
        freeze(desk.MONDAY, whole_process=True),
        desk.the_city("yj.food-licence"),
    ):
        yield


@pytest.fixture
def phone(city, db):
    account = open_phone_account(phone_number="13900001235")
    assert account.party_id is None
    return desk.Actor(account.pk, account.display_name, "CITIZEN", None, None, 1)


def test_cases_without_an_agent_are_not_those_of_a_phone_without_a_name(phone):
    case = desk.food_case(cast.citizen())
    assert case.agent_id is None
    assert list(visible_cases(phone)) == []
    client = desk.client_of(phone)
    assert client.get(f"{API}/cases").json()["items"] == []
    for path in (f"{API}/cases/{case.number}", f"/cases/{case.number}/"):
        assert client.get(path).status_code == 404


def test_what_belongs_to_a_person_first_asks_who_the_person_is(phone):
    client = desk.client_of(phone)
    for path in ("/me/", f"/apply/{desk.offer('food_licence_new').code}/"):
        answer = client.get(path)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/me/real-name/?next=%2F")
    assert client.get("/cases/").status_code == 200
