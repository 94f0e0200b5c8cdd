"""综合窗口: identify, choose, fill in, hand over the receipt, let the person rate."""

import re

import pytest
from django.test import Client

from yiwang.kernel.base.calendars import freeze
from yiwang.kernel.base.identity.tests import cast
from yiwang.kernel.base.parties import facade as parties
from yiwang.kernel.base.parties.errors import PopulationUnavailableError
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.forms.models import Draft
from yiwang.kernel.casework.ratings.models import Rating
from yiwang.services.applications.models import Application
from yiwang.services.applications.tests import desk_cast as desk

WINDOW = "/desk/window/"


@pytest.fixture(scope="module", autouse=True)
def city(django_db_setup, django_db_blocker):
    with (
        django_db_blocker.unblock(),
        freeze(desk.MONDAY, whole_process=True),
        desk.the_city("yj.food-licence", "yj.road-occupation"),
    ):
        yield


@pytest.fixture(autouse=True)
def _database(city, db):
    """Each test's own savepoint inside the city."""


@pytest.fixture
def clerk():
    return cast.clerk()


@pytest.fixture
def person():
    return cast.person("陈小明", household="441702001000", phone_number="13827600001")


@pytest.fixture
def client(clerk):
    return desk.client_of(clerk)


def identify(client: Client, person):
    return client.post(WINDOW, {"name": person.name, "citizen_id_no": person.citizen_id_no})


def begin(client: Client, item: str) -> str:
    """Start the wizard for an item and return the address of its first page."""
    answer = client.post(f"{WINDOW}start/{desk.offer(item).code}/")
    assert answer.status_code == 302
    return answer.headers["Location"]


def fill_in(client: Client, where: str) -> str:
    """Fill in the wizard of the road item to its end; return the address of the case."""
    pages = {
        "circumstances": {
            "circumstances.purpose": "PARKING",
            "circumstances.affects_traffic": "false",
        },
        "applicant": {"contact_phone": "13827600001"},
        "occupation": {
            "road_name": "南恩路",
            "place_detail": "南恩路88号门前人行道",
            "area_sqm": "12",
            "start_date": "2026-10-26",
            "end_date": "2026-11-14",
            "reason": "店面装修，临时停放工程车",
        },
        "materials": {
            "material.site_plan": "paper",
            "material.business_licence": "paper",
            "material.traffic_plan": "paper",
            "material.restore_promise": "promise",
        },
        "review": {},
    }
    for _ in range(10):
        key = where.rstrip("/").rsplit("/", 1)[-1]
        answer = client.post(where, pages[key])
        assert answer.status_code == 302, re.findall(
            r'class="field-error.*?</p>', answer.content.decode(), re.S
        )
        where = answer.headers["Location"]
        if "/window/" not in where:
            return where
    raise AssertionError(f"the wizard does not end: {where}")


@pytest.mark.parametrize(
    ("who", "status"), [("anonymous", 302), ("citizen", 403), ("no clerk", 403), ("clerk", 200)]
)
def test_the_window_is_for_window_clerks(who, status):
    browser = {
        "anonymous": lambda: Client(),
        "citizen": lambda: desk.client_of(cast.citizen()),
        "no clerk": lambda: desk.client_of(cast.approver()),
        "clerk": lambda: desk.client_of(cast.clerk()),
    }[who]()
    assert browser.get(WINDOW).status_code == status
    if status != 200:
        assert browser.post(WINDOW, {"name": "陈小明"}).status_code == status
        code = desk.offer("food_licence_new").code
        assert browser.post(f"{WINDOW}start/{code}/").status_code == status
        assert not Draft.objects.exists()


def test_the_person_is_identified_and_stays_in_sight(client, person):
    assert identify(client, person).status_code == 302

    page = client.get(WINDOW).content.decode()

    assert "陈小明" in page
    assert "办完，下一位" in page
    assert person.citizen_id_no not in page
    assert parties.mask_id(person.citizen_id_no) in page
    assert "食品经营许可" in page


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"citizen_id_no": "441702198813070011"}, "号码"),
        ({"citizen_id_no": "4417021988"}, "18 位"),
        ({"name": "陈"}, "姓名只有一个字"),
        ({"name": "李不对"}, "姓名与公民身份号码不一致"),
        ({"name": "陈小\0明", "citizen_id_no": ""}, "号码"),
    ],
)
def test_what_was_typed_wrongly_is_named_and_kept(client, person, change, message):
    typed = {"name": person.name, "citizen_id_no": person.citizen_id_no} | change
    answer = client.post(WINDOW, typed)
    page = answer.content.decode()
    assert answer.status_code in (409, 422)
    assert message in page
    assert f'value="{typed["name"]}"'.replace("\0", "") in page
    assert f'value="{typed["citizen_id_no"]}"' in page
    assert "办完，下一位" not in page


def test_a_silent_population_source_is_said_and_nothing_is_lost(client, monkeypatch, settings):
    settings.SANDBOX_URL = ""
    stranger = cast.citizen_id_no.make("441702", desk.MONDAY.date().replace(year=1970), 77)
    answer = client.post(WINDOW, {"name": "林未登", "citizen_id_no": str(stranger)})
    assert answer.status_code == PopulationUnavailableError.status
    assert PopulationUnavailableError.reason_zh in answer.content.decode()
    assert 'value="林未登"' in answer.content.decode()


def test_the_clerk_searches_what_this_window_takes_in(client, person):
    identify(client, person)
    page = client.get(f"{WINDOW}?q=占道").content.decode()
    assert "临时占用城市道路" in page
    assert "食品经营许可（新办）" not in page
    assert "没有找到" in client.get(f"{WINDOW}?q=火箭发射").content.decode()


