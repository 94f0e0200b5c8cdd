"""A kind of case of the tests' own, officials in their seats, and processes to walk through."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.access.models import Grant
from yiwang.kernel.base.calendars import today
from yiwang.kernel.casework.cases.actions.cases import conclude_case
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.process.actions import tasks
from yiwang.kernel.casework.process.models import ProcessDefinition, Task, Timer, Token
from yiwang.kernel.casework.process.registry import EffectContext
from yiwang.kernel.casework.ratings.tests.factories import make_case, make_unit
from yiwang.kernel.errors import InvalidInputError

KIND = "test"
EFFECT = "test.note"
CONCLUDE = "test.conclude"
SPLIT = "test.split"
OPENER = "test_children"
CONNECTOR = "test_outside"
END = {"kind": "end"}
CLERK_ROLE = "receiver"
UNITS = ("health", "police", "fire")

_numbers = count(1)


@dataclass
class TestKind:
    """What the engine asks of a net; the test says what it answers."""

    __test__ = False
    known: dict[str, Any] = field(default_factory=dict)
    moments: dict[str, datetime] = field(default_factory=dict)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused_acts: set[str] = field(default_factory=set)
    form: dict[str, Any] = field(default_factory=dict)

    def facts(self, case: Case) -> dict[str, Any]:
        return dict(self.known)

    def moment(self, case: Case, name: str) -> datetime | None:
        return self.moments.get(name)

    def decide(
        self, case: Case, rule: str, facts: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        return self.outputs[rule], {"rule": rule}

    def calendar_key(self, case: Case) -> str:
        return ""

    def validate_act(self, case: Case, task: Task, context: EffectContext) -> None:
        if context.act in self.refused_acts:
            raise InvalidInputError


@dataclass
class FullKind(TestKind):
    """A kind whose form officials may change, and that they may terminate."""

    __test__ = False

    def form_data(self, case: Case) -> Mapping[str, Any]:
        return dict(self.form)

    def edit_form(self, case: Case, form_data: Mapping[str, Any]) -> None:
        self.form = dict(form_data)

    def terminated(self, case: Case, context: EffectContext) -> None:
        conclude_case(case=case, outcome=Case.Outcome.WITHDRAWN)


@dataclass
class Notes:
    """What the effects of a test were told, in order."""

    seen: list[EffectContext] = field(default_factory=list)

    def note(self, context: EffectContext, options: Mapping[str, Any]) -> None:
        self.seen.append(context)

    def conclude(self, context: EffectContext, options: Mapping[str, Any]) -> None:
        conclude_case(case=context.case, outcome=Case.Outcome.GRANTED)

    @property
    def steps(self) -> list[str]:
        return [context.step for context in self.seen]


@dataclass
class Children:
    """Opens child cases whose process is one task."""

    opened: list[Case] = field(default_factory=list)

    def open(self, context: EffectContext, options: Mapping[str, Any]) -> list[Case]:
        children = []
        for _ in range(int(options["count"])):
            child = make_case(kind=KIND, party=context.case.party, parent=context.case)
            definition = define({"c": task(acts={"done": act("z", CONCLUDE)}), "z": END})
            tasks.start_process(case=child, definition=definition, actor=context.actor)
            children.append(child)
        self.opened += children
        return children


@dataclass
class Outside:
    """Answers in turn: what it is given, or by raising it."""

    answers: list[Any] = field(default_factory=list)
    asked: list[tuple[dict[str, Any], str]] = field(default_factory=list)

    def ask(self, request: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        self.asked.append((dict(request), key))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)


def task(*targets: str, **more: Any) -> dict[str, Any]:
    """Return a task whose acts ``to_0``, ``to_1`` … lead to the targets."""
    acts = {f"to_{n}": act(target) for n, target in enumerate(targets)}
    return {
        "kind": "task",
        "title_zh": "核对",
        "title_en": "Check",
        "role": CLERK_ROLE,
        "acts": acts,
        **more,
    }


def act(to: str, *effects: str, **more: Any) -> dict[str, Any]:
    return {"title_zh": "同意", "title_en": "Agree", "do": list(effects), "to": to, **more}


def decision(default: str, *branches: tuple[str, str], **more: Any) -> dict[str, Any]:
    listed = [{"when": when, "to": to} for when, to in branches]
    return {"kind": "decision", "branches": listed, "default": default, **more}


def parallel(join: str, *branches: str) -> dict[str, Any]:
    return {"kind": "parallel", "branches": list(branches), "join": join}


def inclusive(join: str, default: str, *branches: tuple[str, str]) -> dict[str, Any]:
    listed = [{"when": when, "to": to} for when, to in branches]
    return {"kind": "inclusive", "branches": listed, "default": default, "join": join}


def signing(mode: str, **more: Any) -> dict[str, Any]:
    """Return a signing by three units, unless ``by`` says otherwise."""
    units = [{"function": name, "level": "COUNTY"} for name in UNITS]
    return {"mode": mode, "by": {"units": units}, **more}


def join(to: str) -> dict[str, Any]:
    return {"kind": "join", "to": to}


def effect(to: str, *names: str) -> dict[str, Any]:
    return {"kind": "effect", "do": list(names) or [EFFECT], "to": to}


def subcase(to: str, count: int = 2, **more: Any) -> dict[str, Any]:
    return {"kind": "subcase", "open": OPENER, "options": {"count": count}, "to": to, **more}


def call(to: str, failed: str, **more: Any) -> dict[str, Any]:
    return {"kind": "call", "connector": CONNECTOR, "to": to, "failed": failed, **more}


def wait(to: str, event: str = "paid", **more: Any) -> dict[str, Any]:
    return {"kind": "wait", "event": event, "to": to, **more}


def timer(to: str, amount: int = 5, unit: str = "WORKING_DAY", **more: Any) -> dict[str, Any]:
    rule = {"after": {"amount": amount, "unit": unit}, "from": "received", "do": [], "to": to}
    return rule | more


def define(steps: Mapping[str, Any]) -> ProcessDefinition:
    number = next(_numbers)
    content = {"key": f"p{number}", "start": next(iter(steps)), "steps": dict(steps)}
    return ProcessDefinition.objects.create(key=f"p{number}", version="1", content=content)


def begin(steps: Mapping[str, Any], actor: Actor | None = None) -> Case:
    """Open a case of the tests' kind and start its process."""
    case = make_case(kind=KIND)
    tasks.start_process(case=case, definition=define(steps), actor=actor or applicant(case))
    return case


