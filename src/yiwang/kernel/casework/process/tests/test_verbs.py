"""Each verb in each setting: what it does, once, to whom it belongs, and on a fresh screen only."""

import pytest

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.process import registry
from yiwang.kernel.casework.process.actions import tasks
from yiwang.kernel.casework.process.actions.ending import terminate_case
from yiwang.kernel.casework.process.actions.holding import resume_task, suspend_task
from yiwang.kernel.casework.process.actions.recalling import recall_act
from yiwang.kernel.casework.process.actions.returning import list_return_targets, return_task
from yiwang.kernel.casework.process.actions.signers import Signer, add_signer, remove_signer
from yiwang.kernel.casework.process.actions.subcases import note_conclusion
from yiwang.kernel.casework.process.errors import (
    OpinionMissingError,
    RecallTooLateError,
    ReturnTargetError,
    ScreenStaleError,
    SignerNotRemovableError,
    SignersDisagreeError,
    SignerUnfitError,
    TaskClosedError,
    TaskSuspendedError,
    TerminationNotOfferedError,
    TurnNotYetError,
    VerbNotAllowedError,
)
from yiwang.kernel.casework.process.models import Task, TaskAct, Token
from yiwang.kernel.casework.process.selectors import inbox
from yiwang.kernel.casework.process.tests.factories import (
    CONCLUDE,
    EFFECT,
    END,
    KIND,
    TestKind,
    act,
    begin,
    official,
    open_task,
    open_tasks,
    path,
    resting,
    subcase,
    task,
    timer,
    waiting_timers,
)
from yiwang.kernel.casework.process.tests.settings import (
    SETTINGS,
    agree_with_each_other,
    beside,
    everything,
    joint,
    plain,
    traces,
)
from yiwang.kernel.casework.ratings.tests.factories import make_unit
from yiwang.kernel.errors import InvalidInputError, NotFoundError

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("full_kind", "notes")]

WHY = "材料与现场不符"


@pytest.fixture(params=list(SETTINGS))
def scene(request):
    return SETTINGS[request.param]()


def add(scene, position, signer=None, **more):
    signer = signer or Signer(account_id=official("加签人").account_id)
    return add_signer(
        actor=scene.officer,
        task_id=scene.task.pk,
        signer=signer,
        position=position,
        opinion=WHY,
        **more,
    )


VERBS = {
    "return": lambda s, **k: return_task(
        actor=s.officer, task_id=s.task.pk, opinion=WHY, to="a", **k
    ),
    "suspend": lambda s, **k: suspend_task(actor=s.officer, task_id=s.task.pk, opinion=WHY, **k),
    "terminate": lambda s, **k: terminate_case(
        actor=s.officer, task_id=s.task.pk, opinion=WHY, **k
    ),
    "add_signer": lambda s, **k: add(s, "parallel", **k),
}


@pytest.mark.parametrize("verb", list(VERBS))
def test_a_verb_leaves_a_line_in_audit_timeline_and_outbox(scene, verb):
    before = traces(scene.case)
    VERBS[verb](scene)
    assert all(new > old for new, old in zip(traces(scene.case), before, strict=True))
    agree_with_each_other(scene.case)


@pytest.mark.parametrize("verb", list(VERBS))
def test_a_verb_that_the_step_does_not_allow_changes_nothing(verb):
    for make in SETTINGS.values():
        scene = make(verbs=[])
        before = everything()
        with pytest.raises(VerbNotAllowedError) as refused:
            VERBS[verb](scene)
        assert refused.value.details == {"verb": verb, "verbs": []}
        assert everything() == before


@pytest.mark.parametrize("verb", list(VERBS))
def test_a_verb_on_a_stale_screen_changes_nothing(scene, verb):
    seen = scene.task.version
    suspend_task(actor=scene.officer, task_id=scene.task.pk, opinion=WHY)
    resume_task(actor=scene.officer, task_id=Task.objects.get(status="SUSPENDED").pk)
    before = everything()
    with pytest.raises(ScreenStaleError):
        VERBS[verb](scene, seen_version=seen)
    with pytest.raises(ScreenStaleError):
        scene.act(seen_version=seen)
    assert everything() == before
    VERBS[verb](scene, seen_version=scene.task.version)


