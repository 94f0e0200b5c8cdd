from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernel.base.calendars import LOCAL_ZONE, published_holidays
from yiwang.kernel.base.calendars.rules.working_calendar import build_calendar
from yiwang.kernel.casework.clocks.errors import (
    ExclusionNotLawfulError,
    ExclusionSourceMissingError,
    ExtensionRankError,
    ExtensionReasonMissingError,
    ExtensionRefusedError,
    SiteCheckNotExcludedError,
)
from yiwang.kernel.casework.clocks.rules.counting import Interval, compute_deadline
from yiwang.kernel.casework.clocks.rules.exclusions import Exclusion, lawful_exclusion
from yiwang.kernel.casework.clocks.rules.extensions import check_extension
from yiwang.kernel.casework.clocks.rules.lamps import ClockFacts, Lamp, read_clock
from yiwang.kernel.casework.clocks.rules.limits import ApproverRank, Extension, Unit

CALENDAR = build_calendar(
    key="cn",
    published_years=published_holidays.published_years(),
    exceptions=published_holidays.published_exceptions(),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL_ZONE)


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("听证", Exclusion.HEARING),
        ("招标", Exclusion.TENDER),
        ("拍卖", Exclusion.AUCTION),
        ("检验", Exclusion.INSPECTION_OF_GOODS),
        ("检测", Exclusion.TESTING),
        ("检疫", Exclusion.QUARANTINE),
        ("鉴定", Exclusion.APPRAISAL),
        ("专家评审", Exclusion.EXPERT_REVIEW),
    ],
)
def test_the_eight_kinds_of_article_45(word, kind):
    assert lawful_exclusion(word, "食品安全法 x") is kind
    assert lawful_exclusion(kind.name, "食品安全法 x") is kind
    assert kind.zh == word
    assert len(Exclusion) == 8


@pytest.mark.parametrize("word", ["现场核查", "现场踏勘", "实质核查", "SITE_CHECK"])
def test_site_check_runs_inside_the_limit(word):
    with pytest.raises(SiteCheckNotExcludedError) as caught:
        lawful_exclusion(word, "行政许可法 34")
    assert caught.value.code == "EXCLUSION_SITE_CHECK"
    assert "不能扣除" in caught.value.zh
    assert "延长" in caught.value.mend[0]


@pytest.mark.parametrize("word", ["公示", "挂起", "补正", "hearing", "", "节假日"])
def test_nothing_else_leaves_the_limit(word):
    with pytest.raises(ExclusionNotLawfulError) as caught:
        lawful_exclusion(word, "某办法")
    assert caught.value.code == "EXCLUSION_NOT_LAWFUL"


def test_exclusion_needs_the_clause_that_requires_it():
    with pytest.raises(ExclusionSourceMissingError):
        lawful_exclusion("听证", "  ")


GOOD_EXTENSION = {
    "rule": Extension(10, ApproverRank.ORGAN_HEAD, "行政许可法 42.1"),
    "already_extended": 0,
    "amount": 10,
    "at": at("2026-12-01 09:00"),
    "due_at": at("2026-12-01 17:30"),
    "approver": "李局长",
    "approver_rank": ApproverRank.ORGAN_HEAD,
    "reason": "需要补充核实",
}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"amount": 1},
        {"approver_rank": ApproverRank.GOVERNMENT_HEAD},
        {"at": at("2026-12-01 17:30")},
    ],
)
def test_extension_that_the_law_allows(change):
    assert check_extension(**{**GOOD_EXTENSION, **change}) is None


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"rule": None}, ExtensionRefusedError),
        ({"already_extended": 5}, ExtensionRefusedError),
        ({"amount": 11}, ExtensionRefusedError),
        ({"amount": 0}, ExtensionRefusedError),
        ({"at": at("2026-12-01 17:31")}, ExtensionRefusedError),
        ({"approver_rank": ApproverRank.OFFICE_HEAD}, ExtensionRankError),
        ({"reason": " "}, ExtensionReasonMissingError),
        ({"approver": ""}, ExtensionReasonMissingError),
    ],
)
def test_extension_that_the_law_does_not_allow(change, refusal):
    with pytest.raises(refusal):
        check_extension(**{**GOOD_EXTENSION, **change})


