"""Given a task in the pool, when officials claim, transfer and give back, then one holds it."""

import threading

import pytest
from django.db import connection

from yiwang.kernel.base.audit.models import AuditEntry
from yiwang.kernel.base.events.models import OutboxEvent
from yiwang.kernel.casework.cases.models import CaseEvent
from yiwang.kernel.casework.process.access import NotTheHolderError, access_task, see_task
from yiwang.kernel.casework.process.actions.tasks import act_on_task
from yiwang.kernel.casework.process.errors import TaskClosedError
from yiwang.kernel.casework.process.selectors import count_inbox, inbox
from yiwang.kernel.casework.worklist.actions.acting import act_in_turn
from yiwang.kernel.casework.worklist.actions.holding import (
    claim_task,
    give_back,
    transfer_task,
)
from yiwang.kernel.casework.worklist.errors import (
    NotClaimableError,
    NotCompetentError,
    OfficialUnknownError,
    ReasonMissingError,
    SamePersonError,
    TextTooLongError,
)
from yiwang.kernel.casework.worklist.models import Passing
from yiwang.kernel.casework.worklist.tests import office
from yiwang.kernel.errors import NotFoundError

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kind", "notes")]


def test_who_claims_a_task_holds_it_and_it_leaves_the_colleagues_inbox():
    task, zhang, li = office.waiting(), office.official("张三"), office.official("李四")
    assert inbox(zhang) == inbox(li) == [task]

    claimed = claim_task(actor=zhang, task_id=task.pk)

    assert claimed.assignee_id == office.fresh(task).assignee_id == zhang.account_id
    assert (count_inbox(zhang), count_inbox(li)) == (1, 0)
    row = Passing.objects.get(task=task)
    assert (row.verb, row.from_id, row.to_name, row.by_name) == ("CLAIM", None, "张三", "张三")
    line = CaseEvent.objects.get(case=task.case, kind="task.claim")
    assert (line.title_zh, line.is_public) == ("核对：张三抢办", False)
    assert AuditEntry.objects.filter(action="task.claim", object_id=str(task.pk)).count() == 1
    event = OutboxEvent.objects.get(type="task.passed")
    assert event.data["to"] == zhang.account_id


def test_claiming_what_one_holds_changes_nothing():
    task, zhang = office.waiting(), office.official("张三")
    claim_task(actor=zhang, task_id=task.pk)
    before = office.everything()
    assert claim_task(actor=zhang, task_id=task.pk).assignee_id == zhang.account_id
    assert office.everything() == before


def test_a_colleague_sees_who_holds_it_and_can_neither_claim_nor_act():
    task, zhang, li = office.waiting(), office.official("张三"), office.official("李四")
    claim_task(actor=zhang, task_id=task.pk)
    before = office.everything()
    for attempt in (
        lambda: claim_task(actor=li, task_id=task.pk),
        lambda: give_back(actor=li, task_id=task.pk),
        lambda: transfer_task(actor=li, task_id=task.pk, to_account=li.account_id, reason="我来办"),
        lambda: act_in_turn(actor=li, task_id=task.pk, act="to_0"),
        lambda: act_on_task(actor=li, task_id=task.pk, act="to_0"),
        lambda: access_task(li, task.pk),
    ):
        with pytest.raises(NotTheHolderError) as refused:
            attempt()
        assert refused.value.zh == "这件待办正由张三办理"
        assert refused.value.as_problem()["code"] == "TASK_HELD"
    assert office.everything() == before
    assert see_task(li, task.pk) == task


def test_who_has_no_seat_there_finds_no_task_whatever_the_verb():
    task, stranger = office.waiting(), office.outsider()
    before = office.everything()
    for attempt in (
        lambda: claim_task(actor=stranger, task_id=task.pk),
        lambda: give_back(actor=stranger, task_id=task.pk),
        lambda: transfer_task(actor=stranger, task_id=task.pk, to_post="x", reason="x"),
        lambda: act_in_turn(actor=stranger, task_id=task.pk, act="to_0"),
    ):
        with pytest.raises(NotFoundError):
            attempt()
    assert office.everything() == before


def test_given_back_it_waits_for_everyone_again():
    task, zhang, li = office.waiting(), office.official("张三"), office.official("李四")
    claim_task(actor=zhang, task_id=task.pk)
    give_back(actor=zhang, task_id=task.pk, reason="要外出")
    assert inbox(zhang) == inbox(li) == [task]
    before = office.everything()
    give_back(actor=zhang, task_id=task.pk)
    assert office.everything() == before
    claim_task(actor=li, task_id=task.pk)
    assert list(Passing.objects.order_by("pk").values_list("verb", "reason")) == [
        ("CLAIM", ""),
        ("GIVE_BACK", "要外出"),
        ("CLAIM", ""),
    ]


