"""Given something refused, when it is answered, then program and person get the same words."""

import logging
from unittest import mock

import pytest
from django.conf import settings as project_settings
from django.db import DatabaseError, connection
from django.test import Client

from yiwang.kernel.base.http.requests import request_id

MIDDLEWARE = "yiwang.kernel.base.http.problems.ProblemMiddleware"


@pytest.fixture(autouse=True)
def doors(settings):
    """Serve the failing views, as the project would."""
    settings.ROOT_URLCONF = "yiwang.kernel.base.http.tests.urls"
    others = [name for name in project_settings.MIDDLEWARE if name != MIDDLEWARE]
    settings.MIDDLEWARE = [MIDDLEWARE, *others]
    settings.CSRF_FAILURE_VIEW = "yiwang.kernel.base.http.problems.csrf_failure"
    settings.DEBUG = False


@pytest.fixture
def caller():
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("wrong-input", 422, "INVALID_INPUT"),
        ("stale", 409, "STALE"),
        ("missing", 404, "NOT_FOUND"),
        ("broken", 500, "INTERNAL_ERROR"),
        ("throttled", 429, "TOO_MANY_REQUESTS"),
        ("teapot", 400, "MALFORMED_REQUEST"),
        ("forbidden", 403, "NOT_PERMITTED"),
        ("bank-is-silent", 503, "OUTSIDE_UNAVAILABLE"),
    ],
)
def test_each_refusal_has_its_status_code_and_words_at_both_doors(caller, kind, status, code):
    answer = caller.get(f"/api/fail/{kind}")
    problem = answer.json()

    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["type"] == f"urn:yiwang:error:{code}"
    assert problem["instance"] == f"urn:yiwang:request:{answer.headers['X-Request-Id']}"
    assert problem["title"]
    assert problem["title_en"]
    assert "secret" not in answer.content.decode()
    assert answer.headers["Cache-Control"] == "no-store"

    page = caller.get(f"/page/{kind}", headers={"Accept": "text/html"})
    assert page.status_code == status
    assert page.headers["Content-Type"].startswith("text/html")
    assert "secret" not in page.content.decode()
    assert "<h1>" in page.content.decode()


def test_a_page_speaks_the_language_of_its_reader(caller):
    page = caller.get("/page/stale").content.decode()
    assert "这一步已经由他人办理" in page
    assert "请刷新页面查看最新状态" in page
    english = caller.get("/page/stale", headers={"Accept-Language": "en"}).content.decode()
    assert "Someone else has already done this step." in english
    assert "Reload to see the latest state." in english


def test_a_throttled_caller_is_told_when_to_come_back(caller):
    answer = caller.get("/api/fail/throttled")
    assert answer.headers["Retry-After"] == "30"
    assert answer.json()["retry_after_s"] == 30


def test_the_fields_are_named_on_page_and_in_json(caller):
    (problem,) = caller.get("/api/fail/wrong-input").json()["problems"]
    assert problem == {
        "field": "uscc",
        "code": "CHECK_DIGIT",
        "reason_zh": "校验码不对",
        "reason_en": "Wrong check digit.",
        "mend_zh": "请核对",
        "mend_en": "Check.",
    }
    page = caller.get("/page/wrong-input").content.decode()
    assert "uscc" in page
    assert "校验码不对" in page


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {"name": "REQUIRED", "born": "REQUIRED", "amount": "REQUIRED"}),
        (
            {"name": "张", "born": "2026-02-30", "amount": "1.234"},
            {"name": "TOO_SHORT", "born": "NOT_A_DATE", "amount": "TOO_MANY_DECIMALS"},
        ),
        (
            {"name": 5, "born": "x", "amount": "NaN"},
            {"name": "NOT_TEXT", "born": "NOT_A_DATE", "amount": "NOT_A_NUMBER"},
        ),
        (
            {"name": "张小明", "born": "2026-01-01", "amount": 0, "kinds": [1, "x", 3]},
            {"amount": "TOO_SMALL", "kinds": "TOO_MANY"},
        ),
        (
            {"name": "张小明", "born": "2026-01-01", "amount": 1, "kinds": [1, "x"], "sex": "?"},
            {"kinds.1": "NOT_A_WHOLE_NUMBER", "sex": "BAD_FORM"},
        ),
    ],
)
def test_validation_errors_become_field_problems_in_both_languages(caller, body, expected):
    answer = caller.post("/api/people", body, content_type="application/json")

    problems = answer.json()["problems"]
    assert answer.status_code == 422
    assert {problem["field"]: problem["code"] for problem in problems} == expected
    for problem in problems:
        assert problem["reason_zh"]
        assert problem["reason_en"]
        assert "{" not in problem["reason_zh"] + problem["reason_en"]


