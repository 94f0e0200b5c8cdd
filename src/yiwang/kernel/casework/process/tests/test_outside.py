"""Given a step that goes outside of its case, when it is answered or not, then it walks on."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from yiwang.kernel.base.calendars import freeze
from yiwang.kernel.base.http.outbound import TransportError
from yiwang.kernel.casework.process import registry
from yiwang.kernel.casework.process.actions import tasks
from yiwang.kernel.casework.process.actions.calls import record_answer, run_due_calls
from yiwang.kernel.casework.process.actions.returning import return_task
from yiwang.kernel.casework.process.actions.subcases import note_conclusion
from yiwang.kernel.casework.process.engine import MAX_WIDTH
from yiwang.kernel.casework.process.errors import ProcessTooWideError, ReturnTooOftenError
from yiwang.kernel.casework.process.models import ExternalCall, Subcase, Task, Token
from yiwang.kernel.casework.process.tests.factories import (
    CONNECTOR,
    END,
    OPENER,
    applicant,
    begin,
    call,
    decision,
    inclusive,
    join,
    make_case,
    official,
    open_task,
    open_tasks,
    parallel,
    path,
    resting,
    subcase,
    task,
    waiting_timers,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kind", "notes")]
MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
AWAY = TransportError("register", "TIMEOUT", permanent=False)
REFUSED = TransportError("register", "NO_SUCH_PERSON", permanent=True)


def asking(**more):
    return begin(
        {
            "q": call("d", "person", request={"who": '"张" + "三"'}, **more),
            "d": decision("z", ("decisions.q.clean = true", "y")),
            "person": task("z"),
            "y": END,
            "z": END,
        }
    )


def test_a_call_is_made_by_the_worker_outside_of_any_transaction(outside, outside_of_transactions):
    outside.answers = [{"clean": True}]
    case = asking()
    assert (resting(case), outside.asked) == (["q"], [])
    assert run_due_calls() == 1
    assert path(case) == ["q", "d", "y"]
    ((request, key),) = outside.asked
    row = ExternalCall.objects.get(case=case)
    assert (request, key) == ({"who": "张三"}, str(row.key))
    assert (row.status, row.answer) == ("ANSWERED", {"clean": True})
    assert run_due_calls() == 0


@pytest.fixture
def outside_of_transactions(outside):
    """Note whether the connector was called inside of a transaction of the worker's own."""
    depth = len(connection.savepoint_ids)
    real = outside.ask

    def ask(request, key):
        assert len(connection.savepoint_ids) == depth
        return real(request, key)

    registry._connectors[CONNECTOR] = ask


def test_a_system_that_is_away_is_asked_again_ever_later(outside):
    outside.answers = [AWAY, AWAY, {"clean": False}]
    with freeze(MONDAY) as clock:
        case = asking(retry={"times": 3, "every_s": 60})
        pauses = []
        for _ in range(3):
            assert run_due_calls() == 1
            assert run_due_calls() == 0
            row = ExternalCall.objects.get(case=case)
            pauses.append((row.next_at - MONDAY).total_seconds())
            clock.move_to(row.next_at)
        assert path(case) == ["q", "d", "z"]
    assert pauses[:2] == [60.0, 180.0]
    assert len({key for _, key in outside.asked}) == 1, "the same key each time"


@pytest.mark.parametrize(("answers", "asked"), [([REFUSED], 1), ([AWAY, AWAY], 2)])
def test_what_fails_for_good_falls_to_a_person(outside, answers, asked):
    outside.answers = list(answers)
    with freeze(MONDAY) as clock:
        case = asking(retry={"times": 2, "every_s": 60})
        for _ in range(asked):
            assert run_due_calls() == 1
            clock.advance(timedelta(hours=1))
        assert run_due_calls() == 0
    assert resting(case) == ["person"]
    row = ExternalCall.objects.get(case=case)
    assert (row.status, row.attempts) == ("FAILED", asked)
    assert Token.objects.get(case=case, step="q").outputs == {"ok": False, "error": row.error_code}


def test_a_connector_that_breaks_holds_up_no_other(outside, caplog):
    outside.answers = [ValueError("broken"), {"clean": True}]
    broken, sound = asking(), asking()
    assert run_due_calls() == 2
    assert resting(broken) == ["q"]
    assert resting(sound) == []
    assert [record.message for record in caplog.records] == ["call_broke"]


def test_an_answer_that_comes_twice_or_too_late_counts_once(outside):
    case = asking()
    row = ExternalCall.objects.get(case=case)
    assert record_answer(row, {"clean": True}) is True
    assert record_answer(row, {"clean": False}) is False
    assert ExternalCall.objects.get(pk=row.pk).answer == {"clean": True}

    stopped = asking()
    tasks.stop_process(case=stopped, actor=applicant(stopped))
    late = ExternalCall.objects.get(case=stopped)
    assert late.status == "CANCELLED"
    assert record_answer(late, {"clean": True}) is False
    assert path(stopped) == ["q"]


# 子办件


def conclude(child):
    one = open_task(child)
    tasks.act_on_task(actor=official(), task_id=one.pk, act="done")
    return note_conclusion(child.pk)


