"""参照: what PostgreSQL itself does on this machine at this moment, by its own pgbench."""

import os
import re
import subprocess
import tempfile
from pathlib import Path

from django.db import connection

from yiwang.project.engines import accounts, binaries

# One narrow row a transaction: the least that any write can cost here.
_TABLE = "CREATE TABLE IF NOT EXISTS bench_insert (id bigserial PRIMARY KEY, payload text NOT NULL)"
_SCRIPT = (
    "\\set value random(1, 1000000000)\n"
    "INSERT INTO bench_insert (payload) VALUES ('reference ' || :value);\n"
)


def inserts_per_second(*, clients: int, seconds: int) -> float:
    """Return insert transactions a second, each committed to disk, with so many clients."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLE)
        cursor.execute("TRUNCATE bench_insert")
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(_SCRIPT)
        script.flush()
        return _transactions_per_second(script.name, clients, seconds)


def _transactions_per_second(script: str, clients: int, seconds: int) -> float:
    about = connection.settings_dict
    program = binaries.find(accounts.postgres_account(Path("/nonexistent")))["pgbench"]
    result = subprocess.run(
        [
            *(str(program), "--no-vacuum", "--file", script, "--client", str(clients)),
            *("--jobs", "1", "--time", str(seconds), "--protocol", "prepared"),
            *("--host", str(about["HOST"]), "--port", str(about["PORT"])),
            *("--username", str(about["USER"]), str(about["NAME"])),
        ],
        env=os.environ | {"PGPASSWORD": str(about["PASSWORD"])},
        capture_output=True,
        text=True,
        timeout=seconds + 60,
        check=False,
    )
    found = re.search(r"tps = ([\d.]+)", result.stdout)
    if result.returncode or not found:
        raise RuntimeError(f"pgbench failed: {result.stderr.strip()[-500:]}")
    return float(found.group(1))
