"""流程定义: the compiled form of a process, made once per version."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from yiwang.kernel.casework.process.rules import regions
from yiwang.kernel.casework.rules import feel

# 动作 that move tokens against the stream of the definition. A step allows those that it names.
VERBS = frozenset({"return", "recall", "add_signer", "remove_signer", "suspend", "terminate"})
# What a step allows that names none: both can be undone, and neither has a meaning in law.
DEFAULT_VERBS = frozenset({"recall", "suspend"})


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
class Place:
    """会签单位: a unit that signs, found by what it is competent for; or one that has a code."""

    key: str
    function: str = ""
    level: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class Signing:
    """多人办理: who signs, in which order, and what it takes (会签、或签、依次、票数).

    ``mode`` is ALL, ANY, IN_ORDER or VOTES. ``agree`` is the act that the signing is about; any
    other act is a vote against it. Exactly one of ``units``, ``posts`` and ``count`` is given.
    ``need`` is the weight that the votes for it must reach.
    """

    mode: str
    agree: str
    units: tuple[Place, ...] = ()
    posts: tuple[str, ...] = ()
    count: int = 0
    need: int = 0
    weights: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FieldRights:
    """字段权限: what of the form a step hides, shows, lets be changed, and wants filled in."""

    hidden: frozenset[str] = frozenset()
    read: frozenset[str] = frozenset()
    edit: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Assign:
    """分派: ``by`` is pool, load, last_handler or rule; ``rule`` and ``step`` say which."""

    by: str = "pool"
    rule: str = ""
    step: str = ""


@dataclass(frozen=True, slots=True)
class ConnectorCall:
    """外部调用: the connector, what it is sent (FEEL), and how often it is tried."""

    connector: str
    request: Mapping[str, feel.Expression]
    times: int
    every_s: int
    failed: str


@dataclass(frozen=True, slots=True)
class Subcases:
    """子办件: who opens them, and how many must be concluded (0 means all) to go on."""

    opener: str
    options: Mapping[str, Any]
    need: int


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
    signing: Signing | None = None
    verbs: frozenset[str] = DEFAULT_VERBS
    return_to: frozenset[str] = frozenset()
    free: bool = False
    free_next: tuple[str, ...] = ()
    assign: Assign = Assign()
    fields: FieldRights | None = None
    call: ConnectorCall | None = None
    subcases: Subcases | None = None

    def reads(self) -> frozenset[str]:
        """Return the names that the conditions of its branches read."""
        return frozenset(name for one in self.branches for name in one.condition.names)


@dataclass(frozen=True, slots=True)
class Process:
    """流程. ``places`` tells in which branch each step lies, ``reach`` where it can lead."""

    key: str
    start: str
    steps: Mapping[str, Step]
    places: Mapping[str, str] = field(default_factory=dict)
    reach: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def leads(self, step: str, target: str) -> bool:
        """Say whether a token at ``step`` is at ``target`` or can come to it."""
        return step == target or target in self.reach[step]

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
    steps = {key: _step(key, raw) for key, raw in content["steps"].items()}
    following = regions.following(content["steps"])
    return Process(
        key=content["key"],
        start=content["start"],
        steps=steps,
        places=regions.places(content["steps"], following),
        reach=regions.reach(following),
    )


def _step(key: str, raw: Mapping[str, Any]) -> Step:
    kind = raw["kind"]
    branches = raw.get("branches", [])
    has_conditions = kind in ("decision", "inclusive")
    return Step(
        key=key,
        kind=kind,
        title_zh=raw.get("title_zh", ""),
        title_en=raw.get("title_en", ""),
        phase=raw.get("phase", ""),
        role=raw.get("role", ""),
        unit=raw.get("unit"),
        signers=_signers(raw),
        limit=raw.get("limit"),
        acts={name: _act(name, act) for name, act in raw.get("acts", {}).items()},
        timers=tuple(_timer(index, timer) for index, timer in enumerate(_timers(raw))),
        event=raw.get("event", ""),
        target=raw.get("to", ""),
        rule=raw.get("rule", ""),
        branches=tuple(Branch(feel.compile(b["when"]), b["to"]) for b in branches)
        if has_conditions
        else (),
        default=raw.get("default", ""),
        parallel=tuple(branches) if kind == "parallel" else (),
        join=raw.get("join", ""),
        effects=() if kind == "timer" else _effects(raw.get("do", [])),
        signing=_signing(raw),
        verbs=frozenset(raw.get("verbs", DEFAULT_VERBS)),
        return_to=frozenset(raw.get("return_to", ())),
        free=raw.get("free", False) or bool(raw.get("next")),
        free_next=tuple(raw.get("next", ())),
        assign=Assign(**raw.get("assign", {})),
        fields=FieldRights(**{k: frozenset(v) for k, v in raw["fields"].items()})
        if "fields" in raw
        else None,
        call=_call(raw) if kind == "call" else None,
        subcases=_subcases(raw) if kind == "subcase" else None,
    )


def _timers(raw: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the timers of a step; a timer step is a rest with one of its own."""
    timers = list(raw.get("timers", []))
    if raw["kind"] == "timer":
        own = {key: raw[key] for key in ("after", "do", "to", "source") if key in raw}
        timers.insert(0, {"from": raw.get("from", "entered"), **own})
    return timers


def _signers(raw: Mapping[str, Any]) -> int:
    return int(raw.get("signing", {}).get("by", {}).get("count", raw.get("signers", 1)))


def _signing(raw: Mapping[str, Any]) -> Signing | None:
    given = raw.get("signing")
    if given is None:
        return None
    by = given["by"]
    units = tuple(
        Place(
            key=unit.get("key", unit["function"]),
            function=unit["function"],
            level=unit["level"],
            role=unit.get("role", ""),
        )
        for unit in by.get("units", ())
    )
    return Signing(
        mode=given["mode"].upper(),
        agree=given.get("agree", next(iter(raw["acts"]))),
        units=units,
        posts=tuple(by.get("posts", ())),
        count=by.get("count", 0),
        need=given.get("need", 0),
        weights=given.get("weights", {}),
    )


def _call(raw: Mapping[str, Any]) -> ConnectorCall:
    retry = raw.get("retry", {})
    return ConnectorCall(
        connector=raw["connector"],
        request={name: feel.compile(text) for name, text in raw.get("request", {}).items()},
        times=retry.get("times", 5),
        every_s=retry.get("every_s", 60),
        failed=raw["failed"],
    )


def _subcases(raw: Mapping[str, Any]) -> Subcases:
    need = raw.get("wait_for", "all")
    return Subcases(
        opener=raw["open"],
        options=raw.get("options", {}),
        need={"all": 0, "any": 1}.get(need, need),
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
