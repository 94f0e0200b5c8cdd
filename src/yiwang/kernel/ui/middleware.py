"""Response headers: a page runs nothing we did not write, and no machine keeps what is private."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.clickjacking import xframe_options_sameorigin

P = ParamSpec("P")

HEADER = "Content-Security-Policy"
POLICY: dict[str, str] = {
    "default-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "frame-ancestors": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
}


def policy(**changes: str) -> str:
    """Return the policy as one header value; ``frame_ancestors="'self'"`` replaces a directive."""
    directives = POLICY | {name.replace("_", "-"): value for name, value in changes.items()}
    return "; ".join(f"{name} {value}" for name, value in directives.items())


class ContentSecurityPolicy:
    """Set the policy on each response that does not bring its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault(HEADER, policy())
        return response


class KeepNoCopies:
    """Let neither browser nor proxy keep what somebody with a session was shown.

    On the computer of a hall or a library the next person may press the back button. A view that
    sets ``Cache-Control`` itself, as static files do, keeps its own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


def allow_own_frame(view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Let our own pages show this view in a frame: the material viewer of the desk needs it."""

    @wraps(view)
    def framed(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(*args, **kwargs)
        response.headers[HEADER] = policy(frame_ancestors="'self'")
        return response

    return xframe_options_sameorigin(framed)
