"""Stories of tasks that change hands, over HTTP: the JSON API and the pages of the desk."""

import json
import uuid
from datetime import timedelta

import pytest
from django.test import Client

from yiwang.kernel.base.calendars import freeze
from yiwang.kernel.base.identity.models import Account
from yiwang.kernel.base.identity.tests import cast
from yiwang.kernel.casework.process.models import Task, TaskAct
from yiwang.kernel.casework.worklist.models import Circulation, Delegation, Passing, Urge
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


@pytest.fixture
def task():
    return desk.open_task(desk.food_case(cast.citizen("陈小明")), "receive")


@pytest.fixture
def lin():
    return desk.receiver()


@pytest.fixture
def wu():
    return cast.official("吴同岗", f"{desk.MARKET}.receiver")


@pytest.fixture
def expert():
    return cast.official("谢核查", f"{desk.MARKET}.site_inspector")


def post(actor, path, *, key=None, **body):
    """Send one write to the API; each with a key of its own unless one is given."""
    return desk.client_of(actor).post(
        f"/api/v1{path}",
        json.dumps(body),
        content_type="application/json",
        headers={"Idempotency-Key": key or uuid.uuid4().hex},
    )


def code_of(answer):
    return answer.json()["code"]


def said(answer):
    return answer.content.decode()


def test_claimed_transferred_asked_answered_and_done(task, lin, wu, expert):
    path = f"/tasks/{task.pk}"
    assert post(lin, f"{path}/claim").json()["holder"] == lin.account_id
    refused = post(wu, f"{path}/act", act="accept", opinion="材料齐全。")
    assert (refused.status_code, code_of(refused)) == (409, "TASK_HELD")
    assert refused.json()["title"] == "这件待办正由林收件办理"
    assert refused.json()["title_en"] == "林收件 holds this task."

    moved = post(lin, f"{path}/transfer", to_account=wu.account_id, reason="吴同岗熟悉")
    assert moved.json()["holder"] == wu.account_id
    asked = post(wu, f"{path}/delegate", to_account=expert.account_id, question="够大吗？")
    assert asked.json()["status"] == "OPEN"
    assert code_of(post(wu, f"{path}/act", act="accept")) == "TASK_DELEGATED"
    assert code_of(post(expert, f"{path}/act", act="accept")) == "TASK_DELEGATED"
    answered = post(expert, f"{path}/answer", answer="够大。")
    assert answered.json()["answer"] == "够大。"
    assert post(wu, f"{path}/act", act="accept", opinion="同意。").json()["status"] == "DONE"

    seen = desk.client_of(lin).get(f"/api/v1{path}/hands").json()
    assert [row["verb"] for row in seen["passings"]] == [
        "CLAIM",
        "TRANSFER",
        "DELEGATE",
        "ANSWER",
    ]


def test_the_same_key_gives_the_first_answer(task, lin, wu, expert):
    key = uuid.uuid4().hex
    body = {"to_account": expert.account_id, "question": "够大吗？"}
    first = post(lin, f"/tasks/{task.pk}/delegate", key=key, **body)
    again = post(lin, f"/tasks/{task.pk}/delegate", key=key, **body)
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert Delegation.objects.filter(task=task).count() == 1
    other = post(lin, f"/tasks/{task.pk}/delegate", key=key, **(body | {"question": "不同"}))
    assert other.status_code == 409 or other.status_code == 422
    urged = uuid.uuid4().hex
    for _ in range(2):
        assert post(wu, f"/tasks/{task.pk}/urge", key=urged, words="快").status_code == 200
    assert Urge.objects.filter(task=task).count() == 1


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("transfer", {"reason": "", "to_account": "wu"}, "REASON_REQUIRED"),
        ("transfer", {"reason": "请办", "to_account": "expert"}, "ASSIGNEE_NOT_COMPETENT"),
        ("transfer", {"reason": "请办", "to_account": "left"}, "OFFICIAL_UNKNOWN"),
        ("transfer", {"reason": "请办", "to_post": "no.such"}, "ASSIGNEE_NOT_COMPETENT"),
        ("transfer", {"reason": "请办", "to_account": "wu", "version": 99}, "TASK_CHANGED"),
        ("delegate", {"question": "问", "to_account": "lin"}, "SAME_PERSON"),
        ("delegate", {"question": " ", "to_account": "wu"}, "REASON_REQUIRED"),
        ("answer", {"answer": "没人问"}, "TASK_NOT_DELEGATED"),
        ("take-back", {}, "TASK_NOT_DELEGATED"),
        ("urge", {}, "URGING_ONESELF"),
        ("copies", {"readers": []}, "OFFICIAL_UNKNOWN"),
        ("act", {"act": "accept", "ink": "no picture"}, "INK_REFUSED"),
    ],
)
def test_what_is_refused_and_why(task, lin, wu, expert, path, body, code):
    left = cast.official("钱离", f"{desk.MARKET}.receiver")
    Account.objects.filter(pk=left.account_id).update(is_active=False)
    people = {"lin": lin, "wu": wu, "expert": expert, "left": left}
    body = {
        k: people[v].account_id if isinstance(v, str) and v in people else v
        for k, v in body.items()
    }
    post(lin, f"/tasks/{task.pk}/claim")
    before = Passing.objects.count(), Task.objects.get(pk=task.pk).assignee_id

    answer = post(lin, f"/tasks/{task.pk}/{path}", **body)

    assert code_of(answer) == code
    problem = answer.json()
    assert problem["title"]
    assert problem["title_en"]
    assert problem["mend"]
    assert (Passing.objects.count(), Task.objects.get(pk=task.pk).assignee_id) == before


