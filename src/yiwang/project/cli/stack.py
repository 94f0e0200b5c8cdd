"""整套服务: start in front or behind, stop, show what runs."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from yiwang.project.cli import console
from yiwang.project.engines import processes, services
from yiwang.project.engines.errors import EngineError
from yiwang.project.engines.installation import (
    ROOT,
    Installation,
    Ports,
    State,
    available_memory,
    check_resources,
)
from yiwang.project.engines.supervisor import StopRequested, Supervisor, last_lines, run_task


def bind_host() -> str:
    """Return the address that the web process listens on; loopback unless told otherwise."""
    return os.environ.get("YIWANG_HOST", "127.0.0.1")


def local_url(ports: Ports) -> str:
    """Return the address at which this machine reaches the web process."""
    host = bind_host()
    return f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{ports.web}"  # noqa: S104


@contextmanager
def running(installation: Installation, *commands: str) -> Iterator[Supervisor]:
    """Start everything, give the supervisor, and stop everything at the end.

    ``commands`` are management commands to run before the web process starts.
    """
    installation.prepare()
    with installation.exclusive():
        check_resources(
            available_memory(), shutil.disk_usage(installation.var).free, installation.var
        )
        host = bind_host()
        ports = Ports.choose(os.environ, host)
        environment = installation.environment(ports)
        url = local_url(ports)
        with Supervisor(installation, ports, url, say=console.say) as supervisor:
            if database := services.database(installation, ports):
                with console.step("启动 PostgreSQL", "Starting PostgreSQL"):
                    supervisor.start(database)
            prepare = [sys.executable, "-m", "yiwang.project.cli.prepare", *commands]
            supervisor.run_once("prepare", prepare, environment)
            parts = services.platform(installation, ports, host)
            if messages := services.messages(installation, ports):
                parts.insert(0, messages)
            names = "、".join(part.name for part in parts)
            with console.step(f"启动 {names}", "Starting the services"):
                supervisor.start(*parts)
            supervisor.mark_ready()
            yield supervisor


def serve(installation: Installation) -> int:
    """Run everything until a signal says stop; the body of ``up``."""
    try:
        with running(installation) as supervisor:
            console.say(f"就绪：{supervisor.state.url}", "Ready.")
            supervisor.watch()
    except StopRequested:
        console.say("已停止。", "Stopped.")
    return 0


def run_beside(supervisor: Supervisor, argv: Sequence[str], url: str) -> int:
    """Run a command against the running stack and return its exit code."""
    environment = supervisor.installation.environment(supervisor.state.ports)
    task = run_task(argv, environment | {"YIWANG_URL": url})
    try:
        supervisor.watch(until=lambda: task.poll() is not None)
    finally:
        processes.stop(task, number=signal.SIGTERM, seconds=5)
    return task.returncode


def up(installation: Installation) -> int:
    """Start everything behind the terminal and wait until it is ready."""
    if state := installation.state():
        console.say(f"已在运行：{state.url}", "Already running.")
        return 0
    installation.prepare()
    log = installation.log / "supervisor.log"
    with log.open("ab") as output:
        begin = output.tell()
        process = subprocess.Popen(
            [sys.executable, "-m", "yiwang.project.cli", "serve"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=ROOT,
        )
    with log.open(encoding="utf-8", errors="replace") as lines:
        lines.seek(begin)
        while True:
            sys.stdout.write(lines.read())
            sys.stdout.flush()
            state = installation.state()
            if state and state.pid == process.pid and state.ready:
                return 0
            if process.poll() is not None:
                sys.stdout.write(lines.read())
                return process.returncode or 1
            time.sleep(0.1)


def down(installation: Installation) -> int:
    """Stop what ``up`` or ``demo`` started and wait until all of it is gone."""
    state = installation.state()
    if state is None:
        console.say("没有在运行。", "Not running.")
        return 0
    os.kill(state.pid, signal.SIGTERM)
    with console.step("正在停止", "Stopping"):
        gone = processes.wait_until(
            lambda: processes.born(state.pid) != state.born, seconds=60, every=0.1
        )
    if not gone:
        raise EngineError(
            f"进程 {state.pid} 60 秒内没有停止。",
            f"Process {state.pid} did not stop within 60 seconds.",
            code="engine.does_not_stop",
        )
    return 0


def resident_bytes(pid: int) -> int:
    """Return the memory of a process and its descendants; shared pages are counted once.

    Zero for a process that is gone or belongs to another user.
    """
    total = 0
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total = int(line.split()[1]) * 1024
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0
    return total + sum(resident_bytes(int(child)) for child in children)


def describe(state: State | None) -> dict[str, Any]:
    """Return what runs in a form for programs: addresses, processes, memory in bytes."""
    if state is None:
        return {"running": False}
    return {
        "running": True,
        "ready": state.ready,
        "url": state.url,
        "ports": vars(state.ports),
        "services": {
            name: {
                "pid": pid,
                "alive": processes.alive(pid),
                "memory_bytes": resident_bytes(pid),
            }
            for name, pid in state.services.items()
        },
        "memory_bytes": resident_bytes(state.pid),
    }


def status(installation: Installation, *, as_json: bool) -> int:
    """Print what runs and how much memory it takes; exit code 3 when it is not ready."""
    state = installation.state()
    known = describe(state)
    if as_json:
        print(json.dumps(known, ensure_ascii=False))
    elif state is None:
        console.say("没有在运行。", "Not running.")
    else:
        rows = [["服务 service", "进程 pid", "内存 MB"]]
        rows += [
            [name, str(about["pid"]), f"{about['memory_bytes'] / 1e6:.0f}"]
            for name, about in known["services"].items()
        ]
        rows.append(["合计 total", "", f"{known['memory_bytes'] / 1e6:.0f}"])
        print(console.table(rows))
        ready = "就绪 ready" if state.ready else "正在启动 starting"
        print(f"{ready}  {state.url}  {installation.var}")
    return 0 if state and state.ready else 3


def logs(installation: Installation, service: str | None, *, follow: bool) -> int:
    """Print the end of each log, or follow one."""
    found = sorted(installation.log.glob("*.log"))
    chosen = [path for path in found if service in (None, path.stem)]
    if not chosen:
        names = "、".join(path.stem for path in found) or "—"
        console.complain(f"没有这个日志，现有：{names}  No such log.")
        return 2
    if follow:
        os.execvp("tail", ["tail", "-n", "50", "-F", *(str(path) for path in chosen)])
    for path in chosen:
        print(f"== {path}")
        print(last_lines(path, 20 if service is None else 200))
    return 0
