"""The database itself keeps the audit: nobody's code can change or remove an entry."""

import importlib
from collections.abc import Iterator

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction
from pytest_django import DjangoDbBlocker

from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.audit.models import AuditEntry

migration = importlib.import_module("yiwang.kernel.base.audit.migrations.0002_append_only")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditentry SET action = 'other'",
        "UPDATE audit_auditentry SET details = '{}' WHERE object_id = '440000'",
        "DELETE FROM audit_auditentry",
    ],
)
def test_the_database_refuses_to_change_an_entry(statement: str) -> None:
    entry = audit.record(SYSTEM, "case.accept", "case", "440000")

    with (
        pytest.raises(ProgrammingError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    entry.refresh_from_db()
    assert (entry.action, entry.object_id) == ("case.accept", "440000")


@pytest.mark.django_db
def test_the_orm_is_refused_like_everyone() -> None:
    entry = audit.record(SYSTEM, "case.accept", "case", "1")

    with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
        AuditEntry.objects.filter(pk=entry.pk).delete()
    entry.action = "case.decline"
    with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
        entry.save(update_fields=["action"])


@pytest.fixture
def ordinary_database(django_db_blocker: DjangoDbBlocker) -> Iterator[psycopg.Connection]:
    """A database of an ordinary name with the guard on a table of the audit's name.

    TRUNCATE is let through in databases named test_*, so the guard is tried in another one.
    """
    name = "audit_guard_under_trial"
    with django_db_blocker.unblock():
        parameters = {**connection.get_connection_params(), "dbname": "postgres"}
    keep = {
        key: parameters[key] for key in ("user", "password", "host", "port") if key in parameters
    }
    with psycopg.connect(dbname="postgres", autocommit=True, **keep) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name}")
        server.execute(f"CREATE DATABASE {name}")
        try:
            with psycopg.connect(dbname=name, autocommit=True, **keep) as database:
                database.execute("CREATE TABLE audit_auditentry (id bigint PRIMARY KEY)")
                database.execute(migration.GUARD)
                database.execute("INSERT INTO audit_auditentry VALUES (1)")
                yield database
        finally:
            server.execute(f"DROP DATABASE {name}")


def test_truncate_is_refused_and_the_guard_can_be_taken_back(
    ordinary_database: psycopg.Connection,
) -> None:
    for statement in ("TRUNCATE audit_auditentry", "DELETE FROM audit_auditentry"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            ordinary_database.execute(statement)
    assert ordinary_database.execute("SELECT count(*) FROM audit_auditentry").fetchone() == (1,)

    ordinary_database.execute(migration.UNGUARD)
    ordinary_database.execute("TRUNCATE audit_auditentry")
    assert ordinary_database.execute("SELECT count(*) FROM audit_auditentry").fetchone() == (0,)
