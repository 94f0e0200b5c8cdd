"""Dates, money and sizes as a person writes them, in the language of the page."""

from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import get_language

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def speaks_english() -> bool:
    return (get_language() or "").startswith("en")


def local(value: date | datetime) -> date | datetime:
    if isinstance(value, datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value


def day(value: date | datetime | None) -> str:
    """Return a day: 2026年11月23日, or 23 November 2026."""
    if value is None:
        return ""
    value = local(value)
    if speaks_english():
        return f"{value.day} {MONTHS[value.month - 1]} {value.year}"
    return f"{value.year}年{value.month}月{value.day}日"


def short_day(value: date | datetime | None) -> str:
    """Return a day of the current year: 11月23日, or 23 November."""
    if value is None:
        return ""
    value = local(value)
    if speaks_english():
        return f"{value.day} {MONTHS[value.month - 1]}"
    return f"{value.month}月{value.day}日"


def moment(value: datetime | None) -> str:
    """Return a day with the time by 24 hours: 2026年11月23日 14:05."""
    if value is None:
        return ""
    return f"{day(value)} {local(value):%H:%M}"


def money(yuan: Decimal | int | str | None) -> str:
    """Return an amount in yuan: ¥1,234.00."""
    if yuan is None or yuan == "":
        return ""
    amount = Decimal(yuan)
    return f"{'-' if amount < 0 else ''}¥{abs(amount):,.2f}"


def file_size(size_bytes: int | None) -> str:
    """Return a file size in KB or MB, one decimal below 10."""
    if size_bytes is None:
        return ""
    value, unit = (
        (size_bytes / 1024, "KB") if size_bytes < 1024 * 1024 else (size_bytes / 1024**2, "MB")
    )
    return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"