@pytest.mark.parametrize("verb", list(VERBS))
def test_a_verb_of_a_stranger_finds_nothing_and_changes_nothing(scene, verb):
    task_id, before = scene.task.pk, everything()
    stranger = official("外人", role="approver")
    calls = {
        "return": lambda: return_task(actor=stranger, task_id=task_id, opinion=WHY),
        "suspend": lambda: suspend_task(actor=stranger, task_id=task_id, opinion=WHY),
        "terminate": lambda: terminate_case(actor=stranger, task_id=task_id, opinion=WHY),
        "add_signer": lambda: add_signer(
            actor=stranger,
            task_id=task_id,
            signer=Signer(account_id=stranger.account_id),
            position="after",
            opinion=WHY,
        ),
    }
    with pytest.raises(NotFoundError):
        calls[verb]()
    with pytest.raises(NotFoundError):
        recall_act(actor=stranger, task_id=scene.first.pk)
    assert everything() == before


def test_every_verb_that_needs_a_reason_asks_for_it(scene):
    one, officer, before = scene.task, scene.officer, everything()
    for call in (
        lambda: return_task(actor=officer, task_id=one.pk, opinion=" "),
        lambda: suspend_task(actor=officer, task_id=one.pk, opinion=""),
        lambda: terminate_case(actor=officer, task_id=one.pk, opinion=""),
        lambda: remove_signer(actor=officer, task_id=one.pk, signer_task_id=1, opinion=""),
    ):
        with pytest.raises(OpinionMissingError):
            call()
    assert everything() == before


# 退回


def test_a_return_by_steps_walks_the_way_again(scene):
    returned = scene.task
    done = VERBS["return"](scene)
    assert (done.pk, done.status, done.act) == (returned.pk, Task.Status.DONE, ":return")
    assert done.closing == Task.Closing.RETURNED
    # What ran beside it lay behind the step that it went back to.
    assert resting(scene.case) == ["a"]
    agree_with_each_other(scene.case)
    before = everything()
    again = return_task(actor=scene.officer, task_id=returned.pk, opinion=WHY, to="a")
    assert again.pk == done.pk
    assert everything() == before
    first = official("李科")
    tasks.act_on_task(actor=first, task_id=open_task(scene.case, "a").pk, act="to_0")
    assert resting(scene.case) == sorted(["b", *scene.beside])
    scene.finish()
    assert "b" not in resting(scene.case)


def test_a_return_that_jumps_back_leaves_everything_beside_alone(scene):
    VERBS["return"](scene, then="jump_back")
    assert resting(scene.case) == sorted(["a", *scene.beside])
    agree_with_each_other(scene.case)
    one = open_task(scene.case, "a")
    tasks.act_on_task(actor=official("李科"), task_id=one.pk, act="to_0")
    assert resting(scene.case) == sorted(["b", *scene.beside])
    # Straight back: the split was not walked a second time.
    assert path(scene.case).count("p") == len(scene.beside)
    scene.finish()
    agree_with_each_other(scene.case)
    assert "b" not in resting(scene.case)


def test_a_return_takes_the_signatures_of_the_step_with_it():
    scene = joint()
    scene.act()
    police = Task.objects.get(case=scene.case, instance="police")
    return_task(actor=scene.others["police"], task_id=police.pk, opinion=WHY, to="starter")
    assert resting(scene.case) == ["a"]
    tasks.act_on_task(actor=official(), task_id=open_task(scene.case).pk, act="to_0")
    # Everybody signs anew.
    assert len(open_tasks(scene.case)) == 3
    assert Task.objects.filter(closing=Task.Closing.RETURNED).count() == 2


def test_where_a_task_may_be_returned_to(scene):
    assert [one.step for one in list_return_targets(scene.task)] == ["a"]
    before = everything()
    for wrong in ("z", "b", "c", "nowhere"):
        with pytest.raises(ReturnTargetError):
            return_task(actor=scene.officer, task_id=scene.task.pk, opinion=WHY, to=wrong)
    with pytest.raises(InvalidInputError):
        return_task(actor=scene.officer, task_id=scene.task.pk, opinion=WHY, to="a", then="somehow")
    assert everything() == before


