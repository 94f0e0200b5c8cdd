"""Appointing and dismissing: who may, what follows, what is refused."""

from datetime import datetime, timedelta

import pytest

from yiwang.kernel.base import calendars
from yiwang.kernel.base.access import facade as access
from yiwang.kernel.base.access.errors import AppointmentError
from yiwang.kernel.base.access.models import Grant
from yiwang.kernel.base.audit.models import AuditEntry
from yiwang.kernel.base.identity.tests import cast
from yiwang.kernel.base.organizations.models import Organization, Post, PostHolding
from yiwang.kernel.errors import NotPermittedError

pytestmark = pytest.mark.usefixtures("yangjiang")

POST = "441702000000.health.reviewer"


def post() -> Post:
    return Post.objects.get(pk=POST)


def test_an_appointment_gives_the_seats_permissions_and_a_dismissal_takes_them() -> None:
    actor = cast.official("新人")
    account = cast.account_of(actor)

    with calendars.freeze(datetime(2026, 5, 6, 9, tzinfo=calendars.LOCAL_ZONE)) as clock:
        access.appoint(
            account=account, post=post(), valid_from=calendars.today(), actor=access.SYSTEM
        )
        grants = Grant.objects.filter(account_id=account.pk)
        assert set(grants.values_list("permission", flat=True)) == set(
            post().roles.get().permissions
        )
        assert set(grants.values_list("role", "post_key", "valid_to")) == {("reviewer", POST, None)}

        clock.advance(timedelta(days=3))
        access.dismiss(account=account, post=post(), actor=access.SYSTEM)
        unit = Organization.objects.select_related("division").get(pk="441702000000.health")
        assert not access.allowed(
            actor, "case.review", org_path=unit.path, division_path=unit.division.path
        )

    holding = PostHolding.objects.get(account_id=account.pk)
    assert (holding.valid_to - holding.valid_from).days == 2
    assert list(
        AuditEntry.objects.filter(object_kind="account", object_id=account.pk)
        .order_by("pk")
        .values_list("action", flat=True)
    )[-2:] == ["access.appoint", "access.dismiss"]


def test_a_holding_of_less_than_a_day_leaves_only_the_audit() -> None:
    actor = cast.official("误任", POST)

    access.dismiss(account=cast.account_of(actor), post=post(), actor=access.SYSTEM)

    assert not PostHolding.objects.filter(account_id=actor.account_id).exists()
    assert not Grant.objects.filter(account_id=actor.account_id).exists()


def test_the_same_seat_twice_and_a_seat_not_held_are_refused() -> None:
    actor = cast.official("在岗", POST)
    account = cast.account_of(actor)

    with pytest.raises(AppointmentError, match="已在此岗位"):
        access.appoint(
            account=account, post=post(), valid_from=calendars.today(), actor=access.SYSTEM
        )
    other = Post.objects.get(pk="441702000000.health.leader")
    with pytest.raises(AppointmentError, match="没有在此岗位"):
        access.dismiss(account=account, post=other, actor=access.SYSTEM)
    with pytest.raises(AppointmentError, match="早于"):
        access.appoint(
            account=account,
            post=other,
            valid_from=calendars.today(),
            valid_to=calendars.today() - timedelta(days=1),
            actor=access.SYSTEM,
        )
    assert PostHolding.objects.filter(account_id=account.pk).count() == 1


def test_only_an_administrator_of_that_place_may_appoint() -> None:
    account = cast.account_of(cast.official("新人"))
    county_admin = cast.official("区管理员", "441702000000.data_service.city_admin")
    other_admin = cast.official("外区管理员", "441704000000.data_service.city_admin")
    reviewer = cast.official("审查员", POST)

    for caller in (other_admin, reviewer):
        with pytest.raises(NotPermittedError):
            access.appoint(account=account, post=post(), valid_from=calendars.today(), actor=caller)
    assert not PostHolding.objects.filter(account_id=account.pk).exists()

    access.appoint(account=account, post=post(), valid_from=calendars.today(), actor=county_admin)
    assert PostHolding.objects.filter(account_id=account.pk).exists()


def test_rebuilding_everyone_gives_what_rebuilding_one_by_one_gave() -> None:
    cast.official("甲", POST, "441702000000.health.leader")
    cast.official("乙", "441700000000.data_service.supervisor")
    columns = ("account_id", "permission", "role", "post_key", "org_path", "division_path")
    before = sorted(Grant.objects.values_list(*columns))

    access.rebuild_grants()

    assert sorted(Grant.objects.values_list(*columns)) == before
    assert len(before) > 5
