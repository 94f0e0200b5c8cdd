"""流程引擎: moves tokens. Every call runs inside the caller's transaction, with the case locked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import F, QuerySet

from yiwang.kernel import acts
from yiwang.kernel.base.access.contracts import SYSTEM, Actor
from yiwang.kernel.base.calendars import LOCAL_ZONE, WorkingCalendar, calendar_for, now
from yiwang.kernel.base.events import facade as events
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.clocks.rules.counting import compute_deadline
from yiwang.kernel.casework.clocks.rules.limits import Unit
from yiwang.kernel.casework.process import opening, outside
from yiwang.kernel.casework.process.errors import ProcessTooWideError
from yiwang.kernel.casework.process.models import (
    ExternalCall,
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
# More branches, signers or child cases at one time than any office could follow.
MAX_WIDTH = 500


@lru_cache(maxsize=1024)
def _compiled(definition_id: int) -> Process:
    return compile_process(ProcessDefinition.objects.get(pk=definition_id).content)


def get_process(definition_id: int) -> Process:
    """Return the compiled process; a definition row never changes, so it never goes stale."""
    return _compiled(definition_id)


@dataclass(slots=True)
class Move:
    """One move of a case: what was passed on the way, and the facts, computed once when asked.

    ``handler_id`` is whom an officer chose for the next task; ``closing`` says why tasks that the
    move closes on its way are closed.
    """

    case: Case
    definition_id: int
    actor: Actor
    at: datetime = field(default_factory=now)
    act: str = ""
    opinion: str = ""
    input: Mapping[str, Any] = field(default_factory=dict)
    signer_names: tuple[str, ...] = ()
    handler_id: int | None = None
    closing: str = Task.Closing.ENDED
    _facts: dict[str, Any] | None = None
    _passed: list[Token] = field(default_factory=list)
    _waiting: list[tuple[str, str]] = field(default_factory=list)
    _decisions: dict[str, Any] | None = None
    _is_new: bool = False
    _rested: int = 0
    _cause_id: int | None = None
    _back_to: str = ""

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
                last = (
                    Token.objects.filter(case=self.case, status=Token.Status.LEFT)
                    .exclude(outputs={})
                    .order_by("step", "-id")
                    .distinct("step")
                )
                self._decisions = dict(last.values_list("step", "outputs"))
        return self._decisions

    def forget_facts(self) -> None:
        """Let expressions see what was changed since they last asked."""
        self._facts = None

    def run_effects(
        self, step: str, calls: tuple[EffectCall, ...], *, is_of_act: bool = False
    ) -> None:
        """Run effects in order. Only those of the act itself are told its words.

        A step that is merely passed on the way has nobody's opinion: whoever acted last must not
        sign with their words what two units decided.
        """
        for call in calls:
            context = self.context(step, is_of_act=is_of_act)
            get_effect(call.name)(context, call.options)
            self._facts = None

    def context(self, step: str, *, is_of_act: bool) -> EffectContext:
        """Return what a plug-in is told."""
        return EffectContext(
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

    def go_on(self, token: Token, target: str, *, may_jump: bool = False) -> None:
        """Walk on from a token that was left: to ``target``, or straight back to who returned it.

        A token that waits to jump back does so where the way would lead there anyway; where it
        leads elsewhere (the application is declined), it goes there.
        """
        self._cause_id = token.pk
        first, _, further = token.back_to.partition(">")
        if may_jump and first and self.process.leads(target, first):
            self.enter(first, token.branch, back_to=further)
        else:
            self.enter(target, self.settle_branch(token, token.step))

    def put_down(self, token: Token, target: str, *, back_to: str = "") -> None:
        """Return a token that was left to an earlier step; ``back_to`` lets it jump back later.

        One that will jump back stays of its branch wherever the step lies, so that nothing beside
        it need be touched.
        """
        self._cause_id = token.pk
        branch = token.branch if back_to else self.settle_branch(token, target)
        self.enter(target, branch, back_to=back_to)

    def settle_branch(self, token: Token, step: str) -> str:
        """Make the branches fit a token that goes on at ``step``; return the branch of that step.

        What ran beside it in a parallel that it leaves backwards is closed: it lies behind the
        step. Where it comes back into one, the other branches stand as they arrived at the join.
        """
        branch = self.process.places[step]
        if branch == token.branch:
            return branch
        if token.branch:
            self.close(_siblings(token), closing=Task.Closing.BESIDE)
        if branch:
            join = branch.partition(":")[0]
            tokens = [
                Token(
                    case=self.case,
                    definition_id=self.definition_id,
                    step=join,
                    branch=other,
                    status=Token.Status.ACTIVE,
                    entered_at=self.at,
                    cause_id=self._cause_id,
                )
                for other in sorted(arrivals(self.case, self.process, join))
                if other != branch
            ]
            Token.objects.bulk_create(tokens)
        return branch

    def enter(self, target: str, branch: str = "", *, back_to: str = "") -> None:
        """Walk from ``target`` until every token rests or the process has ended.

        :raises ProcessTooWideError: more would be open at once than a case can carry.
        """
        self._waiting = [(target, branch)]
        self._back_to = back_to
        passed = 0
        while self._waiting:
            if len(self._waiting) + self._rested > MAX_WIDTH:
                raise ProcessTooWideError(limit=MAX_WIDTH)
            key, branch = self._waiting.pop(0)
            step = self.process.steps[key]
            rested = self._rested
            self._waiting.extend(self._enter_one(step, branch))
            passed += rested == self._rested
            if passed >= MAX_STEPS_PER_MOVE and self._waiting:
                raise RuntimeError(f"process {self.process.key} does not come to rest")
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
                opening.open_tasks(self, step, self._rest(step, branch))
                return []
            case "wait":
                self._rest(step, branch, waits_for=step.event)
                return []
            case "timer":
                self._rest(step, branch)
                return []
            case "call":
                outside.prepare_call(self, step, self._rest(step, branch))
                return []
            case "subcase":
                return self._open_subcases(step, branch)
            case "decision":
                return [(self._decide(step, branch), branch)]
            case "effect":
                self._pass(step, branch)
                self.run_effects(step.key, step.effects)
                return [(step.target, branch)]
            case "parallel":
                self._pass(step, branch)
                return [(key, f"{step.join}:{key}") for key in step.parallel]
            case "inclusive":
                self._pass(step, branch)
                return [(key, f"{step.join}:{key}") for key in self._chosen(step)]
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
                cause_id=self._cause_id,
            )
        )

    def _rest(self, step: Step, branch: str, waits_for: str = "") -> Token:
        self._rested += 1
        # What was passed on the way comes before the rest, so that keys tell the path.
        Token.objects.bulk_create(self._passed)
        self._passed = []
        is_first = (
            bool(step.timers) and not Token.objects.filter(case=self.case, step=step.key).exists()
        )
        token = Token.objects.create(
            case=self.case,
            definition_id=self.definition_id,
            step=step.key,
            branch=branch,
            status=Token.Status.ACTIVE,
            waits_for=waits_for,
            entered_at=self.at,
            cause_id=self._cause_id,
            back_to=self._back_to,
        )
        self._back_to = ""
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

    def limit_of(self, step: Step) -> datetime | None:
        """Return when the internal limit of a step that is entered now ends."""
        if not step.limit:
            return None
        calendar = calendar_for(self.kind.calendar_key(self.case))
        return timer_due(self.at, step.limit["amount"], step.limit["unit"], calendar)

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

    def _chosen(self, step: Step) -> list[str]:
        """Return the branches whose condition holds; the default where none does."""
        facts = self.facts()
        held = [one.target for one in step.branches if one.condition(facts) is True]
        return list(dict.fromkeys(held)) or [step.default]

    def _join(self, step: Step, branch: str) -> list[tuple[str, str]]:
        """Rest until nothing of the region is on its way; the last one takes all of them on."""
        prefix = f"{step.key}:"
        region = Token.objects.filter(
            case=self.case, status=Token.Status.ACTIVE, branch__startswith=prefix
        )
        is_awaited = any(other.startswith(prefix) for _, other in self._waiting)
        if is_awaited or any(key != step.key for key in region.values_list("step", flat=True)):
            self._rest(step, branch)
            return []
        region.update(status=Token.Status.LEFT, left_at=self.at)
        self._pass(step, branch)
        return [(step.target, "")]

    def _open_subcases(self, step: Step, branch: str) -> list[tuple[str, str]]:
        token = self._rest(step, branch)
        outputs = outside.open_subcases(self, step, token)
        if outputs is None:
            return []
        self.leave(token, outputs=outputs)
        return [(step.target, branch)]

    def cancel_rest(self) -> None:
        """Close whatever is still open: the process has ended."""
        if self._is_new and not self._rested:
            return
        self.close(Token.objects.filter(case=self.case), closing=self.closing)

    def close(self, tokens: QuerySet[Token], *, closing: str) -> None:
        """Close those of the tokens that still rest, with all that hangs on them."""
        resting = list(tokens.filter(status=Token.Status.ACTIVE).values_list("pk", flat=True))
        if not resting:
            return
        Timer.objects.filter(token__in=resting, fired_at=None, cancelled_at=None).update(
            cancelled_at=self.at
        )
        close_tasks(Task.objects.filter(token__in=resting), at=self.at, closing=closing)
        ExternalCall.objects.filter(token__in=resting, status=ExternalCall.Status.WAITING).update(
            status=ExternalCall.Status.CANCELLED, ended_at=self.at
        )
        Token.objects.filter(pk__in=resting).update(status=Token.Status.CANCELLED, left_at=self.at)

    def leave(self, token: Token, *, act: str = "", outputs: dict[str, Any] | None = None) -> bool:
        """Close one token with its timers; False when it does not rest there any more."""
        changed: dict[str, Any] = {} if outputs is None else {"outputs": outputs}
        left = Token.objects.filter(pk=token.pk, status=Token.Status.ACTIVE).update(
            status=Token.Status.LEFT, left_at=self.at, act=act, **changed
        )
        if not left:
            return False
        if outputs:
            self._decisions_so_far()[token.step] = outputs
            self._facts = None
        Timer.objects.filter(token=token, fired_at=None, cancelled_at=None).update(
            cancelled_at=self.at
        )
        return True


def close_tasks(tasks: QuerySet[Task], *, at: datetime, closing: str) -> int:
    """Close those of the tasks that nobody has done; they keep why."""
    return tasks.filter(status__in=Task.PENDING).update(
        status=Task.Status.CANCELLED, done_at=at, closing=closing
    )


def _siblings(token: Token) -> QuerySet[Token]:
    join = token.branch.partition(":")[0]
    return Token.objects.filter(case_id=token.case_id, branch__startswith=f"{join}:").exclude(
        pk=token.pk
    )


def arrivals(case: Case, process: Process, join: str) -> dict[str, int]:
    """Return the branches that came to a join when it was last walked, each with its last token."""
    split = next(step.key for step in process.steps.values() if step.join == join)
    begun = Token.objects.filter(case=case, step=split).order_by("-id")
    first = begun.values_list("pk", flat=True).first() or 0
    rows = Token.objects.filter(
        case=case, step=join, pk__gt=first, status=Token.Status.LEFT
    ).exclude(branch="")
    return dict(rows.order_by("id").values_list("branch", "pk"))


def timer_due(start: datetime, amount: int, unit: str, calendar: WorkingCalendar) -> datetime:
    """Return when a limit of a step ends. Days are those of the law's own time, not the store's."""
    return compute_deadline(
        unit=Unit(unit), amount=amount, started_at=start.astimezone(LOCAL_ZONE), calendar=calendar
    ).due_at


def _acts_of(case: Case) -> dict[str, Any]:
    """Return the last act by which each step was left; of several signers the last who chose it."""
    rows = (
        TaskAct.objects.filter(
            task__case=case,
            task__token__status=Token.Status.LEFT,
            is_current=True,
            act=F("task__token__act"),
        )
        .order_by("task__step", "-id")
        .distinct("task__step")
    )
    return {
        step: {**given, "act": act, "opinion": opinion}
        for step, act, opinion, given in rows.values_list("task__step", "act", "opinion", "input")
    }
