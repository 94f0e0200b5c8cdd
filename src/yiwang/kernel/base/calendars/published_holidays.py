"""国务院办公厅节假日安排, as the library ``chinesecalendar`` carries it."""

from datetime import date

from chinese_calendar import constants


def published_years() -> frozenset[int]:
    """Return the years whose arrangement the installed library knows."""
    return frozenset(day.year for day in constants.holidays)


def published_exceptions() -> dict[date, bool]:
    """Return the days that differ from the plain week: False for days off, True for 调休 work."""
    exceptions = dict.fromkeys(constants.holidays, False)
    exceptions.update(dict.fromkeys(constants.workdays, True))
    return exceptions
