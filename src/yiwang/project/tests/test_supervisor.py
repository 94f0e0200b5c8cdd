"""The supervisor: whatever is killed, nothing is left over and nothing is forgotten."""

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from yiwang.project.engines import processes
from yiwang.project.engines.installation import Installation

# Two services; "family" has a child of its own, as the web server has its workers.
CODE = """
import sys
from pathlib import Path
from yiwang.project.engines.errors import EngineError
from yiwang.project.engines.installation import Installation, Ports
from yiwang.project.engines.services import Service
from yiwang.project.engines.supervisor import StopRequested, Supervisor

place = Installation(Path(sys.argv[1]))
place.prepare()

def service(name, code):
    mark = place.run / f"{name}.ready"
    argv = [sys.executable, "-c", code, str(mark)]
    return Service(name, argv, {}, place.log / f"{name}.log", ready=mark.exists)

SINGLE = "import pathlib, sys, time; pathlib.Path(sys.argv[1]).touch(); time.sleep(600)"
FAMILY = (
    "import pathlib, subprocess, sys\\n"
    "child = subprocess.Popen(['sleep', '600'])\\n"
    "pathlib.Path(sys.argv[1]).with_suffix('.child').write_text(str(child.pid))\\n"
    "pathlib.Path(sys.argv[1]).touch()\\n"
    "child.wait()\\n"
)
BROKEN = SINGLE.replace("time.sleep(600)", "sys.exit('no licence plate')")
codes = {"single": SINGLE, "family": FAMILY, "broken": BROKEN}

def say(zh, en):
    print(en, flush=True)

try:
    supervisor = Supervisor(place, Ports(), "http://here", say=say, first_pause_seconds=0.1)
    with place.exclusive(), supervisor:
        supervisor.start(*(service(name, codes[name]) for name in sys.argv[2:]))
        supervisor.mark_ready()
        print("ready", flush=True)
        supervisor.watch()
except StopRequested:
    print("stopped", flush=True)
except EngineError as error:
    sys.exit(f"{error.code}\\n{error.en}")
"""


class Running:
    """A supervisor in a process of its own."""

    def __init__(self, process: subprocess.Popen[str], place: Installation) -> None:
        self.process = process
        self.place = place

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def services(self) -> dict[str, int]:
        services: dict[str, int] = json.loads((self.place.run / "state.json").read_text())[
            "services"
        ]
        return services

    def grandchild(self) -> int:
        return int((self.place.run / "family.child").read_text())

    def everybody(self) -> list[int]:
        return [*self.services().values(), self.grandchild()]


Start = Callable[..., Running]


@pytest.fixture
def start(python: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> Start:
    def begin(*names: str) -> Running:
        return Running(python(CODE, str(tmp_path / "var"), *names), Installation(tmp_path / "var"))

    return begin


def all_gone(numbers: list[int]) -> bool:
    return processes.wait_until(
        lambda: not any(processes.alive(pid) for pid in numbers), seconds=20
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_request_to_stop_ends_everything_cleanly(start: Start, number: int) -> None:
    running = start("single", "family")
    assert running.line() == "ready"
    everybody = running.everybody()

    running.process.send_signal(number)

    assert running.line() == "stopped"
    assert running.process.wait(15) == 0
    assert all_gone(everybody)
    assert not (running.place.run / "state.json").exists()


def test_nothing_outlives_a_killed_supervisor(start: Start) -> None:
    running = start("single", "family")
    assert running.line() == "ready"
    own, child = list(running.services().values()), running.grandchild()

    running.process.kill()
    running.process.wait(10)

    assert all_gone(own)
    assert running.place.state() is None
    # The service passed nothing on to its child: the guard does, when its patience ends.
    assert all_gone([child])


def test_a_killed_service_comes_back_and_its_children_do_not_stay(start: Start) -> None:
    running = start("single", "family")
    assert running.line() == "ready"
    before, child = running.services(), running.grandchild()

    os.kill(before["family"], signal.SIGKILL)

    assert "family ended unexpectedly (-9)" in running.line()
    assert processes.wait_until(
        lambda: running.services()["family"] != before["family"], seconds=15
    )
    assert all_gone([before["family"], child])
    assert running.services()["single"] == before["single"]


def test_a_service_that_keeps_ending_stops_everything_with_its_last_words(start: Start) -> None:
    running = start("single", "broken")
    assert running.line() == "ready"
    everybody = [running.services()["single"]]

    said, _ = running.process.communicate(timeout=40)

    assert running.process.returncode == 1
    assert "engine.service_keeps_ending" in said
    assert "no licence plate" in said
    assert all_gone(everybody)
