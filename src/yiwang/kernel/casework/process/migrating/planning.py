"""能否迁移: whether a case can go over, and what changes; pure, no database.

A case keeps its rights: a timer that runs keeps its moment, an act that was given its meaning, a
branch that was begun its join. Where the new version would break one of them, the case stays and
the report says why. Clocks of the law are not the process's, so they are not touched.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from yiwang.kernel.casework.process.rules.definition import Process, Step, TimerRule

__all__ = ["CasePlan", "Migration", "Problem", "Resting", "Seen", "find_migration", "plan_case"]

ANY_VERSION = "*"
_SPLITS = frozenset({"parallel", "inclusive"})


@dataclass(frozen=True, slots=True)
class Problem:
    """为何不能迁移: a stable code, the step of the old version, words and mend."""

    code: str
    step: str
    reason_zh: str
    reason_en: str
    mend_zh: str
    mend_en: str


@dataclass(frozen=True, slots=True)
class Resting:
    """A token that rests, with what hangs on it.

    ``acts`` are those that were given on its tasks and still count; ``timers`` the positions of
    timers that run.
    """

    token_id: int
    step: str
    entered_at: datetime
    branch: str = ""
    back_to: str = ""
    acts: tuple[str, ...] = ()
    timers: tuple[int, ...] = ()
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of one case: where it rests, and the steps that it has left."""

    resting: tuple[Resting, ...]
    passed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class MovedToken:
    """``timers`` maps positions of running timers; ``added`` are timers that only the new has."""

    token_id: int
    old: str
    step: str
    entered_at: datetime
    branch: str
    back_to: str
    timers: Mapping[int, int] = field(default_factory=dict)
    added: tuple[int, ...] = ()
    is_reseated: bool = False


