"""参照: the cheapest read that the database offers, timed from here at this moment."""

import time

from django.db import connection

from yiwang.kernel.base.divisions.models import Division

NAME = "one row by key over SQL, ms"
_TIMES = 200


def row_by_key_ms() -> float:
    """Return the milliseconds of one small read by key, over the connection that we have."""
    key = Division.objects.values_list("code", flat=True)[0]
    with connection.cursor() as cursor:
        begun = time.perf_counter()
        for _ in range(_TIMES):
            cursor.execute("SELECT name FROM divisions_division WHERE code = %s", [key])
            cursor.fetchone()
        return (time.perf_counter() - begun) * 1000 / _TIMES
