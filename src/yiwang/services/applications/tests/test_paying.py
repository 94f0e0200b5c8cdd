"""缴费: from the case to the bank, without a redirect that a browser would block."""

import pytest

from yiwang.kernel.base.calendars import freeze
from yiwang.kernel.base.http.testing import running_sandbox
from yiwang.kernel.base.identity.tests import cast
from yiwang.kernel.registers.payments.models import Bill
from yiwang.services.applications.tests import desk_cast as desk


@pytest.fixture(scope="module", autouse=True)
def city(django_db_setup, django_db_blocker):
    with (
        django_db_blocker.unblock(),
        freeze(desk.MONDAY, whole_process=True),
        desk.the_city("yj.road-occupation"),
    ):
        yield


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


def test_the_pay_button_shows_the_way_to_the_bank(city, db, sandbox, settings):
    settings.SANDBOX_URL = sandbox.url
    applicant = cast.citizen()
    case = desk.road_case(applicant)
    desk.act(
        cast.official("许城管", f"{desk.ROADS}.receiver"), desk.open_task(case, "receive"), "accept"
    )
    check = desk.open_task(case, "site_check")
    for name in ("谢一", "冯二"):
        officer = cast.official(name, f"{desk.ROADS}.site_inspector")
        desk.act(officer, check, "recorded", place="某处", findings="好", passed=True)
    police = cast.official("曾交警", f"{desk.POLICE}.approver")
    desk.act(
        police, desk.open_task(case, "police"), "approve_with_conditions", conditions="夜里设灯"
    )
    roads = cast.official("蔡城管", f"{desk.ROADS}.approver")
    desk.act(
        roads,
        desk.open_task(case, "city_opinion"),
        "approve_with_conditions",
        conditions="让出盲道",
    )

    page = desk.client_of(applicant).post(f"/cases/{case.number}/pay/")

    bill = Bill.objects.get(case=case)
    assert page.status_code == 200
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]
    assert f'href="{bill.pay_url}"' in page.content.decode()
    assert bill.pay_url.startswith(sandbox.url)
    assert bill.amount_yuan == 600
