"""时钟: where now() and today() of FEEL take the time from.

The rules engine knows no framework, so the platform hands its clock in at start-up with
`use_clock`; without one the system clock in China's time is read.
"""

from __future__ import annotations

import datetime as py
from collections.abc import Callable
from zoneinfo import ZoneInfo

Clock = Callable[[], py.datetime]


def _system_clock() -> py.datetime:
    return py.datetime.now(ZoneInfo("Asia/Shanghai"))


_clock: list[Clock] = [_system_clock]


def use_clock(clock: Clock) -> Clock:
    """Make `clock`, which returns aware local datetimes, that of all rules; return the old one."""
    before, _clock[0] = _clock[0], clock
    return before


def now() -> py.datetime:
    """Return the present moment, aware."""
    return _clock[0]()
