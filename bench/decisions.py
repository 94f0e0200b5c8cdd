"""规则决策: one core decides with a table of 20 rows and 6 inputs, and says what it rests on.

Also how long 500 tables take to compile: what an installation does after a start.
"""

import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from bench.decisions_table import TABLES, build_table, compile_seconds, sample_facts
from bench.harness.catalogue import Figure
from bench.harness.core import Harness, Measured

NAME = "decisions"
REFERENCE = "the same rules written by hand in Python, decisions/s"
FIGURES = {
    "plain_per_s": Figure("decisions/s", 100_000, reference=REFERENCE),
    "traced_per_s": Figure("decisions/s", 40_000, reference=REFERENCE),
    "recorded_per_s": Figure("decisions/s", reference=REFERENCE),
    "compile_500_s": Figure("s", 5, at_least=False),
}
SECONDS = 6.0
FACTS = 1_000
FIRST_DAY = date(2020, 1, 1)

Facts = dict[str, Any]


def run(harness: Harness) -> None:
    """Measure decisions with their trace, and with the trace and its words put into a record.

    By processor time of this one process, so that others on the machine do not count.
    """
    table, facts = build_table(), sample_facts(FACTS)
    for each in facts:
        decided = table.decide(each).outputs
        if (decided["result"], int(decided["limit_days"])) != by_hand(each):
            raise RuntimeError(f"the table says {decided} of {each}, by hand it is {by_hand(each)}")
    seconds = harness.seconds(SECONDS)
    plain, traced, recorded, compiled, references = [], [], [], [], []
    for _ in range(harness.repeats):
        references.append(_rate(by_hand, facts, seconds / 3))
        plain.append(_rate(lambda each: table.decide(each, trace=False), facts, seconds))
        traced.append(_rate(lambda each: table.decide(each).trace, facts, seconds))
        recorded.append(_rate(lambda each: table.decide(each).record(), facts, seconds / 3))
        compiled.append(compile_seconds())
    conditions = (
        f"{len(table.spec.rules)} rows, {len(table.spec.inputs)} inputs, {FACTS} sets of facts in"
        f" turn, one process, {seconds:g} s of processor time a run"
    )
    harness.report(
        plain_per_s=Measured(plain, (), references, conditions=conditions),
        traced_per_s=Measured(traced, (), references, conditions=conditions),
        recorded_per_s=Measured(recorded, (), references, conditions=conditions),
        compile_500_s=Measured(
            compiled,
            conditions=f"{TABLES} tables of {len(table.spec.rules)} rows, no two alike, each from"
            " its definition; processor time of one process",
        ),
    )


def _rate(decide: Callable[[Facts], object], facts: Sequence[Facts], seconds: float) -> float:
    for each in facts:
        decide(each)
    done = 0
    begun = time.process_time()
    while (used := time.process_time() - begun) < seconds:
        for each in facts:
            decide(each)
        done += len(facts)
    return done / used


def by_hand(facts: Facts) -> tuple[str, int]:
    """Return what the table of ``decisions_table`` decides, as a programmer would write it."""
    person, trade, shop = facts["applicant"], facts["trade"], facts["shop"]
    age, area, county = person["age"], shop["area_square_metres"], shop["county"]
    if age < 16 or person["banned"]:
        return "REFUSE", 0
    if age < 18:
        return "MANUAL", 5
    if trade == "FOOD":
        if county != "江城区" or area < 50:
            return "MANUAL", 10
        return "MANUAL", 15 if area < 200 else 20
    if trade in ("HOTEL", "BATH"):
        return "MANUAL", 10 if area < 300 else 20
    if age >= 70:
        if trade == "RETAIL":
            return "MANUAL", 3
        return ("MANUAL", 5) if trade in ("REPAIR", "TUTORING") else ("APPROVE", 0)
    if trade == "RETAIL" and county in ("江城区", "阳东区"):
        return ("APPROVE", 0) if area < 500 else ("MANUAL", 5)
    if trade == "REPAIR":
        if person["registered_on"] < FIRST_DAY:
            return "MANUAL", 5
        return ("APPROVE", 0) if area < 100 else ("MANUAL", 3)
    return ("MANUAL", 20) if trade == "TUTORING" else ("APPROVE", 0)
