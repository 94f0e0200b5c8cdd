"""启动: a fresh copy of the project becomes a running city by ``./yiwang demo``; then it idles."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.harness.catalogue import Figure
from bench.harness.core import Harness, Measured
from bench.harness.machine import cpu_seconds, machine_seconds
from yiwang.project.cli.stack import describe
from yiwang.project.engines import postgres
from yiwang.project.engines.installation import ROOT, Installation

NAME = "startup"
REFERENCE = "an empty PostgreSQL made and started, s"
FIGURES = {
    "ready_s": Figure("s", 30, at_least=False, reference=REFERENCE),
    "idle_mb": Figure("MB", 700, at_least=False),
}
LEFT_OUT = (".git", ".venv*", "node_modules", "var", "results", "__pycache__", ".*_cache", "*.mo")
MOST_SECONDS = 600
IDLE_SECONDS = 10
# What names addresses or folders of another stack must not reach the fresh one.
FOREIGN = re.compile(r"YIWANG_.*|DATABASE_URL|NATS_URL|S3_URL|DJANGO_.*|PYTHON.*|VIRTUAL_ENV")


def run(harness: Harness) -> None:
    """Start from nothing but the package caches, several times; the first time fills the caches."""
    times, sizes, shares, references = [], [], [], []
    told = ""
    for number in range(harness.repeats + 1):
        with _fresh_copy() as copy:
            busy, begun = machine_seconds(), time.monotonic()
            with _started(copy) as (installation, process):
                seconds = time.monotonic() - begun
                own = cpu_seconds(process.pid)
                busy = machine_seconds() - busy
                time.sleep(IDLE_SECONDS)
                known = describe(installation.state())
            if not known.get("ready"):
                raise RuntimeError("the demonstration did not stay up")
            if number == 0:
                continue
            references.append(_empty_database_seconds())
            times.append(seconds)
            sizes.append(known["memory_bytes"] / 1e6)
            shares.append(max(0.0, busy - own) / (seconds * (os.cpu_count() or 1)))
            told = ", ".join(
                f"{name} {about['memory_bytes'] / 1e6:.0f}"
                for name, about in known["services"].items()
            )
            harness.say(f"  {seconds:.1f} s, of these {own:.1f} s of processor time; {told}")
    harness.report(
        ready_s=Measured(
            times,
            reference_runs=references,
            conditions="fresh copy without environment and data, package caches filled, from the"
            f" command to every service ready; others used {max(shares):.0%} of this machine",
        ),
        idle_mb=Measured(
            sizes,
            conditions=f"proportional set size of every process, {IDLE_SECONDS} s after ready, MB:"
            f" {told}",
        ),
    )


def _empty_database_seconds() -> float:
    begun = time.monotonic()
    with postgres.throwaway():
        return time.monotonic() - begun


@contextmanager
def _fresh_copy() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="yiwang-startup-"))
    try:
        shutil.copytree(ROOT, folder / "yiwang", ignore=shutil.ignore_patterns(*LEFT_OUT))
        yield folder / "yiwang"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _started(copy: Path) -> Iterator[tuple[Installation, subprocess.Popen[bytes]]]:
    """Start the demonstration, wait until it is ready, stop it in the end."""
    installation = Installation(copy / "var")
    environment = {name: value for name, value in os.environ.items() if not FOREIGN.fullmatch(name)}
    with (copy / "demo.log").open("wb") as log:
        process = subprocess.Popen(
            [str(copy / "yiwang"), "demo"],
            cwd=copy,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        end = time.monotonic() + MOST_SECONDS
        while not ((state := installation.state()) and state.ready):
            if process.poll() is not None or time.monotonic() > end:
                said = (copy / "demo.log").read_text(errors="replace")[-2000:]
                raise RuntimeError(f"the demonstration did not start:\n{said}")
            time.sleep(0.05)
        yield installation, process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
