"""Parties, units and cases for tests of what hangs on a case."""

from itertools import count

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.calendars import now, today
from yiwang.kernel.base.divisions.models import Division
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.casework.cases.models import Case

_numbers = count(1)


def make_division() -> Division:
    division, _ = Division.objects.get_or_create(
        code="441702000000",
        defaults={
            "name": "江城区",
            "pinyin": "jiang1 cheng2 qu1",
            "level": Division.Level.COUNTY,
            "kind": Division.Kind.STATUTORY,
            "code_source": "test",
            "path": "441702000000/",
            "valid_from": today(),
        },
    )
    return division


def make_unit(code: str = "441702.market_supervision", name: str = "江城区市场监督管理局"):
    unit, _ = Organization.objects.get_or_create(
        code=code,
        defaults={
            "name": name,
            "short_name": name[:6],
            "paper_prefix": "江",
            "pinyin": code,
            "kind": Organization.Kind.DEPARTMENT,
            "division": make_division(),
            "path": f"{code}/",
            "phone": "0662-1234567",
        },
    )
    return unit


def make_party(name: str = "陈小明", phone: str | None = None, **fields) -> Party:
    return Party.objects.create(
        kind=fields.pop("kind", Party.Kind.PERSON),
        name=name,
        pinyin=name,
        phone=phone,
        created_at=now(),
        **fields,
    )


def make_case(party: Party | None = None, unit: Organization | None = None, **fields) -> Case:
    unit = unit or make_unit()
    division = make_division()
    return Case.objects.create(
        **{
            "number": f"TEST{next(_numbers):08d}",
            "kind": "application",
            "title": "临时占用城市道路审批",
            "title_en": "Temporary occupation of a road",
            "status": Case.Status.OPEN,
            "phase": Case.Phase.ACCEPTED,
            "organization": unit,
            "org_path": unit.path,
            "division": division,
            "division_path": division.path,
            "party": party or make_party(),
            "channel": "ONLINE",
            "opened_at": now(),
            **fields,
        }
    )


def citizen(party: Party, **fields) -> Actor:
    """Act as a person for itself, or for whom ``acting_for_id`` says."""
    return Actor(
        **{
            "account_id": party.pk,
            "name": party.name,
            "kind": "CITIZEN",
            "party_id": party.pk,
            "acting_for_id": party.pk,
            **fields,
        }
    )


def clerk(channel: str = "WINDOW") -> Actor:
    return Actor(account_id=9001, name="窗口人员", kind="OFFICIAL", channel=channel)
