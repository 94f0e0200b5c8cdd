"""Given officials who are on leave, change their job or leave, then nothing lies with nobody."""

import pytest

from yiwang.kernel.base.calendars import freeze, now
from yiwang.kernel.casework.cases.models import CaseEvent
from yiwang.kernel.casework.process.access import NotTheHolderError
from yiwang.kernel.casework.process.models import Task, TaskAct
from yiwang.kernel.casework.process.selectors import inbox
from yiwang.kernel.casework.ratings.tests.factories import make_unit
from yiwang.kernel.casework.worklist.actions import handing_over
from yiwang.kernel.casework.worklist.actions.acting import act_in_turn
from yiwang.kernel.casework.worklist.actions.delegating import (
    answer_delegation,
    delegate_task,
)
from yiwang.kernel.casework.worklist.actions.deputies import end_deputy, name_deputy
from yiwang.kernel.casework.worklist.actions.handing_over import (
    go_on_with,
    plan_hand_over,
    start_hand_over,
)
from yiwang.kernel.casework.worklist.actions.holding import claim_task
from yiwang.kernel.casework.worklist.actions.leaving import fall_back_all
from yiwang.kernel.casework.worklist.errors import (
    DeputyAwayError,
    DeputyOverlapError,
    DeputyPeriodError,
    HandOverNotDoneError,
    OfficialUnknownError,
    SamePersonError,
)
from yiwang.kernel.casework.worklist.models import Deputyship, HandOver, Passing
from yiwang.kernel.casework.worklist.tests import office
from yiwang.kernel.errors import NotFoundError, NotPermittedError

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kind", "notes")]


@pytest.fixture
def zhang():
    return office.official("张三")


@pytest.fixture
def deputy():
    """An official of another duty: what it may do here it may only as a deputy."""
    return office.outsider("代小四")


def stand_in(away, deputy, first=0, last=5, **more):
    start, end = office.days(first, last)
    return name_deputy(actor=away, deputy=deputy.account_id, from_date=start, to_date=end, **more)


# 代理


def test_a_deputy_sees_and_does_what_waits_for_the_principal(zhang, deputy):
    held = claim_task(actor=zhang, task_id=office.waiting().pk)
    pooled = office.waiting()
    assert inbox(deputy) == []

    stand_in(zhang, deputy)

    assert inbox(deputy) == [held, pooled]
    assert inbox(zhang) == [held, pooled]
    for task in (held, pooled):
        act_in_turn(actor=deputy, task_id=task.pk, act="to_0")
        done = TaskAct.objects.get(task=task)
        assert (done.account_id, done.actor_name) == (
            deputy.account_id,
            "代小四（代张三办理）",
        )
        line = CaseEvent.objects.get(case=task.case, kind="task.done")
        assert line.actor_name == "代小四（代张三办理）"


def test_who_is_competent_acts_in_the_own_name_from_the_pool(zhang):
    li = office.official("李四")
    task = office.waiting()
    stand_in(zhang, li)
    act_in_turn(actor=li, task_id=task.pk, act="to_0")
    assert TaskAct.objects.get(task=task).actor_name == "李四"


def test_a_deputyship_holds_on_its_days_only_and_may_end_early(zhang, deputy):
    task = claim_task(actor=zhang, task_id=office.waiting().pk)
    row = stand_in(zhang, deputy, 2, 3)
    for day, found in ((0, []), (2, [task]), (3, [task]), (4, [])):
        with freeze(now().replace(hour=4) + (office.days(day, day)[0] - office.days(0, 0)[0])):
            assert inbox(deputy) == found, day
    with freeze(now().replace(hour=4) + (office.days(2, 2)[0] - office.days(0, 0)[0])):
        end_deputy(actor=zhang, deputyship_id=row.pk)
        before = office.everything()
        end_deputy(actor=zhang, deputyship_id=row.pk)
        assert (inbox(deputy), office.everything()) == ([], before)


def test_a_deputy_of_a_deputy_is_nobody(zhang, deputy):
    task = claim_task(actor=zhang, task_id=office.waiting().pk)
    third = office.outsider("第三人")
    stand_in(zhang, deputy)
    stand_in(deputy, third, item_keys=["food"])
    assert inbox(deputy) == [task]
    assert inbox(third) == []
    with pytest.raises(NotFoundError):
        act_in_turn(actor=third, task_id=task.pk, act="to_0")


def test_one_who_answers_may_be_stood_in_for(zhang, deputy):
    expert = office.outsider("赵专家")
    task = office.waiting()
    delegate_task(actor=zhang, task_id=task.pk, to_account=expert.account_id, question="行吗？")
    stand_in(expert, deputy)
    assert inbox(deputy) == [task]
    answer_delegation(actor=deputy, task_id=task.pk, answer="行")
    assert office.fresh(task).assignee_id == zhang.account_id


