"""全市规模数据: a catalogue and a crowd of the size of the city, for trials and benches.

All names are made up from words in common use; numbers of people have right check digits and
belong to nobody known to us.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction

from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.chinese import pinyin_key
from yiwang.kernel.base.crypto import facade as crypto
from yiwang.kernel.base.divisions.models import Division
from yiwang.kernel.base.identity.models import Account
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.base.parties.rules import citizen_id_no
from yiwang.project.demo.catalogue import spread_items
from yiwang.project.demo.seed import sample_name, seed_demo
from yiwang.services.items.models import ImplementationItem

CITIZENS = 1_000
CROWD_PREFIX = "crowd"
# Apart from the sample citizens, whose order numbers are small, and grown up for good.
FIRST_BIRTH_DATE = date(1970, 1, 1)
ORDER = 700


@dataclass(frozen=True, slots=True)
class CitySize:
    """How much a city of this scale holds."""

    items: int
    citizens: int


def seed_city(*, citizens: int = CITIZENS) -> CitySize:
    """Load the demonstration, a catalogue of the city's size, and citizens; again: no change."""
    seed_demo()
    spread_items()
    return CitySize(
        items=ImplementationItem.objects.filter(is_active=True).count(),
        citizens=len(make_crowd(citizens)),
    )


def make_crowd(count: int) -> list[Account]:
    """Return ``count`` citizens with accounts at level 2, making those that are missing.

    They live in the towns of the city in turn. Nobody can sign in as one: they have no password.
    """
    towns = list(
        Division.objects.filter(level=Division.Level.TOWN, kind="STATUTORY").order_by("code")
    )
    have = Account.objects.filter(username__startswith=CROWD_PREFIX).count()
    with transaction.atomic():
        people = [_person(number, towns[number % len(towns)]) for number in range(have, count)]
        Party.objects.bulk_create(people, batch_size=1000)
        Account.objects.bulk_create(
            [_account(number, person) for number, person in enumerate(people, have)],
            batch_size=1000,
        )
    return list(
        Account.objects.filter(username__startswith=CROWD_PREFIX)
        .select_related("party")
        .order_by("username")[:count]
    )


def _person(number: int, town: Division) -> Party:
    name = sample_name(number)
    born = FIRST_BIRTH_DATE + timedelta(days=number % 12_000)
    code = str(citizen_id_no.make(town.code[:6], born, ORDER + number // 12_000))
    return Party(
        kind=Party.Kind.PERSON,
        name=name,
        pinyin=pinyin_key(name, is_person=True),
        citizen_id_no=code,
        citizen_id_no_index=crypto.blind_index(code, "citizen_id_no"),
        phone=f"138{number:08d}",
        address=f"{town.name}人民路{number % 300 + 1}号",
        birth_date=born,
        sex=citizen_id_no.parse(code).sex,
        household_division=town,
        residence_division=town,
        created_at=now(),
    )


def _account(number: int, person: Party) -> Account:
    return Account(
        username=f"{CROWD_PREFIX}{number:06d}",
        password=make_password(None),
        kind=Account.Kind.CITIZEN,
        party=person,
        display_name=person.name,
        assurance_level=2,
        created_at=now(),
    )
