"""办件查询 and 好差评统计: who sees which cases and which numbers."""

import pytest
from django.test import Client

from yiwang.kernel.base.audit.models import AuditEntry
from yiwang.kernel.base.calendars import freeze
from yiwang.kernel.base.http.testing import assert_query_count
from yiwang.kernel.base.identity.tests import cast
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.papers.models import Paper
from yiwang.kernel.casework.ratings.facade import rate_contact
from yiwang.kernel.registers.licences.models import Licence
from yiwang.services.applications.tests import desk_cast as desk


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


def decided(name: str = "陈小明", act: str = "grant") -> Case:
    """Take a food case to its decision."""
    case = desk.food_case(cast.citizen(name))
    desk.act(desk.receiver(), desk.open_task(case, "receive"), "accept")
    check = desk.open_task(case, "site_check")
    for officer in ("谢一", "冯二"):
        desk.act(
            desk.inspector(officer), check, "recorded", place="某处", findings="好", passed=True
        )
    desk.act(cast.approver(), desk.open_task(case, "decide"), act, "不符合条件")
    case.refresh_from_db()
    return case


def numbers(client: Client, query: str = "") -> set[str]:
    page = client.get(f"/desk/cases/{query}").content.decode()
    return {case.number for case in Case.objects.all() if f"/desk/cases/{case.number}/" in page}


@pytest.mark.parametrize("path", ["/desk/cases/", "/desk/cases/{number}/"])
def test_four_callers(path):
    case = desk.food_case(cast.citizen())
    where = path.format(number=case.number)
    elsewhere = desk.client_of(cast.outsider())
    assert Client().get(where).status_code == 302
    assert desk.client_of(cast.citizen()).get(where).status_code == 403
    assert desk.client_of(cast.approver()).get(where).status_code == 200
    if path.endswith("cases/"):
        assert numbers(elsewhere) == set()
    else:
        assert elsewhere.get(where).status_code == 404
        assert elsewhere.get("/desk/cases/0000/").status_code == 404


def test_search_by_number_by_name_and_by_state():
    client = desk.client_of(cast.approver())
    waiting = desk.food_case(cast.citizen("陈小明"))
    granted = decided("王大力")
    refused = decided("王小力", "refuse")
    everything = {waiting.number, granted.number, refused.number}

    assert numbers(client) == everything
    assert numbers(client, f"?q={granted.number}") == {granted.number}
    assert numbers(client, f"?q={waiting.number[:12]}") == everything
    assert numbers(client, "?q=王") == {granted.number, refused.number}
    assert numbers(client, "?q=大力") == set()
    assert numbers(client, "?state=OPEN") == {waiting.number}
    assert numbers(client, "?state=REFUSED") == {refused.number}
    assert numbers(client, "?q=王&state=GRANTED") == {granted.number}
    page = client.get("/desk/cases/").content.decode()
    assert "王*力" in page
    assert "王大力" not in page


@pytest.mark.parametrize("query", ["?q=%00", "?before=x", "?before=99999999999999999999", "?q=%25"])
def test_odd_searches_are_answered(query):
    desk.food_case(cast.citizen())
    assert desk.client_of(cast.approver()).get(f"/desk/cases/{query}").status_code == 200


def test_pages_of_the_search_go_on_by_key_at_the_same_cost():
    client = desk.client_of(cast.approver())
    first = desk.food_case(cast.citizen())
    client.get("/desk/cases/")
    with assert_query_count("desk.cases"):
        client.get("/desk/cases/")
    fields = {
        field.attname: getattr(first, field.attname)
        for field in Case._meta.concrete_fields
        if field.attname not in ("id", "number")
    }
    Case.objects.bulk_create(Case(**fields, number=f"88{number:08}") for number in range(30))
    with assert_query_count("desk.cases"):
        page = client.get("/desk/cases/").content.decode()
    assert page.count("/desk/cases/88") == 20
    oldest = Case.objects.order_by("-pk")[19].pk
    assert f"before={oldest}" in page
    rest = client.get(f"/desk/cases/?before={oldest}").content.decode()
    assert rest.count("/desk/cases/88") == 10
    assert f"/desk/cases/{first.number}/" in rest


