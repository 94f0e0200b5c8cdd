"""Data of the size of the city: whole, findable, the same each time, and made once."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count
from pytest_django.plugin import DjangoDbBlocker

from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.base.parties.rules import citizen_id_no
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.process.models import Task, Token
from yiwang.kernel.packs.actions.packs import apply_pack
from yiwang.project.demo.caseload import Share, spread_cases, unit_of
from yiwang.project.demo.catalogue import CITY_ITEMS, read_names, spread_items
from yiwang.project.demo.city import make_crowd
from yiwang.services.applications.models import Application
from yiwang.services.items.models import ImplementationItem
from yiwang.services.items.selectors import ItemFilter, search_items

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def small_city(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        for key in ("yangjiang", "yj.individual-business"):
            apply_pack(actor=SYSTEM, path=settings.PACKS_DIR / key)
        yield
        transaction.set_rollback(True)


def offers() -> int:
    return ImplementationItem.objects.filter(is_active=True).count()


def test_names_are_told_apart_and_suffice_for_the_city() -> None:
    names = list(read_names())
    assert len({(name.function, name.title_zh) for name in names}) == len(names)
    assert all(name.title_en and "|" not in name.title_zh + name.title_en for name in names)
    before = offers()
    assert spread_items() == CITY_ITEMS - before
    assert offers() == CITY_ITEMS
    assert spread_items() == 0
    units = ImplementationItem.objects.values("organization").distinct().count()
    assert units > 900
    assert not ImplementationItem.objects.filter(search=None).exists()


def test_what_was_spread_is_found_by_name_and_place() -> None:
    spread_items(2_000)
    found = search_items(ItemFilter(words="食品生产许可证核发"))
    assert found
    assert all("食品生产许可证" in row.title_zh for row in found)
    place = found[0]
    again = search_items(ItemFilter(words="食品生产许可证核发", division=place.division_id))
    assert place.code in {row.code for row in again}
    assert search_items(ItemFilter(words="food production licence"))


def test_a_crowd_is_made_once_and_its_numbers_are_right() -> None:
    crowd = make_crowd(30)
    assert [account.pk for account in make_crowd(30)] == [account.pk for account in crowd]
    assert len(make_crowd(35)) == 35
    for account in crowd:
        assert account.party is not None
        number = citizen_id_no.parse(account.party.citizen_id_no or "")
        assert number.birth_date == account.party.birth_date
        assert number.sex == account.party.sex
        assert not account.has_usable_password()


def test_a_caseload_is_whole_and_falls_where_it_should() -> None:
    busy, *rest = make_crowd(5)
    unit = unit_of("441702000000")
    shares = [Share(busy.party_id or 0, unit.code, 40)]
    others = [account.party_id or 0 for account in rest]
    assert spread_cases(240, shares=shares, parties=others) == 240
    assert spread_cases(240, shares=shares, parties=others) == 0
    cases = Case.objects.filter(number__startswith="9900")
    assert cases.count() == cases.values("number").distinct().count() == 240
    assert cases.filter(party=busy.party_id, organization=unit, status="OPEN").count() == 40
    assert cases.filter(organization=unit).count() == 40
    assert cases.filter(status="OPEN").count() == 40 + 200 // 5
    for rows in (Application, Token, Task):
        assert rows.objects.filter(case__in=cases).count() == 240
    waiting = Task.objects.filter(case__in=cases, status=Task.Status.OPEN)
    assert waiting.filter(case__status="OPEN", token__status="ACTIVE").count() == 80
    assert waiting.exclude(org_path="").exclude(division_path="").count() == 80
    spread = cases.exclude(organization=unit).values("party").annotate(n=Count("id"))
    assert {row["n"] for row in spread} == {50}


def test_a_scale_that_is_unknown_is_refused() -> None:
    with pytest.raises(CommandError, match="nowhere"):
        call_command("seed", "--scale", "nowhere")