def facts(unit=Unit.WORKING_DAY, amount=10, start="2026-11-24 09:00", **more) -> ClockFacts:
    found = compute_deadline(
        unit=unit,
        amount=amount,
        started_at=at(start),
        calendar=CALENDAR,
        excluded=more.get("excluded", ()),
    )
    given_facts = {
        "kind": "decision",
        "unit": unit,
        "amount": amount,
        "started_at": at(start),
        "due_at": found.due_at,
        "assumed": found.assumed,
    }
    return ClockFacts(**{**given_facts, **more})


def read(clock: ClockFacts, now: str):
    return read_clock(clock, at(now), CALENDAR)


@pytest.mark.parametrize(
    ("clock", "now", "lamp", "numbers", "zh", "en"),
    [
        (
            facts(),
            "2026-11-27 10:00",
            Lamp.NORMAL,
            (3, 7, 0),
            "今天是第 3 个工作日，最迟 12 月 8 日办结",
            "Working day 3 today; to be concluded by 8 December",
        ),
        (
            facts(),
            "2026-11-24 10:00",
            Lamp.NORMAL,
            (0, 10, 0),
            "自次日起计算，最迟 12 月 8 日办结",
            "Counted from the next day; to be concluded by 8 December",
        ),
        (
            facts(),
            "2026-11-29 10:00",
            Lamp.NORMAL,
            (3, 7, 0),
            "今天休息，已过 3 个工作日，最迟 12 月 8 日办结",
            "Day off, 3 working days passed; to be concluded by 8 December",
        ),
        (
            facts(),
            "2026-12-04 10:00",
            Lamp.DUE_SOON,
            (8, 2, 0),
            "今天是第 8 个工作日，最迟 12 月 8 日办结",
            "Working day 8 today; to be concluded by 8 December",
        ),
        (
            facts(),
            "2026-12-08 10:00",
            Lamp.DUE_SOON,
            (10, 0, 0),
            "今天是第 10 个工作日，最迟今天 17:30 前办结",
            "Working day 10 today; to be concluded by 17:30 today",
        ),
        (
            facts(),
            "2026-12-08 17:31",
            Lamp.OVERDUE,
            (10, 0, 0),
            "已超期，应于今天 17:30 前办结",
            "Overdue; was to be concluded by 17:30 today",
        ),
        (
            facts(),
            "2026-12-10 10:00",
            Lamp.OVERDUE,
            (12, 0, 2),
            "已超期 2 个工作日，应于 12 月 8 日办结",
            "Overdue by 2 working days; was to be concluded by 8 December",
        ),
        (
            facts(kind="correction_notice", amount=5, start="2026-12-28 09:00"),
            "2026-12-29 10:00",
            Lamp.NORMAL,
            (1, 4, 0),
            "今天是第 1 个工作日，最迟 2027 年 1 月 4 日告知补正"
            "（所跨年度的节假日安排尚未公布，日期为暂定）",
            "Working day 1 today; to be answered with what is missing by 4 January 2027"
            " (provisional: the holidays of that year are not yet published)",
        ),
        (
            facts(unit=Unit.CALENDAR_DAY, amount=15, start="2026-11-23 09:00"),
            "2026-11-28 10:00",
            Lamp.NORMAL,
            (5, 10, 0),
            "今天是第 5 天，最迟 12 月 8 日办结",
            "Day 5 today; to be concluded by 8 December",
        ),
        (
            facts(unit=Unit.WORKING_HOUR, amount=4, start="2026-11-23 09:00"),
            "2026-11-23 11:10",
            Lamp.NORMAL,
            (2, 2, 0),
            "已用 2 个工作时，最迟今天 15:30 前办结",
            "2 working hours used; to be concluded by 15:30 today",
        ),
        (
            facts(unit=Unit.URGENT_HOUR, amount=24, start="2026-11-23 22:00"),
            "2026-11-25 00:30",
            Lamp.OVERDUE,
            (26, 0, 3),
            "已超期 3 小时，应于 11 月 24 日 22:00 前办结",
            "Overdue by 3 hours; was to be concluded by 22:00 on 24 November",
        ),
        (
            facts(amount=0),
            "2026-11-24 10:00",
            Lamp.DUE_SOON,
            (0, 0, 0),
            "最迟今天 17:30 前办结",
            "To be concluded by 17:30 today",
        ),
        (
            facts(suspended_at=at("2026-11-27 10:00"), suspended_for=("听证", "hearing")),
            "2026-12-20 10:00",
            Lamp.SUSPENDED,
            (2, 8, 0),
            "时限暂停（听证），已用 2 个工作日，还剩 8 个工作日",
            "Suspended (hearing): 2 working days used, 8 working days left",
        ),
        (
            facts(stopped_at=at("2026-11-25 10:00"), outcome="MET"),
            "2027-01-20 10:00",
            Lamp.MET,
            (1, 9, 0),
            "已按期办结，用时 1 个工作日",
            "Concluded in time, after 1 working day",
        ),
        (
            facts(stopped_at=at("2026-12-09 10:00"), outcome="MISSED"),
            "2027-01-20 10:00",
            Lamp.MISSED,
            (11, 0, 1),
            "已办结，超期 1 个工作日",
            "Concluded late, by 1 working day",
        ),
        (
            facts(stopped_at=at("2026-11-25 10:00"), outcome="CANCELLED"),
            "2027-01-20 10:00",
            Lamp.CANCELLED,
            (1, 9, 0),
            "已停止计时",
            "No longer counted",
        ),
        (
            facts(kind="anything_else"),
            "2026-11-27 10:00",
            Lamp.NORMAL,
            (3, 7, 0),
            "今天是第 3 个工作日，最迟 12 月 8 日办理",
            "Working day 3 today; to be done by 8 December",
        ),
    ],
)
def test_what_a_clock_shows(clock, now, lamp, numbers, zh, en):
    reading = read(clock, now)
    assert (reading.used, reading.left, reading.overdue) == numbers
    assert reading.lamp is lamp
    assert reading.zh == zh
    assert reading.en == en