def test_a_decided_case_shows_papers_licence_and_opinions():
    case = decided()
    client = desk.client_of(cast.approver())
    page = client.get(f"/desk/cases/{case.number}/").content.decode()
    licence = Licence.objects.get(case=case)
    for words in ("准予", "受理通知书", licence.number, "不符合条件", "已按期办结"):
        assert words in page, words
    for paper in Paper.objects.filter(case=case):
        answer = client.get(f"/desk/cases/{case.number}/papers/{paper.pk}/")
        assert answer.content.startswith(b"%PDF")
        assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
        assert "object-src 'self'" in answer.headers["Content-Security-Policy"]
    drawn = client.get(f"/desk/licences/{case.pk}/{licence.pk}/")
    assert drawn.content.startswith(b"%PDF")


def test_papers_and_licences_are_closed_to_other_units_and_other_cases():
    case, other = decided(), decided("王大力")
    paper = Paper.objects.filter(case=case).first()
    licence = Licence.objects.get(case=case)
    outsider = cast.outsider()
    elsewhere = desk.client_of(outsider)
    here = desk.client_of(cast.approver())
    assert elsewhere.get(f"/desk/cases/{case.number}/papers/{paper.pk}/").status_code == 404
    assert elsewhere.get(f"/desk/licences/{case.pk}/{licence.pk}/").status_code == 404
    assert here.get(f"/desk/cases/{other.number}/papers/{paper.pk}/").status_code == 404
    assert here.get(f"/desk/licences/{other.pk}/{licence.pk}/").status_code == 404
    assert here.get(f"/desk/licences/999999/{licence.pk}/").status_code == 404
    assert not AuditEntry.objects.filter(
        account_id=outsider.account_id, action="licence.read"
    ).exists()


# 好差评


def leader():
    return cast.official("关局长", f"{desk.MARKET}.leader")


def rated(name: str, grade: str) -> Case:
    case = decided(name)
    rate_contact(actor=desk.citizen_of(case.party), case=case, contact="CASE", grade=grade)
    return case


@pytest.mark.parametrize(
    ("who", "status"), [("anonymous", 302), ("citizen", 403), ("no right", 403), ("leader", 200)]
)
def test_statistics_are_for_those_who_may_read_ratings(who, status):
    client = {
        "anonymous": lambda: Client(),
        "citizen": lambda: desk.client_of(cast.citizen()),
        "no right": lambda: desk.client_of(desk.receiver()),
        "leader": lambda: desk.client_of(leader()),
    }[who]()
    assert client.get("/desk/ratings/").status_code == status


@pytest.mark.proves("B88", "按单位统计五个等级和满意率，没有评价的办结件单独计数")
def test_statistics_count_grades_and_count_the_missing_apart():
    rated("陈小明", "VERY_SATISFIED")
    rated("王大力", "SATISFIED")
    rated("李小红", "VERY_DISSATISFIED")
    decided("谢未评")
    client = desk.client_of(leader())
    for query in ("?by=unit", "?by=unit&period=month", "?by=unit&from=2026-10-12&to=2026-10-12"):
        context = client.get(f"/desk/ratings/{query}").context
        (row,) = context["rows"]
        assert row["name"] == "阳江市江城区市场监督管理局"
        assert (row["total"], row["missing"], row["good"]) == (3, 1, "66.7%")
        assert (context["total"], context["bad"], context["missing"]) == (3, 1, 1)
        assert [one["width"] for one in row["segments"]] == ["33.33"] * 3
    page = client.get("/desk/ratings/?by=unit").content.decode()
    assert "非常满意 1，满意 1，非常不满意 1" in page


def test_statistics_of_another_period_or_another_county_are_empty():
    rated("陈小明", "SATISFIED")
    here = desk.client_of(leader())
    elsewhere = desk.client_of(cast.official("外局长", "441704000000.market_supervision.leader"))
    before = here.get("/desk/ratings/?by=unit&from=2026-09-01&to=2026-10-11")
    for answer in (before, elsewhere.get("/desk/ratings/?by=unit")):
        assert answer.context["rows"] == []
        assert "这段时间没有评价" in answer.content.decode()
    backwards = here.get("/desk/ratings/?from=2026-10-12&to=2026-01-01")
    assert backwards.context["period"] == "year"


def test_statistics_by_item_name_the_item():
    rated("陈小明", "SATISFIED")
    rows = desk.client_of(leader()).get("/desk/ratings/?by=item").context["rows"]
    assert [(row["name"], row["total"]) for row in rows] == [("食品经营许可（新办）", 1)]
