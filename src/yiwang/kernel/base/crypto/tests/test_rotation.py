"""The rotation command."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from yiwang.kernel.base.crypto import authority, keys
from yiwang.kernel.base.crypto.management.commands import rotate_master_key
from yiwang.kernel.base.crypto.models import SigningKey


def versions_in_table():
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT get_byte(private_pem, 0) FROM crypto_signingkey")
        return {version for (version,) in cursor.fetchall()}


@pytest.mark.django_db
def test_every_row_is_sealed_under_the_new_version_and_still_opens(own_ring, monkeypatch):
    monkeypatch.setattr(rotate_master_key, "BATCH_ROWS", 2)
    authority.issue_seal_certificate("阳江市公安局", "11441700007000000A")
    before = dict(SigningKey.objects.values_list("key_id", "private_pem"))
    output = StringIO()
    call_command("rotate_master_key", stdout=output)
    assert "crypto.SigningKey.private_pem: 3" in output.getvalue()
    assert versions_in_table() == {2}
    assert dict(SigningKey.objects.values_list("key_id", "private_pem")) == before


@pytest.mark.django_db
def test_an_interrupted_rotation_goes_on_without_a_further_version(own_ring):
    authority.ensure_authority()
    keys.add_version()
    assert versions_in_table() == {1}
    call_command("rotate_master_key", "--continue", stdout=StringIO())
    assert keys.keyring().current == 2
    assert versions_in_table() == {2}
