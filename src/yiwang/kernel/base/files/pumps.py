"""后台: bytes that no row names are removed."""

from yiwang.kernel.base.events import facade as events
from yiwang.kernel.base.files.actions.files import sweep_unreferenced


@events.pump("files.sweep", every_s=3600)
def sweep() -> int:
    """Remove what rolled-back transactions left in the store."""
    return sweep_unreferenced()
