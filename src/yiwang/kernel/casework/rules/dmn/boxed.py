"""盒式表达式: compiles the boxed expressions of DMN into closures, like FEEL itself.

Source: OMG DMN 1.5 clauses 7.3, 8 and 10.2.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from yiwang.kernel.casework.rules.decisions import Decision
from yiwang.kernel.casework.rules.definition import (
    HIT_POLICIES,
    HitPolicy,
    InputSpec,
    OutputSpec,
    RuleSpec,
    TableSpec,
)
from yiwang.kernel.casework.rules.errors import (
    DecisionError,
    FeelError,
    RuleFinding,
    TableError,
    Words,
)
from yiwang.kernel.casework.rules.feel.compiler import Compiler, make_function
from yiwang.kernel.casework.rules.feel.compiler import element as element_at
from yiwang.kernel.casework.rules.feel.lexer import NameIndex
from yiwang.kernel.casework.rules.feel.parser import parse_expression
from yiwang.kernel.casework.rules.feel.scope import Constant, LocalScope, Run, Scope
from yiwang.kernel.casework.rules.feel.types import FeelType
from yiwang.kernel.casework.rules.feel.values import NUMBERS, Callee, as_items
from yiwang.kernel.casework.rules.tables import Table

from .items import ItemTypes
from .xml import Element

NOTHING = Constant(None)
# The decisions of tables met during one evaluation, where somebody asked for them.
RECORDED: ContextVar[list[Decision] | None] = ContextVar("RECORDED", default=None)


@dataclass(slots=True)
class Boxes:
    """Compiles the expressions of one decision, function or service.

    `names` grows by the names that contexts declare; faults go to `findings` and make the part
    null. `tables` keeps the compiled decision tables by the id of their element.
    """

    types: ItemTypes
    names: NameIndex
    findings: list[RuleFinding]
    owner: str
    title: str = ""

    def compile(self, element: Element | None) -> Run:
        """Return the closure of an expression element; null where there is none."""
        if element is None:
            return NOTHING
        builder = _BUILDERS.get(element.tag)
        if builder is None:
            self.report(
                element,
                "expression-kind",
                Words(f"不支持的表达式 {element.tag}", f"unknown expression {element.tag}"),
            )
            return NOTHING
        return self.typed(builder(self, element), element.get("typeRef"))

    def typed(self, run: Run, reference: str) -> Run:
        """Return the closure with its result made to fit a type, null where it does not."""
        wanted = self.types.resolve(reference)
        if wanted is None:
            return run
        fit = wanted.coerce

        def coerced(scope: Scope) -> Any:
            return fit(run(scope))

        return coerced

    def feel(self, element: Element, text: str) -> Run:
        """Return the closure of FEEL text inside an element."""
        if not text.strip():
            return NOTHING
        try:
            tree = parse_expression(text, self.names)
            return Compiler(self.types.named).compile(tree)
        except FeelError as error:
            self.report(element, error.code, Words(str(error), error.reason.en), error.mend)
            return NOTHING

    def report(self, element: Element, code: str, reason: Words, mend: Words | None = None) -> None:
        """Note a fault at the line of an element."""
        self.findings.append(
            RuleFinding(
                f"{self.owner}（第 {element.line} 行）",
                code,
                reason,
                mend or Words("在建模工具中更正", "mend it in the modeller"),
            )
        )


def expression_of(element: Element | None) -> Element | None:
    """Return the child that is an expression, if any."""
    if element is None:
        return None
    return next((child for child in element.children if child.tag in _BUILDERS), None)


def _literal(boxes: Boxes, element: Element) -> Run:
    return boxes.feel(element, element.text_of("text"))


def _context(boxes: Boxes, element: Element) -> Run:
    entries: list[tuple[str, Run]] = []
    result: Run | None = None
    for entry in element.all("contextEntry"):
        variable = entry.first("variable")
        run = boxes.compile(expression_of(entry))
        if variable is None:
            result = run
            continue
        name = variable.get("name")
        entries.append((name, boxes.typed(run, variable.get("typeRef"))))
        boxes.names.add(name)

    def evaluate(scope: Scope) -> Any:
        local = LocalScope(scope)
        for name, run in entries:
            local[name] = run(local)
        return dict(local) if result is None else result(local)

    return evaluate


def _invocation(boxes: Boxes, element: Element) -> Run:
    callee = boxes.compile(expression_of(element))
    bindings: list[tuple[str, Run]] = []
    for binding in element.all("binding"):
        parameter = binding.first("parameter")
        if parameter is not None:
            run = boxes.compile(expression_of(binding))
            bindings.append((parameter.get("name"), boxes.typed(run, parameter.get("typeRef"))))

    def evaluate(scope: Scope) -> Any:
        function = callee(scope)
        if type(function) is not Callee:
            return None
        return function.call_named({name: run(scope) for name, run in bindings})

    return evaluate


def compile_function(
    boxes: Boxes, element: Element, name: str = "", result: str = ""
) -> Callable[[Scope], Callee]:
    """Return what makes the function of a function definition in a scope.

    A function of kind Java or PMML is never run: its result is null.
    """
    parameters: list[tuple[str, FeelType | None]] = []
    for parameter in element.all("formalParameter"):
        boxes.names.add(parameter.get("name"))
        parameters.append((parameter.get("name"), boxes.types.resolve(parameter.get("typeRef"))))
    external = element.get("kind", "FEEL") not in ("", "FEEL")
    body = NOTHING if external else boxes.compile(expression_of(element))
    wanted = boxes.types.resolve(result)

    def make(scope: Scope) -> Callee:
        return make_function(name, parameters, body, scope, wanted)

    return make


def _function(boxes: Boxes, element: Element) -> Run:
    return compile_function(boxes, element)


def _list(boxes: Boxes, element: Element) -> Run:
    runs = [boxes.compile(child) for child in element.children if child.tag in _BUILDERS]

    def evaluate(scope: Scope) -> Any:
        return [run(scope) for run in runs]

    return evaluate


def _relation(boxes: Boxes, element: Element) -> Run:
    columns = [
        (column.get("name"), boxes.types.resolve(column.get("typeRef")))
        for column in element.all("column")
    ]
    rows = [
        [boxes.compile(child) for child in row.children if child.tag in _BUILDERS]
        for row in element.all("row")
    ]

    def evaluate(scope: Scope) -> Any:
        made = []
        for row in rows:
            cells = {}
            for (name, wanted), run in zip(columns, row, strict=False):
                value = run(scope)
                cells[name] = value if wanted is None else wanted.coerce(value)
            made.append(cells)
        return made

    return evaluate


def _child(boxes: Boxes, element: Element, tag: str) -> Run:
    child = element.first(tag)
    run = boxes.compile(expression_of(child))
    return boxes.typed(run, child.get("typeRef")) if child is not None else run


def _conditional(boxes: Boxes, element: Element) -> Run:
    condition, yes, no = (_child(boxes, element, tag) for tag in ("if", "then", "else"))

    def evaluate(scope: Scope) -> Any:
        verdict = condition(scope)
        if verdict is not None and type(verdict) is not bool:
            return None
        return yes(scope) if verdict else no(scope)

    return evaluate


def _for(boxes: Boxes, element: Element) -> Run:
    name = element.get("iteratorVariable")
    source = _child(boxes, element, "in")
    boxes.names.add(name)
    body = _child(boxes, element, "return")
    looks_back = any("partial" in part.text for part in element.descendants())

    def evaluate(scope: Scope) -> Any:
        items = source(scope)
        if items is None:
            return None
        results: list[Any] = []
        for item in as_items(items):
            local = LocalScope(scope, {name: item})
            if looks_back:
                local["partial"] = results.copy()
            results.append(body(local))
        return results

    return evaluate


def _quantified(boxes: Boxes, element: Element) -> Run:
    name, decisive = element.get("iteratorVariable"), element.tag == "some"
    source = _child(boxes, element, "in")
    boxes.names.add(name)
    body = _child(boxes, element, "satisfies")

    def evaluate(scope: Scope) -> Any:
        items = source(scope)
        if items is None:
            return None
        unknown = False
        for item in as_items(items):
            verdict = body(LocalScope(scope, {name: item}))
            if verdict is not None and type(verdict) is not bool:
                return None
            if verdict is decisive:
                return decisive
            unknown = unknown or verdict is None
        return None if unknown else not decisive

    return evaluate


def _filter(boxes: Boxes, element: Element) -> Run:
    source, match = _child(boxes, element, "in"), _child(boxes, element, "match")

    def evaluate(scope: Scope) -> Any:
        items = as_items(source(scope))
        kept = []
        for item in items:
            local = LocalScope(scope, {"item": item})
            if type(item) is dict:
                local.update(item)
            verdict = match(local)
            if type(verdict) in NUMBERS:
                return element_at(items, verdict)
            if verdict is not None and type(verdict) is not bool:
                return None
            if verdict is True:
                kept.append(item)
        return kept

    return evaluate


def read_table(boxes: Boxes, element: Element) -> TableSpec:
    """Return the definition of a decision table."""
    aggregation = element.get("aggregation")
    policy = element.get("hitPolicy") or "UNIQUE"
    hit_policy = HIT_POLICIES.get(f"{policy} {aggregation}".strip(), HitPolicy.UNIQUE)
    inputs = []
    for number, item in enumerate(element.all("input")):
        expression = item.first("inputExpression")
        allowed = item.first("inputValues")
        text = expression.text_of("text") if expression is not None else ""
        label = item.get("label") or text or f"input {number + 1}"
        inputs.append(
            InputSpec(
                label,
                text,
                Words(label, label),
                boxes.types.resolve(expression.get("typeRef")) if expression is not None else None,
                allowed.text_of("text") if allowed is not None else "",
            )
        )
    outputs = []
    for number, item in enumerate(element.all("output")):
        values, default = item.first("outputValues"), item.first("defaultOutputEntry")
        name = item.get("name") or (f"output {number + 1}" if number else "")
        label = item.get("label") or name or element.get("outputLabel") or boxes.title
        outputs.append(
            OutputSpec(
                name,
                Words(label, label),
                boxes.types.resolve(item.get("typeRef")),
                values.text_of("text") if values is not None else "",
                default.text_of("text") if default is not None else None,
            )
        )
    headings = [item.get("name") for item in element.all("annotation")]
    rules = []
    for number, rule in enumerate(element.all("rule")):
        notes = [entry.text_of("text") for entry in rule.all("annotationEntry")]
        rules.append(
            RuleSpec(
                rule.get("label") or rule.get("id") or str(number + 1),
                tuple(entry.text_of("text") for entry in rule.all("inputEntry")),
                tuple(entry.text_of("text") for entry in rule.all("outputEntry")),
                annotations=tuple(
                    (heading, note) for heading, note in zip(headings, notes, strict=False) if note
                ),
            )
        )
    return TableSpec(
        element.get("id") or boxes.owner,
        Words(boxes.title, boxes.title),
        hit_policy,
        tuple(inputs),
        tuple(outputs),
        tuple(rules),
    )


def _table(boxes: Boxes, element: Element) -> Run:
    spec = read_table(boxes, element)
    try:
        table = Table(spec, names=boxes.names, types=boxes.types.named, scoped=True)
    except TableError as error:
        boxes.findings.extend(error.findings)
        return NOTHING
    single = len(spec.outputs) == 1
    several = spec.hit_policy in (
        HitPolicy.RULE_ORDER,
        HitPolicy.OUTPUT_ORDER,
        HitPolicy.COLLECT,
    )
    name = spec.outputs[0].name if spec.outputs else ""

    def evaluate(scope: Scope) -> Any:
        steps = RECORDED.get()
        try:
            decision = table.decide(scope, trace=steps is not None)
        except DecisionError:
            return None
        if steps is not None:
            steps.append(decision)
        if several and not decision.defaulted:
            return [row[name] if single else row for row in decision.rows]
        if not decision.outputs:
            return None
        outputs = decision.rows[0] if several else decision.outputs
        return outputs[name] if single else outputs

    return evaluate


_BUILDERS: dict[str, Callable[[Boxes, Element], Run]] = {
    "literalExpression": _literal,
    "decisionTable": _table,
    "context": _context,
    "invocation": _invocation,
    "functionDefinition": _function,
    "list": _list,
    "relation": _relation,
    "conditional": _conditional,
    "for": _for,
    "some": _quantified,
    "every": _quantified,
    "filter": _filter,
}