def test_query_parameters_are_named_plainly(caller):
    answer = caller.get("/api/people?size=many&on=tomorrow")
    fields = {problem["field"]: problem["code"] for problem in answer.json()["problems"]}
    assert fields == {"size": "NOT_A_WHOLE_NUMBER", "on": "NOT_A_DATE"}


def test_a_body_that_is_no_json_is_malformed(caller):
    answer = caller.post("/api/people", b"{", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "MALFORMED_REQUEST")


@pytest.mark.parametrize(
    ("path", "method", "allow"),
    [("/api/people", "put", "GET, POST"), ("/only-post", "get", "POST")],
)
def test_a_wrong_method_is_named_with_the_right_ones(caller, path, method, allow):
    answer = getattr(caller, method)(path, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert sorted(answer.headers["Allow"].split(", ")) == sorted(allow.split(", "))


@pytest.mark.parametrize("path", ["/api/nothing", "/api/", "/nothing"])
def test_an_unknown_address_is_not_found(caller, path):
    answer = caller.get(path, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


def test_a_form_that_is_too_large_or_too_old_is_told_so(caller, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    answer = caller.post("/only-post", {"name": "x" * 200})
    assert answer.status_code == 413

    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    answer = strict.post("/only-post", {"name": "x"})
    assert answer.status_code == 403
    answer = strict.post("/only-post", {"name": "x"}, headers={"Accept": "application/json"})
    assert answer.json()["code"] == "FORM_EXPIRED"


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["nul-in-text", "nul-in-json", "half-a-pair"])
def test_a_character_that_no_store_keeps_is_a_refusal(caller, kind):
    answer = caller.get(f"/api/fail/{kind}")
    assert (answer.status_code, answer.json()["code"]) == (422, "UNSTORABLE_TEXT")
    assert caller.get(f"/page/{kind}").status_code == 422


@pytest.mark.django_db
def test_other_faults_of_data_stay_accidents(caller):
    assert caller.get("/api/fail/out-of-range").status_code == 500


def test_htmx_gets_a_fragment(caller):
    page = caller.get("/page/stale", headers={"HX-Request": "true"}).content.decode()
    assert "这一步已经由他人办理" in page
    assert "<html" not in page


def test_values_in_words_are_escaped(caller):
    page = caller.get("/page/markup").content.decode()
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert "<b>bold" not in page


@pytest.mark.parametrize(
    ("offered", "is_kept"),
    [("abcd-1234", True), ("short", False), ("x" * 81, False), ("evil\tvalue here", False)],
)
def test_a_request_keeps_a_decent_number_or_gets_one(caller, offered, is_kept):
    answer = caller.get("/denied", headers={"X-Request-Id": offered})
    number = answer.headers["X-Request-Id"]
    assert (number == offered) is is_kept
    assert len(number) >= 8
    assert number in answer.content.decode()
    assert request_id.get() == ""


def test_an_accident_is_logged_with_the_number_of_the_request(caller, caplog):
    with caplog.at_level(logging.ERROR):
        answer = caller.get("/api/fail/broken")
    (record,) = [record for record in caplog.records if record.message == "api_accident"]
    assert record.request_id == answer.headers["X-Request-Id"]
    assert record.exc_info is not None


@pytest.mark.django_db
def test_healthz_says_ok_and_never_more_than_that(caller):
    answer = caller.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.django_db
def test_healthz_says_so_when_the_database_does_not_answer(caller):
    with mock.patch.object(connection, "cursor", side_effect=DatabaseError("secret")):
        answer = caller.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"status": "unavailable"})
