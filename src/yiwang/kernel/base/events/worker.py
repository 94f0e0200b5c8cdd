"""后台进程: the one process that runs every pump beside the job worker.

Each lane of pumps has a thread; an accident in one pump is logged and tried again after a pause,
and never touches the others.
"""

import logging
import threading
import time
from itertools import groupby
from operator import attrgetter

from django.db import close_old_connections, connections

from yiwang.kernel.base.events.registry import PumpEntry, pumps

logger = logging.getLogger(__name__)

PAUSE_AFTER_ACCIDENT_S = 2.0


class PumpRunner:
    """Runs all registered pumps until it is stopped."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start a thread for each lane."""
        for lane, entries in groupby(sorted(pumps(), key=attrgetter("lane")), attrgetter("lane")):
            thread = threading.Thread(
                target=self._keep_running, args=(list(entries),), name=f"pumps-{lane}", daemon=True
            )
            thread.start()
            self._threads.append(thread)

    def stop(self, timeout_s: float = 10.0) -> None:
        """Let each pump end its batch, and wait for them at most so long."""
        self._stop.set()
        deadline = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _keep_running(self, entries: list[PumpEntry]) -> None:
        due = dict.fromkeys(entries, 0.0)
        try:
            while not self._stop.is_set():
                close_old_connections()
                for entry in entries:
                    if due[entry] <= time.monotonic() and not self._stop.is_set():
                        due[entry] = time.monotonic() + self._run_once(entry)
                self._stop.wait(max(0.0, min(due.values()) - time.monotonic()))
        finally:
            connections.close_all()

    @staticmethod
    def _run_once(entry: PumpEntry) -> float:
        """Run one batch; returns the pause before the next, none while there is more to do."""
        try:
            return 0.0 if entry.run() else entry.every_s
        # A pump must outlive whatever happens in one round: a lost database, a broken row.
        except Exception:
            logger.exception("pump_failed", extra={"pump": entry.name})
            return max(PAUSE_AFTER_ACCIDENT_S, entry.every_s)
