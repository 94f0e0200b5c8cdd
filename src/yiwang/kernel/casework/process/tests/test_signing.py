"""Given a step that several sign, when they vote, then it ends as soon as nothing can change it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernel.casework.process.actions import tasks
from yiwang.kernel.casework.process.errors import TaskClosedError, TurnNotYetError
from yiwang.kernel.casework.process.models import Task, Token
from yiwang.kernel.casework.process.rules.signing import Ballot, outcome
from yiwang.kernel.casework.process.selectors import inbox
from yiwang.kernel.casework.process.tests.factories import (
    EFFECT,
    END,
    UNITS,
    act,
    begin,
    official,
    open_task,
    open_tasks,
    path,
    resting,
    signing,
    signing_units,
    task,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kind")]
ACTS = {"yes": act("y", EFFECT), "no": act("n", EFFECT), "unsure": act("n", EFFECT)}


@pytest.mark.parametrize(
    ("mode", "need", "cast", "awaited", "expected"),
    [
        ("ALL", 0, ["yes", "yes"], 1, ""),
        ("ALL", 0, ["yes", "yes", "yes"], 0, "yes"),
        ("ALL", 0, ["yes", "no"], 1, "no"),
        ("IN_ORDER", 0, ["no"], 2, "no"),
        ("ANY", 0, [], 3, ""),
        ("ANY", 0, ["no"], 2, "no"),
        ("VOTES", 2, ["yes"], 2, ""),
        ("VOTES", 2, ["yes", "yes"], 1, "yes"),
        ("VOTES", 2, ["no", "yes"], 1, ""),
        ("VOTES", 2, ["no", "unsure"], 1, "no"),
        ("SAME", 0, ["yes"], 1, ""),
        ("SAME", 0, ["no", "no"], 0, "no"),
    ],
)
def test_a_count_is_settled_as_soon_as_it_cannot_change(mode, need, cast, awaited, expected):
    ballots = [Ballot(1, one) for one in cast] + [Ballot(1)] * awaited
    assert outcome(mode, ballots, agree="yes", need=need) == expected


def test_weights_decide_and_advice_does_not():
    ballots = [Ballot(0, "no"), Ballot(3, "yes"), Ballot(1, "no"), Ballot(1)]
    assert outcome("VOTES", ballots, agree="yes", need=3) == "yes"
    assert outcome("ANY", [Ballot(0, "no"), Ballot(1)], agree="yes") == ""
    # The heaviest of those against it, though another came first.
    against = [Ballot(1, "unsure"), Ballot(2, "no"), Ballot(1, "yes")]
    assert outcome("ALL", against, agree="yes") == "no"


@given(
    st.lists(st.tuples(st.integers(1, 5), st.sampled_from(["yes", "no", "unsure"])), min_size=1),
    st.sampled_from(["ALL", "ANY", "IN_ORDER", "VOTES"]),
    st.data(),
)
def test_a_settled_count_stays_settled_whatever_the_others_choose(votes, mode, data):
    total = sum(weight for weight, _ in votes)
    need = data.draw(st.integers(1, total))
    seen = ""
    for number in range(len(votes) + 1):
        ballots = [Ballot(w, choice) for w, choice in votes[:number]]
        ballots += [Ballot(w) for w, _ in votes[number:]]
        now = outcome(mode, ballots, agree="yes", need=need)
        # It may be another of those against it that weighs most; it never turns round.
        assert (now == "yes") == (seen == "yes") or not seen
        assert now or not seen
        seen = now
    assert seen, "when all have voted there is a result"


def joint(mode, **more):
    officers = signing_units()
    case = begin(
        {"a": task(acts=ACTS, signing=signing(mode, agree="yes", **more)), "y": END, "n": END}
    )
    return case, officers


def vote(case, officers, name, choice, **more):
    one = Task.objects.get(case=case, instance=name)
    return tasks.act_on_task(actor=officers[name], task_id=one.pk, act=choice, **more)


def test_each_unit_has_a_task_of_its_own_in_its_own_inbox(notes):
    case, officers = joint("all")
    assert [one.instance for one in open_tasks(case)] == list(UNITS)
    for name, officer in officers.items():
        assert [one.instance for one in inbox(officer)] == [name]
    for name in UNITS:
        assert path(case) == ["a"]
        vote(case, officers, name, "yes", opinion=name)
    assert path(case) == ["a", "y"]
    (heard,) = notes.seen
    assert (heard.act, heard.opinion, heard.signer_names) == ("yes", "fire", UNITS)


def test_one_against_ends_a_countersignature_and_the_rest_are_told_why(notes):
    case, officers = joint("all")
    vote(case, officers, "health", "yes")
    vote(case, officers, "police", "no", opinion="路面太窄")
    assert path(case) == ["a", "n"]
    rest = Task.objects.get(case=case, instance="fire")
    assert (rest.status, rest.closing) == (Task.Status.CANCELLED, Task.Closing.DECIDED)
    with pytest.raises(TaskClosedError, match="结果已定"):
        vote(case, officers, "fire", "yes")
    assert notes.seen[0].signer_names == ("police",)


def test_any_one_is_enough(notes):
    case, officers = joint("any")
    vote(case, officers, "fire", "no")
    assert path(case) == ["a", "n"]
    assert Task.objects.filter(case=case, closing=Task.Closing.DECIDED).count() == 2


def test_in_order_one_after_the_other(notes):
    case, officers = joint("in_order")
    assert [one.instance for one in open_tasks(case)] == ["health"]
    assert inbox(officers["police"]) == []
    with pytest.raises(TurnNotYetError):
        vote(case, officers, "police", "yes")
    vote(case, officers, "health", "yes")
    assert [one.instance for one in open_tasks(case)] == ["police"]
    vote(case, officers, "police", "yes")
    assert resting(case) == ["a"]
    vote(case, officers, "fire", "yes")
    assert path(case) == ["a", "y"]


def test_votes_with_weights_end_before_all_have_voted(notes):
    case, officers = joint("votes", need=3, weights={"police": 2})
    vote(case, officers, "police", "yes")
    assert resting(case) == ["a"]
    vote(case, officers, "health", "yes")
    assert path(case) == ["a", "y"]


def test_votes_that_can_no_longer_be_reached_end_against_it(notes):
    case, officers = joint("votes", need=3, weights={"police": 2})
    vote(case, officers, "police", "no", opinion="不同意")
    assert path(case) == ["a", "n"]
    assert notes.seen[0].opinion == "不同意"


def test_officers_of_one_pool_share_a_task_and_vote_once_each(notes):
    by = {"count": 3}
    case = begin(
        {
            "a": task(acts=ACTS, signing=signing("votes", need=2, by=by, agree="yes")),
            "y": END,
            "n": END,
        }
    )
    one = open_task(case)
    voters = [official(name) for name in ("赵一", "钱二", "孙三")]
    done = tasks.act_on_task(actor=voters[0], task_id=one.pk, act="yes")
    assert done.status == Task.Status.OPEN
    # The same again is the same answer, not a second vote.
    tasks.act_on_task(actor=voters[0], task_id=one.pk, act="yes")
    tasks.act_on_task(actor=voters[1], task_id=one.pk, act="no", opinion="再看")
    assert resting(case) == ["a"]
    tasks.act_on_task(actor=voters[2], task_id=one.pk, act="yes")
    assert path(case) == ["a", "y"]
    assert notes.seen[0].signer_names == ("赵一", "孙三")


def test_a_facts_reader_sees_the_result_and_not_the_losing_vote(kind, notes):
    officers = signing_units()
    steps = {
        "a": task(acts={"yes": act("d"), "no": act("d")}, signing=signing("votes", need=2)),
        "d": {
            "kind": "decision",
            "branches": [{"when": 'acts.a.act = "yes"', "to": "y"}],
            "default": "n",
        },
        "y": END,
        "n": END,
    }
    case = begin(steps)
    vote(case, officers, "health", "yes")
    vote(case, officers, "police", "no")
    vote(case, officers, "fire", "yes")
    assert path(case) == ["a", "d", "y"]
    assert Token.objects.get(case=case, step="a").act == "yes"
