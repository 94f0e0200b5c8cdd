"""The whole stack by its commands: up, used, broken into, killed, down."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import nats
import pytest

from yiwang.project.engines import accounts, processes, services
from yiwang.project.engines.installation import ROOT, Installation

IDLE_LIMIT_BYTES = 700_000_000
# One stack serves all tests of this file, so one worker runs them all.
pytestmark = pytest.mark.xdist_group("stack")


class Stack:
    """An installation of its own, handled by the command line alone."""

    def __init__(self, folder: Path) -> None:
        self.installation = Installation(folder / "var")
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if name not in ("DATABASE_URL", "NATS_URL", "YIWANG_SECRET_KEY", "YIWANG_SANDBOX_URL")
        } | {"YIWANG_VAR": str(self.installation.var)}

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "yiwang.project.cli", *arguments],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    def status(self) -> dict[str, Any]:
        known: dict[str, Any] = json.loads(self.call("status", "--json").stdout)
        return known

    def everybody(self) -> list[int]:
        """Every process of the stack: the supervisor, its children and theirs."""
        state = self.installation.state()
        assert state is not None
        found, open_ends = [], [state.pid]
        while open_ends:
            pid = open_ends.pop()
            found.append(pid)
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            open_ends += [int(child) for child in children]
        return found


@pytest.fixture(scope="module")
def place() -> Iterator[Stack]:
    folder = accounts.temporary_folder("yiwang-test-stack-", None)
    folder.chmod(0o755)
    made = Stack(folder)
    try:
        yield made
    finally:
        made.call("down")
        processes.run_as(None, ["rm", "-rf", folder])


@pytest.fixture
def stack(place: Stack) -> Stack:
    """The running stack: started by the first test, and again by one after a test that ended it."""
    started = place.call("up")
    assert started.returncode == 0, started.stdout + started.stderr
    return place


def test_it_answers_and_stays_small(stack: Stack) -> None:
    known = stack.status()

    assert known["ready"] is True
    assert set(known["services"]) == {"postgres", "nats", "sandbox", "web", "worker"}
    assert all(about["alive"] for about in known["services"].values())
    assert httpx.get(f"{known['url']}/healthz", timeout=10).status_code == 200
    assert 0 < known["memory_bytes"] < IDLE_LIMIT_BYTES


def test_a_second_start_finds_the_first(stack: Stack) -> None:
    again = stack.call("up")

    assert again.returncode == 0
    assert "Already running" in again.stdout


def test_commands_use_the_database_that_runs(stack: Stack) -> None:
    question = "SELECT current_user || ' ' || inet_server_port()"
    code = f"from django.db import connection as c; c.cursor().execute({question!r}); "
    answer = stack.call("manage", "shell", "--no-imports", "-c", f"{code}print('connected')")
    migrated = stack.call("manage", "migrate", "--check")

    assert answer.stdout.strip() == "connected", answer.stderr
    assert migrated.returncode == 0, migrated.stderr


def test_messages_need_the_password(stack: Stack) -> None:
    state = stack.installation.state()
    assert state is not None
    secret = stack.installation.secrets().nats

    async def publish() -> int:
        url = f"nats://yiwang:{secret}@127.0.0.1:{state.ports.nats}"
        connection = await nats.connect(url, connect_timeout=5, allow_reconnect=False)
        try:
            stream = connection.jetstream()
            await stream.add_stream(name="TEST", subjects=["test.>"])
            return (await stream.publish("test.one", b"hello")).seq
        finally:
            await connection.close()

    assert asyncio.run(publish()) >= 1
    assert b"Authorization Violation" in connect_client(state.ports.nats, "yiwang", "guessed")
    assert connect_device(state.ports.mqtt, "yiwang", secret) == 0
    assert connect_device(state.ports.mqtt, "yiwang", "guessed") != 0


def connect_client(port: int, user: str, password: str) -> bytes:
    """Say hello as a NATS client and return the answer that follows the server's greeting."""
    hello = json.dumps({"verbose": False, "user": user, "pass": password})
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        assert client.recv(4096).startswith(b"INFO ")
        client.sendall(f"CONNECT {hello}\r\nPING\r\n".encode())
        return client.recv(4096)


def connect_device(port: int, user: str, password: str) -> int:
    """Say hello as an MQTT 3.1.1 device and return the code of the answer, -1 for none."""

    def text(value: str) -> bytes:
        return len(value).to_bytes(2, "big") + value.encode()

    # Protocol name and level 4; flags: user, password, clean session; no keep-alive.
    body = text("MQTT") + bytes([4, 0b1100_0010, 0, 0])
    body += text("sensor-1") + text(user) + text(password)
    with socket.create_connection(("127.0.0.1", port), timeout=5) as device:
        device.sendall(bytes([0x10, len(body)]) + body)
        answer = device.recv(4)
    return answer[3] if len(answer) == 4 and answer[0] == 0x20 else -1


def test_no_engine_listens_beyond_this_machine(stack: Stack) -> None:
    state = stack.installation.state()
    assert state is not None
    listening = "0A"
    anywhere = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            _, local, _, status = line.split()[:4]
            address, port = local.rsplit(":", 1)
            if status == listening and not address.endswith("0100007F"):
                anywhere.add(int(port, 16))

    assert anywhere.isdisjoint(vars(state.ports).values())


def test_secrets_do_not_show_in_the_process_list(stack: Stack) -> None:
    kept = vars(stack.installation.secrets()).values()

    for pid in stack.everybody():
        words = Path(f"/proc/{pid}/cmdline").read_text()
        assert not any(secret in words for secret in kept)


@pytest.mark.parametrize("victim", ["postgres", "web", "worker", "nats"])
def test_a_killed_part_comes_back(stack: Stack, victim: str) -> None:
    state = stack.installation.state()
    assert state is not None

    os.kill(state.services[victim], signal.SIGKILL)

    def is_back() -> bool:
        now = stack.installation.state()
        return (
            now is not None
            and now.services[victim] != state.services[victim]
            and services.is_healthy(state.ports.web)
        )

    assert processes.wait_until(is_back, seconds=30)


def test_nothing_outlives_a_killed_supervisor(stack: Stack) -> None:
    everybody = stack.everybody()
    assert len(everybody) > 8

    os.kill(everybody[0], signal.SIGKILL)

    def gone() -> bool:
        return not any(processes.alive(pid) for pid in everybody)

    assert processes.wait_until(gone, seconds=20)
    assert stack.status() == {"running": False}


def test_down_leaves_no_process_and_a_whole_database(stack: Stack) -> None:
    everybody = stack.everybody()
    data = stack.installation.postgres.resolve()

    stopped = stack.call("down")

    assert stopped.returncode == 0, stopped.stderr
    assert not any(processes.alive(pid) for pid in everybody)
    assert not (data / "postmaster.pid").exists()
    assert stack.status() == {"running": False}
    log = (stack.installation.log / "postgres.log").read_text()
    assert log.rstrip().endswith("database system is shut down")


def test_a_database_elsewhere_replaces_the_embedded_one(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stack.call("down").returncode == 0
    monkeypatch.setitem(stack.environment, "DATABASE_URL", os.environ["DATABASE_URL"])

    assert stack.call("up").returncode == 0
    try:
        assert set(stack.status()["services"]) == {"nats", "sandbox", "web", "worker"}
    finally:
        assert stack.call("down").returncode == 0
