"""The city's own places and units, loaded once."""

import pytest

from yiwang.kernel.base.identity.tests.cast import load_yangjiang


@pytest.fixture
def yangjiang(db: None) -> None:
    load_yangjiang()
