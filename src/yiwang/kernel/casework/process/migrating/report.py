"""迁移报告: how many cases go over, and which do not and why."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from yiwang.kernel.casework.process.migrating.planning import Problem

__all__ = ["Blocked", "Report"]


@dataclass(frozen=True, slots=True)
class Blocked:
    """A case that stays, with everything that stands against it."""

    number: str
    version: str
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class Report:
    """``movable`` counts by old version: those that would go over, or that went."""

    key: str
    version: str
    is_dry_run: bool
    movable: Counter[str] = field(default_factory=Counter)
    blocked: list[Blocked] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.movable.total() + len(self.blocked)

    def reasons(self) -> Iterator[tuple[Problem, list[str]]]:
        """Yield each reason with the cases that it holds back, the most frequent first."""
        found: dict[Problem, list[str]] = {}
        for one in self.blocked:
            for problem in one.problems:
                found.setdefault(problem, []).append(one.number)
        yield from sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0].code))

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON holds it."""
        return {
            "key": self.key,
            "version": self.version,
            "dry_run": self.is_dry_run,
            "total": self.total,
            "movable": self.movable.total(),
            "movable_by_version": dict(self.movable),
            "blocked": [asdict(one) for one in self.blocked],
        }
