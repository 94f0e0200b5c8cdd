"""退回、撤回、加签、减签、挂起: the verbs of the process over the desk's pages and the API."""

import json
import uuid

import pytest

from yiwang.kernel.base.calendars import freeze
from yiwang.kernel.base.identity.tests import cast
from yiwang.kernel.casework.process import engine
from yiwang.kernel.casework.process.models import ProcessDefinition, Task
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
def clerk():
    return desk.receiver()


@pytest.fixture
def case():
    return desk.food_case(cast.citizen("陈小明"))


@pytest.fixture(autouse=True)
def _every_verb(_database):
    """The shipped processes allow few verbs; here each step of the food licence allows all."""
    for row in ProcessDefinition.objects.filter(key__contains="food"):
        for step in row.content["steps"].values():
            if step["kind"] == "task":
                step["verbs"] = ["return", "recall", "add_signer", "remove_signer", "suspend"]
        row.save(update_fields=["content"])
    engine._compiled.cache_clear()
    yield
    engine._compiled.cache_clear()


def said(answer):
    return answer.content.decode()


def ways_of(actor, task):
    page = said(desk.client_of(actor).get(f"/desk/tasks/{task.pk}/"))
    root = f"/desk/tasks/{task.pk}/ways/"
    return {part.split("/", 1)[0] for part in page.split(root)[1:]}


def send(actor, task, key, **sent):
    return desk.client_of(actor).post(f"/desk/tasks/{task.pk}/ways/{key}/", sent)


def post(actor, path, **body):
    return desk.client_of(actor).post(
        f"/api/v1{path}",
        json.dumps(body),
        content_type="application/json",
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )


def test_a_task_is_returned_over_its_page_with_the_reason(case, clerk):
    desk.act(clerk, desk.open_task(case, "receive"), "accept", "同意。")
    inspectors = [desk.inspector("谢一"), desk.inspector("冯二")]
    task = desk.open_task(case, "site_check")
    assert "return" in ways_of(inspectors[0], task)
    page = said(desk.client_of(inspectors[0]).get(f"/desk/tasks/{task.pk}/ways/return/"))
    assert 'value="receive"' in page
    assert "那一步办好后直接回到这一步" in page

    without = send(inspectors[0], task, "return", choice="receive")
    assert (without.status_code, "理由" in said(without)) == (422, True)
    sent = {"choice": "receive", "then": "jump_back", "words": "平面图看不清"}
    assert send(inspectors[0], task, "return", **sent).status_code == 302

    again = desk.open_task(case, "receive")
    page = said(desk.client_of(clerk).get(f"/desk/tasks/{again.pk}/"))
    assert "平面图看不清" in page
    assert "退回" in page


def test_put_aside_and_taken_up_again(case, clerk):
    task = desk.open_task(case, "receive")
    refused = send(clerk, task, "suspend")
    assert refused.status_code == 422
    assert send(clerk, task, "suspend", words="等消防回函").status_code == 302
    task.refresh_from_db()
    assert task.status == Task.Status.SUSPENDED
    page = said(desk.client_of(clerk).get(f"/desk/tasks/{task.pk}/"))
    assert "这件已挂起" in page
    assert 'name="act"' not in page
    assert "suspend" not in ways_of(clerk, task)
    assert task.case_number in said(desk.client_of(clerk).get("/desk/"))
    assert send(clerk, task, "resume").status_code == 302
    task.refresh_from_db()
    assert task.status == Task.Status.OPEN


def test_somebody_more_signs_and_then_need_not(case, clerk):
    task = desk.open_task(case, "receive")
    colleague = cast.official("吴同岗", f"{desk.MARKET}.receiver")
    assert "remove-signer" not in ways_of(clerk, task)
    nobody = send(clerk, task, "add-signer", choice="parallel", words="请一起看")
    assert nobody.status_code >= 400
    sent = {"target": colleague.account_id, "choice": "parallel", "words": "请一起看"}
    assert send(clerk, task, "add-signer", **sent).status_code == 302
    added = Task.objects.get(case=case, assignee_id=colleague.account_id)
    assert f"/desk/tasks/{added.pk}/" in said(desk.client_of(colleague).get("/desk/"))
    page = said(desk.client_of(clerk).get(f"/desk/tasks/{task.pk}/ways/remove-signer/"))
    assert "吴同岗" in page
    sent = {"choice": str(added.pk), "words": "已当面说明"}
    assert send(clerk, task, "remove-signer", **sent).status_code == 302
    added.refresh_from_db()
    assert added.status == Task.Status.CANCELLED


def test_recall_is_offered_to_who_acted_and_says_when_it_is_too_late(case, clerk):
    task = desk.open_task(case, "receive")
    other = cast.official("吴同岗", f"{desk.MARKET}.receiver")
    assert "recall" not in ways_of(clerk, task)
    desk.act(clerk, task, "accept", "同意。")
    assert "recall" in ways_of(clerk, task)
    assert "recall" not in ways_of(other, task)
    # Accepting issued a paper: that cannot be taken back.
    answer = send(clerk, task, "recall", words="看错了")
    assert answer.status_code == 409
    assert "撤回" in said(answer)


def test_the_same_over_the_api(case, clerk):
    task = desk.open_task(case, "receive")
    path = f"/tasks/{task.pk}"
    assert post(clerk, f"{path}/suspend", opinion="等回函").json()["status"] == "SUSPENDED"
    assert post(clerk, f"{path}/act", act="accept").status_code == 409
    assert post(clerk, f"{path}/resume").json()["status"] == "OPEN"
    refused = post(clerk, f"{path}/suspend", opinion="等", version=0)
    assert refused.json()["code"] == "TASK_CHANGED"
    assert post(clerk, f"{path}/recall", opinion="x").status_code in (404, 409)
    elsewhere = cast.official("关外县", "441704000000.market_supervision.receiver")
    for verb in ("return", "recall", "suspend", "resume", "terminate"):
        assert post(elsewhere, f"{path}/{verb}", opinion="x").status_code == 404