def walked_parallel(**more):
    """Return a case that has joined again, with the steps of both branches done."""
    steps = {
        "a": task("p"),
        "p": {"kind": "parallel", "branches": ["b", "c"], "join": "j"},
        "b": task("b2"),
        "b2": task("j", verbs=["return"]),
        "c": task("j", verbs=["return"]),
        "j": {"kind": "join", "to": "d"},
        "d": task("z", verbs=["return"], **more),
        "z": END,
    }
    case, officer = begin(steps), official()
    for step in ("a", "b", "b2", "c"):
        tasks.act_on_task(actor=officer, task_id=open_task(case, step).pk, act="to_0")
    assert resting(case) == ["d"]
    return case, officer


def test_a_return_into_a_parallel_keeps_what_the_other_branches_did():
    case, officer = walked_parallel()
    targets = [one.step for one in list_return_targets(open_task(case))]
    assert targets == ["a", "b", "c", "b2"]
    return_task(actor=officer, task_id=open_task(case).pk, opinion=WHY, to="b2")
    # The branch c stands at the join as it arrived there; only b2 is done again.
    assert resting(case) == ["b2", "j"]
    tasks.act_on_task(actor=officer, task_id=open_task(case, "b2").pk, act="to_0")
    assert resting(case) == ["d"]
    # And once more, by way of the first step of the branch.
    return_task(actor=officer, task_id=open_task(case).pk, opinion=WHY, to="b")
    assert resting(case) == ["b", "j"]
    tasks.act_on_task(actor=officer, task_id=open_task(case, "b").pk, act="to_0")
    return_task(actor=officer, task_id=open_task(case, "b2").pk, opinion=WHY, to="a")
    assert resting(case) == ["a"]
    agree_with_each_other(case)


def test_previous_and_starter_are_found_by_name():
    case, officer = walked_parallel()
    return_task(actor=officer, task_id=open_task(case).pk, opinion=WHY)
    assert resting(case) == ["c", "j"]
    return_task(actor=officer, task_id=open_task(case, "c").pk, opinion=WHY, to="starter")
    assert resting(case) == ["a"]


def test_a_definition_may_narrow_where_to():
    case, officer = walked_parallel(return_to=["starter"])
    assert [one.step for one in list_return_targets(open_task(case))] == ["a"]
    with pytest.raises(ReturnTargetError):
        return_task(actor=officer, task_id=open_task(case).pk, opinion=WHY, to="c")


def test_a_jump_back_within_a_jump_back_comes_home_in_order():
    steps = {
        "a": task("b"),
        "b": task("c", verbs=["return"]),
        "c": task("z", verbs=["return"]),
        "z": END,
    }
    case, officer = begin(steps), official()
    for step in ("a", "b"):
        tasks.act_on_task(actor=officer, task_id=open_task(case, step).pk, act="to_0")
    for step, to in (("c", "b"), ("b", "a")):
        return_task(
            actor=officer,
            task_id=open_task(case, step).pk,
            opinion=WHY,
            to=to,
            then="jump_back",
        )
    for step in ("a", "b", "c"):
        assert resting(case) == [step]
        tasks.act_on_task(actor=officer, task_id=open_task(case, step).pk, act="to_0")
    assert path(case) == ["a", "b", "c", "b", "a", "b", "c", "z"]


def test_who_declines_after_a_return_does_not_jump_back():
    steps = {
        "a": task("b", "no"),
        "b": task("z", verbs=["return"]),
        "z": END,
        "no": END,
    }
    case, officer = begin(steps), official()
    tasks.act_on_task(actor=officer, task_id=open_task(case).pk, act="to_0")
    return_task(actor=officer, task_id=open_task(case).pk, opinion=WHY, to="a", then="jump_back")
    tasks.act_on_task(actor=officer, task_id=open_task(case).pk, act="to_1")
    assert path(case) == ["a", "b", "a", "no"]


# 撤回


def test_an_act_is_recalled_before_the_next_acts(scene):
    before = traces(scene.case)
    done = recall_act(actor=official_of(scene), task_id=scene.first.pk, opinion="选错了")
    assert (done.pk, done.status, done.act) == (scene.first.pk, Task.Status.OPEN, "")
    assert resting(scene.case) == ["a"]
    agree_with_each_other(scene.case)
    assert all(new > old for new, old in zip(traces(scene.case), before, strict=True))
    again = everything()
    recall_act(actor=official_of(scene), task_id=scene.first.pk)
    assert everything() == again
    tasks.act_on_task(actor=official_of(scene), task_id=done.pk, act="to_0")
    assert resting(scene.case) == sorted(["b", *scene.beside])


