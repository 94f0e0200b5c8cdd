"""A place passes under another manager: paths, history and refusals."""

from datetime import date, datetime

import pytest

from yiwang.kernel.base import calendars
from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.base.audit.models import AuditEntry
from yiwang.kernel.base.divisions import facade as divisions
from yiwang.kernel.base.divisions.models import Division, DivisionManagement
from yiwang.kernel.base.events.models import OutboxEvent

pytestmark = pytest.mark.usefixtures("yangjiang")


def place(name: str) -> Division:
    return Division.objects.get(name=name)


def move(name: str, manager: str, day: date) -> Division:
    return divisions.move_division(
        division=place(name),
        manager=place(manager),
        valid_from=day,
        source="市政府文件",
        actor=SYSTEM,
    )


def test_a_town_takes_its_villages_along_and_its_history_stays() -> None:
    villages = Division.objects.under(place("双捷镇").path).count()

    move("双捷镇", "滨海新区", date(2025, 7, 1))

    town = place("双捷镇")
    assert town.path == "441700000000/441773000000/441702106000/"
    assert town.parent_id == "441702000000"
    assert Division.objects.under(town.path).count() == villages > 1
    former, present = DivisionManagement.objects.filter(division=town).order_by("valid_from")
    assert (former.manager_id, former.valid_to) == ("441702000000", date(2025, 6, 30))
    assert (present.manager_id, present.valid_from) == ("441773000000", date(2025, 7, 1))
    assert AuditEntry.objects.filter(action="division.move", object_id=town.code).exists()
    event = OutboxEvent.objects.get(type="division.moved", subject=town.code)
    assert event.data["path"] == town.path


def test_a_second_move_on_the_same_day_puts_the_first_right() -> None:
    move("双捷镇", "滨海新区", date(2025, 7, 1))
    move("双捷镇", "海陵岛经济开发试验区", date(2025, 7, 1))

    managers = DivisionManagement.objects.filter(division=place("双捷镇")).order_by("valid_from")
    assert [row.manager_id for row in managers] == ["441702000000", "441771000000"]


@pytest.mark.parametrize(
    ("name", "manager", "day", "says"),
    [
        ("江城区", "埠场镇", date(2025, 7, 1), "本区划或其下级"),
        ("江城区", "江城区", date(2025, 7, 1), "本区划或其下级"),
        ("双捷镇", "滨海新区", date(2022, 12, 31), "早于现行管理关系"),
        ("双捷镇", "滨海新区", date(2026, 9, 29), "在将来"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    name: str, manager: str, day: date, says: str
) -> None:
    before = set(Division.objects.values_list("code", "path"))

    with (
        calendars.freeze(datetime(2026, 9, 28, 9, tzinfo=calendars.LOCAL_ZONE)),
        pytest.raises(divisions.DivisionMoveError, match=says),
    ):
        move(name, manager, day)

    assert set(Division.objects.values_list("code", "path")) == before
