"""流程定义: the compiled form of a process, made once per version."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from yiwang.kernel.casework.rules import feel


@dataclass(frozen=True, slots=True)
class EffectCall:
    """What the platform does on the way: an installed plug-in with its options."""

    name: str
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TimerRule:
    """定时: after so much of a unit, counted from a moment of the case."""

    position: int
    amount: int
    unit: str
    counted_from: str
    effects: tuple[EffectCall, ...]
    target: str
    source: str


@dataclass(frozen=True, slots=True)
class Act:
    """办理动作: one choice that an official has in a task."""

    key: str
    title_zh: str
    title_en: str
    target: str
    effects: tuple[EffectCall, ...]
    opinion: str
    style: str
    input: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Branch:
    condition: feel.Expression
    target: str


@dataclass(frozen=True, slots=True)
class Step:
    """步骤: one place a token can be. Fields that its kind does not use are empty."""

    key: str
    kind: str
    title_zh: str
    title_en: str
    phase: str = ""
    role: str = ""
    unit: Mapping[str, str] | None = None
    signers: int = 1
    limit: Mapping[str, Any] | None = None
    acts: Mapping[str, Act] = field(default_factory=dict)
    timers: tuple[TimerRule, ...] = ()
    event: str = ""
    target: str = ""
    rule: str = ""
    branches: tuple[Branch, ...] = ()
    default: str = ""
    parallel: tuple[str, ...] = ()
    join: str = ""
    effects: tuple[EffectCall, ...] = ()


@dataclass(frozen=True, slots=True)
class Process:
    key: str
    start: str
    steps: Mapping[str, Step]

    def has_effect(self, name: str) -> bool:
        """Return whether any act, timer or step calls the effect."""
        return any(
            call.name == name
            for step in self.steps.values()
            for call in (
                *step.effects,
                *(call for act in step.acts.values() for call in act.effects),
                *(call for timer in step.timers for call in timer.effects),
            )
        )


def compile_process(content: Mapping[str, Any]) -> Process:
    """Compile the YAML form; the pack check has proved that names and ends are right.

    :raises FeelError: when a branch condition is not FEEL.
    :raises KeyError: when a required key is absent (the check names file and line).
    """
    return Process(
        key=content["key"],
        start=content["start"],
        steps={key: _step(key, raw) for key, raw in content["steps"].items()},
    )


def _step(key: str, raw: Mapping[str, Any]) -> Step:
    kind = raw["kind"]
    branches = raw.get("branches", [])
    return Step(
        key=key,
        kind=kind,
        title_zh=raw.get("title_zh", ""),
        title_en=raw.get("title_en", ""),
        phase=raw.get("phase", ""),
        role=raw.get("role", ""),
        unit=raw.get("unit"),
        signers=raw.get("signers", 1),
        limit=raw.get("limit"),
        acts={name: _act(name, act) for name, act in raw.get("acts", {}).items()},
        timers=tuple(_timer(index, timer) for index, timer in enumerate(raw.get("timers", []))),
        event=raw.get("event", ""),
        target=raw.get("to", ""),
        rule=raw.get("rule", ""),
        branches=tuple(Branch(feel.compile(b["when"]), b["to"]) for b in branches)
        if kind == "decision"
        else (),
        default=raw.get("default", ""),
        parallel=tuple(branches) if kind == "parallel" else (),
        join=raw.get("join", ""),
        effects=_effects(raw.get("do", [])),
    )


def _act(name: str, raw: Mapping[str, Any]) -> Act:
    return Act(
        key=name,
        title_zh=raw["title_zh"],
        title_en=raw["title_en"],
        target=raw["to"],
        effects=_effects(raw.get("do", [])),
        opinion=raw.get("opinion", "optional"),
        style=raw.get("style", ""),
        input=raw.get("input", {}),
    )


def _timer(position: int, raw: Mapping[str, Any]) -> TimerRule:
    return TimerRule(
        position=position,
        amount=raw["after"]["amount"],
        unit=raw["after"]["unit"],
        counted_from=raw["from"],
        effects=_effects(raw.get("do", [])),
        target=raw["to"],
        source=raw.get("source", ""),
    )


def _effects(raw: list[Any]) -> tuple[EffectCall, ...]:
    calls = []
    for entry in raw:
        if isinstance(entry, str):
            calls.append(EffectCall(entry, {}))
        else:
            ((name, options),) = entry.items()
            calls.append(EffectCall(name, options or {}))
    return tuple(calls)
