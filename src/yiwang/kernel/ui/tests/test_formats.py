"""Dates, money and sizes in both languages."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernel.ui import formats


def test_days_are_written_in_the_language_of_the_page() -> None:
    assert formats.day(date(2026, 11, 3)) == "2026年11月3日"
    assert formats.short_day(date(2026, 12, 8)) == "12月8日"
    with translation.override("en"):
        assert formats.day(date(2026, 11, 3)) == "3 November 2026"
        assert formats.short_day(date(2026, 12, 8)) == "8 December"


def test_moments_are_local_and_use_24_hours() -> None:
    # 17:30 UTC is half past one of the next day in China.
    assert formats.moment(datetime(2026, 11, 23, 17, 30, tzinfo=UTC)) == "2026年11月24日 01:30"
    assert formats.day(datetime(2026, 11, 23, 17, 30, tzinfo=UTC)) == "2026年11月24日"


@pytest.mark.parametrize(
    ("yuan", "written"),
    [
        (Decimal("1234"), "¥1,234.00"),
        ("0", "¥0.00"),
        (Decimal("-35.5"), "-¥35.50"),
        (1280000, "¥1,280,000.00"),
        (None, ""),
    ],
)
def test_money(yuan: Decimal | int | str | None, written: str) -> None:
    assert formats.money(yuan) == written


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_money_reads_back_as_the_same_amount(yuan: Decimal) -> None:
    assert Decimal(formats.money(yuan).replace("¥", "").replace(",", "")) == yuan


@pytest.mark.parametrize(
    ("size_bytes", "written"),
    [(0, "0.0 KB"), (1536, "1.5 KB"), (500_000, "488 KB"), (20 * 1024 * 1024, "20 MB")],
)
def test_file_size(size_bytes: int, written: str) -> None:
    assert formats.file_size(size_bytes) == written


def test_nothing_is_written_for_nothing() -> None:
    assert [formats.day(None), formats.short_day(None), formats.moment(None)] == ["", "", ""]
    assert formats.file_size(None) == ""
