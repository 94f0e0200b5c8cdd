"""办件列表: my cases and the inbox of officials over HTTP, with 200,000 cases in the tables."""

import random

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.harness import load, reference, requests
from bench.harness.catalogue import Figure
from bench.harness.core import Harness, Measured, Platform, shares
from bench.harness.statistics import percentile
from yiwang.kernel.base.identity.models import Account
from yiwang.kernel.casework.cases.models import Case
from yiwang.kernel.casework.process.models import Task
from yiwang.project.demo.caseload import ROLE, Share, spread_cases, unit_of
from yiwang.project.demo.city import make_crowd
from yiwang.project.demo.seed import seed_demo

NAME = "inbox"
FIGURES = {"p95_ms": Figure("ms", 80, at_least=False, reference=reference.NAME)}
CASES = 200_000
MANY, FEW = 2_000, 20
CITIZENS = 1_000
RATE = 50.0
CONNECTIONS = 16
SECONDS = 15.0
BUSY_PLACE, CALM_PLACE = "441702000000", "441704000000"
MY_CASES, INBOX = "/api/v1/cases", "/api/v1/tasks"


def run(harness: Harness) -> None:
    """Check that lists ask the same number of queries at both sizes, then measure them mixed."""
    seed_demo()
    citizens = make_crowd(CITIZENS)
    busy, calm, *rest = citizens
    spread_cases(
        CASES,
        shares=[
            Share(busy.party_id or 0, unit_of(BUSY_PLACE).code, MANY),
            Share(calm.party_id or 0, unit_of(CALM_PLACE).code, FEW),
        ],
        parties=[account.party_id or 0 for account in rest],
    )
    keys = dict(zip((account.pk for account in citizens), requests.sign_in(citizens), strict=True))
    officials = _officials()
    keys |= dict(
        zip((account.pk for account in officials), requests.sign_in(officials), strict=True)
    )
    busy_seat, calm_seat = (
        next(one for one in officials if one.username == f"{unit_of(place).code}.{ROLE}")
        for place in (BUSY_PLACE, CALM_PLACE)
    )
    counts = {
        "my cases": (_queries(keys[calm.pk], MY_CASES), _queries(keys[busy.pk], MY_CASES)),
        "inbox": (_queries(keys[calm_seat.pk], INBOX), _queries(keys[busy_seat.pk], INBOX)),
    }
    for name, (few, many) in counts.items():
        if few != many:
            raise RuntimeError(f"{name}: {few} queries with {FEW} rows, {many} with {MANY}")
    ready = [requests.get(MY_CASES, session=keys[one.pk]) for one in (busy, calm, *rest[:98])]
    ready += [requests.get(INBOX, session=keys[one.pk]) for one in (busy_seat, calm_seat)] * 25
    ready += [requests.get(INBOX, session=keys[one.pk]) for one in officials[:50]]
    random.Random(7).shuffle(ready)
    with harness.platform() as platform:
        _measure(harness, platform, ready, counts)


def _measure(
    harness: Harness,
    platform: Platform,
    ready: list[bytes],
    counts: dict[str, tuple[int, int]],
) -> None:
    seconds = harness.seconds(SECONDS)
    tails, samples, usages, references = [], [], [], []
    _list(platform, ready, harness.seconds(6))
    for _ in range(harness.repeats):
        references.append(reference.row_by_key_ms())
        meter = platform.meter()
        outcome = _list(platform, ready, seconds)
        usages.append(meter.stop(load=outcome.cpu_seconds))
        if outcome.bad:
            raise RuntimeError(f"{outcome.bad} refused, the first: {outcome.first_bad}")
        tails.append(percentile(outcome.latencies_ms, 95))
        samples += outcome.latencies_ms
    told = ", ".join(f"{name} {many} queries" for name, (_, many) in counts.items())
    conditions = (
        f"{Case.objects.count()} cases, {Task.objects.filter(status='OPEN').count()} open tasks;"
        f" {told} at {FEW} and at {MANY} rows; {RATE:g} requests/s on {CONNECTIONS} connections,"
        f" open loop, half of citizens and half of officials, {seconds:g} s a run;"
        f" {shares(usages, len(samples))}"
    )
    harness.report(p95_ms=Measured(tails, samples, references, conditions=conditions))


def _list(platform: Platform, ready: list[bytes], seconds: float) -> load.Outcome:
    plan = load.Plan(platform.port, ready, CONNECTIONS, seconds, rate=RATE, again=True)
    return load.run(plan)


def _officials() -> list[Account]:
    """Return officials who hold the seats that the cases wait for, and as many who do not."""
    return list(
        Account.objects.filter(
            kind=Account.Kind.OFFICIAL, username__contains=".market_supervision."
        ).order_by("username")
    )


def _queries(session: str, path: str) -> int:
    client = Client(raise_request_exception=True)
    client.cookies["sessionid"] = session
    with CaptureQueriesContext(connection) as seen:
        answer = client.get(path)
    if answer.status_code != 200 or not answer.json()["items"]:
        raise RuntimeError(f"{path} answered {answer.status_code}: {answer.content[:300]!r}")
    return len(seen)