@pytest.mark.proves("B25", "窗口为到场人填的申请与网上是同一向导、同一条记录，本人登录后能看到")
def test_the_same_wizard_ends_in_the_same_kind_of_record(clerk, client, person):
    identify(client, person)
    where = begin(client, "road_occupation_temporary")
    assert where.startswith(WINDOW)
    page = client.get(where).content.decode()
    assert "陈小明" in page
    assert "办完，下一位" in page

    address = fill_in(client, where)

    case = Case.objects.get()
    application = Application.objects.get(pk=case.pk)
    assert address == f"/desk/cases/{case.number}/"
    assert (case.channel, case.party_id, case.agent_id) == ("WINDOW", person.pk, None)
    assert application.checks == {"real_name": True, "face": True}
    assert set(application.materials.values_list("source", flat=True)) >= {"PAPER", "PROMISE"}
    # The person finds it among their own.
    citizen = desk.client_of(cast.citizen(party=person))
    assert case.number in citizen.get("/cases/").content.decode()


def test_autosave_keeps_a_field_and_the_draft_is_offered_again(client, person):
    identify(client, person)
    where = begin(client, "road_occupation_temporary")
    saved = client.post(
        f"{where}autosave/",
        {"changed": ["circumstances.purpose"], "circumstances.purpose": "EVENT"},
    )
    assert saved.status_code == 200
    draft = Draft.objects.get()
    assert draft.data["circumstances"] == {"purpose": "EVENT"}
    page = client.get(WINDOW).content.decode()
    assert "没办完的草稿" in page
    assert str(draft.client_id) in page
    assert begin(client, "road_occupation_temporary") == where


def test_a_draft_opens_only_while_its_person_stands_there(client, person):
    identify(client, person)
    where = begin(client, "road_occupation_temporary")
    assert client.post(f"{WINDOW}next/").headers["Location"] == WINDOW
    assert "先核对来办事的人" in client.get(WINDOW).content.decode()

    assert client.get(where).headers["Location"] == WINDOW
    assert client.post(f"{where}autosave/", {"changed": []}).status_code == 404
    identify(client, cast.person("王另人"))
    assert client.get(where).headers["Location"] == WINDOW
    assert client.post(f"{where}autosave/", {"changed": []}).status_code == 404
    assert "草稿还在" in client.get(WINDOW).content.decode()


def test_another_clerk_cannot_open_the_draft(client, person):
    identify(client, person)
    where = begin(client, "road_occupation_temporary")
    colleague = desk.client_of(cast.official("莫同事", f"{desk.HALL}.window_clerk"))
    identify(colleague, person)
    assert colleague.get(where).status_code == 404
    assert colleague.post(where, {}).status_code == 404


def test_the_operator_may_act_for_the_business_and_is_its_agent(client, person):
    shop = cast.business(person)
    identify(client, person)
    page = client.get(WINDOW).content.decode()
    assert shop.name in page
    client.post(f"{WINDOW}party/", {"party": str(shop.pk)})

    fill_in(client, begin(client, "road_occupation_temporary"))

    case = Case.objects.get()
    assert (case.party_id, case.agent_id, case.channel) == (shop.pk, person.pk, "WINDOW")


def test_a_party_beyond_the_mandate_is_not_taken(client, person):
    stranger = cast.business(cast.person("王另人"), "阳江市江城区另一家店")
    identify(client, person)
    client.post(f"{WINDOW}party/", {"party": str(stranger.pk)})
    begin(client, "road_occupation_temporary")
    assert Draft.objects.get().party_id == person.pk


def test_an_item_of_another_county_is_not_begun_here(client, person):
    identify(client, person)
    elsewhere = desk.ImplementationItem.objects.filter(
        item__key="road_occupation_temporary", division_id="441704000000"
    ).get()
    assert client.post(f"{WINDOW}start/{elsewhere.code}/").status_code == 403
    assert not Draft.objects.exists()


def test_the_receipt_is_printed_and_the_person_rates(client, person):
    identify(client, person)
    address = fill_in(client, begin(client, "road_occupation_temporary"))
    case = Case.objects.get()

    page = client.get(address).content.decode()
    assert "打印收件凭证" in page
    assert "请申请人评价" in page
    receipt = client.get(f"{address}receipt/")
    assert receipt.headers["Content-Type"] == "application/pdf"
    assert receipt.content.startswith(b"%PDF")

    unchosen = client.post(f"{address}rate/", {}, follow=True)
    assert "请先选一个评价等级" in unchosen.content.decode()
    assert not Rating.objects.exists()
    given = {"grade": "satisfied", "tags": ["说得清楚", "编的"], "transaction_id": "window-rate-1"}
    for _ in range(2):
        assert client.post(f"{address}rate/", given).status_code == 302

    rating = Rating.objects.get()
    assert (rating.case_id, rating.party_id) == (case.pk, person.pk)
    assert (rating.channel, rating.contact, rating.grade) == ("WINDOW", "RECEIVE", "SATISFIED")
    assert rating.tags == ["说得清楚"]
    page = client.get(address).content.decode()
    assert "已评价" in page
    assert "请申请人评价" not in page


def test_nobody_rates_when_the_person_has_gone(client, person):
    identify(client, person)
    address = fill_in(client, begin(client, "road_occupation_temporary"))
    client.post(f"{WINDOW}next/")
    assert client.post(f"{address}rate/", {"grade": "satisfied"}).status_code == 404
    identify(client, cast.person("王另人"))
    assert client.post(f"{address}rate/", {"grade": "satisfied"}).status_code == 404
    assert "打印收件凭证" not in client.get(address).content.decode()
    assert not Rating.objects.exists()
