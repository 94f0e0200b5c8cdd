"""流程图 on the case page: what was passed, where it rests, and the same in words."""

import pytest
from django.test import Client

from yiwang.kernel.base.calendars import freeze
from yiwang.kernel.base.identity.tests import cast
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


def test_the_case_page_holds_the_chart_and_its_list():
    case = desk.food_case(cast.citizen())
    desk.act(desk.receiver(), desk.open_task(case, "receive"), "accept")
    approver: Client = desk.client_of(cast.approver())
    page = approver.get(f"/desk/cases/{case.number}/").content.decode()
    assert page.count('<svg xmlns="http://www.w3.org/2000/svg" class="process-picture"') == 1
    assert "<title>收件与受理 已办</title>" in page
    assert "<title>现场核查 正在办理</title>" in page
    assert "<title>作出决定 还没有到</title>" in page
    assert '<li class="path-resting"><strong>现场核查</strong>' in page
    assert "受理 · " in page
    # The lanes show posts as people call them.
    assert ">receiver<" not in page
    approver.cookies["django_language"] = "en"
    english = approver.get(f"/desk/cases/{case.number}/").content.decode()
    assert "<title>On-site check In hand</title>" in english
    assert "Not reached yet" in english
