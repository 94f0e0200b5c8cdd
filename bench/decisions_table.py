"""决策基准: the 20-row, 6-input table that the benchmark `decisions` decides with.

    python -m bench.decisions_table

prints decisions a second with and without trace, and the time to compile 500 such tables.
"""

from __future__ import annotations

import datetime
import json
import random
import time
from typing import Any

from yiwang.kernel.casework.rules.tables import Table
from yiwang.kernel.casework.rules.yaml_tables import compile_table

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


def measure(rounds: int = 20) -> dict[str, float]:
    """Return decisions a second, with and without trace, and seconds to compile 500 tables."""
    table, facts = build_table(), sample_facts(1000)
    figures: dict[str, float] = {}
    for name, trace in (("traced_per_second", True), ("plain_per_second", False)):
        best = 0.0
        for _ in range(5):
            started = time.perf_counter()
            for _ in range(rounds):
                for each in facts:
                    table.decide(each, trace=trace)
            best = max(best, rounds * len(facts) / (time.perf_counter() - started))
        figures[name] = round(best)
    definition = build_definition()
    started = time.perf_counter()
    for number in range(500):
        definition["key"] = f"bench_{number}"
        compile_table(definition)
    figures["compile_500_tables_seconds"] = round(time.perf_counter() - started, 2)
    return figures


if __name__ == "__main__":
    print(json.dumps(measure()))
