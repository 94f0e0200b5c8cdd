"""The present moment: one clock for the whole platform, which stories and tests may hold or move.

Three ways to move it, each for its own reach: a context (the default of :func:`freeze` and
:func:`travel`), every thread of this process (``whole_process=True``), and every process of an
installation (:func:`travel_installation`, only where the settings allow it).
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings

LOCAL_ZONE = ZoneInfo("Asia/Shanghai")
"""The one legal time of the country; a day of law begins at its midnight."""


class TimeTravelForbiddenError(RuntimeError):
    """This installation serves real people: its clock may not be moved."""


@dataclass(slots=True)
class FrozenTime:
    """A held clock; whoever froze it may move it on."""

    at: datetime

    def moment(self) -> datetime:
        return self.at

    def move_to(self, at: datetime) -> None:
        self.at = _aware(at)

    def advance(self, by: timedelta) -> None:
        self.at += by


@dataclass(frozen=True, slots=True)
class _Shifted:
    """A clock that runs on, away from the real one by a fixed distance."""

    offset: timedelta

    def moment(self) -> datetime:
        return datetime.now(UTC) + self.offset


_in_context: ContextVar[FrozenTime | _Shifted | None] = ContextVar("held_time", default=None)
_in_process: FrozenTime | _Shifted | None = None
# What the travel file said, with the file's stamp: it is read again only when the stamp changes.
_travel_file_seen: tuple[int, _Shifted | None] = (0, None)


def now() -> datetime:
    """Return the present instant, aware, in the time of Asia/Shanghai."""
    held = _in_context.get() or _in_process
    if held is None and _may_travel():
        held = _installation_shift()
    moment = datetime.now(UTC) if held is None else held.moment()
    return moment.astimezone(LOCAL_ZONE)


def today() -> date:
    """Return the present day in Asia/Shanghai."""
    return now().date()


@contextmanager
def freeze(at: datetime, *, whole_process: bool = False) -> Iterator[FrozenTime]:
    """Hold the clock at an aware instant; the handle that is given can move it on."""
    frozen = FrozenTime(_aware(at))
    with _held(frozen, whole_process=whole_process):
        yield frozen


@contextmanager
def travel(to: datetime, *, whole_process: bool = False) -> Iterator[None]:
    """Set the clock to an aware instant and let it run on from there."""
    with _held(_Shifted(_aware(to) - datetime.now(UTC)), whole_process=whole_process):
        yield


def travel_installation(to: datetime | None) -> None:
    """Move the clock of every process of this installation, or with None bring it back.

    For demonstrations that must see web and worker processes on a later day.

    :raises TimeTravelForbiddenError: unless ``settings.YIWANG_ALLOW_TIME_TRAVEL`` is true.
    """
    if not _may_travel():
        raise TimeTravelForbiddenError(
            "本系统的时钟不允许改动 / The clock of this installation may not be moved."
        )
    path = _travel_file()
    if to is None:
        path.unlink(missing_ok=True)
        return
    offset = _aware(to) - datetime.now(UTC)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Rename, so that no other process ever reads half a number.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(repr(offset.total_seconds()))
    Path(name).replace(path)


@contextmanager
def _held(clock: FrozenTime | _Shifted, *, whole_process: bool) -> Iterator[None]:
    global _in_process
    before = _in_process
    if whole_process:
        _in_process = clock
    token = _in_context.set(clock)
    try:
        yield
    finally:
        _in_context.reset(token)
        if whole_process:
            _in_process = before


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("the instant must carry a time zone")
    return at


def _may_travel() -> bool:
    return settings.configured and getattr(settings, "YIWANG_ALLOW_TIME_TRAVEL", False) is True


def _travel_file() -> Path:
    return Path(settings.VAR) / "time-travel"


def _installation_shift() -> _Shifted | None:
    global _travel_file_seen
    path = _travel_file()
    try:
        stamp = path.stat().st_mtime_ns
    except FileNotFoundError:
        return None
    if stamp != _travel_file_seen[0]:
        seconds = float(path.read_text(encoding="ascii"))
        _travel_file_seen = (stamp, _Shifted(timedelta(seconds=seconds)))
    return _travel_file_seen[1]
