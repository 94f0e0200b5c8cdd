"""From receipt to conclusion: each act has its legal meaning, once, and only where it is lawful."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from tests.city import City
from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.base.calendars import LOCAL_ZONE, freeze, now
from yiwang.kernel.base.crypto.facade import verify_record
from yiwang.kernel.casework.cases.models import Case, CaseEvent
from yiwang.kernel.casework.clocks.models import Clock
from yiwang.kernel.casework.papers.models import Paper
from yiwang.kernel.casework.process.actions.tasks import act_on_task, fire_due_timers
from yiwang.kernel.casework.process.errors import TaskClosedError
from yiwang.kernel.casework.process.models import Task, Timer, Token
from yiwang.kernel.casework.process.registry import EffectContext, get_effect
from yiwang.kernel.errors import InvalidInputError, NotFoundError
from yiwang.kernel.registers.licences.models import Licence, LicenceStatusChange
from yiwang.kernel.registers.payments.actions.bills import book_payment
from yiwang.kernel.registers.payments.contracts import BankPayment
from yiwang.kernel.registers.payments.errors import RefundTooLargeError
from yiwang.kernel.registers.payments.models import Bill, Refund
from yiwang.services.applications.actions.applications import (
    Supplied,
    submit_application,
    supply_correction,
    withdraw_application,
)
from yiwang.services.applications.errors import (
    CaseConcludedError,
    CorrectionAskedTwiceError,
    CorrectionNotAskedError,
    NotAcceptedError,
)
from yiwang.services.applications.models import (
    Application,
    ApplicationMaterial,
    BreachRecord,
    CorrectionRequest,
    SiteCheck,
)
from yiwang.services.applications.tests.applying import (
    DOUBTFUL,
    act,
    business,
    everything,
    hygiene,
    open_task,
)
from yiwang.services.applications.tests.desk_cast import food_case, road_case, upload
from yiwang.services.items.actions.items import publish_item

pytestmark = pytest.mark.django_db
# A Monday; the week after has no day off, the first of October has.
MONDAY = datetime(2026, 10, 12, 9, 0, tzinfo=LOCAL_ZONE)
POINTS = ["平面图没有标尺寸", "缺少负责人签名"]
FOUND = {"place": "店内", "findings": "与图纸一致", "passed": True}


@pytest.fixture(autouse=True)
def _monday(settings, tmp_path):
    settings.VAR = tmp_path
    with freeze(MONDAY) as clock:
        yield clock


@pytest.fixture
def clock(_monday):
    return _monday


@pytest.fixture
def citizen(city: City):
    return city.citizen()


@pytest.fixture
def officers(city: City):
    """Those who sit in the market bureau, by their role."""
    return {
        role: city.official(f"market_supervision.{role}", name)
        for role, name in (("receiver", "林收件"), ("approver", "梁审批"))
    } | {
        "one": city.official("market_supervision.site_inspector", "赵一"),
        "two": city.official("market_supervision.site_inspector", "钱二"),
    }


def again(case):
    case.refresh_from_db()
    return case


def clocks(case):
    rows = Clock.objects.filter(case=case).order_by("id")
    return [(row.kind, row.basis, row.outcome) for row in rows]


def papers(case):
    return list(Paper.objects.filter(case=case).order_by("id").values_list("kind", flat=True))


# acceptance


@pytest.mark.proves("B26", "收件、核查、决定由不同岗位分别办理，前一步没办完后一步打不开")
def test_the_whole_way_of_a_food_licence(citizen, officers, clock):
    case = food_case(citizen)
    assert (case.phase, case.due_at) == ("RECEIVED", None)
    with pytest.raises(NotFoundError):
        act(officers["approver"], case, "accept")
    act(officers["receiver"], case, "accept")
    assert again(case).phase == "SITE_CHECK"
    assert clocks(case)[1:] == [("decision", "STATUTORY", ""), ("decision", "PROMISED", "")]
    assert case.due_at == min(row.due_at for row in Clock.objects.filter(case=case, outcome=""))
    act(officers["one"], case, "recorded", **FOUND)
    act(officers["two"], case, "recorded", **FOUND)
    check = SiteCheck.objects.get()
    assert (check.officers, check.passed) == (["赵一", "钱二"], True)
    clock.advance(timedelta(days=1))
    act(officers["approver"], case, "grant")
    assert (again(case).status, case.outcome) == ("CONCLUDED", "GRANTED")
    assert papers(case) == ["ACCEPTANCE", "GRANT"]
    assert {outcome for _kind, _basis, outcome in clocks(case)} == {"MET"}
    licence = Licence.objects.get(case=case)
    assert (licence.valid_from, licence.holder) == (MONDAY.date() + timedelta(days=1), case.party)
    application = Application.objects.get(pk=case.pk)
    assert (application.decision, application.is_automatic) == ("GRANTED", False)


def test_without_a_word_in_five_working_days_it_counts_as_accepted_from_receipt(
    citizen, officers, clock
):
    case = food_case(citizen)
    late = Timer.objects.get(case=case).due_at
    assert late.astimezone(LOCAL_ZONE).date() == MONDAY.date() + timedelta(days=7)
    clock.move_to(late)
    assert fire_due_timers() == 0
    clock.advance(timedelta(seconds=1))
    assert fire_due_timers() == 1
    application = Application.objects.get(pk=case.pk)
    assert (application.is_deemed_accepted, application.accepted_at) == (True, MONDAY)
    assert clocks(case)[0] == ("correction_notice", "STATUTORY", "MISSED")
    decision = Clock.objects.filter(case=case, kind="decision", basis="STATUTORY").get()
    assert decision.started_at == MONDAY
    paper = Paper.objects.get(case=case)
    assert "第三十二条第一款第四项" in paper.content["body"][0]
    with pytest.raises(NotFoundError):
        act(citizen, case, "decline")


def test_a_decline_is_a_paper_with_reason_and_remedy(citizen, officers):
    case = food_case(citizen)
    act(officers["receiver"], case, "decline", "不属于本机关职权范围，请向海事部门申请")
    assert (again(case).outcome, case.status) == ("DECLINED", "CONCLUDED")
    paper = Paper.objects.get(case=case)
    assert paper.kind == "NON_ACCEPTANCE"
    assert "请向海事部门申请" in "".join(paper.content["body"])
    assert "行政复议" in paper.content["remedy"]
    assert not Task.objects.filter(case=case, status="OPEN").exists()


def test_nothing_is_granted_or_refused_before_acceptance(citizen):
    case = food_case(citizen)
    for name in ("grant", "refuse"):
        context = EffectContext(case, SYSTEM, "x", dict)
        with pytest.raises(NotAcceptedError):
            get_effect(name)(context, {})


def test_who_wants_paper_is_not_served_electronically(citizen, officers):
    case = submit_application(
        actor=citizen, submission=hygiene(citizen, "NORMAL", delivery="WINDOW")
    ).case
    receiver = City().official("health.receiver", "许受理")
    act(receiver, case, "accept")
    assert not Paper.objects.get(case=case).services.exists()


# correction


def correcting(citizen, officers):
    case = food_case(citizen)
    act(officers["receiver"], case, "correct", points=POINTS)
    return again(case)


def supply(actor, case, form=None, **materials):
    return supply_correction(
        actor=actor, case_id=case.pk, form_data=form or {}, materials=materials
    )


def test_correction_is_asked_once_with_all_points_and_stops_the_notice_clock(citizen, officers):
    case = correcting(citizen, officers)
    assert (case.phase, clocks(case)) == (
        "CORRECTING",
        [("correction_notice", "STATUTORY", "MET")],
    )
    asked = CorrectionRequest.objects.get()
    assert (asked.points, asked.paper.kind) == (POINTS, "CORRECTION")
    assert not Timer.objects.filter(case=case, fired_at=None, cancelled_at=None).exists()
    supply(citizen, case, layout_plan=upload(citizen, "新平面图.pdf"))
    assert again(case).phase == "RECEIVED"
    # Returned to the receiver: the limit to ask does not begin anew, and asking is over.
    assert not Timer.objects.filter(case=case, fired_at=None, cancelled_at=None).exists()
    before = everything()
    with pytest.raises(CorrectionAskedTwiceError):
        act(officers["receiver"], case, "correct", points=["还缺一样"])
    assert everything() == before
    act(officers["receiver"], case, "accept")
    assert again(case).phase == "SITE_CHECK"


def test_what_is_supplied_replaces_what_stood_there_and_is_signed(citizen, officers):
    case = correcting(citizen, officers)
    old = ApplicationMaterial.objects.get(application_id=case.pk, key="layout_plan")
    digest = Application.objects.get(pk=case.pk).signed_digest
    supply(citizen, case, {"area_sqm": 75}, layout_plan=upload(citizen, "新平面图.pdf"))
    old.refresh_from_db()
    new = ApplicationMaterial.objects.get(
        application_id=case.pk, key="layout_plan", is_current=True
    )
    assert (old.is_current, old.round, new.round) == (False, 0, 1)
    application = Application.objects.get(pk=case.pk)
    assert application.form_data["area_sqm"] == 75
    assert application.form_data["premises_address"] == "阳江市江城区南恩路88号首层"
    supplied = CorrectionRequest.objects.get()
    assert application.signed_digest == digest != supplied.signed_digest
    assert verify_record(supplied.signature)["digest"] == supplied.signed_digest
    with pytest.raises(CorrectionNotAskedError):
        supply(citizen, case, {"area_sqm": 76})


@pytest.mark.parametrize(
    ("form", "materials", "problem"),
    [
        ({}, {}, ("explanation", "NOTHING_SUPPLIED")),
        ({"area_sqm": -1}, {}, ("area_sqm", "EXCLUSIVEMINIMUM")),
        ({"operator_name": "李四"}, {}, ("operator_name", "FACT_DIFFERS")),
        ({"colour": "red"}, {}, ("colour", "UNKNOWN")),
        ({}, {"layout_plan": Supplied("PAPER")}, ("materials.layout_plan", "MATERIAL_SOURCE")),
        ({}, {"layout_plan": Supplied("UPLOAD")}, ("materials.layout_plan", "FILE_UNKNOWN")),
        ({}, {"horoscope": Supplied("UPLOAD")}, ("materials.horoscope", "UNKNOWN")),
    ],
)
def test_what_is_supplied_is_checked_as_what_was_submitted(
    citizen, officers, form, materials, problem
):
    case = correcting(citizen, officers)
    before = everything()
    with pytest.raises(InvalidInputError) as refused:
        supply(citizen, case, form, **materials)
    assert [(one.field, one.code) for one in refused.value.problems] == [problem]
    assert everything() == before


def test_nothing_is_supplied_where_nothing_is_asked_or_all_is_over(citizen, officers):
    waiting = food_case(citizen)
    with pytest.raises(CorrectionNotAskedError):
        supply(citizen, waiting, {"area_sqm": 75})
    case = correcting(citizen, officers)
    withdraw_application(actor=citizen, case_id=case.pk, reason="不办了")
    before = everything()
    with pytest.raises(CorrectionNotAskedError):
        supply(citizen, case, {"area_sqm": 75})
    assert everything() == before


def test_a_stranger_supplies_and_withdraws_nothing(citizen, officers, city):
    case, stranger = correcting(citizen, officers), city.citizen("李四")
    before = everything()
    for actor in (stranger, officers["receiver"]):
        with pytest.raises(NotFoundError):
            supply(actor, case, {"area_sqm": 75})
        with pytest.raises(NotFoundError):
            withdraw_application(actor=actor, case_id=case.pk, reason="")
    assert everything() == before


# withdrawal


def test_a_withdrawal_ends_every_duty(citizen, officers):
    case = food_case(citizen)
    task = open_task(case)
    withdraw_application(actor=citizen, case_id=case.pk, reason="  搬家了 ")
    assert (again(case).status, case.outcome) == ("CONCLUDED", "WITHDRAWN")
    assert clocks(case) == [("correction_notice", "STATUTORY", "CANCELLED")]
    assert not Token.objects.filter(case=case, status="ACTIVE").exists()
    assert not Timer.objects.filter(case=case, fired_at=None, cancelled_at=None).exists()
    assert CaseEvent.objects.get(case=case, kind="case.withdrawn").details == {"reason": "搬家了"}
    with pytest.raises(TaskClosedError):
        act_on_task(actor=officers["receiver"], task_id=task.pk, act="accept")
    with pytest.raises(CaseConcludedError):
        withdraw_application(actor=citizen, case_id=case.pk, reason="")


@pytest.mark.parametrize("reason", ["长" * 1001, "a\0b", "\ud800"])
def test_a_reason_that_cannot_be_kept_is_refused(citizen, reason):
    case = food_case(citizen)
    before = everything()
    with pytest.raises(InvalidInputError) as refused:
        withdraw_application(actor=citizen, case_id=case.pk, reason=reason)
    assert refused.value.problems[0].field == "reason"
    assert everything() == before


def test_after_the_decision_nothing_is_withdrawn(citizen):
    case = submit_application(actor=citizen, submission=business(citizen)).case
    before = everything()
    with pytest.raises(CaseConcludedError):
        withdraw_application(actor=citizen, case_id=case.pk, reason="")
    assert everything() == before


# two deciders and a fee


@pytest.fixture
def roads(city: City):
    return {
        "receiver": city.official("city_management.receiver", "城受理"),
        "one": city.official("city_management.site_inspector", "孙一"),
        "two": city.official("city_management.site_inspector", "李二"),
        "approver": city.official("city_management.approver", "城审批"),
        "police": city.official("traffic_police.approver", "交警"),
    }


def viewed(citizen, roads):
    case = road_case(citizen)
    act(roads["receiver"], case, "accept")
    for one in ("one", "two"):
        act(roads[one], case, "recorded", step="site_check", **FOUND)
    return case


def granted(citizen, roads):
    case = viewed(citizen, roads)
    act(
        roads["approver"],
        case,
        "approve_with_conditions",
        step="city_opinion",
        conditions="留出盲道",
    )
    act(roads["police"], case, "approve_with_conditions", step="police", conditions="夜间设警示灯")
    return again(case)


def pay(case, amount=None):
    bill = Bill.objects.get(case=case)
    payment = BankPayment(
        bill_no=bill.number,
        transaction_id=f"TX{bill.pk}",
        amount_yuan=amount or bill.amount_yuan,
        paid_at=now(),
    )
    return book_payment(actor=SYSTEM, gateway=bill.gateway, payment=payment)


@pytest.mark.parametrize("late", ["police", "city_opinion"])
def test_a_refusal_gives_the_reasons_of_those_who_refused_whoever_acted_last(citizen, roads, late):
    case = viewed(citizen, roads)
    who = {"police": roads["police"], "city_opinion": roads["approver"]}
    first = next(step for step in who if step != late)
    act(who[first], case, "refuse", "影响学校门口行人安全", step=first)
    act(who[late], case, "approve", "同意占用", step=late)
    assert (again(case).outcome, case.status) == ("REFUSED", "CONCLUDED")
    text = "".join(Paper.objects.get(case=case, kind="REFUSAL").content["body"])
    assert "影响学校门口行人安全" in text
    assert "同意占用" not in text
    assert not Bill.objects.exists()


def test_what_both_ask_for_stands_in_one_paper(citizen, roads):
    case = granted(citizen, roads)
    body = Paper.objects.get(case=case, kind="GRANT").content["body"]
    assert {"1. 夜间设警示灯", "2. 留出盲道"} <= set(body) or {
        "1. 留出盲道",
        "2. 夜间设警示灯",
    } <= set(body)


@pytest.mark.proves("A14", "缴费到账办件才发证，退费按规定算出，多退会被拒绝")
def test_the_permit_follows_the_fee_and_a_shorter_use_gives_part_of_it_back(citizen, roads):
    case = granted(citizen, roads)
    bill = Bill.objects.get(case=case)
    item = Application.objects.get(pk=case.pk).item_version.content["fee"]
    days = 20
    assert bill.amount_yuan == Decimal(item["unit_price_yuan"]) * 60 * days
    assert (case.phase, Licence.objects.filter(case=case).exists()) == ("PAYING", False)
    pay(case)
    pay(case)
    assert (again(case).status, case.outcome, case.phase) == ("CONCLUDED", "GRANTED", "POST_CHECK")
    assert Licence.objects.get(case=case).valid_to.isoformat() == "2026-11-14"
    before = everything()
    with pytest.raises(RefundTooLargeError):
        act(roads["one"], case, "cut", "没有用完", cut_days=days + 1)
    assert everything() == before
    act(roads["one"], case, "cut", "没有用完", cut_days=5)
    assert Refund.objects.get(bill=bill).amount_yuan == bill.amount_yuan * 5 / days
    act(roads["one"], case, "cleared")
    assert not Task.objects.filter(case=case, status="OPEN").exists()


def test_who_does_not_want_to_pay_may_still_withdraw_and_then_nobody_takes_the_money(
    citizen, roads
):
    case = granted(citizen, roads)
    withdraw_application(actor=citizen, case_id=case.pk, reason="活动取消")
    bill = Bill.objects.get(case=case)
    assert (again(case).outcome, bill.status) == ("WITHDRAWN", "CANCELLED")
    notice = pay(case)
    assert notice.outcome == "CANCELLED_BILL"
    assert Refund.objects.get(bill=bill).kind == "RETURN"
    assert not Licence.objects.filter(case=case).exists()


def test_what_is_paid_for_is_not_withdrawn(citizen, roads):
    case = granted(citizen, roads)
    pay(case)
    with pytest.raises(CaseConcludedError):
        withdraw_application(actor=citizen, case_id=case.pk, reason="")


# after the decision


def test_a_false_promise_ends_the_licence_and_goes_on_record(citizen, city):
    case = submit_application(actor=citizen, submission=hygiene(citizen)).case
    inspectors = [city.official("health.site_inspector", name) for name in ("孙一", "李二")]
    for one in inspectors:
        act(one, case, "false_promise", "没有消毒间", place="店内", findings="无", passed=False)
    assert SiteCheck.objects.get().passed is False
    approver = city.official("health.approver", "卫审批")
    opinion = "经核查承诺不实，" * 100
    act(approver, case, "annul", opinion, statement="没有意见")
    licence = Licence.objects.get(case=case)
    assert licence.status == "ANNULLED"
    change = LicenceStatusChange.objects.get(licence=licence)
    assert (change.reason, change.legal_basis) == (opinion, "行政许可法 第六十九条")
    assert BreachRecord.objects.get().party_id == citizen.party_id
    assert papers(case)[-1] == "ANNULMENT"
    assert again(case).outcome == "GRANTED"


def test_an_officer_who_does_not_say_that_all_is_well_has_not_found_it_so(citizen, officers):
    case = food_case(citizen)
    act(officers["receiver"], case, "accept")
    mend = {"place": "店内", "findings": "排水不通", "mend_by": "2026-10-20"}
    for one in ("one", "two"):
        act(officers[one], case, "mend", "限期整改", **mend)
    assert SiteCheck.objects.get().passed is False


@pytest.mark.proves("B13", "事项更新发布新版本后，新申请用新版本，在办的件仍按受理时的版本办完")
def test_a_running_case_stays_on_the_version_that_it_began_with(citizen, officers):
    case = food_case(citizen)
    application = Application.objects.select_related("item_version").get(pk=case.pk)
    before = application.item_version
    content = {**before.content, "title_zh": "食品经营许可（新办、新版）"}
    newer = publish_item(
        pack_key="yj.food-licence", key="food_licence_new", content=content, pack_version="9.0.0"
    )
    assert newer.pk != before.pk
    act(officers["receiver"], case, "accept")
    application.refresh_from_db()
    assert application.item_version_id == before.pk
    assert set(Token.objects.filter(case=case).values_list("definition", flat=True)) == {
        before.process_id
    }
    again_applied = food_case(citizen)
    assert Application.objects.get(pk=again_applied.pk).item_version_id == newer.pk
    assert Case.objects.get(pk=again_applied.pk).title == "食品经营许可（新办、新版）"


def test_a_doubt_sends_an_instant_item_to_an_officer_with_its_limits(citizen, officers):
    case = submit_application(
        actor=citizen, submission=business(citizen, circumstances=DOUBTFUL)
    ).case
    assert open_task(case).role == "receiver"
    assert again(case).status == "OPEN"
