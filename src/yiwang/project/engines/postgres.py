"""内置 PostgreSQL: one cluster, listening on loopback, made and run without root's rights."""

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_urlsafe

import psycopg
from psycopg import sql

from yiwang.project.engines import accounts, binaries, processes
from yiwang.project.engines.errors import EngineError

DATABASE = "yiwang"
ROLE = "yiwang"
ADMIN = "postgres"
# Two cores and a few hundred megabytes; durability stays as PostgreSQL ships it.
SETTINGS = {
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "100",
    "shared_buffers": "96MB",
    "effective_cache_size": "512MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "1GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_duration_statement": "1000",
}
# For a cluster that is deleted at the end of the run: there is nothing to keep after a crash.
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Passwords:
    """Passwords of the administrator and of the role that the platform uses."""

    admin: str = field(default_factory=lambda: token_urlsafe(24), repr=False)
    role: str = field(default_factory=lambda: token_urlsafe(24), repr=False)


class Cluster:
    """A PostgreSQL cluster in one folder: initialised once, started, checked, stopped."""

    def __init__(
        self,
        data: Path,
        passwords: Passwords,
        *,
        port: int,
        host: str = "127.0.0.1",
        throwaway: bool = False,
    ) -> None:
        self.account = accounts.postgres_account(data)
        self.data = accounts.data_folder(data, self.account)
        self.binaries = binaries.find(self.account)
        self.passwords = passwords
        self.host = host
        self.port = port
        self.throwaway = throwaway

    @property
    def url(self) -> str:
        """The address for the platform's own role; it owns the database and is no superuser."""
        return f"postgresql://{ROLE}:{self.passwords.role}@{self.host}:{self.port}/{DATABASE}"

    @property
    def admin_url(self) -> str:
        """The address for the administrator: backups and upgrades."""
        return f"postgresql://{ADMIN}:{self.passwords.admin}@{self.host}:{self.port}/postgres"

    def prepare(self) -> None:
        """Make the cluster when there is none, and refuse one that these programs cannot open.

        :raises EngineError: another major version, no room, or ``initdb`` failed.
        """
        version = self.data / "PG_VERSION"
        try:
            found = version.read_text().strip() if version.exists() else None
        except PermissionError as error:
            raise EngineError(
                f"没有权限读取数据目录 {self.data}：请用建立它的用户运行。",
                f"No permission to read the data folder {self.data}: run as the user who made it.",
                code="postgres.data_unreadable",
            ) from error
        if found is None:
            self._initialise()
        elif found != str(self.binaries.major):
            raise self._other_major(found)

    def _other_major(self, found: str) -> EngineError:
        new = self.data.with_name(f"{self.data.name}-{self.binaries.major}")
        old_bin = next(
            (str(place) for place in binaries.system_folders() if place.parent.name == found),
            f"/usr/lib/postgresql/{found}/bin",
        )
        as_user = ""
        if self.account:
            as_user = f"setpriv --reuid={self.account.name} --regid={self.account.gid}"
            as_user += " --clear-groups "
        owner = f"{self.account.uid}:{self.account.gid}" if self.account else ""
        initdb = shlex.join(str(part) for part in self._initdb_argv(new))
        upgrade = shlex.join(
            [
                str(self.binaries["pg_upgrade"]),
                *("--old-bindir", old_bin, "--new-bindir", str(self.binaries.folder)),
                *("--old-datadir", str(self.data), "--new-datadir", str(new)),
                *("--username", ADMIN),
            ]
        )
        aside = self.data.with_name(f"{self.data.name}-{found}")
        steps = [
            f"mkdir -m 700 {new}" + (f" && chown {owner} {new}" if owner else ""),
            f"cd {new}",
            f"{as_user}{initdb}",
            f"cp -p {self.data}/pg_hba.conf {new}.hba",
            f"sed -i s/scram-sha-256/trust/ {self.data}/pg_hba.conf",
            f"{as_user}{upgrade}",
            f"cp -p {new}.hba {new}/pg_hba.conf && mv {new}.hba {self.data}/pg_hba.conf",
            f"cd / && mv {self.data} {aside} && mv {new} {self.data}",
        ]
        commands = "\n".join(f"  {step}" for step in steps)
        return EngineError(
            f"数据目录 {self.data} 由 PostgreSQL {found} 建立，而现在的程序是"
            f" {self.binaries.major}，没有改动任何数据。升级命令：",
            f"The data folder {self.data} was made by PostgreSQL {found}; the programs here are"
            f" {self.binaries.major}. Nothing was changed. To upgrade it with pg_upgrade"
            f" (PostgreSQL {found} must be installed):\n{commands}\n"
            f"or keep using {found}: YIWANG_POSTGRES_BIN={old_bin}",
            code="postgres.other_major",
        )

    def _initdb_argv(self, folder: Path, password_file: Path | None = None) -> list[str | Path]:
        # Byte order for sorting, Unicode for letters: under C trigrams of Chinese are empty.
        argv: list[str | Path] = [
            self.binaries["initdb"],
            *("--pgdata", folder, "--username", ADMIN, "--encoding", "UTF8"),
            *("--locale", "C", "--lc-ctype", "C.UTF-8", "--data-checksums"),
        ]
        if password_file:
            argv += ["--auth", "scram-sha-256", "--pwfile", password_file]
        return argv

    def _initialise(self) -> None:
        parent = self.data.parent
        for left in parent.glob(f".{self.data.name}-*"):
            shutil.rmtree(left, ignore_errors=True)
        # Made beside and renamed, so that a folder with this name is always a whole cluster.
        scratch = Path(tempfile.mkdtemp(prefix=f".{self.data.name}-", dir=parent))
        password_file = scratch / "password"
        cluster = scratch / "cluster"
        try:
            password_file.touch(mode=0o600)
            password_file.write_text(self.passwords.admin)
            if self.account:
                for path in (scratch, password_file):
                    os.chown(path, self.account.uid, self.account.gid)
            argv = self._initdb_argv(cluster, password_file)
            if self.throwaway:
                argv.append("--no-sync")
            result = processes.run_as(self.account, argv, timeout=180)
            if result.returncode:
                raise EngineError(
                    f"initdb 失败：{result.stderr.strip()}",
                    f"initdb failed: {result.stderr.strip()}",
                    code="postgres.initdb_failed",
                )
            if self.data.exists():
                self.data.rmdir()
            cluster.rename(self.data)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def server_processes(self) -> list[int]:
        """Return the processes of a server that works in the data folder, whoever started it."""
        return list(processes.processes_in(self.data, "postgres"))

    def settle(self, *, seconds: float = 30) -> None:
        """Wait for, and clear away, what an earlier, killed run left behind.

        A server whose supervisor was killed is shutting down by itself. Backends of a killed server
        hold its shared memory for a moment. And a number in ``postmaster.pid`` may since belong to
        another program, which PostgreSQL would believe.

        :raises EngineError: a server works there and goes on: another installation's.
        """
        pid_file = self.data / "postmaster.pid"

        def is_quiet() -> bool:
            left = self.server_processes()
            server = pid_file.read_text().split("\n", 1)[0] if pid_file.exists() else ""
            if server not in map(str, left):
                for pid in left:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGQUIT)
            return not left

        if not processes.wait_until(is_quiet, seconds=seconds, every=0.2):
            raise EngineError(
                f"另一个 PostgreSQL 正在使用 {self.data}。",
                f"Another PostgreSQL works in {self.data}.",
                code="postgres.data_in_use",
            )
        pid_file.unlink(missing_ok=True)

    def spawn(self, output: int | None = None) -> subprocess.Popen[bytes]:
        """Start the server as a child of this process; ``ready`` says when it answers."""
        settings = SETTINGS | (THROWAWAY if self.throwaway else {})
        settings |= {"listen_addresses": self.host, "port": str(self.port)}
        argv: list[str | Path] = [self.binaries["postgres"], "-D", self.data]
        for name, value in settings.items():
            argv += ["-c", f"{name}={value}"]
        return processes.spawn(
            argv,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            cwd=self.data,
            output=output if output is not None else subprocess.DEVNULL,
            account=self.account,
            death_signal=signal.SIGINT,
        )

    def start(self, output: int | None = None, *, attempts: int = 5) -> subprocess.Popen[bytes]:
        """Start the server and wait until it answers; the first start after a crash may fail.

        :raises EngineError: it did not come up; the log says why.
        """
        self.settle()
        for attempt in range(attempts):
            if attempt:
                time.sleep(0.3 * attempt)
            process = self.spawn(output)
            try:
                if self._comes_up(process):
                    self._make_database()
                    self._check_locale()
                    return process
            except BaseException:
                self.stop(process)
                raise
            self.stop(process)
        raise EngineError(
            f"PostgreSQL 无法启动（{self.data}，端口 {self.port}）。原因见日志 postgres.log。",
            f"PostgreSQL does not start ({self.data}, port {self.port}). See postgres.log.",
            code="postgres.does_not_start",
        )

    def _comes_up(self, process: subprocess.Popen[bytes]) -> bool:
        pid_file = self.data / "postmaster.pid"

        def says_ready() -> bool:
            # Its own word comes first: something else may listen on the port and answer for it.
            lines = pid_file.read_text().splitlines() if pid_file.exists() else []
            return lines[:1] == [str(process.pid)] and lines[-1].strip() == "ready"

        def settled() -> bool:
            return process.poll() is not None or (says_ready() and self._answers())

        # A replay of the log after a crash may take a while.
        return processes.wait_until(settled, seconds=120) and process.poll() is None

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        """Fast shutdown: open transactions are rolled back, everything committed is on disk."""
        processes.stop(process, number=signal.SIGINT, seconds=30)

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self.admin_url, connect_timeout=3, autocommit=True):
                return True
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise EngineError(
                    f"数据目录 {self.data} 的密码与 var/secrets.json 不一致："
                    "请恢复原来的 secrets.json，或从备份恢复。",
                    f"The passwords in var/secrets.json are not those of the data folder"
                    f" {self.data}: put the old secrets.json back, or restore a backup.",
                    code="postgres.password_lost",
                ) from error
            return False

    def _make_database(self) -> None:
        role, database = sql.Identifier(ROLE), sql.Identifier(DATABASE)
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            row = connection.execute(
                "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s),"
                " EXISTS (SELECT FROM pg_database WHERE datname = %s)",
                [ROLE, DATABASE],
            ).fetchone()
            has_role, has_database = row or (False, False)
            if not has_role:
                # Tests make databases of their own, hence CREATEDB; nothing needs a superuser.
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(role))
            connection.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(self.passwords.role))
            )
            if not has_database:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(database, role)
                )

    def _check_locale(self) -> None:
        with psycopg.connect(self.url) as connection:
            row = connection.execute(
                "SELECT datctype, pg_encoding_to_char(encoding) FROM pg_database"
                " WHERE datname = current_database()"
            ).fetchone()
        if row is None or row[0].lower().replace("-", "") != "c.utf8" or row[1] != "UTF8":
            raise EngineError(
                f"数据库的 LC_CTYPE 应为 C.UTF-8、编码应为 UTF8，实际为 {row}。",
                f"The database must have LC_CTYPE C.UTF-8 and encoding UTF8, it has {row}.",
                code="postgres.wrong_locale",
            )


@contextmanager
def throwaway() -> Iterator[Cluster]:
    """A running cluster in a temporary folder, gone with everything in it at the end."""
    account = accounts.postgres_account(Path("/nonexistent"))
    folder = accounts.temporary_folder(f"yiwang-test-{os.getpid()}-", account)
    try:
        cluster = Cluster(folder / "data", Passwords(), port=processes.free_port(), throwaway=True)
        cluster.prepare()
        with (folder / "postgres.log").open("wb") as log:
            process = cluster.start(log.fileno())
        try:
            yield cluster
        finally:
            cluster.stop(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
