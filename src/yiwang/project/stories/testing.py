"""``pack test``: a throwaway database, the packs in it, and every story played."""

import os
import tempfile
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
    StoryResult,
    own_processes,
    run_story,
    stories_of,
)


def test_packs(
    folders: list[Path], *, only: str | None = None, seed: int | None = None, verbose: bool = False
) -> list[StoryResult]:
    """Play the stories of some packs in a city of their own; nothing of it remains.

    All packs are applied, since stories hold licences of each other's kinds.
    """
    results = []
    with throwaway_city() as environment:
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
def throwaway_city() -> Iterator[dict[str, str]]:
    """Make a database beside the installation's, fill it with all packs, and serve it."""
    with (
        tempfile.TemporaryDirectory(prefix="yiwang-stories-") as folder,
        throwaway_database() as url,
        _connected_to(url),
        own_processes(url, Path(folder)) as environment,
        override_settings(
            VAR=Path(folder),
            YIWANG_ALLOW_TIME_TRAVEL=True,
            SANDBOX_URL=environment["YIWANG_SANDBOX_URL"],
            PUBLIC_URL=environment["YIWANG_PUBLIC_URL"],
            NATS_URL="",
        ),
    ):
        os.environ["YIWANG_BANK_KEY"] = environment["YIWANG_BANK_KEY"]
        packs = sorted(path.parent for path in settings.PACKS_DIR.glob("*/pack.yaml"))
        for pack in in_order(packs):
            apply_pack(actor=SYSTEM, path=pack)
        ensure_seals()
        yield environment


@contextmanager
def throwaway_database() -> Iterator[str]:
    """Create an empty database on the installation's server and drop it in the end."""
    url = os.environ["DATABASE_URL"]
    name = f"yiwang_stories_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )


@contextmanager
def _connected_to(url: str) -> Iterator[None]:
    """Point this process at the throwaway database, migrated."""
    connections.close_all()
    connection = connections["default"]
    before = dict(connection.settings_dict)
    connection.settings_dict.update(database_from_url(url))
    call_command("migrate", verbosity=0)
    try:
        yield
    finally:
        connections.close_all()
        connection.settings_dict.clear()
        connection.settings_dict.update(before)
