"""The one mapping from a refusal to an HTTP answer: RFC 9457 for programs, a page for people."""

import logging
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from django.conf import settings
from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFilesSent,
)
from django.db import DataError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.template.loader import render_to_string
from ninja.errors import HttpError, Throttled, ValidationError
from psycopg.errors import UntranslatableCharacter

from yiwang.kernel.base.http import errors, field_problems
from yiwang.kernel.base.http.outbound import TransportError
from yiwang.kernel.base.http.requests import (
    choose_request_id,
    request_id,
    speaks_english,
    wants_json,
)
from yiwang.kernel.errors import (
    DomainError,
    InvalidInputError,
    NotFoundError,
    NotPermittedError,
)
from yiwang.kernel.ui import views as pages

logger = logging.getLogger(__name__)

_BY_STATUS: dict[int, type[DomainError]] = {
    400: errors.MalformedRequestError,
    401: errors.NotSignedInError,
    403: NotPermittedError,
    404: NotFoundError,
    405: errors.MethodNotAllowedError,
    413: errors.TooLargeError,
    422: InvalidInputError,
    429: errors.TooManyRequestsError,
}


_NOTHING_CHANGED = (
    "这一步没有办成，也没有改动任何东西。",
    "This step was not completed and nothing was changed.",
)


class _Api(Protocol):
    """What :func:`install` needs of a ninja API."""

    def add_exception_handler(
        self, exc_class: type[Any], handler: Callable[[HttpRequest, Any], HttpResponse]
    ) -> None: ...


def as_domain_error(exception: BaseException) -> DomainError | None:
    """Translate a refusal of the framework into ours; None when it is an accident."""
    match exception:
        case DomainError():
            return exception
        case TransportError():
            logger.warning("outside_unavailable", extra={"system": exception.system})
            return errors.OutsideUnavailableError(retry_after_s=60)
        case Http404():
            return NotFoundError()
        case PermissionDenied():
            return NotPermittedError()
        case RequestDataTooBig() | TooManyFilesSent():
            return errors.TooLargeError()
        case SuspiciousOperation() | BadRequest() | MultiPartParserError():
            return errors.MalformedRequestError()
        case ValidationError():
            return InvalidInputError(problems=field_problems.from_pydantic(exception.errors))
        case UnicodeEncodeError():
            return errors.UnstorableTextError()
        case DataError() if _is_unstorable(exception):
            return errors.UnstorableTextError()
        case Throttled():
            return errors.TooManyRequestsError(retry_after_s=exception.wait or 1)
        case HttpError():
            return _of_status(exception.status_code)
        case ValueError() if "NUL (0x00)" in str(exception):
            # PostgreSQL keeps no such character; it comes only from programs that probe.
            return errors.MalformedRequestError()
    return None


def respond(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Answer a refusal in the form that the caller can read, with the number of the request."""
    if wants_json(request):
        response: HttpResponse = JsonResponse(
            {**error.as_problem(_instance()), "request_id": request_id.get()},
            status=error.status,
            content_type="application/problem+json",
            json_dumps_params={"ensure_ascii": False},
        )
    else:
        response = HttpResponse(_page(request, error), status=error.status)
    if (wait := error.details.get("retry_after_s")) is not None:
        response["Retry-After"] = str(wait)
    response["Cache-Control"] = "no-store"
    return response


def install(api: _Api) -> None:
    """Make a ninja API answer every refusal and every accident by this mapping."""

    def handle(request: HttpRequest, exception: Exception) -> HttpResponse:
        error = as_domain_error(exception)
        if error is None:
            logger.exception("api_accident", extra={"request_id": request_id.get()})
            is_away = isinstance(exception, OperationalError)
            error = (
                errors.StoreUnavailableError(retry_after_s=30)
                if is_away
                else errors.InternalError()
            )
        return respond(request, error)

    for kind in (Exception, DomainError, Http404, HttpError, ValidationError):
        api.add_exception_handler(kind, handle)


class ProblemMiddleware:
    """Gives each request its number, and turns every refusal into an answer with its words.

    Stands first among the middlewares, so that the answers of all others pass through it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        number = choose_request_id(request)
        token = request_id.set(number)
        try:
            response = self.get_response(request)
            if isinstance(response, HttpResponseNotAllowed):
                response = _with_allow(respond(request, errors.MethodNotAllowedError()), response)
        finally:
            request_id.reset(token)
        response["X-Request-Id"] = number
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a refusal; leave an accident to the server-error page and its log."""
        if isinstance(exception, Http404) and settings.DEBUG:
            return None
        error = as_domain_error(exception)
        return None if error is None else respond(request, error)


class RequestNumberFilter(logging.Filter):
    """Puts the number of the request on every log record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Serve as ``handler400``."""
    error = as_domain_error(exception) or errors.MalformedRequestError()
    return _at_the_right_door(request, error, pages.bad_request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Serve as ``handler403``."""
    return _at_the_right_door(request, NotPermittedError(), pages.forbidden, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Serve as ``handler404``."""
    return _at_the_right_door(request, NotFoundError(), pages.not_found, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Serve as ``handler500``."""
    return _at_the_right_door(request, errors.InternalError(), pages.server_error)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Serve as ``CSRF_FAILURE_VIEW``."""
    logger.warning("csrf_refused", extra={"reason": reason})
    return _at_the_right_door(request, errors.FormExpiredError(), pages.csrf_failure, reason)


def _at_the_right_door(
    request: HttpRequest, error: DomainError, page: Callable[..., HttpResponse], *details: Any
) -> HttpResponse:
    """Answer a program with the problem, a person with the page that was written for the case."""
    return respond(request, error) if wants_json(request) else page(request, *details)


def _is_unstorable(exception: DataError) -> bool:
    """Tell whether the store refused a NUL, as text or inside JSON; it gives the first no code."""
    return isinstance(exception.__cause__, UntranslatableCharacter) or "NUL (0x00)" in str(
        exception
    )


def _of_status(status: int) -> DomainError:
    kind = _BY_STATUS.get(status)
    if kind is not None:
        return kind()
    return errors.MalformedRequestError() if status < 500 else errors.InternalError()


def _with_allow(answer: HttpResponse, original: HttpResponse) -> HttpResponse:
    answer["Allow"] = original["Allow"]
    return answer


def _instance() -> str:
    return f"urn:yiwang:request:{request_id.get()}" if request_id.get() else ""


def _page(request: HttpRequest, error: DomainError) -> str:
    english = speaks_english()
    fields = list(_field_lines(error))
    mend = error.mend[1 if english else 0]
    context = {
        "status": error.status,
        "title": error.en if english else error.zh,
        "reason": _NOTHING_CHANGED[1 if english else 0],
        "ways": [*fields, mend] if mend else fields,
        "reference": request_id.get(),
    }
    is_part = request.headers.get("HX-Request") == "true"
    # Without the request, so that no context processor can fail over what has failed already.
    return render_to_string("http/problem_fragment.html" if is_part else "ui/error.html", context)


def _field_lines(error: DomainError) -> Iterable[str]:
    for problem in error.problems:
        if speaks_english():
            yield f"{problem.field}: {problem.reason_en} {problem.mend_en}".strip()
        else:
            yield f"{problem.field}：{problem.reason_zh} {problem.mend_zh}".strip()
