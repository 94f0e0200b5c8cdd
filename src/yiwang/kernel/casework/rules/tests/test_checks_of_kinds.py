"""Gaps and overlaps over every kind of column: each example proves its finding, none is missed."""

from __future__ import annotations

import datetime as py
import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.kernel.casework.rules.checks import check_table
from yiwang.kernel.casework.rules.errors import DecisionError
from yiwang.kernel.casework.rules.tests.samples import table
from yiwang.kernel.casework.rules.yaml_tables import compile_table

DAY = py.date(2026, 1, 1)
TRADES = ["FOOD", "HOTEL", "RETAIL"]
# Kind -> how the column is declared, the cells it may hold, and values that tell them all apart.
KINDS: dict[str, tuple[dict[str, Any], list[Any], list[Any]]] = {
    "number": (
        {"type": "number"},
        ["-", "< 2", "[2..5)", ">= 5", "3", "not(3)", "1, 4"],
        [0, 1, 1.5, 2, 3, 3.5, 4, 4.5, 5, 6],
    ),
    "date": (
        {"type": "date"},
        [
            "-",
            '< @"2026-01-03"',
            '[@"2026-01-03"..@"2026-01-05"]',
            '>= @"2026-01-06"',
            '@"2026-01-04"',
            'not(@"2026-01-04")',
        ],
        [DAY + py.timedelta(days=number) for number in range(8)],
    ),
    "enumeration": (
        {"type": "string", "values": TRADES},
        ["-", '"FOOD"', '"HOTEL", "RETAIL"', 'not("FOOD")', '"RETAIL"'],
        TRADES,
    ),
    "text": (
        {"type": "string"},
        ["-", '"FOOD"', '"HOTEL"', 'not("FOOD", "HOTEL")'],
        ["FOOD", "HOTEL", "别的"],
    ),
    "boolean": ({"type": "boolean"}, ["-", "true", "false", True], [True, False]),
    "duration": (
        {"type": "days and time duration"},
        ["-", '< @"P2D"', '[@"P2D"..@"P5D"]', '> @"P5D"', 'not(@"P3D")'],
        [py.timedelta(hours=hours) for hours in (0, 24, 48, 60, 72, 96, 120, 121)],
    ),
    "months": (
        {"type": "years and months duration"},
        ["-", '< @"P6M"', '[@"P6M"..@"P1Y")', '>= @"P1Y"'],
        ["P0M", "P5M", "P6M", "P11M", "P1Y", "P2Y"],
    ),
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[dict[str, Any], list[str]]:
    kinds = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=3))
    row = st.tuples(*(st.sampled_from(KINDS[kind][1]) for kind in kinds))
    rows = draw(st.lists(row, min_size=1, max_size=5))
    rules = [{"id": f"R{n}", "when": list(cells), "then": [1]} for n, cells in enumerate(rows)]
    definition = table("UNIQUE", rules)
    definition["inputs"] = [
        {"name": f"x{number}", **KINDS[kind][0]} for number, kind in enumerate(kinds)
    ]
    return definition, kinds


@settings(max_examples=300, deadline=None)
@given(tables())
def test_examples_prove_their_findings_and_none_is_missed(
    drawn: tuple[dict[str, Any], list[str]],
) -> None:
    definition, kinds = drawn
    compiled = compile_table(definition)
    found = set()
    for finding in check_table(definition):
        found.add(finding.code)
        if finding.code == "overlap":
            with pytest.raises(DecisionError) as caught:
                compiled.decide(finding.example)
            assert len(caught.value.details["rules"]) >= 2
        elif finding.code == "gap":
            assert compiled.decide(finding.example).matched == ()
            assert None not in [
                value
                for name, value in finding.example.items()
                if any(rule["when"][int(name[1:])] != "-" for rule in definition["rules"])
            ]
    for values in itertools.product(*(KINDS[kind][2] for kind in kinds)):
        facts = {f"x{number}": value for number, value in enumerate(values)}
        try:
            matched = compiled.decide(facts).matched
        except DecisionError:
            assert "overlap" in found, facts
            continue
        assert matched or "gap" in found, facts
