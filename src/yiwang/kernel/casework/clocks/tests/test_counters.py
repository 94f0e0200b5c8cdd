"""The six numbers of kept and missed limits: exact, in one query, for any set of cases."""

from datetime import datetime, timedelta

import pytest
from django.db.models import Q

from yiwang.kernel.base import calendars
from yiwang.kernel.base.calendars import LOCAL_ZONE
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.clocks import facade as clocks
from yiwang.kernel.casework.clocks.facade import Basis, Counters
from yiwang.kernel.casework.clocks.tests.factories import make_case

pytestmark = pytest.mark.django_db

START = datetime(2026, 10, 12, 9, 0, tzinfo=LOCAL_ZONE)
DUE = datetime(2026, 11, 9, 17, 30, tzinfo=LOCAL_ZONE)
"""Twenty working days after 12 October 2026."""


def begun() -> Case:
    case = make_case()
    clock = clocks.start_clock(case=case, kind="decision", limit=clocks.DECISION, started_at=START)
    assert clock.due_at == DUE
    return case


def ended(at: datetime) -> None:
    clocks.stop_clock(case=begun(), kind="decision", at=at)


@pytest.fixture
def mixed():
    with calendars.freeze(START):
        ended(DUE - timedelta(days=1))
        ended(DUE - timedelta(days=3))
        ended(DUE)
        ended(DUE + timedelta(seconds=1))
        begun()
        standing = begun()
    clocks.stop_all_clocks(case=begun(), at=START)
    with calendars.freeze(START + timedelta(days=1)):
        clocks.begin_exclusion(
            case=standing, kind="decision", reason="听证", legal_source="行政许可法 46"
        )


def numbers(found: Counters) -> tuple[int, ...]:
    return (
        found.early,
        found.on_time,
        found.overtime,
        found.undue,
        found.overdue,
        found.excluded,
    )


def test_each_limit_is_in_exactly_one_number(mixed, django_assert_num_queries):
    with django_assert_num_queries(1):
        before = clocks.count_clocks(Q(), now=DUE)
    assert numbers(before) == (2, 1, 1, 1, 0, 1)
    assert (before.total, before.kept_share) == (6, 0.75)
    assert numbers(clocks.count_clocks(Q(), now=DUE + timedelta(minutes=1))) == (2, 1, 1, 0, 1, 1)


def test_by_unit_in_one_query_however_many_units(mixed, django_assert_num_queries):
    with django_assert_num_queries(1):
        (row,) = clocks.count_by_unit(Q(), now=DUE)
    assert (row.key, row.name, row.total) == ("441702-market", "江城区市场监督管理局", 6)


def test_a_set_of_cases_counts_no_others(mixed):
    assert clocks.count_clocks(Q(org_path__startswith="elsewhere/"), now=DUE) == Counters()
    assert clocks.count_clocks(Q(), basis=Basis.PROMISED, now=DUE) == Counters()
    assert clocks.count_clocks(Q(), since=START + timedelta(seconds=1), now=DUE) == Counters()
    assert clocks.count_clocks(Q(), until=START, now=DUE) == Counters()
    assert Counters().kept_share is None
