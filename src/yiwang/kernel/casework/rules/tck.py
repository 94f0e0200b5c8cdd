"""兼容性测试: runs the DMN Technology Compatibility Kit against the rules engine.

    ./yiwang rules tck DIR

prints one JSON line per level with the failing cases, then a table (on the error stream, so that
the lines can be read by a program). The kit is not part of this project; its folders hold models
(.dmn) and expected results (.xml). One result node counts as one assertion.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from .dmn.model import Model, load
from .dmn.xml import Element, read_xml
from .errors import RulesError
from .feel import temporal
from .feel.builtins.conversion import to_text
from .feel.values import DECIMAL, NUMBERS, enter

# The kit gives numbers to about 14 digits.
_TOLERANCE = Decimal("1e-8")
_PREFIX = "compliance-level-"


@dataclass(slots=True)
class LevelResult:
    """Result of one level: `failing` lists folder, case, node and what came instead."""

    level: int
    passed: int = 0
    total: int = 0
    failing: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Return the passed share, 0 to 1."""
        return self.passed / self.total if self.total else 0.0


def run_tck(directory: Path) -> list[LevelResult]:
    """Return the result of every level below `directory`.

    :raises FileNotFoundError: no folder of a level is there.
    """
    folders = sorted(directory.glob(f"{_PREFIX}*"))
    if not folders:
        raise FileNotFoundError(f"no {_PREFIX}* folder in {directory}")
    results = []
    for level_folder in folders:
        result = LevelResult(int(level_folder.name.removeprefix(_PREFIX)))
        for folder in sorted(path for path in level_folder.iterdir() if path.is_dir()):
            for name, fault in run_folder(folder):
                result.total += 1
                if fault is None:
                    result.passed += 1
                else:
                    result.failing.append(f"{folder.name}/{name}: {fault}")
        results.append(result)
    return results


def run_folder(folder: Path) -> Iterator[tuple[str, str | None]]:
    """Give each assertion of a test folder with its fault, None when it passes."""
    for path in sorted(folder.glob("*.xml")):
        root = read_xml(path.read_bytes())
        if root.tag != "testCases":
            continue
        model_path = folder / root.text_of("modelName")
        try:
            model: Model | None = load(
                model_path.read_bytes(), lambda space, _: _find_model(folder, space), strict=False
            )
            reason = ""
        except RulesError as error:
            model, reason = None, str(error)
        for case in root.all("testCase"):
            for node in case.all("resultNode"):
                name = f"{case.get('id')}/{node.get('name')}"
                if model is None:
                    yield name, f"model: {reason}"
                else:
                    yield name, _judge(model, case, node)


def _find_model(folder: Path, namespace: str) -> bytes | None:
    for path in sorted(folder.glob("*.dmn")):
        data = path.read_bytes()
        if read_xml(data).get("namespace") == namespace:
            return data
    return None


def _judge(model: Model, case: Element, node: Element) -> str | None:
    inputs: dict[Any, Any] = {}
    for item in case.all("inputNode"):
        key: Any = item.get("name")
        if item.get("namespace"):
            key = (item.get("namespace"), key)
        inputs[key] = _value(item)
    expected_element = node.first("expected")
    expected = _value(expected_element) if expected_element is not None else None
    kind, name = case.get("type", "decision"), node.get("name")
    try:
        if kind == "decisionService":
            actual = model.evaluate_service(case.get("invocableName"), inputs)
            if isinstance(actual, dict) and name in actual and name in _outputs(case):
                actual = actual[name] if len(_outputs(case)) > 1 else actual
        else:
            actual = model.evaluate(name, inputs)
    except RulesError as error:
        return f"raised {error}"
    found = enter(actual)
    if _matches(expected, found):
        return None
    return f"expected {to_text(expected, nested=True)}, got {to_text(found, nested=True)}"


def _outputs(case: Element) -> list[str]:
    return [node.get("name") for node in case.all("resultNode")]


def _matches(expected: Any, actual: Any) -> bool:
    if type(expected) in NUMBERS and type(actual) in NUMBERS:
        distance = abs(DECIMAL.subtract(expected, actual))
        return bool(distance <= _TOLERANCE * max(abs(expected), 1))
    if isinstance(expected, dict) and isinstance(actual, dict):
        return expected.keys() == actual.keys() and all(
            _matches(value, actual[key]) for key, value in expected.items()
        )
    if type(expected) is list and type(actual) is list:
        return len(expected) == len(actual) and all(
            _matches(a, b) for a, b in zip(expected, actual, strict=True)
        )
    return type(expected) is type(actual) and bool(expected == actual)


def _value(element: Element) -> Any:
    """Return the FEEL value an input, component, item or expectation holds."""
    components = list(element.all("component"))
    if components:
        return {part.get("name"): _value(part) for part in components}
    items = element.first("list")
    if items is not None:
        return [_value(item) for item in items.all("item")]
    value = element.first("value")
    if value is None or value.get("nil") == "true":
        return None
    return _parsed(value.text, value.get("type").rpartition(":")[2])


def _parsed(text: str, kind: str) -> Any:
    if kind in ("decimal", "double", "float", "integer", "int", "long"):
        return DECIMAL.create_decimal(text.strip())
    if kind == "boolean":
        return text.strip() == "true"
    if kind in ("date", "time", "dateTime", "duration", "dayTimeDuration", "yearMonthDuration"):
        return temporal.parse_temporal(text.strip())
    return text


def table_of(results: list[LevelResult]) -> str:
    """Return the results as a table for people: a row a level, then the cases that fail."""
    lines = ["level    passed     total   share"]
    lines += [
        f"{result.level:>5} {result.passed:>9} {result.total:>9} {result.share:>7.2%}"
        for result in results
    ]
    lines += [f"  level {result.level}: {case}" for result in results for case in result.failing]
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Run the kit in the folder given; 0 when it could be run, 2 when it is not there."""
    if len(arguments) != 1:
        sys.stderr.write("用法 usage: ./yiwang rules tck DIR\n")
        return 2
    try:
        results = run_tck(Path(arguments[0]))
    except FileNotFoundError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for result in results:
        line = {
            "level": result.level,
            "passed": result.passed,
            "total": result.total,
            "failing": result.failing,
        }
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()
    sys.stderr.write(table_of(results))
    return 0
