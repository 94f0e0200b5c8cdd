"""The city's places as its pack lists them."""

import csv
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.db.models import Count

from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.base.divisions import facade as divisions
from yiwang.kernel.base.divisions.models import Division, DivisionManagement

PACK = Path(settings.PACKS_DIR) / "yangjiang"


@pytest.mark.usefixtures("yangjiang")
def test_the_counts_of_the_city() -> None:
    counts = {
        (level, kind): count
        for level, kind, count in Division.objects.values_list("level", "kind").annotate(
            count=Count("pk")
        )
    }

    assert counts == {
        ("CITY", "STATUTORY"): 1,
        ("COUNTY", "STATUTORY"): 4,
        ("COUNTY", "FUNCTIONAL_ZONE"): 3,
        ("TOWN", "STATUTORY"): 48,
        ("TOWN", "FARM"): 10,
        ("TOWN", "PRISON"): 2,
        ("TOWN", "OTHER"): 3,
        # Fifteen of the 878 lowest units were made up by the statisticians for farms and prisons.
        ("VILLAGE", "STATUTORY"): 863,
        ("VILLAGE", "OTHER"): 15,
    }


@pytest.mark.usefixtures("yangjiang")
def test_only_the_zones_have_codes_of_the_citys_own() -> None:
    zones = Division.objects.filter(is_local_code=True)

    assert sorted(zones.values_list("name", flat=True)) == sorted(
        ["海陵岛经济开发试验区", "阳江高新技术产业开发区", "滨海新区"]
    )
    assert set(zones.values_list("kind", "code_source")) == {("FUNCTIONAL_ZONE", "地方扩展代码")}


@pytest.mark.usefixtures("yangjiang")
def test_a_town_run_by_a_zone_keeps_its_code_parent_and_follows_its_manager() -> None:
    town = Division.objects.get(name="闸坡镇")

    assert town.parent_id == "441702000000"
    assert town.managed_by_id == "441771000000"
    assert town.path == "441700000000/441771000000/441702105000/"
    villages = Division.objects.under(town.path).filter(level="VILLAGE")
    assert villages.count() == 24
    assert not Division.objects.under("441700000000/441702000000/").filter(name="闸坡镇").exists()
    assert list(Division.objects.ancestors_of(villages.first()).values_list("name", flat=True))[
        :3
    ] == ["阳江市", "海陵岛经济开发试验区", "闸坡镇"]


@pytest.mark.usefixtures("yangjiang")
def test_every_path_is_the_managers_path_and_the_own_code() -> None:
    places = Division.objects.in_bulk()

    for place in places.values():
        above = places[place.managed_by_id].path if place.managed_by_id else ""
        assert place.path == f"{above}{place.code}/"
    assert DivisionManagement.objects.filter(valid_to=None).count() == len(places) - 1, (
        "every place but the city has one present manager"
    )


@pytest.mark.usefixtures("yangjiang")
def test_loading_the_list_again_changes_nothing() -> None:
    with (PACK / "divisions.csv").open(encoding="utf-8", newline="") as file:
        loaded = divisions.load_divisions(
            rows=csv.DictReader(file), valid_from=date(2023, 1, 1), actor=SYSTEM
        )

    assert loaded == divisions.LoadedDivisions(added=0, changed=0, unchanged=946)
    assert Division.objects.get(name="闸坡镇").managed_by_id == "441771000000"


@pytest.mark.usefixtures("yangjiang")
def test_names_sort_by_pinyin() -> None:
    counties = Division.objects.filter(level="COUNTY", kind="STATUTORY").in_name_order()

    assert list(counties.values_list("name", flat=True)) == ["江城区", "阳春市", "阳东区", "阳西县"]
