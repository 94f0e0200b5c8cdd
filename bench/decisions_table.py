"""决策基准: the 20-row, 6-input table that the benchmark `decisions` decides with."""

from __future__ import annotations

import datetime
import random
import time
from typing import Any

from yiwang.kernel.casework.rules.tables import Table
from yiwang.kernel.casework.rules.yaml_tables import compile_table

TABLES = 500
# Age, kind of trade, area in square metres, seat of the shop, banned, first registration.
ROWS: list[tuple[str, str, str, str, str, str, str, int]] = [
    ("< 16", "-", "-", "-", "-", "-", "REFUSE", 0),
    ("-", "-", "-", "-", "true", "-", "REFUSE", 0),
    ("[16..18)", "-", "-", "-", "false", "-", "MANUAL", 5),
    (">= 18", '"FOOD"', "< 50", '"江城区"', "false", "-", "MANUAL", 10),
    (">= 18", '"FOOD"', "[50..200)", '"江城区"', "false", "-", "MANUAL", 15),
    (">= 18", '"FOOD"', ">= 200", '"江城区"', "false", "-", "MANUAL", 20),
    (">= 18", '"FOOD"', "-", 'not("江城区")', "false", "-", "MANUAL", 10),
    (">= 18", '"HOTEL", "BATH"', "< 300", "-", "false", "-", "MANUAL", 10),
    (">= 18", '"HOTEL", "BATH"', ">= 300", "-", "false", "-", "MANUAL", 20),
    (">= 70", '"RETAIL"', "-", "-", "false", "-", "MANUAL", 3),
    ("[18..70)", '"RETAIL"', "< 500", '"江城区", "阳东区"', "false", "-", "APPROVE", 0),
    ("[18..70)", '"RETAIL"', ">= 500", '"江城区", "阳东区"', "false", "-", "MANUAL", 5),
    ("[18..70)", '"RETAIL"', "-", '"阳春市"', "false", "-", "APPROVE", 0),
    ("[18..70)", '"RETAIL"', "-", '"阳西县"', "false", "-", "APPROVE", 0),
    ("[18..70)", '"REPAIR"', "< 100", "-", "false", '>= date("2020-01-01")', "APPROVE", 0),
    ("[18..70)", '"REPAIR"', ">= 100", "-", "false", '>= date("2020-01-01")', "MANUAL", 3),
    ("[18..70)", '"REPAIR"', "-", "-", "false", '< date("2020-01-01")', "MANUAL", 5),
    ("[18..70)", '"TUTORING"', "-", "-", "false", "-", "MANUAL", 20),
    (">= 70", '"REPAIR", "TUTORING"', "-", "-", "false", "-", "MANUAL", 5),
    (">= 18", "-", "-", "-", "false", "-", "APPROVE", 0),
]
INPUTS = [
    ("age", "applicant.age", "number"),
    ("trade", "trade", "string"),
    ("area", "shop.area_square_metres", "number"),
    ("county", "shop.county", "string"),
    ("banned", "applicant.banned", "boolean"),
    ("since", "applicant.registered_on", "date"),
]


def build_definition() -> dict[str, Any]:
    """Return the YAML form of the table."""
    return {
        "key": "bench_approval",
        "title_zh": "基准用审批规则",
        "hit_policy": "FIRST",
        "inputs": [
            {"name": name, "expression": expression, "type": kind}
            for name, expression, kind in INPUTS
        ],
        "outputs": [
            {"name": "result", "type": "string", "values": ["APPROVE", "MANUAL", "REFUSE"]},
            {"name": "limit_days", "type": "number"},
        ],
        "rules": [
            {
                "id": f"R{number}",
                "when": list(row[:6]),
                "then": [f'"{row[6]}"', row[7]],
                "source": f"样例办法 第{number}条",
            }
            for number, row in enumerate(ROWS, 1)
        ],
        "default": ['"MANUAL"', 20],
    }


def build_table() -> Table:
    """Return the compiled table: 20 rows, 6 inputs of four types."""
    return compile_table(build_definition(), version="1.0.0")


def sample_facts(count: int, seed: int = 20261123) -> list[dict[str, Any]]:
    """Return `count` sets of facts that reach every part of the table, the same for one seed."""
    rng = random.Random(seed)
    day = datetime.date(2010, 1, 1)
    trades = ["FOOD", "HOTEL", "BATH", "RETAIL", "REPAIR", "TUTORING", "OTHER"]
    return [
        {
            "applicant": {
                "age": rng.randint(14, 80),
                "banned": rng.random() < 0.05,
                "registered_on": day + datetime.timedelta(rng.randrange(6000)),
            },
            "trade": rng.choice(trades),
            "shop": {
                "area_square_metres": rng.randint(5, 800),
                "county": rng.choice(["江城区", "阳东区", "阳春市", "阳西县"]),
            },
        }
        for _ in range(count)
    ]


def compile_seconds() -> float:
    """Return the processor seconds that compiling ``TABLES`` tables takes; no two are alike."""
    definitions = []
    for number in range(TABLES):
        definition = build_definition() | {"key": f"bench_{number}"}
        for row, rule in enumerate(definition["rules"]):
            # Bounds of their own, so that no text of one table serves another.
            rule["when"][2] = f"< {1000 + number * 100 + row}"
        definitions.append(definition)
    started = time.process_time()
    for definition in definitions:
        compile_table(definition)
    return time.process_time() - started
