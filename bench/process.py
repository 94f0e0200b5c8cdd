"""流程: a case with three tasks, in memory beside SpiffWorkflow and stored beside plain SQL."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.util.task import TaskState

from bench import process_case
from bench.harness.catalogue import Figure
from bench.harness.core import Harness, Measured
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.process.models import Task, Token
from yiwang.project.demo.caseload import Share, spread_cases, unit_of
from yiwang.project.demo.city import make_crowd
from yiwang.project.demo.seed import seed_demo

NAME = "process"
SPIFF = "SpiffWorkflow, cases/s"
PLAIN = "the same rows by SQL written by hand, cases/s"
SMALL = "with 1,000 cases stored, cases/s"
FIGURES = {
    "step_ratio_to_spiff": Figure("times SpiffWorkflow", 10, reference=SPIFF),
    "durable_cases_per_s": Figure("cases/s", 100, reference=PLAIN),
    "share_of_plain_sql": Figure("of plain SQL", 0.25, reference=PLAIN),
    "rate_at_1m_ratio": Figure("of the rate at 1,000", 0.9, reference=SMALL),
    "mb_per_100k_open": Figure("MB"),
}
WORKERS = 4
SECONDS = 10.0
MEMORY_SECONDS = 3.0
FEW, OPEN, MANY = 1_000, 100_000, 1_000_000
PLACE = "441702000000"
CITIZENS = 1_000
TABLES = ("cases_case", "applications_application", "process_token", "process_task")


def run(harness: Harness) -> None:
    """Measure the step alone, then the stored case, with few cases stored and with a million."""
    process_case.register()
    _measure_steps(harness)
    seed_demo()
    for number in range(WORKERS):
        process_case.seat(number)
    parties = [account.party_id or 0 for account in make_crowd(CITIZENS)]
    _measure_open_cases(harness, parties[0])
    _forget_cases()
    spread_cases(FEW, shares=[], parties=parties)
    few, plain, shares = [], [], []
    for _ in range(harness.repeats):
        plain.append(_cases_per_second("plain", harness.seconds(SECONDS)))
        few.append(_cases_per_second("engine", harness.seconds(SECONDS)))
        shares.append(few[-1] / plain[-1])
    conditions = (
        f"{WORKERS} workers, each with a unit of its own; {harness.seconds(SECONDS):g} s a run"
    )
    harness.report(
        durable_cases_per_s=Measured(few, (), plain, conditions=conditions),
        share_of_plain_sql=Measured(shares, (), plain, is_ratio=True, conditions=conditions),
    )
    harness.say(f"  {MANY:,} cases are being stored")
    spread_cases(MANY, shares=[], parties=parties)
    _settle()
    many = [_cases_per_second("engine", harness.seconds(SECONDS)) for _ in range(harness.repeats)]
    ratios = [one / other for one, other in zip(many, few, strict=True)]
    stored = (
        f"{Case.objects.count():,} cases, {Token.objects.count():,} tokens,"
        f" {Task.objects.count():,} tasks; {conditions}"
    )
    harness.report(rate_at_1m_ratio=Measured(ratios, (), few, is_ratio=True, conditions=stored))


def _measure_steps(harness: Harness) -> None:
    seconds = harness.seconds(MEMORY_SECONDS)
    spiff, ours, ratios = [], [], []
    for _ in range(harness.repeats):
        spiff.append(_rate(_spiff_walk(), seconds))
        ours.append(_rate(process_case.walk_in_memory(), seconds))
        ratios.append(ours[-1] / spiff[-1])
    conditions = (
        f"one process, processor time, {seconds:g} s a run; three tasks and one decision a case,"
        f" nothing stored; ours {max(ours):.0f} cases/s"
    )
    harness.report(
        step_ratio_to_spiff=Measured(ratios, (), spiff, is_ratio=True, conditions=conditions)
    )


def _measure_open_cases(harness: Harness, party_id: int) -> None:
    """Store open cases only. Between two acts the engine holds none of them in its own memory."""
    _forget_cases()
    before = _stored_bytes()
    spread_cases(OPEN, shares=[Share(party_id, unit_of(PLACE).code, OPEN)], parties=[party_id])
    if Case.objects.filter(status="OPEN").count() != OPEN:
        raise RuntimeError("not every case is open")
    harness.report(
        mb_per_100k_open=Measured(
            [(_stored_bytes() - before) / 1e6],
            conditions=f"{OPEN:,} open cases: rows and indexes of {', '.join(TABLES)}",
        )
    )


def _settle() -> None:
    """Let the database finish its housekeeping of what was just written in bulk."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"VACUUM (ANALYZE) {table}")


def _forget_cases() -> None:
    """Empty the tables: a database that an earlier run has filled has no rate at 1,000."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE cases_case CASCADE")


def _rate(walk: Callable[[], int], seconds: float) -> float:
    if walk() != len(process_case.TASKS):
        raise RuntimeError("a case did not pass its three tasks")
    begun, cases = time.process_time(), 0
    while (used := time.process_time() - begun) < seconds:
        walk()
        cases += 1
    return cases / used


def _spiff_walk() -> Callable[[], int]:
    parser = BpmnParser()
    parser.add_bpmn_str(process_case.BPMN.encode())
    spec = parser.get_spec("three_tasks")

    def walk() -> int:
        workflow = BpmnWorkflow(spec)
        workflow.do_engine_steps()
        done = 0
        while not workflow.is_completed():
            for task in workflow.get_tasks(state=TaskState.READY, manual=True):
                task.data["area"] = process_case.AREA
                task.run()
                done += 1
            workflow.do_engine_steps()
        return done

    return walk


def _cases_per_second(mode: str, seconds: float) -> float:
    """Let all workers work at the same time; return what they concluded a second together.

    :raises RuntimeError: a case that a worker counted is not concluded in the database.
    """
    before = Case.objects.filter(kind=process_case.KIND, status="CONCLUDED").count()
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.process_load", mode, str(number), str(seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).resolve().parents[1],
        )
        for number in range(WORKERS)
    ]
    for worker in workers:
        if _pipe(worker.stdout).readline().strip() != "ready":
            raise RuntimeError("a worker did not start")
    for worker in workers:
        _pipe(worker.stdin).write("go\n")
        _pipe(worker.stdin).flush()
    results = [json.loads(_pipe(worker.stdout).readline()) for worker in workers]
    for worker in workers:
        worker.wait()
    counted = sum(one["cases"] for one in results)
    stored = Case.objects.filter(kind=process_case.KIND, status="CONCLUDED").count() - before
    if stored < counted:
        raise RuntimeError(f"{counted} cases were counted, {stored} are concluded")
    return sum(one["cases"] / one["seconds"] for one in results)


def _pipe(pipe: Any) -> Any:
    assert pipe is not None
    return pipe


def _stored_bytes() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_total_relation_size(name::regclass)) FROM unnest(%s::text[]) name",
            [list(TABLES)],
        )
        return int(cursor.fetchone()[0])
