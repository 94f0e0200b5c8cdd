"""身份接口: sign in and out, and who one is. Hung at ``/api/identity/`` by the project."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.views.decorators.debug import sensitive_variables
from ninja import Router, Schema
from ninja.security import django_auth
from pydantic import Field

from yiwang.kernel.base.http.requests import client_address
from yiwang.kernel.base.identity.actions import signing_in
from yiwang.kernel.base.identity.actions.mandates import choose_principal
from yiwang.kernel.base.identity.http import sessions
from yiwang.kernel.base.identity.http.actors import ACTING_FOR, forget_actor, require_actor
from yiwang.kernel.base.identity.models import SignInAttempt

router = Router(tags=["identity"])


class SignInRequest(Schema):
    """User name and password; codes by text message are for people, on the page."""

    username: str = Field(min_length=1, max_length=80)
    password: str = Field(min_length=1, max_length=200)


class ActForRequest(Schema):
    """The party to act for from now on; one's own to stop acting for another."""

    party_id: int = Field(gt=0, lt=2**63)


class Me(Schema):
    """Who is signed in. ``csrf_token`` goes into the header ``X-CSRFToken`` of every write."""

    account_id: int
    name: str
    kind: str
    party_id: int | None
    acting_for_id: int | None
    assurance_level: int
    post_keys: list[str]
    organization_code: str
    csrf_token: str


@router.post("/sign-in", response=Me, summary="登录 Sign in; the session comes as a cookie")
@sensitive_variables("typed")
def sign_in(request: HttpRequest, typed: SignInRequest) -> dict[str, Any]:
    account = signing_in.check_password(
        username=typed.username, password=typed.password, address=client_address(request)
    )
    sessions.begin(request, account, SignInAttempt.Method.PASSWORD)
    return _me(request)


@router.post("/sign-out", auth=django_auth, response={204: None}, summary="退出登录 Sign out")
def sign_out(request: HttpRequest) -> HttpResponse:
    sessions.end(request)
    return HttpResponse(status=204)


@router.get("/me", auth=django_auth, response=Me, summary="当前身份 Who am I")
def me(request: HttpRequest) -> dict[str, Any]:
    return _me(request)


@router.post("/acting-for", auth=django_auth, response=Me, summary="办理身份 Act for a party")
def act_for(request: HttpRequest, asked: ActForRequest) -> dict[str, Any]:
    chosen = choose_principal(actor=require_actor(request), party_id=asked.party_id)
    request.session[ACTING_FOR] = chosen.pk
    forget_actor(request)
    return _me(request)


def _me(request: HttpRequest) -> dict[str, Any]:
    actor = require_actor(request)
    return {
        "account_id": actor.account_id,
        "name": actor.name,
        "kind": actor.kind,
        "party_id": actor.party_id,
        "acting_for_id": actor.acting_for_id,
        "assurance_level": actor.assurance_level,
        "post_keys": list(actor.post_keys),
        "organization_code": actor.organization_code,
        "csrf_token": get_token(request),
    }
