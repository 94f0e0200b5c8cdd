"""A gateway on a real socket, and the platform's door that it calls back."""

import httpx
import pytest
from django.test import override_settings

from yiwang.kernel.base.http.testing import eventually, running_sandbox


@pytest.fixture(scope="session")
def sandbox_url(tmp_path_factory):
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox.url


class Gateway:
    """The sandbox gateway as its operator sees it."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, trust_env=False)

    def outbox(self, number: str) -> list[dict[str, str]]:
        return self.http.get("/sms/outbox", params={"to": number}).json()["messages"]

    def next(self, *modes: str) -> None:
        assert self.http.post("/sms/control", json={"next": list(modes)}).status_code == 200


@pytest.fixture
def gateway(sandbox_url, live_server, settings):
    """The gateway, connected both ways."""
    settings.SANDBOX_URL = sandbox_url
    settings.PUBLIC_URL = live_server.url
    gateway = Gateway(sandbox_url)
    gateway.next()
    with override_settings(ROOT_URLCONF="yiwang.kernel.reach.notify.urls"):
        yield gateway
        # A receipt that is still under way must not reach the next test.
        eventually(lambda: gateway.http.get("/callbacks").json() == {"waiting": 0}, within_s=30)
    gateway.http.close()
