"""自主事务: rows that must stay although the transaction around them is undone."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS, connections

ALIAS = "surviving_rollback"


@contextmanager
def surviving_rollback() -> Iterator[str]:
    """Give the alias of a connection on which a write stays whatever the caller's transaction does.

    Outside a transaction that is the ordinary connection, which commits each statement. Inside one
    it is a second connection of this thread, opened for the block and closed after it: such writes
    are few, and a kept connection would outlive tests, workers and reloads.
    """
    if not connections[DEFAULT_DB_ALIAS].in_atomic_block:
        yield DEFAULT_DB_ALIAS
        return
    second = connections.create_connection(DEFAULT_DB_ALIAS)
    connections[ALIAS] = second
    try:
        yield ALIAS
    finally:
        second.close()
        del connections[ALIAS]
