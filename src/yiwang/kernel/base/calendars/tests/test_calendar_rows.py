from datetime import date, time

import pytest
from django.db import IntegrityError, transaction

from yiwang.kernel.base import calendars
from yiwang.kernel.base.calendars import published_holidays
from yiwang.kernel.base.calendars.actions import calendars as actions
from yiwang.kernel.base.calendars.actions.calendars import DayException
from yiwang.kernel.base.calendars.models import CalendarDay, DayKind
from yiwang.kernel.base.calendars.rules.working_calendar import CalendarRangeError, OpenPeriod

pytestmark = pytest.mark.django_db

YANGJIANG = "441700"
KITE_FESTIVAL = date(2026, 11, 25)
UNPUBLISHED = max(published_holidays.published_years()) + 1


def set_day(day: date, kind: DayKind, key: str = YANGJIANG) -> None:
    actions.set_days(
        calendar_key=key, days=[DayException(day, kind, "风筝节")], source="市政府公告"
    )


def test_region_lies_on_top_of_the_nation():
    assert calendars.calendar_for(YANGJIANG).is_working_day(KITE_FESTIVAL)
    set_day(KITE_FESTIVAL, DayKind.OFF)
    assert not calendars.calendar_for(YANGJIANG).is_working_day(KITE_FESTIVAL)
    assert calendars.calendar_for().is_working_day(KITE_FESTIVAL)
    assert calendars.calendar_for("440600").is_working_day(KITE_FESTIVAL)


def test_national_row_reaches_regions_and_the_region_has_the_last_word():
    set_day(KITE_FESTIVAL, DayKind.STATUTORY_HOLIDAY, key="cn")
    assert not calendars.calendar_for(YANGJIANG).is_working_day(KITE_FESTIVAL)
    set_day(KITE_FESTIVAL, DayKind.WORKING)
    assert calendars.calendar_for(YANGJIANG).is_working_day(KITE_FESTIVAL)
    assert not calendars.calendar_for().is_working_day(KITE_FESTIVAL)


def test_same_rows_give_the_same_kept_object():
    first = calendars.calendar_for(YANGJIANG)
    assert calendars.calendar_for(YANGJIANG) is first
    set_day(KITE_FESTIVAL, DayKind.OFF)
    assert calendars.calendar_for(YANGJIANG) is not first


def test_kept_calendar_costs_one_query(django_assert_num_queries):
    calendars.calendar_for(YANGJIANG)
    with django_assert_num_queries(1):
        calendars.calendar_for(YANGJIANG)


def test_rolled_back_change_leaves_nothing_behind():
    before = calendars.calendar_for(YANGJIANG).edition
    with pytest.raises(LookupError), transaction.atomic():
        set_day(KITE_FESTIVAL, DayKind.OFF)
        assert calendars.calendar_for(YANGJIANG).edition != before
        raise LookupError
    assert calendars.calendar_for(YANGJIANG).edition == before


def test_edition_stays_when_only_the_name_changes():
    set_day(KITE_FESTIVAL, DayKind.OFF)
    before = calendars.calendar_for(YANGJIANG).edition
    set_day(KITE_FESTIVAL, DayKind.STATUTORY_HOLIDAY)
    assert calendars.calendar_for(YANGJIANG).edition == before


def test_removed_day_is_plain_again():
    set_day(KITE_FESTIVAL, DayKind.OFF)
    assert actions.remove_days(calendar_key=YANGJIANG, days=[KITE_FESTIVAL]) == 1
    assert calendars.calendar_for(YANGJIANG).is_working_day(KITE_FESTIVAL)
    assert actions.remove_days(calendar_key=YANGJIANG, days=[KITE_FESTIVAL]) == 0


def test_published_year_is_no_longer_assumed_and_replaces_what_was_entered():
    new_year = date(UNPUBLISHED, 1, 1)
    stray = date(UNPUBLISHED, 3, 3)
    set_day(stray, DayKind.OFF, key="cn")
    assert calendars.calendar_for().is_assumed(new_year)
    actions.publish_year(
        calendar_key="cn",
        year=UNPUBLISHED,
        days=[DayException(new_year, DayKind.STATUTORY_HOLIDAY, "元旦")],
        source="国务院办公厅节假日安排",
    )
    for key in ("", YANGJIANG):
        calendar = calendars.calendar_for(key)
        assert not calendar.is_assumed(new_year)
        assert not calendar.is_working_day(new_year)
        assert calendar.is_working_day(stray) is (stray.weekday() < 5)


def test_stray_day_of_another_year_is_refused_and_nothing_changes():
    with pytest.raises(ValueError, match="does not belong"):
        actions.publish_year(
            calendar_key="cn",
            year=UNPUBLISHED,
            days=[DayException(KITE_FESTIVAL, DayKind.OFF)],
            source="国务院办公厅",
        )
    assert calendars.calendar_for().is_assumed(date(UNPUBLISHED, 1, 1))


def test_days_out_of_range_are_refused():
    with pytest.raises(CalendarRangeError):
        set_day(date(2100, 1, 1), DayKind.OFF)
    with pytest.raises(CalendarRangeError):
        actions.publish_year(calendar_key="cn", year=2100, days=[], source="x")
    assert not CalendarDay.objects.exists()


def test_regional_business_hours_replace_the_national_ones():
    calendar = calendars.calendar_for(YANGJIANG)
    assert calendar.closing_time == time(17, 30)
    actions.set_business_hours(
        calendar_key=YANGJIANG,
        periods=[OpenPeriod(time(14), time(18)), OpenPeriod(time(9), time(12))],
        source="市政务服务局通告",
    )
    changed = calendars.calendar_for(YANGJIANG)
    assert [period.opens for period in changed.business_hours] == [time(9), time(14)]
    assert changed.closing_time == time(18)
    assert calendars.calendar_for().closing_time == time(17, 30)
    with pytest.raises(ValueError, match="missing"):
        actions.set_business_hours(calendar_key=YANGJIANG, periods=[], source="x")
    assert calendars.calendar_for(YANGJIANG).closing_time == time(18)


def test_day_without_source_is_refused_by_the_database():
    with pytest.raises(IntegrityError), transaction.atomic():
        CalendarDay.objects.create(day=KITE_FESTIVAL, kind=DayKind.OFF, source="")
