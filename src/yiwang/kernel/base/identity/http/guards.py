"""What a page demands of whoever opens it. The act itself decides again."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.access.facade import AssuranceTooLowError
from yiwang.kernel.base.http.errors import NotSignedInError
from yiwang.kernel.base.http.requests import wants_json
from yiwang.kernel.base.identity.http.actors import actor_of
from yiwang.kernel.errors import NotPermittedError

View = Callable[..., HttpResponse]


def citizen_required(view: View) -> View:
    """Let citizens in; send visitors to sign in and back.

    :raises NotPermittedError: an official, whose own matters belong to a citizen's account.
    """

    def check(request: HttpRequest, actor: Actor) -> None:
        if actor.is_official:
            raise NotPermittedError(
                "这里办理个人和企业的事项，公务账号不能使用",
                "This part is for people and enterprises; an official's account cannot use it.",
                mend_zh="请退出后用个人账号登录，或回到工作台",
                mend_en="Sign in with a personal account, or go back to the desk.",
            )

    return _guarded(view, check)


def official_required(view: View) -> View:
    """Let officials in; send visitors to sign in and back.

    :raises NotPermittedError: a citizen, or an official without a seat today.
    """

    def check(request: HttpRequest, actor: Actor) -> None:
        if not actor.is_official or not actor.post_keys:
            raise NotPermittedError(
                "工作台只对在岗的公务人员开放",
                "The desk is open to officials who hold a post today.",
            )

    return _guarded(view, check)


def assurance_required(level: int) -> Callable[[View], View]:
    """Let in whoever proved the identity to ``level``; others are sent to prove it and back.

    :raises AssuranceTooLowError: to a program, which cannot follow a page.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            actor = actor_of(request)
            if actor is None:
                return to_sign_in(request)
            if actor.assurance_level >= level:
                return view(request, *args, **kwargs)
            if wants_json(request):
                raise AssuranceTooLowError(needed=level)
            step = "identity:step-up" if actor.assurance_level >= 2 else "identity:real-name"
            return _to(step, request)

        return guarded

    return decorate


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send a visitor to sign in and back to where they were.

    :raises NotSignedInError: to a program, which cannot follow a page.
    """
    if wants_json(request):
        raise NotSignedInError
    return _to("identity:sign-in", request)


def _guarded(view: View, check: Callable[[HttpRequest, Actor], None]) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        actor = actor_of(request)
        if actor is None:
            return to_sign_in(request)
        check(request, actor)
        return view(request, *args, **kwargs)

    return guarded


def _to(name: str, request: HttpRequest) -> HttpResponse:
    # What was posted cannot be repeated by a redirect: the person comes back to the page itself.
    back = request.get_full_path() if request.method in ("GET", "HEAD") else request.path
    return HttpResponseRedirect(f"{reverse(name)}?{urlencode({'next': back})}")
