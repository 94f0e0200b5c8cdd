"""转交命令: commands of Django and of the benches, with the database there when they run."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from yiwang.project.cli import console
from yiwang.project.engines import processes, services
from yiwang.project.engines.installation import ROOT, Installation, Ports

# Long enough for a command that runs at the same moment to end.
WAIT_SECONDS = 120


@contextmanager
def database(installation: Installation) -> Iterator[dict[str, str]]:
    """Give the environment of a running database: the stack's, or one started for this command."""
    installation.prepare()
    if state := installation.state():
        yield installation.environment(state.ports)
        return
    with installation.exclusive(wait_seconds=WAIT_SECONDS):
        ports = Ports.choose(os.environ, "127.0.0.1")
        service = services.database(installation, ports)
        if service:
            service.start()
        try:
            yield installation.environment(ports)
        finally:
            if service:
                service.stop()


def call(argv: Sequence[str], environment: dict[str, str]) -> int:
    """Run a command to its end and return its exit code; it shares the terminal and Ctrl-C."""
    try:
        return subprocess.run(argv, env=environment, cwd=ROOT, check=False).returncode
    except KeyboardInterrupt:
        return 130


def manage(installation: Installation, arguments: Sequence[str], *, prepared: bool = False) -> int:
    """Run a Django management command; ``prepared`` migrates first when nothing runs yet."""
    with database(installation) as environment:
        if prepared and installation.state() is None:
            code = call([sys.executable, "-m", "yiwang.project.cli.prepare"], environment)
            if code:
                return code
        return call([sys.executable, "-m", "django", *arguments], environment)


def bench(arguments: Sequence[str]) -> int:
    """Run the benches in an installation of their own, so that the demonstration stays small."""
    os.environ.setdefault("YIWANG_VAR", str(ROOT / "var" / "bench"))
    installation = Installation.here()
    python = [sys.executable, "-m", "bench", *arguments]
    if "--list" in arguments:
        return call(python, dict(os.environ))
    with database(installation) as environment:
        code = call([sys.executable, "-m", "yiwang.project.cli.prepare"], environment)
        return code or call(python, environment)


def missing_browser() -> str | None:
    """Return why there is no browser for tests and pictures, after trying to install one."""
    # Playwright belongs to the development requirements: only two commands come here.
    from yiwang.kernel.ui.browser import find_chromium

    if find_chromium():
        return None
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return "no Chromium here, and only root can install it with apt-get"
    packages = ["chromium", "fonts-noto-cjk"]
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    with console.step("安装 Chromium", "Installing Chromium for the browser tests"):
        for argv in (["apt-get", "update", "-q"], install):
            result = processes.run_as(None, argv, env=environment, timeout=900)
    return None if result.returncode == 0 else f"apt-get failed: {result.stderr.strip()[-200:]}"
