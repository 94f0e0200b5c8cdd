"""Four settings in which every verb is tried: plain, parallel, several signers, a child case."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit.models import AuditEntry
from yiwang.kernel.base.events.models import OutboxEvent
from yiwang.kernel.casework.cases.models import Case, CaseEvent
from yiwang.kernel.casework.process import registry
from yiwang.kernel.casework.process.actions import tasks
from yiwang.kernel.casework.process.models import Task, TaskAct, Timer, Token
from yiwang.kernel.casework.process.tests.factories import (
    END,
    OPENER,
    UNITS,
    begin,
    define,
    join,
    official,
    open_task,
    open_tasks,
    parallel,
    resting,
    signing,
    signing_units,
    task,
)

ALL_VERBS = ["return", "recall", "add_signer", "remove_signer", "suspend", "terminate"]


@dataclass
class Scene:
    """A case in whose step ``b`` a verb is tried, after step ``a`` was done by ``officer``.

    ``beside`` are the steps that rest beside it and that the verb must leave alone.
    """

    case: Case
    officer: Actor
    first: Task
    beside: list[str] = field(default_factory=list)
    parent: Case | None = None
    others: dict[str, Actor] = field(default_factory=dict)

    @property
    def task(self) -> Task:
        """The officer's open task of the step, as it is now."""
        found = [one for one in open_tasks(self.case) if one.step == "b"]
        return next(one for one in found if one.instance in ("", UNITS[0]))

    def act(self, act: str = "to_0", **more: Any) -> Task:
        return tasks.act_on_task(actor=self.officer, task_id=self.task.pk, act=act, **more)

    def finish(self) -> None:
        """Let everybody sign what is open in step ``b``, in turn."""
        for _ in range(10):
            waiting = [one for one in open_tasks(self.case) if one.step == "b"]
            if not waiting:
                return
            one = waiting[0]
            actor = self.others.get(one.instance, self.officer)
            tasks.act_on_task(actor=actor, task_id=one.pk, act="to_0")
        raise AssertionError("step b does not end")


def plain(**more: Any) -> Scene:
    return _begun({"a": task("b"), "b": _step("z", **more), "z": END})


def beside(**more: Any) -> Scene:
    scene = _begun(
        {
            "a": task("p"),
            "p": parallel("j", "b", "c"),
            "b": _step("j", **more),
            "c": task("j"),
            "j": join("d"),
            "d": task("z"),
            "z": END,
        }
    )
    scene.beside = ["c"]
    return scene


def joint(mode: str = "all", **more: Any) -> Scene:
    others = signing_units()
    step = _step("z", signing=signing(mode), **more)
    scene = _begun({"a": task("b"), "b": step, "z": END}, second=others[UNITS[0]])
    scene.others = others
    return scene


def child(**more: Any) -> Scene:
    """The plain process as that of a child case, for which its parent waits."""
    children: list[Case] = []

    def open_child(context: Any, options: Any) -> list[Case]:
        one = Case.objects.get(pk=context.case.pk)
        one.pk, one.number, one.parent = None, f"{context.case.number}C", context.case
        one.save(force_insert=True)
        steps = {"a": task("b"), "b": _step("z", **more), "z": END}
        tasks.start_process(case=one, definition=define(steps), actor=context.actor)
        children.append(one)
        return children

    known = registry._openers.pop(OPENER, None)
    registry.subcase_opener(OPENER)(open_child)
    try:
        parent = begin({"s": {"kind": "subcase", "open": OPENER, "to": "z"}, "z": END})
    finally:
        registry._openers.pop(OPENER)
        if known is not None:
            registry._openers[OPENER] = known
    scene = _at_second(children[0], official("张科"), None)
    scene.parent = parent
    return scene


SETTINGS: dict[str, Callable[..., Scene]] = {
    "plain": plain,
    "parallel": beside,
    "joint": joint,
    "child": child,
}


def everything() -> tuple[Any, ...]:
    """Return all that a verb may change."""
    return (
        list(Token.objects.order_by("id").values_list("id", "status", "act", "branch")),
        list(
            Task.objects.order_by("id").values_list(
                "id", "status", "act", "turn", "closing", "assignee_id", "version"
            )
        ),
        list(TaskAct.objects.order_by("id").values_list("id", "is_current")),
        list(Timer.objects.order_by("id").values_list("id", "cancelled_at", "fired_at")),
        list(Case.objects.order_by("id").values_list("id", "status", "phase")),
        AuditEntry.objects.count(),
        CaseEvent.objects.count(),
        OutboxEvent.objects.count(),
    )


def traces(case: Case) -> tuple[int, int, int]:
    """Return how many lines audit, timeline and outbox hold of a case."""
    return (
        AuditEntry.objects.filter(case_id=case.pk).count(),
        CaseEvent.objects.filter(case=case).count(),
        OutboxEvent.objects.filter(subject=case.number).count(),
    )


def agree_with_each_other(case: Case) -> None:
    """Check that the rows of a case fit together, whatever was done to it."""
    active = list(Token.objects.filter(case=case, status=Token.Status.ACTIVE))
    pending = list(Task.objects.filter(case=case, status__in=Task.PENDING))
    assert {one.token_id for one in pending} <= {one.pk for one in active}
    for token in active:
        own = [one for one in pending if one.token_id == token.pk]
        is_task = Task.objects.filter(token=token).exists()
        assert bool(own) == is_task, "who rests in a task has something to do"
        if own and not any(one.status == Task.Status.SUSPENDED for one in own):
            assert any(one.status == Task.Status.OPEN for one in own), "it is somebody's turn"
    waiting = Timer.objects.filter(case=case, fired_at=None, cancelled_at=None)
    assert {one.token_id for one in waiting} <= {one.pk for one in active}


def _step(to: str, **more: Any) -> dict[str, Any]:
    return task(to, **{"verbs": ALL_VERBS, **more})


def _begun(steps: dict[str, Any], second: Actor | None = None) -> Scene:
    return _at_second(begin(steps), official("张科"), second)


def _at_second(case: Case, officer: Actor, second: Actor | None) -> Scene:
    first = tasks.act_on_task(actor=officer, task_id=open_task(case, "a").pk, act="to_0")
    assert "b" in resting(case)
    return Scene(case, second or officer, first)
