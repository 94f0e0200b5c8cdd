"""审查: one task beside its materials, the acts of its step, and what is refused."""

import re

import pytest
from django.test import Client

from yiwang.kernel.base.audit.models import AuditEntry
from yiwang.kernel.base.calendars import freeze
from yiwang.kernel.base.http.testing import assert_query_count
from yiwang.kernel.base.identity.tests import cast
from yiwang.kernel.casework.cases.models import CaseFile
from yiwang.kernel.casework.papers.models import Paper
from yiwang.kernel.casework.process.models import Task, TaskAct
from yiwang.services.applications.actions.applications import supply_correction
from yiwang.services.applications.models import CorrectionRequest
from yiwang.services.applications.tests import desk_cast as desk

POINTS = ["平面图没有标明操作间的长和宽", "平面图没有标明洗手池的位置"]


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
def case():
    return desk.food_case(cast.citizen("陈小明"))


@pytest.fixture
def task(case):
    return desk.open_task(case, "receive")


@pytest.fixture
def clerk():
    return desk.receiver()


def address(task: Task) -> str:
    return f"/desk/tasks/{task.pk}/"


def looks(actor, action: str):
    """Return what the audit kept of an official's looks; such rows stay for ever, by design."""
    return AuditEntry.objects.filter(account_id=actor.account_id, action=action)


