"""备份与恢复: the database, the files and the keys of an installation in one archive."""

import json
import os
import shutil
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Conninfo

from yiwang.project.cli import console, delegate
from yiwang.project.engines import accounts, binaries
from yiwang.project.engines.errors import EngineError
from yiwang.project.engines.installation import Installation

FORMAT = 1
DUMP = "database.dump"
ABOUT = "backup.json"
# Files, and the keys without which sealed columns and signatures are lost.
FOLDERS = ("files", "keys")


def programs() -> binaries.Binaries:
    """Return PostgreSQL programs with pg_dump and pg_restore, which this process runs as itself."""
    own = accounts.postgres_account(Path("/nonexistent"))
    found = binaries.find(own)
    if not (found.has("pg_dump") and found.has("pg_restore")):
        raise EngineError(
            f"{found.folder} 中没有 pg_dump 和 pg_restore，请安装 PostgreSQL 客户端程序。",
            f"{found.folder} has no pg_dump and pg_restore: install PostgreSQL's client programs.",
            code="backup.no_programs",
        )
    return found


def connection_variables(url: str) -> dict[str, str]:
    """Return the address as libpq's variables, so that no password shows in a process list."""
    named = {known.keyword.decode(): known.envvar for known in Conninfo.get_defaults()}
    given = {"host": "", "port": "5432", "user": "", "password": "", "dbname": ""}
    given |= {name: str(value) for name, value in conninfo_to_dict(url).items()}
    variables = ((named.get(name), value) for name, value in given.items())
    return {"PATH": os.defpath} | {name.decode(): value for name, value in variables if name}


def run(argv: list[str], environment: dict[str, str], code: str) -> None:
    """Run a PostgreSQL program.

    :raises EngineError: it failed; the message is its own.
    """
    result = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    if result.returncode:
        raise EngineError(
            f"{Path(argv[0]).name} 失败：{result.stderr.strip()}",
            f"{Path(argv[0]).name} failed: {result.stderr.strip()}",
            code=code,
        )


def backup(installation: Installation, target: Path | None) -> int:
    """Write one archive, readable for its owner only; it works while everything runs.

    The database is dumped in one snapshot first and the files after it: a file is stored before
    the row that names it, so every row of the dump finds its file.
    """
    target = target or Path(time.strftime("yiwang-backup-%Y%m%d-%H%M%S.zip"))
    if target.exists():
        raise EngineError(
            f"{target} 已存在，没有覆盖。",
            f"{target} exists and was left alone.",
            code="backup.exists",
        )
    with delegate.database(installation) as environment, scratch_folder(target.parent) as scratch:
        dump = scratch / DUMP
        with console.step("导出数据库", "Dumping the database"):
            argv = [str(programs()["pg_dump"]), "--format=custom", "--no-owner"]
            variables = connection_variables(environment["DATABASE_URL"])
            run([*argv, f"--file={dump}"], variables, "backup.dump_failed")
        about = scratch / ABOUT
        about.write_text(
            json.dumps(
                {
                    "format": FORMAT,
                    "made_at": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
                    "secret_key": installation.secrets().secret_key,
                }
            )
        )
        archive = scratch / "archive"
        with console.step("写入备份文件", "Writing the archive"):
            archive.touch(mode=0o600)
            # The dump is compressed already and most files are pictures and PDF.
            with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as bundle:
                bundle.write(about, ABOUT)
                bundle.write(dump, DUMP)
                for name in FOLDERS:
                    for path in (installation.var / name).rglob("*"):
                        bundle.write(path, path.relative_to(installation.var))
            archive.rename(target)
    console.say(
        f"备份完成：{target}（{target.stat().st_size / 1e6:.1f} MB）。其中含密钥，请妥善保管。",
        "Backup done. It holds the keys of this installation: keep it safe.",
    )
    return 0


def restore(installation: Installation, source: Path, *, replace: bool) -> int:
    """Put an archive back; refuses to run beside the stack or over data unless told to."""
    if installation.state():
        raise EngineError(
            "请先停止：./yiwang down", "Stop first: ./yiwang down", code="restore.running"
        )
    installation.prepare()
    with scratch_folder(installation.var) as scratch:
        with console.step("读取备份文件", "Reading the archive"):
            about = unpack(source, scratch)
        with delegate.database(installation) as environment:
            variables = connection_variables(environment["DATABASE_URL"])
            if not replace:
                refuse_over_data(environment["DATABASE_URL"])
            with console.step("恢复数据库", "Restoring the database"):
                argv = [str(programs()["pg_restore"]), "--no-owner", "--clean", "--if-exists"]
                argv += ["--exit-on-error", "--single-transaction"]
                argv += [f"--dbname={variables['PGDATABASE']}", str(scratch / DUMP)]
                run(argv, variables, "restore.failed")
        with console.step("恢复文件和密钥", "Putting files and keys back"):
            for name in FOLDERS:
                if (scratch / name).exists():
                    close_to_others(scratch / name)
                    shutil.rmtree(installation.var / name, ignore_errors=True)
                    (scratch / name).rename(installation.var / name)
            installation.replace_secret_key(about["secret_key"])
    console.say("恢复完成。", "Restored.")
    return 0


@contextmanager
def scratch_folder(parent: Path) -> Iterator[Path]:
    """Give a folder on the same file system, closed to others and gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix=".yiwang-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def close_to_others(folder: Path) -> None:
    """Take every right from other users: an archive keeps no rights, and these files are secret."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)


def unpack(source: Path, scratch: Path) -> dict[str, Any]:
    """Unpack an archive into ``scratch`` and return what it says about itself.

    :raises EngineError: it is no backup of ours, or of a newer form.
    """
    try:
        with zipfile.ZipFile(source) as bundle:
            if broken := bundle.testzip():
                raise zipfile.BadZipFile(f"{broken}: checksum")
            bundle.extractall(scratch)
        about: dict[str, Any] = json.loads((scratch / ABOUT).read_text())
    except (OSError, zipfile.BadZipFile, ValueError) as error:
        raise EngineError(
            f"{source} 不是一网的备份文件：{error}",
            f"{source} is no backup of Yiwang: {error}",
            code="restore.not_a_backup",
        ) from error
    if about.get("format") != FORMAT:
        raise EngineError(
            f"{source} 的格式 {about.get('format')} 不受支持。",
            f"{source} has format {about.get('format')}, which is not supported.",
            code="restore.other_format",
        )
    return about


def refuse_over_data(url: str) -> None:
    """Refuse to write over a database that holds tables.

    :raises EngineError: it does.
    """
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        ).fetchone()
    if row and row[0]:
        raise EngineError(
            f"数据库中已有 {row[0]} 张表。要用备份替换它们，请加 --replace。",
            f"The database holds {row[0]} tables. To replace them add --replace.",
            code="restore.not_empty",
        )
