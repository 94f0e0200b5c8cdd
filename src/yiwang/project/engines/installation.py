"""安装实例: one installation's folder, secrets, addresses and what runs in it right now."""

import contextlib
import dataclasses
import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Self

from yiwang.project.engines import processes
from yiwang.project.engines.errors import EngineError

ROOT = Path(__file__).resolve().parents[4]
MEGABYTE = 1 << 20
# What a start needs at least: the stack idles near 500 MB, and a database that meets a full disk
# stops at the worst moment.
NEEDED_MEMORY = 400 * MEGABYTE
NEEDED_DISK = 512 * MEGABYTE


@dataclass(frozen=True)
class Secrets:
    """密钥: made once per installation and kept readable for its owner only."""

    secret_key: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)
    postgres_admin: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    postgres: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    nats: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)


@dataclass(frozen=True)
class Ports:
    """端口: the TCP ports of one run."""

    web: int = 8000
    postgres: int = 54330
    nats: int = 4222
    mqtt: int = 1883
    sandbox: int = 8090

    @classmethod
    def choose(cls, environment: Mapping[str, str], host: str) -> Self:
        """Take the defaults, or near ones when they are taken, or exactly what the caller names.

        :raises EngineError: a port named in ``YIWANG_PORT``, ``YIWANG_POSTGRES_PORT`` and so on is
            no number or is taken.
        """
        chosen: dict[str, int] = {}
        for port in fields(cls):
            variable = "YIWANG_PORT" if port.name == "web" else f"YIWANG_{port.name.upper()}_PORT"
            bind = host if port.name == "web" else "127.0.0.1"
            if named := environment.get(variable):
                chosen[port.name] = _named_port(variable, named, bind)
            else:
                chosen[port.name] = processes.choose_port(int(str(port.default)), bind)
        return cls(**chosen)


