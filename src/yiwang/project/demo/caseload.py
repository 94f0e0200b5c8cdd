"""办件规模数据: the cases of a busy year, written by the database itself in a few statements.

They are whole for whoever lists, opens or counts them: details, token and task are there. No act
led to them, so they have no timeline, no audit and no paper.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, models, transaction
from django.db.backends.utils import CursorWrapper

from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.process.models import Task, Token
from yiwang.services.applications.models import Application
from yiwang.services.items.models import ImplementationItem, ItemVersion

ITEM = "individual_business_registration"
STEP = "receive"
ROLE = "receiver"
# No case of an act has such a number: theirs begin with the place and the day.
NUMBERS = "9900"


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the cases fall to one applicant and wait in one unit."""

    party_id: int
    unit_code: str
    cases: int


def spread_cases(total: int, *, shares: Sequence[Share], parties: Sequence[int]) -> int:
    """Write cases until there are ``total`` of them; returns how many were written.

    Those of ``shares`` come first and all wait; of the rest, spread over ``parties`` and over the
    units without a share, one in five waits and four are concluded.
    """
    have = Case.objects.filter(number__startswith=NUMBERS).count()
    if have >= total:
        return 0
    version = ItemVersion.objects.get(item__key=ITEM, is_current=True)
    offers = list(
        ImplementationItem.objects.filter(version=version, is_active=True)
        .select_related("organization", "division")
        .order_by("code")
    )
    with transaction.atomic(), connection.cursor() as cursor:
        first = have + 1
        for share in shares if have == 0 else ():
            offer = next(one for one in offers if one.organization_id == share.unit_code)
            _write(cursor, version, [offer], [share.party_id], first, share.cases, one_waits_in=1)
            first += share.cases
        taken = {share.unit_code for share in shares}
        others = [offer for offer in offers if offer.organization_id not in taken]
        _write(cursor, version, others, parties, first, total - first + 1, one_waits_in=5)
    with connection.cursor() as cursor:
        for table in ("cases_case", "applications_application", "process_token", "process_task"):
            cursor.execute(f"ANALYZE {table}")
    return total - have


def unit_of(division_code: str) -> Organization:
    """Return the unit of a county that decides the item of these cases."""
    return Organization.objects.get(
        division_id=division_code, functions__contains=["market_supervision"]
    )


def _write(
    cursor: CursorWrapper,
    version: ItemVersion,
    offers: Sequence[ImplementationItem],
    parties: Sequence[int],
    first: int,
    count: int,
    *,
    one_waits_in: int,
) -> None:
    values = {
        "version": version.pk,
        "item": version.content["key"],
        "process": version.process_id,
        "title": version.title_zh,
        "title_en": version.title_en,
        "offers": [offer.pk for offer in offers],
        "units": [offer.organization_id for offer in offers],
        "paths": [offer.organization.path for offer in offers],
        "places": [offer.division_id for offer in offers],
        "place_paths": [offer.division_path for offer in offers],
        "parties": list(parties),
        "first": first,
        "last": first + count - 1,
        "numbers": NUMBERS,
        "one_in": one_waits_in,
        "at": now() - timedelta(days=300),
        "step": STEP,
        "role": ROLE,
    }
    for insert in _INSERTS:
        statement, defaults = insert.statement()
        cursor.execute(statement, values | defaults)


# A number tells everything of a case: its place among offers and parties, its hour, its state.
_PLAN = """
WITH plan AS (
    SELECT %(numbers)s || lpad(n::text, 12, '0') AS number, n %% %(one_in)s = 0 AS waits,
        %(at)s::timestamptz + n * interval '2 minutes' AS at,
        (%(offers)s::bigint[])[1 + n %% array_length(%(offers)s::bigint[], 1)] AS offer,
        (%(units)s::text[])[1 + n %% array_length(%(units)s::text[], 1)] AS unit,
        (%(paths)s::text[])[1 + n %% array_length(%(paths)s::text[], 1)] AS path,
        (%(places)s::text[])[1 + n %% array_length(%(places)s::text[], 1)] AS place,
        (%(place_paths)s::text[])[1 + n %% array_length(%(place_paths)s::text[], 1)] AS place_path,
        (%(parties)s::bigint[])[1 + n %% array_length(%(parties)s::bigint[], 1)] AS party
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
)
"""