def test_a_step_of_two_signers_is_nobodys_alone():
    task, zhang, li = office.waiting(signers=2), office.official("张三"), office.official("李四")
    for attempt in (
        lambda: claim_task(actor=zhang, task_id=task.pk),
        lambda: transfer_task(
            actor=zhang, task_id=task.pk, to_account=li.account_id, reason="请办"
        ),
    ):
        with pytest.raises(NotClaimableError):
            attempt()


def test_a_task_is_transferred_to_a_person_who_then_acts():
    task, zhang, li = office.waiting(), office.official("张三"), office.official("李四")
    claim_task(actor=zhang, task_id=task.pk)
    transfer_task(actor=zhang, task_id=task.pk, to_account=li.account_id, reason="李四熟悉此事")
    assert (inbox(zhang), inbox(li)) == ([], [task])
    line = CaseEvent.objects.get(case=task.case, kind="task.transfer")
    assert line.title_zh == "核对：张三转给李四办理（李四熟悉此事）"
    with pytest.raises(NotTheHolderError):
        act_in_turn(actor=zhang, task_id=task.pk, act="to_0")
    assert act_in_turn(actor=li, task_id=task.pk, act="to_0").status == "DONE"


def test_transferred_to_a_post_it_goes_to_whoever_has_least_to_do():
    zhang, li, wang = (office.official(name) for name in ("张三", "李四", "王五"))
    for holder in (zhang, zhang, li):
        claim_task(actor=holder, task_id=office.waiting().pk)
    task = office.waiting()
    key = office.post().pk
    moved = transfer_task(actor=zhang, task_id=task.pk, to_post=key, reason="分给岗位")
    assert moved.assignee_id == wang.account_id


def test_a_transfer_that_cannot_be_is_refused_by_cause():
    task, zhang, li = office.waiting(), office.official("张三"), office.official("李四")
    stranger, gone = office.outsider(), office.official("钱离")
    office.close(gone)
    claim_task(actor=zhang, task_id=task.pk)
    before = office.everything()
    for target, reason, error in (
        ({"to_account": li.account_id}, " ", ReasonMissingError),
        ({"to_account": li.account_id}, "长" * 501, TextTooLongError),
        ({"to_account": stranger.account_id}, "请办", NotCompetentError),
        ({"to_account": gone.account_id}, "请办", OfficialUnknownError),
        ({"to_account": 987654321}, "请办", OfficialUnknownError),
        ({"to_post": "no.such.post"}, "请办", NotCompetentError),
        ({"to_post": office.post("archivist").pk}, "请办", NotCompetentError),
    ):
        with pytest.raises(error):
            transfer_task(actor=zhang, task_id=task.pk, reason=reason, **target)
    assert office.everything() == before


def test_from_the_pool_one_transfers_to_others_not_to_oneself():
    task, zhang = office.waiting(), office.official("张三")
    with pytest.raises(SamePersonError):
        transfer_task(actor=zhang, task_id=task.pk, to_account=zhang.account_id, reason="我办")


def test_the_head_of_the_unit_reassigns_a_colleagues_task_but_does_not_act():
    task, zhang, li = office.waiting(), office.official("张三"), office.official("李四")
    head = office.official(
        "关局长",
        office.post("leader", permissions=("case.read", "task.assign"), is_leader=True),
        office.post(),
    )
    claim_task(actor=zhang, task_id=task.pk)
    moved = transfer_task(actor=head, task_id=task.pk, to_account=li.account_id, reason="张三出差")
    assert moved.assignee_id == li.account_id
    with pytest.raises(NotTheHolderError):
        act_in_turn(actor=head, task_id=task.pk, act="to_0")


def test_a_stale_screen_names_that_the_step_is_done():
    task, zhang, li = office.waiting(), office.official("张三"), office.official("李四")
    act_in_turn(actor=zhang, task_id=task.pk, act="to_0")
    for attempt in (
        lambda: claim_task(actor=li, task_id=task.pk),
        lambda: give_back(actor=li, task_id=task.pk),
        lambda: transfer_task(
            actor=li, task_id=task.pk, to_account=zhang.account_id, reason="请办"
        ),
        lambda: act_in_turn(actor=li, task_id=task.pk, act="to_0"),
    ):
        with pytest.raises(TaskClosedError):
            attempt()
    # One's own act again is no stale screen.
    assert act_in_turn(actor=zhang, task_id=task.pk, act="to_0").status == "DONE"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_claim_at_once_one_holds_it():
    task = office.waiting()
    people = [office.official("张三"), office.official("李四")]
    start = threading.Barrier(2, timeout=10)
    said: list[str] = []

    def claim(actor):
        try:
            start.wait()
            claim_task(actor=actor, task_id=task.pk)
            said.append("held")
        except NotTheHolderError:
            said.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=claim, args=(actor,)) for actor in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(said) == ["held", "refused"]
    assert Passing.objects.filter(task=task).count() == 1
