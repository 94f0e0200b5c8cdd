"""响应: what items do when another part of the platform has acted."""

from yiwang.kernel.base.events import facade as events
from yiwang.kernel.base.events.contracts import Event
from yiwang.services.items.actions.items import refresh_offers


@events.consumer("items.refresh_offers", ["pack.applied"])
def on_pack_applied(event: Event) -> None:
    """场景包已应用: units may have come or gone with it; a pack of items alone changes none."""
    if event.data.get("units", True):
        refresh_offers()
