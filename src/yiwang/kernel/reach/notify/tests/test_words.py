"""Given template words, when they are filled, then names become values and nothing else does."""

import string
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernel.base.calendars import LOCAL_ZONE
from yiwang.kernel.reach.notify.rules.quiet_hours import earliest_sending
from yiwang.kernel.reach.notify.rules.words import PlaceholderError, fill, placeholders

NAMES = st.text(string.ascii_lowercase, min_size=1, max_size=5)


@given(st.lists(st.tuples(st.text().map(lambda t: t.replace("{", "").replace("}", "")), NAMES)))
def test_every_placeholder_is_filled_and_the_rest_stays(parts):
    text = "".join(f"{words}{{{name}}}" for words, name in parts)
    values = {name: f"<{{{name}}}>" for _, name in parts}

    assert placeholders(text) == frozenset(values)
    assert fill(text, values) == "".join(f"{words}<{{{name}}}>" for words, name in parts)


@pytest.mark.parametrize(
    "text",
    ["{", "}", "a { b", "{Name}", "{0}", "{a.b}", "{a[0]}", "{a!r}", "{a:>9}", "{ a }", "{}"],
)
def test_anything_but_a_plain_name_is_refused(text):
    with pytest.raises(PlaceholderError):
        placeholders(text)
    with pytest.raises(PlaceholderError):
        fill(text, {"a": "x", "Name": "x", "0": "x"})


def test_double_braces_are_braces():
    assert fill("{{a}} {a}", {"a": "1"}) == "{a} 1"
    assert placeholders("{{a}}") == frozenset()


def test_a_name_without_a_value_is_refused():
    with pytest.raises(PlaceholderError, match="number"):
        fill("{number}", {})


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-23 07:59", "2026-11-23 08:00"),
        ("2026-11-23 08:00", "2026-11-23 08:00"),
        ("2026-11-23 21:59", "2026-11-23 21:59"),
        ("2026-11-23 22:00", "2026-11-24 08:00"),
        ("2026-11-23 00:00", "2026-11-23 08:00"),
        ("2026-12-31 23:30", "2027-01-01 08:00"),
    ],
)
def test_the_night_is_quiet(at, expected):
    def local(text):
        return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=LOCAL_ZONE)

    assert earliest_sending(local(at)) == local(expected)


@given(st.integers(0, 2_000_000).map(lambda minutes: timedelta(minutes=minutes)))
def test_a_message_waits_at_most_ten_hours_and_leaves_by_day(offset):
    at = datetime(2026, 1, 1, tzinfo=LOCAL_ZONE) + offset
    sending = earliest_sending(at)
    assert at <= sending <= at + timedelta(hours=10)
    assert 8 <= sending.hour < 22