def text_of(answer) -> str:
    return re.sub(r"\s+", "", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_the_page_has_the_case_its_rules_and_its_materials(clerk, task):
    answer = desk.client_of(clerk).get(address(task))
    page = answer.content.decode()
    assert answer.status_code == 200
    for words in (
        "陈*明",
        "138****0001",
        "阳江市江城区南恩路88号首层",
        "热食类食品制售、自制饮品制售",
        "告知补正",
        "我承诺：采用并执行食品安全示范制度",
        "数据共享核验",
        "受理",
        "一次性告知补正",
        "出具受理通知书，办理时限开始计算",
    ):
        assert words in page, words
    assert "陈小明" not in page
    assert "13827600001" not in page
    for row in CaseFile.objects.filter(case=task.case):
        assert f"/desk/files/{row.file_id}/" in page


def test_who_may_not_open_a_task_gets_the_answer_of_an_absent_one(case, task):
    here = desk.client_of(desk.receiver())
    elsewhere = cast.official("关外县", "441704000000.market_supervision.receiver")
    absent = here.get(address(Task(pk=task.pk + 999)))

    assert here.get(address(task)).status_code == 200
    assert Client().get(address(task)).status_code == 302
    assert desk.client_of(cast.citizen()).get(address(task)).status_code == 403
    for actor in (elsewhere, cast.approver()):
        client = desk.client_of(actor)
        refused = client.get(address(task))
        assert refused.status_code == absent.status_code == 404
        answer = client.post(address(task), {"act": "accept"})
        assert answer.status_code == 404
    task.refresh_from_db()
    assert task.status == Task.Status.OPEN
    assert not Paper.objects.filter(case=case).exists()


def test_accepting_issues_the_paper_and_goes_to_the_next_task(clerk, task):
    second = desk.open_task(desk.food_case(cast.citizen("王小二")), "receive")
    client = desk.client_of(clerk)

    answer = client.post(f"{address(task)}?order=due", {"act": "accept", "opinion": "材料齐全。"})

    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{address(second)}?order=due"
    task.refresh_from_db()
    assert (task.status, task.act) == (Task.Status.DONE, "accept")
    assert Paper.objects.get(case=task.case).kind == Paper.Kind.ACCEPTANCE
    followed = client.get(answer.headers["Location"]).content.decode()
    assert f"{task.case_number}：已办理“受理”。" in followed


def test_after_the_last_task_the_inbox_says_that_all_is_done(clerk, task):
    client = desk.client_of(clerk)
    answer = client.post(address(task), {"act": "accept"}, follow=True)
    assert answer.redirect_chain == [("/desk/", 302)]
    assert "都办完了" in answer.content.decode()


def test_sending_twice_is_one_act(clerk, task):
    client = desk.client_of(clerk)
    for _ in range(2):
        assert client.post(address(task), {"act": "accept"}).status_code == 302
    assert TaskAct.objects.filter(task=task).count() == 1
    assert Paper.objects.filter(case=task.case).count() == 1


def test_a_correction_is_asked_line_by_line(clerk, task):
    lines = [POINTS[0], "", f"  {POINTS[1]}  "]
    answer = desk.client_of(clerk).post(
        address(task), {"act": "correct", "input.correct.points": lines}
    )
    assert answer.status_code == 302
    assert CorrectionRequest.objects.get(application__case=task.case).points == POINTS


def test_without_points_nothing_happens_and_the_page_says_why(clerk, task):
    answer = desk.client_of(clerk).post(
        address(task),
        {"act": "correct", "opinion": "平面图要补", "input.correct.points": ["", " "]},
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "请填写这一项" in page
    assert "平面图要补" in page
    assert re.search(r'value="correct" checked', page)
    assert not TaskAct.objects.filter(task=task).exists()


def test_declining_without_a_reason_keeps_everything(clerk, task):
    answer = desk.client_of(clerk).post(address(task), {"act": "decline", "opinion": " "})
    assert answer.status_code == 422
    assert "请填写办理意见" in answer.content.decode()
    assert not TaskAct.objects.filter(task=task).exists()


@pytest.mark.parametrize("act", ["", "grant", "accept\0"])
def test_an_act_that_the_step_has_not_is_refused(clerk, task, act):
    answer = desk.client_of(clerk).post(address(task), {"act": act, "opinion": "已写的意见\0"})
    assert answer.status_code == 422
    assert "还没有选择办理结论" in answer.content.decode()
    assert "已写的意见" in answer.content.decode()
    assert not TaskAct.objects.filter(task=task).exists()


def test_the_second_of_two_officials_sees_who_was_first_and_keeps_the_words(clerk, task):
    second = cast.official("吴后到", f"{desk.MARKET}.receiver")
    client = desk.client_of(second)
    assert client.get(address(task)).status_code == 200
    desk.act(clerk, task, "accept", "材料齐全。")

    answer = client.post(
        address(task), {"act": "correct", "opinion": "我的意见", "input.correct.points": POINTS}
    )

    page = text_of(answer)
    assert answer.status_code == 409
    assert "这一步已由林收件于10月12日09:00办理：受理" in page
    assert "您的办理没有生效" in page
    for words in (*POINTS, "我的意见", "选的结论：一次性告知补正"):
        assert words in page
    assert 'name="act"' not in answer.content.decode()
    assert not CorrectionRequest.objects.exists()


def test_a_step_that_ended_by_itself_says_so(clerk, task):
    with freeze(desk.MONDAY.replace(day=20), whole_process=True):
        Task.objects.filter(pk=task.pk).update(
            status=Task.Status.CANCELLED, done_at=desk.MONDAY.replace(day=19)
        )
        page = text_of(desk.client_of(clerk).get(address(task)))
    assert "这一步已于10月19日09:00自动结束，不用再办。" in page


def test_two_officers_confirm_the_same_record(clerk, case, task):
    desk.act(clerk, task, "accept")
    check = desk.open_task(case, "site_check")
    one, two = desk.inspector("谢一"), desk.inspector("冯二")
    record = {
        "act": "recorded",
        "input.recorded.place": "南恩路88号首层",
        "input.recorded.findings": "洗手消毒设施齐全",
        "input.recorded.passed": "true",
    }
    first = desk.client_of(one)
    assert "还没有人确认" in first.get(address(check)).content.decode()
    answer = first.post(address(check), record, follow=True)
    assert "还等另一位同事确认" in answer.content.decode()

    again = first.get(address(check)).content.decode()
    assert "您已确认，等另一位同事登录后确认" in again
    assert 'name="act"' not in again

    second = desk.client_of(two)
    page = second.get(address(check))
    assert "谢一10月12日09:00：提交核查结论" in text_of(page)
    assert "洗手消毒设施齐全" in page.content.decode()
    disagrees = second.post(
        address(check),
        {
            "act": "mend",
            "opinion": "没有纱窗",
            "input.mend.place": "南恩路88号",
            "input.mend.findings": "没有纱窗",
            "input.mend.mend_by": "2026-10-20",
        },
    )
    assert disagrees.status_code == 409
    assert "与先办理的同事选择不一致" in disagrees.content.decode()
    assert second.post(address(check), record).status_code == 302
    check.refresh_from_db()
    assert (check.status, check.act) == (Task.Status.DONE, "recorded")
    assert desk.open_task(case, "decide").role == "approver"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("passed", "perhaps", "请填写这一项"),
        ("findings", "", "请填写这一项"),
    ],
)
def test_a_wrong_field_of_an_act_is_named_and_kept(clerk, case, task, field, value, message):
    desk.act(clerk, task, "accept")
    check = desk.open_task(case, "site_check")
    given = {
        "input.recorded.place": "南恩路88号首层",
        "input.recorded.findings": "洗手消毒设施齐全",
        "input.recorded.passed": "true",
        f"input.recorded.{field}": value,
    }
    answer = desk.client_of(desk.inspector("谢一")).post(
        address(check), {"act": "recorded", **given}
    )
    assert answer.status_code == 422
    assert message in answer.content.decode()
    assert "南恩路88号首层" in answer.content.decode()
    assert not TaskAct.objects.filter(task=check).exists()


