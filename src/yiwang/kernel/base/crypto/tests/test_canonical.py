"""Canonical JSON."""

import datetime
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernel.base.crypto.canonical import MAX_SAFE_INTEGER, canonical_json, parse_canonical
from yiwang.kernel.base.crypto.errors import RecordNotCanonicalError

TEXT = st.text(st.characters(codec="utf-8"))
VALUES = st.recursive(
    st.none() | st.booleans() | TEXT | st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
RECORDS = st.dictionaries(TEXT, VALUES, max_size=6)


@given(RECORDS)
def test_a_record_survives_and_has_one_spelling(record):
    data = canonical_json(record)
    assert parse_canonical(data) == record
    assert canonical_json(dict(reversed(record.items()))) == data


@given(RECORDS)
def test_nothing_but_the_one_spelling_is_read_back(record):
    data = canonical_json(record)
    for other in (b" " + data, data + b"\n", json.dumps(record, indent=1).encode()):
        if other != data:
            with pytest.raises(RecordNotCanonicalError):
                parse_canonical(other)


def test_keys_stand_in_utf16_order():
    # RFC 8785 clause 3.2.3: the example of the standard, whose order differs from code points.
    record = {
        "\u20ac": 1,
        "\r": 2,
        "\ufb33": 3,
        "1": 4,
        "\U0001f600": 5,
        "\x80": 6,
        "\xf6": 7,
    }
    assert list(json.loads(canonical_json(record)).values()) == [2, 4, 6, 7, 1, 5, 3]


def test_control_characters_are_escaped_as_the_standard_says():
    assert canonical_json({"a": '\b\t\n\f\r\x1f"\\/中'}) == (
        '{"a":"\\b\\t\\n\\f\\r\\u001f\\"\\\\/中"}'.encode()
    )


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (1.5, "float"),
        (Decimal("1.50"), "Decimal"),
        (datetime.date(2026, 11, 23), "date"),
        (MAX_SAFE_INTEGER + 1, "2**53"),
        (b"x", "bytes"),
        ("\ud800", "surrogate"),
        ({1: "x"}, "key"),
        ({"\udfff": "x"}, "surrogate"),
    ],
)
def test_what_has_no_single_spelling_is_refused_with_its_path(value, reason):
    with pytest.raises(RecordNotCanonicalError) as caught:
        canonical_json({"fee": [{"amount": value}]})
    assert reason in caught.value.details["cause"]
    assert caught.value.details["path"] == "$.fee[0].amount"


def test_bottomless_records_are_refused():
    record: dict = {}
    record["self"] = record
    with pytest.raises(RecordNotCanonicalError):
        canonical_json(record)
    with pytest.raises(RecordNotCanonicalError):
        parse_canonical(b'{"a":' * 50_000)
