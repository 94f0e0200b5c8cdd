"""``pack test``: a throwaway database, the packs in it, and every story played."""

import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.test.utils import override_settings
from psycopg import sql

from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.packs.actions.packs import apply_pack, in_order
from yiwang.project.demo.seed import ensure_seals
from yiwang.project.settings import database_from_url
from yiwang.project.stories.running import (
    PATIENCE_SECONDS,
    StoryResult,
    own_processes,
    run_story,
    stories_of,
)


def test_packs(
    folders: list[Path],
    *,
    only: str | None = None,
    seed: int | None = None,
    verbose: bool = False,
    template: str = "",
) -> list[StoryResult]:
    """Play the stories of some packs in a city of their own; nothing of it remains.

    All packs are applied, since stories hold licences of each other's kinds. ``template`` names a
    database in which they are in force already, with its seals, under this installation's keys.
    """
    results = []
    with throwaway_city(template) as environment:
        for folder in folders:
            for story in stories_of(folder):
                if only in (None, story["key"]):
                    results.append(
                        run_story(
                            folder.name,
                            story,
                            base_url=environment["YIWANG_URL"],
                            seed=seed,
                            report=print if verbose else lambda line: None,
                        )
                    )
    return results


@contextmanager
def throwaway_city(template: str = "") -> Iterator[dict[str, str]]:
    """Make a database beside the installation's, fill it with all packs, and serve it."""
    with (
        _throwaway_folder(with_keys=bool(template)) as folder,
        throwaway_database(template) as url,
        connected_to(url),
        own_processes(url, folder) as environment,
        override_settings(
            VAR=folder,
            YIWANG_ALLOW_TIME_TRAVEL=True,
            SANDBOX_URL=environment["YIWANG_SANDBOX_URL"],
            PUBLIC_URL=environment["YIWANG_PUBLIC_URL"],
            NATS_URL="",
        ),
    ):
        os.environ["YIWANG_BANK_KEY"] = environment["YIWANG_BANK_KEY"]
        if not template:
            call_command("migrate", verbosity=0)
            fill_city()
        yield environment


def fill_city() -> None:
    """Put every pack in force in the database at hand, and give the units their seals."""
    for pack in in_order(sorted(path.parent for path in settings.PACKS_DIR.glob("*/pack.yaml"))):
        apply_pack(actor=SYSTEM, path=pack)
    ensure_seals()


@contextmanager
def _throwaway_folder(*, with_keys: bool) -> Iterator[Path]:
    """Make a folder for keys and files; what the installation's keys sealed needs these keys."""
    with tempfile.TemporaryDirectory(prefix="yiwang-stories-") as folder:
        if with_keys:
            shutil.copytree(Path(settings.VAR) / "keys", Path(folder) / "keys")
        yield Path(folder)


@contextmanager
def throwaway_database(template: str = "") -> Iterator[str]:
    """Create a database on the installation's server, empty or a copy, and drop it in the end."""
    url = os.environ["DATABASE_URL"]
    name = f"yiwang_stories_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template or "template1")
            )
        )
    try:
        yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
    finally:
        _drop_database(url, name)


def _drop_database(url: str, name: str) -> None:
    """Drop a database that others may still be connected to."""
    end = time.monotonic() + PATIENCE_SECONDS
    with psycopg.connect(url, autocommit=True) as connection:
        while True:
            try:
                connection.execute(
                    sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
                )
                return
            except psycopg.errors.InsufficientPrivilege:
                # The server's own vacuum is at it, whom only a superuser may send away.
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)


@contextmanager
def connected_to(url: str) -> Iterator[None]:
    """Point this process at the throwaway database."""
    connections.close_all()
    connection = connections["default"]
    before = dict(connection.settings_dict)
    connection.settings_dict.update(database_from_url(url))
    try:
        yield
    finally:
        connections.close_all()
        connection.settings_dict.clear()
        connection.settings_dict.update(before)