@dataclass(frozen=True, slots=True)
class _Insert:
    """Rows of one table. Columns that are not named here get what a new row of the model has."""

    model: type[models.Model]
    columns: Mapping[str, str]
    source: str

    def statement(self) -> tuple[str, dict[str, Any]]:
        """Return the SQL, and the values of its parameters that are not of the plan."""
        columns = dict(self.columns)
        defaults = {}
        for field in self.model._meta.local_concrete_fields:
            name = str(field.column)
            if name in columns or field.null or isinstance(field, models.AutoField):
                continue
            columns[name] = f"%(default_{name})s"
            defaults[f"default_{name}"] = field.get_db_prep_save(field.get_default(), connection)
        table = self.model._meta.db_table
        return (
            f"{_PLAN} INSERT INTO {table} ({', '.join(columns)})"  # noqa: S608 ours
            f" SELECT {', '.join(columns.values())} FROM plan {self.source} ORDER BY number",
            defaults,
        )


_WITH_CASE = "JOIN cases_case c USING (number)"
_CONCLUDED_AT = "CASE WHEN waits THEN NULL ELSE at + interval '3 days' END"
_INSERTS = (
    _Insert(
        Case,
        {
            "number": "number",
            "kind": "'application'",
            "title": "%(title)s",
            "title_en": "%(title_en)s",
            "status": "CASE WHEN waits THEN 'OPEN' ELSE 'CONCLUDED' END",
            "phase": "CASE WHEN waits THEN 'RECEIVED' ELSE 'CONCLUDED' END",
            "outcome": "CASE WHEN waits THEN '' ELSE 'GRANTED' END",
            "organization_id": "unit",
            "org_path": "path",
            "division_id": "place",
            "division_path": "place_path",
            "party_id": "party",
            "channel": "'ONLINE'",
            "opened_at": "at",
            "due_at": "at + interval '7 days'",
            "concluded_at": _CONCLUDED_AT,
        },
        "",
    ),
    _Insert(
        Application,
        {
            "case_id": "c.id",
            "implementation_id": "offer",
            "item_version_id": "%(version)s",
            "item_key": "%(item)s",
            "client_id": "gen_random_uuid()",
            "received_at": "at",
            "accepted_at": "CASE WHEN waits THEN NULL ELSE at END",
            "decided_at": _CONCLUDED_AT,
            "decision": "CASE WHEN waits THEN '' ELSE 'GRANTED' END",
            "signer_level": "2",
        },
        _WITH_CASE,
    ),
    _Insert(
        Token,
        {
            "case_id": "c.id",
            "definition_id": "%(process)s",
            "step": "%(step)s",
            "status": "CASE WHEN waits THEN 'ACTIVE' ELSE 'LEFT' END",
            "entered_at": "at",
            "left_at": _CONCLUDED_AT,
        },
        _WITH_CASE,
    ),
    _Insert(
        Task,
        {
            "case_id": "c.id",
            "token_id": "t.id",
            "step": "%(step)s",
            "title_zh": "'核对与受理'",
            "title_en": "'Check and accept'",
            "role": "%(role)s",
            "organization_id": "unit",
            "org_path": "path",
            "division_path": "place_path",
            "status": "CASE WHEN waits THEN 'OPEN' ELSE 'DONE' END",
            "case_number": "number",
            "case_title": "%(title)s",
            "party_name": "p.name",
            "opened_at": "at",
            "due_at": "at + interval '7 days'",
            "done_at": _CONCLUDED_AT,
            "act": "CASE WHEN waits THEN '' ELSE 'accept' END",
        },
        f"{_WITH_CASE} JOIN process_token t ON t.case_id = c.id"
        " JOIN parties_party p ON p.id = party",
    ),
)
