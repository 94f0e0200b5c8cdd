"""轮换主密钥: add a version, then seal every encrypted column anew under it."""

from argparse import ArgumentParser
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import connection, models, transaction

from yiwang.kernel.base.crypto import keys
from yiwang.kernel.base.crypto.fields import EncryptedTextField

BATCH_ROWS = 500


class Command(BaseCommand):
    """Safe to stop and to run again: rows already under the current version are passed over."""

    help = "Add a master key version and seal every encrypted column anew."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer to go on with an interrupted rotation."""
        parser.add_argument(
            "--continue",
            action="store_true",
            dest="go_on",
            help="add no version; only seal what still stands under an older one",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Rotate, and print how many values of each column were sealed anew."""
        version = keys.keyring().current if options["go_on"] else keys.add_version()
        self.stdout.write(f"version {version}")
        for model in apps.get_models():
            for field in model._meta.local_concrete_fields:
                if isinstance(field, EncryptedTextField) and model._meta.managed:
                    sealed = seal_anew(model, field)
                    self.stdout.write(f"{model._meta.label}.{field.name}: {sealed}")


def seal_anew(model: type[models.Model], field: EncryptedTextField[Any, Any]) -> int:
    """Seal every value of one column under the current version and return how many there were."""
    quote = connection.ops.quote_name
    table, column = quote(model._meta.db_table), quote(str(field.column))
    key = quote(str(model._meta.pk.column))
    select = (
        f"SELECT {key}, {column} FROM {table}"  # noqa: S608  names come from the models
        f" WHERE {column} IS NOT NULL AND get_byte({column}, 0) <> %s"
        f" ORDER BY {key} LIMIT {BATCH_ROWS} FOR UPDATE"
    )
    update = f"UPDATE {table} SET {column} = %s WHERE {key} = %s"  # noqa: S608
    done = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(select, [keys.keyring().current])
            rows = cursor.fetchall()
            cursor.executemany(
                update,
                [
                    (keys.encrypt(keys.decrypt(bytes(sealed), field.purpose), field.purpose), pk)
                    for pk, sealed in rows
                ],
            )
        done += len(rows)
        if len(rows) < BATCH_ROWS:
            return done
