"""登录过期时填的内容: what a form sent after its session was over, kept until the person is back.

With scripts a page asks before it sends and keeps its form open. Without them the form arrives
where nobody is signed in: its text waits in the visitor's session and is put back after sign-in.
Files and one-time tokens are not kept.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict

from yiwang.kernel.base.identity.http.actors import actor_of

__all__ = ["keeps_typed", "recover"]

_KEY = "applications.unsent"
_NOT_KEPT = ("csrfmiddlewaretoken", "face_token", "tab", "revision", "drawn")
# A session row is no place for a flood.
_MOST_CHARACTERS = 50_000


def keeps_typed(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Keep what a visitor without a session sends to this page; stands above the guard."""

    @wraps(view)
    def kept(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST" and actor_of(request) is None:
            typed = request.POST.copy()
            for name in _NOT_KEPT:
                typed.pop(name, None)
            text = typed.urlencode()
            if len(text) <= _MOST_CHARACTERS:
                request.session[_KEY] = {"path": request.path, "typed": text}
        return view(request, *args, **kwargs)

    return kept


def recover(request: HttpRequest) -> QueryDict | None:
    """Return once what was typed on this page before the person signed in again."""
    unsent = request.session.get(_KEY)
    if request.method != "GET" or unsent is None or unsent["path"] != request.path:
        return None
    del request.session[_KEY]
    return QueryDict(unsent["typed"])
