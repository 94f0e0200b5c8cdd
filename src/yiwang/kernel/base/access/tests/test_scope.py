"""The one predicate: anonymous, no right, right elsewhere, right here."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from yiwang.kernel.base import calendars
from yiwang.kernel.base.access import facade as access
from yiwang.kernel.base.access.errors import PermissionUnknownError
from yiwang.kernel.base.access.models import Grant
from yiwang.kernel.base.audit.models import AuditEntry
from yiwang.kernel.base.divisions import facade as divisions
from yiwang.kernel.base.divisions.models import Division
from yiwang.kernel.base.identity.tests import cast
from yiwang.kernel.base.organizations.models import Organization, Post
from yiwang.kernel.errors import NotPermittedError

pytestmark = pytest.mark.usefixtures("yangjiang")

MARKET = "441702000000.market_supervision"


def here() -> dict[str, str]:
    unit = Organization.objects.select_related("division").get(pk=MARKET)
    town = Division.objects.get(name="南恩街道")
    return {"org_path": unit.path, "division_path": town.path}


def reachable(actor: access.Actor | None, permission: str) -> set[str]:
    return set(
        Organization.objects.filter(
            access.scope(actor, permission, org="path", division="division__path")
        ).values_list("pk", flat=True)
    )


def test_four_callers() -> None:
    nobody = cast.citizen("吴路人")
    elsewhere = cast.official("外县审批", "441704000000.market_supervision.approver")
    approver = cast.official("本区审批", f"{MARKET}.approver")

    for caller in (None, nobody, elsewhere):
        assert not access.allowed(caller, "case.decide", **here())
        assert MARKET not in reachable(caller, "case.decide")
    assert access.allowed(approver, "case.decide", **here())
    assert reachable(approver, "case.decide") == {MARKET}
    assert not access.allowed(approver, "case.receive", **here()), "a right not carried by the role"


def test_both_the_unit_and_the_place_must_be_covered() -> None:
    approver = cast.official("本区审批", f"{MARKET}.approver")
    health = Organization.objects.get(pk="441702000000.health").path
    other_place = Division.objects.get(name="阳西县").path

    assert not access.allowed(
        approver, "case.decide", org_path=health, division_path=here()["division_path"]
    )
    assert not access.allowed(
        approver, "case.decide", org_path=here()["org_path"], division_path=other_place
    )


def test_a_code_that_only_begins_alike_is_not_covered() -> None:
    approver = cast.official("本区审批", f"{MARKET}.approver")
    alike = {**here(), "org_path": here()["org_path"].rstrip("/") + "_archive/"}

    assert not access.allowed(approver, "case.decide", **alike)


def test_the_window_of_the_hall_reaches_every_department_and_not_the_next_county() -> None:
    clerk = cast.official("窗口", "441702000000.service_hall.window_clerk")

    seen = reachable(clerk, "case.window")

    assert {MARKET, "441702000000.health", "441702001000.town_government"} <= seen
    assert not {code for code in seen if code.startswith("441704")}
    assert "441771000000.market_supervision" not in seen
    assert "441702105000.town_government" not in seen, "闸坡镇 is run by the zone"


@pytest.mark.parametrize(("day", "holds"), [(-1, False), (0, True), (10, True), (11, False)])
def test_a_grant_counts_from_the_first_day_to_the_last(day: int, holds: bool) -> None:
    first = date(2026, 3, 2)
    actor = cast.official("短期")
    access.appoint(
        account=cast.account_of(actor),
        post=Post.objects.get(pk=f"{MARKET}.approver"),
        valid_from=first,
        valid_to=first + timedelta(days=10),
        actor=access.SYSTEM,
    )

    noon = datetime(2026, 3, 2, 12, tzinfo=calendars.LOCAL_ZONE) + timedelta(days=day)
    with calendars.freeze(noon):
        assert access.allowed(actor, "case.decide", **here()) is holds
        assert (MARKET in reachable(actor, "case.decide")) is holds


def test_seats_do_not_add_queries() -> None:
    one = cast.official("一岗", f"{MARKET}.approver")
    seats = Post.objects.filter(roles="approver").order_by("pk")[:40]
    many = cast.official("多岗", *(seat.pk for seat in seats))

    for actor in (one, many):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            reachable(actor, "case.decide")
        assert len(queries) == 1
    assert {seat.organization_id for seat in seats} <= reachable(many, "case.decide")


def test_no_one_reaches_everything_by_a_slip() -> None:
    actor = cast.official("审批", f"{MARKET}.approver")

    for call in (
        lambda: access.scope(actor, "case.deside"),
        lambda: access.allowed(actor, "", **here()),
        lambda: access.scope(None, "cases.read"),
    ):
        with pytest.raises(PermissionUnknownError):
            call()


def test_a_refusal_is_audited_and_says_nothing_of_the_place() -> None:
    nobody = cast.citizen("吴路人")

    with pytest.raises(NotPermittedError) as refused:
        access.require(nobody, "case.decide", **here())

    assert "441702" not in str(refused.value.as_problem())
    denied = AuditEntry.objects.filter(kind=AuditEntry.Kind.DENIED, account_id=nobody.account_id)
    assert [(row.action, row.object_id) for row in denied] == [("case.decide", MARKET)]
    with pytest.raises(NotPermittedError):
        access.require(None, "case.decide", **here())


def test_a_moved_place_takes_the_grants_along() -> None:
    agent = cast.official("代办员", "441702106002.village_service.village_agent")
    before = Grant.objects.get(account_id=agent.account_id, permission="case.window")
    assert before.division_path.startswith("441700000000/441702000000/")

    divisions.move_division(
        division=Division.objects.get(name="双捷镇"),
        manager=Division.objects.get(name="滨海新区"),
        valid_from=date(2025, 7, 1),
        source="文件",
        actor=access.SYSTEM,
    )

    after = Grant.objects.get(account_id=agent.account_id, permission="case.window")
    assert after.division_path == "441700000000/441773000000/441702106000/441702106002/"
