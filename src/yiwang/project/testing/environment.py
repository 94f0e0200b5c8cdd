"""测试环境: the variables, the database and the closed door that every pytest run gets."""

import atexit
import ipaddress
import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import django
from django.conf import settings

from yiwang.project import coverage
from yiwang.project.engines import postgres

SOURCE = Path(__file__).resolve().parents[3]
# Whatever this run started and must end; empty in xdist workers.
_started = ExitStack()


class OutsideBlockedError(RuntimeError):
    """A test tried to reach a machine other than this one."""


def prepare() -> None:
    """Fill the environment, start the database when none is named, and set Django up.

    Called by the root conftest before anything reads the settings. The xdist workers inherit the
    environment of the process that started them and only block sockets and set Django up.
    """
    block_outside_sockets()
    atexit.register(_started.close)
    if "PYTEST_XDIST_WORKER" not in os.environ:
        if settings.configured:
            raise RuntimeError("unset DJANGO_SETTINGS_MODULE: tests prepare their own settings")
        _started.callback(shutil.rmtree, var := tempfile.mkdtemp(prefix="yiwang-test-var-"))
        Path(var, "static").mkdir()
        os.environ.setdefault(coverage.RESULTS_VARIABLE, str(coverage.results_path()))
        os.environ["YIWANG_VAR"] = var
        os.environ["YIWANG_SECRET_KEY"] = secrets.token_urlsafe(48)
        # For processes that a test starts.
        os.environ["PYTHONPATH"] = str(SOURCE)
        if "DATABASE_URL" not in os.environ:
            os.environ["DATABASE_URL"] = _started.enter_context(postgres.throwaway()).url
    os.environ["DJANGO_SETTINGS_MODULE"] = "yiwang.project.settings"
    django.setup()


def close() -> None:
    """Stop the database and delete the folders of this run; safe to call twice."""
    _started.close()


def _is_local(address: Any) -> bool:
    if not isinstance(address, tuple):
        # A path of a Unix socket or a kernel address: never another machine.
        return True
    host = str(address[0])
    if host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def block_outside_sockets() -> None:
    """Make every connection to another machine raise ``OutsideBlockedError``."""

    def guard(method: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(self: socket.socket, *arguments: Any) -> Any:
            if not _is_local(arguments[-1]):
                raise OutsideBlockedError(f"a test may only reach this machine: {arguments[-1]}")
            return method(self, *arguments)

        return guarded

    for name in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, name, guard(getattr(socket.socket, name)))
