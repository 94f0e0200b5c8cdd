"""Requests and identity: who acts, and what a view demands of whoever acts."""

from yiwang.kernel.base.identity.http.actors import actor_of, require_actor
from yiwang.kernel.base.identity.http.guards import (
    assurance_required,
    citizen_required,
    official_required,
)

__all__ = [
    "actor_of",
    "assurance_required",
    "citizen_required",
    "official_required",
    "require_actor",
]
