"""接口写入: a write through the API is JSON and says so.

A page of another site can make a browser send text or a form without being asked; JSON it cannot.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from yiwang.kernel.base.http.problems import respond
from yiwang.kernel.errors import DomainError

_PATH = "/api/"
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
# Files come as parts of a form; what asks for JSON reads none of it.
_ALLOWED = frozenset({"application/json", "multipart/form-data"})


class NotJsonError(DomainError):
    """The body of a write is said to be something else than JSON."""

    code = "NOT_JSON"
    status = 415
    reason_zh = "写入接口的内容必须是 JSON"
    reason_en = "What is written through the API must be JSON."
    mend_zh = "请加上请求头 Content-Type: application/json"
    mend_en = "Send the header Content-Type: application/json."


class JsonWrites:
    """Refuses writes through the API whose body is neither JSON nor a file."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Answer before the view reads the body."""
        if request.method not in _WRITES or not request.path.startswith(_PATH):
            return None
        has_body = request.META.get("CONTENT_LENGTH") not in (None, "", "0")
        if has_body and request.content_type not in _ALLOWED:
            return respond(request, NotJsonError())
        return None
