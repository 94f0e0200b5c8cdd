import threading
import time as real_time
from datetime import UTC, date, datetime, timedelta

import pytest

from yiwang.kernel.base import calendars

NEW_YEAR = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)


def test_now_is_aware_and_local():
    moment = calendars.now()
    assert moment.tzinfo is calendars.LOCAL_ZONE
    assert abs(moment - datetime.now(UTC)) < timedelta(seconds=5)


def test_today_is_the_day_in_shanghai_not_in_greenwich():
    with calendars.freeze(NEW_YEAR):
        assert calendars.today() == date(2027, 1, 1)
        assert calendars.now().isoformat() == "2027-01-01T00:30:00+08:00"


def test_frozen_time_stands_and_moves_only_by_hand():
    with calendars.freeze(NEW_YEAR) as clock:
        first = calendars.now()
        real_time.sleep(0.01)
        assert calendars.now() == first
        clock.advance(timedelta(days=2))
        assert calendars.now() - first == timedelta(days=2)
        clock.move_to(NEW_YEAR)
        assert calendars.now() == first


def test_travelled_time_runs_on():
    with calendars.travel(NEW_YEAR):
        first = calendars.now()
        real_time.sleep(0.01)
        assert timedelta(0) < calendars.now() - first < timedelta(seconds=5)
        assert abs(first - NEW_YEAR) < timedelta(seconds=5)


def test_inner_freeze_gives_way_to_the_outer_one_even_after_an_error():
    with calendars.freeze(NEW_YEAR):
        with pytest.raises(LookupError), calendars.freeze(NEW_YEAR + timedelta(days=9)):
            raise LookupError
        assert calendars.now() == NEW_YEAR
    assert calendars.now() != NEW_YEAR


def seen_in_another_thread() -> datetime:
    seen: list[datetime] = []
    thread = threading.Thread(target=lambda: seen.append(calendars.now()))
    thread.start()
    thread.join()
    return seen[0]


def test_other_threads_follow_only_when_the_whole_process_is_held():
    with calendars.freeze(NEW_YEAR):
        assert seen_in_another_thread() != NEW_YEAR
    with calendars.freeze(NEW_YEAR, whole_process=True):
        assert seen_in_another_thread() == NEW_YEAR
    assert seen_in_another_thread() != NEW_YEAR


@pytest.mark.parametrize("enter", [calendars.freeze, calendars.travel])
def test_instant_without_zone_is_refused(enter):
    naive = NEW_YEAR.replace(tzinfo=None)
    with pytest.raises(ValueError, match="time zone"), enter(naive):
        raise AssertionError("a naive instant was taken")


def test_installation_travels_only_where_allowed(settings, tmp_path):
    settings.VAR = tmp_path
    settings.YIWANG_ALLOW_TIME_TRAVEL = False
    with pytest.raises(calendars.TimeTravelForbiddenError):
        calendars.travel_installation(NEW_YEAR)
    assert list(tmp_path.iterdir()) == []


def test_installation_travels_there_and_back(settings, tmp_path):
    settings.VAR = tmp_path
    settings.YIWANG_ALLOW_TIME_TRAVEL = True
    calendars.travel_installation(NEW_YEAR)
    assert abs(calendars.now() - NEW_YEAR) < timedelta(seconds=5)
    assert abs(seen_in_another_thread() - NEW_YEAR) < timedelta(seconds=5)
    calendars.travel_installation(NEW_YEAR + timedelta(days=30))
    assert abs(calendars.now() - NEW_YEAR - timedelta(days=30)) < timedelta(seconds=5)
    settings.YIWANG_ALLOW_TIME_TRAVEL = False
    assert abs(calendars.now() - datetime.now(UTC)) < timedelta(seconds=5)
    settings.YIWANG_ALLOW_TIME_TRAVEL = True
    calendars.travel_installation(None)
    assert abs(calendars.now() - datetime.now(UTC)) < timedelta(seconds=5)
