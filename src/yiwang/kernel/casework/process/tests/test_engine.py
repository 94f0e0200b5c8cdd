"""Given a process, when things happen, then tokens, tasks and timers stand where they should."""

from datetime import UTC, date, datetime, timedelta

import pytest

from yiwang.kernel.base.calendars import LOCAL_ZONE, freeze
from yiwang.kernel.base.calendars.actions import calendars
from yiwang.kernel.base.calendars.models import DayKind
from yiwang.kernel.base.events.models import OutboxEvent
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.process.actions import tasks
from yiwang.kernel.casework.process.models import Task, Timer, Token
from yiwang.kernel.casework.process.rules.walking import MAX_STEPS
from yiwang.kernel.casework.process.tests.factories import (
    CONCLUDE,
    EFFECT,
    END,
    act,
    applicant,
    begin,
    decision,
    effect,
    join,
    make_unit,
    official,
    open_task,
    open_tasks,
    parallel,
    path,
    resting,
    task,
    timer,
    wait,
    waiting_timers,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kind", "notes")]
# A Monday; the week has no day off.
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=LOCAL_ZONE)


def test_a_task_opens_at_the_unit_with_what_the_inbox_shows():
    with freeze(MONDAY):
        case = begin(
            {
                "a": task("b", phase="REVIEWING", limit={"amount": 2, "unit": "WORKING_DAY"}),
                "b": END,
            }
        )
    opened = open_task(case)
    assert (opened.role, opened.organization, opened.signers) == ("receiver", make_unit(), 1)
    assert (opened.org_path, opened.division_path) == (case.org_path, case.division_path)
    assert (opened.case_number, opened.party_name) == (case.number, case.party.name)
    assert opened.limit_at.astimezone(LOCAL_ZONE).date() == MONDAY.date() + timedelta(days=2)
    case.refresh_from_db()
    assert case.phase == Case.Phase.REVIEWING
    assert OutboxEvent.objects.filter(type="step.a", subject=case.number).count() == 1


def test_an_act_runs_its_effects_and_walks_on(notes):
    case = begin(
        {
            "a": task(acts={"yes": act("b", EFFECT, opinion="optional")}),
            "b": effect("c"),
            "c": END,
        }
    )
    officer = official()
    done = tasks.act_on_task(actor=officer, task_id=open_task(case).pk, act="yes", opinion=" 好 ")
    assert (done.status, done.act) == (Task.Status.DONE, "yes")
    assert path(case) == ["a", "b", "c"]
    assert resting(case) == []
    # The act's own effect is told its words; a step passed on the way has nobody's opinion.
    of_act, of_step = notes.seen
    assert (of_act.step, of_act.act, of_act.opinion) == ("a", "yes", "好")
    assert of_act.signer_names == ("张科",)
    assert (of_step.step, of_step.act, of_step.opinion) == ("b", "", "")
    assert {of_act.actor, of_step.actor} == {officer}


def test_without_an_act_it_is_the_platform_that_acts(notes):
    begin({"a": effect("b"), "b": END})
    assert [context.actor.kind for context in notes.seen] == ["SYSTEM"]


def test_a_decision_takes_the_first_branch_that_is_true_else_the_default(kind):
    kind.known = {"area": 40}
    branches = [("area > 50", "big"), ("area > 30", "middle"), ("area > 10", "small")]
    ends = {"big": END, "middle": END, "small": END, "none": END}
    assert path(begin({"a": decision("none", *branches), **ends})) == ["a", "middle"]
    kind.known = {"area": 5}
    assert path(begin({"a": decision("none", *branches), **ends})) == ["a", "none"]
    # What an expression cannot answer is not true.
    kind.known = {}
    assert path(begin({"a": decision("none", *branches), **ends})) == ["a", "none"]


def test_a_rule_s_outputs_are_facts_for_later_steps_and_its_trace_stays(kind):
    kind.outputs = {"fit": {"result": "YES"}}
    case = begin(
        {
            "a": decision("b", rule="fit"),
            "b": wait("c"),
            "c": decision("no", ('decisions.a.result = "YES"', "yes")),
            "yes": END,
            "no": END,
        }
    )
    tasks.signal_case(case=case, event="paid", actor=applicant(case))
    assert path(case) == ["a", "b", "c", "yes"]
    kept = Token.objects.get(case=case, step="a").outputs
    assert kept == {"result": "YES", "trace": {"rule": "fit"}}


def test_an_act_is_a_fact_for_later_decisions_and_the_last_visit_counts():
    case = begin(
        {
            "a": task(acts={"again": act("a"), "no": act("b", input={"area": "integer"})}),
            "b": decision("x", ('acts.a.act = "no" and acts.a.area = 7', "y")),
            "x": END,
            "y": END,
        }
    )
    officer = official()
    tasks.act_on_task(actor=officer, task_id=open_task(case).pk, act="again")
    tasks.act_on_task(actor=officer, task_id=open_task(case).pk, act="no", given={"area": "7"})
    assert path(case)[-1] == "y"