@dataclass(frozen=True, slots=True)
class CasePlan:
    """What would happen to a case. With problems nothing does."""

    tokens: tuple[MovedToken, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Migration:
    """迁移: two versions, raw and compiled, and the map that the new one declares."""

    old: Process
    new: Process
    new_content: Mapping[str, Any]
    steps: Mapping[str, str | None]

    def target(self, step: str) -> str | None:
        """Return the step that takes over from one of the old version, or None."""
        if step in self.steps:
            return self.steps[step]
        return step if step in self.new.steps else None

    @cached_property
    def facts_read(self) -> frozenset[str]:
        """Return the steps whose acts and decisions the new version's expressions read."""
        return frozenset(
            re.findall(r"\b(?:acts|decisions)\.([a-z][a-z0-9_]*)", f"{self.new_content}")
        )

    @cached_property
    def faults(self) -> tuple[Problem, ...]:
        """Return what is wrong with the map itself, or forbids every case to go over."""
        return (*_map_faults(self), *_rule_faults(self))


def find_migration(content: Mapping[str, Any], version: str) -> Mapping[str, str | None] | None:
    """Return the step map that a definition declares for cases of ``version``; None without one.

    ``from`` names a version, a release (``1.0.0``, every version of it), or ``*`` for all; the
    first that fits counts.
    """
    for declared in content.get("migrates", []):
        wanted = declared["from"]
        if wanted in (ANY_VERSION, version, version.partition("+")[0]):
            steps: Mapping[str, str | None] = declared.get("steps", {})
            return steps
    return None


def plan_case(migration: Migration, seen: Seen) -> CasePlan:
    """Return what going over would do to a case, or everything that stands against it."""
    if migration.faults:
        return CasePlan((), migration.faults)
    problems: list[Problem] = []
    tokens = []
    for one in seen.resting:
        found = list(_token_problems(migration, one))
        problems += found
        if not found:
            tokens.append(_moved(migration, one))
    if not problems:
        problems += _branch_problems(migration, seen, tokens)
        problems += _history_problems(migration, seen)
    return CasePlan(() if problems else tuple(tokens), tuple(dict.fromkeys(problems)))


# the map


def _map_faults(migration: Migration) -> Iterator[Problem]:
    for old, new in migration.steps.items():
        if old not in migration.old.steps:
            yield Problem(
                "MAP_FROM_UNKNOWN",
                old,
                f"旧版本没有步骤“{old}”",
                f'The old version has no step "{old}".',
                "从 migrates 的 steps 里删掉，或者改正键",
                "Remove it from the steps of migrates, or correct the key.",
            )
        if new is not None and new not in migration.new.steps:
            yield Problem(
                "MAP_TO_UNKNOWN",
                old,
                f"新版本没有步骤“{new}”",
                f'The new version has no step "{new}".',
                "在 migrates 的 steps 里改为新版本已有的步骤",
                "Name a step of the new version in the steps of migrates.",
            )


def _rule_faults(migration: Migration) -> Iterator[Problem]:
    """A case keeps the item that it began with: that knows only the rules which it knew then."""
    known = {step.rule for step in migration.old.steps.values()}
    for key, step in migration.new.steps.items():
        if step.rule and step.rule not in known:
            yield Problem(
                "RULE_NEW",
                key,
                f"新版本的步骤“{key}”用规则 {step.rule}，在办件所属的事项版本里没有",
                f'The new step "{key}" uses the rule {step.rule}, which running cases lack.',
                "沿用旧版本里的规则名，或者让在办件留在旧版本",
                "Use a rule of the old version, or leave running cases on it.",
            )


# one token


def _token_problems(migration: Migration, one: Resting) -> Iterator[Problem]:
    target = migration.target(one.step)
    if target is None:
        stays = one.step in migration.steps
        yield Problem(
            "STEP_STAYS" if stays else "STEP_UNMAPPED",
            one.step,
            f"停在“{one.step}”的办件按声明留在旧版本"
            if stays
            else f"新版本没有步骤“{one.step}”，也没有说明由哪一步接替",
            f'Cases that rest in "{one.step}" stay, as declared.'
            if stays
            else f'The new version has no step "{one.step}", and nothing says which takes over.',
            f"等它走过这一步，或者在 migrates 的 steps 里写 {one.step}: 新步骤",
            f"Wait until it has passed, or write {one.step}: <new step> in the steps of migrates.",
        )
        return
    old, new = migration.old.steps[one.step], migration.new.steps[target]
    if old.kind != new.kind:
        yield _differs(
            "STEP_KIND", one, f"“{target}”是 {new.kind}，不是 {old.kind}",
            f'"{target}" is a {new.kind}, not a {old.kind}.',
        )  # fmt: skip
        return
    yield from _differences(one, old, new, target)
    yield from _timer_problems(migration, one, old, new)
    for back in filter(None, one.back_to.split(">")):
        if migration.target(back) is None:
            yield _differs(
                "BACK_TO", one, f"它办完要直送回“{back}”，新版本没有这一步",
                f'It is to jump back to "{back}", which the new version lacks.',
            )  # fmt: skip


def _differences(one: Resting, old: Step, new: Step, target: str) -> Iterator[Problem]:
    if old.event != new.event:
        yield _differs(
            "EVENT", one, f"“{target}”等待的事件不同", f'"{target}" waits for another event.'
        )
    if old.call is not None and new.call is not None and old.call.connector != new.call.connector:
        yield _differs(
            "CALL", one, f"“{target}”调用的连接器不同", f'"{target}" calls another connector.'
        )
    if old.subcases != new.subcases:
        yield _differs(
            "SUBCASES",
            one,
            f"“{target}”等待的子办件不同",
            f'"{target}" waits for other child cases.',
        )
    if old.signing != new.signing or (one.acts and old.signers != new.signers):
        yield _differs(
            "SIGNERS",
            one,
            f"“{target}”的会签方式或人数变了",
            f'Who signs "{target}", or how many, has changed.',
        )
    for act in dict.fromkeys(one.acts):
        before, after = old.acts.get(act), new.acts.get(act)
        # Verbs that are signed (":return") have no act of the definition behind them.
        if before is None:
            continue
        if after is None or (before.effects, before.input) != (after.effects, after.input):
            yield _differs(
                "ACTS_GIVEN",
                one,
                f"已有人选了“{before.title_zh}”，新版本里这个动作不同或者没有",
                f'Somebody has chosen "{before.title_en}", which differs or is gone.',
            )
    if one.is_held and (old.role, old.unit) != (new.role, new.unit):
        yield _differs(
            "POST",
            one,
            f"已有人承办或者签过，“{target}”却改由别的岗位办理",
            f'Somebody holds or has signed it, but "{target}" belongs to another post.',
        )


def _differs(code: str, one: Resting, zh: str, en: str) -> Problem:
    return Problem(
        code,
        one.step,
        zh,
        en,
        f"等它走过“{one.step}”以后再迁移，或者在 migrates 里映射到相同的步骤",
        f'Move it when it has passed "{one.step}", or map the step to one that is alike.',
    )


def _timer_problems(migration: Migration, one: Resting, old: Step, new: Step) -> Iterator[Problem]:
    matched = _match_timers(migration, one, old, new)
    for position in one.timers:
        if position not in matched:
            rule = old.timers[position]
            terms = f"{rule.amount} {rule.unit}"
            yield _differs(
                "TIMER",
                one,
                f"正在计的定时（{terms}，{rule.source or '无依据'}）在新版本里没有",
                f"A timer that runs ({terms}) is not in the new version.",
            )


def _match_timers(migration: Migration, one: Resting, old: Step, new: Step) -> dict[int, int]:
    """Return which timer of the new step takes over from each that runs: the same moment it is due.

    Of several the one that leads to the same step is taken.
    """
    free = list(new.timers)
    found: dict[int, int] = {}
    for position in one.timers:
        rule = old.timers[position]
        alike = [
            other
            for other in free
            if (other.amount, other.unit, other.counted_from)
            == (rule.amount, rule.unit, rule.counted_from)
        ]
        if alike:
            target = migration.target(rule.target)
            chosen = next((other for other in alike if other.target == target), alike[0])
            free.remove(chosen)
            found[position] = chosen.position
    return found


def _moved(migration: Migration, one: Resting) -> MovedToken:
    target = migration.target(one.step)
    if target is None:
        raise ValueError(f"{one.step} has no target")
    old, new = migration.old.steps[one.step], migration.new.steps[target]
    timers = _match_timers(migration, one, old, new)
    back = [migration.target(key) or "" for key in filter(None, one.back_to.split(">"))]
    return MovedToken(
        token_id=one.token_id,
        old=one.step,
        step=target,
        entered_at=one.entered_at,
        branch=_branch(migration, one, target),
        back_to=">".join(back),
        timers=timers,
        added=tuple(_added(one, old, new)),
        is_reseated=(old.role, old.unit) != (new.role, new.unit),
    )


def _added(one: Resting, old: Step, new: Step) -> Iterator[int]:
    """Yield the timers that only the new step has, beyond those that ran out or run in the old."""
    before = [_terms(rule) for rule in old.timers]
    for rule in new.timers:
        if _terms(rule) in before:
            before.remove(_terms(rule))
        else:
            yield rule.position


def _terms(rule: TimerRule) -> tuple[int, str, str]:
    return rule.amount, rule.unit, rule.counted_from


# branches


def _branch(migration: Migration, one: Resting, target: str) -> str:
    """Return the branch of a token in the new version; at a join, the one it came by."""
    if migration.new.steps[target].kind != "join" or not one.branch:
        return migration.new.places[target]
    head = migration.target(one.branch.partition(":")[2])
    return f"{target}:{head}"


def _branch_problems(
    migration: Migration, seen: Seen, tokens: Sequence[MovedToken]
) -> Iterator[Problem]:
    """Find branches that would be lost, or begin in the middle: each goes over as one and whole."""
    pairs = {(one.branch, moved.branch) for one, moved in zip(seen.resting, tokens, strict=True)}
    befores = {before for before, _ in pairs}
    afters = {after for _, after in pairs}
    joins = {(b.partition(":")[0], a.partition(":")[0]) for b, a in pairs}
    is_one_to_one = len(pairs) == len(befores) == len(afters)
    is_one_join = len(joins) == len({b for b, _ in joins}) == len({a for _, a in joins})
    if not is_one_to_one or not is_one_join or ("" in befores) != ("" in afters):
        yield _branches_differ(seen.resting[0])
        return
    for join in {after.partition(":")[0] for after in afters if after}:
        split = next(step for step in migration.new.steps.values() if step.join == join)
        begun = {after for after in afters if after.startswith(f"{join}:")}
        heads = {f"{join}:{head}" for head in split.parallel}
        if split.kind == "parallel" and begun != heads:
            yield _branches_differ(seen.resting[0])


def _branches_differ(one: Resting) -> Problem:
    return _differs(
        "BRANCHES",
        one,
        "正在并行的分支在新版本里对不上（多了、少了，或者不在同一个并行里）",
        "The branches that run at once do not fit those of the new version.",
    )


# what lies behind


def _history_problems(migration: Migration, seen: Seen) -> Iterator[Problem]:
    """Find what the new version asks of the past under a name that the past does not have."""
    for old, new in migration.steps.items():
        if new and old != new and old in seen.passed and new in migration.facts_read:
            yield Problem(
                "FACT_LOST",
                old,
                f"新版本的条件要看“{new}”的结果，这件的结果记在“{old}”名下",
                f'The new version reads what came of "{new}"; here it stands under "{old}".',
                "新版本沿用原来的步骤键，或者让这些办件留在旧版本",
                "Keep the key of the step in the new version, or leave such cases on the old one.",
            )
    begun = {one.branch.partition(":")[0] for one in seen.resting if one.branch}
    for key, split in migration.new.steps.items():
        if split.kind not in _SPLITS or split.join in {migration.target(join) for join in begun}:
            continue
        region = {
            step
            for step, place in migration.new.places.items()
            if place.startswith(f"{split.join}:")
        }
        before = migration.old.steps.get(key)
        is_same = before is not None and (before.join, before.parallel) == (
            split.join,
            split.parallel,
        )
        if region & seen.passed and not is_same:
            yield Problem(
                "BRANCHES_PASSED",
                key,
                f"这件已走过的步骤在新版本里归入并行“{key}”，退回时分支会对不上",
                f'Steps that it has passed are branches of "{key}" now; no return could be right.',
                "让这些办件留在旧版本",
                "Leave such cases on the old version.",
            )