@pytest.mark.parametrize(
    "path",
    ["claim", "give-back", "transfer", "delegate", "answer", "take-back", "copies", "urge", "act"],
)
def test_the_four_callers(task, lin, path):
    body = {"reason": "x", "question": "x", "answer": "x", "readers": [1], "act": "accept"}
    body |= {"to_account": lin.account_id}
    elsewhere = cast.official("关外县", "441704000000.market_supervision.receiver")
    for actor in (cast.citizen(), elsewhere, cast.approver()):
        answer = post(actor, f"/tasks/{task.pk}/{path}", **body)
        assert answer.status_code == 404, actor.name
    answer = Client().post(
        f"/api/v1/tasks/{task.pk}/{path}",
        json.dumps(body),
        content_type="application/json",
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )
    assert answer.status_code == 401
    task.refresh_from_db()
    assert (task.assignee_id, task.status) == (None, "OPEN")
    assert not Passing.objects.exists()


def test_a_deputy_for_one_item_sees_that_item_only(task, lin, expert):
    road = desk.open_task(desk.road_case(cast.citizen("李大路")), "receive")
    both = cast.official("两处岗", f"{desk.MARKET}.receiver", f"{desk.ROADS}.receiver")
    day = desk.MONDAY.date()
    named = post(
        both,
        "/deputies",
        deputy=expert.account_id,
        from_date=str(day),
        to_date=str(day + timedelta(days=3)),
        item_keys=["road_occupation_temporary"],
    )
    assert named.json()["deputy"] == "谢核查"

    rows = desk.client_of(expert).get("/api/v1/tasks").json()["items"]
    assert [row["id"] for row in rows] == [road.pk]
    assert post(expert, f"/tasks/{task.pk}/act", act="accept").status_code == 404
    assert post(expert, f"/tasks/{road.pk}/act", act="accept").status_code == 200
    assert TaskAct.objects.get(task=road).actor_name == "谢核查（代两处岗办理）"
    assert post(both, f"/deputies/{named.json()['id']}/end").status_code == 200
    assert desk.client_of(expert).get("/api/v1/tasks").json()["items"] == []


def test_many_at_once_and_hand_over(task, lin, wu):
    held = desk.open_task(desk.food_case(cast.citizen("黄二")), "receive")
    post(wu, f"/tasks/{held.pk}/claim")
    key = uuid.uuid4().hex
    for _ in range(2):
        told = post(lin, "/tasks/bulk", key=key, task_ids=[task.pk, held.pk], act="accept").json()
        assert [(row["status"], row["code"]) for row in told["items"]] == [
            ("DONE", ""),
            ("REFUSED", "TASK_HELD"),
        ]
    assert desk.client_of(lin).get(f"/api/v1/bulk/{told['run']}").json() == told
    assert desk.client_of(wu).get(f"/api/v1/bulk/{told['run']}").status_code == 404

    people = {"from_account": wu.account_id, "to_account": lin.account_id}
    plan = post(wu, "/hand-overs", **people).json()
    assert plan["counts"] == {"TO_SUCCESSOR": 1}
    assert Task.objects.get(pk=held.pk).assignee_id == wu.account_id
    done = post(wu, "/hand-overs", **people, dry_run=False, reason="轮岗").json()
    assert (done["moved"], done["finished_at"] is not None) == (1, True)
    assert Task.objects.get(pk=held.pk).assignee_id == lin.account_id
    assert post(lin, "/hand-overs", **people, dry_run=False, reason="x").status_code == 403


