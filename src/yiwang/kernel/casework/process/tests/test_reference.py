"""Random processes walked by engine and reference model side by side: they rest in one place."""

import os
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, assume, given, note, settings
from hypothesis import strategies as st

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.process.actions import tasks
from yiwang.kernel.casework.process.actions.recalling import recall_act
from yiwang.kernel.casework.process.actions.returning import list_return_targets, return_task
from yiwang.kernel.casework.process.actions.signers import Signer, add_signer
from yiwang.kernel.casework.process.errors import RecallTooLateError
from yiwang.kernel.casework.process.models import Task, Token
from yiwang.kernel.casework.process.rules.graph import check_graph
from yiwang.kernel.casework.process.tests.factories import (
    END,
    TestKind,
    begin,
    decision,
    effect,
    inclusive,
    join,
    official,
    parallel,
    task,
    wait,
)
from yiwang.kernel.casework.process.tests.reference_model import Model
from yiwang.kernel.casework.process.tests.settings import agree_with_each_other

MOST_MOVES = 20
# More on request; each walk takes the better part of a second.
EXAMPLES = int(os.environ.get("YIWANG_REFERENCE_EXAMPLES", "15"))
# To make a failure small takes thousands of walks over the database; it is told as it was found.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
FLAGS = ("x", "y")
VERBS = ["return", "recall", "add_signer"]

simple = st.sampled_from(["task", "task", "signed", "wait", "effect", "decision"])
stretch = st.lists(simple, min_size=1, max_size=3)
split = st.tuples(st.sampled_from(["parallel", "inclusive"]), stretch, stretch)


