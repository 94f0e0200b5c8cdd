import threading
from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from yiwang.kernel.base import calendars
from yiwang.kernel.base.calendars import LOCAL_ZONE, published_holidays
from yiwang.kernel.base.calendars.actions import calendars as calendar_actions
from yiwang.kernel.base.calendars.models import DayKind
from yiwang.kernel.casework.clocks import facade as clocks
from yiwang.kernel.casework.clocks.errors import (
    ClockAlreadyRunningError,
    ClockNotRunningError,
    ClockNotSuspendedError,
    ClockSuspendedError,
    ExtensionRankError,
    ExtensionRefusedError,
    IntervalInvalidError,
    SiteCheckNotExcludedError,
)
from yiwang.kernel.casework.clocks.facade import (
    ApproverRank,
    Basis,
    ClockOutcome,
    EffectOnExpiry,
    Lamp,
    Limit,
    Unit,
)
from yiwang.kernel.casework.clocks.models import Clock, ClockExclusion
from yiwang.kernel.casework.clocks.tests.factories import make_case

pytestmark = pytest.mark.django_db

YANGJIANG = "441700"
PROMISE = Limit(
    amount=8, unit=Unit.WORKING_DAY, source="实施清单", basis=Basis.PROMISED, confirmed=False
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL_ZONE)


@pytest.fixture
def case():
    with calendars.freeze(at("2026-11-24 09:00")):
        return make_case()


def decide_clock(case, **more) -> Clock:
    return clocks.start_clock(
        **{
            "case": case,
            "kind": "decision",
            "limit": clocks.DECISION,
            "started_at": at("2026-11-24 09:00"),
            **more,
        }
    )


def local(moment: datetime) -> str:
    return f"{moment.astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M}"


def test_started_clock_keeps_its_law_and_its_end(case):
    clock = decide_clock(case)
    clock.refresh_from_db()
    assert (clock.amount, clock.unit, clock.source, clock.edition) == (
        20,
        "WORKING_DAY",
        "行政许可法 42.1",
        "2019",
    )
    assert (clock.basis, clock.start_rule, clock.confirmed) == ("STATUTORY", "NEXT_DAY", True)
    assert (clock.extension_allowed, clock.extension_rank) == (10, "ORGAN_HEAD")
    assert local(clock.due_at) == "2026-12-22 17:30"
    assert not clock.assumed
    assert clock.calendar_edition == calendars.calendar_for().edition


def test_clock_starts_now_unless_told_otherwise(case):
    with calendars.freeze(at("2026-09-30 10:00")):
        clock = clocks.start_clock(
            case=case, kind="correction_notice", limit=clocks.CORRECTION_NOTICE
        )
    assert local(clock.started_at) == "2026-09-30 10:00"
    assert local(clock.due_at) == "2026-10-13 17:30"
    assert clock.effect_on_expiry == "DEEMED_ACCEPTANCE"


def test_end_in_an_unpublished_year_is_assumed(case):
    year = max(published_holidays.published_years())
    clock = decide_clock(case, started_at=at(f"{year}-12-28 09:00"))
    assert clock.assumed


def test_law_and_promise_run_side_by_side_and_each_only_once(case):
    law, promise = decide_clock(case), decide_clock(case, limit=PROMISE)
    assert promise.due_at < law.due_at
    assert not promise.confirmed
    assert clocks.next_due_at(case.pk) == promise.due_at
    for limit in (clocks.DECISION, PROMISE):
        with pytest.raises(ClockAlreadyRunningError):
            decide_clock(case, limit=limit)
    with pytest.raises(IntegrityError), transaction.atomic():
        copy = Clock.objects.get(pk=law.pk)
        copy.pk = None
        copy.save(force_insert=True)


def test_stopping_in_time_and_late(case):
    law, promise = decide_clock(case), decide_clock(case, limit=PROMISE)
    late_for_the_promise = promise.due_at + timedelta(minutes=1)
    stopped = clocks.stop_clock(case=case, kind="decision", at=late_for_the_promise)
    assert {(clock.pk, clock.outcome) for clock in stopped} == {
        (law.pk, "MET"),
        (promise.pk, "MISSED"),
    }
    assert clocks.stop_clock(case=case, kind="decision") == []
    assert clocks.next_due_at(case.pk) is None
    again = decide_clock(case, started_at=at("2026-12-10 09:00"))
    assert again.pk not in (law.pk, promise.pk)


def test_stopping_to_the_minute(case):
    clock = decide_clock(case)
    with calendars.freeze(clock.due_at):
        (stopped,) = clocks.stop_clock(case=case, kind="decision")
    assert stopped.outcome == "MET"


