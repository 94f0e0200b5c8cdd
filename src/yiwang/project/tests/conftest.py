"""Clusters and helpers for the tests of engines: real processes on real sockets."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from yiwang.project.engines import accounts, postgres, processes


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that PostgreSQL's user can reach; pytest's own are closed to other users."""
    account = accounts.postgres_account(Path("/nonexistent"))
    made = accounts.temporary_folder("yiwang-test-engine-", None)
    made.chmod(0o755)
    try:
        assert accounts.reaches(account, made)
        yield made
    finally:
        processes.run_as(None, ["rm", "-rf", made])


@pytest.fixture
def make_cluster(folder: Path) -> Iterator[Callable[[], postgres.Cluster]]:
    """Make clusters over one data folder; whatever still runs at the end is stopped."""
    passwords = postgres.Passwords()
    made: list[postgres.Cluster] = []

    def make() -> postgres.Cluster:
        cluster = postgres.Cluster(
            folder / "postgres", passwords, port=processes.free_port(), throwaway=True
        )
        made.append(cluster)
        return cluster

    yield make
    for cluster in made:
        for pid in cluster.server_processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGQUIT)


@pytest.fixture
def python() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start Python code as a process of its own with the project on its path."""
    with ExitStack() as started:

        def start(code: str, *arguments: str, **variables: str) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                [sys.executable, "-c", code, *arguments],
                env=os.environ | variables,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            started.callback(lambda: (process.kill(), process.communicate()))
            return process

        yield start
