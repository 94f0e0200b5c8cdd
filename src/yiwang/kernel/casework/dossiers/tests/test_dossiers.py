"""项目: approval time counts a day once, only while government has a case in hand."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.access.models import Grant
from yiwang.kernel.base.audit.models import AuditEntry
from yiwang.kernel.base.calendars import LOCAL_ZONE, calendar_for, freeze, today
from yiwang.kernel.base.calendars.rules.working_calendar import build_calendar
from yiwang.kernel.casework.clocks import facade as clocks
from yiwang.kernel.casework.clocks.tests.factories import make_case
from yiwang.kernel.casework.dossiers import facade as dossiers
from yiwang.kernel.casework.dossiers.errors import (
    CaseFiledElsewhereError,
    DossierCodeTakenError,
    DossierKindUnknownError,
    StageUnknownError,
)
from yiwang.kernel.casework.dossiers.models import DossierCase, DossierKind
from yiwang.kernel.casework.dossiers.rules.approval_time import Span, StageLamp, time_used
from yiwang.kernel.errors import NotPermittedError

CLERK = Actor(9101, "黄窗口", "OFFICIAL")
KIND = {
    "key": "private_building",
    "total": {"amount": 60, "source": "市方案"},
    "stages": [
        {
            "key": key,
            "title_zh": key,
            "title_en": key,
            "limit": {"amount": amount, "source": "市方案", "confirmed": False},
        }
        for key, amount in (("planning", 20), ("permit", 10))
    ],
}
PLAIN = build_calendar(key="x", published_years=range(2020, 2030), exceptions={})
MONDAY = date(2026, 10, 12)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL_ZONE)


def opened(case, code="2610-441702-04-01-000001", kind="private_building"):
    return dossiers.open_dossier(
        actor=CLERK,
        kind_key=kind,
        code=code,
        name="漠江商住楼",
        party=case.party,
        organization=case.organization,
        division=case.division,
    )


@pytest.fixture
def case(db):
    DossierKind.objects.create(key="private_building", version="1", content=KIND)
    case = make_case()
    Grant.objects.create(
        account_id=CLERK.account_id,
        permission="case.receive",
        role="receiver",
        post_key="p",
        org_path=case.org_path,
        division_path=case.division_path,
        valid_from=today() - timedelta(days=400),
    )
    return case


def sibling(case):
    other = make_case()
    other.party = case.party
    other.save(update_fields=["party"])
    return other


@pytest.mark.proves("C16", "按阶段计审批时间，总时间60个工作日，并行的日子只算一次")
def test_cases_side_by_side_use_a_day_once_and_the_builders_time_is_not_counted(case):
    other = sibling(case)
    with freeze(at("2026-10-12 09:00")) as clock:
        dossier = opened(case)
        dossiers.file_case(actor=CLERK, dossier=dossier, stage="planning", case_id=case.pk)
        dossiers.file_case(actor=CLERK, dossier=dossier, stage="permit", case_id=other.pk)
        clocks.start_clock(case=case, kind="decision", limit=clocks.DECISION)
        clock.move_to(at("2026-10-14 09:00"))
        clocks.start_clock(case=other, kind="decision", limit=clocks.DECISION)
        clock.move_to(at("2026-10-16 16:00"))
        clocks.stop_clock(case=case, kind="decision")
        clocks.stop_clock(case=other, kind="decision")
        # Three weeks in which the builder prepares the next step.
        clock.move_to(at("2026-11-06 09:00"))
        reading = dossiers.read_dossier(dossier)
    planning, permit = reading.stages
    assert (planning.time.used, permit.time.used, reading.time.used) == (4, 2, 4)
    assert (planning.time.left, reading.time.left) == (16, 56)
    assert [one.number for one in planning.cases] == [case.number]


def test_a_hearing_that_goes_on_uses_nothing(case):
    with freeze(at("2026-10-12 09:00")) as clock:
        dossier = opened(case)
        dossiers.file_case(actor=CLERK, dossier=dossier, stage="planning", case_id=case.pk)
        clocks.start_clock(case=case, kind="decision", limit=clocks.DECISION)
        clock.move_to(at("2026-10-13 09:00"))
        clocks.begin_exclusion(
            case=case, kind="decision", reason="听证", legal_source="行政许可法 46"
        )
        clock.move_to(at("2026-10-30 09:00"))
        assert dossiers.read_dossier(dossier).time.used == 0


def test_reading_costs_the_same_for_more_cases(case, django_assert_max_num_queries):
    dossier = opened(case)
    for one in (case, sibling(case), sibling(case)):
        dossiers.file_case(actor=CLERK, dossier=dossier, stage="planning", case_id=one.pk)
        clocks.start_clock(case=one, kind="decision", limit=clocks.DECISION)
    calendar_for(dossier.division_id[:4])
    with django_assert_max_num_queries(4):
        dossiers.read_dossier(dossier)


def test_opening_and_filing_again_change_nothing(case):
    dossier = opened(case)
    assert opened(case) == dossier
    for _ in range(2):
        dossiers.file_case(actor=CLERK, dossier=dossier, stage="planning", case_id=case.pk)
    assert DossierCase.objects.count() == 1
    assert AuditEntry.objects.filter(action__startswith="dossier.").count() == 2
    with pytest.raises(CaseFiledElsewhereError):
        dossiers.file_case(actor=CLERK, dossier=dossier, stage="permit", case_id=case.pk)
    with pytest.raises(CaseFiledElsewhereError):
        dossiers.file_case(actor=CLERK, dossier=dossier, stage="permit", case_id=make_case().pk)
    with pytest.raises(StageUnknownError):
        dossiers.file_case(actor=CLERK, dossier=dossier, stage="roof", case_id=case.pk)
    with pytest.raises(DossierCodeTakenError):
        opened(make_case())
    with pytest.raises(DossierKindUnknownError):
        opened(case, code="x", kind="bridge")


def test_who_takes_in_no_cases_here_opens_and_files_nothing(case):
    dossier = opened(case)
    Grant.objects.all().delete()
    with pytest.raises(NotPermittedError):
        opened(case, code="y")
    with pytest.raises(NotPermittedError):
        dossiers.file_case(actor=CLERK, dossier=dossier, stage="planning", case_id=case.pk)
    assert not DossierCase.objects.exists()


@pytest.mark.parametrize(
    ("last", "lamp"),
    [
        (date(2026, 10, 13), StageLamp.NORMAL),
        (date(2026, 10, 22), StageLamp.DUE_SOON),
        (date(2026, 10, 26), StageLamp.DUE_SOON),
        (date(2026, 10, 27), StageLamp.OVERDUE),
    ],
)
def test_the_lamp_turns_when_a_fifth_is_left_and_after_the_end(last, lamp):
    assert time_used([Span(MONDAY, last)], 10, PLAIN).lamp is lamp
    assert time_used([], 10, PLAIN).lamp is StageLamp.NOT_BEGUN


days = st.integers(0, 40).map(lambda n: MONDAY + timedelta(days=n))
spans = st.builds(
    lambda a, b, out: Span(min(a, b), max(a, b), tuple((min(x, y), max(x, y)) for x, y in out)),
    days,
    days,
    st.lists(st.tuples(days, days), max_size=2),
)


@given(st.lists(spans, max_size=4))
def test_each_day_of_the_calendar_is_counted_once_if_any_case_was_in_hand(found):
    expected = sum(
        day.weekday() < 5
        and any(
            one.begins < day <= one.ends and not any(b <= day < e for b, e in one.without)
            for one in found
        )
        for day in (MONDAY + timedelta(days=n) for n in range(60))
    )
    assert time_used(found, 10, PLAIN).used == expected
