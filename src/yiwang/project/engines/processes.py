"""子进程: start processes that cannot outlive their parent, find and end what is left of them."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from yiwang.project.engines.errors import EngineError

LINUX = sys.platform == "linux"
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
# Loaded before any fork: the child of a fork must not import or load anything.
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Account:
    """A user of the operating system that a process runs as."""

    name: str
    uid: int
    gid: int


def adopt_orphans() -> None:
    """Make this process the parent of every grandchild whose own parent dies."""
    if LINUX:
        _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _tie_to(parent: int, death_signal: int) -> Callable[[], None]:
    def tie() -> None:
        if LINUX:
            _libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return tie


def spawn(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    cwd: Path | None = None,
    output: IO[bytes] | int | None = None,
    account: Account | None = None,
    death_signal: int = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start ``argv`` in a process group of its own that gets ``death_signal`` when we die.

    The kernel forgets the death signal when a process changes its user, so it is asked for after
    the change, and the parent is checked once more in case it died in between. Must be called from
    the main thread: the signal is tied to the thread that forked.
    """
    return subprocess.Popen(
        [os.fspath(part) for part in argv],
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        process_group=0,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        preexec_fn=_tie_to(os.getpid(), death_signal),
    )


def run_as(
    account: Account | None,
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    timeout: float = 60,
) -> subprocess.CompletedProcess[str]:
    """Run ``argv`` to its end as ``account`` from the root folder and return what it said."""
    return subprocess.run(
        [os.fspath(part) for part in argv],
        env=dict(env) if env is not None else {"PATH": os.defpath, "LC_ALL": "C"},
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        # Out of reach of a Ctrl-C in the terminal: the caller decides when to stop.
        process_group=0,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )


def signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    """Send a signal to the whole group that ``spawn`` made; a group that is gone is fine."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return


def stop(process: subprocess.Popen[bytes], *, number: int, seconds: float) -> None:
    """Ask a process to end, wait ``seconds``, then end its whole group by force."""
    if process.poll() is None:
        process.send_signal(number)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            signal_group(process, signal.SIGKILL)
            process.wait(10)
    signal_group(process, signal.SIGKILL)


def born(pid: int) -> str:
    """Return when a process started, in clock ticks since boot; empty when it has ended.

    Together with the number this names one process for good: numbers are used again. One that
    ended and was never collected, as in a container without an init, has ended too.
    """
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return "" if state == "Z" else fields[18]


def alive(pid: int) -> bool:
    """Say whether a process exists and has not ended."""
    return born(pid) != ""


def processes_in(folder: Path, name: str) -> Iterator[int]:
    """Find the processes called ``name`` whose working folder is ``folder``.

    A postmaster and its backends work in their data folder; a shell that stands there does too,
    hence the name.
    """
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if (
                    Path(os.readlink(entry / "cwd")) == folder
                    and (entry / "comm").read_text().strip() == name
                ):
                    yield int(entry.name)
            except OSError:
                # Gone since the listing, or another user's: not one that we could end anyway.
                continue


def wait_until(ready: Callable[[], bool], *, seconds: float, every: float = 0.05) -> bool:
    """Call ``ready`` until it says yes or ``seconds`` have passed; return its last answer."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            return False
        time.sleep(every)
    return True


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Say whether a TCP port can be listened on right now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


# Held until this process ends, see _claim.
_claims: list[socket.socket] = []


def _claim(port: int) -> bool:
    """Keep a port from other processes of ours between choosing it and listening on it.

    The claim is a name in the kernel's own list of sockets: one holder, no file, gone with us.
    """
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0yiwang-port-{port}")
    except OSError:
        claim.close()
        return False
    _claims.append(claim)
    return True


def free_port(host: str = "127.0.0.1") -> int:
    """Return a TCP port that the system says is free now and that no other of us has chosen."""
    while True:
        with socket.socket() as probe:
            try:
                probe.bind((host, 0))
            except OSError as error:
                raise EngineError(
                    f"没有可用的端口（{host}）：{error}",
                    f"No free TCP port on {host}: {error}",
                    code="engine.no_port",
                ) from error
            port = int(probe.getsockname()[1])
        if _claim(port):
            return port


def choose_port(wanted: int, host: str = "127.0.0.1") -> int:
    """Return ``wanted`` when it is free, else the next free port, else any free port."""
    for port in range(wanted, min(wanted + 50, 65536)):
        if port_is_free(port, host) and _claim(port):
            return port
    return free_port(host)
