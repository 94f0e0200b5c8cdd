"""找事项: one entry for each thing that can be done, nearest first, for anyone."""

import pytest
from django.test import Client

from tests.city import HOME, HOME_TOWN, City, client_of
from yiwang.kernel.base.http.testing import assert_query_count
from yiwang.services.items.catalogue import find_items, places_of, units_by_county
from yiwang.services.items.models import ImplementationItem
from yiwang.services.items.selectors import ItemFilter

pytestmark = pytest.mark.django_db

PUBLIC = [
    "/",
    "/search/",
    "/search/?q=个体&live=1",
    "/departments/",
    "/places/",
    "/services/birth_registration/",
    "/items/birth_registration.441702001000.town_government/",
]


def titles(client: Client, query: str) -> list[str]:
    return [row["title"] for row in client.get(f"/search/{query}").context["rows"]]


def test_one_entry_stands_for_all_places(city: City, client: Client) -> None:
    rows = client.get("/search/?q=个体工商户设立登记").context["rows"]
    assert [(row["title"], row["where"]) for row in rows] == [
        ("个体工商户设立登记", "7 个地方可办")
    ]
    assert rows[0]["href"] == "/services/individual_business_registration/"


def test_whoever_is_signed_in_gets_the_offer_of_their_own_place(city: City) -> None:
    client = client_of(city.citizen(town="441781101000"))
    (row,) = client.get("/search/?q=个体工商户设立登记").context["rows"]
    assert row["where"] == "阳春市市场监督管理局"
    assert row["href"] == city.item("individual_business_registration", "441781000000").code.join(
        ("/items/", "/")
    )
    assert row["others"] == 6


def test_a_place_keeps_what_serves_it_from_above_and_what_is_offered_below(city: City) -> None:
    in_town = {one.row.item.key: one for one in find_items(ItemFilter(division=HOME_TOWN))}
    assert in_town["birth_registration"].row.division_id == HOME_TOWN
    assert in_town["senior_card"].row.division_id == HOME
    in_county = {one.row.item.key: one for one in find_items(ItemFilter(division=HOME))}
    assert in_county["birth_registration"].places == 11
    assert not in_county["birth_registration"].is_settled


def test_filters_narrow_and_an_unknown_place_has_nothing(city: City, client: Client) -> None:
    assert "生育登记" in titles(client, "?life_event=BIRTH")
    assert "食品经营许可" not in titles(client, "?life_event=BIRTH")
    assert "生育登记" not in titles(client, "?audience=ENTERPRISE")
    unit = city.item("senior_card").organization_id
    of_unit = titles(client, f"?organization={unit}")
    assert "老年人优待证办理" in of_unit
    assert "生育登记" not in of_unit
    assert titles(client, "?division=999999999999") == []


@pytest.mark.parametrize(
    "query",
    ["?q=%00", "?q=" + "长" * 5000, "?start=99999999999999999999", "?start=-1", "?division=%00"],
)
def test_odd_addresses_are_answered(city: City, client: Client, query: str) -> None:
    assert client.get(f"/search/{query}").status_code == 200


def test_the_live_list_is_short_and_empty_without_words(city: City, client: Client) -> None:
    assert client.get("/search/?live=1&q=").context["rows"] == []
    assert len(client.get("/search/?live=1&q=许可").context["rows"]) <= 8


def test_towns_are_chosen_below_their_county_and_the_own_town_comes_first(city: City) -> None:
    page = client_of(city.citizen()).get("/services/birth_registration/")
    assert [one["name"] for one in page.context["mine"]] == ["南恩街道"]
    groups = {group["name"]: group for group in page.context["groups"]}
    assert groups["江城区"]["is_near"]
    assert "南恩街道" not in [one["name"] for one in groups["江城区"]["rows"]]
    assert len(places_of("birth_registration")) == 6


def test_an_item_with_one_place_needs_no_choice(city: City, client: Client) -> None:
    offer = city.item("senior_card")
    ImplementationItem.objects.filter(item=offer.item).exclude(pk=offer.pk).update(is_active=False)
    answer = client.get("/services/senior_card/")
    assert answer.headers["Location"] == f"/items/{offer.code}/"


@pytest.mark.parametrize("path", ["/services/no_such_item/", "/items/no.such.offer/"])
def test_what_is_not_there_is_said_so(city: City, client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_departments_stand_below_their_county(city: City) -> None:
    home = next(one for one in units_by_county() if one.place.code == HOME)
    names = [unit.short_name for unit in home.own]
    # Chinese names stand in the order of their pinyin, whatever packs add between them.
    expected = ["城管执法局", "民政局", "市场监管局", "卫生健康局"]
    assert [name for name in names if name in expected] == expected
    assert len(home.towns) == 11


@pytest.mark.parametrize("path", PUBLIC)
def test_finding_is_open_to_everybody(city: City, client: Client, path: str) -> None:
    official = client_of(city.official("market_supervision.receiver"))
    for caller in (client, client_of(city.citizen()), official):
        assert caller.get(path).status_code == 200


def test_a_search_asks_the_database_as_often_whatever_it_finds(city: City) -> None:
    client = client_of(city.citizen())
    client.get("/search/")
    for query in ("?q=个体工商户设立登记", ""):
        with assert_query_count("portal.search"):
            client.get(f"/search/{query}")


def test_the_list_of_departments_asks_a_fixed_number_of_questions(
    city: City, client: Client
) -> None:
    with assert_query_count("portal.departments"):
        client.get("/departments/")
    ImplementationItem.objects.filter(item__key="birth_registration").update(is_active=False)
    with assert_query_count("portal.departments"):
        client.get("/departments/")
