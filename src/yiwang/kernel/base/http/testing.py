"""Query counts: every list and detail view keeps its number, reviewed in the diff."""

import inspect
import json
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from django.db import connection
from django.test.utils import CaptureQueriesContext

UPDATE_VARIABLE = "YIWANG_UPDATE_QUERY_COUNTS"
"""Set to 1 (in a run of one process) to write the counts that are seen instead of comparing."""


def assert_query_count(name: str) -> AbstractContextManager[None]:
    """Compare the queries of a ``with`` block with ``query_counts.json`` beside the calling test.

    :raises AssertionError: more or fewer queries than written down, or nothing written down.
    """
    return _counting(name, Path(inspect.stack(0)[1].filename).with_name("query_counts.json"))


@contextmanager
def _counting(name: str, path: Path) -> Iterator[None]:
    with CaptureQueriesContext(connection) as seen:
        yield
    counts: dict[str, int] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    if os.environ.get(UPDATE_VARIABLE) == "1":
        counts[name] = len(seen)
        path.write_text(json.dumps(counts, indent=2, sort_keys=True) + "\n", "utf-8")
        return
    if counts.get(name) != len(seen):
        queries = "\n".join(query["sql"] for query in seen.captured_queries)
        raise AssertionError(
            f"{name}: {len(seen)} queries, {path.name} says {counts.get(name)};"
            f" run with {UPDATE_VARIABLE}=1 if that is right\n{queries}"
        )