def applicant(case: Case) -> Actor:
    return Actor(case.party_id, case.party.name, "CITIZEN", case.party_id, case.party_id, 2)


def official(name: str = "张科", *, role: str = CLERK_ROLE, **seat: Any) -> Actor:
    """Return an official with a seat in the unit of the tests' cases, or where ``seat`` says."""
    account_id = 9000 + next(_numbers)
    unit = make_unit()
    Grant.objects.create(
        **{
            "account_id": account_id,
            "permission": "case.read",
            "role": role,
            "post_key": f"{unit.code}.{role}",
            "org_path": unit.path,
            "division_path": unit.division.path,
            "valid_from": today(),
            **seat,
        }
    )
    return Actor(account_id, name, "OFFICIAL")


def signing_units() -> dict[str, Actor]:
    """Return an officer for each unit that signs, by the function of the unit."""
    found = {}
    for name in UNITS:
        unit = make_unit(f"441702.{name}", f"江城区{name}")
        unit.functions = [name]
        unit.save(update_fields=["functions"])
        found[name] = official(name, org_path=unit.path, post_key=f"{unit.code}.{CLERK_ROLE}")
    return found


def open_tasks(case: Case) -> list[Task]:
    return list(Task.objects.filter(case=case, status=Task.Status.OPEN).order_by("id"))


def open_task(case: Case, step: str = "") -> Task:
    (only,) = [one for one in open_tasks(case) if step in ("", one.step)]
    return only


def resting(case: Case) -> list[str]:
    """Return the steps on which the case rests."""
    return list(
        Token.objects.filter(case=case, status=Token.Status.ACTIVE)
        .order_by("step", "id")
        .values_list("step", flat=True)
    )


def waiting_timers(case: Case) -> list[Timer]:
    return list(Timer.objects.filter(case=case, fired_at=None, cancelled_at=None).order_by("id"))


def path(case: Case) -> list[str]:
    """Return every step that the case came to, in order."""
    return list(Token.objects.filter(case=case).order_by("id").values_list("step", flat=True))