@pytest.mark.parametrize(("wait_for", "needed"), [("all", 3), ("any", 1), (2, 2)])
def test_a_parent_waits_for_as_many_children_as_it_says(opener, wait_for, needed):
    case = begin(
        {
            "s": subcase("d", 3, wait_for=wait_for),
            "d": decision("z", (f"decisions.s.granted = {needed}", "y")),
            "y": END,
            "z": END,
        }
    )
    children = opener.opened
    assert [child.parent_id for child in children] == [case.pk] * 3
    for number, child in enumerate(children, 1):
        assert conclude(child) is (number == needed)
        assert resting(case) == (["s"] if number < needed else [])
    assert path(case) == ["s", "d", "y"]
    # Said again, or of a case that is nobody's child, it changes nothing.
    assert note_conclusion(children[0].pk) is False
    assert note_conclusion(case.pk) is False


def test_a_step_without_children_goes_on_at_once(opener):
    assert path(begin({"s": subcase("z", 0), "z": END})) == ["s", "z"]


def test_children_that_are_concluded_at_once_are_not_waited_for(opener, kind):
    def granted(context, options):
        child = make_case(kind="test", parent=context.case)
        child.status, child.outcome = "CONCLUDED", "GRANTED"
        child.concluded_at = child.opened_at
        child.save()
        return [child]

    registry._openers[OPENER] = granted
    case = begin({"s": subcase("z"), "z": END})
    assert path(case) == ["s", "z"]
    assert Subcase.objects.get(token__case=case).outcome == "GRANTED"


# 定时步骤、包容分支


def test_a_timer_step_rests_until_it_is_due():
    rest = {"kind": "timer", "after": {"amount": 3, "unit": "CALENDAR_DAY"}, "to": "b"}
    with freeze(MONDAY) as clock:
        case = begin({"t": rest, "b": task("z"), "z": END})
        assert (resting(case), open_tasks(case)) == (["t"], [])
        assert tasks.fire_due_timers() == 0
        clock.move_to(waiting_timers(case)[0].due_at + timedelta(seconds=1))
        assert tasks.fire_due_timers() == 1
    assert resting(case) == ["b"]


@pytest.mark.parametrize(
    ("flags", "expected"),
    [((True, True), ["b", "c"]), ((False, True), ["c"]), ((False, False), ["d"])],
)
def test_an_inclusive_split_takes_the_branches_that_hold(kind, flags, expected):
    kind.known = {"form": {"b": flags[0], "c": flags[1]}}
    case = begin(
        {
            "i": inclusive("j", "d", ("form.b", "b"), ("form.c", "c")),
            "b": task("j"),
            "c": task("j"),
            "d": task("j"),
            "j": join("z"),
            "z": END,
        }
    )
    officer = official()
    assert resting(case) == expected
    for number, step in enumerate(expected, 1):
        assert Token.objects.filter(case=case, step="z").exists() is False
        tasks.act_on_task(actor=officer, task_id=open_task(case, step).pk, act="to_0")
        assert ("j" in resting(case)) is (number < len(expected))
    assert path(case)[-2:] == ["j", "z"]


# 过宽


@pytest.mark.parametrize("count", [MAX_WIDTH + 1, 10_000])
def test_more_branches_than_a_case_can_carry_are_refused_and_nothing_is_written(count):
    names = [f"b{number}" for number in range(count)]
    steps = {"a": task("p"), "p": parallel("j", *names), "j": join("z"), "z": END}
    case, officer = begin(steps | {name: task("j") for name in names}), official()
    one = open_task(case)
    with pytest.raises(ProcessTooWideError) as refused:
        tasks.act_on_task(actor=officer, task_id=one.pk, act="to_0")
    assert refused.value.code == "PROCESS_TOO_WIDE"
    assert path(case) == ["a"]
    assert open_task(case).pk == one.pk


def test_more_children_than_a_case_can_carry_are_refused(opener):
    case, officer = begin({"a": task("s"), "s": subcase("z", 501), "z": END}), official()

    registry._openers[OPENER] = lambda context, options: [case] * 501
    with pytest.raises(ProcessTooWideError):
        tasks.act_on_task(actor=officer, task_id=open_task(case).pk, act="to_0")
    assert Task.objects.filter(case=case, status="OPEN").count() == 1
    assert Subcase.objects.count() == 0


def test_a_case_of_ten_thousand_passed_steps_still_acts_quickly(django_assert_max_num_queries):
    case, officer = begin({"a": task("a", "z"), "z": END}), official()
    token = Token.objects.get(case=case)
    rows = [
        Token(
            case=case,
            definition_id=token.definition_id,
            step="a",
            status=Token.Status.LEFT,
            entered_at=token.entered_at,
            left_at=token.entered_at,
            outputs={"n": number},
        )
        for number in range(10_000)
    ]
    Token.objects.bulk_create(rows)
    with django_assert_max_num_queries(40):
        tasks.act_on_task(actor=officer, task_id=open_task(case).pk, act="to_1")
    assert resting(case) == []


def test_a_case_that_goes_round_ten_thousand_times_is_returned_no_more():

    steps = {"a": task("b"), "b": task("z", verbs=["return"]), "z": END}
    case, officer = begin(steps), official()
    tasks.act_on_task(actor=officer, task_id=open_task(case).pk, act="to_0")
    token = Token.objects.filter(case=case).first()
    Token.objects.bulk_create(
        Token(
            case=case,
            definition_id=token.definition_id,
            step="a",
            status=Token.Status.LEFT,
            entered_at=token.entered_at,
        )
        for _ in range(10_000)
    )
    with pytest.raises(ReturnTooOftenError):
        return_task(actor=officer, task_id=open_task(case).pk, opinion="再看", to="a")
    assert resting(case) == ["b"]
