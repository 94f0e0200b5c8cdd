"""Where the processor time went: to the platform, to the load generator, to strangers."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> list[int]:
    """Return a process and its living descendants."""
    found = [pid]
    for task in _tasks(pid):
        try:
            children = (task / "children").read_text().split()
        except OSError:
            continue
        for child in children:
            found += tree(int(child))
    return found


def cpu_seconds(pid: int) -> float:
    """Return the processor seconds of a process and its descendants, also of ended children."""
    total = 0.0
    for one in tree(pid):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        # utime, stime, and those of children that were waited for.
        total += sum(int(fields[index]) for index in (11, 12, 13, 14)) / TICKS
    return total


def machine_seconds() -> float:
    """Return the processor seconds that the whole machine has been busy since it started."""
    fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    user, nice, system, _idle, _wait, irq, soft, steal = (int(field) for field in fields[:8])
    return (user + nice + system + irq + soft + steal) / TICKS


@dataclass
class Meter:
    """Measures a stretch of time: shares of one processor by name, and what strangers took."""

    pids: dict[str, int]
    begun: float = field(default_factory=time.monotonic)
    _busy: float = field(default_factory=machine_seconds)
    _cpu: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._cpu = {name: cpu_seconds(pid) for name, pid in self.pids.items()}

    def stop(self, **known_seconds: float) -> "Usage":
        """Return the use since the start; ``known_seconds`` adds what ended processes told."""
        seconds = time.monotonic() - self.begun
        used = {name: cpu_seconds(pid) - self._cpu[name] for name, pid in self.pids.items()}
        used |= known_seconds
        busy = machine_seconds() - self._busy
        cores = os.cpu_count() or 1
        return Usage(
            seconds=seconds,
            cores=cores,
            used=used,
            strangers=max(0.0, busy - sum(used.values())) / (seconds * cores),
        )


@dataclass(frozen=True)
class Usage:
    """Processor seconds by part over a stretch of time; ``strangers`` is a share of the machine."""

    seconds: float
    cores: int
    used: dict[str, float]
    strangers: float

    def share(self, name: str) -> float:
        """Return a part's share of the whole machine."""
        return self.used.get(name, 0.0) / (self.seconds * self.cores)

    def words(self) -> str:
        """Return the shares as text."""
        parts = [f"{name} {self.share(name):.0%}" for name in self.used]
        return ", ".join([*parts, f"others on this machine {self.strangers:.0%}"])


def combined(usages: Sequence[Usage]) -> Usage:
    """Return the use over several stretches as one."""
    seconds = sum(usage.seconds for usage in usages)
    return Usage(
        seconds=seconds,
        cores=usages[0].cores,
        used={name: sum(usage.used[name] for usage in usages) for name in usages[0].used},
        strangers=sum(usage.strangers * usage.seconds for usage in usages) / seconds,
    )


def _tasks(pid: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return []
