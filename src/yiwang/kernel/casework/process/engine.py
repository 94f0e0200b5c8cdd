"""流程引擎: moves tokens. Every call runs inside the caller's transaction, with the case locked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from yiwang.kernel import acts
from yiwang.kernel.base.access.contracts import SYSTEM, Actor
from yiwang.kernel.base.calendars import LOCAL_ZONE, WorkingCalendar, calendar_for, now
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.base.organizations.selectors import find_competent_unit
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.clocks.rules.counting import compute_deadline
from yiwang.kernel.casework.clocks.rules.limits import Unit
from yiwang.kernel.casework.process.models import (
    ProcessDefinition,
    Task,
    TaskAct,
    Timer,
    Token,
)
from yiwang.kernel.casework.process.registry import (
    CaseKind,
    EffectContext,
    get_case_kind,
    get_effect,
)
from yiwang.kernel.casework.process.rules.definition import (
    EffectCall,
    Process,
    Step,
    TimerRule,
    compile_process,
)

# A process with a loop of decisions would spin for ever; no real one passes so many steps at once.
MAX_STEPS_PER_MOVE = 200


@lru_cache(maxsize=1024)
def _compiled(definition_id: int) -> Process:
    return compile_process(ProcessDefinition.objects.get(pk=definition_id).content)


def get_process(definition_id: int) -> Process:
    """Return the compiled process; a definition row never changes, so it never goes stale."""
    return _compiled(definition_id)


@dataclass(slots=True)
class Move:
    """One move of a case: what was passed on the way, and the facts, computed once when asked."""

    case: Case
    definition_id: int
    actor: Actor
    at: datetime = field(default_factory=now)
    act: str = ""
    opinion: str = ""
    input: Mapping[str, Any] = field(default_factory=dict)
    signer_names: tuple[str, ...] = ()
    _facts: dict[str, Any] | None = None
    _passed: list[Token] = field(default_factory=list)
    _decisions: dict[str, Any] | None = None
    _is_new: bool = False
    _has_rested: bool = False

    @property
    def process(self) -> Process:
        return get_process(self.definition_id)

    @property
    def kind(self) -> CaseKind:
        return get_case_kind(self.case.kind)

    def facts(self) -> dict[str, Any]:
        """Return everything that expressions may see, fresh after each effect."""
        if self._facts is None:
            facts = self.kind.facts(self.case)
            facts["acts"] = {} if self._is_new else _acts_of(self.case)
            facts["decisions"] = self._decisions_so_far()
            facts["input"] = dict(self.input)
            self._facts = facts
        return self._facts

    def _decisions_so_far(self) -> dict[str, Any]:
        if self._decisions is None:
            self._decisions = {}
            if not self._is_new:
                self._decisions = {
                    token.step: token.outputs
                    for token in Token.objects.filter(case=self.case, status=Token.Status.LEFT)
                    .exclude(outputs={})
                    .order_by("id")
                }
        return self._decisions

    def run_effects(
        self, step: str, calls: tuple[EffectCall, ...], *, is_of_act: bool = False
    ) -> None:
        """Run effects in order. Only those of the act itself are told its words.

        A step that is merely passed on the way has nobody's opinion: whoever acted last must not
        sign with their words what two units decided.
        """
        for call in calls:
            context = EffectContext(
                case=self.case,
                # Without an act of a person it is the platform that acts, whoever set it going.
                actor=self.actor if self.act else SYSTEM,
                step=step,
                facts=self.facts,
                act=self.act if is_of_act else "",
                opinion=self.opinion if is_of_act else "",
                input=self.input if is_of_act else {},
                signer_names=self.signer_names if is_of_act else (),
            )
            get_effect(call.name)(context, call.options)
            self._facts = None

    def enter(self, target: str, branch: str = "") -> None:
        """Walk from ``target`` until every token rests or the process has ended."""
        waiting = [(target, branch)]
        passed = 0
        while waiting:
            passed += 1
            if passed > MAX_STEPS_PER_MOVE:
                raise RuntimeError(f"process {self.process.key} does not come to rest")
            key, branch = waiting.pop(0)
            step = self.process.steps[key]
            waiting.extend(self._enter_one(step, branch))
            if step.kind == "end":
                # Whatever was still on its way beside this branch has nowhere to go.
                break
        acts.append(*self._passed)
        self._passed = []

    def _enter_one(self, step: Step, branch: str) -> list[tuple[str, str]]:
        if step.phase and self.case.phase != step.phase:
            self.case.phase = step.phase
            acts.change(self.case, "phase")
            self._facts = None
        match step.kind:
            case "task":
                self._rest_in_task(step, branch)
                return []
            case "wait":
                self._rest(step, branch, waits_for=step.event)
                return []
            case "decision":
                return [(self._decide(step, branch), branch)]
            case "effect":
                self._pass(step, branch)
                self.run_effects(step.key, step.effects)
                return [(step.target, branch)]
            case "parallel":
                self._pass(step, branch)
                return [(key, f"{step.join}:{key}") for key in step.parallel]
            case "join":
                return self._join(step, branch)
            case "end":
                self._pass(step, branch)
                self.cancel_rest()
                return []
        raise RuntimeError(f"step {step.key} is of unknown kind {step.kind}")

    def _pass(self, step: Step, branch: str, outputs: dict[str, Any] | None = None) -> None:
        self._passed.append(
            Token(
                case=self.case,
                definition_id=self.definition_id,
                step=step.key,
                branch=branch,
                status=Token.Status.LEFT,
                entered_at=self.at,
                left_at=self.at,
                outputs=outputs or {},
            )
        )

    def _rest(self, step: Step, branch: str, waits_for: str = "") -> Token:
        self._has_rested = True
        # What was passed on the way comes before the rest, so that keys tell the path.
        Token.objects.bulk_create(self._passed)
        self._passed = []
        is_first = not Token.objects.filter(case=self.case, step=step.key).exists()
        token = Token.objects.create(
            case=self.case,
            definition_id=self.definition_id,
            step=step.key,
            branch=branch,
            status=Token.Status.ACTIVE,
            waits_for=waits_for,
            entered_at=self.at,
        )
        events.emit(f"step.{step.key}", self.case.number, {"case": self.case.pk})
        timers = [self._timer(token, rule) for rule in step.timers if self._arms(rule, is_first)]
        if timers:
            Timer.objects.bulk_create(timers)
        return token

    def _arms(self, rule: TimerRule, is_first: bool) -> bool:
        """A limit that runs from a moment of the case runs once: a return does not renew it."""
        return rule.counted_from == "entered" or is_first

    def _timer(self, token: Token, rule: TimerRule) -> Timer:
        start = (
            self.at
            if rule.counted_from == "entered"
            else self.kind.moment(self.case, rule.counted_from) or self.at
        )
        key = self.kind.calendar_key(self.case)
        return Timer(
            token=token,
            case=self.case,
            position=rule.position,
            started_at=start,
            due_at=timer_due(start, rule.amount, rule.unit, calendar_for(key)),
            calendar_key=key,
            calendar_edition=calendar_for(key).edition,
        )

    def _rest_in_task(self, step: Step, branch: str) -> None:
        token = self._rest(step, branch)
        unit = self._unit(step)
        limit_at = None
        if step.limit:
            calendar = calendar_for(self.kind.calendar_key(self.case))
            limit_at = timer_due(self.at, step.limit["amount"], step.limit["unit"], calendar)
        Task.objects.create(
            case=self.case,
            token=token,
            step=step.key,
            title_zh=step.title_zh,
            title_en=step.title_en,
            role=step.role,
            organization=unit,
            org_path=unit.path,
            division_path=self.case.division_path,
            signers=step.signers,
            status=Task.Status.OPEN,
            case_number=self.case.number,
            case_title=self.case.title,
            party_name=self.case.party.name,
            opened_at=self.at,
            limit_at=limit_at,
            due_at=self.case.due_at,
        )

    def _unit(self, step: Step) -> Organization:
        if step.unit is None:
            return self.case.organization
        return find_competent_unit(step.unit["function"], step.unit["level"], self.case.division)

    def _decide(self, step: Step, branch: str) -> str:
        outputs: dict[str, Any] = {}
        if step.rule:
            outputs, trace = self.kind.decide(self.case, step.rule, self.facts())
            self._decisions_so_far()[step.key] = outputs
            self._facts = None
            self._pass(step, branch, outputs | {"trace": trace})
        else:
            self._pass(step, branch)
        facts = self.facts()
        for candidate in step.branches:
            if candidate.condition(facts) is True:
                return candidate.target
        return step.default

    def _join(self, step: Step, branch: str) -> list[tuple[str, str]]:
        """Rest until every sibling branch has arrived; the last one takes all of them on."""
        prefix = f"{step.key}:"
        wanted = next(s for s in self.process.steps.values() if s.join == step.key).parallel
        arrived = Token.objects.filter(
            case=self.case,
            step=step.key,
            status=Token.Status.ACTIVE,
            branch__startswith=prefix,
        )
        here = set(arrived.values_list("branch", flat=True)) | {branch}
        if len(here) < len(wanted):
            self._rest(step, branch)
            return []
        arrived.update(status=Token.Status.LEFT, left_at=self.at)
        self._pass(step, branch)
        return [(step.target, "")]

    def cancel_rest(self) -> None:
        """Close whatever is still open: the process has ended."""
        if self._is_new and not self._has_rested:
            return
        Timer.objects.filter(case=self.case, fired_at=None, cancelled_at=None).update(
            cancelled_at=self.at
        )
        Task.objects.filter(case=self.case, status=Task.Status.OPEN).update(
            status=Task.Status.CANCELLED, done_at=self.at
        )
        Token.objects.filter(case=self.case, status=Token.Status.ACTIVE).update(
            status=Token.Status.CANCELLED, left_at=self.at
        )

    def leave(self, token: Token) -> bool:
        """Close one token with its timers; False when it does not rest there any more."""
        left = Token.objects.filter(pk=token.pk, status=Token.Status.ACTIVE).update(
            status=Token.Status.LEFT, left_at=self.at
        )
        if not left:
            return False
        Timer.objects.filter(token=token, fired_at=None, cancelled_at=None).update(
            cancelled_at=self.at
        )
        return True


def timer_due(start: datetime, amount: int, unit: str, calendar: WorkingCalendar) -> datetime:
    """Return when a limit of a step ends. Days are those of the law's own time, not the store's."""
    return compute_deadline(
        unit=Unit(unit), amount=amount, started_at=start.astimezone(LOCAL_ZONE), calendar=calendar
    ).due_at


def _acts_of(case: Case) -> dict[str, Any]:
    """Return the last act of each step; of several signers the one who completed it."""
    found: dict[str, Any] = {}
    rows = TaskAct.objects.filter(
        task__case=case, task__status=Task.Status.DONE, is_current=True
    ).order_by("id")
    for step, act, opinion, given in rows.values_list("task__step", "act", "opinion", "input"):
        found[step] = {**given, "act": act, "opinion": opinion}
    return found
