"""DMN export: valid by the schema of DMN 1.5, read by other tools, and deciding the same."""

from __future__ import annotations

import datetime as py
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from yiwang.kernel.casework.rules import command
from yiwang.kernel.casework.rules.definition import HitPolicy
from yiwang.kernel.casework.rules.dmn.boxed import Boxes, read_table
from yiwang.kernel.casework.rules.dmn.export import (
    DECISION_DATE,
    export_table,
    feel_literal,
    name_of,
)
from yiwang.kernel.casework.rules.dmn.items import ItemTypes
from yiwang.kernel.casework.rules.dmn.model import load
from yiwang.kernel.casework.rules.dmn.xml import read_xml
from yiwang.kernel.casework.rules.errors import DecisionError
from yiwang.kernel.casework.rules.feel.lexer import NameIndex
from yiwang.kernel.casework.rules.tables import Table
from yiwang.kernel.casework.rules.tests.samples import approval, table
from yiwang.kernel.casework.rules.yaml_tables import compile_table

ROOT = Path(__file__).resolve().parents[6]
PACKED = sorted(
    path for path in ROOT.glob("packs/*/rules/*.yaml") if not path.name.endswith(".cases.yaml")
)
SCHEMA = (
    ROOT / "node_modules/@kie-tools/dmn-marshaller/src/schemas/dmn-1_5/DMN15.xsd"  # the OMG's own
)
LISTS = (HitPolicy.COLLECT, HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER)
ROWS: list[dict[str, Any]] = [
    {"id": "low", "when": ["< 10"], "then": [1], "source": "样例法 第一条", "note_zh": "低 <&>"},
    {"id": "middle", "when": ["[5..20]"], "then": [2]},
    {"id": "high", "when": ["> 15"], "then": [3], "note_en": "high"},
]


def read_pack_table(path: Path) -> Table:
    return compile_table(yaml.safe_load(path.read_bytes()), version="1.0.0")


def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMA))


def outcome(made: Table, facts: dict[str, Any], on: py.date) -> Any:
    """Return what a table gives, as DMN gives it: one value, a list, or null."""
    try:
        decision = made.decide(facts, on=on)
    except DecisionError:
        return None
    single = made.spec.outputs[0].name if len(made.spec.outputs) == 1 else None
    if made.hit_policy in LISTS and not decision.defaulted:
        return [row[single] if single else row for row in decision.rows]
    outputs = decision.rows[0] if made.hit_policy in LISTS else decision.outputs
    if not outputs:
        return None
    return outputs[single] if single else outputs


@pytest.mark.parametrize("path", PACKED, ids=lambda path: path.stem)
def test_tables_of_packs_are_valid_dmn(path: Path) -> None:
    schema().assertValid(etree.fromstring(export_table(read_pack_table(path))))


@pytest.mark.parametrize("policy", list(HitPolicy))
def test_each_hit_policy_is_valid_dmn(policy: HitPolicy) -> None:
    made = compile_table(table(policy.value, ROWS, default=[1]))
    schema().assertValid(etree.fromstring(export_table(made)))


SCRIPT = """
import { DmnModdle } from 'dmn-moddle';
import { readFileSync } from 'node:fs';
for (const file of process.argv.slice(1)) {
  const read = await new DmnModdle().fromXML(readFileSync(file, 'utf8'), 'dmn:Definitions');
  const warnings = read.warnings.map((one) => one.message);
  const shapes = read.rootElement.dmnDI.diagrams[0].diagramElements.length;
  console.log(JSON.stringify({ warnings, shapes }));
}
"""


def node() -> str:
    """Return the node that installed the pages' files: the system's, or that of the wheel."""
    found = shutil.which("node")
    return found or str(next((ROOT / ".venv-node").rglob("bin/node")))


