"""Given a list, when one pages through it, then every row is seen once, whatever the order."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from yiwang.kernel.base.http.errors import CursorInvalidError
from yiwang.kernel.base.http.models import IdempotentRequest
from yiwang.kernel.base.http.paging import MOST_ROWS, paginate

START = datetime(2026, 11, 23, tzinfo=UTC)


def make(offsets):
    return IdempotentRequest.objects.bulk_create(
        IdempotentRequest(
            account_id=1,
            key=f"k{n}",
            operation="o",
            body_digest="",
            created_at=START + timedelta(microseconds=offset),
        )
        for n, offset in enumerate(offsets)
    )


def walk(order, size):
    keys, cursor = [], ""
    for _ in range(100):
        page = paginate(IdempotentRequest.objects.all(), order=order, cursor=cursor, size=size)
        keys += [row.key for row in page.rows]
        cursor = page.next_cursor
        if not page.has_next:
            return keys
    raise AssertionError("the pages never ended")


@pytest.mark.django_db
@pytest.mark.parametrize("order", ["created_at", "-created_at", "id", "-id", "key"])
@given(offsets=st.lists(st.integers(0, 4), max_size=15), size=st.integers(1, 6))
@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_row_comes_once_and_in_order(order, offsets, size):
    IdempotentRequest.objects.all().delete()
    make(offsets)
    sign = "-" if order.startswith("-") else ""
    expected = IdempotentRequest.objects.order_by(order, f"{sign}pk").values_list("key", flat=True)

    assert walk(order, size) == list(expected)


@pytest.mark.django_db
def test_rows_that_arrive_meanwhile_do_not_repeat_what_was_seen():
    make([1, 2, 3])
    first = paginate(IdempotentRequest.objects.all(), order="-created_at", size=2)
    IdempotentRequest.objects.create(
        account_id=2, key="new", operation="o", created_at=START + timedelta(seconds=9)
    )

    second = paginate(
        IdempotentRequest.objects.all(), order="-created_at", size=2, cursor=first.next_cursor
    )

    assert [row.key for row in first.rows] == ["k2", "k1"]
    assert [row.key for row in second.rows] == ["k0"]


@pytest.mark.django_db
@pytest.mark.parametrize("cursor", ["x", "WzEsMV0:abc", "中文", "::", "." * 400])
def test_a_forged_cursor_is_refused(cursor):
    with pytest.raises(CursorInvalidError):
        paginate(IdempotentRequest.objects.all(), order="-created_at", cursor=cursor)


@pytest.mark.django_db
def test_a_cursor_of_another_order_is_refused():
    make([1, 2, 3])
    page = paginate(IdempotentRequest.objects.all(), order="created_at", size=1)
    with pytest.raises(CursorInvalidError):
        paginate(IdempotentRequest.objects.all(), order="-created_at", cursor=page.next_cursor)


@pytest.mark.django_db
def test_a_page_has_a_largest_and_a_smallest_size():
    make(range(MOST_ROWS + 5))
    rows = IdempotentRequest.objects.all()
    assert len(paginate(rows, order="id", size=10_000).rows) == MOST_ROWS
    assert len(paginate(rows, order="id", size=-3).rows) == 1


@pytest.mark.django_db
def test_a_page_takes_one_query(django_assert_num_queries):
    make(range(30))
    with django_assert_num_queries(1):
        paginate(IdempotentRequest.objects.all(), order="-created_at", size=20)
