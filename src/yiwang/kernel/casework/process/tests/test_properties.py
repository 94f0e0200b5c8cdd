"""Any sound process, walked at random, rests where somebody can go on, or has wholly ended."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, assume, given, note, settings
from hypothesis import strategies as st

from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.process.actions import tasks
from yiwang.kernel.casework.process.models import Task, Timer, Token
from yiwang.kernel.casework.process.rules.definition import compile_process
from yiwang.kernel.casework.process.rules.graph import check_graph
from yiwang.kernel.casework.process.tests.factories import (
    END,
    begin,
    decision,
    effect,
    join,
    official,
    open_tasks,
    parallel,
    task,
    timer,
    wait,
    waiting_timers,
)

MOST_MOVES = 25


@st.composite
def blocks(draw: st.DrawFn, depth: int = 1) -> list[Any]:
    """Return a list of blocks: names of simple steps, or a pair of branches that run at once."""
    kinds = ["task", "timed", "signed", "wait", "effect", "decision"]
    simple = st.sampled_from(kinds)
    if depth == 0:
        return draw(st.lists(simple, min_size=1, max_size=3))
    pair = st.tuples(blocks(0), blocks(0))
    return draw(st.lists(simple | pair, min_size=1, max_size=4))


class Builder:
    """Turns blocks into steps that lead from one to the next, and sometimes back."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.steps: dict[str, Any] = {}

    def build(self, listed: list[Any], after: str) -> str:
        """Add the steps of ``listed`` so that they lead to ``after``; return the first key."""
        keys = [f"s{len(self.steps) + number}" for number, _ in enumerate(listed)]
        self.steps.update(dict.fromkeys(keys, END))
        for number, block in enumerate(listed):
            following = keys[number + 1] if number + 1 < len(keys) else after
            # Back to any earlier step of the same stretch, or on.
            elsewhere = self.draw(st.sampled_from([*keys[: number + 1], following]))
            self.steps[keys[number]] = self._step(keys[number], block, following, elsewhere)
        return keys[0]

    def _step(self, key: str, block: Any, to: str, elsewhere: str) -> dict[str, Any]:
        match block:
            case "task":
                return task(to, elsewhere)
            case "signed":
                return task(to, signers=2)
            case "timed":
                return task(to, elsewhere, timers=[timer(to)])
            case "wait":
                return wait(to, timers=[timer(elsewhere, **{"from": "entered"})])
            case "effect":
                return effect(to)
            case "decision":
                return decision(to, ("input.flag = true", to), ("false", elsewhere))
            case (left, right):
                arrives = f"{key}_join"
                self.steps[arrives] = join(to)
                branches = [self.build(left, arrives), self.build(right, arrives)]
                return parallel(arrives, *branches)
        raise AssertionError(block)


@st.composite
def processes(draw: st.DrawFn) -> dict[str, Any]:
    builder = Builder(draw)
    start = builder.build(draw(blocks()), "end")
    return {start: builder.steps.pop(start)} | builder.steps | {"end": END}


def holds(case: Case, steps: dict[str, Any]) -> bool:
    """Check that the rows agree with each other; return whether the process has ended."""
    active = list(Token.objects.filter(case=case, status=Token.Status.ACTIVE))
    opened = open_tasks(case)
    kinds = [steps[token.step]["kind"] for token in active]
    assert set(kinds) <= {"task", "wait", "join"}
    in_tasks = [token.pk for token in active if steps[token.step]["kind"] == "task"]
    assert sorted(one.token_id for one in opened) == sorted(in_tasks)
    assert {one.token_id for one in waiting_timers(case)} <= {token.pk for token in active}
    ended = Token.objects.filter(case=case, step="end").exists()
    if ended:
        assert active == []
    else:
        assert "task" in kinds or "wait" in kinds, "nobody can go on"
    return ended


@pytest.mark.django_db
@pytest.mark.usefixtures("kind", "notes")
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
@given(steps=processes(), data=st.data())
def test_a_sound_process_always_rests_or_ends_and_leaves_nothing_open(
    steps: dict[str, Any], data: st.DataObject
) -> None:
    content = {"key": "p", "start": next(iter(steps)), "steps": steps}
    assume(not check_graph(content))
    note(f"{content}")
    compile_process(content)
    with transaction.atomic():
        case = begin(steps)
        officers = [official("赵一"), official("钱二")]
        ended = holds(case, steps)
        for _ in range(MOST_MOVES):
            if ended:
                break
            ways: list[tuple[str, Any]] = [("act", one) for one in open_tasks(case)]
            ways += [("timer", one) for one in waiting_timers(case)]
            ways.append(("event", None))
            way, what = data.draw(st.sampled_from(ways))
            if way == "act":
                acts = sorted(steps[what.step]["acts"])
                act = data.draw(st.sampled_from(acts))
                for officer in officers[: what.signers]:
                    tasks.act_on_task(actor=officer, task_id=what.pk, act=act)
            elif way == "timer":
                Timer.objects.filter(pk=what.pk).update(due_at=what.started_at - timedelta(1))
                assert tasks.fire_due_timers() >= 1
            else:
                tasks.signal_case(case=case, event="paid", actor=officers[0])
            ended = holds(case, steps)
        tasks.stop_process(case=case, actor=officers[0])
        assert not Token.objects.filter(case=case, status=Token.Status.ACTIVE).exists()
        assert not Task.objects.filter(case=case, status=Task.Status.OPEN).exists()
        transaction.set_rollback(True)
