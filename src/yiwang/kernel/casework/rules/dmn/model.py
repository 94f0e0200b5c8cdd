"""决策需求图: a DMN model: decisions, the data and knowledge they need, services, imports."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from yiwang.kernel.casework.rules.decisions import Decision
from yiwang.kernel.casework.rules.errors import DmnError, FeelError, RuleFinding, RulesError, Words
from yiwang.kernel.casework.rules.feel.compiler import make_function
from yiwang.kernel.casework.rules.feel.lexer import NameIndex
from yiwang.kernel.casework.rules.feel.scope import LocalScope, Run, Scope
from yiwang.kernel.casework.rules.feel.types import FeelType
from yiwang.kernel.casework.rules.feel.values import Callee, enter, leave

from .boxed import RECORDED, Boxes, compile_function, expression_of
from .items import ItemTypes
from .xml import Element, read_xml

NAMESPACES = frozenset(
    {
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
    }
)
MAX_IMPORTS = 20
Resolve = Callable[[str, str], "bytes | str | None"]
Inputs = Mapping[Any, Any]


@dataclass(slots=True, eq=False)
class Node:
    """An element of the requirements graph.

    `kind` is the tag; `model` the one it is defined in; `needs` the nodes it requires with the
    name of the import they come by ("" for its own model).
    """

    kind: str
    name: str
    element: Element
    model: Model
    type: FeelType | None = None
    needs: list[tuple[str, Node]] = field(default_factory=list)
    run: Run | None = None
    make: Callable[[Scope], Callee] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The value of a decision, with the decisions of all tables that were asked on the way."""

    value: Any
    steps: tuple[Decision, ...]


class Model:
    """A loaded model. `findings` are the faults of parts that are therefore null."""

    def __init__(
        self, root: Element, imports: Mapping[str, Model], findings: list[RuleFinding]
    ) -> None:
        self.name = root.get("name")
        self.namespace = root.get("namespace")
        self.findings = findings
        self.imports = dict(imports)
        self._root = root
        definitions = {item.get("name"): item for item in root.all("itemDefinition")}
        imported_types = {prefix: model.types for prefix, model in imports.items()}
        self.types: ItemTypes = ItemTypes(definitions, imported_types, self._report_type)
        self.nodes: dict[str, Node] = {}
        self._by_name: dict[tuple[str, str], Node] = {}
        for element in root.children:
            if element.tag in _KINDS:
                self._add(element)
        for node in self.nodes.values():
            self._link(node)
        for node in self.nodes.values():
            _check_cycle(node, [])
        for node in self.nodes.values():
            self._compile(node)

    def evaluate(self, name: str, inputs: Inputs) -> Any:
        """Return the value of a decision as a Python value, None where it has none.

        `inputs` are by name; data of an imported model may be given as (namespace, name).
        :raises DmnError: there is no such decision.
        """
        node = self._node("decision", name)
        return leave(Evaluation(inputs).value(node))

    def evaluate_service(self, name: str, inputs: Inputs) -> Any:
        """Return the output of a decision service, a dict by decision when it has several.

        `inputs` may give values of its input decisions as well.
        :raises DmnError: there is no such service.
        """
        node = self._node("decisionService", name)
        function = Evaluation({}).function(node)
        given = {}
        for need in service_inputs(node):
            given[need.name] = _input_value(inputs, need)
        return leave(function.call_named(given))

    def decide(self, name: str, inputs: Inputs) -> Outcome:
        """Return the value of a decision with the traced decisions of its tables.

        :raises DmnError: there is no such decision.
        """
        steps: list[Decision] = []
        token = RECORDED.set(steps)
        try:
            value = self.evaluate(name, inputs)
        finally:
            RECORDED.reset(token)
        return Outcome(value, tuple(steps))

    def list_decisions(self) -> list[str]:
        """Return the names of the decisions."""
        return [node.name for node in self.nodes.values() if node.kind == "decision"]

    def _node(self, kind: str, name: str) -> Node:
        node = self._by_name.get((kind, name))
        if node is None:
            known = [node.name for node in self.nodes.values() if node.kind == kind]
            raise DmnError(
                "decision-unknown",
                Words(f"模型中没有“{name}”", f'there is no "{name}" in the model'),
                Words(f"可用：{'、'.join(known)}", f"there are: {', '.join(known)}"),
            )
        return node

    def _add(self, element: Element) -> None:
        name = element.get("name")
        node = Node(element.tag, name, element, self)
        variable = element.first("variable")
        if variable is not None:
            node.type = self.types.resolve(variable.get("typeRef"))
        self.nodes[element.get("id") or f"{element.tag} {name}"] = node
        self._by_name[element.tag, name] = node

    def _link(self, node: Node) -> None:
        references = [
            link.get("href")
            for requirement in node.element.children
            if requirement.tag in ("informationRequirement", "knowledgeRequirement")
            for link in requirement.children
            if link.tag in ("requiredInput", "requiredDecision", "requiredKnowledge")
        ]
        references += [
            link.get("href") for link in node.element.children if link.tag in _SERVICE_LINKS
        ]
        for reference in references:
            found = self.find(reference)
            if found is None:
                self.findings.append(
                    RuleFinding(
                        f"{node.name}（第 {node.element.line} 行）",
                        "reference",
                        Words(f"引用 {reference} 不存在", f"{reference} refers to nothing"),
                        Words("补上被引用的元素或导入", "add the element or the import"),
                    )
                )
            else:
                node.needs.append(found)

    def find(self, reference: str) -> tuple[str, Node] | None:
        """Return the element an href names, with the name of the import it comes by."""
        namespace, _, key = reference.rpartition("#")
        if not namespace or namespace == self.namespace:
            node = self.nodes.get(key)
            return ("", node) if node is not None else None
        for prefix, model in self.imports.items():
            if model.namespace == namespace and key in model.nodes:
                return prefix, model.nodes[key]
        return None

    def _compile(self, node: Node) -> None:
        boxes = Boxes(self.types, self._names(node), self.findings, node.name, node.name)
        if node.kind == "decision":
            expression = expression_of(node.element)
            if expression is not None:
                node.run = boxes.compile(expression)
        elif node.kind == "businessKnowledgeModel":
            logic = node.element.first("encapsulatedLogic")
            if logic is not None:
                node.make = compile_function(boxes, logic, node.name, logic.get("typeRef"))

    def _names(self, node: Node) -> NameIndex:
        """Return the names an element may use: those it needs, and the fields of all types."""
        names = NameIndex()
        for prefix, need in node.needs:
            names.add(need.name)
            if prefix:
                names.add(prefix)
        for model in (self, *self.imports.values()):
            for definition in model._root.all("itemDefinition"):
                for part in _components(definition):
                    names.add(part.get("name"))
        return names

    def _report_type(self, element: Element, error: FeelError) -> None:
        self.findings.append(
            RuleFinding(
                f"itemDefinition（第 {element.line} 行）",
                error.code,
                Words(str(error), error.reason.en),
                error.mend,
            )
        )


