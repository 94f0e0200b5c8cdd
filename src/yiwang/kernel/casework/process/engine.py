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
from yiwang.kernel.casework.process.rules.walking import MAX_WIDTH, TooWideError, walk

# What conditions may read that lies in rows of its own.
_FROM_ROWS = frozenset({"acts", "decisions"})


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
    task_key: int | None = None
    _facts: dict[str, Any] | None = None
    _passed: list[Token] = field(default_factory=list)
    _decisions: dict[str, Any] | None = None
    _is_new: bool = False
    _has_rested: bool = False
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
            facts["acts"] = {} if self._is_new else self._acts_so_far()
            facts["decisions"] = self._decisions_so_far()
            facts["input"] = dict(self.input)
            self._facts = facts
        return self._facts

    def facts_for(self, step: Step) -> Mapping[str, Any]:
        """Return what the conditions of a step see; what they do not read is not asked for."""
        if self._facts is None and _FROM_ROWS.isdisjoint(step.reads()):
            return self.kind.facts(self.case) | {"input": dict(self.input)}
        return self.facts()

    def _decisions_so_far(self) -> dict[str, Any]:
        if self._decisions is None:
            self._decisions = {}
            if not self._is_new:
                acts.flush()
                last = (
                    Token.objects.filter(case=self.case, status=Token.Status.LEFT)
                    .exclude(outputs={})
                    .order_by("step", "-id")
                    .distinct("step")
                )
                self._decisions = dict(last.values_list("step", "outputs"))
        return self._decisions

    def _acts_so_far(self) -> dict[str, Any]:
        acts.flush()
        return _acts_of(self.case)

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
        if calls and not self._is_new:
            # Effects read what the act has written. Those of a new case know that nothing is.
            acts.flush()
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
        acts.flush()
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
        self._back_to = back_to
        try:
            walk(self.process, self, target, branch)
        except TooWideError as error:
            raise ProcessTooWideError(limit=MAX_WIDTH) from error
        acts.append(*self._passed)
        self._passed = []

    # What the walk asks of the ground it goes on (rules.walking.Ground).

    def come_to(self, step: Step) -> None:
        if step.phase and self.case.phase != step.phase:
            self.case.phase = step.phase
            acts.change(self.case, "phase")
            self._facts = None

    def run(self, step: Step) -> None:
        self.run_effects(step.key, step.effects)

    def rest(self, step: Step, branch: str) -> bool:
        match step.kind:
            case "task":
                opening.open_tasks(self, step, self._rest(step, branch))
            case "wait":
                self._rest(step, branch, waits_for=step.event)
            case "call":
                outside.prepare_call(self, step, self._rest(step, branch))
            case "subcase":
                token = self._rest(step, branch)
                outputs = outside.open_subcases(self, step, token)
                if outputs is not None:
                    self.leave(token, outputs=outputs)
                    return True
            case _:
                self._rest(step, branch)
        return False

    def decide(self, step: Step, branch: str) -> None:
        outputs, trace = self.kind.decide(self.case, step.rule, self.facts())
        self._decisions_so_far()[step.key] = outputs
        self._facts = None
        self.pass_by(step, branch, outputs | {"trace": trace})

    def is_under_way(self, join: str) -> bool:
        return self._region(join).exclude(step=join).exists()

    def take_up(self, join: str) -> None:
        self._region(join).update(status=Token.Status.LEFT, left_at=self.at)

    def end(self) -> None:
        self.cancel_rest()

    def _region(self, join: str) -> QuerySet[Token]:
        acts.flush()
        return Token.objects.filter(
            case=self.case, status=Token.Status.ACTIVE, branch__startswith=f"{join}:"
        )

    def pass_by(self, step: Step, branch: str, outputs: dict[str, Any] | None = None) -> None:
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
        is_first = bool(step.timers) and not self._was_at(step)
        self._has_rested = True
        # What was passed on the way comes before the rest, so that keys tell the path.
        *keys, own_key, self.task_key = acts.next_keys(*(Token for _ in self._passed), Token, Task)
        for passed, key in zip(self._passed, keys, strict=True):
            passed.pk = key
        token = Token(
            pk=own_key,
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
        acts.append(*self._passed, token)
        self._passed = []
        self._back_to = ""
        events.emit(f"step.{step.key}", self.case.number, {"case": self.case.pk})
        acts.append(
            *(self._timer(token, rule) for rule in step.timers if self._arms(rule, is_first))
        )
        return token

    def _was_at(self, step: Step) -> bool:
        if self._is_new and not self._has_rested:
            return False
        acts.flush()
        return Token.objects.filter(case=self.case, step=step.key).exists()

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

    def cancel_rest(self) -> None:
        """Close whatever is still open: the process has ended."""
        if self._is_new and not self._has_rested:
            return
        self.close(Token.objects.filter(case=self.case), closing=self.closing)

    def close(self, tokens: QuerySet[Token], *, closing: str) -> None:
        """Close those of the tokens that still rest, with all that hangs on them."""
        acts.flush()
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

    def leave_held(self, token: Token, *, act: str) -> None:
        """Close the token of a task that was read under the lock and found open."""
        token.status, token.left_at, token.act = Token.Status.LEFT, self.at, act
        acts.change(token, "status", "left_at", "act")
        if self.process.steps[token.step].timers:
            acts.flush()
            _cancel_timers(token, self.at)

    def leave(self, token: Token, *, act: str = "", outputs: dict[str, Any] | None = None) -> bool:
        """Close one token with its timers; False when it does not rest there any more."""
        acts.flush()
        changed: dict[str, Any] = {} if outputs is None else {"outputs": outputs}
        left = Token.objects.filter(pk=token.pk, status=Token.Status.ACTIVE).update(
            status=Token.Status.LEFT, left_at=self.at, act=act, **changed
        )
        if not left:
            return False
        if outputs:
            self._decisions_so_far()[token.step] = outputs
            self._facts = None
        _cancel_timers(token, self.at)
        return True


def _cancel_timers(token: Token, at: datetime) -> None:
    Timer.objects.filter(token=token, fired_at=None, cancelled_at=None).update(cancelled_at=at)


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
