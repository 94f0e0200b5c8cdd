"""负载: one worker that carries three-task cases through, in a process of its own.

``python -m bench.process_load engine|plain DESK SECONDS`` waits for a line on standard input, works
for so long, and prints how many cases it concluded and in how many seconds, as JSON.
"""

import json
import os
import sys
import time


def main(mode: str, desk_number: str, seconds: str) -> None:
    """Work until the time is over; the first cases fill what a process keeps and do not count."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yiwang.project.settings")
    import django

    django.setup()
    from django.db import connection

    from bench import process_case
    from bench.process_plain import PlainDesk

    process_case.register()
    desk = process_case.seat(int(desk_number))
    connection.ensure_connection()
    plain = PlainDesk(connection.connection, desk)

    def walk() -> int:
        return process_case.walk_one(desk) if mode == "engine" else plain.walk_one()

    for _ in range(10):
        walk()
    print("ready", flush=True)
    sys.stdin.readline()
    begun = time.perf_counter()
    cases = 0
    while time.perf_counter() - begun < float(seconds):
        walk()
        cases += 1
    print(json.dumps({"cases": cases, "seconds": time.perf_counter() - begun}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