# 页面


def test_a_colleague_sees_who_holds_it_and_no_acts(task, lin, wu):
    post(lin, f"/tasks/{task.pk}/claim")
    page = said(desk.client_of(wu).get(f"/desk/tasks/{task.pk}/"))
    assert "这件由林收件办理，您可以查看。" in page
    assert 'name="act"' not in page
    assert f"/desk/tasks/{task.pk}/ways/urge/" in page
    assert f"/desk/tasks/{task.pk}/ways/transfer/" not in page
    assert "由您办理" in said(desk.client_of(lin).get("/desk/"))
    assert f"/desk/tasks/{task.pk}/" not in said(desk.client_of(wu).get("/desk/"))


def test_on_a_stale_screen_the_words_are_kept(task, lin, wu):
    post(lin, f"/tasks/{task.pk}/claim")
    answer = desk.client_of(wu).post(
        f"/desk/tasks/{task.pk}/", {"act": "decline", "opinion": "我写了很久的意见"}
    )
    assert answer.status_code == 409
    assert "这件待办正由林收件办理" in said(answer)
    assert "我写了很久的意见" in said(answer)
    assert not TaskAct.objects.filter(task=task).exists()


def test_each_way_has_a_page_that_does_it(task, lin, wu, expert):
    client = desk.client_of(lin)
    address = f"/desk/tasks/{task.pk}/ways"
    assert "这件由您来办" in said(client.get(f"{address}/claim/"))
    assert client.post(f"{address}/claim/").status_code == 302
    assert client.get(f"{address}/claim/").status_code == 302
    assert "谢核查" in said(client.get(f"{address}/delegate/"))
    assert "谢核查" not in said(client.get(f"{address}/transfer/"))
    sent = {"target": expert.account_id, "words": "够大吗？"}
    assert client.post(f"{address}/delegate/", sent).status_code == 302
    assert "已委派谢核查答复" in said(client.get(f"/desk/tasks/{task.pk}/"))
    assert "够大吗？" in said(desk.client_of(expert).get(f"/desk/tasks/{task.pk}/"))
    assert client.post(f"{address}/take-back/").status_code == 302
    missing = client.post(f"{address}/transfer/", {"target": wu.account_id})
    assert missing.status_code == 422
    assert "请写明理由" in said(missing)
    sent = {"target": f"post:{desk.MARKET}.receiver", "words": "请办"}
    assert client.post(f"{address}/transfer/", sent).status_code == 302
    task.refresh_from_db()
    assert task.assignee_id == wu.account_id
    for key in ("copy", "circulate"):
        sent = {"target": [expert.account_id, wu.account_id], "words": "请阅"}
        assert client.post(f"{address}/{key}/", sent).status_code == 302
    assert client.post(f"{address}/urge/", {"words": "急"}).status_code == 302
    again = client.post(f"{address}/urge/", {"words": "急"})
    assert (again.status_code, "一小时内已经催办过" in said(again)) == (429, True)
    assert client.get(f"{address}/no-such-way/").status_code == 404
    elsewhere = cast.official("关外县", "441704000000.market_supervision.receiver")
    assert desk.client_of(elsewhere).get(f"{address}/urge/").status_code == 404


