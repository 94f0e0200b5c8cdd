"""What every answer of the platform carries, whatever page or refusal it is."""

import os
import subprocess
import sys

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.identity.models import Account


@pytest.fixture
def signed_in(db):
    account = Account.objects.create(
        username="headers", password=make_password(None), kind="CITIZEN", created_at=now()
    )
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize("path", ["/", "/cases/", "/licences/", "/api/v1/cases", "/nowhere/"])
def test_nothing_shown_in_a_session_is_kept_by_the_browser(signed_in, path):
    assert "no-store" in signed_in.get(path).headers["Cache-Control"]


@pytest.mark.parametrize(
    ("method", "path", "status"), [("put", "/", 405), ("get", "/nowhere/", 404), ("get", "/", 200)]
)
def test_refusals_carry_the_content_policy_too(db, method, path, status):
    answer = getattr(Client(raise_request_exception=False), method)(path)
    assert answer.status_code == status
    assert "form-action 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(("address", "secure"), [("http://a.b", False), ("https://a.b", True)])
def test_cookies_travel_only_encrypted_when_the_site_is_served_so(address, secure):
    seen = subprocess.run(
        [
            sys.executable,
            "-c",
            "from yiwang.project import settings as s;"
            "print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE)",
        ],
        env={**os.environ, "YIWANG_PUBLIC_URL": address},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert seen == [str(secure)] * 2
