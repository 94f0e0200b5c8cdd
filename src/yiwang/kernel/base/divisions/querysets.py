"""Filters over places."""

from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    # ruff does not see that the base class below names it.
    from yiwang.kernel.base.divisions.models import Division  # noqa: F401


class DivisionQuerySet(models.QuerySet["Division"]):
    """Chainable filters of 行政区划."""

    def under(self, path: str) -> Self:
        """Keep the place with this stored path and all that it manages."""
        return self.filter(path__startswith=path)

    def valid_on(self, day: date) -> Self:
        """Keep the places that exist on ``day``."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)

    def statutory(self) -> Self:
        """Keep 法定行政区划 only."""
        return self.filter(kind="STATUTORY")

    def in_name_order(self) -> Self:
        """Sort by the stored pinyin key."""
        return self.order_by("pinyin", "pk")

    def ancestors_of(self, division: Any, *, and_self: bool = True) -> Self:
        """Keep the places that manage ``division``, from the city down, by its stored path."""
        codes = division.path.rstrip("/").split("/")
        return self.filter(pk__in=codes if and_self else codes[:-1]).order_by("path")
