"""A city of one test's own: what is committed there is really there, for threads and processes."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from psycopg import sql
from pytest_django import DjangoDbBlocker

from tests.city import City, _connected_to, _server

PATIENCE_SECONDS = 30


@pytest.fixture
def fresh_city(city_database: str, django_db_blocker: DjangoDbBlocker) -> Iterator[City]:
    """The city in a database that is dropped after the test; nothing is rolled back in it.

    A test that asks for it is not marked ``django_db``.
    """
    name = f"{city_database}_fresh"
    _remake(name, city_database)
    try:
        with django_db_blocker.unblock(), _connected_to(name):
            yield City()
    finally:
        with _server() as server:
            server.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )


def _remake(name: str, template: str) -> None:
    with _server() as server:
        server.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run calls in threads that start together; return what each gave or raised, in order."""
    start = threading.Barrier(len(calls))
    seen: dict[int, Any] = {}

    def run(number: int, call: Callable[[], Any]) -> None:
        try:
            start.wait(PATIENCE_SECONDS)
            seen[number] = call()
        except Exception as error:
            seen[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=entry) for entry in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    return [seen[number] for number in range(len(calls))]