_KINDS = frozenset({"inputData", "decision", "businessKnowledgeModel", "decisionService"})
_SERVICE_LINKS = ("outputDecision", "encapsulatedDecision", "inputDecision", "inputData")


def _components(element: Element) -> Iterator[Element]:
    for component in element.all("itemComponent"):
        yield component
        yield from _components(component)


def _check_cycle(node: Node, path: list[Node]) -> None:
    """Refuse decisions that need themselves; functions may call themselves."""
    if node.kind != "decision":
        return
    if node in path:
        shown = " → ".join(part.name for part in (*path[path.index(node) :], node))
        raise DmnError(
            "cycle",
            Words(f"决策相互依赖成环：{shown}", f"decisions need each other in a circle: {shown}"),
            Words("去掉其中一个需求", "remove one of the requirements"),
        )
    for _, need in node.needs:
        _check_cycle(need, [*path, node])


def service_inputs(node: Node) -> list[Node]:
    """Return the parameters of a decision service: input data, then input decisions."""
    found: list[Node] = []
    for tag in ("inputData", "inputDecision"):
        for link in node.element.all(tag):
            reference = node.model.find(link.get("href"))
            if reference is not None:
                found.append(reference[1])
    return found


def _input_value(inputs: Inputs, node: Node) -> Any:
    """Return the value given for input data, made to fit its type; null where it does not."""
    value = inputs.get((node.model.namespace, node.name), inputs.get(node.name))
    entered = enter(value)
    return entered if node.type is None else node.type.coerce(entered)


