"""A key file for tests that make, rotate or spoil one."""

import pytest

from yiwang.kernel.base.crypto import keys


@pytest.fixture
def own_ring(settings, tmp_path):
    """Give the test a key file of its own, at a path that does not exist yet."""
    settings.MASTER_KEY_FILE = tmp_path / "keys" / "master.key"
    keys.forget_keys()
    yield settings.MASTER_KEY_FILE
    keys.forget_keys()
