"""Types of licence and licences for tests."""

from itertools import count
from typing import Any

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.casework.ratings.tests.factories import make_party, make_unit
from yiwang.kernel.registers.licences.actions.licences import issue_licence
from yiwang.kernel.registers.licences.models import Licence, LicenceType

OFFICER = Actor(9001, "张科", "OFFICIAL")
_numbers = count(1)


def make_type(key: str = "", **content: Any) -> LicenceType:
    """Bring a type of licence; a number and one field unless ``content`` says otherwise."""
    key = key or f"type{next(_numbers)}"
    stated = {
        "key": key,
        "title_zh": "食品经营许可证",
        "title_en": "Food business licence",
        "kind": "LICENCE",
        "number": "JY{division6}{year}{sequence:06d}",
        "validity": {"years": 5},
        "seal_kind": "OFFICIAL",
        "fields": [
            {"key": "name", "title_zh": "经营者", "title_en": "Name", "value": "applicant.name"}
        ],
        **content,
    }
    return LicenceType.objects.create(
        key=key, version="1", title_zh=stated["title_zh"], title_en="Licence", content=stated
    )


def make_licence(
    holder: Party | None = None, of: LicenceType | None = None, **facts: Any
) -> Licence:
    holder = holder or make_party()
    return issue_licence(
        actor=OFFICER,
        type_key=(of or make_type()).key,
        holder=holder,
        organization=make_unit(),
        case=None,
        facts={"applicant": {"name": holder.name}, "form": {}, **facts},
    )