class Evaluation:
    """One run of a model: each decision is worked out once.

    `given` replaces the values of nodes, as the parameters of a decision service do.
    """

    def __init__(self, inputs: Inputs, given: Mapping[Node, Any] | None = None) -> None:
        self._inputs = inputs
        self._values: dict[Node, Any] = dict(given or {})

    def value(self, node: Node) -> Any:
        """Return the FEEL value of input data or a decision, or the function of knowledge."""
        if node in self._values:
            return self._values[node]
        if node.kind == "inputData":
            value = _input_value(self._inputs, node)
        elif node.kind == "decision":
            value = self._decision(node)
        else:
            value = self.function(node)
        self._values[node] = value
        return value

    def _decision(self, node: Node) -> Any:
        if node.run is None:
            return _input_value(self._inputs, node)
        try:
            value = node.run(self._scope(node))
        except RecursionError as error:
            raise RulesError(
                "recursion",
                Words(
                    f"决策“{node.name}”没有尽头地调用自己", f'"{node.name}" calls itself forever'
                ),
                Words("为递归加上终止条件", "give the recursion a condition that ends it"),
            ) from error
        return value if node.type is None else node.type.coerce(value)

    def _scope(self, node: Node) -> dict[str, Any]:
        scope: dict[str, Any] = {}
        for prefix, need in node.needs:
            if prefix:
                scope.setdefault(prefix, {})[need.name] = self.value(need)
            else:
                scope[need.name] = self.value(need)
        return scope

    def function(self, node: Node) -> Callee:
        """Return the function of a business knowledge model or decision service."""
        if node.kind == "decisionService":
            return self._service(node)
        if node.make is None:
            return make_function(node.name, [], lambda scope: None, {})
        # The function may need itself, so it is bound into its own scope after it is made.
        scope = LocalScope({})
        made = node.make(scope)
        self._values[node] = made
        scope[node.name] = made
        for prefix, need in node.needs:
            if prefix:
                scope.setdefault(prefix, {})[need.name] = self.value(need)
            else:
                scope[need.name] = self.value(need)
        return made

    def _service(self, node: Node) -> Callee:
        parameters = service_inputs(node)
        outputs: list[Node] = []
        for link in node.element.all("outputDecision"):
            reference = node.model.find(link.get("href"))
            if reference is not None:
                outputs.append(reference[1])

        def run(scope: Scope) -> Any:
            given = {need: scope[need.name] for need in parameters}
            inner = Evaluation({}, given)
            if len(outputs) == 1:
                return inner.value(outputs[0])
            return {output.name: inner.value(output) for output in outputs}

        pairs = [(need.name, need.type) for need in parameters]
        return make_function(node.name, pairs, run, {}, _result_type(node))


def _result_type(node: Node) -> FeelType | None:
    wanted = node.type
    if wanted is not None and wanted.kind == "function":
        return wanted.result
    return wanted


def load(source: bytes | str, resolve: Resolve | None = None, *, strict: bool = True) -> Model:
    """Return the model in a DMN file.

    `resolve(namespace, location)` gives the files of imported models. With `strict` every text
    has to be FEEL; without it faulty parts are null and listed in `findings`.
    :raises DmnError: not DMN, an import that is not found or is circular, decisions in a circle.
    """
    return _load(source, resolve, strict, ())


def _load(
    source: bytes | str, resolve: Resolve | None, strict: bool, path: tuple[str, ...]
) -> Model:
    root = read_xml(source)
    if root.tag != "definitions" or root.namespace not in NAMESPACES:
        raise DmnError(
            "not-dmn",
            Words("不是 DMN 1.1 至 1.5 的模型", "not a model of DMN 1.1 to 1.5"),
            Words("导出为 DMN 1.3 或更新的格式", "export it as DMN 1.3 or later"),
        )
    imports: dict[str, Model] = {}
    for element in root.all("import"):
        if element.get("importType") not in NAMESPACES:
            continue
        namespace = element.get("namespace")
        if namespace in path or len(path) >= MAX_IMPORTS:
            raise DmnError(
                "import-circle",
                Words(f"模型循环导入 {namespace}", f"models import each other: {namespace}"),
                Words("去掉其中一个导入", "remove one of the imports"),
            )
        found = resolve(namespace, element.get("locationURI")) if resolve is not None else None
        if found is None:
            raise DmnError(
                "import-missing",
                Words(
                    f"找不到导入的模型 {namespace}", f"the imported model {namespace} is missing"
                ),
                Words("把该模型放进同一包", "put that model into the same pack"),
            )
        key = root.get("namespace")
        imports[element.get("name")] = _load(found, resolve, strict, (*path, key))
    findings: list[RuleFinding] = []
    model = Model(root, imports, findings)
    if strict and findings:
        first = findings[0]
        raise DmnError(
            "model-invalid",
            Words(
                f"模型有 {len(findings)} 处错误，首处 {first.path}：{first.reason.zh}",
                f"the model has {len(findings)} errors, first at {first.path}: {first.reason.en}",
            ),
            first.mend,
            findings=findings,
        )
    return model
