"""Writes through the API are JSON and say so."""

import json

import pytest
from django.test import Client

BODY = json.dumps({"username": "nobody", "password": "nothing"})


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_that_is_not_said_to_be_json_is_refused(db, kind):
    answer = Client().post("/api/v1/identity/sign-in", BODY, content_type=kind)
    assert (answer.status_code, answer.json()["code"]) == (415, "NOT_JSON")
    assert "application/json" in answer.json()["mend"]


def test_json_is_read_and_a_form_is_not_taken_for_it(db):
    url = "/api/v1/identity/sign-in"
    answer = Client().post(url, BODY, content_type="application/json; charset=utf-8")
    assert answer.status_code not in (404, 415)
    assert Client().post(url, {"username": "nobody"}).status_code == 400


def test_reading_and_pages_are_left_alone(db):
    assert Client().get("/api/v1/items").status_code == 200
    assert Client().post("/language/", "x", content_type="text/plain").status_code != 415
