"""后卫进程: ends what is left when the supervisor itself is killed.

The kernel tells each service at once that its parent died, but not the service's own children, and
a service that is just starting may die of that signal before it can pass it on. This small process
sees the supervisor's end by the end of its standard input, gives the services some time to stop by
themselves, and then ends the process groups that are still there.

Run as ``python -m yiwang.project.engines.guard STATE_FILE``.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from yiwang.project.engines import processes

GRACE_SECONDS = 8
# It stops by itself and must not be cut short: its last act is to write what it knows to disk.
SPARED = "postgres"


def start(state_file: Path) -> subprocess.Popen[bytes]:
    """Start the guard; it ends by itself when its standard input is closed."""
    return subprocess.Popen(
        [sys.executable, "-m", "yiwang.project.engines.guard", str(state_file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # Out of reach of signals to the terminal or to the supervisor's group.
        start_new_session=True,
    )


def group_exists(group: int) -> bool:
    """Say whether a process group has a member."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def main(state_file: Path) -> None:
    """Wait for the supervisor's end and clear up behind it; after a clean end nothing is left."""
    sys.stdin.buffer.read()
    try:
        services: dict[str, int] = json.loads(state_file.read_text())["services"]
    except FileNotFoundError:
        return
    left = {group for name, group in services.items() if name != SPARED}

    def is_quiet() -> bool:
        # A number once free may soon belong to somebody else: it leaves the list for good.
        left.intersection_update({group for group in left if group_exists(group)})
        return not left

    if not processes.wait_until(is_quiet, seconds=GRACE_SECONDS, every=0.1):
        for group in left:
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
