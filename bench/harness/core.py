"""基准架: checks the database, starts the platform as in production, measures, reports."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, Self

from django.db import connection

from bench.harness.catalogue import Figure
from bench.harness.machine import Meter, Usage, combined
from bench.harness.statistics import median, percentile, spread
from yiwang.project.engines import services
from yiwang.project.engines.installation import ROOT, Installation, Ports

RESULTS = ROOT / "bench" / "results"
KEYS = (
    *("bench", "figure", "value", "unit", "p50", "p95"),
    *("reference", "reference_value", "ratio", "runs", "spread"),
)
MUST_BE_ON = ("fsync", "synchronous_commit", "full_page_writes")


class NotDurableError(RuntimeError):
    """The database would lose what it confirmed: a figure from it means nothing."""


@dataclass(frozen=True)
class Measured:
    """What a bench gives for one figure: a value of each run, and what is said beside it.

    ``samples_ms`` are latencies for p50 and p95; without them these are of the runs themselves.
    ``is_ratio`` says that the value is the ratio to the reference already.
    """

    runs: Sequence[float]
    samples_ms: Sequence[float] = ()
    reference_runs: Sequence[float] = ()
    is_ratio: bool = False
    conditions: str = ""


@dataclass(frozen=True)
class Platform:
    """The platform as it runs for a bench."""

    port: int
    pids: dict[str, int]

    def meter(self) -> Meter:
        """Begin to measure who uses the processor."""
        return Meter(self.pids)


class Harness:
    """What a bench's ``run`` is given."""

    def __init__(self, *, quick: bool) -> None:
        self.quick = quick
        self.repeats = 3
        self.installation = Installation.here()
        self._rows: list[list[str]] = []
        self._bench: ModuleType | None = None

    def __enter__(self) -> Self:
        self.check_durability()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        connection.close()

    def check_durability(self) -> None:
        """Refuse a database that does not keep what it confirms.

        :raises NotDurableError: naming the setting.
        """
        with connection.cursor() as cursor:
            for name in MUST_BE_ON:
                cursor.execute("SELECT current_setting(%s)", [name])
                (value,) = cursor.fetchone()
                if value != "on":
                    raise NotDurableError(f"{name} is {value}; no figure counts before it is on")

    def run_all(self, benches: Sequence[ModuleType]) -> int:
        """Run benches one after another and print the table of all at the end."""
        failed = []
        for bench in benches:
            self._bench = bench
            self.say(f"{bench.NAME}: {(bench.__doc__ or '').splitlines()[0]}")
            try:
                bench.run(self)
            except Exception:
                traceback.print_exc()
                failed.append(bench.NAME)
        self._print_table()
        for name in failed:
            print(f"{name}: could not be measured, see above")
        return 1 if failed else 0

    def say(self, text: str) -> None:
        """Print a line of progress beside the results."""
        print(text, file=sys.stderr, flush=True)

    def seconds(self, full: float) -> float:
        """Return how long a run is: ``full``, or a third of it for a first look."""
        return full / 3 if self.quick else full

    def report(self, **figures: Measured) -> None:
        """Print one JSON line for each figure, keep it, and remember it for the table."""
        assert self._bench is not None
        goals: dict[str, Figure] = self._bench.FIGURES
        for name, measured in figures.items():
            goal = goals[name]
            value = median(measured.runs)
            reference = median(measured.reference_runs) if measured.reference_runs else None
            ratio = None
            if reference:
                ratio = value if measured.is_ratio else value / reference
            samples = measured.samples_ms or measured.runs
            line: dict[str, Any] = dict(
                zip(
                    KEYS,
                    (
                        *(self._bench.NAME, name, _rounded(value), goal.unit),
                        *(_rounded(percentile(samples, 50)), _rounded(percentile(samples, 95))),
                        goal.reference or None,
                        None if reference is None else _rounded(reference),
                        None if ratio is None else _rounded(ratio),
                        [_rounded(run) for run in measured.runs],
                        round(spread(measured.runs), 3),
                    ),
                    strict=True,
                )
            )
            line |= {"p_unit": "ms" if measured.samples_ms else goal.unit}
            line |= {"target": goal.goal(), "met": goal.met_by(value)}
            line |= {"conditions": measured.conditions, "at": _now(), "cores": os.cpu_count()}
            text = json.dumps(line, ensure_ascii=False)
            print(text, flush=True)
            RESULTS.mkdir(exist_ok=True)
            with (RESULTS / f"{self._bench.NAME}.jsonl").open("a", encoding="utf-8") as file:
                file.write(text + "\n")
            self._rows.append(
                [
                    f"{self._bench.NAME}.{name}",
                    f"{line['value']:g} {goal.unit}",
                    goal.goal(),
                    {True: "met", False: "missed", None: ""}[line["met"]],
                    f"{line['spread']:.0%}",
                    "" if ratio is None else f"{line['ratio']:g} of {goal.reference}",
                ]
            )

    @contextmanager
    def platform(self, *extra: str) -> Iterator[Platform]:
        """Run sandbox, web (granian, 2 workers) and worker as in production, and their engines.

        ``extra`` names what else to start: ``nats``.
        """
        with contextlib.ExitStack() as stack:
            # Addresses in our environment are those of a stack that need not run here.
            for name in ("YIWANG_SANDBOX_URL", "NATS_URL", "YIWANG_PUBLIC_URL"):
                value = os.environ.pop(name, None)
                if value is not None:
                    stack.callback(os.environ.__setitem__, name, value)
            self.installation.prepare()
            ports = Ports.choose(os.environ, "127.0.0.1")
            parts = services.platform(self.installation, ports, "127.0.0.1")
            if "nats" in extra and (messages := services.messages(self.installation, ports)):
                parts.insert(0, messages)
            for part in parts:
                part.start()
                stack.callback(part.stop)
            for part in parts:
                self._await(part)
            pids = {part.name: part.process.pid for part in parts if part.process}
            yield Platform(ports.web, self._database_pid() | pids)

    def _await(self, part: services.Service) -> None:
        end = time.monotonic() + part.ready_seconds
        while not part.ready():
            if part.has_ended() or time.monotonic() > end:
                raise RuntimeError(f"{part.name} did not start, see {part.log}")
            time.sleep(0.1)

    def _database_pid(self) -> dict[str, int]:
        """Return the postmaster when it runs on this machine."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (backend,) = cursor.fetchone()
        stat = Path(f"/proc/{backend}/stat")
        if not stat.exists() or "postgres" not in Path(f"/proc/{backend}/cmdline").read_text():
            return {}
        return {"postgres": int(stat.read_text().rpartition(")")[2].split()[1])}

    def _print_table(self) -> None:
        head = ["figure", "value", "target", "", "spread", "ratio"]
        rows = [head, *self._rows]
        widths = [max(len(row[place]) for row in rows) for place in range(len(head))]
        for row in rows:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))


def shares(usages: Sequence[Usage], acts: int = 0) -> str:
    """Return who used the processor over all runs, as text for the conditions.

    With ``acts`` also the milliseconds that each part spent on one: unlike a rate, they hold on a
    machine that strangers use too.
    """
    whole = combined(usages)
    text = f"processor: {whole.words()}"
    if acts:
        each = ", ".join(f"{name} {1000 * used / acts:.2f}" for name, used in whole.used.items())
        text += f"; processor ms each: {each}"
    return text


def versions() -> str:
    """Return what ran: PostgreSQL and Python."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        (server,) = cursor.fetchone()
    return f"PostgreSQL {server}, Python {sys.version.split()[0]}"


def commit() -> str:
    """Return the commit that is measured, or an empty text outside a clone."""
    if not shutil.which("git"):
        return ""
    argv = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    return subprocess.run(argv, capture_output=True, text=True, check=False).stdout.strip()


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
