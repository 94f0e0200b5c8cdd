"""One installation: its secrets, its ports, its right to run, and what it refuses to start with."""

import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from yiwang.project.engines import installation as engine
from yiwang.project.engines import processes
from yiwang.project.engines.errors import EngineError
from yiwang.project.engines.installation import Installation, Ports, State

LOOPBACK = "127.0.0.1"


@pytest.fixture
def place(tmp_path: Path) -> Installation:
    made = Installation(tmp_path / "var")
    made.prepare()
    return made


def test_secrets_are_made_once_and_closed_to_others(place: Installation) -> None:
    first = place.secrets()

    assert place.secrets() == first
    assert (place.var / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert first.postgres not in repr(first)


def test_two_first_starts_agree_on_the_secrets(
    place: Installation, python: Callable[..., subprocess.Popen[str]]
) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from yiwang.project.engines.installation import Installation\n"
        "print(Installation(Path(sys.argv[1])).secrets().secret_key)\n"
    )
    both = [python(code, str(place.var)) for _ in range(2)]

    seen = {process.communicate(timeout=30)[0].strip() for process in both}

    assert seen == {place.secrets().secret_key}


def test_a_taken_default_port_gives_way_to_the_next() -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        number = taken.getsockname()[1]

        chosen = processes.choose_port(number)

    assert chosen != number


@pytest.mark.parametrize(
    ("text", "code"), [("seven", "engine.bad_port"), ("70000", "engine.bad_port")]
)
def test_a_port_that_is_no_port_is_refused(text: str, code: str) -> None:
    with pytest.raises(EngineError) as refusal:
        Ports.choose({"YIWANG_PORT": text}, LOOPBACK)

    assert refusal.value.code == code


def test_a_named_port_that_is_taken_is_refused_by_its_number() -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        number = taken.getsockname()[1]
        with pytest.raises(EngineError) as refusal:
            Ports.choose({"YIWANG_NATS_PORT": str(number)}, LOOPBACK)

    assert refusal.value.code == "engine.port_taken"
    assert "YIWANG_NATS_PORT" in refusal.value.zh
    assert str(number) in refusal.value.en


def test_the_chosen_ports_differ_from_each_other() -> None:
    ports = Ports.choose({}, LOOPBACK)

    assert len(set(vars(ports).values())) == 5


def test_only_one_process_runs_an_installation(place: Installation) -> None:
    with (
        place.exclusive(),
        pytest.raises(EngineError) as refusal,
        Installation(place.var).exclusive(),
    ):
        pass

    assert refusal.value.code == "engine.already_running"


def test_a_state_left_by_a_process_that_is_gone_is_nothing(place: Installation) -> None:
    child = subprocess.Popen(["sleep", "60"])
    place.write_state(State(child.pid, processes.born(child.pid), Ports(), "http://127.0.0.1:1"))
    running = place.state()

    child.kill()
    child.wait(10)

    assert running is not None
    assert running.pid == child.pid
    assert place.state() is None


def test_addresses_that_are_given_replace_the_embedded_ones(
    place: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:p@db.example.org/city")
    monkeypatch.delenv("NATS_URL", raising=False)

    environment = place.environment(Ports(nats=4333))

    assert environment["DATABASE_URL"] == "postgresql://u:p@db.example.org/city"
    assert environment["NATS_URL"].endswith("@127.0.0.1:4333")


def test_short_disk_and_short_memory_are_refused_with_their_figures(tmp_path: Path) -> None:
    with pytest.raises(EngineError) as disk:
        engine.check_resources(1 << 40, 100 * engine.MEGABYTE, tmp_path)
    with pytest.raises(EngineError) as memory:
        engine.check_resources(50 * engine.MEGABYTE, 1 << 40, tmp_path)
    engine.check_resources(engine.NEEDED_MEMORY, engine.NEEDED_DISK, tmp_path)

    assert (disk.value.code, memory.value.code) == ("engine.no_disk", "engine.no_memory")
    assert "100 MB" in disk.value.zh
    assert "50 MB" in memory.value.en


def test_the_limit_of_a_container_counts(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemTotal: 9000000 kB\nMemAvailable: 8000000 kB\n")
    assert engine.available_memory(tmp_path, tmp_path) == 8_000_000 * 1024

    (tmp_path / "memory.max").write_text("536870912\n")
    (tmp_path / "memory.current").write_text("436870912\n")
    (tmp_path / "memory.stat").write_text("anon 1\ninactive_file 50000000\n")
    assert engine.available_memory(tmp_path, tmp_path) == 150_000_000

    (tmp_path / "memory.max").write_text("max\n")
    assert engine.available_memory(tmp_path, tmp_path) == 8_000_000 * 1024


def test_two_starts_at_the_same_moment_choose_different_ports(
    python: Callable[..., subprocess.Popen[str]],
) -> None:
    code = (
        "import sys\n"
        "from yiwang.project.engines import processes\n"
        "print(processes.choose_port(54330), flush=True)\n"
        "sys.stdin.read()\n"
    )
    both = [python(code) for _ in range(2)]

    chosen = {process.stdout.readline() for process in both if process.stdout}

    assert len(chosen) == 2
