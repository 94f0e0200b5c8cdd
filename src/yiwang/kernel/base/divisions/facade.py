"""行政区划: what other apps use."""

from yiwang.kernel.base.divisions.actions.divisions import (
    LoadedDivisions,
    load_divisions,
    move_division,
    open_zones,
)
from yiwang.kernel.base.divisions.errors import (
    DivisionError,
    DivisionListError,
    DivisionMoveError,
    DivisionUnknownError,
)

__all__ = [
    "DivisionError",
    "DivisionListError",
    "DivisionMoveError",
    "DivisionUnknownError",
    "LoadedDivisions",
    "load_divisions",
    "move_division",
    "open_zones",
]
