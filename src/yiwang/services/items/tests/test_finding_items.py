"""Items are found by word, life event, unit and place, and told with every element of the guide."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.city import HOME, HOME_TOWN, City
from yiwang.kernel.base.http.testing import assert_query_count
from yiwang.kernel.casework.rules.models import RuleDefinition
from yiwang.kernel.errors import NotFoundError
from yiwang.services.items.actions.items import competent_units
from yiwang.services.items.models import ImplementationItem, ItemVersion, ServiceItem
from yiwang.services.items.selectors import (
    ItemFilter,
    get_implementation,
    list_life_events,
    search_items,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]
API = "/api/v1/items"


def keys(**wanted: str) -> set[str]:
    return {row.item.key for row in search_items(ItemFilter(**wanted), limit=50)}


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("个体工商户", "individual_business_registration"),
        ("老年优惠", "senior_card"),
        ("食品经营许可新办", "food_licence_new"),
        ("卫生许可", "public_place_hygiene_licence"),
        ("hygiene", "public_place_hygiene_licence"),
    ],
)
def test_the_item_with_the_word_in_name_or_keyword_comes_first(words: str, first: str) -> None:
    found = search_items(ItemFilter(words=words, division=HOME))
    assert found[0].item.key == first


def test_words_that_match_in_part_are_found_only_when_nothing_matches_whole() -> None:
    whole = search_items(ItemFilter(words="食品经营许可", division=HOME))
    found = {row.item.key for row in whole}
    assert "food_licence_new" in found
    assert all(key.startswith("food_licence_") for key in found)
    part = search_items(ItemFilter(words="食品经营许可 火箭", division=HOME))
    assert "food_licence_new" in {row.item.key for row in part}
    assert search_items(ItemFilter(words="火箭发射")) == []


@pytest.mark.proves("B03", "市、县（区）、镇三级机构的事项按所在地逐级列出，功能区和代管关系也认")
def test_a_place_is_served_by_the_units_of_every_place_above_it() -> None:
    served = search_items(ItemFilter(division=HOME_TOWN), limit=50)
    assert {row.division_id for row in served} == {HOME, HOME_TOWN}
    by_level = {row.item.key: row.level for row in served}
    assert by_level["birth_registration"] == "TOWN"
    assert by_level["food_licence_new"] == "COUNTY"
    # 闸坡 has a code below 江城区 and is managed by 海陵岛: that zone's units serve it.
    zone = {row.division_id for row in search_items(ItemFilter(division="441702105000"))}
    assert zone == {"441771000000", "441702105000"}
    assert search_items(ItemFilter(division="000000000000")) == []


def test_a_unit_a_life_event_and_an_audience_narrow_the_list() -> None:
    market = f"{HOME}.market_supervision"
    offered = ImplementationItem.objects.filter(organization=market, is_active=True)
    assert keys(organization=market) == set(offered.values_list("item__key", flat=True))
    assert {"food_licence_new", "prepackaged_food_filing"} <= keys(organization=market)
    assert "senior_card" not in keys(organization=market)
    assert "senior_card" in keys(life_event="RETIREMENT", division=HOME)
    assert "food_licence_new" not in keys(life_event="RETIREMENT", division=HOME)
    assert "senior_card" not in keys(audience="LEGAL_PERSON", division=HOME)
    assert keys(life_event="NONE") == set()
    counted = {entry["count"] for entry in list_life_events()}
    assert counted and 0 not in counted


def test_more_used_items_come_first_and_pages_do_not_overlap(city: City) -> None:
    offer = city.item("senior_card")
    ImplementationItem.objects.filter(pk=offer.pk).update(uses=1000)
    everything = ItemFilter(division=HOME)
    whole = [row.pk for row in search_items(everything, limit=50)]
    offsets = range(0, len(whole) + 3, 3)
    pages = [search_items(everything, limit=3, offset=offset) for offset in offsets]
    assert pages[0][0] == offer
    assert [row.pk for page in pages for row in page] == whole
    assert len(set(whole)) == len(whole)


@pytest.mark.proves(
    "B18", "办事指南有实施清单的全部要素：依据、条件、材料、时限、流程、结果、常见问题"
)
@pytest.mark.proves("B19", "实施清单逐项写明法定和承诺时限、跑动次数、网办深度、是否即办")
def test_the_guide_has_every_element(client, city: City) -> None:
    for key in ServiceItem.objects.filter(is_active=True).values_list("key", flat=True):
        code = ImplementationItem.objects.filter(item__key=key).order_by("code")[0].code
        guide = client.get(f"{API}/{code}").json()
        elements = guide["elements"]
        for name in ("legal_basis", "conditions", "procedure_zh", "results", "faqs", "delivery"):
            assert elements[name], (key, name)
        assert elements["limits"]["statutory"]["source"]
        assert isinstance(elements["trips"], int)
        assert elements["online_depth"]
        for material in elements["materials"]:
            assert material["sources"], (key, material["key"])
        promised = elements["limits"]["promised"]["amount"]
        assert (guide["promised_days"], guide["is_instant"]) == (promised, promised == 0)


@pytest.mark.proves("B14", "权责清单事项由有职能的单位逐一认领，没有职能的单位认领不到")
@pytest.mark.proves("B15", "目录里每个事项都有基本编码、类型和全部实施主体")
def test_every_competent_unit_and_no_other_offers_the_item() -> None:
    for version in ItemVersion.objects.filter(is_current=True).select_related("item__base"):
        competent = {unit.pk for unit in competent_units(version.content)}
        offers = ImplementationItem.objects.filter(item=version.item, is_active=True)
        assert competent
        assert set(offers.values_list("organization_id", flat=True)) == competent
        common = offers.filter(version__place=None)
        assert set(common.values_list("version_id", flat=True)) == {version.pk}
        # Where an overlay lies over it, it is the version of that place or of one above it.
        for offer in offers.exclude(version__place=None).select_related("version"):
            assert offer.version.place_id in offer.division_path
        assert version.item.base.item_kind == version.content["base"]["item_kind"]


def test_an_item_keeps_the_rules_that_it_was_published_with() -> None:
    for version in ItemVersion.objects.filter(is_current=True):
        for name, pk in version.rules.items():
            assert RuleDefinition.objects.get(pk=pk).key == version.content["rules"][name]


@pytest.mark.parametrize("code", ["", "nothing", "senior_card", "x" * 5000])
def test_an_offer_that_is_not_there_is_not_found(client, code: str) -> None:
    with pytest.raises(NotFoundError):
        get_implementation(code)
    if code:
        assert client.get(f"{API}/{code}").status_code == 404


def test_an_offer_that_was_taken_back_is_not_found(city: City, client) -> None:
    offer = city.item("senior_card")
    ImplementationItem.objects.filter(pk=offer.pk).update(is_active=False)
    with pytest.raises(NotFoundError):
        get_implementation(offer.code)
    found = client.get(API, {"q": "老年人", "division": HOME}).json()
    assert offer.code not in {row["code"] for row in found}


def test_the_api_lists_no_more_than_it_should(client) -> None:
    assert len(client.get(API, {"limit": 1000}).json()) == 50
    assert len(client.get(API, {"limit": 0}).json()) == 1
    assert len(client.get(API, {"limit": 5, "offset": -7}).json()) == 5
    refused = client.get(API, {"limit": "many"})
    assert (refused.status_code, refused.json()["code"]) == (422, "INVALID_INPUT")
    assert refused.json()["problems"][0]["field"] == "limit"


@pytest.mark.parametrize("given", [{"q": "\0"}, {"division": "\0"}, {"organization": "'; --"}])
def test_odd_words_do_no_harm(client, given: dict[str, str]) -> None:
    assert client.get(API, given).status_code in (200, 400, 422)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    words=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
)
def test_whatever_is_typed_is_searched_for(words: str) -> None:
    assert len(search_items(ItemFilter(words=words, division=HOME), limit=5)) <= 5


def test_search_and_guide_ask_the_database_the_same_however_much_there_is(client) -> None:
    with assert_query_count("items_search_small"):
        client.get(API, {"q": "许可", "division": HOME, "limit": 2})
    with assert_query_count("items_search_large"):
        client.get(API, {"q": "许可", "limit": 50})
    code = ImplementationItem.objects.order_by("code")[0].code
    with assert_query_count("items_guide"):
        client.get(f"{API}/{code}")