def test_the_rules_and_the_opinions_stand_before_who_decides(clerk, case, task):
    desk.act(clerk, task, "accept", "材料齐全，符合法定形式。")
    check = desk.open_task(case, "site_check")
    for name in ("谢一", "冯二"):
        desk.act(
            desk.inspector(name),
            check,
            "recorded",
            "现场合格",
            place="南恩路88号",
            findings="设施齐全",
            passed=True,
        )
    decide = desk.open_task(case, "decide")

    page = desk.client_of(cast.approver()).get(address(decide)).content.decode()

    assert "有冷食、生食、糕点或自制饮品，需要现场核查" in page
    assert "行政许可法 第三十四条第三款" in page
    assert "材料齐全，符合法定形式。" in page
    assert page.count("现场合格") >= 2
    assert page.index("规则怎么说") < page.index("公民身份号码")
    assert "制发证照" in page


def test_personal_data_are_shown_in_full_only_by_a_logged_act(clerk, case, task):
    reveal = f"{address(task)}reveal/"
    receiver = desk.client_of(clerk)
    assert "查看完整信息" not in receiver.get(address(task)).content.decode()
    assert receiver.post(reveal, {"purpose": "电话核实"}).status_code == 403

    desk.act(clerk, task, "accept")
    check = desk.open_task(case, "site_check")
    for name in ("谢一", "冯二"):
        desk.act(desk.inspector(name), check, "recorded", place="某处", findings="好", passed=True)
    decide = desk.open_task(case, "decide")
    reveal = f"{address(decide)}reveal/"
    approver = cast.approver()
    client = desk.client_of(approver)
    assert client.get(reveal).status_code == 405
    assert client.post(reveal, {"purpose": " "}).status_code == 422
    assert not looks(approver, "party.reveal").exists()

    page = client.post(reveal, {"purpose": "电话核实材料"}).content.decode()

    assert case.party.citizen_id_no in page
    assert "陈小明" in page
    assert "13827600001" in page
    entry = looks(approver, "party.reveal").get()
    assert (entry.object_id, entry.case_id) == (str(case.party_id), case.pk)
    assert entry.details["purpose"] == "电话核实材料"
    assert case.party.citizen_id_no not in client.get(address(decide)).content.decode()


