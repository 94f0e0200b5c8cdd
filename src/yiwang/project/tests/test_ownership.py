"""A database is used only where it is fit, and only by the installation whose keys seal it."""

import os
import subprocess
import sys
import uuid
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from yiwang.kernel.base.crypto.keys import forget_keys
from yiwang.kernel.base.crypto.models import KeyOwner
from yiwang.project.cli.backup import connection_variables
from yiwang.project.cli.ownership import check_database, claim_database, fingerprint
from yiwang.project.engines.errors import EngineError
from yiwang.project.settings import database_from_url

HELD = "postgresql://us%40er:p%2Fw@db.example:6432/city?sslmode=verify-full&connect_timeout=3"


@pytest.fixture
def other_keys(settings, tmp_path):
    """Another installation's master key for a while."""

    def change() -> None:
        settings.MASTER_KEY_FILE = tmp_path / "other.key"
        forget_keys()

    yield change
    forget_keys()


def test_the_first_installation_claims_a_database_and_no_other_may_write(db, other_keys):
    check_database()
    claim_database()
    claim_database()
    assert KeyOwner.objects.get().fingerprint == fingerprint()
    check_database()
    other_keys()
    with pytest.raises(EngineError) as refused:
        check_database()
    assert refused.value.code == "postgres.foreign_database"
    assert "DATABASE_URL" in refused.value.en
    claim_database()
    assert KeyOwner.objects.get().fingerprint != fingerprint()


@pytest.fixture
def blind_database(db):
    """A database whose LC_CTYPE is C: it knows no Chinese letters."""
    url = os.environ["DATABASE_URL"]
    name = f"test_blind_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'").format(
                sql.Identifier(name)
            )
        )
        yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        server.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


def test_a_start_refuses_a_database_blind_to_chinese_and_changes_nothing(blind_database):
    result = subprocess.run(
        [sys.executable, "-m", "yiwang.project.cli.prepare"],
        env={**os.environ, "DATABASE_URL": blind_database},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "LC_CTYPE" in result.stderr
    with psycopg.connect(blind_database) as seen:
        row = seen.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert row == (0,)


def test_parameters_of_an_address_reach_the_driver_and_the_tools():
    held = database_from_url(HELD)
    assert (held["USER"], held["PASSWORD"], held["HOST"]) == ("us@er", "p/w", "db.example")
    assert (held["PORT"], held["NAME"]) == ("6432", "city")
    assert held["OPTIONS"]["sslmode"] == "verify-full"
    assert held["OPTIONS"]["connect_timeout"] == "3"
    assert "sslmode" not in connection.settings_dict["OPTIONS"]
    variables = connection_variables(HELD)
    assert variables["PGSSLMODE"] == "verify-full"
    assert (variables["PGUSER"], variables["PGPASSWORD"]) == ("us@er", "p/w")
    assert (variables["PGDATABASE"], variables["PGPORT"]) == ("city", "6432")


def test_what_the_environment_names_is_set():
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "from yiwang.project import settings as s;"
            "print(s.MASTER_KEY_FILE, s.FONTS_DIR, s.TRUSTED_PROXIES, s.REQUEST_MAX_BYTES)",
        ],
        env={
            **os.environ,
            "YIWANG_MASTER_KEY_FILE": "/run/secrets/key",
            "YIWANG_FONTS_DIR": "/srv/fonts",
            "YIWANG_TRUSTED_PROXIES": "10.0.0.0/8, 192.168.1.1",
            "YIWANG_REQUEST_MAX_BYTES": "1000",
        },
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert told.split(" ", 2)[:2] == ["/run/secrets/key", "/srv/fonts"]
    assert told.strip().endswith("['10.0.0.0/8', '192.168.1.1'] 1000")
