"""Reads and refusals stay in the audit whatever happens to the transaction around them."""

import pytest
from django.db import connections, transaction

from yiwang.kernel.base.access.contracts import Actor
from yiwang.kernel.base.audit import facade as audit
from yiwang.kernel.base.audit.autonomous import ALIAS
from yiwang.kernel.base.audit.models import AuditEntry

OFFICER = Actor(
    account_id=7,
    name="李审查",
    kind="OFFICIAL",
    organization_code="441702000000.health",
    address="10.0.0.9",
)


class _UndoneError(Exception):
    pass


@pytest.mark.django_db(transaction=True)
def test_a_read_stays_when_the_act_around_it_is_undone() -> None:
    with pytest.raises(_UndoneError), transaction.atomic():
        audit.record(OFFICER, "case.accept", "case", "lost")
        audit.record_read(OFFICER, "party.reveal", "party", 31, purpose="核对身份", case_id=5)
        raise _UndoneError

    # Such entries outlive the tests that wrote them: each test looks for its own.
    assert not AuditEntry.objects.filter(object_id="lost").exists()
    kept = AuditEntry.objects.get(action="party.reveal", object_id="31")
    assert kept.kind == AuditEntry.Kind.READ
    assert (kept.action, kept.object_id, kept.case_id) == ("party.reveal", "31", 5)
    assert kept.details == {"purpose": "核对身份"}
    assert (kept.account_id, kept.organization_code) == (7, "441702000000.health")
    assert kept.address == "10.0.0.9"


@pytest.mark.django_db(transaction=True)
def test_a_refusal_stays_when_the_act_around_it_is_undone() -> None:
    with pytest.raises(_UndoneError), transaction.atomic():
        audit.record_denied(OFFICER, "case.decide", "organization", "990000000000.denied")
        raise _UndoneError

    assert AuditEntry.objects.get(object_id="990000000000.denied").kind == AuditEntry.Kind.DENIED


@pytest.mark.django_db(transaction=True)
def test_the_second_connection_lives_only_as_long_as_the_block() -> None:
    with transaction.atomic(), audit.surviving_rollback() as alias:
        assert alias == ALIAS
    with pytest.raises(Exception, match=ALIAS):
        connections[ALIAS]

    with audit.surviving_rollback() as alias:
        assert alias == "default"


@pytest.mark.django_db
def test_acting_for_another_party_is_recorded_and_for_oneself_is_not() -> None:
    own = Actor(account_id=1, name="陈", kind="CITIZEN", party_id=4, acting_for_id=4)
    proxy = Actor(account_id=1, name="陈", kind="CITIZEN", party_id=4, acting_for_id=9)

    assert audit.record(own, "case.submit", "case", 1).acting_for_id is None
    assert audit.record(proxy, "case.submit", "case", 1).acting_for_id == 9
