"""The joint clock: one limit over the cases of several departments."""

from datetime import datetime

import pytest

from yiwang.kernel.base import calendars
from yiwang.kernel.base.calendars import LOCAL_ZONE
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.clocks import facade as clocks
from yiwang.kernel.casework.clocks.errors import ExtensionRankError, ExtensionRefusedError
from yiwang.kernel.casework.clocks.facade import ApproverRank, Basis, Lamp, Limit, Unit
from yiwang.kernel.casework.clocks.models import Clock
from yiwang.kernel.casework.clocks.tests.factories import make_case

pytestmark = pytest.mark.django_db

LAW = "行政许可法 46"
OPENED = "2026-10-12 09:00"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL_ZONE)


def local(moment: datetime) -> str:
    return f"{moment.astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M}"


@pytest.fixture
def theme():
    """A theme of two departments, all accepted on the same day."""
    with calendars.freeze(at(OPENED)):
        parent, *parts = make_case(), make_case(), make_case()
        Case.objects.filter(pk__in=[part.pk for part in parts]).update(parent=parent)
        for part in parts:
            part.refresh_from_db()
            clocks.start_clock(case=part, kind="decision", limit=clocks.DECISION)
        clocks.start_joint_clock(parent)
    return parent, parts


def joint(parent: Case) -> Clock:
    return Clock.objects.get(case=parent, kind=clocks.JOINT, basis="STATUTORY")


def test_the_joint_limit_is_forty_five_working_days_of_the_government(theme):
    parent, parts = theme
    clock = joint(parent)
    assert (clock.amount, clock.unit, clock.source) == (45, "WORKING_DAY", "行政许可法 42.2")
    assert (clock.extension_allowed, clock.extension_rank) == (15, "GOVERNMENT_HEAD")
    with calendars.freeze(at("2026-10-20 10:00")):
        reading = clocks.joint_reading(parent)
    assert [part.case for part in reading.parts] == parts
    assert reading.reading.lamp is Lamp.NORMAL
    assert reading.reading.used == 6
    assert reading.outlasting == ()
    assert [part.case for part in reading.waiting_for] == parts


def test_reading_takes_as_many_queries_for_two_parts_as_for_one(
    theme, django_assert_max_num_queries
):
    parent, _ = theme
    with calendars.freeze(at("2026-10-20 10:00")):
        clocks.joint_reading(parent)
        with django_assert_max_num_queries(4):
            clocks.joint_reading(parent)


def test_only_the_head_of_the_government_extends_it_and_once(theme):
    parent, _ = theme
    with calendars.freeze(at("2026-10-20 10:00")):
        asked = {"amount": 15, "reason": "涉及多部门踏勘", "approver": "市长"}
        with pytest.raises(ExtensionRankError):
            clocks.extend_joint_clock(parent, **asked, approver_rank=ApproverRank.ORGAN_HEAD)
        before = joint(parent).due_at
        clock = clocks.extend_joint_clock(
            parent, **asked, approver_rank=ApproverRank.GOVERNMENT_HEAD
        )
        calendar = calendars.calendar_for()
        assert calendar.working_days_between(before.date(), clock.due_at.date()) == 15
        with pytest.raises(ExtensionRefusedError):
            clocks.extend_joint_clock(parent, **asked, approver_rank=ApproverRank.GOVERNMENT_HEAD)


def test_hearings_of_two_parts_that_overlap_leave_the_joint_clock_once(theme):
    parent, (one, other) = theme
    due = joint(parent).due_at
    more = {"kind": "decision", "reason": "听证", "legal_source": LAW}
    with calendars.freeze(at("2026-10-19 09:00")) as clock:
        clocks.begin_exclusion(case=one, **more)
        assert joint(parent).suspended_at == at("2026-10-19 09:00")
        clock.move_to(at("2026-10-21 09:00"))
        clocks.begin_exclusion(case=other, **more)
        clock.move_to(at("2026-10-22 09:00"))
        clocks.end_exclusion(case=one, kind="decision")
        assert joint(parent).suspended_at is not None
        clock.move_to(at("2026-10-26 09:00"))
        clocks.end_exclusion(case=other, kind="decision")
    after = joint(parent)
    assert after.suspended_at is None
    # Monday to Friday of that week do not count, the Monday after does again.
    assert calendars.calendar_for().working_days_between(due.date(), after.due_at.date()) == 5
    assert after.exclusions.count() == 1


def test_a_part_that_ends_while_it_stands_lets_the_joint_clock_run_on(theme):
    parent, (one, _) = theme
    with calendars.freeze(at("2026-10-19 09:00")) as clock:
        clocks.begin_exclusion(case=one, kind="decision", reason="听证", legal_source=LAW)
        clock.move_to(at("2026-10-20 09:00"))
        clocks.stop_all_clocks(case=one)
    assert joint(parent).suspended_at is None


def test_an_interval_of_a_part_that_is_over_leaves_the_joint_clock_too(theme):
    parent, (one, _) = theme
    before = joint(parent).due_at
    with calendars.freeze(at("2026-10-22 09:00")):
        clocks.exclude_interval(
            case=one,
            kind="decision",
            reason="检测",
            legal_source=LAW,
            begins_at=at("2026-10-19 09:00"),
            ends_at=at("2026-10-21 09:00"),
        )
    assert joint(parent).due_at > before


def test_a_part_with_a_longer_limit_than_the_joint_one_is_named(theme):
    parent, (one, _) = theme
    clocks.stop_joint_clock(parent, at=at("2026-10-12 10:00"))
    with calendars.freeze(at("2026-10-13 09:00")):
        clocks.start_joint_clock(
            parent, Limit(amount=3, unit=Unit.WORKING_DAY, source="实施方案", confirmed=False)
        )
        clocks.start_joint_clock(
            parent,
            Limit(
                amount=1,
                unit=Unit.WORKING_DAY,
                source="实施方案",
                confirmed=False,
                basis=Basis.PROMISED,
            ),
        )
        reading = clocks.joint_reading(parent)
    assert one in [part.case for part in reading.outlasting]
    assert local(reading.promised_clock.due_at) == "2026-10-14 17:30"
