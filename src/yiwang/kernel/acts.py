"""一次办理: one transaction, whose rows are written together at its end.

A verb writes a dozen rows: case, details, timeline, audit, outbox. Inside :func:`one_act` those
given to :func:`append` and :func:`change` wait in memory and leave as one statement for each table
just before the commit, so that a row changed five times on the way is written once. Outside of it
both write at once: whoever calls them need not know.

What waits cannot be read from the database before the end of the act; that is for whoever opens
one to know. Foreign keys are checked at commit, so the order of the tables does not matter.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from django.db import models, transaction

__all__ = ["append", "change", "one_act"]


@dataclass(slots=True)
class _Act:
    """Rows that wait, by table in order of first use, and changed fields of rows that exist."""

    added: dict[type[models.Model], list[models.Model]] = field(default_factory=dict)
    changed: dict[int, tuple[models.Model, set[str]]] = field(default_factory=dict)

    def add(self, row: models.Model) -> None:
        self.added.setdefault(type(row), []).append(row)

    def change(self, row: models.Model, fields: tuple[str, ...]) -> None:
        if not any(row is waiting for waiting in self.added.get(type(row), ())):
            self.changed.setdefault(id(row), (row, set()))[1].update(fields)

    def write(self) -> None:
        for rows in self.added.values():
            _insert(rows)
        for row, fields in self.changed.values():
            row.save(update_fields=sorted(fields))


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


def _insert(rows: Sequence[models.Model]) -> None:
    if len(rows) == 1:
        rows[0].save(force_insert=True)
    elif rows:
        type(rows[0])._default_manager.bulk_create(rows)


def append(*rows: models.Model) -> None:
    """Write new rows of one table: with the act, or at once when none is open."""
    act = _open.get()
    if act is None:
        _insert(rows)
    else:
        for row in rows:
            act.add(row)


def change(row: models.Model, *fields: str) -> None:
    """Write changed fields of a row: with the act, or at once when none is open."""
    act = _open.get()
    if act is None:
        row.save(update_fields=fields)
    else:
        act.change(row, fields)
