"""即时办件: an individual business is registered over HTTP, from submit to signed licence."""

import uuid
from collections.abc import Sequence

from bench.harness import load, pgbench, requests
from bench.harness.catalogue import Figure
from bench.harness.core import Harness, Measured, Platform, shares
from bench.harness.statistics import percentile
from yiwang.kernel.base.identity.models import Account
from yiwang.kernel.casework.process.models import Token
from yiwang.kernel.registers.licences.models import Licence
from yiwang.project.demo.city import make_crowd
from yiwang.project.demo.seed import seed_demo
from yiwang.services.items.models import ImplementationItem

NAME = "applications"
REFERENCE = "pgbench insert transactions/s"
FIGURES = {
    "throughput_per_s": Figure("applications/s", 100, at_least=True, reference=REFERENCE),
    "p95_ms": Figure("ms", 200, at_least=False),
    "share_of_pgbench": Figure("of pgbench", reference=REFERENCE),
}
CITIZENS = 400
CONNECTIONS = 8
SECONDS = 15.0
# More than can be done in the time: a request that runs out would end the run early.
MOST_PER_SECOND = 400
LICENCE_TYPE = "business_licence"


def run(harness: Harness) -> None:
    """Measure throughput and latency in a closed loop, and pgbench before each run."""
    seed_demo()
    citizens = make_crowd(CITIZENS)
    sessions = requests.sign_in(citizens)
    seconds = harness.seconds(SECONDS)
    rates, tails, references, samples, usages = [], [], [], [], []
    with harness.platform("nats") as platform:
        _submit(platform, citizens, sessions, harness.seconds(6))
        for _ in range(harness.repeats):
            references.append(
                pgbench.inserts_per_second(clients=CONNECTIONS, seconds=round(seconds / 3))
            )
            before = Licence.objects.count()
            meter = platform.meter()
            outcome = _submit(platform, citizens, sessions, seconds)
            usages.append(meter.stop(load=outcome.cpu_seconds))
            if outcome.bad:
                raise RuntimeError(f"{outcome.bad} refused, the first: {outcome.first_bad}")
            issued = Licence.objects.count() - before
            if issued != outcome.good:
                raise RuntimeError(f"{outcome.good} answers but {issued} licences stored")
            rates.append(outcome.per_second)
            tails.append(percentile(outcome.latencies_ms, 95))
            samples += outcome.latencies_ms
    _check_last()
    conditions = (
        f"{len(samples)} applications of {CITIZENS} citizens, {Licence.objects.count()} licences"
        f" stored, {CONNECTIONS} connections in a closed loop, {seconds:g} s a run;"
        f" {shares(usages, len(samples))}"
    )
    ratios = [rate / reference for rate, reference in zip(rates, references, strict=True)]
    harness.report(
        throughput_per_s=Measured(rates, samples, references, conditions=conditions),
        p95_ms=Measured(tails, samples, conditions=conditions),
        share_of_pgbench=Measured(ratios, (), references, is_ratio=True, conditions=conditions),
    )


def _submit(
    platform: Platform, citizens: Sequence[Account], sessions: Sequence[str], seconds: float
) -> load.Outcome:
    units = list(
        ImplementationItem.objects.filter(
            item__key="individual_business_registration", is_active=True
        ).order_by("code")
    )
    prepared = [
        requests.post(
            "/api/v1/applications",
            _application(units[number % len(units)].code, citizens[number % len(citizens)], number),
            session=sessions[number % len(sessions)],
        )
        for number in range(round(seconds * MOST_PER_SECOND))
    ]
    return load.run(
        load.Plan(
            platform.port,
            prepared,
            CONNECTIONS,
            seconds,
            expect=b'"outcome": "GRANTED"',
        )
    )


def _application(code: str, citizen: Account, number: int) -> dict[str, object]:
    assert citizen.party is not None
    return {
        "implementation_code": code,
        "client_id": str(uuid.uuid4()),
        "circumstances": {
            "operator_kind": "MAINLAND",
            "composition": "PERSONAL",
            "place_kind": "OWNED",
            "named": True,
            "later_licence": False,
            "by_agent": False,
        },
        "form": {
            "operator_name": citizen.party.name,
            "operator_phone": citizen.party.phone,
            "operator_address": citizen.party.address,
            "operator_id_no": citizen.party.citizen_id_no,
            "business_name": f"阳江市江城区{citizen.party.name}第{number}海味店",
            "scope": ["水产品零售"],
            "employees": 2,
            "place_address": f"阳江市江城区南恩街道环城北路{number % 500}号",
        },
        "materials": {"place_promise": {"source": "PROMISE"}},
        "face_token": "bench-face",
    }


def _check_last() -> None:
    """Make sure that what was counted is whole: a signed record and a trace of its decision.

    :raises RuntimeError: a part is missing.
    """
    licence = Licence.objects.filter(type_key=LICENCE_TYPE).latest("id")
    traced = Token.objects.filter(case=licence.case_id, outputs__has_key="trace").exists()
    if not traced or not licence.signed:
        raise RuntimeError(f"licence {licence.number} has no trace or no signature")
