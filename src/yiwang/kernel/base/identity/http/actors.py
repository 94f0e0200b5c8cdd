"""办理人: the one place that makes an Actor of a request."""

from datetime import datetime
from typing import TypeGuard

from django.db.models import Q
from django.http import HttpRequest

from yiwang.kernel.base import calendars
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.http.errors import NotSignedInError
from yiwang.kernel.base.http.requests import client_address
from yiwang.kernel.base.identity.models import Account
from yiwang.kernel.base.organizations.models import PostHolding
from yiwang.kernel.base.parties.facade import may_act_for

ACTING_FOR = "identity.acting_for"
STEPPED_UP_UNTIL = "identity.stepped_up_until"
STEP_UP_LEVEL = 3

_CACHE = "_yiwang_actor"


def actor_of(request: HttpRequest) -> Actor | None:
    """Return who acts in this request, or None for a visitor; kept on the request.

    Besides Django's session and account it costs one query for an official (seats) or for someone
    who acts for another party (whether they still may), and none for a citizen who acts alone.
    """
    if not hasattr(request, _CACHE):
        user = getattr(request, "user", None)
        actor = build_actor(request, user) if _is_account(user) else None
        setattr(request, _CACHE, actor)
    cached: Actor | None = getattr(request, _CACHE)
    return cached


def require_actor(request: HttpRequest) -> Actor:
    """Return who acts in this request.

    :raises NotSignedInError: a visitor.
    """
    actor = actor_of(request)
    if actor is None:
        raise NotSignedInError
    return actor


def forget_actor(request: HttpRequest) -> None:
    """Drop what :func:`actor_of` kept, after the session changed."""
    if hasattr(request, _CACHE):
        delattr(request, _CACHE)


def build_actor(request: HttpRequest, account: Account) -> Actor:
    """Make the Actor of an account in this session."""
    post_keys, organization_code = _seats(account)
    return Actor(
        account_id=account.pk,
        name=account.display_name,
        kind=account.kind,
        party_id=account.party_id,
        acting_for_id=_acting_for(request, account),
        assurance_level=_assurance(request, account),
        channel="API" if request.path.startswith("/api/") else "ONLINE",
        post_keys=post_keys,
        organization_code=organization_code,
        address=client_address(request),
    )


def account_of(request: HttpRequest) -> Account:
    """Return the signed-in account.

    :raises NotSignedInError: a visitor.
    """
    user = getattr(request, "user", None)
    if not _is_account(user):
        raise NotSignedInError
    account: Account = user
    return account


def _is_account(user: object) -> TypeGuard[Account]:
    return bool(getattr(user, "is_authenticated", False))


def _seats(account: Account) -> tuple[tuple[str, ...], str]:
    """Return the seats held today, the longest held first, and the unit of that one."""
    if account.kind != Account.Kind.OFFICIAL:
        return (), ""
    day = calendars.today()
    held = list(
        PostHolding.objects.filter(
            Q(valid_to=None) | Q(valid_to__gte=day), account_id=account.pk, valid_from__lte=day
        )
        .order_by("valid_from", "pk")
        .values_list("post_id", "post__organization_id")
    )
    return tuple(key for key, _unit in held), held[0][1] if held else ""


def _acting_for(request: HttpRequest, account: Account) -> int | None:
    chosen = request.session.get(ACTING_FOR)
    if account.party_id is None or chosen in (None, account.party_id):
        return account.party_id
    # An authority may have ended since it was chosen: it is asked for at every request.
    if may_act_for(account.party_id, chosen):
        party_id: int = chosen
        return party_id
    del request.session[ACTING_FOR]
    return account.party_id


def _assurance(request: HttpRequest, account: Account) -> int:
    until = request.session.get(STEPPED_UP_UNTIL)
    if until is not None and datetime.fromisoformat(until) > calendars.now():
        return STEP_UP_LEVEL
    return account.assurance_level
