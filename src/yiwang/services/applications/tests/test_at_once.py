"""What happens at the same moment happens in some order, and nothing happens twice or by half."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest
from django.conf import settings as django_settings
from django.db import connection

from tests.city import City
from tests.fresh import at_once, fresh_city
from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.base.calendars import now
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.papers.models import Paper
from yiwang.kernel.casework.process.models import Task, TaskAct, Token
from yiwang.kernel.registers.licences.models import Licence
from yiwang.kernel.registers.payments.actions.bills import book_payment
from yiwang.kernel.registers.payments.contracts import BankPayment
from yiwang.kernel.registers.payments.models import Bill, Refund
from yiwang.services.applications.actions.applications import (
    submit_application,
    supply_correction,
    withdraw_application,
)
from yiwang.services.applications.models import Application, CorrectionRequest
from yiwang.services.applications.tests.applying import act, business, everything
from yiwang.services.applications.tests.desk_cast import food_case, road_case, upload

__all__ = ["fresh_city"]
FOUND = {"place": "店内", "findings": "一致", "passed": True}


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    # Keys are those that sealed the city; only the files of this test lie apart.
    settings.FILE_STORE = tmp_path


def kinds(outcomes):
    return sorted(type(outcome).__name__ for outcome in outcomes)


def test_a_double_click_opens_one_case(fresh_city: City) -> None:
    citizen = fresh_city.citizen()
    wanted = business(citizen)

    def click():
        return submit_application(actor=citizen, submission=wanted).pk

    first, second, third = at_once(click, click, click)
    assert first == second == third
    mine = Case.objects.filter(party=citizen.party_id)
    licences = Licence.objects.filter(owner=citizen.party_id)
    assert mine.count() == licences.count() == 1
    assert Application.objects.filter(client_id=wanted.client_id).count() == 1
    # Two with numbers of their own are two.
    at_once(
        lambda: submit_application(actor=citizen, submission=business(citizen)),
        lambda: submit_application(actor=citizen, submission=business(citizen)),
    )
    assert mine.values("number").distinct().count() == 3
    assert licences.values("number").distinct().count() == 3


def test_of_two_who_decide_at_once_one_decides(fresh_city: City) -> None:
    citizen = fresh_city.citizen()
    receiver = fresh_city.official("market_supervision.receiver", "林收件")
    # Whoever takes the seat later finds the task with the head of the unit.
    inspectors = [
        fresh_city.official("market_supervision.site_inspector", name) for name in ("赵一", "钱二")
    ]
    approvers = [
        fresh_city.official("market_supervision.approver", name) for name in ("梁审批", "陈审批")
    ]
    case = food_case(citizen)
    act(receiver, case, "accept")
    for inspector in inspectors:
        act(inspector, case, "recorded", **FOUND)
    outcomes = at_once(
        lambda: act(approvers[0], case, "grant"),
        lambda: act(approvers[1], case, "refuse", "布局不合理"),
    )
    assert kinds(outcomes) in (["Task", "TaskClosedError"], ["DoesNotExist", "Task"])
    case.refresh_from_db()
    assert Paper.objects.filter(case=case, kind__in=["GRANT", "REFUSAL"]).count() == 1
    assert Licence.objects.filter(case=case).count() == (case.outcome == "GRANTED")
    assert TaskAct.objects.filter(task__case=case, task__step="decide").count() == 1


def test_supplying_and_withdrawing_at_once_leaves_one_of_them(fresh_city: City) -> None:
    citizen = fresh_city.citizen()
    receiver = fresh_city.official("market_supervision.receiver", "林收件")
    case = food_case(citizen)
    act(receiver, case, "correct", points=["平面图没有标尺寸"])
    plan = upload(citizen, "新平面图.pdf")
    outcomes = at_once(
        lambda: supply_correction(
            actor=citizen, case_id=case.pk, form_data={}, materials={"layout_plan": plan}
        ),
        lambda: withdraw_application(actor=citizen, case_id=case.pk, reason="不办了"),
        lambda: supply_correction(
            actor=citizen, case_id=case.pk, form_data={"area_sqm": 70}, materials={}
        ),
    )
    case.refresh_from_db()
    assert case.outcome == "WITHDRAWN"
    assert not Task.objects.filter(case=case, status="OPEN").exists()
    assert not Token.objects.filter(case=case, status="ACTIVE").exists()
    supplied = CorrectionRequest.objects.get(application=case.pk).supplied_at is not None
    assert kinds(outcomes).count("CorrectionNotAskedError") == (1 if supplied else 2)


def test_paying_and_withdrawing_at_once_never_take_money_for_nothing(fresh_city: City) -> None:
    citizen = fresh_city.citizen()
    seats = {
        name: fresh_city.official(f"city_management.{name}", name)
        for name in ("receiver", "approver")
    }
    inspectors = [
        fresh_city.official("city_management.site_inspector", name) for name in ("孙一", "李二")
    ]
    police = fresh_city.official("traffic_police.approver", "交警")
    case = road_case(citizen)
    act(seats["receiver"], case, "accept")
    for inspector in inspectors:
        act(inspector, case, "recorded", step="site_check", **FOUND)
    act(seats["approver"], case, "approve", step="city_opinion")
    act(police, case, "approve", step="police")
    bill = Bill.objects.get(case=case)
    payment = BankPayment(
        bill_no=bill.number,
        transaction_id="TX1",
        amount_yuan=bill.amount_yuan,
        paid_at=now(),
    )

    def pay():
        return book_payment(actor=SYSTEM, gateway=bill.gateway, payment=payment)

    at_once(pay, lambda: withdraw_application(actor=citizen, case_id=case.pk, reason=""), pay)
    case.refresh_from_db()
    bill.refresh_from_db()
    has_licence = Licence.objects.filter(case=case).exists()
    returned = Refund.objects.filter(bill=bill, kind="RETURN").count()
    assert (case.outcome, bill.status, has_licence, returned) in (
        ("GRANTED", "PAID", True, 0),
        ("WITHDRAWN", "CANCELLED", False, 1),
    )


KILLED = """
import os, signal
import django
django.setup()
from yiwang.kernel.casework.process import registry
from yiwang.services.applications.tests.applying import business
from yiwang.services.applications.actions.applications import submit_application
from yiwang.kernel.base.access.contracts import Actor
from django.db import connection

real = registry._effects["conclude"]

def dies(context, options):
    real(context, options)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_auditentry")
    os.kill(os.getpid(), signal.SIGKILL)

registry._effects["conclude"] = dies
actor = Actor({account}, {name!r}, "CITIZEN", {party}, {party}, 2)
submit_application(actor=actor, submission=business(actor))
"""


def test_a_process_that_is_killed_in_the_middle_leaves_nothing_behind(fresh_city: City) -> None:
    citizen = fresh_city.citizen()
    before = everything()
    given = connection.settings_dict
    script = textwrap.dedent(KILLED).format(
        account=citizen.account_id, name=citizen.name, party=citizen.party_id
    )
    address = f"{given['HOST']}:{given['PORT']}/{given['NAME']}"
    died = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ
        | {
            "DATABASE_URL": f"postgresql://{given['USER']}:{given['PASSWORD']}@{address}",
            "DJANGO_SETTINGS_MODULE": "yiwang.project.settings",
            "YIWANG_SECRET_KEY": django_settings.SECRET_KEY,
            "YIWANG_VAR": str(django_settings.VAR),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert everything() == before
    # And the person may simply send it again.
    submit_application(actor=citizen, submission=business(citizen))
    assert Licence.objects.filter(owner=citizen.party_id).count() == 1
