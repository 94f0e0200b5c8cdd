"""演示数据: the city's packs, seals for its units, one official in every seat, some citizens.

Every name and number is made up: numbers have right check digits but belong to nobody known to us.
"""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.base.access.facade import rebuild_grants
from yiwang.kernel.base.calendars import now, today
from yiwang.kernel.base.divisions.models import Division
from yiwang.kernel.base.identity import facade as identity
from yiwang.kernel.base.identity.models import Account
from yiwang.kernel.base.organizations.models import Organization, Post, PostHolding
from yiwang.kernel.base.parties.actions.registration import register_person
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.base.parties.rules import citizen_id_no
from yiwang.kernel.packs.actions.packs import apply_pack, in_order
from yiwang.kernel.trust.seals.facade import ensure_seal
from yiwang.kernel.trust.seals.models import Seal

DEMO_PASSWORD = "yangjiang-demo-2026"  # noqa: S105 the same for every sample account, printed at start
SEATS_WITH_TWO = ("site_inspector",)
SHOWN_COUNTY = "441702000000"
SURNAMES = "陈李张黄林梁吴周谢冯关谭莫敖曾苏何许邓卢"
GIVEN = (
    "志强",
    "晓敏",
    "建华",
    "丽珍",
    "海涛",
    "国栋",
    "美玲",
    "伟明",
    "秀英",
    "嘉怡",
    "永康",
    "月娥",
)


@dataclass(frozen=True, slots=True)
class SampleCitizen:
    username: str
    name: str
    birth_date: date
    phone: str
    household: str
    address: str
    words: str


CITIZENS = (
    SampleCitizen(
        "chenxiaoman",
        "陈小满",
        date(1990, 5, 21),
        "13827600001",
        "441702001000",
        "阳江市江城区南恩街道环城北路12号302房",
        "想开一家海味店",
    ),
    SampleCitizen(
        "liangguoan",
        "梁国安",
        date(1958, 3, 9),
        "13827600002",
        "441781001000",
        "阳春市春城街道东湖路5号",
        "六十八岁，办老年人优待证",
    ),
    SampleCitizen(
        "linyuehua",
        "林月华",
        date(1996, 11, 2),
        "13827600003",
        "441721100000",
        "阳西县织篢镇人民路8号",
        "怀孕七个月，办生育登记",
    ),
)


def seed_demo() -> list[dict[str, str]]:
    """Apply every pack and put sample people into the city; doing it again changes nothing."""
    folders = sorted(path.parent for path in settings.PACKS_DIR.glob("*/pack.yaml"))
    for folder in in_order(folders):
        apply_pack(actor=SYSTEM, path=folder)
    ensure_seals()
    seat_officials()
    for citizen in CITIZENS:
        make_citizen(citizen)
    accounts = sample_accounts()
    write_accounts(accounts)
    return accounts


def ensure_seals() -> int:
    """Give every unit that decides its two seals. Returns how many units have them."""
    have = set(Seal.objects.values_list("unit_code", flat=True))
    units = [
        unit
        for unit in Organization.objects.filter(is_active=True).exclude(functions=[])
        if unit.code not in have and unit.kind != Organization.Kind.GOVERNMENT
    ]
    with transaction.atomic():
        for unit in units:
            if unit.division_id.endswith("000") or unit.functions != ["village_service"]:
                ensure_seal(unit_code=unit.code, unit_name=unit.name, kind=Seal.Kind.OFFICIAL)
                ensure_seal(unit_code=unit.code, unit_name=unit.name, kind=Seal.Kind.APPROVAL)
    return len(units)


def seat_officials() -> int:
    """Put a sample official into every empty seat; two where two must act together."""
    taken = set(PostHolding.objects.filter(valid_to=None).values_list("post_id", flat=True))
    posts = [
        post
        for post in Post.objects.select_related("organization").order_by("key")
        if post.key not in taken
    ]
    # One hash for all: they are samples with one printed password, and Argon2 is slow on purpose.
    password = make_password(DEMO_PASSWORD)
    accounts = []
    seats = []
    for number, post in enumerate(posts):
        role = post.key.rsplit(".", 1)[-1]
        for turn in range(2 if role in SEATS_WITH_TWO else 1):
            suffix = str(turn + 1) if turn else ""
            accounts.append(
                Account(
                    username=f"{post.key}{suffix}",
                    password=password,
                    kind=Account.Kind.OFFICIAL,
                    display_name=sample_name(number * 2 + turn),
                    assurance_level=2,
                    created_at=now(),
                )
            )
            seats.append(post)
    with transaction.atomic():
        Account.objects.bulk_create(accounts)
        PostHolding.objects.bulk_create(
            PostHolding(post=post, account_id=account.pk, valid_from=today())
            for account, post in zip(accounts, seats, strict=True)
        )
        rebuild_grants()
    return len(accounts)


def sample_name(number: int) -> str:
    return SURNAMES[number % len(SURNAMES)] + GIVEN[number // len(SURNAMES) % len(GIVEN)]


def make_citizen(sample: SampleCitizen) -> Account:
    """Register one sample citizen with an account at level 2."""
    existing = Account.objects.filter(username=sample.username).first()
    if existing is not None:
        return existing
    place = Division.objects.get(code=sample.household)
    number = citizen_id_no.make(sample.household[:6], sample.birth_date, 20 + len(sample.username))
    person: Party = register_person(
        actor=SYSTEM,
        name=sample.name,
        citizen_id_no=str(number),
        phone_number=sample.phone,
        address=sample.address,
        household_division=place,
        residence_division=place,
    )
    return identity.create_citizen(
        username=sample.username,
        person=person,
        actor=SYSTEM,
        password=DEMO_PASSWORD,
        phone_number=sample.phone,
    )


def sample_accounts() -> list[dict[str, str]]:
    """Return the accounts to print: the citizens, and the seats of one county's units."""
    seats = (
        Post.objects.filter(
            organization__division_id=SHOWN_COUNTY,
            organization__functions__overlap=["market_supervision", "service_hall"],
        )
        .select_related("organization")
        .order_by("organization__code", "key")
    )
    return [
        *(
            {"username": c.username, "password": DEMO_PASSWORD, "who": f"{c.name} {c.words}"}
            for c in CITIZENS
        ),
        *(
            {
                "username": post.key,
                "password": DEMO_PASSWORD,
                "who": f"{post.organization.name} {post.title}",
            }
            for post in seats
        ),
    ]


def write_accounts(accounts: list[dict[str, str]]) -> None:
    """Leave the sample accounts where the command line finds them."""
    target = Path(settings.VAR) / "run" / "demo-accounts.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(accounts, ensure_ascii=False, indent=1), encoding="utf-8")
