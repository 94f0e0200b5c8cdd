"""Submitting: few questions to the database, repetitions, and clocks only where somebody waits."""

import uuid
from dataclasses import replace

import pytest

from tests.city import City
from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit.models import AuditEntry
from yiwang.kernel.base.events.models import OutboxEvent
from yiwang.kernel.base.http.testing import assert_query_count
from yiwang.kernel.base.parties.models import Party
from yiwang.kernel.casework.cases.models import Case, CaseEvent
from yiwang.kernel.casework.clocks.models import Clock
from yiwang.kernel.casework.process.models import Task, Token
from yiwang.kernel.errors import InvalidInputError
from yiwang.kernel.registers.licences.models import Licence
from yiwang.services.applications.actions.applications import (
    Submission,
    Supplied,
    submit_application,
)
from yiwang.services.applications.models import Application


def submission(city: City, citizen: Actor, **changes: object) -> Submission:
    person = Party.objects.get(pk=citizen.party_id)
    clear = Submission(
        city.item("individual_business_registration").code,
        uuid.uuid4(),
        person.pk,
        circumstances={
            "operator_kind": "MAINLAND",
            "composition": "PERSONAL",
            "place_kind": "OWNED",
            "named": True,
            "later_licence": False,
            "by_agent": False,
        },
        form_data={
            "operator_name": person.name,
            "operator_phone": person.phone,
            "operator_address": person.address,
            "operator_id_no": person.citizen_id_no,
            "business_name": "阳江市江城区小满海味店",
            "scope": ["水产品零售"],
            "employees": 2,
            "place_address": "阳江市江城区南恩街道环城北路12号",
        },
        materials={"place_promise": Supplied("PROMISE")},
        checks={"real_name": True, "face": True},
    )
    return replace(clear, **changes)  # type: ignore[arg-type]


@pytest.mark.django_db
def test_an_instant_application_asks_the_database_few_times(city: City) -> None:
    citizen = city.citizen()
    # The first fills what a process keeps: compiled form, process, rules and licence type.
    submit_application(actor=citizen, submission=submission(city, citizen))
    wanted = submission(city, citizen)
    with assert_query_count("submit_instant"):
        application = submit_application(actor=citizen, submission=wanted)
    case = Case.objects.get(pk=application.pk)
    assert (case.status, case.phase, case.outcome) == ("CONCLUDED", "CONCLUDED", "GRANTED")
    stored = Application.objects.get(pk=case.pk)
    assert (stored.decision, stored.is_automatic) == ("GRANTED", True)
    assert stored.accepted_at is not None
    assert stored.decided_at is not None
    licence = Licence.objects.get(case=case)
    assert licence.signed
    assert licence.owner_id == citizen.party_id
    assert Token.objects.filter(case=case, outputs__has_key="trace").count() == 1
    kinds = CaseEvent.objects.filter(case=case).order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["case.received", "case.granted", "licence.issued"]
    told = OutboxEvent.objects.order_by("-sequence").values_list("type", flat=True)[:4]
    assert list(told) == ["case.concluded", "licence.issued", "case.accepted", "case.received"]
    actions = AuditEntry.objects.filter(case_id=case.pk).order_by("id")
    assert list(actions.values_list("action", flat=True)) == [
        "application.submit",
        "licence.issue",
    ]


@pytest.mark.django_db
def test_an_instant_decision_has_no_limit_and_one_that_waits_has(city: City) -> None:
    citizen = city.citizen()
    instant = submit_application(actor=citizen, submission=submission(city, citizen))
    assert not Clock.objects.filter(case_id=instant.pk).exists()
    shown = dict(submission(city, citizen).circumstances) | {"place_kind": "HOME"}
    waiting = submit_application(
        actor=citizen, submission=submission(city, citizen, circumstances=shown)
    )
    assert Task.objects.filter(case_id=waiting.pk, status=Task.Status.OPEN).count() == 1
    (clock,) = Clock.objects.filter(case_id=waiting.pk)
    assert (clock.kind, clock.amount, clock.stopped_at) == ("correction_notice", 5, None)


@pytest.mark.django_db
def test_a_repetition_gives_the_first_case_even_when_it_would_be_refused_now(
    city: City,
) -> None:
    citizen = city.citizen()
    first = submission(city, citizen)
    application = submit_application(actor=citizen, submission=first)
    again = submit_application(actor=citizen, submission=first)
    broken = submit_application(actor=citizen, submission=replace(first, materials={}))
    assert application.pk == again.pk == broken.pk
    assert Application.objects.filter(client_id=first.client_id).count() == 1
    assert Licence.objects.filter(case_id=application.pk).count() == 1


@pytest.mark.django_db
def test_a_refused_submission_leaves_nothing(city: City) -> None:
    citizen = city.citizen()
    before = Case.objects.count(), OutboxEvent.objects.count(), AuditEntry.objects.count()
    with pytest.raises(InvalidInputError):
        submit_application(actor=citizen, submission=submission(city, citizen, materials={}))
    after = Case.objects.count(), OutboxEvent.objects.count(), AuditEntry.objects.count()
    assert after == before
