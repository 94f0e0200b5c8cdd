"""启动准备: all that Django does before the services start, in one process.

Run as ``python -m yiwang.project.cli.prepare [COMMAND ...]``: migrations, translations and static
files, then each management command that is named.
"""

import hashlib
import sys
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from yiwang.project import translations
from yiwang.project.cli import console
from yiwang.project.engines.errors import EngineError


def static_digest() -> str:
    """Return a digest of the names, sizes and times of all static files."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            about = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{about.st_size}\0{about.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def collect_static_files() -> None:
    """Collect the static files for the web server, only when one of them changed."""
    stamp = Path(settings.VAR) / "run" / "static.digest"
    found = static_digest()
    if stamp.exists() and stamp.read_text() == found and Path(settings.STATIC_ROOT).is_dir():
        return
    with console.step("收集静态文件", "Collecting static files"):
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(found)


def main() -> None:
    """Prepare the installation that the environment describes."""
    if translations.compile_changed():
        console.say("译文已编译。", "Translations compiled.")
    django.setup()
    # Models are there only now.
    from yiwang.project.cli import ownership

    try:
        ownership.check_database()
    except EngineError as error:
        console.complain(str(error))
        sys.exit(1)
    with console.step("数据库迁移", "Migrating the database"):
        call_command("migrate", interactive=False, verbosity=0)
    ownership.claim_database()
    collect_static_files()
    for command in sys.argv[1:]:
        with console.step(f"执行 {command}", f"Running {command}"):
            print(flush=True)
            call_command(command)


if __name__ == "__main__":
    main()
