"""What every page may show of who is signed in and for whom they act."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from yiwang.kernel.base.identity.http.actors import actor_of
from yiwang.kernel.base.parties.models import Party


def identity(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``actor``, and ``acting_for`` when it is another party (lazy)."""

    def principal() -> Party | None:
        actor = actor_of(request)
        if actor is None or actor.acting_for_id in (None, actor.party_id):
            return None
        return Party.objects.filter(pk__in=[actor.acting_for_id]).first()

    return {
        "actor": SimpleLazyObject(lambda: actor_of(request)),
        "acting_for": SimpleLazyObject(principal),
    }
