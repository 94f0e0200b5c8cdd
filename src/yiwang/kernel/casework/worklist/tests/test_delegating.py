"""Given a held task, when somebody is asked for an answer, then nobody acts before it is there."""

import pytest

from yiwang.kernel.casework.process.access import NotTheHolderError, see_task
from yiwang.kernel.casework.process.actions.tasks import act_on_task
from yiwang.kernel.casework.process.selectors import inbox
from yiwang.kernel.casework.worklist.actions.acting import act_in_turn
from yiwang.kernel.casework.worklist.actions.delegating import (
    answer_delegation,
    delegate_task,
    take_back,
)
from yiwang.kernel.casework.worklist.actions.holding import (
    claim_task,
    give_back,
    transfer_task,
)
from yiwang.kernel.casework.worklist.errors import (
    DelegatedError,
    NotClaimableError,
    NotDelegatedError,
    OfficialUnknownError,
    ReasonMissingError,
    SamePersonError,
)
from yiwang.kernel.casework.worklist.models import Delegation, Passing
from yiwang.kernel.casework.worklist.tests import office
from yiwang.kernel.errors import NotFoundError

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kind", "notes")]


@pytest.fixture
def zhang():
    return office.official("张三")


@pytest.fixture
def expert():
    """Somebody without the duty of the step: may answer, never act."""
    return office.outsider("赵专家")


@pytest.fixture
def task(zhang):
    return claim_task(actor=zhang, task_id=office.waiting().pk)


def ask(actor, task, to, question="面积怎么算？"):
    return delegate_task(actor=actor, task_id=task.pk, to_account=to.account_id, question=question)


def test_the_delegate_answers_and_the_delegator_acts(zhang, expert, task):
    ask(zhang, task, expert)
    assert (inbox(expert), inbox(zhang)) == ([task], [])

    row = answer_delegation(actor=expert, task_id=task.pk, answer="按套内面积")

    assert (row.status, row.answer) == ("ANSWERED", "按套内面积")
    assert (inbox(expert), inbox(zhang)) == ([], [task])
    assert see_task(expert, task.pk) == task
    assert act_in_turn(actor=zhang, task_id=task.pk, act="to_0").status == "DONE"
    verbs = list(Passing.objects.filter(task=task).order_by("pk").values_list("verb", flat=True))
    assert verbs == ["CLAIM", "DELEGATE", "ANSWER"]


def test_until_then_neither_acts_nor_passes_it_on(zhang, expert, task):
    li = office.official("李四")
    ask(zhang, task, expert)
    before = office.everything()
    for actor in (zhang, expert, li):
        for attempt in (
            lambda actor: act_in_turn(actor=actor, task_id=task.pk, act="to_0"),
            lambda actor: act_on_task(actor=actor, task_id=task.pk, act="to_0"),
            lambda actor: give_back(actor=actor, task_id=task.pk),
            lambda actor: transfer_task(
                actor=actor, task_id=task.pk, to_account=li.account_id, reason="请办"
            ),
            lambda actor: ask(actor, task, li),
        ):
            with pytest.raises((DelegatedError, NotTheHolderError)):
                attempt(actor)
    with pytest.raises(DelegatedError) as refused:
        act_in_turn(actor=zhang, task_id=task.pk, act="to_0")
    assert refused.value.zh == "这件待办已委派赵专家答复，还没有交回"
    assert office.everything() == before


def test_delegating_twice_is_refused_but_repeating_is_not(zhang, expert, task):
    li = office.official("李四")
    first = ask(zhang, task, expert)
    before = office.everything()
    assert ask(zhang, task, expert) == first
    with pytest.raises(DelegatedError):
        ask(zhang, task, li)
    assert office.everything() == before


def test_the_delegator_takes_it_back_and_the_answer_comes_too_late(zhang, expert, task):
    ask(zhang, task, expert)
    take_back(actor=zhang, task_id=task.pk)
    assert inbox(zhang) == [task]
    before = office.everything()
    assert take_back(actor=zhang, task_id=task.pk).status == "TAKEN_BACK"
    with pytest.raises(NotDelegatedError):
        answer_delegation(actor=expert, task_id=task.pk, answer="晚了")
    assert office.everything() == before


def test_after_the_answer_it_can_be_asked_again_but_not_taken_back(zhang, expert, task):
    ask(zhang, task, expert)
    answer_delegation(actor=expert, task_id=task.pk, answer="按套内面积")
    with pytest.raises(NotDelegatedError):
        take_back(actor=zhang, task_id=task.pk)
    before = office.everything()
    again = answer_delegation(actor=expert, task_id=task.pk, answer="按套内面积")
    assert (again.status, office.everything()) == ("ANSWERED", before)
    ask(zhang, task, expert, "再问一次")
    assert Delegation.objects.filter(task=task).count() == 2


def test_from_the_pool_the_delegator_holds_it_afterwards(zhang, expert):
    task = office.waiting()
    ask(zhang, task, expert)
    answer_delegation(actor=expert, task_id=task.pk, answer="可以")
    assert office.fresh(task).assignee_id == zhang.account_id


def test_what_cannot_be_delegated_is_refused_by_cause(zhang, expert, task):
    li = office.official("李四")
    before = office.everything()
    for to, question, error in (
        (zhang, "自问", SamePersonError),
        (expert, " ", ReasonMissingError),
    ):
        with pytest.raises(error):
            ask(zhang, task, to, question)
    with pytest.raises(OfficialUnknownError):
        delegate_task(actor=zhang, task_id=task.pk, to_account=0, question="谁？")
    with pytest.raises(NotTheHolderError):
        ask(li, task, expert)
    with pytest.raises(NotFoundError):
        answer_delegation(actor=expert, task_id=task.pk, answer="没人问我")
    assert office.everything() == before
    with pytest.raises(NotClaimableError):
        ask(zhang, office.waiting(signers=2), expert)
