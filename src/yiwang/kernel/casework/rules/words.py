"""依据说明: a decision in words: which rule, which facts, what would change it.

What would change it is worked out, not guessed: each fact alone is moved to its nearest value
that gives another outcome. Where no single fact does, the rule that failed least is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .columns import Atom
from .decisions import Decision
from .definition import NO_WORDS
from .errors import Words
from .feel import syntax
from .feel.builtins.conversion import to_text
from .feel.compiler import Compiler
from .feel.names import free_paths
from .feel.scope import Constant
from .feel.temporal import DaysTime, YearsMonths
from .feel.values import Range, enter
from .tables import Engine, Outcome

MOST_CHANGES = 3
ANYTHING = Words("不限", "anything")


@dataclass(frozen=True, slots=True)
class Change:
    """反事实: the outcome if one input took the values `condition` describes instead.

    `place` is the number of the input, `distance` how many bounds lie between.
    """

    place: int
    condition: Words
    outcome: Outcome
    distance: int


def explain(
    decision: Decision, lang: str = "zh", sources: Mapping[str, Words] | None = None
) -> str:
    """Return the decision in words, one sentence a line.

    `lang` is a language code; all but `en*` give Chinese. `sources` says where the facts of each
    name come from. Needs a decision made with its trace.
    """
    said = explain_words(decision, sources)
    return "\n".join(words.in_language(lang) for words in said)


def explain_words(decision: Decision, sources: Mapping[str, Words] | None = None) -> list[Words]:
    """Return the sentences that explain a decision, in both languages."""
    engine = decision.table.engine_on(decision.trace.on if decision.trace else None)
    origins = source_words(decision, sources or {})
    said = [_heading(decision), *_facts(decision, engine, origins), *_rules(decision, engine)]
    said.append(_result(decision, engine))
    said.extend(_parameters(decision))
    changes = list_changes(decision)
    said.extend(_change_words(change, engine) for change in changes)
    if not changes:
        said.extend(_nearest_failure(decision, engine))
    return said


def source_words(decision: Decision, sources: Mapping[str, Words]) -> list[Words]:
    """Return where each fact of a trace comes from, empty where nothing is known of it."""
    if decision.trace is None:
        return []
    if not sources:
        return [NO_WORDS] * len(decision.trace.read)
    roots = [
        sorted({trail[0] for trail in free_paths(tree)}) for tree in decision.table.parsed.inputs
    ]
    read = decision.trace.read[len(decision.inputs) :]
    roots += [[name.split(".", 1)[0]] for name, _ in read]
    return [_joined([sources[root] for root in names if root in sources]) for names in roots]


def _joined(said: list[Words]) -> Words:
    return Words("、".join(words.zh for words in said), ", ".join(words.en for words in said))


def value_words(value: Any) -> Words:
    """Return a value as a person writes it."""
    if value is None:
        return Words("（未填）", "(missing)")
    if isinstance(value, bool):
        return Words("是" if value else "否", "yes" if value else "no")
    if isinstance(value, str):
        return Words(f"“{value}”", f'"{value}"')
    if isinstance(value, YearsMonths):
        years, months = divmod(abs(value.months), 12)
        zh = (f"{years} 年" if years else "") + (f"{months} 个月" if months or not years else "")
        return Words(zh, str(value))
    if isinstance(value, DaysTime) and value.nanos % 86_400_000_000_000 == 0:
        days = value.nanos // 86_400_000_000_000
        return Words(f"{days} 天", f"{days} days")
    text = to_text(value)
    return Words(text, text)


def cell_words(tree: syntax.UnaryTests, text: str, compiler: Compiler) -> Words:
    """Return what a cell asks for: 小于 18, 为“A”或“B” ..."""
    if not tree.tests:
        return ANYTHING
    parts = [_test_words(test, compiler) for test in tree.tests]
    known = [part for part in parts if part is not None]
    if len(known) != len(parts):
        return Words(f"符合 {text}", f"satisfying {text}")
    joined = Words("或".join(w.zh for w in known), " or ".join(w.en for w in known))
    return Words(f"不是（{joined.zh}）", f"not ({joined.en})") if tree.negated else joined


def _test_words(test: syntax.Node, compiler: Compiler) -> Words | None:
    run = compiler.compile(test)
    if not isinstance(run, Constant):
        return None
    value = run.value
    if type(value) is Range:
        if value.op in ("=", "!="):
            return _is(value.low, value.op == "=")
        return _between(value.low, value.high, value.low_closed, value.high_closed)
    if type(value) is list:
        said = [value_words(item) for item in value]
        return Words(
            f"为{'、'.join(w.zh for w in said)}之一", f"one of {', '.join(w.en for w in said)}"
        )
    return _is(value, True)


def _is(value: Any, equal: bool) -> Words:
    said = value_words(value)
    if equal:
        return Words(f"为 {said.zh}" if said.zh[:1] not in "“是否" else f"为{said.zh}", said.en)
    return Words(f"不为 {said.zh}", f"not {said.en}")


def _between(low: Any, high: Any, low_closed: bool, high_closed: bool) -> Words:
    parts: list[Words] = []
    if low is not None:
        said = value_words(low)
        parts.append(
            Words(f"不小于 {said.zh}", f"at least {said.en}")
            if low_closed
            else Words(f"大于 {said.zh}", f"more than {said.en}")
        )
    if high is not None:
        said = value_words(high)
        parts.append(
            Words(f"不大于 {said.zh}", f"at most {said.en}")
            if high_closed
            else Words(f"小于 {said.zh}", f"less than {said.en}")
        )
    return Words(" 且".join(w.zh for w in parts), " and ".join(w.en for w in parts))


def _heading(decision: Decision) -> Words:
    table = decision.table
    version = Words(f"（版本 {table.version}）", f" (version {table.version})")
    if not table.version:
        version = Words("", "")
    title = table.spec.title
    if decision.matched:
        ids = Words("、".join(decision.matched), ", ".join(decision.matched))
        return Words(
            f"按《{title.zh}》{version.zh}规则 {ids.zh} 决定。",
            f'Decided by rule {ids.en} of "{title.en}"{version.en}.',
        )
    taken = (
        Words("采用默认结果", "the default outcome was taken")
        if decision.defaulted
        else Words("没有结果", "there is no outcome")
    )
    return Words(
        f"《{title.zh}》{version.zh}没有规则符合，{taken.zh}。",
        f'No rule of "{title.en}"{version.en} matched; {taken.en}.',
    )


def _facts(decision: Decision, engine: Engine, origins: list[Words]) -> Iterable[Words]:
    """Say each fact that was read, with what the first matched rule asks of it."""
    rows = _matched_rows(decision)
    row = rows[0] if len(rows) == 1 else None
    for place, value in enumerate(decision.inputs):
        label = engine.spec.inputs[place].label
        said = _with_origin(value_words(value), origins[place] if origins else NO_WORDS)
        wanted = ANYTHING
        if row is not None:
            cell = engine.cells[place][row]
            wanted = cell_words(cell.tree, cell.text, engine.compiler)
        if wanted == ANYTHING or wanted == _is(value, True):
            yield Words(f"{label.zh}：{said.zh}。", f"{label.en}: {said.en}.")
        else:
            yield Words(
                f"{label.zh}：{said.zh}（规则要求{wanted.zh}）。",
                f"{label.en}: {said.en} (the rule asks for {wanted.en}).",
            )
    count = len(decision.inputs)
    read = decision.trace.read[count:] if decision.trace else ()
    for (name, value), origin in zip(read, origins[count:], strict=True):
        said = _with_origin(value_words(value), origin)
        yield Words(f"{name}：{said.zh}。", f"{name}: {said.en}.")


def _with_origin(said: Words, origin: Words) -> Words:
    if not origin.zh:
        return said
    return Words(f"{said.zh}（来自{origin.zh}）", f"{said.en} (from {origin.en})")


def _matched_rows(decision: Decision) -> list[int]:
    order = {rule.id: row for row, rule in enumerate(decision.table.spec.rules)}
    return [order[rule] for rule in decision.matched]


def _rules(decision: Decision, engine: Engine) -> Iterable[Words]:
    for row in _matched_rows(decision):
        rule = engine.spec.rules[row]
        if rule.note.zh:
            yield Words(f"说明：{rule.note.zh}", f"Note: {rule.note.en or rule.note.zh}")
        for name, text in rule.annotations:
            yield Words(f"{name}：{text}", f"{name}: {text}")
        if rule.source:
            yield Words(f"依据：{rule.source}。", f"Legal source: {rule.source}.")


def _outputs_words(outputs: dict[str, Any], engine: Engine) -> Words:
    labels = {item.name: item.label for item in engine.spec.outputs}
    zh, en = [], []
    for name, value in outputs.items():
        said = value_words(enter(value))
        zh.append(f"{labels[name].zh} {said.zh}")
        en.append(f"{labels[name].en} {said.en}")
    return Words("，".join(zh) or "无", ", ".join(en) or "none")


def _result(decision: Decision, engine: Engine) -> Words:
    said = _outputs_words(decision.outputs, engine)
    return Words(f"结果：{said.zh}。", f"Outcome: {said.en}.")


def _parameters(decision: Decision) -> Iterable[Words]:
    for use in decision.trace.parameters if decision.trace else ():
        said = value_words(enter(use.value.value))
        label, since, source = use.parameter.label, use.value.valid_from, use.value.reference
        doubt = Words("", "") if use.value.confirmed else Words("，待核实", ", not yet confirmed")
        began = Words(f"自 {since} 起", f" since {since}") if since else Words("", "")
        yield Words(
            f"参数 {label.zh} {began.zh}为 {said.zh}（{source}{doubt.zh}）。",
            f"Parameter {label.en} is {said.en}{began.en} ({source}{doubt.en}).",
        )


def list_changes(decision: Decision) -> list[Change]:
    """Return the nearest changes of one fact that would change the outputs, at most three."""
    engine = decision.table.engine_on(decision.trace.on if decision.trace else None)
    masks = [
        column.mask(value, decision.scope)
        for column, value in zip(engine.columns, decision.inputs, strict=True)
    ]
    found: list[Change] = []
    for place, column in enumerate(engine.columns):
        here = column.atom_of(decision.inputs[place])
        others = (1 << len(engine.spec.rules)) - 1
        for number, mask in enumerate(masks):
            if number != place:
                others &= mask or 0
        found.extend(_moves(decision, engine, place, column.atoms, here, others))
    found.sort(key=lambda change: (change.distance, change.place))
    return found[:MOST_CHANGES]


def _moves(
    decision: Decision,
    engine: Engine,
    place: int,
    atoms: tuple[Atom, ...],
    here: int | None,
    others: int,
) -> Iterable[Change]:
    """Give, on each side of the present value, the nearest stretch with another outcome."""
    outcomes = [
        engine.try_outcome(atom.mask & others, decision.scope) if atom.mask is not None else None
        for atom in atoms
    ]
    ordered = engine.columns[place].kind not in ("string", "boolean")
    start = here if here is not None else 0
    seen: list[Outcome] = [Outcome(decision.outputs, decision.matched)]
    order = sorted(range(len(atoms)), key=lambda number: abs(number - start))
    for number in order:
        outcome = outcomes[number]
        atom = atoms[number]
        if number == here or outcome is None or any(outcome.same_as(other) for other in seen):
            continue
        if not ordered and not atom.point:
            continue
        first = last = number
        while ordered and first > 0 and outcomes[first - 1] == outcome:
            first -= 1
        while ordered and last < len(atoms) - 1 and outcomes[last + 1] == outcome:
            last += 1
        seen.append(outcome)
        condition = _stretch(engine, place, atoms[first], atoms[last])
        if condition is None:
            continue
        yield Change(place, condition, outcome, abs(number - start))


def _stretch(engine: Engine, place: int, first: Atom, last: Atom) -> Words | None:
    low, high = engine.value_of(place, first.low), engine.value_of(place, last.high)
    if first.point and last.point and first.low == last.high:
        return _is(low, True)
    if low is None and high is None:
        return None
    return _between(low, high, first.point, last.point)


def _change_words(change: Change, engine: Engine) -> Words:
    label, outcome = engine.spec.inputs[change.place].label, change.outcome
    by = Words(
        f"适用规则 {'、'.join(outcome.rules)}" if outcome.rules else "没有规则符合",
        f"rule {', '.join(outcome.rules)} would apply" if outcome.rules else "no rule would match",
    )
    result = Words("", "")
    if outcome.outputs is not None:
        said = _outputs_words(outcome.outputs, engine)
        result = Words(f"，结果为：{said.zh}", f": {said.en}")
    return Words(
        f"若{label.zh}{change.condition.zh}，则{by.zh}{result.zh}。",
        f"If {label.en} were {change.condition.en}, {by.en}{result.en}.",
    )


def _nearest_failure(decision: Decision, engine: Engine) -> Iterable[Words]:
    """Name the unmatched rule with the fewest failing cells, and those cells."""
    best: tuple[int, int, list[int]] | None = None
    matched = set(_matched_rows(decision))
    for row in range(len(engine.spec.rules)):
        if row in matched:
            continue
        failing = [
            place
            for place, value in enumerate(decision.inputs)
            if not engine.passes(place, row, value, decision.scope)
        ]
        if failing and (best is None or len(failing) < best[0]):
            best = (len(failing), row, failing)
    if best is None:
        return
    _, row, failing = best
    zh, en = [], []
    for place in failing:
        cell = engine.cells[place][row]
        wanted = cell_words(cell.tree, cell.text, engine.compiler)
        label, said = engine.spec.inputs[place].label, value_words(decision.inputs[place])
        zh.append(f"{label.zh}须{wanted.zh}（现为 {said.zh}）")
        en.append(f"{label.en} must be {wanted.en} (is {said.en})")
    rule = engine.spec.rules[row].id
    yield Words(
        f"规则 {rule} 未适用：{'；'.join(zh)}。", f"Rule {rule} did not apply: {'; '.join(en)}."
    )
