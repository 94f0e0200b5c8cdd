"""数据库归属: the database named is fit for Chinese, and sealed with this installation's keys."""

from django.db import connection

from yiwang.kernel.base.crypto.facade import blind_index
from yiwang.kernel.base.crypto.models import KeyOwner
from yiwang.project.engines.errors import EngineError

OLDEST = 15


def check_database() -> None:
    """Refuse a database that this installation must not write into, before anything is migrated.

    :raises EngineError: too old, not UTF-8, blind to Chinese letters, or sealed with other keys.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version_num')::int / 10000,"
            " current_setting('server_encoding'), '阳江' ~ '^[[:alpha:]]+$',"
            " to_regclass('crypto_keyowner') IS NOT NULL"
        )
        version, encoding, knows_letters, has_owner = cursor.fetchone()
    if version < OLDEST:
        raise EngineError(
            f"数据库是 PostgreSQL {version}，需要 {OLDEST} 或更新版本。",
            f"The database is PostgreSQL {version}; {OLDEST} or newer is needed.",
            code="postgres.too_old",
        )
    if encoding != "UTF8" or not knows_letters:
        raise EngineError(
            f"数据库编码为 {encoding}，LC_CTYPE 认不出汉字。请用 ENCODING 'UTF8'、"
            "LC_CTYPE 'C.UTF-8'（或其他 UTF-8 区域）新建数据库。",
            f"The database has encoding {encoding} and an LC_CTYPE that knows no Chinese letters."
            " Make one with ENCODING 'UTF8' and LC_CTYPE 'C.UTF-8' or another UTF-8 locale.",
            code="postgres.wrong_locale",
        )
    owner = KeyOwner.objects.first() if has_owner else None
    if owner is not None and owner.fingerprint != fingerprint():
        raise EngineError(
            "这个数据库属于另一套安装：其中的数据用另一把主密钥封存。请核对 DATABASE_URL，"
            "或用 YIWANG_MASTER_KEY_FILE 指定那把主密钥。没有改动任何东西。",
            "This database belongs to another installation: another master key seals what is in"
            " it. Look at DATABASE_URL, or name that key in YIWANG_MASTER_KEY_FILE. Nothing was"
            " changed.",
            code="postgres.foreign_database",
        )


def claim_database() -> None:
    """Write down whose keys seal the database, at the first start."""
    KeyOwner.objects.get_or_create(pk=1, defaults={"fingerprint": fingerprint()})


def fingerprint() -> str:
    """Return what is the same for one master key file, also after its secrets were rotated."""
    return blind_index("installation", "crypto.key_owner").hex()
