"""运行账户与位置: which user runs PostgreSQL when we are root, and where that user can reach."""

import hashlib
import os
import pwd
import shutil
import tempfile
from pathlib import Path

from yiwang.project.engines.errors import EngineError
from yiwang.project.engines.processes import Account, run_as

# Tried in this order: a user made for us, the one that packages make, the one that always exists.
CANDIDATES = ("yiwang", "postgres", "nobody")
# Reachable by every user on any Linux, kept over a restart, writable by root.
OUTSIDE = Path("/var/lib/yiwang")


def postgres_account(data: Path) -> Account | None:
    """Return the unprivileged user for PostgreSQL, or None when we are not root and run it as us.

    A data folder that exists keeps its owner. ``YIWANG_POSTGRES_USER`` names another user.
    """
    if os.geteuid() != 0:
        return None
    if (data / "PG_VERSION").exists() and (owner := data.stat()).st_uid != 0:
        try:
            name = pwd.getpwuid(owner.st_uid).pw_name
        except KeyError as error:
            raise EngineError(
                f"数据目录 {data} 属于不存在的用户 {owner.st_uid}。请先 chown 给一个存在的用户。",
                f"The data folder {data} belongs to user id {owner.st_uid}, which does not exist."
                " Give it to an existing user with chown first.",
                code="engine.owner_unknown",
            ) from error
        return Account(name, owner.st_uid, owner.st_gid)
    chosen = os.environ.get("YIWANG_POSTGRES_USER")
    for name in [chosen] if chosen else CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise EngineError(
        "以 root 运行时需要一个普通用户来运行 PostgreSQL：请建立用户 yiwang"
        "（useradd --system yiwang）或设置 YIWANG_POSTGRES_USER。",
        "PostgreSQL does not run as root: make a user yiwang (useradd --system yiwang) or name one"
        " in YIWANG_POSTGRES_USER.",
        code="engine.no_account",
    )


def reaches(account: Account | None, folder: Path) -> bool:
    """Say whether ``account`` can enter ``folder`` (asked of the system, so ACLs count too)."""
    if account is None:
        return os.access(folder, os.X_OK)
    return run_as(account, ["/bin/sh", "-c", 'cd "$1"', "sh", folder]).returncode == 0


def outside_folder(name: str, origin: Path) -> Path:
    """Return a folder under /var/lib/yiwang for something whose own place is out of reach."""
    base = Path(os.environ.get("YIWANG_ENGINES_DIR", OUTSIDE))
    folder = base / f"{name}-{hashlib.sha256(os.fsencode(origin)).hexdigest()[:12]}"
    try:
        for part in (base, folder):
            part.mkdir(mode=0o755, parents=True, exist_ok=True)
            part.chmod(0o755)
    except OSError as error:
        raise EngineError(
            f"无法建立 {folder}：{error}。请把 YIWANG_ENGINES_DIR 设为其他用户可以进入的目录。",
            f"Cannot make {folder}: {error}. Set YIWANG_ENGINES_DIR to a folder that other users"
            " can enter.",
            code="engine.no_outside_folder",
        ) from error
    return folder


def data_folder(wanted: Path, account: Account | None) -> Path:
    """Return the real folder for PostgreSQL's data; ``wanted`` becomes a link when out of reach.

    The link travels with the clone when it is moved, so the data are found again.
    """
    if wanted.is_symlink() or wanted.exists():
        return wanted.resolve()
    wanted.parent.mkdir(parents=True, exist_ok=True)
    if account is None or reaches(account, wanted.parent):
        return wanted
    real = outside_folder("data", wanted) / wanted.name
    wanted.symlink_to(real)
    return real


def temporary_folder(prefix: str, account: Account | None) -> Path:
    """Make an empty folder of ``account``'s own in a temporary place that it reaches."""
    for base in (tempfile.gettempdir(), "/tmp", "/var/tmp"):  # noqa: S108
        if os.path.isdir(base) and reaches(account, Path(base)):
            folder = Path(tempfile.mkdtemp(prefix=prefix, dir=base))
            if account:
                os.chown(folder, account.uid, account.gid)
            return folder
    raise EngineError(
        "找不到可用的临时目录。", "No usable temporary folder.", code="engine.no_temporary_folder"
    )


def staged_copy(source: Path, parts: tuple[str, ...], label: str) -> Path:
    """Copy the ``parts`` of ``source`` to where every user can run them; return the copy.

    Made under another name and renamed, so a copy that exists is complete.
    """
    target = outside_folder("engines", source) / label
    if target.exists():
        return target
    scratch = Path(tempfile.mkdtemp(dir=target.parent))
    for part in parts:
        shutil.copytree(source / part, scratch / part, symlinks=True)
    for folder, _, files in os.walk(scratch):
        Path(folder).chmod(0o755)
        for name in files:
            path = Path(folder, name)
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
    try:
        scratch.rename(target)
    except OSError:
        # Another process was faster and its copy is as good.
        shutil.rmtree(scratch)
    return target