def test_registering_again_is_one_row_and_overlaps_are_refused(zhang, deputy):
    li = office.official("李四")
    row = stand_in(zhang, deputy)
    before = office.everything()
    assert stand_in(zhang, deputy) == row
    for who, error in ((li, DeputyOverlapError), (zhang, SamePersonError)):
        with pytest.raises(error):
            stand_in(zhang, who)
    with pytest.raises(DeputyOverlapError):
        stand_in(zhang, li, 5, 9, item_keys=["food"])
    with pytest.raises(DeputyAwayError):
        stand_in(li, zhang)
    for first, last in ((3, 2), (-9, -1), (0, 400)):
        with pytest.raises(DeputyPeriodError):
            stand_in(li, deputy, first, last)
    assert office.everything() == before
    stand_in(zhang, li, 6, 9)
    stand_in(deputy, li, 20, 22, item_keys=["food"])
    stand_in(deputy, zhang, 20, 22, item_keys=["roads"])
    with pytest.raises(DeputyOverlapError):
        stand_in(deputy, zhang, 22, 23, item_keys=["roads", "food"])


def test_for_somebody_else_only_who_may_assign_their_tasks(zhang, deputy):
    colleague, head = office.official("李四"), office.leader()
    for actor, error in ((colleague, NotPermittedError), (deputy, NotPermittedError)):
        with pytest.raises(error):
            stand_in(actor, deputy, principal=zhang.account_id)
    row = stand_in(head, deputy, principal=zhang.account_id, reason="张三住院")
    assert (row.principal_name, row.by_id) == ("张三", head.account_id)
    with pytest.raises(NotFoundError):
        end_deputy(actor=colleague, deputyship_id=row.pk)
    assert end_deputy(actor=head, deputyship_id=row.pk).ended_at is not None
    with pytest.raises(NotFoundError):
        end_deputy(actor=head, deputyship_id=row.pk + 999)
    assert Deputyship.objects.count() == 1


# 离岗


@pytest.mark.parametrize("how", ["closed", "dismissed", "other duty"])
def test_the_tasks_of_who_left_fall_back_to_the_pool(zhang, how):
    li = office.official("李四")
    task = claim_task(actor=zhang, task_id=office.waiting().pk)
    assert fall_back_all() == 0
    if how == "closed":
        office.close(zhang)
    else:
        office.dismiss(zhang)
    if how == "other duty":
        office.appoint(zhang, office.post("archivist"))

    assert fall_back_all() == 1

    assert office.fresh(task).assignee_id is None
    assert inbox(li) == [task]
    line = CaseEvent.objects.get(case=task.case, kind="task.fall_back")
    assert line.title_zh == "核对：张三已离岗，退回本岗待领"
    assert fall_back_all() == 0


def test_without_anybody_in_the_pool_it_goes_to_the_head_who_may_act(zhang):
    head = office.leader()
    task = claim_task(actor=zhang, task_id=office.waiting().pk)
    office.close(zhang)
    fall_back_all()
    assert office.fresh(task).assignee_id == head.account_id
    assert fall_back_all() == 0
    assert act_in_turn(actor=head, task_id=task.pk, act="to_0").status == "DONE"


def test_without_a_head_it_waits_in_the_pool_for_whoever_comes(zhang):
    task = claim_task(actor=zhang, task_id=office.waiting().pk)
    office.close(zhang)
    fall_back_all()
    assert office.fresh(task).assignee_id is None


def test_on_reading_too_a_colleague_need_not_wait_for_the_round(zhang):
    li = office.official("李四")
    task = claim_task(actor=zhang, task_id=office.waiting().pk)
    with pytest.raises(NotTheHolderError):
        claim_task(actor=li, task_id=task.pk)
    office.close(zhang)
    assert act_in_turn(actor=li, task_id=task.pk, act="to_0").status == "DONE"
    verbs = Passing.objects.filter(task=task).order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["CLAIM", "FALL_BACK"]


def test_when_the_delegate_leaves_the_delegator_has_it_again(zhang):
    expert = office.outsider("赵专家")
    task = claim_task(actor=zhang, task_id=office.waiting().pk)
    delegate_task(actor=zhang, task_id=task.pk, to_account=expert.account_id, question="行吗？")
    office.dismiss(expert)
    assert fall_back_all() == 1
    assert office.fresh(task).assignee_id == zhang.account_id
    assert act_in_turn(actor=zhang, task_id=task.pk, act="to_0").status == "DONE"


def test_when_both_left_it_is_in_the_pool(zhang):
    expert, li = office.outsider("赵专家"), office.official("李四")
    task = claim_task(actor=zhang, task_id=office.waiting().pk)
    delegate_task(actor=zhang, task_id=task.pk, to_account=expert.account_id, question="行吗？")
    office.close(expert)
    office.close(zhang)
    fall_back_all()
    assert office.fresh(task).assignee_id is None
    assert inbox(li) == [task]


# 交接