class Builder:
    """Turns blocks into steps that lead from one to the next, and sometimes back."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.steps: dict[str, Any] = {}

    def build(self, listed: list[Any], after: str) -> str:
        keys = [f"s{len(self.steps) + number}" for number, _ in enumerate(listed)]
        self.steps.update(dict.fromkeys(keys, END))
        for number, block in enumerate(listed):
            following = keys[number + 1] if number + 1 < len(keys) else after
            elsewhere = self.draw(st.sampled_from([*keys[: number + 1], following]))
            self.steps[keys[number]] = self._step(keys[number], block, following, elsewhere)
        return keys[0]

    def _step(self, key: str, block: Any, to: str, elsewhere: str) -> dict[str, Any]:
        match block:
            case "task":
                return task(to, elsewhere, verbs=VERBS)
            case "signed":
                return task(to, signers=2, verbs=VERBS)
            case "wait":
                return wait(to)
            case "effect":
                return effect(to)
            case "decision":
                return decision(to, ("form.x", elsewhere))
            case (kind, left, right):
                arrives = f"{key}_join"
                self.steps[arrives] = join(to)
                first, second = self.build(left, arrives), self.build(right, arrives)
                if kind == "parallel":
                    return parallel(arrives, first, second)
                return inclusive(arrives, second, ("form.x", first), ("form.y", second))
        raise AssertionError(block)


@st.composite
def processes(draw: st.DrawFn) -> dict[str, Any]:
    builder = Builder(draw)
    start = builder.build(draw(st.lists(simple | split, min_size=2, max_size=4)), "end")
    return {start: builder.steps.pop(start)} | builder.steps | {"end": END}


class Walk:
    """One case in both, and the officers who act in it."""

    def __init__(self, steps: dict[str, Any], flags: dict[str, bool]) -> None:
        self.model = Model(steps, flags)
        self.case: Case = begin(steps)
        self.officers = [official(name) for name in ("赵一", "钱二", "孙三", "李四")]
        self.last: tuple[Actor, int] | None = None
        self.chosen: dict[int, str] = {}

    def same(self) -> None:
        """Check that both rest in the same steps and branches, and returned ones jump alike."""
        rows = Token.objects.filter(case=self.case, status=Token.Status.ACTIVE)
        here = sorted(rows.values_list("step", "branch", "back_to"))
        there = sorted((t["step"], t["branch"], ">".join(t["back"])) for t in self.model.tokens)
        assert here == there
        agree_with_each_other(self.case)

    def pairs(self) -> list[tuple[Task, dict[str, Any]]]:
        """Return each open task with the model's token of the same place."""
        rows = Task.objects.filter(case=self.case, status=Task.Status.OPEN)
        found = []
        for one in rows.select_related("token").order_by("id"):
            same = [
                t
                for t in self.model.tokens
                if (t["step"], t["branch"]) == (one.step, one.token.branch)
            ]
            found.append((one, same[0]))
        return found

    def act(self, one: Task, token: dict[str, Any], act: str) -> None:
        act = self.chosen.setdefault(one.token_id, act)
        signed = set(token["signed"])
        able = [o for o in self.officers if o.account_id in (one.assignee_id or o.account_id,)]
        free = [o for o in able if str(o.account_id) not in signed]
        added = set(
            Task.objects.filter(token=one.token, assignee_id__isnull=False).values_list(
                "assignee_id", flat=True
            )
        )
        if one.assignee_id is None:
            free = [o for o in free if o.account_id not in added]
        officer = free[0]
        tasks.act_on_task(actor=officer, task_id=one.pk, act=act)
        self.model.act(token, act, str(officer.account_id))
        self.last = (officer, one.pk)

    def recall(self) -> None:
        if self.last is None:
            return
        officer, task_id = self.last
        self.last = None
        if self.model.is_final:
            with pytest.raises(RecallTooLateError):
                recall_act(actor=officer, task_id=task_id)
        else:
            recall_act(actor=officer, task_id=task_id)
            self.model.recall()

    def add(self, one: Task, token: dict[str, Any], position: str) -> None:
        if token["added"] or token["signed"]:
            return
        signer = Signer(account_id=self.officers[3].account_id)
        add_signer(
            actor=self.officers[0],
            task_id=one.pk,
            signer=signer,
            position=position,
            opinion="请一并看",
        )
        token["added"] += 1
        self.last = None

    def give_back(self, one: Task, token: dict[str, Any], data: st.DataObject) -> None:
        offered = sorted(target.step for target in list_return_targets(one))
        assert offered == sorted(self.model.return_targets(token))
        if not offered or one.assignee_id is not None:
            return
        to, jumps = data.draw(st.sampled_from(offered)), data.draw(st.booleans())
        then = "jump_back" if jumps else "by_steps"
        actor = self.officers[0]
        return_task(actor=actor, task_id=one.pk, opinion="退回", to=to, then=then)
        self.model.give_back(token, to, jumps=jumps)
        self.last = None

    def event(self) -> None:
        waiting = [t for t in self.model.tokens if self.model.steps[t["step"]]["kind"] == "wait"]
        tasks.signal_case(case=self.case, event="paid", actor=self.officers[0])
        for token in waiting:
            if token in self.model.tokens:
                self.model.event(token)
        self.last = None


@pytest.mark.django_db
@pytest.mark.usefixtures("notes")
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=PHASES,
)
@given(
    steps=processes(),
    flags=st.fixed_dictionaries({name: st.booleans() for name in FLAGS}),
    data=st.data(),
)
def test_the_engine_rests_where_the_reference_model_rests(
    kind: TestKind, steps: dict[str, Any], flags: dict[str, bool], data: st.DataObject
) -> None:
    assume(not check_graph({"key": "p", "start": next(iter(steps)), "steps": steps}))
    note(f"{steps} {flags}")
    kind.known = {"form": flags}
    with transaction.atomic():
        walk = Walk(steps, flags)
        walk.same()
        for _ in range(MOST_MOVES):
            pairs = walk.pairs()
            ways = ["act", "act", "act", "return", "add"] if pairs else []
            way = data.draw(st.sampled_from([*ways, "recall", "event"]))
            note(way)
            if way in ("act", "return", "add"):
                one, token = data.draw(st.sampled_from(pairs))
                match way:
                    case "act":
                        walk.act(
                            one, token, data.draw(st.sampled_from(list(steps[one.step]["acts"])))
                        )
                    case "return":
                        walk.give_back(one, token, data)
                    case "add":
                        position = st.sampled_from(["before", "parallel", "after"])
                        walk.add(one, token, data.draw(position))
            elif way == "recall":
                walk.recall()
            else:
                walk.event()
            walk.same()
            if walk.model.is_over:
                break
        transaction.set_rollback(True)
