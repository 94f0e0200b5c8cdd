"""Bills for tests."""

from decimal import Decimal

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.casework.ratings.tests.factories import make_case
from yiwang.kernel.registers.payments import facade as payments

OFFICER = Actor(account_id=5, name="张科", kind="OFFICIAL")
ITEMS = [
    {
        "name": "城市道路占用费",
        "name_en": "Road occupation fee",
        "unit_price_yuan": "0.50",
        "quantity": "150",
        "source": "unconfirmed",
    }
]


def issue(case=None, **more):
    case = case or make_case()
    return payments.issue_bill(
        **{
            "actor": OFFICER,
            "case": case,
            "party": case.party,
            "organization": case.organization,
            "items": ITEMS,
            "amount_yuan": Decimal("75.00"),
            **more,
        }
    )