MOMENTS = st.integers(0, 365 * 86_400).map(
    lambda seconds: at("2026-01-01") + timedelta(seconds=seconds)
)


@given(MOMENTS, st.integers(1, 60), st.timedeltas(timedelta(0), timedelta(days=120)))
def test_used_and_left_add_up_until_the_end(start, amount, later):
    now = start + later
    clock = facts(amount=amount, start=start.isoformat()[:19])
    reading = read_clock(clock, now, CALENDAR)
    if now <= clock.due_at:
        assert reading.used + reading.left == amount
        assert reading.overdue == 0
        assert reading.lamp in (Lamp.NORMAL, Lamp.DUE_SOON)
    else:
        assert reading.left == 0
        assert reading.lamp is Lamp.OVERDUE
        assert reading.used == amount + reading.overdue


@given(MOMENTS, st.integers(1, 60), st.timedeltas(timedelta(0), timedelta(days=60)))
def test_a_suspended_clock_stands_still(start, amount, later):
    suspended_at = min(start + later, facts(amount=amount, start=start.isoformat()[:19]).due_at)
    clock = facts(
        amount=amount,
        start=start.isoformat()[:19],
        suspended_at=suspended_at,
        suspended_for=("听证", "hearing"),
    )
    first, later_on = (
        read_clock(clock, suspended_at + timedelta(days=days), CALENDAR) for days in (0, 50)
    )
    assert first.lamp is Lamp.SUSPENDED
    assert first == later_on
    assert first.used + first.left == amount
    resumed = Interval(suspended_at, suspended_at + timedelta(days=50))
    due = compute_deadline(
        unit=Unit.WORKING_DAY,
        amount=amount,
        started_at=start,
        calendar=CALENDAR,
        excluded=[resumed],
    ).due_at
    left = CALENDAR.working_days_between(resumed.ends_at.date(), due.date())
    assert 0 <= later_on.left - left <= 1