def test_the_tabs_of_the_inbox(task, lin, wu, expert):
    done = desk.open_task(desk.food_case(cast.citizen("黄二")), "receive")
    post(lin, f"/tasks/{done.pk}/act", act="accept", opinion="同意。")
    post(lin, f"/tasks/{task.pk}/copies", readers=[expert.account_id], note="请知悉")
    client, row = desk.client_of(lin), f"/desk/tasks/{task.pk}/"
    assert row in said(client.get("/desk/?tab=pool"))
    post(lin, f"/tasks/{task.pk}/claim")
    assert row not in said(client.get("/desk/?tab=pool"))
    assert row in said(client.get("/desk/"))
    page = said(client.get("/desk/?tab=done"))
    assert f"/desk/tasks/{done.pk}/?tab=done" in page
    assert "受理" in page
    post(lin, f"/tasks/{task.pk}/delegate", to_account=wu.account_id, question="？")
    assert "吴同岗 · 待答复" in said(client.get("/desk/?tab=delegated"))
    reading = desk.client_of(expert)
    assert f"{row}?tab=copies" in said(reading.get("/desk/?tab=copies"))
    copy = Circulation.objects.get(task=task)
    assert reading.post(f"/desk/copies/{copy.pk}/read/", {"remark": "已阅"}).status_code == 302
    assert client.post(f"/desk/copies/{copy.pk}/read/").status_code == 404
    copy.refresh_from_db()
    assert copy.remark == "已阅"


def test_deputies_and_phrases_under_ones_own_settings(lin, wu):
    client = desk.client_of(lin)
    day = desk.MONDAY.date()
    dates = {"from_date": str(day), "to_date": str(day + timedelta(days=2))}
    answer = client.post("/desk/settings/", {"deputy": wu.account_id, **dates}, follow=True)
    assert "吴同岗代您办理" in said(answer)
    assert "您代林收件办理" in said(desk.client_of(wu).get("/desk/settings/"))
    again = client.post(
        "/desk/settings/", {"deputy": wu.account_id, "from_date": "x", "to_date": str(day)}
    )
    assert (again.status_code, "请选择日期" in said(again)) == (422, True)
    answer = client.post("/desk/settings/phrases/", {"text": "材料齐全。"}, follow=True)
    assert "常用语已添加" in said(answer)
    refused = client.post(
        "/desk/settings/phrases/", {"text": "x", "unit": desk.MARKET}, follow=True
    )
    assert "权限" in said(refused)
    head = desk.client_of(cast.official("关局长", f"{desk.MARKET}.leader"))
    head.post("/desk/settings/phrases/", {"text": "请按期办结。", "unit": desk.MARKET})
    page = said(client.get("/desk/settings/"))
    assert "请按期办结。" in page
    task = desk.open_task(desk.food_case(cast.citizen()), "receive")
    page = said(client.get(f"/desk/tasks/{task.pk}/"))
    assert 'data-phrase="材料齐全。"' in page
    assert 'data-phrase="请按期办结。"' in page


def test_hand_over_shows_the_list_first(task, lin, wu):
    post(lin, f"/tasks/{task.pk}/claim")
    client = desk.client_of(lin)
    page = said(client.get(f"/desk/settings/hand-over/?to={wu.account_id}"))
    assert task.case_number in page
    assert "交给接收人" in page
    assert Task.objects.get(pk=task.pk).assignee_id == lin.account_id
    sent = {"to": wu.account_id, "reason": "轮岗"}
    assert "交接完成" in said(client.post("/desk/settings/hand-over/", sent, follow=True))
    assert Task.objects.get(pk=task.pk).assignee_id == wu.account_id


def test_bulk_over_pages_tells_each_result(task, lin, wu):
    other = desk.open_task(desk.food_case(cast.citizen("黄二")), "receive")
    client = desk.client_of(lin)
    assert "/desk/bulk/?step=" in said(client.get("/desk/"))
    page = said(client.get(f"/desk/bulk/?step={task.title_zh}"))
    assert "陈*明" in page
    assert "陈小明" not in page
    # What asks for points cannot be done in bulk.
    assert "一次性告知补正" not in page
    nobody = client.post("/desk/bulk/", {"act": "accept"})
    assert (nobody.status_code, "还没有选择待办" in said(nobody)) == (422, True)
    post(wu, f"/tasks/{other.pk}/claim")
    answer = client.post("/desk/bulk/", {"task": [task.pk, other.pk], "act": "accept"}, follow=True)
    assert "办成 1 件，未办 1 件" in said(answer)
    assert "这件待办正由吴同岗办理" in said(answer)
