"""A named cast for tests of every app: citizens, officials, businesses, made by real actions."""

from datetime import date
from functools import lru_cache
from itertools import count
from pathlib import Path

from django.conf import settings
from django.db import connection

from yiwang.kernel.base.access.contracts import SYSTEM, Actor
from yiwang.kernel.base.divisions.models import Division
from yiwang.kernel.base.identity import facade as identity
from yiwang.kernel.base.identity.models import Account
from yiwang.kernel.base.organizations import facade as organizations
from yiwang.kernel.base.organizations.models import PostHolding
from yiwang.kernel.base.parties import facade as parties
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.base.parties.rules import citizen_id_no, uscc

PASSWORD = "moyang-river-2026"

_numbers = count(1)


_CITY_TABLES = (
    "divisions_division",
    "divisions_divisionmanagement",
    "organizations_role",
    "organizations_organization",
    "organizations_post",
    "organizations_post_roles",
)
_city_rows: dict[str, bytes] = {}


def load_yangjiang() -> None:
    """Load the city's places, roles, units and posts, once a run by the real action.

    That takes a second; later tests of the same process copy the rows that it made.
    """
    with connection.cursor() as cursor:
        if _city_rows:
            for table, rows in _city_rows.items():
                with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                    copy.write(rows)
            return
        organizations.load_city(Path(settings.PACKS_DIR) / "yangjiang", SYSTEM)
        for table in _CITY_TABLES:
            with cursor.copy(f"COPY {table} TO STDOUT") as copy:
                _city_rows[table] = b"".join(bytes(block) for block in copy)


@lru_cache(maxsize=1)
def _password_hash() -> str:
    # Hashing is slow on purpose; once per run is enough for the cast.
    from django.contrib.auth.hashers import make_password

    return make_password(PASSWORD)


def person(
    name: str = "陈小明",
    *,
    birth_date: date = date(1988, 3, 7),
    household: str | None = None,
    phone_number: str = "",
) -> Party:
    """Register a person with a valid number of its own; ``household`` is a division code."""
    number = next(_numbers)
    born = date(birth_date.year, birth_date.month, birth_date.day)
    return parties.register_person(
        name=name,
        citizen_id_no=str(citizen_id_no.make(_prefix(number), born, number % 1000)),
        actor=SYSTEM,
        phone_number=phone_number,
        household_division=Division.objects.get(pk=household) if household else None,
    )


def citizen(name: str = "陈小明", *, party: Party | None = None, phone_number: str = "") -> Actor:
    """Make a citizen with a verified account (level 2) who acts for herself."""
    party = party or person(name)
    account = identity.create_citizen(
        username=f"citizen{next(_numbers)}",
        person=party,
        actor=SYSTEM,
        phone_number=phone_number,
    )
    _give_password(account)
    return Actor(
        account_id=account.pk,
        name=account.display_name,
        kind=account.kind,
        party_id=party.pk,
        acting_for_id=party.pk,
        assurance_level=2,
        address="127.0.0.1",
    )


def official(name: str, *post_keys: str) -> Actor:
    """Make an official who holds these posts from today on."""
    account = identity.create_official(
        username=f"official{next(_numbers)}", name=name, post_keys=post_keys, actor=SYSTEM
    )
    _give_password(account)
    held = list(
        PostHolding.objects.filter(account_id=account.pk)
        .order_by("pk")
        .values_list("post_id", "post__organization_id")
    )
    return Actor(
        account_id=account.pk,
        name=name,
        kind=account.kind,
        assurance_level=2,
        post_keys=tuple(key for key, _unit in held),
        organization_code=held[0][1] if held else "",
        address="127.0.0.1",
    )


def business(operator: Party, name: str = "阳江市江城区小明粥铺") -> Party:
    """Register an individual business that this person operates."""
    return parties.register_business(
        name=name,
        uscc_code=str(uscc.make("92", "441702", next(_numbers))),
        operator=operator,
        actor=SYSTEM,
    )


def clerk() -> Actor:
    """The window clerk of 江城区's hall."""
    return official("何窗口", "441702000000.service_hall.window_clerk")


def approver() -> Actor:
    """Who decides in 江城区's market supervision bureau."""
    return official("梁审批", "441702000000.market_supervision.approver")


def outsider() -> Actor:
    """An approver of the same trade in another county."""
    return official("关外县", "441704000000.market_supervision.approver")


def account_of(actor: Actor) -> Account:
    """Return the account behind an actor."""
    return Account.objects.get(pk=actor.account_id)


def party_of(actor: Actor) -> Party:
    """Return the party behind a citizen."""
    return Party.objects.get(pk=actor.party_id)


def _prefix(number: int) -> str:
    return ("441702", "441704", "441721", "441781")[number // 1000 % 4]


def _give_password(account: Account) -> None:
    account.password = _password_hash()
    account.save(update_fields=["password"])
