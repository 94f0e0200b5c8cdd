"""DMN 导出: writes a decision table as DMN XML with its diagram (DMNDI).

The file says everything a DMN tool needs to decide the same: each fact is input data, and dated
parameters are a decision of their own, `parameters`, that looks at the input `decision date`.
Legal sources and notes become annotation columns. Source: OMG DMN 1.5 clauses 6.3, 8.3 and 13.
"""

from __future__ import annotations

import datetime as py
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

from yiwang.kernel.casework.rules.definition import HitPolicy, Parameter, RuleSpec
from yiwang.kernel.casework.rules.feel.builtins.conversion import to_text
from yiwang.kernel.casework.rules.feel.names import free_paths
from yiwang.kernel.casework.rules.feel.temporal import Date, DateTime, DaysTime, Time, YearsMonths
from yiwang.kernel.casework.rules.feel.types import SIMPLE_TYPES, FeelType
from yiwang.kernel.casework.rules.feel.values import enter
from yiwang.kernel.casework.rules.tables import Table
from yiwang.kernel.casework.rules.tracing import PARAMETERS

__all__ = ["DECISION_DATE", "EDITIONS", "SOURCE", "export_table", "feel_literal"]

DECISION_DATE = "decision date"
SOURCE = "依据 source"
NOTE_ZH, NOTE_EN = "说明", "note"
_DD = "http://www.omg.org/spec/DMN/20180521"
# Edition -> namespaces of model and diagram. Many tools still read no later one than 1.3.
EDITIONS = {
    "1.3": (
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/DMNDI/",
    ),
    "1.5": (
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/DMNDI/",
    ),
}
_AGGREGATIONS = {
    HitPolicy.COLLECT_SUM: "SUM",
    HitPolicy.COLLECT_MIN: "MIN",
    HitPolicy.COLLECT_MAX: "MAX",
    HitPolicy.COLLECT_COUNT: "COUNT",
}
# XML allows Chinese here, the modellers do not.
_NOT_ID = re.compile(r"[^A-Za-z0-9_.-]+")
# XML 1.0 has no way to write these, escaped or not.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_PLAIN_NAME = re.compile(r"[^\W\d]\w*\Z")
_WIDTH, _HEIGHT, _GAP = 180, 60, 60