def official_of(scene):
    """Return who did step a."""
    row = TaskAct.objects.filter(task=scene.first).latest("id")
    return Actor(row.account_id, row.actor_name, "OFFICIAL")


def test_it_is_too_late_when_the_next_has_acted(scene):
    scene.act()
    before = everything()
    with pytest.raises(RecallTooLateError):
        recall_act(actor=official_of(scene), task_id=scene.first.pk)
    assert everything() == before


def test_it_is_too_late_when_the_next_has_asked_somebody_in(scene):
    add(scene, "before")
    with pytest.raises(RecallTooLateError):
        recall_act(actor=official_of(scene), task_id=scene.first.pk)


@pytest.mark.parametrize(
    "steps",
    [
        {"a": task(acts={"to_0": act("b", EFFECT)}), "b": task("z"), "z": END},
        {
            "a": task("e"),
            "e": {"kind": "effect", "do": [EFFECT], "to": "b"},
            "b": task("z"),
            "z": END,
        },
        {"a": task("z"), "z": END},
    ],
)
def test_what_had_an_effect_or_ended_the_case_cannot_be_recalled(steps):
    case, officer = begin(steps), official()
    one = open_task(case)
    tasks.act_on_task(actor=officer, task_id=one.pk, act="to_0")
    before = everything()
    with pytest.raises(RecallTooLateError):
        recall_act(actor=officer, task_id=one.pk)
    assert everything() == before


def test_a_recall_gives_the_timers_of_the_step_back():
    case, officer = begin({"a": task("b", timers=[timer("z")]), "b": task("z"), "z": END}), None
    officer = official()
    (before,) = waiting_timers(case)
    one = open_task(case)
    tasks.act_on_task(actor=officer, task_id=one.pk, act="to_0")
    assert waiting_timers(case) == []
    recall_act(actor=officer, task_id=one.pk)
    assert [(t.pk, t.due_at) for t in waiting_timers(case)] == [(before.pk, before.due_at)]


def test_one_signature_is_recalled_and_given_anew():
    scene = joint()
    mine = scene.task
    scene.act()
    assert mine.pk not in [one.pk for one in open_tasks(scene.case)]
    recall_act(actor=scene.officer, task_id=mine.pk)
    assert len(open_tasks(scene.case)) == 3
    scene.finish()
    assert resting(scene.case) == []


def test_in_order_the_one_before_recalls_only_while_the_one_after_has_not_signed():
    scene = joint("in_order")
    mine = scene.task
    scene.act()
    recall_act(actor=scene.officer, task_id=mine.pk)
    assert [one.instance for one in open_tasks(scene.case)] == ["health"]
    scene.act()
    police = open_task(scene.case)
    tasks.act_on_task(actor=scene.others["police"], task_id=police.pk, act="to_0")
    with pytest.raises(RecallTooLateError):
        recall_act(actor=scene.officer, task_id=mine.pk)


def test_the_act_that_joined_the_branches_is_recalled_and_the_sibling_waits_again():
    scene = beside()
    scene.act()
    assert resting(scene.case) == ["c", "j"]
    last = open_task(scene.case, "c")
    tasks.act_on_task(actor=scene.officer, task_id=last.pk, act="to_0")
    assert resting(scene.case) == ["d"]
    recall_act(actor=scene.officer, task_id=last.pk)
    assert resting(scene.case) == ["c", "j"]
    agree_with_each_other(scene.case)
    # Who arrived there first cannot take back what another has built upon.
    tasks.act_on_task(actor=scene.officer, task_id=last.pk, act="to_0")
    first = Task.objects.get(case=scene.case, step="b")
    with pytest.raises(RecallTooLateError):
        recall_act(actor=scene.officer, task_id=first.pk)


def test_a_case_that_opened_child_cases_is_not_recalled(opener):
    case, officer = begin({"a": task("s"), "s": subcase("z"), "z": END}), official()
    one = open_task(case)
    tasks.act_on_task(actor=officer, task_id=one.pk, act="to_0")
    with pytest.raises(RecallTooLateError):
        recall_act(actor=officer, task_id=one.pk)


# 加签、减签


