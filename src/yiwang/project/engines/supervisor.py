"""进程监护: starts the services in order, watches them, and ends them all, whatever happens."""

import os
import select
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from yiwang.project.engines import guard, processes
from yiwang.project.engines.errors import EngineError
from yiwang.project.engines.installation import ROOT, Installation, Ports, State
from yiwang.project.engines.services import Service

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# A service that ends this often within this many seconds will not get better by itself.
MOST_ENDS = 5
WITHIN_SECONDS = 60
LONGEST_PAUSE_SECONDS = 8.0
LARGEST_LOG_BYTES = 10 << 20


class StopRequested(Exception):
    """A signal asked the supervisor to stop."""


class Supervisor:
    """Runs services as children of this process; use it as a context manager.

    Leaving the context stops everything. Should this process be killed, the kernel sends each
    child a signal to end (see ``processes.spawn``) and the guard ends what that leaves.
    """

    def __init__(
        self,
        installation: Installation,
        ports: Ports,
        url: str,
        *,
        say: Callable[[str, str], None],
        first_pause_seconds: float = 0.5,
    ) -> None:
        self.installation = installation
        self._say = say
        self._first_pause_seconds = first_pause_seconds
        self.services: list[Service] = []
        self.state = State(pid=os.getpid(), born=processes.born(os.getpid()), ports=ports, url=url)
        self._stop_signal: int | None = None
        self._ends: dict[str, deque[float]] = {}
        self._due: dict[str, float] = {}
        self._wake, self._waker = os.pipe()

    def __enter__(self) -> Self:
        os.set_blocking(self._waker, False)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        for number in STOP_SIGNALS:
            signal.signal(number, self._on_signal)
        # Only to be woken: a child that ended is collected in ``watch``.
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        processes.adopt_orphans()
        self._rotate_logs()
        self.installation.write_state(self.state)
        self._guard = guard.start(self.installation.state_file)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        self.installation.forget_state()
        self._guard.communicate()
        signal.set_wakeup_fd(-1)
        for number in (*STOP_SIGNALS, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        os.close(self._wake)
        os.close(self._waker)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stop_signal = number

    def _rotate_logs(self) -> None:
        for log in self.installation.log.glob("*.log"):
            # The supervisor's own log is its standard output when it runs detached.
            if log.stem != "supervisor" and log.stat().st_size > LARGEST_LOG_BYTES:
                log.replace(log.with_suffix(".log.1"))

    def _pause(self, seconds: float) -> None:
        """Wait, but wake at a signal or at the end of a child.

        :raises StopRequested: a signal asked us to stop.
        """
        if self._stop_signal is None and select.select([self._wake], [], [], seconds)[0]:
            os.read(self._wake, 512)
        if self._stop_signal is not None:
            raise StopRequested

    def start(self, *services: Service) -> None:
        """Start services side by side and wait until each is ready.

        :raises EngineError: one ended or was not ready in time; the message shows its last lines.
        """
        for service in services:
            self.services.append(service)
            service.start()
            self._note(service)
        for service in services:
            self._await_ready(service)

    def _note(self, service: Service) -> None:
        if service.process:
            self.state.services[service.name] = service.process.pid
        self.installation.write_state(self.state)

    def _await_ready(self, service: Service) -> None:
        end = time.monotonic() + service.ready_seconds
        while not service.ready():
            if service.has_ended() or time.monotonic() > end:
                raise EngineError(
                    f"{service.name} 没有启动成功。日志 {service.log} 的最后几行：",
                    f"{service.name} did not start. The last lines of {service.log}:\n"
                    f"{last_lines(service.log)}",
                    code="engine.service_failed",
                )
            self._pause(0.1)

    def run_once(self, name: str, argv: Sequence[str], env: dict[str, str]) -> None:
        """Run a step of the start to its end, with its output shown.

        :raises EngineError: it failed.
        """
        process = processes.spawn(argv, env=env, cwd=ROOT)
        try:
            while process.poll() is None:
                self._pause(0.1)
        finally:
            processes.stop(process, number=signal.SIGTERM, seconds=5)
        if process.returncode:
            raise EngineError(
                f"{name} 失败（退出码 {process.returncode}），原因见上。",
                f"{name} failed with exit code {process.returncode}, see above.",
                code="engine.step_failed",
            )

    def mark_ready(self) -> None:
        """Write down that everything answers."""
        self.state.ready = True
        self.installation.write_state(self.state)

    def watch(self, until: Callable[[], bool] = lambda: False) -> None:
        """Restart what ends, until ``until`` says yes or a signal arrives.

        :raises StopRequested: a signal asked us to stop.
        :raises EngineError: a service keeps ending.
        """
        while not until():
            self._collect_orphans()
            for service in self.services:
                if service.has_ended():
                    self._after_end(service)
            for service in self.services:
                if self._due.get(service.name, float("inf")) <= time.monotonic():
                    del self._due[service.name]
                    service.start()
                    self._note(service)
            soonest = min(self._due.values(), default=float("inf")) - time.monotonic()
            self._pause(max(0.01, min(1.0, soonest)))

    def _after_end(self, service: Service) -> None:
        code = service.process.returncode if service.process else None
        # What the process itself had started must not outlive it.
        service.stop()
        ends = self._ends.setdefault(service.name, deque(maxlen=MOST_ENDS))
        ends.append(time.monotonic())
        if len(ends) == MOST_ENDS and ends[-1] - ends[0] < WITHIN_SECONDS:
            raise EngineError(
                f"{service.name} 反复退出（最后一次退出码 {code}），全部停止。"
                f"日志 {service.log} 的最后几行：",
                f"{service.name} keeps ending (last exit code {code}), so everything stops. The"
                f" last lines of {service.log}:\n{last_lines(service.log)}",
                code="engine.service_keeps_ending",
            )
        pause = min(self._first_pause_seconds * 2 ** (len(ends) - 1), LONGEST_PAUSE_SECONDS)
        self._due[service.name] = time.monotonic() + pause
        self._say(
            f"{service.name} 意外退出（{code}），{pause:g} 秒后重启。",
            f"{service.name} ended unexpectedly ({code}); restarting in {pause:g} s.",
        )

    def _collect_orphans(self) -> None:
        """Collect grandchildren that became ours and ended; our own children poll themselves."""
        own = {service.process.pid for service in self.services if service.process}
        own.add(self._guard.pid)
        while True:
            try:
                found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if found is None or found.si_pid in own:
                return
            os.waitpid(found.si_pid, 0)

    def stop(self) -> None:
        """Stop all services, last started first; PostgreSQL when nobody uses it any more."""
        for service in reversed(self.services):
            service.ask_to_stop()
        for service in reversed(self.services):
            service.stop()
        self.services.clear()


def last_lines(path: Path, count: int = 12) -> str:
    """Return the end of a log."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 16_384))
        lines = file.read().decode(errors="replace").splitlines()
    return "\n".join(f"  {line}" for line in lines[-count:])


def run_task(argv: Sequence[str], env: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a command beside the services, with its output shown; ``watch`` can wait for it."""
    sys.stdout.flush()
    return processes.spawn(argv, env=env, cwd=ROOT)
