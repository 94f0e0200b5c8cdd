"""翻页: by the last row that was seen, never by counting."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Generic, TypeVar

from django.core import signing
from django.db import models
from django.db.models import Q

from yiwang.kernel.base.http.errors import CursorInvalidError

MOST_ROWS = 200
"""Rows of the largest page that a caller may ask for."""

_Row = TypeVar("_Row", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[_Row]):
    """One page, and the cursor of the next one ("" when this is the last)."""

    rows: Sequence[_Row]
    next_cursor: str

    @property
    def has_next(self) -> bool:
        return bool(self.next_cursor)


def paginate(
    queryset: "models.QuerySet[_Row]", *, order: str, cursor: str = "", size: int = 20
) -> Page[_Row]:
    """Return the page after ``cursor`` in the order of one field, ties broken by primary key.

    ``order`` names a field that is never null, with ``-`` for descending; an index on (field,
    primary key) in the same direction serves it. ``size`` is held between 1 and ``MOST_ROWS``.
    The cursor is signed and holds for the same model and order only.

    :raises CursorInvalidError: forged, cut, or made for another list.
    """
    size = max(1, min(size, MOST_ROWS))
    descending = order.startswith("-")
    name = order.lstrip("-")
    salt = f"paging:{queryset.model._meta.label_lower}:{order}"
    field: Any = queryset.model._meta.get_field(name)
    if cursor:
        queryset = queryset.filter(_after(name, field, descending, _read(cursor, salt)))
    sign = "-" if descending else ""
    rows = list(queryset.order_by(order, f"{sign}pk")[: size + 1])
    if len(rows) <= size:
        return Page(rows, "")
    rows.pop()
    last = rows[-1]
    return Page(rows, _write(getattr(last, field.attname), last.pk, salt))


def _after(name: str, field: Any, descending: bool, position: tuple[Any, Any]) -> Q:
    value, key = position
    try:
        value = field.to_python(value)
    except (ValueError, TypeError, InvalidOperation) as error:
        raise CursorInvalidError from error
    than = "lt" if descending else "gt"
    if field.primary_key:
        return Q(**{f"{name}__{than}": value})
    # The first condition alone bounds the index scan; the second drops what was already seen.
    return Q(**{f"{name}__{than}e": value}) & (
        Q(**{f"{name}__{than}": value}) | Q(**{f"pk__{than}": key})
    )


def _write(value: Any, key: Any, salt: str) -> str:
    if isinstance(value, datetime | date | Decimal):
        value = str(value)
    return signing.dumps([value, key], salt=salt, compress=True)


def _read(cursor: str, salt: str) -> tuple[Any, Any]:
    try:
        value, key = signing.loads(cursor, salt=salt)
    except (signing.BadSignature, json.JSONDecodeError, ValueError, TypeError) as error:
        raise CursorInvalidError from error
    return value, key
