"""Fixtures of the design language."""

from collections.abc import Iterator

import pytest
from django.test import Client, override_settings

from yiwang.kernel.ui.tests.wiring import wired


@pytest.fixture
def client() -> Iterator[Client]:
    """A client of a site that is wired as README.md asks."""
    with override_settings(**wired()):
        yield Client(raise_request_exception=False)