@pytest.mark.proves("B29", "城管牵头的办件，交警在自己的工作台上看到并办理本单位那一步")
def test_the_police_see_the_case_that_city_management_leads():
    case = desk.road_case(cast.citizen("李大路"))
    police = cast.official("曾交警", f"{desk.POLICE}.approver")
    client = desk.client_of(police)
    assert client.get(f"/desk/cases/{case.number}/").status_code == 404
    desk.act(
        cast.official("许城管", f"{desk.ROADS}.receiver"), desk.open_task(case, "receive"), "accept"
    )
    task = desk.open_task(case, "police")

    assert client.get(address(task)).status_code == 200
    answer = client.post(
        address(task),
        {
            "act": "approve_with_conditions",
            "input.approve_with_conditions.conditions": "晚上设反光灯",
        },
    )
    assert answer.status_code == 302
    # What the unit has handled it may read again, though it does not lead the case.
    assert "晚上设反光灯" in client.get(f"/desk/cases/{case.number}/").content.decode()


def test_files_open_in_our_frame_for_those_who_see_the_case_and_leave_a_trace(clerk, case):
    pdf = CaseFile.objects.get(case=case, label="经营场所布局和操作流程平面图").file
    picture = CaseFile.objects.get(case=case, label="专间或者专用操作区平面图").file
    client = desk.client_of(clerk)

    answer = client.get(f"/desk/files/{pdf.pk}/")

    assert answer.status_code == 200
    assert answer.content == desk.PDF
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert client.get(f"/desk/files/{picture.pk}/").headers["Content-Type"] == "image/png"
    entry = looks(clerk, "file.read").get(object_id=str(pdf.pk))
    assert entry.case_id == case.pk


def test_files_are_closed_to_everyone_else(case):
    file = CaseFile.objects.filter(case=case).first()
    where = f"/desk/files/{file.file_id}/"
    assert Client().get(where).status_code == 302
    assert desk.client_of(cast.citizen()).get(where).status_code == 403
    outsider = cast.outsider()
    elsewhere = desk.client_of(outsider)
    assert elsewhere.get(where).status_code == elsewhere.get("/desk/files/9999999/").status_code
    assert elsewhere.get(where).status_code == 404
    assert not looks(outsider, "file.read").exists()


def test_what_was_replaced_by_a_correction_can_still_be_compared(clerk):
    citizen = cast.citizen("陈小明")
    case = desk.food_case(citizen)
    old = CaseFile.objects.get(case=case, label="经营场所布局和操作流程平面图").file_id
    desk.act(clerk, desk.open_task(case, "receive"), "correct", points=POINTS)
    supply_correction(
        actor=citizen,
        case_id=case.pk,
        form_data={},
        materials={"layout_plan": desk.upload(citizen, "新平面图.pdf")},
        explanation="已重画",
    )

    page = desk.client_of(clerk).get(address(desk.open_task(case, "receive"))).content.decode()

    assert "新平面图.pdf" in page
    assert f"/desk/files/{old}/" in page
    assert "补正前的一份" in page
    assert "已重画" in page


def test_the_page_costs_the_same_for_a_case_with_a_longer_history(clerk, case, task):
    """Papers and opinions bring a query each for what belongs to all of them, once there is one."""
    client = desk.client_of(clerk)
    client.get(address(task))
    with assert_query_count("desk.task"):
        client.get(address(task))
    desk.act(clerk, task, "correct", points=POINTS)
    supply_correction(
        actor=desk.citizen_of(case.party),
        case_id=case.pk,
        form_data={},
        materials={},
        explanation="说明",
    )
    again = desk.open_task(case, "receive")
    with assert_query_count("desk.task_with_history"):
        client.get(address(again))