def test_advice_is_asked_before_and_counts_no_vote(scene):
    mine = scene.task
    adviser = official("法律顾问")
    asked = add(scene, "before", Signer(account_id=adviser.account_id))
    assert asked.assignee_id == adviser.account_id
    assert Task.objects.get(pk=mine.pk).status == Task.Status.WAITING
    with pytest.raises(TurnNotYetError):
        tasks.act_on_task(actor=scene.officer, task_id=mine.pk, act="to_0")
    assert [one.pk for one in inbox(adviser) if one.step == "b"] == [asked.pk]
    tasks.act_on_task(actor=adviser, task_id=asked.pk, act="to_0", opinion="可以")
    assert Task.objects.get(pk=mine.pk).status == Task.Status.OPEN
    agree_with_each_other(scene.case)
    scene.finish()
    assert "b" not in resting(scene.case)


@pytest.mark.parametrize("position", ["parallel", "after"])
def test_an_added_signer_is_waited_for(scene, position):
    signer = official("会审人")
    added = add(scene, position, Signer(account_id=signer.account_id))
    expected = Task.Status.OPEN if position == "parallel" else Task.Status.WAITING
    assert added.status == expected
    # The same again is the same signer.
    assert add(scene, position, Signer(account_id=signer.account_id)).pk == added.pk
    scene.others[added.instance] = signer
    mine = [one for one in open_tasks(scene.case) if one.step == "b" and one.pk != added.pk]
    for one in mine:
        actor = scene.others.get(one.instance, scene.officer)
        tasks.act_on_task(actor=actor, task_id=one.pk, act="to_0")
    assert "b" in resting(scene.case)
    tasks.act_on_task(actor=signer, task_id=added.pk, act="to_0")
    assert "b" not in resting(scene.case)


def test_signers_of_a_plain_step_choose_the_same_or_talk():
    scene = plain(acts={"yes": act("z"), "no": act("z")})
    signer = official("会审人")
    added = add(scene, "after", Signer(account_id=signer.account_id))
    mine = scene.task
    scene.act("yes")
    with pytest.raises(SignersDisagreeError):
        tasks.act_on_task(actor=signer, task_id=added.pk, act="no")
    recall_act(actor=scene.officer, task_id=mine.pk)
    scene.act("no")
    tasks.act_on_task(actor=signer, task_id=added.pk, act="no")
    assert Token.objects.get(case=scene.case, step="b").act == "no"


def test_a_unit_is_added_with_the_role_of_the_step(scene):
    unit = make_unit("441702.justice", "江城区司法局")
    with pytest.raises(SignerUnfitError):
        add(scene, "parallel", Signer(unit_code=unit.code))
    lawyer = official("法制", org_path=unit.path)
    added = add(scene, "parallel", Signer(unit_code=unit.code))
    assert (added.organization_id, added.assignee_id) == (unit.code, None)
    assert added.pk in [one.pk for one in inbox(lawyer)]


def test_who_cannot_sign_is_not_added(scene):
    before = everything()
    for signer in (
        Signer(account_id=1),
        Signer(account_id=scene.officer.account_id),
        Signer(unit_code="nowhere"),
        Signer(account_id=official(valid_to=None, org_path="441799/").account_id),
    ):
        with pytest.raises(SignerUnfitError):
            add(scene, "parallel", signer)
    with pytest.raises(SignerUnfitError):
        add(scene, "beside")
    assert everything() == before


def test_a_signer_is_removed_and_the_step_ends_if_the_rest_agree(scene):
    signer = official("会审人")
    added = add(scene, "parallel", Signer(account_id=signer.account_id))
    waiting = [one for one in open_tasks(scene.case) if one.step == "b" and one.pk != added.pk]
    for one in waiting:
        actor = scene.others.get(one.instance, scene.officer)
        tasks.act_on_task(actor=actor, task_id=one.pk, act="to_0")
    assert "b" in resting(scene.case)
    given = {"actor": scene.officer, "task_id": waiting[0].pk, "opinion": WHY}
    gone = remove_signer(signer_task_id=added.pk, **given)
    assert (gone.status, gone.closing) == (Task.Status.CANCELLED, Task.Closing.REMOVED)
    assert "b" not in resting(scene.case)
    agree_with_each_other(scene.case)
    before = everything()
    remove_signer(signer_task_id=added.pk, **given)
    assert everything() == before
    with pytest.raises(TaskClosedError, match="减签"):
        tasks.act_on_task(actor=signer, task_id=added.pk, act="to_0")


