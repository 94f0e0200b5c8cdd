"""A bank on a real socket, and the platform's door that it calls back."""

import httpx
import pytest
from django.test import override_settings

from yiwang.kernel.base.http.testing import eventually, running_sandbox


@pytest.fixture(scope="session")
def sandbox_url(tmp_path_factory):
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox.url


class Payer:
    """What a payer, and whoever controls the sandbox, can do at the bank."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, trust_env=False)

    def pay(self, bill, transaction_id: str) -> httpx.Response:
        return self.http.post(
            "/bank/pay",
            json={"payment_code": bill.payment_code, "transaction_id": transaction_id},
        )

    def make_bank(self, **faults) -> None:
        assert self.http.post("/bank/control", json=faults).status_code == 200


@pytest.fixture
def bank(sandbox_url, live_server, settings):
    """The bank, connected both ways; it behaves until ``make_bank`` says otherwise."""
    settings.SANDBOX_URL = sandbox_url
    settings.PUBLIC_URL = live_server.url
    payer = Payer(sandbox_url)
    payer.make_bank()
    with override_settings(ROOT_URLCONF="yiwang.kernel.registers.payments.urls"):
        yield payer
        # A call-back that is still under way must not reach the next test.
        eventually(lambda: payer.http.get("/callbacks").json() == {"waiting": 0}, within_s=30)
    payer.http.close()
