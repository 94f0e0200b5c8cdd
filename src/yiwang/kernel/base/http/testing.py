"""What tests share: query counts that are reviewed in the diff, and the sandbox process."""

import inspect
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple

from django.db import connection
from django.test.utils import CaptureQueriesContext

UPDATE_VARIABLE = "YIWANG_UPDATE_QUERY_COUNTS"
"""Set to 1 (in a run of one process) to write the counts that are seen instead of comparing."""


def assert_query_count(name: str) -> AbstractContextManager[None]:
    """Compare the queries of a ``with`` block with ``query_counts.json`` beside the calling test.

    :raises AssertionError: more or fewer queries than written down, or nothing written down.
    """
    return _counting(name, Path(inspect.stack(0)[1].filename).with_name("query_counts.json"))


@contextmanager
def _counting(name: str, path: Path) -> Iterator[None]:
    with CaptureQueriesContext(connection) as seen:
        yield
    counts: dict[str, int] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    if os.environ.get(UPDATE_VARIABLE) == "1":
        counts[name] = len(seen)
        path.write_text(json.dumps(counts, indent=2, sort_keys=True) + "\n", "utf-8")
        return
    if counts.get(name) != len(seen):
        queries = "\n".join(query["sql"] for query in seen.captured_queries)
        raise AssertionError(
            f"{name}: {len(seen)} queries, {path.name} says {counts.get(name)};"
            f" run with {UPDATE_VARIABLE}=1 if that is right\n{queries}"
        )


class RunningSandbox(NamedTuple):
    """The sandbox process of a test."""

    url: str
    pid: int


@contextmanager
def running_sandbox(folder: Path) -> Iterator[RunningSandbox]:
    """Run the sandbox process on a free port of loopback; what the bank knows lies in ``folder``.

    :raises AssertionError: it did not start.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"YIWANG_SANDBOX_PORT": str(port), "YIWANG_VAR": str(folder)}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    process = subprocess.Popen([sys.executable, "-m", "yiwang.project.sandbox"], env=environment)
    try:
        _wait_for(port, process)
        yield RunningSandbox(f"http://127.0.0.1:{port}", process.pid)
    finally:
        process.terminate()
        process.wait(10)


def eventually(holds: Callable[[], object], *, within_s: float = 10.0) -> None:
    """Wait until something holds.

    :raises AssertionError: it still does not after ``within_s`` seconds.
    """
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within_s} s: {holds}")
        time.sleep(0.05)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise AssertionError("the sandbox did not start")
