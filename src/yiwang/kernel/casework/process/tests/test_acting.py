"""Given an open task, when officials act, then each is heard once and nothing happens twice."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from yiwang.kernel.base.audit.models import AuditEntry
from yiwang.kernel.base.calendars import freeze, today
from yiwang.kernel.base.events.models import OutboxEvent
from yiwang.kernel.base.files.facade import MediaType, store_made
from yiwang.kernel.base.files.models import StoredFile
from yiwang.kernel.casework.cases.models import CaseEvent
from yiwang.kernel.casework.process.access import access_task
from yiwang.kernel.casework.process.actions import tasks
from yiwang.kernel.casework.process.errors import (
    OpinionMissingError,
    SignersDisagreeError,
    TaskClosedError,
    UnknownActError,
)
from yiwang.kernel.casework.process.models import Task, TaskAct
from yiwang.kernel.casework.process.selectors import count_inbox, inbox
from yiwang.kernel.casework.process.tests.factories import (
    CONCLUDE,
    EFFECT,
    END,
    act,
    applicant,
    begin,
    official,
    open_task,
    open_tasks,
    path,
    resting,
    task,
    timer,
)
from yiwang.kernel.errors import InvalidInputError, NotFoundError

pytestmark = [pytest.mark.usefixtures("kind", "notes")]
CHECK = {"place": "text", "passed": "boolean"}
FOUND = {"place": "门口", "passed": True}


def two_signers():
    acts = {
        "recorded": act("z", EFFECT, input=CHECK),
        "mend": act("a", EFFECT, opinion="required"),
    }
    return begin({"a": task(acts=acts, signers=2), "z": END})


def everything():
    return (
        list(Task.objects.order_by("id").values_list("id", "status", "act")),
        TaskAct.objects.count(),
        AuditEntry.objects.count(),
        CaseEvent.objects.count(),
        OutboxEvent.objects.count(),
    )


@pytest.mark.django_db
def test_who_has_no_seat_for_the_task_does_not_find_it_and_changes_nothing():
    case = begin({"a": task("z"), "z": END})
    one = open_task(case)
    outsiders = [
        applicant(case),
        official(role="approver"),
        official(org_path="441702.health/"),
        official(division_path="441704000000/"),
        official(valid_to=today() - timedelta(days=1)),
        official(valid_from=today() + timedelta(days=1)),
        # The path of a unit whose code merely begins alike.
        official(org_path="441702.market_supervision_2/"),
    ]
    before = everything()
    for outsider in outsiders:
        with pytest.raises(NotFoundError) as refused:
            tasks.act_on_task(actor=outsider, task_id=one.pk, act="to_0")
        with pytest.raises(NotFoundError) as absent:
            tasks.act_on_task(actor=outsider, task_id=one.pk + 1000, act="to_0")
        assert refused.value.as_problem() == absent.value.as_problem()
        assert inbox(outsider) == []
        assert count_inbox(outsider) == 0
    assert everything() == before
    assert access_task(official(), one.pk) == one


@pytest.mark.django_db
def test_a_seat_above_reaches_the_tasks_below():
    case = begin({"a": task("z"), "z": END})
    above = official(org_path="", division_path="")
    assert access_task(above, open_task(case).pk).case == case


@pytest.mark.django_db
def test_the_inbox_pages_by_key_and_counts_to_its_cap():
    steps = {"a": task("z"), "z": END}
    opened = [open_task(begin(steps)) for _ in range(5)]
    officer = official()
    assert inbox(officer, limit=2) == opened[:2]
    assert inbox(officer, after_id=opened[1].pk, limit=2) == opened[2:4]
    assert (count_inbox(officer), count_inbox(officer, cap=3)) == (5, 3)
    tasks.act_on_task(actor=officer, task_id=opened[0].pk, act="to_0")
    assert inbox(officer) == opened[1:]


@pytest.mark.django_db
def test_an_unknown_act_is_refused_and_the_known_ones_are_named():
    case = begin({"a": task("z", "z"), "z": END})
    before = everything()
    with pytest.raises(UnknownActError) as refused:
        tasks.act_on_task(actor=official(), task_id=open_task(case).pk, act="grant")
    assert refused.value.details == {"acts": ["to_0", "to_1"]}
    assert everything() == before


@pytest.mark.django_db
@pytest.mark.parametrize("opinion", ["", "  \n "])
def test_an_opinion_that_is_needed_is_asked_for_by_its_field(opinion):
    case = begin({"a": task(acts={"no": act("z", opinion="required")}), "z": END})
    with pytest.raises(OpinionMissingError) as refused:
        tasks.act_on_task(actor=official(), task_id=open_task(case).pk, act="no", opinion=opinion)
    (problem,) = refused.value.problems
    assert (problem.field, problem.code) == ("opinion", "OPINION_REQUIRED")
    assert problem.reason_zh and problem.reason_en and problem.mend_zh and problem.mend_en
    assert resting(case) == ["a"]


@pytest.mark.django_db
def test_what_a_net_refuses_changes_nothing(kind):
    case = begin({"a": task("z"), "z": END})
    kind.refused_acts = {"to_0"}
    before = everything()
    with pytest.raises(InvalidInputError):
        tasks.act_on_task(actor=official(), task_id=open_task(case).pk, act="to_0")
    assert everything() == before


@pytest.mark.django_db
def test_an_effect_that_fails_takes_the_whole_act_back(notes):
    case = begin({"a": task(acts={"yes": act("b", CONCLUDE, EFFECT)}), "b": END})
    officer = official()

    def fails(context):
        raise InvalidInputError

    notes.seen = _Failing(fails)
    before = everything()
    with pytest.raises(InvalidInputError):
        tasks.act_on_task(actor=officer, task_id=open_task(case).pk, act="yes")
    assert everything() == before
    case.refresh_from_db()
    assert case.status == "OPEN"


class _Failing(list):
    def __init__(self, fail):
        super().__init__()
        self.append = fail


@pytest.mark.django_db
def test_repeating_one_s_act_gives_the_same_answer_and_changes_nothing(notes):
    case = begin({"a": task(acts={"yes": act("z", EFFECT), "no": act("z")}), "z": END})
    officer, task_id = official(), open_task(case).pk
    first = tasks.act_on_task(actor=officer, task_id=task_id, act="yes")
    before = everything()
    again = tasks.act_on_task(actor=officer, task_id=task_id, act="yes")
    assert (again.pk, again.status, again.act) == (first.pk, Task.Status.DONE, "yes")
    assert everything() == before
    assert len(notes.seen) == 1
    with pytest.raises(TaskClosedError):
        tasks.act_on_task(actor=officer, task_id=task_id, act="no")


@pytest.mark.django_db
def test_who_comes_late_is_told_who_acted_and_when_in_local_time():
    with freeze(datetime(2026, 11, 23, 1, 30, tzinfo=UTC)):
        case = begin({"a": task("z"), "z": END})
        task_id = open_task(case).pk
        tasks.act_on_task(actor=official("李科"), task_id=task_id, act="to_0")
        with pytest.raises(TaskClosedError) as refused:
            tasks.act_on_task(actor=official("王科"), task_id=task_id, act="to_0")
    assert refused.value.zh == "这一步已由李科于2026-11-23 09:30办理"
    assert refused.value.details == {"done_by": "李科", "done_act": "to_0"}


@pytest.mark.django_db
def test_a_task_that_a_timer_closed_is_said_to_have_ended(kind):
    with freeze(datetime(2026, 11, 23, 1, 0, tzinfo=UTC)) as clock:
        case = begin({"a": task("z", signers=2, timers=[timer("z")]), "z": END})
        officer, task_id = official(), open_task(case).pk
        tasks.act_on_task(actor=officer, task_id=task_id, act="to_0")
        clock.advance(timedelta(days=30))
        tasks.fire_due_timers()
    with pytest.raises(TaskClosedError) as refused:
        tasks.act_on_task(actor=official(), task_id=task_id, act="to_0")
    assert refused.value.zh == "这一步已结束"


# two signers


@pytest.mark.django_db
def test_two_officers_must_sign_and_both_are_named(notes):
    case = two_signers()
    first, second, one = official("赵一"), official("钱二"), open_task(case)
    done = tasks.act_on_task(actor=first, task_id=one.pk, act="recorded", given=FOUND)
    assert done.status == Task.Status.OPEN
    assert (resting(case), notes.steps) == (["a"], [])
    before = everything()
    tasks.act_on_task(actor=first, task_id=one.pk, act="recorded", given=FOUND)
    assert everything() == before
    tasks.act_on_task(
        actor=second, task_id=one.pk, act="recorded", given={"place": "院内", "passed": "true"}
    )
    assert path(case) == ["a", "z"]
    assert [context.signer_names for context in notes.seen] == [("赵一", "钱二")]


@pytest.mark.django_db
def test_signers_who_disagree_may_come_to_another_mind(notes):
    case = two_signers()
    first, second, one = official("赵一"), official("钱二"), open_task(case)
    tasks.act_on_task(actor=first, task_id=one.pk, act="recorded", given=FOUND)
    with pytest.raises(SignersDisagreeError) as refused:
        tasks.act_on_task(actor=second, task_id=one.pk, act="mend", opinion="排水不通")
    assert refused.value.details == {"first_act": "recorded", "first_by": "赵一"}
    assert TaskAct.objects.filter(task=one).count() == 1
    # The first signs anew; what was signed before stays on record.
    tasks.act_on_task(actor=first, task_id=one.pk, act="mend", opinion="排水不通")
    tasks.act_on_task(actor=second, task_id=one.pk, act="mend", opinion="同意整改")
    kept = TaskAct.objects.filter(task=one).order_by("id").values_list("act", "is_current")
    assert list(kept) == [("recorded", False), ("mend", True), ("mend", True)]
    assert notes.steps == ["a"]
    assert open_task(case).pk != one.pk


@pytest.mark.django_db
def test_signers_must_agree_on_the_facts_too_though_not_on_the_words():
    case = two_signers()
    one = open_task(case)
    tasks.act_on_task(actor=official("赵一"), task_id=one.pk, act="recorded", given=FOUND)
    with pytest.raises(SignersDisagreeError) as refused:
        tasks.act_on_task(
            actor=official(), task_id=one.pk, act="recorded", given={**FOUND, "passed": False}
        )
    assert [problem.field for problem in refused.value.problems] == ["passed"]
    assert resting(case) == ["a"]


# what an act is given


@pytest.mark.django_db
def test_a_file_must_be_one_that_the_officer_uploaded(settings, tmp_path):
    settings.VAR = tmp_path
    case = begin({"a": task(acts={"yes": act("z", input={"photo": "file"})}), "z": END})
    officer = official()
    strange = store_made(content=b"%PDF-1.4\n", name="a.pdf", media_type=MediaType.PDF)
    with pytest.raises(InvalidInputError) as refused:
        tasks.act_on_task(
            actor=officer, task_id=open_task(case).pk, act="yes", given={"photo": strange.pk}
        )
    assert [(p.field, p.code) for p in refused.value.problems] == [("photo", "FILE_UNKNOWN")]
    StoredFile.objects.filter(pk=strange.pk).update(uploaded_by_id=officer.account_id)
    tasks.act_on_task(
        actor=officer, task_id=open_task(case).pk, act="yes", given={"photo": str(strange.pk)}
    )
    assert open_tasks(case) == []


# at the same moment


def at_once(*calls):
    """Run calls in threads that start together; return what each gave or raised."""
    start = threading.Barrier(len(calls))
    seen = {}

    def run(number, call):
        try:
            start.wait(10)
            seen[number] = call()
        except Exception as error:
            seen[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=entry) for entry in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return [seen[number] for number in range(len(calls))]


@pytest.mark.django_db(transaction=True)
def test_two_officials_who_decide_at_once_leave_one_decision(notes):
    acts = {"grant": act("yes", EFFECT), "refuse": act("no", EFFECT)}
    case = begin({"a": task(acts=acts), "yes": END, "no": END})
    task_id, one, other = open_task(case).pk, official("赵一"), official("钱二")
    outcomes = at_once(
        lambda: tasks.act_on_task(actor=one, task_id=task_id, act="grant"),
        lambda: tasks.act_on_task(actor=other, task_id=task_id, act="refuse"),
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Task", "TaskClosedError"]
    assert len(notes.seen) == 1
    assert path(case) == ["a", "yes" if notes.seen[0].act == "grant" else "no"]
    assert TaskAct.objects.filter(task_id=task_id).count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_officer_who_clicks_twice_has_signed_once(notes):
    case = two_signers()
    task_id, officer = open_task(case).pk, official()

    def click():
        return tasks.act_on_task(actor=officer, task_id=task_id, act="recorded", given=FOUND)

    assert [outcome.status for outcome in at_once(click, click)] == ["OPEN", "OPEN"]
    assert TaskAct.objects.filter(task_id=task_id).count() == 1
    assert notes.seen == []


@pytest.mark.django_db(transaction=True)
def test_a_timer_and_an_act_at_once_move_the_case_once(notes):
    case = begin(
        {
            "a": task(acts={"yes": act("z", EFFECT)}, timers=[timer("z", 0, do=[EFFECT])]),
            "z": END,
        }
    )
    task_id, officer = open_task(case).pk, official()
    with freeze(datetime.now(UTC) + timedelta(days=9), whole_process=True):
        at_once(
            tasks.fire_due_timers,
            lambda: tasks.act_on_task(actor=officer, task_id=task_id, act="yes"),
            tasks.fire_due_timers,
        )
    assert len(notes.seen) == 1
    assert path(case) == ["a", "z"]
