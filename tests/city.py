"""The city for tests: one database for each test process with every pack and a small cast.

A module that asks for ``city`` works on that database; its tests are marked ``django_db`` as ever
and each is rolled back. A test in a browser cannot be rolled back: it brings people of its own
(``City.citizen``) and leaves them behind. Import both fixtures where ``tests/conftest.py`` does
not reach.
"""

import functools
import gc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client
from psycopg import sql
from pytest_django import DjangoDbBlocker

from yiwang.kernel.base.access.contracts import SYSTEM, Actor
from yiwang.kernel.base.identity.models import Account
from yiwang.kernel.base.identity.tests import cast
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.packs.actions.packs import apply_pack, in_order
from yiwang.kernel.trust.seals.facade import ensure_seal
from yiwang.kernel.trust.seals.models import Seal
from yiwang.services.items.models import ImplementationItem

HOME = "441702000000"
"""江城区: where the cast lives, and the one county whose units have seals."""

HOME_TOWN = "441702001000"
T = TypeVar("T")


class City:
    """Those who live and work in the city; numbers of people never repeat in one process."""

    def citizen(self, name: str = "陈小满", *, town: str = HOME_TOWN) -> Actor:
        """Make a citizen of a town with a verified account (level 2)."""
        person = cast.person(name, household=town, phone_number="13827600001")
        person.residence_division_id = town
        person.address = "阳江市江城区南恩街道环城北路12号302房"
        person.save(update_fields=["residence_division", "address"])
        return cast.citizen(party=person)

    def official(self, post: str, name: str = "何建国") -> Actor:
        """Seat an official in 江城区, in a post such as ``market_supervision.receiver``."""
        return cast.official(name, f"{HOME}.{post}")

    def item(self, key: str, division: str = HOME) -> ImplementationItem:
        """Return an item as a place offers it."""
        return ImplementationItem.objects.get(item__key=key, division_id=division)


def client_of(actor: Actor, **options: Any) -> Client:
    """Return a client in which this person is signed in."""
    client = Client(**options)
    account = Account.objects.get(pk=actor.account_id)
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


def aside(function: Callable[[], T]) -> T:
    """Ask the database from beside an open browser, which keeps an event loop in this thread."""

    def call() -> T:
        try:
            return function()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(call).result()


@pytest.fixture(scope="session")
def city_database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """Fill a copy of the migrated test database, once; return its name."""
    ready = connection.settings_dict["NAME"]
    # Without any test marked django_db in the run, pytest-django makes no test database.
    is_made = ready.startswith("test_")
    name = f"{ready if is_made else f'test_{ready}'}_city"
    with django_db_blocker.unblock():
        connections.close_all()
        with _server() as server:
            _drop(server, name)
            template = ready if is_made else "template1"
            server.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
        with _connected_to(name):
            if not is_made:
                call_command("migrate", verbosity=0)
            _fill()
    yield name
    with django_db_blocker.unblock(), _server() as server:
        _drop(server, name)


def _drop(server: psycopg.Connection[Any], name: str) -> None:
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def city(city_database: str, django_db_blocker: DjangoDbBlocker) -> Iterator[City]:
    """The city, for the tests of one module."""
    with django_db_blocker.unblock(), _connected_to(city_database):
        yield City()


def _fill() -> None:
    for folder in in_order(sorted(path.parent for path in settings.PACKS_DIR.glob("*/pack.yaml"))):
        apply_pack(actor=SYSTEM, path=folder)
    units = Organization.objects.filter(division__path__contains=HOME).exclude(functions=[])
    for unit in units.exclude(kind=Organization.Kind.GOVERNMENT):
        if "village_service" not in unit.functions:
            for kind in (Seal.Kind.OFFICIAL, Seal.Kind.APPROVAL):
                ensure_seal(unit_code=unit.code, unit_name=unit.name, kind=kind)


@contextmanager
def _connected_to(name: str) -> Iterator[None]:
    """Let every connection of this process, of any thread, reach another database."""
    before = connection.settings_dict["NAME"]
    _switch(name)
    try:
        yield
    finally:
        _switch(before)


def _switch(name: str) -> None:
    connections.close_all()
    connection.settings_dict["NAME"] = name
    # What the process keeps is kept by key, and keys of one database mean nothing in another.
    for thing in gc.get_objects():
        # ``isinstance`` would wake the lazy objects of other tests, which then ask for their page.
        if type(thing) is functools._lru_cache_wrapper and thing.__module__.startswith("yiwang."):
            thing.cache_clear()


@contextmanager
def _server() -> Iterator[psycopg.Connection[Any]]:
    given = connection.settings_dict
    with psycopg.connect(
        host=given["HOST"],
        port=given["PORT"],
        user=given["USER"],
        password=given["PASSWORD"],
        dbname="postgres",
        autocommit=True,
    ) as server:
        yield server