def test_parallel_branches_meet_at_their_join():
    case = begin(
        {
            "p": parallel("j", "a", "b"),
            "a": task("j"),
            "b": wait("c"),
            "c": task("j"),
            "j": join("z"),
            "z": END,
        }
    )
    assert resting(case) == ["a", "b"]
    officer = official()
    tasks.act_on_task(actor=officer, task_id=open_task(case, "a").pk, act="to_0")
    assert resting(case) == ["b", "j"]
    tasks.signal_case(case=case, event="paid", actor=officer)
    tasks.act_on_task(actor=officer, task_id=open_task(case, "c").pk, act="to_0")
    assert resting(case) == []
    assert path(case)[-1] == "z"
    assert Token.objects.filter(case=case, step="z").count() == 1


def test_a_parallel_can_be_walked_a_second_time():
    steps = {
        "p": parallel("j", "a", "b"),
        "a": task("j"),
        "b": task("j"),
        "j": join("c"),
        "c": task("p", "z"),
        "z": END,
    }
    case, officer = begin(steps), official()
    for last in ("to_0", "to_1"):
        for step in ("a", "b"):
            tasks.act_on_task(actor=officer, task_id=open_task(case, step).pk, act="to_0")
        tasks.act_on_task(actor=officer, task_id=open_task(case, "c").pk, act=last)
    assert resting(case) == []
    assert path(case).count("j") == 4


def test_the_end_closes_everything_that_is_still_open():
    case = begin(
        {
            "p": parallel("j", "a", "b"),
            "a": task("z"),
            "b": task("j", timers=[timer("j")]),
            "j": join("z"),
            "z": END,
        }
    )
    tasks.act_on_task(actor=official(), task_id=open_task(case, "a").pk, act="to_0")
    assert (resting(case), open_tasks(case), waiting_timers(case)) == ([], [], [])
    assert Task.objects.get(case=case, step="b").status == Task.Status.CANCELLED
    assert Token.objects.get(case=case, step="b").status == Token.Status.CANCELLED


def test_a_branch_that_ends_while_its_sibling_is_entered_leaves_nothing_open():
    case = begin(
        {"p": parallel("j", "z", "b"), "z": END, "b": task("j"), "j": join("z")},
    )
    assert (resting(case), open_tasks(case)) == ([], [])


def test_an_event_moves_who_waits_for_it_and_nobody_else():
    case = begin(
        {
            "p": parallel("j", "a", "b"),
            "a": wait("j", "paid"),
            "b": wait("j", "supplied"),
            "j": join("z"),
            "z": END,
        }
    )
    actor = applicant(case)
    assert tasks.signal_case(case=case, event="forgotten", actor=actor) is False
    assert resting(case) == ["a", "b"]
    assert tasks.signal_case(case=case, event="paid", actor=actor) is True
    assert resting(case) == ["b", "j"]
    # Said again, it finds nobody who waits.
    assert tasks.signal_case(case=case, event="paid", actor=actor) is False


def test_an_event_that_ends_the_case_does_not_walk_the_closed_sibling_on(notes):
    case = begin(
        {
            "p": parallel("j", "a", "b"),
            "a": wait("z"),
            "b": wait("c"),
            "c": effect("j"),
            "j": join("z"),
            "z": END,
        }
    )
    assert tasks.signal_case(case=case, event="paid", actor=applicant(case)) is True
    assert resting(case) == []
    assert notes.steps == []


def test_a_process_that_does_not_come_to_rest_is_stopped(notes):
    with pytest.raises(RuntimeError, match="does not come to rest"):
        begin({"a": effect("b"), "b": effect("a")})
    assert len(notes.seen) == MAX_STEPS


# timers


def test_a_timer_fires_once_after_its_limit_and_closes_the_task(kind, notes):
    with freeze(MONDAY) as clock:
        kind.moments = {"received": MONDAY}
        case = begin({"a": task("b", timers=[timer("c", do=[EFFECT])]), "b": END, "c": END})
        (waiting,) = waiting_timers(case)
        assert waiting.due_at.astimezone(LOCAL_ZONE).date() == MONDAY.date() + timedelta(days=7)
        clock.move_to(waiting.due_at)
        assert tasks.fire_due_timers() == 0
        clock.advance(timedelta(seconds=1))
        assert tasks.fire_due_timers() == 1
        assert tasks.fire_due_timers() == 0
    assert path(case) == ["a", "c"]
    assert Task.objects.get(case=case).status == Task.Status.CANCELLED
    assert [(context.step, context.actor.kind) for context in notes.seen] == [("a", "SYSTEM")]