def _named_port(variable: str, text: str, host: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise EngineError(
            f"{variable}={text} 不是端口号（1 至 65535）。",
            f"{variable}={text} is no port number (1 to 65535).",
            code="engine.bad_port",
        )
    if not processes.port_is_free(int(text), host):
        raise EngineError(
            f"端口 {text}（{variable}）已被占用：请停止占用它的程序，或换一个端口。",
            f"Port {text} ({variable}) is taken: stop what uses it, or name another port.",
            code="engine.port_taken",
        )
    return int(text)


@dataclass
class State:
    """运行状态: what the supervisor of this installation runs, as written to ``state.json``."""

    pid: int
    born: str
    ports: Ports
    url: str
    ready: bool = False
    started_at: float = field(default_factory=time.time)
    services: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Installation:
    """One installation: everything that it keeps lies in its ``var`` folder."""

    var: Path

    @classmethod
    def here(cls) -> Self:
        """The installation that ``YIWANG_VAR`` names, else ``var`` beside the code."""
        return cls(Path(os.environ.get("YIWANG_VAR") or ROOT / "var").resolve())

    @property
    def run(self) -> Path:
        """Files of the current run: state, locks, generated configuration."""
        return self.var / "run"

    @property
    def log(self) -> Path:
        """One log file for each service."""
        return self.var / "log"

    @property
    def files(self) -> Path:
        """The content-addressed store of uploaded and made files."""
        return self.var / "files"

    @property
    def postgres(self) -> Path:
        """The data folder of the embedded PostgreSQL, or a link to it."""
        return self.var / "postgres"

    @property
    def state_file(self) -> Path:
        """What the supervisor writes about what it runs; absent when nothing runs."""
        return self.run / "state.json"

    def prepare(self) -> None:
        """Make the folders.

        :raises EngineError: they cannot be written, or there is no room.
        """
        try:
            # The folder itself must let PostgreSQL's user through; what lies in it is ours alone.
            self.var.mkdir(parents=True, exist_ok=True)
            for folder in (self.run, self.log, self.files):
                folder.mkdir(mode=0o700, exist_ok=True)
            (self.run / "lock").touch()
        except OSError as error:
            raise EngineError(
                f"无法写入数据目录 {self.var}：{error.strerror}。请换用有权限的用户，"
                "或用 YIWANG_VAR 指定另一个目录。",
                f"The folder {self.var} cannot be written ({error.strerror}). Run as its owner, or"
                " name another one in YIWANG_VAR.",
                code="engine.var_not_writable",
            ) from error

    def secrets(self) -> Secrets:
        """Return the secrets, made at the first call."""
        path = self.var / "secrets.json"
        if not path.exists():
            scratch = self._write_secrets(Secrets())
            # A link fails when another process was first, where a rename would replace its own.
            with contextlib.suppress(FileExistsError):
                os.link(scratch, path)
            scratch.unlink()
        try:
            return Secrets(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError) as error:
            raise EngineError(
                f"无法读取 {path}：{error}", f"Cannot read {path}: {error}", code="engine.secrets"
            ) from error

    def replace_secret_key(self, secret_key: str) -> None:
        """Take over the secret key of a backup, so that what it signed stays valid."""
        changed = dataclasses.replace(self.secrets(), secret_key=secret_key)
        self._write_secrets(changed).replace(self.var / "secrets.json")

    def _write_secrets(self, content: Secrets) -> Path:
        scratch = self.var / f"secrets.json.{os.getpid()}"
        with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            json.dump(asdict(content), file, indent=1)
        return scratch

    @contextmanager
    def exclusive(self, *, wait_seconds: float = 0) -> Iterator[None]:
        """Hold the right to run engines in this installation.

        :raises EngineError: another process has it and keeps it for ``wait_seconds``.
        """
        with (self.run / "lock").open("r+") as lock:

            def locked() -> bool:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return False
                return True

            if not processes.wait_until(locked, seconds=wait_seconds, every=0.1):
                raise EngineError(
                    "这个实例已在运行（./yiwang status 查看，./yiwang down 停止）。",
                    "This installation runs already (see ./yiwang status, stop with"
                    " ./yiwang down).",
                    code="engine.already_running",
                )
            yield

    def state(self) -> State | None:
        """Return what runs right now, or None; a state that a killed supervisor left is nothing."""
        try:
            content: dict[str, Any] = json.loads(self.state_file.read_text())
        except (OSError, ValueError):
            return None
        state = State(**(content | {"ports": Ports(**content["ports"])}))
        return state if processes.born(state.pid) == state.born else None

    def write_state(self, state: State) -> None:
        """Write what runs, at once or not at all."""
        scratch = self.state_file.with_suffix(".new")
        scratch.write_text(json.dumps(asdict(state), indent=1))
        scratch.replace(self.state_file)

    def forget_state(self) -> None:
        """Say that nothing runs."""
        self.state_file.unlink(missing_ok=True)

    def environment(self, ports: Ports) -> dict[str, str]:
        """Return the environment for every process of the platform; given addresses stay."""
        kept = self.secrets()
        own = {
            "PYTHONPATH": str(ROOT / "src"),
            "PYTHONUTF8": "1",
            "DJANGO_SETTINGS_MODULE": "yiwang.project.settings",
            "YIWANG_VAR": str(self.var),
        }
        unless_given = {
            "YIWANG_SECRET_KEY": kept.secret_key,
            "YIWANG_PUBLIC_URL": f"http://127.0.0.1:{ports.web}",
            "YIWANG_SANDBOX_URL": f"http://127.0.0.1:{ports.sandbox}",
            "DATABASE_URL": f"postgresql://yiwang:{kept.postgres}@127.0.0.1:{ports.postgres}/yiwang",
            "NATS_URL": f"nats://yiwang:{kept.nats}@127.0.0.1:{ports.nats}",
        }
        return unless_given | dict(os.environ) | own


def available_memory(proc: Path = Path("/proc"), cgroup: Path = Path("/sys/fs/cgroup")) -> int:
    """Return the bytes of memory that this machine or its container still has."""
    available = 1 << 62
    if (meminfo := proc / "meminfo").exists():
        for line in meminfo.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                available = int(line.split()[1]) * 1024
    try:
        limit = int((cgroup / "memory.max").read_text())
        used = int((cgroup / "memory.current").read_text())
        stats = dict(line.split() for line in (cgroup / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):
        # No container, or one without a limit ("max").
        return available
    return min(available, limit - used + int(stats.get("inactive_file", 0)))


def check_resources(memory: int, disk: int, folder: Path) -> None:
    """Refuse to start where the engines would soon fail.

    :raises EngineError: not enough memory or disk; the message says how much.
    """
    if disk < NEEDED_DISK:
        raise EngineError(
            f"磁盘空间不足：{folder} 只剩 {disk // MEGABYTE} MB，"
            f"至少需要 {NEEDED_DISK // MEGABYTE} MB。请清理磁盘，或用 YIWANG_VAR 指定另一个目录。",
            f"Disk is short: {folder} has {disk // MEGABYTE} MB left and"
            f" {NEEDED_DISK // MEGABYTE} MB are needed. Make room, or name another folder in"
            " YIWANG_VAR.",
            code="engine.no_disk",
        )
    if memory < NEEDED_MEMORY:
        raise EngineError(
            f"内存不足：可用 {memory // MEGABYTE} MB，至少需要 {NEEDED_MEMORY // MEGABYTE} MB。"
            "请关闭其他程序。",
            f"Memory is short: {memory // MEGABYTE} MB are available and"
            f" {NEEDED_MEMORY // MEGABYTE} MB are needed. Close other programs.",
            code="engine.no_memory",
        )
