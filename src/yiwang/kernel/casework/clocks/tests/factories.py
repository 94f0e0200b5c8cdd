"""The least that a case needs so that clocks can hang on it."""

from itertools import count

from yiwang.kernel.base import calendars
from yiwang.kernel.base.divisions.models import Division
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.casework.cases.models import Case

_numbers = count(1)


def make_case() -> Case:
    division, _ = Division.objects.get_or_create(
        code="441702000000",
        defaults={
            "name": "江城区",
            "pinyin": "jiang1 cheng2 qu1",
            "level": Division.Level.COUNTY,
            "kind": Division.Kind.STATUTORY,
            "code_source": "test",
            "path": "441702000000/",
            "valid_from": calendars.today(),
        },
    )
    organization, _ = Organization.objects.get_or_create(
        code="441702-market",
        defaults={
            "name": "江城区市场监督管理局",
            "short_name": "区市场监管局",
            "paper_prefix": "江市监",
            "pinyin": "jiang1",
            "kind": Organization.Kind.DEPARTMENT,
            "division": division,
            "path": "441702-market/",
        },
    )
    party = Party.objects.create(
        kind=Party.Kind.PERSON, name="陈大文", pinyin="chen2 da4 wen2", created_at=calendars.now()
    )
    return Case.objects.create(
        number=f"TEST{next(_numbers):08d}",
        kind="application",
        title="食品经营许可",
        title_en="Food business licence",
        status=Case.Status.OPEN,
        phase=Case.Phase.ACCEPTED,
        organization=organization,
        org_path=organization.path,
        division=division,
        division_path=division.path,
        party=party,
        channel="ONLINE",
        opened_at=calendars.now(),
    )
