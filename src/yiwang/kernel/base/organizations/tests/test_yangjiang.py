"""The city's units and seats, and who is competent where."""

from pathlib import Path

import pytest
import yaml
from django.conf import settings

from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.base.divisions.models import Division
from yiwang.kernel.base.organizations import facade as organizations
from yiwang.kernel.base.organizations.models import Organization, Post

pytestmark = pytest.mark.usefixtures("yangjiang")
PACK = Path(settings.PACKS_DIR) / "yangjiang"


def competent(function: str, level: str, place: str) -> str:
    division = Division.objects.get(name=place)
    return organizations.find_competent_unit(function, level, division).code


@pytest.mark.parametrize(
    ("function", "level", "place", "code"),
    [
        ("market_supervision", "COUNTY", "南恩街道", "441702000000.market_supervision"),
        ("market_supervision", "COUNTY", "江城区", "441702000000.market_supervision"),
        # The code of 闸坡镇 lies under 江城区; the zone runs it and acts at county level.
        ("market_supervision", "COUNTY", "闸坡镇", "441771000000.market_supervision"),
        ("market_supervision", "CITY", "闸坡镇", "441700000000.market_supervision"),
        ("health", "COUNTY", "平冈镇", "441772000000.health"),
        ("traffic_police", "CITY", "春城街道", "441700000000.traffic_police"),
        ("traffic_police", "COUNTY", "春城街道", "441781000000.traffic_police"),
        ("birth_registration", "TOWN", "春城街道", "441781001000.town_government"),
        ("birth_registration", "TOWN", "花滩林场", "441781404000.farm"),
    ],
)
def test_the_competent_unit(function: str, level: str, place: str, code: str) -> None:
    assert competent(function, level, place) == code


def test_a_village_finds_its_town() -> None:
    village = Division.objects.get(code="441702001002")

    unit = organizations.find_competent_unit("birth_registration", "TOWN", village)

    assert unit.name == "阳江市江城区南恩街道办事处"


def test_no_competent_unit_is_said_with_the_place() -> None:
    with pytest.raises(organizations.NoCompetentUnitError, match="阳江监狱没有承办"):
        competent("birth_registration", "TOWN", "阳江监狱")


def test_a_unit_out_of_use_is_not_competent() -> None:
    Organization.objects.filter(code="441702000000.health").update(is_active=False)

    with pytest.raises(organizations.NoCompetentUnitError):
        competent("health", "COUNTY", "南恩街道")


def test_every_county_and_zone_has_each_department_with_its_seats() -> None:
    functions = (
        "market_supervision",
        "health",
        "civil_affairs",
        "city_management",
        "traffic_police",
        "service_hall",
    )

    for function in functions:
        places = Organization.objects.filter(
            functions__contains=[function], division__level__in=["CITY", "COUNTY"]
        ).values_list("division_id", flat=True)
        assert len(places) == len(set(places)) == 8, function
    assert set(
        Post.objects.filter(organization="441704000000.health").values_list("roles", flat=True)
    ) == {"receiver", "reviewer", "site_inspector", "approver", "leader"}


def test_a_window_of_the_hall_reaches_every_department_of_its_government() -> None:
    post = Post.objects.get(pk="441702000000.service_hall.window_clerk")

    assert post.unit_scope_id == "441702000000.government"
    assert post.scope_id == "441702000000"
    assert post.organization.path.startswith(post.unit_scope.path)


def test_applying_the_pack_again_changes_nothing() -> None:
    units = Organization.objects.count()
    seats = Post.objects.count()

    applied = organizations.apply_organizations(
        yaml.safe_load((PACK / "organizations.yaml").read_text(encoding="utf-8")), SYSTEM
    )

    assert applied == organizations.AppliedOrganizations(0, 0, units + seats)
