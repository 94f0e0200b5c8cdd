"""Columns whose text is sealed at rest."""

from typing import TYPE_CHECKING, Any, TypeVar

from django.core.exceptions import FieldError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import BaseExpression

from yiwang.kernel.base.crypto import keys

# The stubs take a column's set and get types as parameters; Django's own classes take none.
_Set = TypeVar("_Set", contravariant=True)
_Get = TypeVar("_Get", covariant=True)

if TYPE_CHECKING:
    _TextField = models.TextField
else:

    class _TextField(models.TextField):
        def __class_getitem__(cls, types: object) -> type:
            return cls


class EncryptedTextField(_TextField[_Set, _Get]):
    """加密文本: text to the program, SM4-GCM bytes (BYTEA) in the table.

    ``purpose`` names the value for good (``party.citizen_id_no``): it goes into the key. Only
    ``isnull`` can be asked of the database; for equality keep a ``blind_index`` column beside it.
    """

    def __init__(self, *args: Any, purpose: str, **kwargs: Any) -> None:
        self.purpose = purpose
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        """Keep the purpose in migrations."""
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "purpose": self.purpose}

    def get_internal_type(self) -> str:
        """Store as BYTEA."""
        return "BinaryField"

    def get_lookup(self, lookup_name: str) -> Any:
        """Refuse what could never match: two ciphertexts of one text differ."""
        if lookup_name != "isnull":
            raise FieldError(
                f"{self.name} is encrypted and cannot be searched by {lookup_name}; "
                "search its blind index"
            )
        return super().get_lookup(lookup_name)

    def get_transform(self, lookup_name: str) -> Any:
        """Refuse transforms for the same reason as lookups."""
        return None

    def from_db_value(
        self, value: bytes | None, expression: BaseExpression, connection: BaseDatabaseWrapper
    ) -> str | None:
        """Open the stored bytes."""
        return None if value is None else keys.decrypt(bytes(value), self.purpose)

    def get_db_prep_value(
        self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False
    ) -> Any:
        """Seal the text anew on every write."""
        text = value if prepared else self.get_prep_value(value)
        return text if text is None else keys.encrypt(text, self.purpose)
