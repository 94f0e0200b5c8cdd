"""Every story of every pack, played over HTTP with the clock under control, one pack a test.

A copy of one filled database spares each pack the making of the city.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from psycopg import sql
from pytest_django import DjangoDbBlocker

from tests.city import _connected_to, _server
from yiwang.project.stories.running import stories_of
from yiwang.project.stories.testing import fill_city

PATIENCE_SECONDS = 240
PACKS = sorted(path.parent for path in settings.PACKS_DIR.glob("*/stories"))


@pytest.fixture(scope="session")
def template(city_database: str, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """A city in which every unit has its seals; nobody is connected to it."""
    name = f"{city_database}_stories"
    with _server() as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(city_database)
            )
        )
    with django_db_blocker.unblock(), _connected_to(name):
        fill_city()
    yield name
    with _server() as server:
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.mark.django_db
@pytest.mark.parametrize("folder", PACKS, ids=lambda path: path.name)
def test_every_story_of_the_pack_ends_as_it_should(folder: Any, template: str) -> None:
    given = connection.settings_dict
    address = f"{given['HOST']}:{given['PORT']}/postgres"
    environment = os.environ | {
        "DATABASE_URL": f"postgresql://{given['USER']}:{given['PASSWORD']}@{address}",
        "YIWANG_VAR": str(settings.VAR),
        "YIWANG_SECRET_KEY": settings.SECRET_KEY,
    }
    command = ["-m", "django", "pack", "test", folder.name, "--json", "--template", template]
    played = subprocess.run(
        [sys.executable, *command],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    lines = [json.loads(line) for line in played.stdout.splitlines() if line.startswith("{")]
    # Cases of rule tables are told in lines of their own.
    failed = [json.dumps(line, ensure_ascii=False) for line in lines if not line["passed"]]
    assert not failed, "\n".join(failed)
    assert [line["story"] for line in lines if "story" in line] == [
        story["key"] for story in stories_of(folder)
    ], f"{played.stdout}\n{played.stderr}"
    assert played.returncode == 0, played.stderr
