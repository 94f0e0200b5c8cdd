"""叠加: what a county, a town or a village says of an item, laid over what its city says.

Objects merge by key, and so do lists whose entries have a ``key``; anything else is replaced.
Nothing is copied: what the place does not say stays as the city has it, also tomorrow.
"""

from collections.abc import Mapping
from typing import Any

__all__ = ["merge"]


def merge(base: Any, patch: Any) -> Any:
    """Return ``base`` with ``patch`` over it; neither is changed."""
    if isinstance(base, Mapping) and isinstance(patch, Mapping):
        merged = dict(base)
        for key, value in patch.items():
            merged[key] = merge(base[key], value) if key in base else value
        return merged
    if _is_keyed(base) and _is_keyed(patch):
        over = {entry["key"]: entry for entry in patch}
        known = {entry["key"] for entry in base}
        return [
            *(merge(entry, over.get(entry["key"], {})) for entry in base),
            *(entry for entry in patch if entry["key"] not in known),
        ]
    return patch


def _is_keyed(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(entry, Mapping) and "key" in entry for entry in value)
    )