def test_an_adviser_is_removed_and_it_is_the_officer_s_turn_again(scene):
    mine = scene.task
    asked = add(scene, "before")
    remove_signer(actor=scene.officer, task_id=mine.pk, signer_task_id=asked.pk, opinion="不再需要")
    assert scene.task.pk == mine.pk
    scene.finish()
    assert "b" not in resting(scene.case)


def test_who_has_signed_and_the_last_one_cannot_be_removed(scene):
    mine = scene.task
    signer = official("会审人")
    added = add(scene, "parallel", Signer(account_id=signer.account_id))
    tasks.act_on_task(actor=signer, task_id=added.pk, act="to_0")
    before = everything()
    for task_id in (added.pk, mine.pk):
        with pytest.raises(SignerNotRemovableError):
            remove_signer(actor=scene.officer, task_id=mine.pk, signer_task_id=task_id, opinion=WHY)
    with pytest.raises(NotFoundError):
        remove_signer(
            actor=scene.officer, task_id=mine.pk, signer_task_id=scene.first.pk, opinion=WHY
        )
    assert everything() == before


# 挂起、恢复


def test_a_suspended_task_leaves_the_inbox_and_no_clock_stops(scene):
    one = scene.task
    due = one.due_at, one.limit_at
    held = suspend_task(actor=scene.officer, task_id=one.pk, opinion="等上级批复")
    assert held.status == Task.Status.SUSPENDED
    assert (held.due_at, held.limit_at) == due
    assert one.pk not in [row.pk for row in inbox(scene.officer)]
    before = everything()
    suspend_task(actor=scene.officer, task_id=one.pk, opinion="等上级批复")
    with pytest.raises(TaskSuspendedError):
        tasks.act_on_task(actor=scene.officer, task_id=one.pk, act="to_0")
    assert everything() == before
    agree_with_each_other(scene.case)
    resume_task(actor=scene.officer, task_id=one.pk)
    before = everything()
    resume_task(actor=scene.officer, task_id=one.pk)
    assert everything() == before
    scene.finish()
    assert "b" not in resting(scene.case)
    with pytest.raises(TaskClosedError):
        resume_task(actor=scene.officer, task_id=one.pk)


def test_a_timer_fires_although_the_task_is_suspended(full_kind):
    scene = plain(timers=[timer("z", amount=1, **{"from": "entered"})])
    suspend_task(actor=scene.officer, task_id=scene.task.pk, opinion=WHY)
    (due,) = waiting_timers(scene.case)
    type(due).objects.filter(pk=due.pk).update(due_at=due.started_at)
    assert tasks.fire_due_timers() == 1
    closed = Task.objects.get(case=scene.case, step="b")
    assert (closed.status, closed.closing) == (Task.Status.CANCELLED, Task.Closing.TIMER)


# 终止


def test_a_termination_ends_the_case_with_everything_open_in_it(scene):
    one = scene.task
    done = VERBS["terminate"](scene)
    assert resting(scene.case) == open_tasks(scene.case) == waiting_timers(scene.case) == []
    assert done.closing == Task.Closing.TERMINATED
    scene.case.refresh_from_db()
    assert scene.case.status == Case.Status.CONCLUDED
    before = everything()
    terminate_case(actor=scene.officer, task_id=one.pk, opinion=WHY)
    assert everything() == before
    with pytest.raises(TaskClosedError, match="终止"):
        tasks.act_on_task(actor=scene.officer, task_id=one.pk, act="to_0")
    if scene.parent is not None:
        assert note_conclusion(scene.case.pk) is True
        assert resting(scene.parent) == []


def test_a_kind_of_case_that_only_the_law_ends_is_not_terminated():
    registry.register_case_kind(KIND, TestKind())
    scene = plain()
    before = everything()
    with pytest.raises(TerminationNotOfferedError):
        VERBS["terminate"](scene)
    assert everything() == before


def test_the_end_of_a_child_lets_its_parent_go_on():
    scene = SETTINGS["child"](acts={"to_0": act("z", CONCLUDE)})
    assert resting(scene.parent) == ["s"]
    scene.finish()
    assert note_conclusion(scene.case.pk) is True
    assert note_conclusion(scene.case.pk) is False
    assert resting(scene.parent) == []
    assert Token.objects.get(case=scene.parent, step="s").outputs["withdrawn"] == 0