def test_only_one_basis_can_be_stopped_and_all_can_be_cancelled(case):
    decide_clock(case)
    decide_clock(case, limit=PROMISE)
    clocks.start_clock(case=case, kind="delivery", limit=clocks.DELIVERY)
    (promise,) = clocks.stop_clock(case=case, kind="decision", basis=Basis.PROMISED)
    assert promise.basis == "PROMISED"
    ended = clocks.stop_all_clocks(case=case)
    assert [(clock.kind, clock.outcome) for clock in ended] == [
        ("decision", "CANCELLED"),
        ("delivery", "CANCELLED"),
    ]
    assert not Clock.objects.filter(stopped_at=None).exists()


def test_hearing_leaves_the_limit_and_the_clock_runs_on_afterwards(case):
    law, promise = decide_clock(case), decide_clock(case, limit=PROMISE)
    clocks.begin_exclusion(
        case=case,
        kind="decision",
        reason="听证",
        legal_source="行政许可法 47",
        at=at("2026-11-26 10:00"),
    )
    law.refresh_from_db()
    reading = clocks.read(law, now=at("2026-12-15 10:00"))
    assert reading.lamp is Lamp.SUSPENDED
    assert reading.zh == "时限暂停（听证），已用 1 个工作日，还剩 19 个工作日"
    assert clocks.list_expired(at("2027-06-01 00:00"), 10) == []
    clocks.end_exclusion(case=case, kind="decision", at=at("2026-12-01 10:00"))
    law.refresh_from_db()
    promise.refresh_from_db()
    # Thursday, Friday and Monday are out.
    assert local(law.due_at) == "2026-12-25 17:30"
    assert local(promise.due_at) == "2026-12-09 17:30"
    assert law.suspended_at is None
    assert clocks.read(law, now=at("2026-12-01 11:00")).used == 2
    assert ClockExclusion.objects.filter(ends_at=None).count() == 0


def test_site_check_does_not_stop_the_clock(case):
    clock = decide_clock(case)
    with pytest.raises(SiteCheckNotExcludedError):
        clocks.begin_exclusion(
            case=case, kind="decision", reason="现场核查", legal_source="行政许可法 34"
        )
    clock.refresh_from_db()
    assert clock.suspended_at is None
    assert not ClockExclusion.objects.exists()


def test_exclusions_out_of_order_are_refused(case):
    with pytest.raises(ClockNotRunningError):
        clocks.begin_exclusion(case=case, kind="decision", reason="听证", legal_source="x")
    decide_clock(case)
    with pytest.raises(ClockNotSuspendedError):
        clocks.end_exclusion(case=case, kind="decision")
    begin = {"case": case, "kind": "decision", "reason": "鉴定", "legal_source": "x"}
    with pytest.raises(IntervalInvalidError):
        clocks.begin_exclusion(**begin, at=at("2026-11-23 09:00"))
    clocks.begin_exclusion(**begin, at=at("2026-11-26 09:00"))
    with pytest.raises(ClockSuspendedError):
        clocks.begin_exclusion(**begin, at=at("2026-11-27 09:00"))
    with pytest.raises(IntervalInvalidError), transaction.atomic():
        clocks.end_exclusion(case=case, kind="decision", at=at("2026-11-25 09:00"))
    assert ClockExclusion.objects.get().ends_at is None


def test_interval_that_is_over_is_taken_out_at_once(case):
    clock = decide_clock(case)
    interval = {
        "case": case,
        "kind": "decision",
        "reason": "EXPERT_REVIEW",
        "legal_source": "食品安全法 x",
        "begins_at": at("2026-11-26 09:00"),
        "ends_at": at("2026-11-27 09:00"),
    }
    with calendars.freeze(at("2026-11-26 12:00")), pytest.raises(IntervalInvalidError):
        clocks.exclude_interval(**interval)
    with calendars.freeze(at("2026-11-30 12:00")):
        for wrong in (
            {"ends_at": at("2026-11-25 09:00")},
            {"begins_at": at("2026-11-20 09:00")},
        ):
            with pytest.raises(IntervalInvalidError):
                clocks.exclude_interval(**{**interval, **wrong})
        clocks.exclude_interval(**interval)
    clock.refresh_from_db()
    assert local(clock.due_at) == "2026-12-23 17:30"


def test_stopping_a_suspended_clock_resumes_it_first(case):
    decide_clock(case)
    clocks.begin_exclusion(
        case=case,
        kind="decision",
        reason="检测",
        legal_source="x",
        at=at("2026-12-22 09:00"),
    )
    (clock,) = clocks.stop_clock(case=case, kind="decision", at=at("2026-12-30 10:00"))
    clock.refresh_from_db()
    assert (clock.outcome, clock.suspended_at) == ("MET", None)
    assert local(clock.due_at) == "2026-12-30 17:30"
    assert clock.exclusions.get().ends_at == at("2026-12-30 10:00")


