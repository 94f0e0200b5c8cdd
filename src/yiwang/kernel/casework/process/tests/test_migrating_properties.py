"""A case that goes over to the same process under other keys goes on as one that stays."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, assume, given, note, settings
from hypothesis import strategies as st

from yiwang.kernel.base.access.contracts import SYSTEM, Actor
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.process.actions import tasks
from yiwang.kernel.casework.process.migrating.moving import migrate_cases, plan_migration
from yiwang.kernel.casework.process.models import ProcessDefinition, Timer
from yiwang.kernel.casework.process.rules.graph import check_graph
from yiwang.kernel.casework.process.tests.factories import (
    KIND,
    applicant,
    official,
    open_tasks,
    resting,
    waiting_timers,
)
from yiwang.kernel.casework.process.tests.test_migrating import renamed
from yiwang.kernel.casework.process.tests.test_properties import processes
from yiwang.kernel.casework.ratings.tests.factories import make_case

BEFORE, AFTER = 6, 8


def begin(key: str, steps: dict[str, Any]) -> Case:
    content = {"key": key, "start": next(iter(steps)), "steps": steps}
    definition = ProcessDefinition.objects.create(key=key, version="1.0.0", content=content)
    case = make_case(kind=KIND)
    tasks.start_process(case=case, definition=definition, actor=applicant(case))
    return case


def go(way: str, number: int, case: Case, officers: list[Actor]) -> None:
    """Make one move of a case; the same move of two cases in the same state does the same."""
    if way == "act":
        one = open_tasks(case)[number % len(open_tasks(case))]
        acts = list(one.token.definition.content["steps"][one.step]["acts"])
        for officer in officers[: one.signers]:
            tasks.act_on_task(actor=officer, task_id=one.pk, act=acts[number % len(acts)])
    elif way == "sign":
        one = open_tasks(case)[number % len(open_tasks(case))]
        acts = list(one.token.definition.content["steps"][one.step]["acts"])
        tasks.act_on_task(actor=officers[0], task_id=one.pk, act=acts[0])
    elif way == "timer":
        one_timer = waiting_timers(case)[number % len(waiting_timers(case))]
        due = one_timer.started_at - timedelta(1)
        Timer.objects.filter(pk=one_timer.pk).update(due_at=due)
        tasks.fire_due_timers()
    else:
        tasks.signal_case(case=case, event="paid", actor=officers[0])


@pytest.mark.django_db
@pytest.mark.usefixtures("kind", "notes")
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
@given(steps=processes(), data=st.data())
def test_a_moved_case_goes_on_as_one_that_stays(steps: dict[str, Any], data: st.DataObject) -> None:
    assume(not check_graph({"key": "p", "start": next(iter(steps)), "steps": steps}))
    # The end is called as its kind is, which must not change.
    names = {key: key if key == "end" else f"n_{key}" for key in steps}
    note(f"{steps}")
    with transaction.atomic():
        stays, goes = begin("stays", steps), begin("goes", steps)
        officers = [official("赵一"), official("钱二")]
        is_moved = False

        def named(keys: list[str]) -> list[str]:
            return sorted(names[key] if is_moved else key for key in keys)

        def walk(most: int) -> None:
            for _ in range(data.draw(st.integers(0, most))):
                ways = ["event"]
                ways += ["act", "sign"] if open_tasks(stays) else []
                ways += ["timer"] if waiting_timers(stays) else []
                way = data.draw(st.sampled_from(ways))
                number = data.draw(st.integers(0, 5))
                go(way, number, stays, officers)
                go(way, number, goes, officers)
                assert resting(goes) == named(resting(stays))

        walk(BEFORE)
        has_ended = not resting(goes)
        content = {"key": "goes", "start": names[next(iter(steps))], "steps": renamed(steps, names)}
        ProcessDefinition.objects.filter(key="goes").update(is_current=False)
        ProcessDefinition.objects.create(
            key="goes",
            version="2.0.0",
            content=content | {"migrates": [{"from": "*", "steps": names}]},
        )
        assert plan_migration(key="goes").blocked == []
        assert migrate_cases(actor=SYSTEM, key="goes").total == (0 if has_ended else 1)
        is_moved = True
        assert resting(goes) == named(resting(stays))
        walk(AFTER)
        transaction.set_rollback(True)
