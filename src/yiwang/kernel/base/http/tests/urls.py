"""Views that fail in every way, for tests of how refusals are answered."""

from datetime import date
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import Http404, HttpResponse
from django.urls import include, path
from django.views.decorators.http import require_POST
from ninja import Field, NinjaAPI, Schema
from ninja.errors import HttpError, Throttled

from yiwang.kernel.base.http import problems
from yiwang.kernel.base.http.outbound import TransportError
from yiwang.kernel.errors import FieldProblem, InvalidInputError, NotPermittedError, StaleError

api = NinjaAPI(urls_namespace="http-tests")
problems.install(api)


class Person(Schema):
    name: str = Field(min_length=2, max_length=4)
    born: date
    amount: Decimal = Field(gt=0, decimal_places=2)
    kinds: list[int] = Field(max_length=2, default=[])
    sex: str = Field(pattern="^(MALE|FEMALE)$", default="MALE")


def wrong_input():
    raise InvalidInputError(
        problems=[
            FieldProblem(
                "uscc", "CHECK_DIGIT", "校验码不对", "Wrong check digit.", "请核对", "Check."
            )
        ]
    )


def stale():
    raise StaleError(task=7)


def missing():
    raise Http404("secret path")


def broken():
    raise RuntimeError("secret of the database")


def throttled():
    raise Throttled(wait=30)


def teapot():
    raise HttpError(418, "secret")


def forbidden():
    raise PermissionDenied("secret")


def markup():
    raise StaleError("<b>bold</b>")


def bank_is_silent():
    raise TransportError("bank", "TIMEOUT secret", permanent=False)


def nul_in_text():
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT %s", ["a\0b"])


def nul_in_json():
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT %s::jsonb", ['["\\u0000"]'])


def half_a_pair():
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT %s", ["a\ud800b"])


def out_of_range():
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 2147483648::int")


FAILURES = {
    "nul-in-text": nul_in_text,
    "nul-in-json": nul_in_json,
    "half-a-pair": half_a_pair,
    "out-of-range": out_of_range,
    "bank-is-silent": bank_is_silent,
    "markup": markup,
    "wrong-input": wrong_input,
    "stale": stale,
    "missing": missing,
    "broken": broken,
    "throttled": throttled,
    "teapot": teapot,
    "forbidden": forbidden,
}


@api.get("/fail/{kind}")
def fail_in_api(request, kind: str):
    FAILURES[kind]()


@api.post("/people")
def add_person(request, person: Person):
    return {"name": person.name}


@api.get("/people")
def list_people(request, size: int, on: date | None = None):
    return []


def fail_on_page(request, kind):
    FAILURES[kind]()


@require_POST
def only_post(request):
    return HttpResponse(request.POST.get("name", ""))


def denied(request):
    raise NotPermittedError


urlpatterns = [
    path("api/", api.urls),
    path("page/<slug:kind>", fail_on_page),
    path("denied", denied),
    path("only-post", only_post),
    path("", include("yiwang.kernel.base.http.urls")),
    path("ui/", include("yiwang.kernel.ui.urls")),
]
handler400 = "yiwang.kernel.base.http.problems.bad_request"
handler403 = "yiwang.kernel.base.http.problems.permission_denied"
handler404 = "yiwang.kernel.base.http.problems.page_not_found"
handler500 = "yiwang.kernel.base.http.problems.server_error"
