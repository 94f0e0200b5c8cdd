"""抽查参数: how closely an item's instant path is watched: by the desk, else by its pack."""

from dataclasses import dataclass
from decimal import Decimal

from yiwang.services.items.models import ItemVersion
from yiwang.services.releases.models import InstantPath

__all__ = ["DEFAULT", "Watch", "watch_of"]


@dataclass(frozen=True, slots=True)
class Watch:
    """``sample_share`` is 0 to 1; more than ``errors_allowed`` in ``window`` reviews stops it."""

    sample_share: Decimal
    errors_allowed: int
    window: int


DEFAULT = Watch(Decimal("0.05"), 0, 100)


def watch_of(path: InstantPath | None, version: ItemVersion) -> Watch:
    """Return what holds for an item now."""
    if path is not None:
        return Watch(path.sample_share, path.errors_allowed, path.window)
    stated = version.content.get("instant", {})
    return Watch(
        Decimal(str(stated.get("sample_share", DEFAULT.sample_share))),
        int(stated.get("errors_allowed", DEFAULT.errors_allowed)),
        int(stated.get("window", DEFAULT.window)),
    )
