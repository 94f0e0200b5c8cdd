"""Encrypted columns, on a table that has one."""

import pytest
from django.core.exceptions import FieldError

from yiwang.kernel.base import calendars
from yiwang.kernel.base.crypto.fields import EncryptedTextField
from yiwang.kernel.base.crypto.models import SigningKey


def save(text):
    return SigningKey.objects.create(key_id="k", private_pem=text, created_at=calendars.now())


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["", "䶮𬱟", "441723199001011234", "长" * 4000])
def test_text_comes_back_as_it_went_in(text):
    row = save(text)
    assert SigningKey.objects.get(pk=row.pk).private_pem == text
    assert SigningKey.objects.values_list("private_pem", flat=True).get() == text
    assert SigningKey.objects.bulk_update([row], ["private_pem"]) == 1
    assert SigningKey.objects.get(private_pem__isnull=False).private_pem == text


@pytest.mark.django_db
@pytest.mark.parametrize("lookup", ["", "__in", "__contains", "__length"])
def test_a_search_that_could_never_match_is_refused(lookup):
    save("x")
    with pytest.raises(FieldError):
        SigningKey.objects.filter(**{f"private_pem{lookup}": "x"}).exists()


def test_migrations_keep_the_purpose():
    _name, path, args, kwargs = EncryptedTextField(purpose="a.b", null=True).deconstruct()
    assert kwargs == {"purpose": "a.b", "null": True}
    assert EncryptedTextField(*args, **kwargs).purpose == "a.b"
    assert path == "yiwang.kernel.base.crypto.fields.EncryptedTextField"