def test_the_modeller_reads_it_without_a_warning(tmp_path: Path) -> None:
    # dmn-moddle reads DMN 1.3; the two editions differ in nothing but their namespaces here.
    made = [read_pack_table(path) for path in PACKED] + [compile_table(approval())]
    files = []
    for number, one in enumerate(made):
        path = tmp_path / f"{number}.dmn"
        path.write_bytes(export_table(one, edition="1.3"))
        files.append(str(path))
    done = subprocess.run(
        [node(), "--input-type=module", "-e", SCRIPT, *files],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=ROOT,
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(told) == len(made), done.stderr
    assert all(one["warnings"] == [] for one in told)
    # The facts, the decision, and a line from each fact to it at the least.
    assert all(one["shapes"] >= 3 for one in told)


AGES = st.one_of(st.none(), st.integers(0, 90))
DAYS = st.dates(py.date(2021, 1, 1), py.date(2030, 1, 1))


@given(
    age=AGES,
    trade=st.sampled_from(["FOOD", "RETAIL", "OTHER"]),
    banned=st.sampled_from([True, False, None]),
    on=DAYS,
)
def test_the_exported_table_decides_the_same_on_every_day(
    age: int | None, trade: str, banned: bool | None, on: py.date
) -> None:
    facts = {"applicant": {"age": age, "banned": banned}, "trade": trade}
    made = compile_table(approval())
    model = load(export_table(made))
    assert model.findings == []
    found = model.evaluate(name_of(made), {**facts, DECISION_DATE: on})
    assert found == outcome(made, facts, on)


@settings(max_examples=150)
@given(policy=st.sampled_from(list(HitPolicy)), x=st.integers(-5, 30), default=st.booleans())
def test_every_hit_policy_decides_the_same_after_the_round_trip(
    policy: HitPolicy, x: int, default: bool
) -> None:
    made = compile_table(table(policy.value, ROWS, **({"default": [1]} if default else {})))
    found = load(export_table(made)).evaluate(name_of(made), {"x": x})
    assert found == outcome(made, {"x": x}, py.date(2026, 1, 1))


def imported(data: bytes, decision: str) -> Table:
    """Return the table of a decision in a file, as the importer reads it."""
    root = read_xml(data)
    element = next(
        part.first("decisionTable")
        for part in root.all("decision")
        if part.get("name") == decision and part.first("decisionTable") is not None
    )
    assert element is not None
    types = ItemTypes({}, {}, lambda *_: None)
    return Table(read_table(Boxes(types, NameIndex(), [], decision, decision), element))


@given(x=st.integers(-5, 30), policy=st.sampled_from(["FIRST", "UNIQUE", "COLLECT", "C+"]))
def test_an_imported_table_is_exported_again_with_the_same_decisions(x: int, policy: str) -> None:
    made = compile_table(table(policy, ROWS))
    again = imported(export_table(made), name_of(made))
    assert [rule.id for rule in again.spec.rules] == ["low", "middle", "high"]
    assert ("依据 source", "样例法 第一条") in again.spec.rules[0].annotations
    found = load(export_table(again)).evaluate(name_of(again), {"x": x})
    assert found == outcome(made, {"x": x}, py.date(2026, 1, 1))


def test_names_that_are_no_ids_are_still_written() -> None:
    odd = table("FIRST", [{"id": "第 1 条", "when": ["-"], "then": ["1"], "note_zh": "坏\x00字"}])
    odd["title_zh"] = "含《标点》的名称"
    made = compile_table(odd)
    data = export_table(made)
    schema().assertValid(etree.fromstring(data))
    assert load(data).evaluate(name_of(made), {"x": 1}) == 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (18, "18"),
        ("P59Y10M", '"P59Y10M"'),
        (py.date(2026, 1, 2), '@"2026-01-02"'),
        ([True, None], "[true, null]"),
        ({"a": py.timedelta(days=1)}, '{"a": @"P1D"}'),
    ],
)
def test_values_are_written_as_feel(value: Any, text: str) -> None:
    assert feel_literal(value) == text


def test_command_writes_dmn_and_refuses_what_is_no_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["export", str(PACKED[0])]) == 0
    assert capsys.readouterr().out.startswith('<?xml version="1.0" encoding="UTF-8"?>')
    broken = tmp_path / "broken.yaml"
    broken.write_text("key: x\n", encoding="utf-8")
    assert command.main(["export", str(broken)]) == 1
    assert command.main(["export", str(tmp_path / "absent.yaml")]) == 1
    assert command.main(["nothing"]) == 2
