"""办件规模数据: the cases of a busy year, written by the database itself in a few statements.

They are whole for whoever lists, opens or counts them: details, token and task are there. No act
led to them, so they have no timeline, no audit and no paper.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from yiwang.kernel.base.calendars import now
from yiwang.kernel.base.organizations.models import Organization
from yiwang.kernel.casework.cases.models import Case
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
        cursor.execute(_PLAN + insert, values)


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
_INSERTS = (
    "INSERT INTO cases_case (number, kind, title, title_en, status, phase, outcome,"
    " organization_id, org_path, division_id, division_path, party_id, channel, opened_at, due_at,"
    " concluded_at) SELECT number, 'application', %(title)s, %(title_en)s,"
    " CASE WHEN waits THEN 'OPEN' ELSE 'CONCLUDED' END,"
    " CASE WHEN waits THEN 'RECEIVED' ELSE 'CONCLUDED' END,"
    " CASE WHEN waits THEN '' ELSE 'GRANTED' END, unit, path, place, place_path, party, 'ONLINE',"
    " at, at + interval '7 days', CASE WHEN waits THEN NULL ELSE at + interval '3 days' END"
    " FROM plan ORDER BY number",
    "INSERT INTO applications_application (case_id, implementation_id, item_version_id,"
    " item_key, client_id, circumstances, form_data, checks, received_at, accepted_at,"
    " is_deemed_accepted, decided_at, decision, decision_reason, is_automatic, signed_digest,"
    " signature, signer_level, delivery) SELECT c.id, offer, %(version)s, %(item)s,"
    " gen_random_uuid(), '{}', '{}', '{}', at, CASE WHEN waits THEN NULL ELSE at END, false,"
    " CASE WHEN waits THEN NULL ELSE at + interval '3 days' END,"
    " CASE WHEN waits THEN '' ELSE 'GRANTED' END, '', false, '', '', 2, 'ELECTRONIC'"
    " FROM plan JOIN cases_case c USING (number)",
    "INSERT INTO process_token (case_id, definition_id, step, branch, status, waits_for,"
    " entered_at, left_at, outputs) SELECT c.id, %(process)s, %(step)s, '',"
    " CASE WHEN waits THEN 'ACTIVE' ELSE 'LEFT' END, '', at,"
    " CASE WHEN waits THEN NULL ELSE at + interval '3 days' END, '{}'"
    " FROM plan JOIN cases_case c USING (number) ORDER BY number",
    "INSERT INTO process_task (case_id, token_id, step, title_zh, title_en, role,"
    " organization_id, org_path, division_path, signers, status, case_number, case_title,"
    " party_name, opened_at, due_at, done_at, act) SELECT c.id, t.id, %(step)s, '核对与受理',"
    " 'Check and accept', %(role)s, unit, path, place_path, 1,"
    " CASE WHEN waits THEN 'OPEN' ELSE 'DONE' END, number, %(title)s, p.name, at,"
    " at + interval '7 days', CASE WHEN waits THEN NULL ELSE at + interval '3 days' END,"
    " CASE WHEN waits THEN '' ELSE 'accept' END"
    " FROM plan JOIN cases_case c USING (number) JOIN process_token t ON t.case_id = c.id"
    " JOIN parties_party p ON p.id = party ORDER BY number",
)