def test_extension_once_by_the_head_of_the_organ(case):
    decide_clock(case)
    extend = {
        "case": case,
        "kind": "decision",
        "amount": 10,
        "reason": "需向省局核实配方",
        "approver": "李局长",
        "at": at("2026-12-20 09:00"),
    }
    with pytest.raises(ExtensionRankError):
        clocks.extend_clock(**extend, approver_rank=ApproverRank.OFFICE_HEAD)
    clock = clocks.extend_clock(**extend, approver_rank=ApproverRank.ORGAN_HEAD)
    clock.refresh_from_db()
    expected = calendars.calendar_for().add_working_days(date(2026, 11, 24), 30)
    assert clock.due_at.astimezone(LOCAL_ZONE).date() == expected
    assert clock.assumed is calendars.calendar_for().is_assumed(expected)
    assert (clock.extended_amount, clock.extension_approver) == (10, "李局长")
    with pytest.raises(ExtensionRefusedError):
        clocks.extend_clock(**extend, approver_rank=ApproverRank.ORGAN_HEAD)
    with pytest.raises(ClockNotRunningError):
        clocks.extend_clock(**extend, approver_rank=ApproverRank.ORGAN_HEAD, basis=Basis.PROMISED)


def test_expired_clocks_are_listed_in_order_and_claimed_once(case):
    law, promise = decide_clock(case), decide_clock(case, limit=PROMISE)
    notice = clocks.start_clock(
        case=case,
        kind="correction_notice",
        limit=clocks.CORRECTION_NOTICE,
        started_at=at("2026-11-24 09:00"),
    )
    assert clocks.list_expired(notice.due_at, 10) == []
    later = law.due_at + timedelta(minutes=1)
    assert clocks.list_expired(later, 10) == [notice, promise, law]
    assert clocks.list_expired(later, 2) == [notice, promise]
    assert clocks.list_running_effects(EffectOnExpiry.DEEMED_ACCEPTANCE, later, 10) == [notice]
    assert not clocks.mark_expired(clock=notice, at=notice.due_at)
    assert clocks.mark_expired(clock=notice, at=later)
    assert not clocks.mark_expired(clock=notice, at=later)
    assert clocks.list_expired(later, 10) == [promise, law]
    clocks.stop_clock(case=case, kind="decision", at=later)
    assert not clocks.mark_expired(clock=law, at=later)
    assert clocks.list_expired(later, 10) == []


def close(day: date, key: str) -> None:
    calendar_actions.set_days(
        calendar_key=key,
        days=[calendar_actions.DayException(day, DayKind.OFF, "台风停工")],
        source="市三防指挥部通告",
    )


def test_change_of_a_regional_calendar_moves_its_running_clocks_only(case):
    here = decide_clock(case, calendar_key=YANGJIANG)
    elsewhere = clocks.start_clock(
        case=make_case(), kind="decision", limit=clocks.DECISION,
        started_at=at("2026-11-24 09:00"), calendar_key="440600",
    )  # fmt: skip
    stopped = clocks.start_clock(
        case=make_case(), kind="decision", limit=clocks.DECISION,
        started_at=at("2026-11-24 09:00"), calendar_key=YANGJIANG,
    )  # fmt: skip
    clocks.stop_clock(case=stopped.case, kind="decision", at=at("2026-11-25 09:00"))
    close(date(2026, 12, 1), YANGJIANG)
    moved: list[clocks.MovedClock] = []
    assert clocks.recompute_clocks(YANGJIANG, on_moved=moved.extend) == 1
    assert [(move.clock_id, local(move.due_before), local(move.due_after)) for move in moved] == [
        (here.pk, "2026-12-22 17:30", "2026-12-23 17:30")
    ]
    here.refresh_from_db()
    assert local(here.due_at) == "2026-12-23 17:30"
    for other in (elsewhere, stopped):
        other.refresh_from_db()
        assert local(other.due_at) == "2026-12-22 17:30"
    assert clocks.recompute_clocks(YANGJIANG) == 0


def test_national_change_reaches_every_region_in_batches(case):
    started = [decide_clock(make_case(), calendar_key=key) for key in ["", "cn", YANGJIANG] * 3]
    close(date(2026, 12, 1), "cn")
    seen: list[int] = []
    moved = clocks.recompute_clocks(
        "cn", on_moved=lambda batch: seen.append(len(batch)), batch_size=2
    )
    assert moved == len(started)
    assert max(seen) == 2
    assert {local(clock.due_at) for clock in Clock.objects.all()} == {"2026-12-23 17:30"}
    assert clocks.recompute_clocks("cn") == 0