def test_a_dry_run_says_where_each_task_goes_and_changes_nothing(zhang):
    li, expert = office.official("李四"), office.outsider("赵专家")
    kept = claim_task(actor=zhang, task_id=office.waiting().pk)
    asked = claim_task(actor=zhang, task_id=office.waiting().pk)
    delegate_task(actor=zhang, task_id=asked.pk, to_account=expert.account_id, question="行？")
    mine_to_answer = claim_task(actor=li, task_id=office.waiting().pk)
    delegate_task(actor=li, task_id=mine_to_answer.pk, to_account=zhang.account_id, question="行？")
    before = office.everything()

    plan = plan_hand_over(actor=zhang, from_account=zhang.account_id, to_account=li.account_id)

    assert {line.task_id: line.goes for line in plan.lines} == {
        kept.pk: "TO_SUCCESSOR",
        asked.pk: "TO_ANSWER",
        mine_to_answer.pk: "TO_DELEGATOR",
    }
    assert (plan.total, plan.from_name, plan.to_name) == (3, "张三", "李四")
    assert office.everything() == before

    row = start_hand_over(
        actor=zhang, from_account=zhang.account_id, to_account=li.account_id, reason="轮岗"
    )

    assert (row.moved, row.to_others) == (2, 1)
    assert row.finished_at is not None
    assert {task.pk for task in inbox(li)} == {kept.pk, mine_to_answer.pk}
    answer_delegation(actor=expert, task_id=asked.pk, answer="行")
    assert office.fresh(asked).assignee_id == li.account_id
    line = CaseEvent.objects.get(case=kept.case, kind="task.hand_over")
    assert line.title_zh == "核对：张三交接给李四（轮岗）"


def test_what_the_successor_may_not_do_goes_to_the_others(zhang):
    li, stranger = office.official("李四"), office.outsider()
    task = claim_task(actor=zhang, task_id=office.waiting().pk)
    row = start_hand_over(
        actor=zhang, from_account=zhang.account_id, to_account=stranger.account_id, reason="调动"
    )
    assert (row.moved, row.to_others) == (0, 1)
    assert inbox(li) == [task]
    assert CaseEvent.objects.get(case=task.case, kind="task.hand_over").title_zh == (
        "核对：张三交接给本岗待领（调动）"
    )


def test_a_long_one_goes_on_where_it_stopped(zhang, monkeypatch):
    monkeypatch.setattr(handing_over, "BATCH", 2)
    li, head = office.official("李四"), office.leader()
    tasks = [claim_task(actor=zhang, task_id=office.waiting().pk) for _ in range(5)]
    office.close(zhang)

    row = start_hand_over(
        actor=head, from_account=zhang.account_id, to_account=li.account_id, reason="离职"
    )
    assert (row.moved, row.finished_at) == (2, None)
    with pytest.raises(HandOverNotDoneError):
        start_hand_over(
            actor=head,
            from_account=zhang.account_id,
            to_account=head.account_id,
            reason="换人",
        )
    again = start_hand_over(
        actor=head, from_account=zhang.account_id, to_account=li.account_id, reason="离职"
    )
    assert (again.pk, again.moved) == (row.pk, 4)
    done = go_on_with(actor=head, hand_over_id=row.pk)
    assert done.moved == 5
    assert done.finished_at is not None
    before = office.everything()
    assert go_on_with(actor=head, hand_over_id=row.pk).moved == 5
    assert office.everything() == before
    assert inbox(li) == tasks
    with pytest.raises(NotFoundError):
        go_on_with(actor=li, hand_over_id=row.pk)


def test_the_head_of_a_former_unit_disposes_of_nothing_any_more(zhang, deputy):
    """Who moved on is the new unit's; what lies elsewhere is not the head's to hand over."""
    head, li = office.leader(), office.official("李四")
    task = claim_task(actor=zhang, task_id=office.waiting().pk)
    Task.objects.filter(pk=task.pk).update(org_path="elsewhere/")
    people = {"from_account": zhang.account_id, "to_account": li.account_id}
    assert plan_hand_over(actor=head, **people).total == 0
    office.dismiss(zhang)
    plan_hand_over(actor=head, **people)
    unit = make_unit("441702.health")
    office.appoint(zhang, office.post("nurse", unit=unit))
    with pytest.raises(NotPermittedError):
        plan_hand_over(actor=head, **people)
    with pytest.raises(NotPermittedError):
        stand_in(head, deputy, principal=zhang.account_id)


def test_who_may_not_hand_over_changes_nothing(zhang):
    li = office.official("李四")
    claim_task(actor=zhang, task_id=office.waiting().pk)
    before = office.everything()
    for actor, giver, to, error in (
        (li, zhang.account_id, li.account_id, NotPermittedError),
        (zhang, zhang.account_id, zhang.account_id, SamePersonError),
        (zhang, zhang.account_id, 0, OfficialUnknownError),
        (zhang, 0, li.account_id, OfficialUnknownError),
    ):
        with pytest.raises(error):
            plan_hand_over(actor=actor, from_account=giver, to_account=to)
        with pytest.raises(error):
            start_hand_over(actor=actor, from_account=giver, to_account=to, reason="x")
    assert office.everything() == before
    assert HandOver.objects.count() == 0
