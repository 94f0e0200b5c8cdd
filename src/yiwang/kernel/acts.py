"""一次办理: one transaction, whose rows are written together at its end.

A verb writes a dozen rows: case, details, timeline, audit, outbox. Inside :func:`one_act` those
given to :func:`append` and :func:`change` wait in memory and leave in one statement just before
the commit, so that a row changed five times on the way is written once and the database is asked
once. Outside of it both write at once: whoever calls them need not know.

What waits cannot be read from the database before the end of the act or a :func:`flush`, and has
no key but one that it was given (:func:`next_keys`); that is for whoever opens an act to know.
Foreign keys are checked at commit, so the order of the tables does not matter.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.core.exceptions import FieldDoesNotExist
from django.db import DatabaseError, connection, models, transaction
from django.utils.functional import Promise

__all__ = ["append", "change", "flush", "next_keys", "one_act"]


@dataclass(slots=True)
class _Act:
    """Rows that wait, by table in order of first use, and changed fields of rows that exist."""

    added: dict[tuple[type[models.Model], bool], list[models.Model]] = field(default_factory=dict)
    changed: dict[int, tuple[models.Model, set[str]]] = field(default_factory=dict)

    def add(self, row: models.Model) -> None:
        self.added.setdefault((type(row), row.pk is not None), []).append(row)

    def change(self, row: models.Model, fields: tuple[str, ...]) -> None:
        waiting = (one for keyed in (True, False) for one in self.added.get((type(row), keyed), ()))
        if not any(row is one for one in waiting):
            self.changed.setdefault(id(row), (row, set()))[1].update(fields)

    def write(self) -> None:
        added, changed = self.added, self.changed
        self.added, self.changed = {}, {}
        _write(added, changed.values())


_open: ContextVar[_Act | None] = ContextVar("open_act", default=None)


@contextmanager
def one_act() -> Iterator[None]:
    """Open a transaction and write at its end what was appended and changed in it.

    An act inside another has its own savepoint and writes its own rows at its own end.
    """
    with transaction.atomic():
        act = _Act()
        token = _open.set(act)
        try:
            yield
        finally:
            _open.reset(token)
        act.write()


def append(*rows: models.Model) -> None:
    """Write new rows of one table: with the act, or at once when none is open."""
    act = _open.get()
    if act is not None:
        for row in rows:
            act.add(row)
    elif len(rows) == 1:
        rows[0].save(force_insert=True)
    elif rows:
        type(rows[0])._default_manager.bulk_create(rows)


def change(row: models.Model, *fields: str) -> None:
    """Write changed fields of a row: with the act, or at once when none is open."""
    act = _open.get()
    if act is None:
        row.save(update_fields=fields)
    else:
        act.change(row, fields)


def flush() -> None:
    """Write now what waits: what follows reads it from the database."""
    act = _open.get()
    if act is not None:
        act.write()


def next_keys(*tables: type[models.Model], sequences: Sequence[str] = ()) -> list[int]:
    """Take keys for rows that others will point to before they are written, in one query.

    Returns a key for each table named, as often as it is named, then the next value of each named
    sequence.
    """
    keys = [f"nextval(pg_get_serial_sequence('{t._meta.db_table}', 'id'))" for t in tables]
    keys += [f"nextval('{sequence}')" for sequence in sequences]
    with connection.cursor() as cursor:
        # Names of tables and sequences of ours, never of a caller's.
        cursor.execute(f"SELECT {', '.join(keys)}")
        return list(cursor.fetchone())


def _write(
    added: Mapping[tuple[type[models.Model], bool], Sequence[models.Model]],
    changed: Iterable[tuple[models.Model, set[str]]],
) -> None:
    """Insert and update rows of several tables in one statement: every table is a CTE of it.

    The rows of a table travel as one JSON document that PostgreSQL takes apart by the table's own
    types. Some two hundred parameters would cost more to bind than the rows cost to store.

    :raises DatabaseError: a row that should have been changed is not there any more.
    """
    parts: list[str] = []
    documents: list[str] = []
    for (model, with_key), rows in added.items():
        table = _table(model, with_key)
        parts.append(f"i{len(parts)} AS ({table.insert})")
        documents.append(_as_json([table.document(row) for row in rows]))
        for row in rows:
            row._state.adding = False
            row._state.db = connection.alias
    by_fields: dict[tuple[type[models.Model], frozenset[str]], list[models.Model]] = {}
    for row, fields in changed:
        by_fields.setdefault((type(row), frozenset(fields)), []).append(row)
    updates = []
    for (model, names), rows in by_fields.items():
        table = _table(model, with_key=True)
        updates.append(f"u{len(parts)}")
        parts.append(f"{updates[-1]} AS ({_update(model, names)})")
        documents.append(_as_json([table.document(row) for row in rows]))
    if not parts:
        return
    counts = ", ".join(f"(SELECT count(*) FROM {one})" for one in updates) or "1"  # noqa: S608 ours
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {', '.join(parts)} SELECT {counts}", documents)
        done = cursor.fetchone()
    if updates and list(done) != [len(rows) for rows in by_fields.values()]:
        raise DatabaseError("a row of the act is not there any more")


@dataclass(frozen=True, slots=True)
class _Table:
    """How rows of a table are written: the statement, and where each column's value comes from.

    A sealed column is text to the program and bytes in the table; its field turns one into the
    other.
    """

    insert: str
    columns: tuple[tuple[str, str], ...]
    sealed: tuple[tuple[str, "models.Field[Any, Any]"], ...]

    def document(self, row: models.Model) -> dict[str, Any]:
        """Return the row; what is left out is NULL."""
        values = {
            column: value
            for column, name in self.columns
            if (value := getattr(row, name)) is not None
        }
        for column, seal in self.sealed:
            value = getattr(row, seal.attname)
            if value is not None:
                values[column] = seal.get_db_prep_save(value, connection)
        return values


@lru_cache(maxsize=1024)
def _update(model: type[models.Model], names: frozenset[str]) -> str:
    quote = connection.ops.quote_name
    table, key = quote(model._meta.db_table), quote(str(model._meta.pk.column))
    columns = [
        quote(str(one.column)) for one in model._meta.local_concrete_fields if one.name in names
    ]
    if len(columns) != len(names):
        raise FieldDoesNotExist(f"{model.__name__} has not all of {', '.join(sorted(names))}")
    assignments = ", ".join(f"{column} = given.{column}" for column in columns)
    return (
        f"UPDATE {table} SET {assignments} FROM json_populate_recordset(NULL::{table}, %s::json)"  # noqa: S608 ours
        f" AS given WHERE {table}.{key} = given.{key} RETURNING 1"
    )


@lru_cache(maxsize=256)
def _table(model: type[models.Model], with_key: bool) -> _Table:
    columns: list[tuple[str, str]] = []
    sealed: list[tuple[str, models.Field[Any, Any]]] = []
    for one in model._meta.local_concrete_fields:
        name, column = one.attname, str(one.column)
        if isinstance(one, models.AutoField) and not with_key:
            continue
        if one.get_internal_type() == "BinaryField" and not isinstance(one, models.BinaryField):
            sealed.append((column, one))
        else:
            columns.append((column, name))
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    names = ", ".join(quote(column) for column, _ in (*columns, *sealed))
    source = f"json_populate_recordset(NULL::{table}, %s::json)"
    return _Table(
        f"INSERT INTO {table} ({names}) SELECT {names} FROM {source}",  # noqa: S608 ours
        tuple(columns),
        tuple(sealed),
    )


def _as_json(rows: list[dict[str, Any]]) -> str:
    return json.dumps(rows, default=_as_text, ensure_ascii=False)


def _as_text(value: Any) -> str:
    """Write what JSON has no form for as PostgreSQL reads it."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (bytes, memoryview)):
        return "\\x" + bytes(value).hex()
    if isinstance(value, (UUID, Decimal, Promise)):
        return str(value)
    raise TypeError(f"a column holds a {type(value).__name__}, which JSON cannot carry")