def test_acting_in_time_takes_the_timer_away(kind):
    with freeze(MONDAY) as clock:
        kind.moments = {"received": MONDAY}
        case = begin({"a": task("b", timers=[timer("c")]), "b": END, "c": END})
        tasks.act_on_task(actor=official(), task_id=open_task(case).pk, act="to_0")
        clock.advance(timedelta(days=60))
        assert tasks.fire_due_timers() == 0
    assert path(case) == ["a", "b"]
    assert Timer.objects.get(case=case).cancelled_at is not None


def test_a_limit_that_runs_from_a_moment_of_the_case_does_not_begin_anew_on_return(kind):
    timers = [timer("z"), timer("z", **{"from": "entered"})]
    steps = {"a": task("w", timers=timers), "w": wait("a"), "z": END}
    with freeze(MONDAY):
        kind.moments = {"received": MONDAY}
        case, officer = begin(steps), official()
        assert len(waiting_timers(case)) == 2
        tasks.act_on_task(actor=officer, task_id=open_task(case).pk, act="to_0")
        assert waiting_timers(case) == []
        tasks.signal_case(case=case, event="paid", actor=officer)
        # Only the one that counts from entering the step begins again.
        assert [one.position for one in waiting_timers(case)] == [1]


def test_days_are_counted_in_local_time_though_the_store_keeps_another(kind):
    # 07:00 in Yangjiang is 23:00 of the day before in UTC, in which the store answers.
    early = datetime(2026, 11, 23, 7, 0, tzinfo=LOCAL_ZONE)
    kind.moments = {"received": early.astimezone(UTC)}
    with freeze(early):
        case = begin({"a": task("b", timers=[timer("b", amount=1)]), "b": END})
    due = waiting_timers(case)[0].due_at.astimezone(LOCAL_ZONE)
    assert (due.date(), due.hour >= 17) == (early.date() + timedelta(days=1), True)


def test_a_timer_that_cannot_fire_holds_up_no_other(kind, caplog):
    # No unit has this function: the step after the timer cannot open.
    lost = {"function": "forestry", "level": "COUNTY"}
    with freeze(MONDAY) as clock:
        kind.moments = {"received": MONDAY}
        stuck = begin(
            {"a": task("b", timers=[timer("b", amount=1)]), "b": task("z", unit=lost), "z": END}
        )
        sound = begin({"a": task("z", timers=[timer("z", amount=2)]), "z": END})
        clock.advance(timedelta(days=10))
        assert tasks.fire_due_timers() == 1
    assert path(sound) == ["a", "z"]
    assert resting(stuck) == ["a"]
    assert open_task(stuck).status == Task.Status.OPEN
    assert [record.message for record in caplog.records] == ["timer_not_fired"]
    assert stuck.party.name not in caplog.text


def test_timers_and_inbox_dates_follow_a_changed_calendar(kind):
    with freeze(MONDAY):
        kind.moments = {"received": MONDAY}
        case = begin({"a": task("b", timers=[timer("b", amount=2)]), "b": END})
        before = waiting_timers(case)[0].due_at
        assert tasks.recompute_timers() == 0
        calendars.set_days(
            calendar_key="cn",
            days=[calendars.DayException(date(2026, 11, 24), DayKind.OFF, "台风停工")],
            source="test",
        )
        assert tasks.recompute_timers() == 1
        assert waiting_timers(case)[0].due_at == before + timedelta(days=1)
        assert tasks.recompute_timers() == 0

        Case.objects.filter(pk=case.pk).update(due_at=MONDAY + timedelta(days=9))
        assert tasks.follow_due_dates() == 1
        assert tasks.follow_due_dates() == 0
        assert open_task(case).due_at == MONDAY + timedelta(days=9)


def test_stopping_a_process_closes_every_way_on():
    case = begin(
        {
            "p": parallel("j", "a", "b"),
            "a": task("j", timers=[timer("j")]),
            "b": wait("j"),
            "j": join("z"),
            "z": END,
        }
    )
    tasks.stop_process(case=case, actor=applicant(case))
    assert (resting(case), open_tasks(case), waiting_timers(case)) == ([], [], [])
    # What is stopped already stays so.
    tasks.stop_process(case=case, actor=applicant(case))
    assert tasks.signal_case(case=case, event="paid", actor=applicant(case)) is False


def test_a_process_may_go_on_after_the_case_is_concluded():
    case = begin({"a": effect("b", CONCLUDE), "b": task("z", phase="POST_CHECK"), "z": END})
    case.refresh_from_db()
    assert (case.status, case.phase) == (Case.Status.CONCLUDED, Case.Phase.POST_CHECK)
    assert open_task(case).step == "b"
