"""Running cases go over to another version: whole, or not at all and with the reason."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, transaction

from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.base.access.models import Grant
from yiwang.kernel.base.audit.models import AuditEntry
from yiwang.kernel.base.calendars import now
from yiwang.kernel.casework.cases.models import Case, CaseEvent
from yiwang.kernel.casework.clocks.models import Clock
from yiwang.kernel.casework.process.actions import tasks
from yiwang.kernel.casework.process.actions.recalling import recall_act
from yiwang.kernel.casework.process.actions.returning import list_return_targets, return_task
from yiwang.kernel.casework.process.errors import RecallTooLateError
from yiwang.kernel.casework.process.migrating import moving
from yiwang.kernel.casework.process.migrating.errors import (
    MigrationTargetError,
    MigrationUndeclaredError,
)
from yiwang.kernel.casework.process.migrating.moving import migrate_cases, plan_migration
from yiwang.kernel.casework.process.models import ProcessDefinition, Task, TaskAct, Timer, Token
from yiwang.kernel.casework.process.picture.reading import read_picture
from yiwang.kernel.casework.process.tests.factories import (
    END,
    KIND,
    act,
    applicant,
    decision,
    join,
    official,
    open_task,
    open_tasks,
    parallel,
    resting,
    task,
    timer,
    wait,
    waiting_timers,
)
from yiwang.kernel.casework.ratings.tests.factories import make_case, make_unit
from yiwang.kernel.errors import NotPermittedError

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kind", "notes")]

KEY = "licence"
OLD, NEW = "1.0.0+0123456789ab", "1.1.0+ba9876543210"
Steps = Mapping[str, Any]


def define(version: str, steps: Steps, **more: Any) -> ProcessDefinition:
    content = {"key": KEY, "start": next(iter(steps)), "steps": dict(steps), **more}
    ProcessDefinition.objects.filter(key=KEY).update(is_current=False)
    return ProcessDefinition.objects.create(key=KEY, version=version, content=content)


def begin(steps: Steps) -> Case:
    definition = ProcessDefinition.objects.filter(key=KEY, version=OLD).first()
    case = make_case(kind=KIND)
    tasks.start_process(
        case=case, definition=definition or define(OLD, steps), actor=applicant(case)
    )
    return case


def release(
    steps: Steps, mapped: Mapping[str, str | None] | None = None, of: str = "1.0.0"
) -> None:
    define(NEW, steps, migrates=[{"from": of, "steps": mapped or {}}])


def codes() -> list[tuple[str, str]]:
    """Return what the dry run and the move say against it; they must agree."""
    said = [(p.code, p.step) for one in plan_migration(key=KEY).blocked for p in one.problems]
    moved = migrate_cases(actor=SYSTEM, key=KEY)
    assert [(p.code, p.step) for one in moved.blocked for p in one.problems] == said
    assert all(
        all((p.reason_zh, p.reason_en, p.mend_zh, p.mend_en))
        for one in moved.blocked
        for p in one.problems
    )
    return said


def rows(case: Case) -> list[Any]:
    """Return everything of the case that a move could write."""
    return [
        list(model.objects.filter(case=case).order_by("pk").values())
        for model in (Token, Task, Timer, CaseEvent)
    ] + [list(AuditEntry.objects.filter(case_id=case.pk).order_by("pk").values_list("pk"))]


OLD_STEPS = {"receive": task("visit"), "visit": task("receive", "done"), "done": END}


def test_a_case_in_a_plain_step_goes_over_and_goes_on_by_the_new_version() -> None:
    case = begin(OLD_STEPS)
    tasks.act_on_task(actor=official(), task_id=open_task(case).pk, act="to_0")
    before = open_task(case)
    release(
        {
            "receive": task("site_check"),
            "site_check": task("second", title_zh="现场核查", title_en="Site check"),
            "second": task("done"),
            "done": END,
        },
        {"visit": "site_check"},
    )
    dry = plan_migration(key=KEY)
    assert (dry.total, dict(dry.movable), dry.blocked) == (1, {OLD: 1}, [])
    assert resting(case) == ["visit"]
    done = migrate_cases(actor=SYSTEM, key=KEY)
    assert (done.total, dict(done.movable)) == (1, {OLD: 1})
    after = open_task(case)
    assert (after.pk, after.step, after.title_zh) == (before.pk, "site_check", "现场核查")
    assert after.opened_at == before.opened_at
    assert after.version == before.version + 1
    assert after.token.definition.version == NEW
    tasks.act_on_task(actor=official(), task_id=after.pk, act="to_0")
    assert resting(case) == ["second"]


def test_what_was_done_before_stays_as_it_was_written_and_the_move_is_told() -> None:
    case = begin(OLD_STEPS)
    tasks.act_on_task(actor=official("张科"), task_id=open_task(case).pk, act="to_0")
    release({**OLD_STEPS, "more": task("done"), "visit": task("more")})
    passed = Token.objects.get(case=case, step="receive")
    given = list(TaskAct.objects.values())
    migrate_cases(actor=SYSTEM, key=KEY)
    assert Token.objects.filter(pk=passed.pk).values().get() == {
        field.attname: getattr(passed, field.attname) for field in Token._meta.concrete_fields
    }
    assert list(TaskAct.objects.values()) == given
    (line,) = CaseEvent.objects.filter(case=case, kind="process.migrated")
    assert not line.is_public
    assert line.details == {"from": OLD, "to": NEW, "steps": [["visit", "visit"]]}
    (entry,) = AuditEntry.objects.filter(action="process.migrate", case_id=case.pk)
    assert entry.details == line.details


def test_a_second_run_changes_nothing_and_one_broken_off_goes_on(monkeypatch) -> None:
    cases = [begin(OLD_STEPS) for _ in range(5)]
    release({**OLD_STEPS, "done": END | {"title_zh": "办结"}})
    whole = moving._carry_over
    seen = 0

    def broken(*args: Any) -> None:
        nonlocal seen
        seen += 1
        whole(*args)
        if seen == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(moving, "_carry_over", broken)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        migrate_cases(actor=SYSTEM, key=KEY, batch_size=2)
    monkeypatch.undo()
    batches: list[int] = []
    report = migrate_cases(
        actor=SYSTEM, key=KEY, batch_size=2, on_batch=lambda so_far: batches.append(so_far.total)
    )
    assert report.total == 5
    assert batches == [2, 4]
    before = [rows(case) for case in cases]
    assert migrate_cases(actor=SYSTEM, key=KEY).total == 0
    assert [rows(case) for case in cases] == before


def test_one_that_fails_is_as_it_was_and_holds_up_no_other(monkeypatch) -> None:
    cases = [begin(OLD_STEPS) for _ in range(3)]
    release({**OLD_STEPS, "done": END | {"title_zh": "办结"}})
    before = rows(cases[1])
    whole = moving._carry_over

    def breaks(actor: Any, seen: Any, *more: Any) -> None:
        whole(actor, seen, *more)
        if seen.case.pk == cases[1].pk:
            raise IntegrityError("the disk is full")

    monkeypatch.setattr(moving, "_carry_over", breaks)
    report = migrate_cases(actor=SYSTEM, key=KEY)
    assert report.movable.total() == 2
    assert [(one.number, one.problems[0].code) for one in report.blocked] == [
        (cases[1].number, "NOT_MOVED")
    ]
    assert rows(cases[1]) == before
    monkeypatch.undo()
    assert migrate_cases(actor=SYSTEM, key=KEY).movable.total() == 1


# parallel


PARALLEL = {
    "split": parallel("meet", "left", "right"),
    "left": task("left_two"),
    "left_two": task("meet"),
    "right": task("meet"),
    "meet": join("decide"),
    "decide": task("done"),
    "done": END,
}


def renamed(steps: Steps, names: Mapping[str, str]) -> dict[str, Any]:
    """Return the steps with other keys."""
    text = json.dumps(steps)
    for old, new in names.items():
        text = text.replace(f'"{old}"', f'"{new}"')
    return json.loads(text)


NAMES = {"left": "police", "left_two": "police_two", "right": "city", "meet": "joined"}


@pytest.mark.parametrize("first", [None, "left", "right"])
def test_branches_that_run_at_once_go_over_together_and_still_meet(first: str | None) -> None:
    case = begin(PARALLEL)
    if first:
        tasks.act_on_task(actor=official(), task_id=open_task(case, first).pk, act="to_0")
    where = resting(case)
    release(renamed(PARALLEL, NAMES), NAMES)
    assert codes() == []
    assert resting(case) == sorted(NAMES.get(step, step) for step in where)
    for _ in range(4):
        waiting = [one for one in open_tasks(case) if one.step != "decide"]
        for one in waiting:
            tasks.act_on_task(actor=official(), task_id=one.pk, act="to_0")
    assert resting(case) == ["decide"]


@pytest.mark.parametrize(
    "steps",
    [
        # One branch more: nobody ever began it.
        {
            **PARALLEL,
            "split": parallel("meet", "left", "right", "third"),
            "third": task("meet"),
        },
        # No parallel any more.
        {
            "left": task("left_two"),
            "left_two": task("right"),
            "right": task("meet"),
            "meet": decision("decide", ("true", "decide")),
            "decide": task("done"),
            "done": END,
        },
    ],
    ids=["more", "none"],
)
def test_branches_that_do_not_fit_stay(steps: Steps) -> None:
    case = begin(PARALLEL)
    release(steps)
    before = rows(case)
    assert codes() == [("BRANCHES", "left")]
    assert rows(case) == before


def test_a_case_cannot_begin_in_the_middle_of_a_branch() -> None:
    begin({"left": task("done"), "done": END})
    release(PARALLEL)
    assert codes() == [("BRANCHES", "left")]


# several signers


SIGNED = {"visit": task("done", "receive", signers=2), "receive": task("visit"), "done": END}


def test_a_step_that_one_of_two_has_signed_goes_over_with_the_signature() -> None:
    case = begin(SIGNED)
    tasks.act_on_task(actor=official("赵一"), task_id=open_task(case).pk, act="to_0")
    release({**SIGNED, "visit": task("more", "receive", signers=2), "more": task("done")})
    assert codes() == []
    tasks.act_on_task(actor=official("钱二"), task_id=open_task(case).pk, act="to_0")
    assert resting(case) == ["more"]


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (task("done", "receive", signers=3), "SIGNERS"),
        (task("done", "receive"), "SIGNERS"),
        (task("receive", signers=2, acts={"other": act("done")}), "ACTS_GIVEN"),
        (
            task(signers=2, acts={"to_0": act("done", input={"passed": "boolean"})}),
            "ACTS_GIVEN",
        ),
        (task("done", signers=2, role="approver"), "POST"),
    ],
)
def test_a_step_that_somebody_has_signed_stays_where_that_would_mean_something_else(
    step: Steps, code: str
) -> None:
    case = begin(SIGNED)
    tasks.act_on_task(actor=official("赵一"), task_id=open_task(case).pk, act="to_0")
    release({**SIGNED, "visit": step})
    before = rows(case)
    assert (code, "visit") in codes()
    assert rows(case) == before


def test_more_signers_are_wanted_where_nobody_has_signed() -> None:
    case = begin(SIGNED)
    release({**SIGNED, "visit": task("done", signers=3)})
    assert codes() == []
    assert open_task(case).signers == 3


def test_units_that_sign_stay_where_they_change() -> None:
    units = [{"function": "f", "level": "COUNTY"}]
    signing = {"mode": "all", "agree": "to_0", "by": {"posts": ["receiver"]}}
    case = begin({"a": task("z", signing=signing), "z": END})
    release({"a": task("z", signing={**signing, "by": {"units": units}}), "z": END})
    assert codes() == [("SIGNERS", "a")]
    assert len(open_tasks(case)) == 1


def test_a_task_of_several_units_goes_over_as_it_is() -> None:
    signing = {"mode": "all", "agree": "to_0", "by": {"posts": ["receiver", "approver"]}}
    case = begin({"a": task("z", signing=signing), "z": END})
    release({"b": task("z", signing=signing), "z": END}, {"a": "b"})
    assert codes() == []
    assert {one.step for one in open_tasks(case)} == {"b"}
    assert len(open_tasks(case)) == 2


# posts


def test_a_task_that_nobody_holds_goes_to_its_new_post() -> None:
    case = begin(OLD_STEPS)
    official(role="approver")
    release({**OLD_STEPS, "receive": task("visit", role="approver")})
    assert codes() == []
    assert open_task(case).role == "approver"
    assert open_task(case).organization_id == make_unit().pk


def test_a_task_that_somebody_holds_stays_with_its_post() -> None:
    case = begin(OLD_STEPS)
    Task.objects.filter(case=case).update(assignee_id=9)
    release({**OLD_STEPS, "receive": task("visit", role="approver")})
    assert codes() == [("POST", "receive")]
    assert open_task(case).role == "receiver"


def test_where_no_unit_is_competent_the_case_stays() -> None:
    begin(OLD_STEPS)
    unit = {"function": "nobody_does_this", "level": "CITY"}
    release({**OLD_STEPS, "receive": task("visit", unit=unit)})
    ((code, step),) = codes()
    assert (code, step) == ("NO_COMPETENT_UNIT", "receive")


# timers and clocks


def test_a_timer_that_runs_keeps_its_moment_at_its_new_place() -> None:
    rule = timer("late", 5)
    case = begin({"a": task("z", timers=[rule]), "late": task("z"), "z": END})
    (before,) = waiting_timers(case)
    extra = timer("z", 90, **{"from": "entered"})
    release({"b": task("z", timers=[extra, rule]), "late": task("z"), "z": END}, {"a": "b"})
    assert codes() == []
    kept, added = sorted(waiting_timers(case), key=lambda one: one.pk)
    assert (kept.pk, kept.position) == (before.pk, 1)
    assert (kept.due_at, kept.started_at) == (before.due_at, before.started_at)
    assert added.position == 0
    assert added.started_at == Token.objects.get(case=case, step="b").entered_at
    Timer.objects.filter(pk=kept.pk).update(due_at=now() - timedelta(1))
    tasks.fire_due_timers()
    assert resting(case) == ["late"]


@pytest.mark.parametrize(
    "timers", [[], [timer("late", 6)], [timer("late", 5, **{"from": "entered"})]]
)
def test_a_timer_that_would_be_lost_or_moved_keeps_the_case(timers: list[Any]) -> None:
    case = begin({"a": task("z", timers=[timer("late")]), "late": task("z"), "z": END})
    release({"a": task("z", "late", timers=timers), "late": task("z"), "z": END})
    due = waiting_timers(case)[0].due_at
    assert codes() == [("TIMER", "a")]
    assert waiting_timers(case)[0].due_at == due


def test_a_new_timer_that_would_fire_at_once_keeps_the_case() -> None:
    case = begin({"a": task("z"), "z": END})
    Token.objects.filter(case=case).update(entered_at=now() - timedelta(400))
    release({"a": task("z", timers=[timer("z", 5, **{"from": "entered"})]), "z": END})
    assert codes() == [("TIMER_DUE", "a")]
    assert waiting_timers(case) == []


def test_clocks_of_the_law_are_not_touched() -> None:
    case = begin(OLD_STEPS)
    clocks = list(Clock.objects.values())
    due = Case.objects.values_list("due_at", "opened_at").get(pk=case.pk)
    release({**OLD_STEPS, "done": END | {"title_zh": "办结"}})
    assert codes() == []
    assert list(Clock.objects.values()) == clocks
    assert Case.objects.values_list("due_at", "opened_at").get(pk=case.pk) == due


# what cannot go over


@pytest.mark.parametrize(
    ("steps", "mapped", "code"),
    [
        ({"start": task("done"), "done": END}, {}, "STEP_UNMAPPED"),
        ({"receive": task("done"), "done": END}, {"receive": None}, "STEP_STAYS"),
        ({"receive": wait("done"), "done": END}, {}, "STEP_KIND"),
        ({"a": task("done"), "done": END}, {"receive": "nowhere"}, "MAP_TO_UNKNOWN"),
        ({"receive": task("done"), "done": END}, {"alien": "done"}, "MAP_FROM_UNKNOWN"),
        (
            {
                "receive": task("rule"),
                "rule": decision("done", ("true", "done"), rule="new_rule"),
                "done": END,
            },
            {},
            "RULE_NEW",
        ),
    ],
)
def test_what_has_no_counterpart_stays(
    steps: Steps, mapped: Mapping[str, str | None], code: str
) -> None:
    case = begin(OLD_STEPS)
    release(steps, mapped)
    before = rows(case)
    assert code in [found for found, _ in codes()]
    assert rows(case) == before


def test_a_wait_for_another_event_stays() -> None:
    begin({"a": wait("z"), "z": END})
    release({"a": wait("z", event="supplied"), "z": END})
    assert codes() == [("EVENT", "a")]


def test_a_fact_that_stands_under_another_name_keeps_the_case() -> None:
    begun = begin(OLD_STEPS)
    tasks.act_on_task(actor=official(), task_id=open_task(begun).pk, act="to_0")
    begin(OLD_STEPS)
    release(
        {
            "intake": task("visit"),
            "visit": task("weigh"),
            "weigh": decision("done", ('acts.intake.act = "to_0"', "visit")),
            "done": END,
        },
        {"receive": "intake"},
    )
    report = plan_migration(key=KEY)
    assert report.movable.total() == 1
    assert [(one.number, one.problems[0].code) for one in report.blocked] == [
        (begun.number, "FACT_LOST")
    ]


def test_steps_that_were_passed_cannot_become_branches() -> None:
    case = begin(
        {"left": task("right"), "right": task("decide"), "decide": task("done"), "done": END}
    )
    for _ in range(2):
        tasks.act_on_task(actor=official(), task_id=open_task(case).pk, act="to_0")
    release(PARALLEL)
    assert codes() == [("BRANCHES_PASSED", "split")]


def test_a_version_that_is_not_named_stays() -> None:
    begin(OLD_STEPS)
    release(OLD_STEPS, of="0.9.0")
    assert codes() == [("UNDECLARED", "")]


@pytest.mark.parametrize("of", [OLD, "1.0.0", "*"])
def test_a_version_is_named_by_itself_by_its_release_or_with_all(of: str) -> None:
    begin(OLD_STEPS)
    release(OLD_STEPS, of=of)
    assert codes() == []


def test_without_a_map_or_a_process_nothing_begins() -> None:
    begin(OLD_STEPS)
    for act_ in (plan_migration, lambda key: migrate_cases(actor=SYSTEM, key=key)):
        with pytest.raises(MigrationUndeclaredError):
            act_(key=KEY)
        with pytest.raises(MigrationTargetError):
            act_(key="unknown")


# verbs after the move


def test_a_moved_case_can_be_returned_to_what_is_still_there_and_not_recalled() -> None:
    case = begin(
        {
            "receive": task("gone"),
            "gone": task("visit"),
            "visit": task("done", verbs=["return", "recall"]),
            "done": END,
        }
    )
    clerk = official()
    first = open_task(case)
    for _ in range(2):
        tasks.act_on_task(actor=clerk, task_id=open_task(case).pk, act="to_0")
    release(
        {
            "receive": task("visit"),
            "visit": task("done", verbs=["return"]),
            "done": END,
        }
    )
    assert codes() == []
    assert [one.step for one in list_return_targets(open_task(case))] == ["receive"]
    last = Task.objects.filter(case=case, step="gone").get()
    for done in (first, last):
        with pytest.raises(RecallTooLateError):
            recall_act(actor=clerk, task_id=done.pk)
    return_task(actor=clerk, task_id=open_task(case).pk, opinion="再看")
    assert resting(case) == ["receive"]


def test_the_picture_of_a_moved_case_is_that_of_its_new_version() -> None:
    case = begin(OLD_STEPS)
    tasks.act_on_task(actor=official(), task_id=open_task(case).pk, act="to_0")
    release({"receive": task("check"), "check": task("done"), "done": END}, {"visit": "check"})
    migrate_cases(actor=SYSTEM, key=KEY)
    picture = read_picture(Case.objects.get(pk=case.pk))
    assert picture is not None
    assert (picture.states["receive"], picture.states["check"]) == ("passed", "resting")
    assert "Flow.receive.acts.to_0.to" in picture.taken


def test_the_phase_that_the_applicant_sees_goes_along() -> None:
    case = begin({"a": task("z", phase="RECEIVED"), "z": END})
    release({"a": task("z", phase="REVIEWING"), "z": END})
    migrate_cases(actor=SYSTEM, key=KEY)
    case.refresh_from_db()
    assert case.phase == "REVIEWING"


# who may, and the command


def test_only_who_applies_packs_there_may_move_a_case() -> None:
    case = begin(OLD_STEPS)
    release({**OLD_STEPS, "done": END | {"title_zh": "办结"}})
    clerk = official()
    before = rows(case)[:3]
    with pytest.raises(NotPermittedError):
        migrate_cases(actor=clerk, key=KEY)
    assert rows(case)[:3] == before
    Grant.objects.filter(account_id=clerk.account_id).update(permission="pack.apply")
    assert migrate_cases(actor=clerk, key=KEY).movable.total() == 1


def test_the_dry_run_costs_the_same_for_many_cases(django_assert_max_num_queries) -> None:
    for _ in range(12):
        begin(OLD_STEPS)
    release({**OLD_STEPS, "done": END | {"title_zh": "办结"}})
    with django_assert_max_num_queries(14):
        assert plan_migration(key=KEY).total == 12


def test_the_command_prints_a_table_and_json(capsys) -> None:
    moved, stays = begin(OLD_STEPS), begin(OLD_STEPS)
    tasks.act_on_task(actor=official(), task_id=open_task(stays).pk, act="to_0")
    release({"receive": task("done"), "done": END})
    call_command("process", "migrate", KEY, "--dry-run")
    said = capsys.readouterr().out
    assert "2 件在办 running, 1 件可以迁移 would go over, 1 件留下 stay" in said
    assert "STEP_UNMAPPED visit: 1 件 cases" in said
    assert stays.number in said
    call_command("process", "migrate", KEY, "--apply", "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["movable"], told["dry_run"]) == (1, False)
    assert told["blocked"][0]["number"] == stays.number
    assert told["blocked"][0]["problems"][0]["code"] == "STEP_UNMAPPED"
    assert open_task(moved).token.definition.version == NEW
    with pytest.raises(CommandError, match="没有这个流程"):
        call_command("process", "migrate", "unknown", "--dry-run")
