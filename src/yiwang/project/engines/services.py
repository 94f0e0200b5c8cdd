"""服务清单: the processes that make up the running platform, in the order in which they start."""

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from yiwang.project.engines import nats, postgres, processes
from yiwang.project.engines.installation import ROOT, Installation, Ports

WEB_WORKERS = 2
WEB_THREADS = 4


@dataclass
class Service:
    """A process that the supervisor starts, watches, restarts and stops."""

    name: str
    argv: list[str]
    env: Mapping[str, str]
    log: Path
    ready: Callable[[], bool]
    ready_seconds: float = 120
    stop_seconds: float = 10
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Start the process; ``ready`` says when it does its work."""
        with self.log.open("ab") as log:
            self.process = processes.spawn(self.argv, env=self.env, cwd=ROOT, output=log.fileno())

    def has_ended(self) -> bool:
        """Say whether the process was started and is gone."""
        return self.process is not None and self.process.poll() is not None

    def ask_to_stop(self) -> None:
        """Ask the process to end; ``stop`` then waits for it."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        """End the process and everything in its group."""
        if self.process:
            processes.stop(self.process, number=signal.SIGTERM, seconds=self.stop_seconds)
            self.process = None


class PostgresService(Service):
    """The embedded PostgreSQL; its manager knows how to recover and how to shut down."""

    def __init__(self, cluster: postgres.Cluster, log: Path) -> None:
        super().__init__("postgres", [], {}, log, ready=lambda: True)
        self.cluster = cluster

    def start(self) -> None:
        """Make the cluster when there is none and start it, also after a crash."""
        self.cluster.prepare()
        with self.log.open("ab") as log:
            self.process = self.cluster.start(log.fileno())

    def ask_to_stop(self) -> None:
        """Nothing yet: PostgreSQL goes last, when nobody uses it any more."""

    def stop(self) -> None:
        """Fast shutdown with a checkpoint."""
        if self.process:
            self.cluster.stop(self.process)
            self.process = None


def listens(port: int, host: str = "127.0.0.1") -> bool:
    """Say whether somebody accepts connections on a port."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def is_healthy(port: int, host: str = "127.0.0.1", *, seconds: float = 5) -> bool:
    """Say whether the web process answers its health address with 200."""
    connection = http.client.HTTPConnection(host, port, timeout=seconds)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def database(installation: Installation, ports: Ports) -> PostgresService | None:
    """Return the embedded database, or None when ``DATABASE_URL`` names another."""
    if os.environ.get("DATABASE_URL"):
        return None
    kept = installation.secrets()
    cluster = postgres.Cluster(
        installation.postgres,
        postgres.Passwords(admin=kept.postgres_admin, role=kept.postgres),
        port=ports.postgres,
    )
    return PostgresService(cluster, installation.log / "postgres.log")


def messages(installation: Installation, ports: Ports) -> Service | None:
    """Return the embedded NATS, or None when ``NATS_URL`` names another."""
    if os.environ.get("NATS_URL"):
        return None
    configuration = nats.write_configuration(installation, ports)
    return Service(
        name="nats",
        argv=[str(nats.program()), "--config", str(configuration)],
        env={"PATH": os.defpath, "GOMEMLIMIT": "96MiB"},
        log=installation.log / "nats.log",
        ready=lambda: listens(ports.nats) and listens(ports.mqtt),
    )


def platform(installation: Installation, ports: Ports, host: str) -> list[Service]:
    """Return the platform's own processes: sandbox, web, worker."""
    environment = installation.environment(ports)
    python = sys.executable
    sandbox = Service(
        name="sandbox",
        argv=[python, "-m", "yiwang.project.sandbox"],
        env=environment | {"YIWANG_SANDBOX_PORT": str(ports.sandbox)},
        log=installation.log / "sandbox.log",
        ready=lambda: listens(ports.sandbox),
    )
    web_address = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104
    web = Service(
        name="web",
        argv=[
            *(python, "-m", "granian", "--interface", "wsgi", "--no-ws", "--http", "1"),
            *("--host", host, "--port", str(ports.web), "--workers", str(WEB_WORKERS)),
            *("--blocking-threads", str(WEB_THREADS), "--respawn-failed-workers"),
            *("--workers-kill-timeout", "5", "yiwang.project.wsgi:application"),
        ],
        env=environment,
        log=installation.log / "web.log",
        ready=lambda: is_healthy(ports.web, web_address),
    )
    worker = Service(
        name="worker",
        argv=[python, "-m", "django", "worker"],
        env=environment,
        log=installation.log / "worker.log",
        ready=lambda: True,
        stop_seconds=15,
    )
    services = [web, worker]
    # An installation with real outside systems names them and needs no stand-in.
    return services if os.environ.get("YIWANG_SANDBOX_URL") else [sandbox, *services]