def export_table(table: Table, *, edition: str = "1.5") -> bytes:
    """Return a table as a DMN file; `edition` is 1.5, or 1.3 for tools that read no later one.

    :raises KeyError: an edition that is not written.
    """
    tree = _Writer(table, *EDITIONS[edition]).definitions()
    ET.indent(tree)
    text: str = ET.tostring(tree, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def feel_literal(value: Any) -> str:
    """Return a Python or FEEL value as the FEEL text that stands for it."""
    entered = enter(value)
    if isinstance(entered, (Date, DateTime, Time, DaysTime, YearsMonths)):
        return f'@"{entered}"'
    if isinstance(entered, list):
        return "[" + ", ".join(feel_literal(item) for item in entered) + "]"
    if isinstance(entered, dict):
        entries = (f"{to_text(k, nested=True)}: {feel_literal(v)}" for k, v in entered.items())
        return "{" + ", ".join(entries) + "}"
    return to_text(entered, nested=True)


def name_of(table: Table) -> str:
    """Return the name of the decision: the title where it is a plain name, else the key."""
    title = table.spec.title.zh
    return title if _PLAIN_NAME.match(title) and title not in _roots(table) else table.key


def _roots(table: Table) -> list[str]:
    return sorted({trail[0] for _, tree in table.parsed.places() for trail in free_paths(tree)})


@dataclass(slots=True)
class _Shape:
    id: str
    x: int
    y: int


class _Writer:
    """Writes one table; ids are made from keys and made different where they would clash."""

    def __init__(self, table: Table, model: str, diagram: str) -> None:
        self.table = table
        self.spec = table.spec
        self.model = model
        self.diagram = diagram
        self.ids: set[str] = set()

    def id(self, wanted: str) -> str:
        base = _NOT_ID.sub("_", wanted)
        base = base if base[:1].isalpha() or base[:1] == "_" else f"_{base}"
        found, number = base, 2
        while found in self.ids:
            found, number = f"{base}_{number}", number + 1
        self.ids.add(found)
        return found

    def definitions(self) -> ET.Element:
        root = ET.Element(
            "definitions",
            {
                "xmlns": self.model,
                "xmlns:dmndi": self.diagram,
                "xmlns:dc": f"{_DD}/DC/",
                "xmlns:di": f"{_DD}/DI/",
                "id": self.id(f"definitions_{self.spec.key}"),
                "name": _clean(self.spec.title.zh),
                "namespace": f"urn:yiwang:rules:{self.spec.key}",
                "exporter": "Yiwang",
            },
        )
        if self.table.version:
            root.set("exporterVersion", _clean(self.table.version))
        roots = _roots(self.table)
        facts = {name: self.id(f"input_{name}") for name in roots if name != PARAMETERS}
        dated = bool(self.spec.parameters)
        for name, key in facts.items():
            self.input_data(root, key, name, "Any")
        main = self.id(f"decision_{self.spec.key}")
        date_id = parameters_id = ""
        if dated:
            date_id, parameters_id = self.id("input_decision_date"), self.id("decision_parameters")
            self.input_data(root, date_id, DECISION_DATE, "date")
            self.parameters(root, parameters_id, date_id)
        self.decision(root, main, facts, parameters_id)
        self.picture(root, main, list(facts.values()), date_id, parameters_id)
        return root

    def input_data(self, root: ET.Element, key: str, name: str, kind: str) -> None:
        made = ET.SubElement(root, "inputData", {"id": key, "name": name})
        self.variable(made, name, kind)

    def variable(self, parent: ET.Element, name: str, kind: str) -> None:
        key = self.id(f"variable_{parent.get('id')}")
        ET.SubElement(parent, "variable", {"id": key, "name": name, "typeRef": kind})

    def requirement(self, parent: ET.Element, target: str, tag: str) -> None:
        made = ET.SubElement(
            parent, "informationRequirement", {"id": self.id(f"needs_{parent.get('id')}_{target}")}
        )
        ET.SubElement(made, tag, {"href": f"#{target}"})

    def parameters(self, root: ET.Element, key: str, date_id: str) -> None:
        made = ET.SubElement(root, "decision", {"id": key, "name": PARAMETERS})
        self.variable(made, PARAMETERS, "Any")
        self.requirement(made, date_id, "requiredInput")
        context = ET.SubElement(made, "context", {"id": self.id("parameters_context")})
        for parameter in self.spec.parameters:
            entry = ET.SubElement(context, "contextEntry", {"id": self.id("entry")})
            self.variable(entry, parameter.name, "Any")
            literal = ET.SubElement(entry, "literalExpression", {"id": self.id("literal")})
            _text(literal, _dated(parameter))

    def decision(
        self, root: ET.Element, key: str, facts: dict[str, str], parameters_id: str
    ) -> None:
        name = name_of(self.table)
        made = ET.SubElement(root, "decision", {"id": key, "name": name})
        self.variable(made, name, "Any")
        for target in facts.values():
            self.requirement(made, target, "requiredInput")
        if parameters_id:
            self.requirement(made, parameters_id, "requiredDecision")
        policy = self.spec.hit_policy
        aggregation = _AGGREGATIONS.get(policy)
        table = ET.SubElement(
            made,
            "decisionTable",
            {
                "id": self.id(f"table_{self.spec.key}"),
                "hitPolicy": "COLLECT" if aggregation else policy.value,
            },
        )
        if aggregation:
            table.set("aggregation", aggregation)
        for item in self.spec.inputs:
            column = ET.SubElement(
                table, "input", {"id": self.id(f"in_{item.name}"), "label": _clean(item.label.zh)}
            )
            expression = ET.SubElement(
                column, "inputExpression", {"id": self.id(f"expression_{item.name}")}
            )
            _typed(expression, item.type)
            _text(expression, item.expression)
            if item.allowed:
                values = ET.SubElement(column, "inputValues", {"id": self.id("values")})
                _text(values, item.allowed)
        for output in self.spec.outputs:
            column = ET.SubElement(
                table,
                "output",
                {"id": self.id(f"out_{output.name}"), "label": _clean(output.label.zh)},
            )
            if output.name:
                column.set("name", output.name)
            _typed(column, output.type)
            if output.values:
                values = ET.SubElement(column, "outputValues", {"id": self.id("values")})
                _text(values, output.values)
            if output.default is not None:
                default = ET.SubElement(column, "defaultOutputEntry", {"id": self.id("default")})
                _text(default, output.default)
        headings = list(dict.fromkeys(h for rule in self.spec.rules for h, _ in _notes(rule)))
        for heading in headings:
            ET.SubElement(table, "annotation", {"name": heading})
        for rule in self.spec.rules:
            self.rule(table, rule, headings)

    def rule(self, table: ET.Element, rule: RuleSpec, headings: list[str]) -> None:
        made = ET.SubElement(
            table, "rule", {"id": self.id(f"rule_{rule.id}"), "label": _clean(rule.id)}
        )
        for text in rule.when:
            _text(ET.SubElement(made, "inputEntry", {"id": self.id("when")}), text or "-")
        for text in rule.then:
            _text(ET.SubElement(made, "outputEntry", {"id": self.id("then")}), text)
        notes = dict(_notes(rule))
        for heading in headings:
            _text(ET.SubElement(made, "annotationEntry"), notes.get(heading, ""))

    # -- the diagram: facts below, what is decided from them above

    def picture(
        self, root: ET.Element, main: str, facts: list[str], date_id: str, parameters_id: str
    ) -> None:
        frame = ET.SubElement(root, "dmndi:DMNDI")
        drawn = ET.SubElement(
            frame, "dmndi:DMNDiagram", {"id": self.id("diagram"), "name": _clean(self.spec.key)}
        )
        columns = len(facts) + bool(date_id)
        middle = max(columns - 1, 0) * (_WIDTH + _GAP) // 2
        top = _Shape(main, 60 + middle, 60)
        bottom = 60 + 2 * (_HEIGHT + _GAP)
        shapes = [_Shape(k, 60 + n * (_WIDTH + _GAP), bottom) for n, k in enumerate(facts)]
        edges = [(shape, top) for shape in shapes]
        shapes.append(top)
        if date_id:
            x = 60 + len(facts) * (_WIDTH + _GAP)
            day = _Shape(date_id, x, bottom)
            law = _Shape(parameters_id, x, 60 + _HEIGHT + _GAP)
            shapes += [day, law]
            edges += [(day, law), (law, top)]
        for shape in shapes:
            made = ET.SubElement(
                drawn,
                "dmndi:DMNShape",
                {"id": self.id(f"shape_{shape.id}"), "dmnElementRef": shape.id},
            )
            ET.SubElement(
                made,
                "dc:Bounds",
                {
                    "height": str(_HEIGHT),
                    "width": str(_WIDTH),
                    "x": str(shape.x),
                    "y": str(shape.y),
                },
            )
        needs = {
            link.get("href", "").removeprefix("#"): requirement.get("id", "")
            for requirement in root.iter("informationRequirement")
            for link in requirement
        }
        for source, target in edges:
            line = ET.SubElement(
                drawn,
                "dmndi:DMNEdge",
                {"id": self.id(f"edge_{source.id}"), "dmnElementRef": needs[source.id]},
            )
            for x, y in (
                (source.x + _WIDTH // 2, source.y),
                (target.x + _WIDTH // 2, target.y + _HEIGHT),
            ):
                ET.SubElement(line, "di:waypoint", {"x": str(x), "y": str(y)})


def _notes(rule: RuleSpec) -> Iterator[tuple[str, str]]:
    for heading, text in (
        (SOURCE, rule.source),
        (NOTE_ZH, rule.note.zh),
        (NOTE_EN, rule.note.en),
        *rule.annotations,
    ):
        if text:
            yield heading, text


def _dated(parameter: Parameter) -> str:
    """Return the value of a parameter by date as FEEL: the one that began last comes first."""
    values = sorted(parameter.values, key=lambda v: v.valid_from or py.date.min, reverse=True)
    text = "null"
    for value in reversed(values):
        conditions = []
        if value.valid_from is not None:
            conditions.append(f'{DECISION_DATE} >= @"{value.valid_from.isoformat()}"')
        if value.valid_to is not None:
            conditions.append(f'{DECISION_DATE} <= @"{value.valid_to.isoformat()}"')
        condition = " and ".join(conditions) or "true"
        text = f"if {condition} then {feel_literal(value.value)} else {text}"
    return text


def _typed(element: ET.Element, kind: FeelType | None) -> None:
    """Name a plain type; a list or a context needs a definition and is left open."""
    if kind is not None and kind.kind in SIMPLE_TYPES and kind.allowed is None:
        element.set("typeRef", kind.kind)


def _text(parent: ET.Element, text: str) -> None:
    ET.SubElement(parent, "text").text = _clean(text)


def _clean(text: str) -> str:
    """Leave out what XML cannot hold; FEEL writes such characters as escapes anyway."""
    return _NOT_XML.sub("", text)
