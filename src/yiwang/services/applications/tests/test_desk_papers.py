"""文书送达与时限 at the desk: record a service, extend once, count; each in its own place."""

import pytest
from django.test import Client

from yiwang.kernel.base.calendars import freeze
from yiwang.kernel.base.identity.tests import cast
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.clocks.models import Clock
from yiwang.kernel.casework.papers.models import Paper
from yiwang.services.applications.models import Application
from yiwang.services.applications.tests import desk_cast as desk


@pytest.fixture(scope="module", autouse=True)
def city(django_db_setup, django_db_blocker):
    with (
        django_db_blocker.unblock(),
        freeze(desk.MONDAY, whole_process=True),
        desk.the_city("yj.food-licence"),
    ):
        yield


@pytest.fixture(autouse=True)
def _database(city, db):
    """Each test's own savepoint inside the city."""


def declined(delivery: str = "WINDOW") -> Paper:
    """Decline a case; without electronic delivery its paper waits to be served."""
    case = desk.food_case(cast.citizen())
    Application.objects.filter(pk=case.pk).update(delivery=delivery)
    desk.act(desk.receiver(), desk.open_task(case, "receive"), "decline", "不在本区")
    return Paper.objects.select_related("case").get(case=case)


def accepted() -> Case:
    case = desk.food_case(cast.citizen())
    desk.act(desk.receiver(), desk.open_task(case, "receive"), "accept")
    return case


def leader():
    return cast.official("何局", f"{desk.MARKET}.leader")


def address(paper: Paper) -> str:
    return f"/desk/cases/{paper.case.number}/papers/{paper.pk}/serve/"


def test_a_paper_that_waits_is_listed_and_served_with_its_proof():
    paper = declined()
    client = desk.client_of(desk.receiver())
    waiting = client.get("/desk/papers/").content.decode()
    assert paper.number in waiting
    assert "窗口领取" in waiting
    assert "未送达" in client.get(f"/desk/cases/{paper.case.number}/").content.decode()
    sent = {"method": "IN_PERSON", "IN_PERSON.signed_by": "陈小明", "IN_PERSON.relation": "本人"}
    answer = client.post(address(paper), sent)
    assert (answer.status_code, answer["Location"]) == (302, f"/desk/cases/{paper.case.number}/")
    page = client.get(f"/desk/cases/{paper.case.number}/").content.decode()
    for words in ("直接送达", "签收人：陈小明", "申请行政复议", "行政复议法 20"):
        assert words in page, words
    assert paper.number not in client.get("/desk/papers/").content.decode()
    assert "已经送达" in client.get(address(paper)).content.decode()
    assert Clock.objects.filter(case=paper.case, owed_by="PARTY").count() == 2


def test_what_is_missing_is_said_at_its_field_and_what_was_typed_stays():
    paper = declined()
    client = desk.client_of(desk.receiver())
    answer = client.post(address(paper), {"method": "POST", "POST.carrier": "邮政EMS"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="邮政EMS"' in page
    assert 'id="id_POST.tracking_no-error"' in page
    assert not paper.services.exists()


def test_the_post_is_followed_to_its_end():
    paper = declined("POST")
    client = desk.client_of(desk.receiver())
    client.post(address(paper), {"method": "POST", "POST.carrier": "EMS", "POST.tracking_no": "E1"})
    assert "登记邮寄结果" in client.get(f"/desk/cases/{paper.case.number}/").content.decode()
    answer = client.post(address(paper), {"ended": "DELIVERED", "note": "本人签收"})
    assert answer.status_code == 302
    (service,) = paper.services.all()
    assert (service.state, service.proof["signed_by"]) == ("SERVED", "本人签收")


@pytest.mark.parametrize("path", ["/desk/papers/", "serve", "extend", "/desk/limits/"])
def test_four_callers(path):
    paper = declined()
    where = {"serve": address(paper), "extend": f"/desk/cases/{paper.case.number}/extend/"}.get(
        path, path
    )
    assert Client().get(where).status_code == 302
    assert desk.client_of(cast.citizen()).get(where).status_code == 403
    assert desk.client_of(cast.approver()).get(where).status_code == 200
    elsewhere = desk.client_of(cast.outsider()).get(where)
    if path.startswith("/"):
        assert paper.number not in elsewhere.content.decode()
    else:
        assert elsewhere.status_code == 404


def test_only_the_head_extends_and_the_person_is_told_why():
    case = accepted()
    where = f"/desk/cases/{case.number}/extend/"
    low = desk.client_of(cast.approver())
    asked = {"amount": "10", "reason": "需要核实排烟方案"}
    refused = low.post(where, asked)
    assert refused.status_code == 422
    assert "批准人的层级不够" in refused.content.decode()
    head = desk.client_of(leader())
    assert "最多延长 10 个工作日" in head.get(where).content.decode()
    assert head.post(where, {**asked, "amount": "ten"}).status_code == 422
    assert head.post(where, {**asked, "reason": " "}).status_code == 422
    assert head.post(where, asked).status_code == 302
    assert head.post(where, asked).status_code == 302
    paper = Paper.objects.get(case=case, kind="EXTENSION")
    assert "理由：需要核实排烟方案" in "".join(paper.content["body"])
    assert "延长10个工作日" in "".join(paper.content["body"])
    assert head.post(where, {**asked, "reason": "再延"}).status_code == 422
    assert "已经延长过一次" in head.get(where).content.decode()


def test_the_numbers_of_limits_are_those_of_the_records():
    accepted()
    decided = accepted()
    Clock.objects.filter(case=decided).update(stopped_at=desk.MONDAY, outcome="MET")
    page = desk.client_of(cast.approver()).get("/desk/limits/").content.decode()
    assert "阳江市江城区市场监督管理局" in page
    assert "100.0" in page
    assert "提前办结" in page
    promised = desk.client_of(cast.approver()).get("/desk/limits/?by=promised").content.decode()
    assert "承诺时限" in promised
