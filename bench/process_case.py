"""三步办件: the small process of the bench, for us and for SpiffWorkflow, and its cases."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yiwang.kernel import acts
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.access.models import Grant
from yiwang.kernel.base.calendars import now, today
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.casework.cases.actions.cases import conclude_case, open_case
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.process.actions.tasks import act_on_task, start_process
from yiwang.kernel.casework.process.models import ProcessDefinition, Task
from yiwang.kernel.casework.process.registry import (
    EffectContext,
    effect,
    effect_names,
    register_case_kind,
)
from yiwang.kernel.casework.process.rules.definition import Step, compile_process
from yiwang.kernel.casework.process.rules.inputs import read_input, read_opinion
from yiwang.kernel.casework.process.rules.walking import walk

KEY = "bench_three_tasks"
KIND = "bench"
ROLE = "receiver"
CONCLUDE = "bench.conclude"
FIRST_ACCOUNT = 9_000_000_000
OPEN_TASK = "SELECT id FROM process_task WHERE case_id = %s AND status = 'OPEN'"
TASKS = ("receive", "review", "decide")
AREA = 80


def _task(title: str, to: str, **more: Any) -> dict[str, Any]:
    act = {"title_zh": "通过", "title_en": "Pass", "to": to, **more}
    return {
        "kind": "task",
        "title_zh": title,
        "title_en": title,
        "role": ROLE,
        "acts": {"pass": act},
    }


DEFINITION: dict[str, Any] = {
    "key": KEY,
    "start": "receive",
    "steps": {
        "receive": _task("收件", "review"),
        "review": _task("审查", "large"),
        "large": {
            "kind": "decision",
            "branches": [{"when": "area > 50", "to": "decide"}],
            "default": "end",
        },
        "decide": _task("决定", "end", do=[CONCLUDE]),
        "end": {"kind": "end"},
    },
}

BPMN = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="urn:yiwang:bench">
  <process id="three_tasks" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="receive"/>
    <userTask id="receive"/>
    <sequenceFlow id="f2" sourceRef="receive" targetRef="review"/>
    <userTask id="review"/>
    <sequenceFlow id="f3" sourceRef="review" targetRef="large"/>
    <exclusiveGateway id="large" default="f5"/>
    <sequenceFlow id="f4" sourceRef="large" targetRef="decide">
      <conditionExpression xsi:type="tFormalExpression">area &gt; 50</conditionExpression>
    </sequenceFlow>
    <sequenceFlow id="f5" sourceRef="large" targetRef="end"/>
    <userTask id="decide"/>
    <sequenceFlow id="f6" sourceRef="decide" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>
"""


class BenchKind:
    """A kind of case that knows one fact."""

    def facts(self, case: Case) -> dict[str, Any]:
        return {"area": AREA}

    def moment(self, case: Case, name: str) -> datetime | None:
        return None

    def decide(
        self, case: Case, rule: str, facts: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        raise LookupError(rule)

    def calendar_key(self, case: Case) -> str:
        return ""

    def validate_act(self, case: Case, task: Task, context: EffectContext) -> None:
        """Let every act pass."""


def register() -> None:
    """Tell the engine of the bench's kind of case, once in a process."""
    register_case_kind(KIND, BenchKind())
    if CONCLUDE not in effect_names():
        effect(CONCLUDE)(_conclude)


def _conclude(context: EffectContext, options: Mapping[str, Any]) -> None:
    conclude_case(case=context.case, outcome=Case.Outcome.GRANTED)


@dataclass(frozen=True)
class Desk:
    """Where the cases of one worker lie: a unit with an applicant and an officer of its own."""

    definition: ProcessDefinition
    unit: Organization
    party: Party
    applicant: Actor
    officer: Actor


def seat(number: int) -> Desk:
    """Return a desk, made when it is not there yet."""
    unit = (
        Organization.objects.exclude(division=None)
        .select_related("division")
        .order_by("code")[number]
    )
    party, _ = Party.objects.get_or_create(
        name=f"基准{number}",
        defaults={"kind": Party.Kind.PERSON, "pinyin": "jizhun", "created_at": now()},
    )
    account = FIRST_ACCOUNT + number
    Grant.objects.get_or_create(
        account_id=account,
        permission="case.read",
        role=ROLE,
        post_key=f"{unit.code}.{ROLE}",
        org_path=unit.path,
        division_path=unit.division.path,
        defaults={"valid_from": today()},
    )
    definition, _ = ProcessDefinition.objects.get_or_create(
        key=KEY, version="1", defaults={"content": DEFINITION}
    )
    applicant = Actor(account + 1000, party.name, "CITIZEN", party.pk, party.pk, 2)
    return Desk(definition, unit, party, applicant, Actor(account, "基准", "OFFICIAL"))


def walk_one(desk: Desk) -> int:
    """Open a case and carry it through its three tasks: four transactions. Returns its key."""
    with acts.one_act():
        case = open_case(
            actor=desk.applicant,
            kind=KIND,
            title="基准办件",
            title_en="A case of the bench",
            organization=desk.unit,
            division=desk.unit.division,
            party=desk.party,
            agent_id=None,
            at=now(),
        )
        start_process(case=case, definition=desk.definition, actor=desk.applicant)
    for _ in TASKS:
        task_id = Task.objects.filter(case_id=case.pk, status="OPEN").values_list("pk", flat=True)[
            0
        ]
        act_on_task(actor=desk.officer, task_id=task_id, act="pass")
    return case.pk


class Paper:
    """A case on a sheet of paper: the ground of a walk that nothing stores."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self._facts = facts
        self.resting: list[tuple[str, str]] = []
        self.path: list[str] = []

    def facts_for(self, step: Step) -> Mapping[str, Any]:
        return self._facts

    def come_to(self, step: Step) -> None:
        self.path.append(step.key)

    def pass_by(self, step: Step, branch: str) -> None:
        """Keep nothing but the path."""

    def decide(self, step: Step, branch: str) -> None:
        raise LookupError(step.rule)

    def run(self, step: Step) -> None:
        raise LookupError(step.key)

    def rest(self, step: Step, branch: str) -> bool:
        self.resting.append((step.key, branch))
        return False

    def is_under_way(self, join: str) -> bool:
        prefix = f"{join}:"
        return any(key != join and place.startswith(prefix) for key, place in self.resting)

    def take_up(self, join: str) -> None:
        self.resting = [one for one in self.resting if one[0] != join]

    def end(self) -> None:
        self.resting.clear()


def walk_in_memory() -> Callable[[], int]:
    """Return what carries one case through its tasks without storing it; gives the tasks done."""
    process = compile_process(DEFINITION)

    def carry() -> int:
        paper = Paper({"area": AREA})
        walk(process, paper, process.start)
        done = 0
        while paper.resting:
            key, branch = paper.resting.pop(0)
            act = process.steps[key].acts["pass"]
            read_opinion(act, "")
            read_input(act, {})
            walk(process, paper, act.target, branch)
            done += 1
        return done

    return carry
