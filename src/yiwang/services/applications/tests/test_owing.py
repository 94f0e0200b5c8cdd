"""What the applicant still has to do or may do: supply what was promised, ask for a hearing."""

from datetime import timedelta

import pytest

from yiwang.kernel.base.calendars import freeze
from yiwang.kernel.base.identity.tests import cast
from yiwang.kernel.casework.cases.models import Case, CaseEvent
from yiwang.kernel.casework.papers.models import Paper
from yiwang.services.applications.models import ApplicationMaterial, Hearing
from yiwang.services.applications.pumps import REMINDED, remind_of_deferred
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


def to_decision(case: Case) -> None:
    desk.act(desk.receiver(), desk.open_task(case, "receive"), "accept")
    check = desk.open_task(case, "site_check")
    for name in ("谢一", "冯二"):
        desk.act(desk.inspector(name), check, "recorded", place="某处", findings="好", passed=True)


def test_a_promise_is_shown_and_kept_on_the_portal():
    citizen = cast.citizen()
    case = desk.food_case(citizen)
    ApplicationMaterial.objects.filter(application_id=case.pk, key="layout_plan").update(
        key="head_office_licence", title_zh="总部的食品经营许可证", source="DEFERRED", file=None
    )
    case.application.circumstances["chain"] = True
    case.application.save(update_fields=["circumstances"])
    to_decision(case)
    assert Paper.objects.filter(case=case, kind="DEFERRED_ACCEPTANCE").exists()
    client = desk.client_of(citizen)
    page = client.get(f"/cases/{case.number}/").content.decode()
    assert "请补交承诺后补的材料" in page
    assert remind_of_deferred() == 0
    with freeze(desk.MONDAY + timedelta(days=6)):
        assert [remind_of_deferred(), remind_of_deferred()] == [1, 0]
    assert CaseEvent.objects.filter(case=case, kind=REMINDED).count() == 1
    where = f"/cases/{case.number}/deferred/"
    assert "总部的食品经营许可证" in client.get(where).content.decode()
    assert client.post(where, {}).status_code == 422
    given = desk.upload(citizen, "许可证.pdf")
    answer = client.post(where, {"material.head_office_licence_ids": str(given.file_id)})
    assert (answer.status_code, answer["Location"]) == (302, f"/cases/{case.number}/")
    assert "请补交承诺后补的材料" not in client.get(f"/cases/{case.number}/").content.decode()
    assert client.get(where).status_code == 302
    stranger = desk.client_of(cast.citizen("王大力"))
    assert stranger.get(where).status_code == 404


def test_a_hearing_is_asked_for_on_the_portal_once():
    citizen = cast.citizen()
    case = desk.food_case(citizen)
    to_decision(case)
    client = desk.client_of(citizen)
    where = f"/cases/{case.number}/hearing/"
    assert client.post(where, {"reason": "x"}).status_code == 409
    desk.act(cast.approver(), desk.open_task(case, "decide"), "tell_hearing_right", "油烟")
    assert "您可以申请听证" in client.get(f"/cases/{case.number}/").content.decode()
    for _ in range(2):
        assert client.post(where, {"reason": "当面说明"}).status_code == 302
    assert Hearing.objects.get(application_id=case.pk).request_reason == "当面说明"
    assert "您可以申请听证" not in client.get(f"/cases/{case.number}/").content.decode()
    assert desk.client_of(cast.citizen("王大力")).post(where, {}).status_code == 404


def test_what_a_third_party_was_told_is_not_shown_to_the_applicant():
    citizen = cast.citizen()
    case = desk.food_case(citizen)
    to_decision(case)
    desk.act(
        cast.approver(),
        desk.open_task(case, "decide"),
        "tell_neighbour",
        third_party="二楼住户",
        interest="油烟",
        answer_by="2026-10-20",
    )
    paper = Paper.objects.get(case=case, kind="THIRD_PARTY_NOTICE")
    assert (paper.addressee, paper.addressee_party_id) == ("二楼住户", None)
    assert not paper.services.exists()
    client = desk.client_of(citizen)
    page = client.get(f"/cases/{case.number}/").content.decode()
    assert "二楼住户" not in page
    assert "利害关系人告知书" not in page
    assert client.get(f"/cases/{case.number}/papers/{paper.pk}/").status_code == 404
    assert client.get(f"/api/v1/papers/{paper.pk}/pdf").status_code == 404
    at_desk = desk.client_of(cast.approver())
    assert "二楼住户" in at_desk.get(f"/desk/cases/{case.number}/").content.decode()