def test_published_year_takes_the_mark_away(case):
    year = max(published_holidays.published_years()) + 1
    clock = decide_clock(case, started_at=at(f"{year - 1}-12-28 09:00"))
    assert clock.assumed
    off = calendars.calendar_for().add_working_days(date(year, 1, 1), 1)
    calendar_actions.publish_year(
        calendar_key="cn",
        year=year,
        days=[calendar_actions.DayException(off, DayKind.STATUTORY_HOLIDAY, "元旦")],
        source="国务院办公厅节假日安排",
    )
    before = clock.due_at
    assert clocks.recompute_clocks() == 1
    clock.refresh_from_db()
    assert not clock.assumed
    assert clock.due_at > before


def test_expiry_is_taken_back_when_the_end_moves_into_the_future(case):
    clock = decide_clock(case, calendar_key=YANGJIANG)
    close(date(2026, 12, 23), YANGJIANG)
    clocks.recompute_clocks(YANGJIANG)
    with calendars.freeze(at("2026-12-22 18:00")):
        assert clocks.mark_expired(clock=clock)
        close(date(2026, 12, 22), YANGJIANG)
        assert clocks.recompute_clocks(YANGJIANG) == 1
        clock.refresh_from_db()
        assert clock.expired_at is None
        assert local(clock.due_at) == "2026-12-24 17:30"
    assert clocks.list_expired(at("2026-12-25 09:00"), 5) == [clock]


def test_readings_of_a_list_cost_the_same_for_few_and_many(case, django_assert_num_queries):
    for _ in range(30):
        decide_clock(make_case(), calendar_key=YANGJIANG)
    for size in (3, 30):
        rows = Clock.objects.prefetch_related("exclusions").order_by("pk")[:size]
        with django_assert_num_queries(3):
            readings = clocks.read_all(rows, now=at("2026-11-27 09:00"))
        assert len(readings) == size
        assert {reading.zh for reading in readings.values()} == {
            "今天是第 3 个工作日，最迟 12 月 22 日办结"
        }


@pytest.mark.parametrize(
    "wrong",
    [
        {"source": ""},
        {"unit": "MOON"},
        {"basis": "WISHED"},
        {"stopped_at": at("2026-12-01 09:00")},
        {"outcome": "MET"},
        {"due_at": at("2026-11-01 09:00")},
        {"extended_amount": 5},
        {
            "stopped_at": at("2026-12-01 09:00"),
            "outcome": "MET",
            "suspended_at": at("2026-12-01 09:00"),
        },
    ],
)
def test_database_refuses_clocks_that_make_no_sense(case, wrong):
    clock = decide_clock(case)
    with pytest.raises(IntegrityError), transaction.atomic():
        Clock.objects.filter(pk=clock.pk).update(**wrong)


def test_database_refuses_unlawful_exclusions(case):
    clock = decide_clock(case)
    good = {
        "clock": clock,
        "kind": "HEARING",
        "legal_source": "x",
        "begins_at": at("2026-11-25 09:00"),
    }
    for wrong in (
        {"kind": "SITE_CHECK"},
        {"legal_source": ""},
        {"ends_at": at("2026-11-24 09:00")},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            ClockExclusion.objects.create(**{**good, **wrong})
    ClockExclusion.objects.create(**good)
    with pytest.raises(IntegrityError), transaction.atomic():
        ClockExclusion.objects.create(**good)


@pytest.mark.django_db(transaction=True)
def test_recomputing_passes_over_what_a_verb_holds_and_finds_it_next_time():
    held, free = (decide_clock(make_case(), calendar_key=YANGJIANG) for _ in range(2))
    close(date(2026, 12, 1), YANGJIANG)
    locked, finished = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Clock.objects.select_for_update().get(pk=held.pk)
            locked.set()
            finished.wait(20)
        connection.close()

    verb = threading.Thread(target=hold)
    verb.start()
    try:
        assert locked.wait(20)
        assert clocks.recompute_clocks(YANGJIANG) == 1
    finally:
        finished.set()
        verb.join()
    held.refresh_from_db()
    free.refresh_from_db()
    assert (local(held.due_at), local(free.due_at)) == ("2026-12-22 17:30", "2026-12-23 17:30")
    assert clocks.recompute_clocks(YANGJIANG) == 1


@pytest.mark.django_db(transaction=True)
def test_two_processes_that_start_one_clock_leave_one():
    case = make_case()
    outcomes: list[str] = []
    ready = threading.Barrier(4)

    def start() -> None:
        ready.wait(20)
        try:
            with transaction.atomic():
                decide_clock(case)
            outcomes.append("started")
        except (ClockAlreadyRunningError, IntegrityError):
            outcomes.append("refused")
        connection.close()

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused", "refused", "refused", "started"]
    assert Clock.objects.filter(case=case).count() == 1
    assert ClockOutcome.MET.value == "MET"
