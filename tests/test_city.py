"""The city that other tests stand on."""

import pytest
from django.db import connection

from tests.city import City, client_of
from yiwang.kernel.base.identity.models import Account


@pytest.mark.django_db
def test_the_city_offers_what_its_packs_bring(city: City) -> None:
    offer = city.item("individual_business_registration")
    assert offer.organization_name == "阳江市江城区市场监督管理局"
    assert connection.settings_dict["NAME"].endswith("_city")


@pytest.mark.django_db
@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_is_rolled_back(city: City, turn: int) -> None:
    assert not Account.objects.filter(display_name="陈小满").exists()
    page = client_of(city.citizen()).get("/me/")
    assert page.status_code == 200
    assert "陈小满" in page.content.decode()
