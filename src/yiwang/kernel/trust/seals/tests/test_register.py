"""The register of seals."""

import itertools
from datetime import timedelta

import pytest
from cryptography import x509
from django.db import IntegrityError, transaction

from yiwang.kernel.base import calendars
from yiwang.kernel.base.access.contracts import SYSTEM
from yiwang.kernel.base.audit.models import AuditEntry
from yiwang.kernel.base.crypto import authority
from yiwang.kernel.trust.seals import facade
from yiwang.kernel.trust.seals.actions import register
from yiwang.kernel.trust.seals.errors import SealPictureError, SealTransitionError
from yiwang.kernel.trust.seals.models import Seal
from yiwang.kernel.trust.seals.rules.transitions import TRANSITIONS
from yiwang.kernel.trust.seals.tests.samples import UNIT, UNIT_CODE

pytestmark = pytest.mark.django_db

ACTS = {
    "activate": register.activate_seal,
    "suspend": register.suspend_seal,
    "destroy": register.destroy_seal,
}


def test_a_seal_is_cut_once_and_given_back_afterwards(seal):
    again = facade.ensure_seal(unit_code=UNIT_CODE, unit_name=UNIT, kind="OFFICIAL")
    assert again == seal
    assert seal.status == Seal.Status.ACTIVE
    assert seal.caption == ""
    assert seal.picture_svg.startswith("<svg")
    assert seal.certificate.subject_name == UNIT
    acts = AuditEntry.objects.filter(object_kind="seal").order_by("pk")
    assert list(acts.values_list("action", flat=True)) == [
        "seals.apply_for_seal",
        "seals.activate_seal",
    ]


def test_a_unit_has_one_seal_of_each_kind(seal):
    approval = facade.ensure_seal(unit_code=UNIT_CODE, unit_name=UNIT, kind="APPROVAL")
    assert approval.pk != seal.pk
    assert approval.caption == "行政审批专用章"
    with pytest.raises(IntegrityError), transaction.atomic():
        register.apply_for_seal(actor=SYSTEM, unit_code=UNIT_CODE, unit_name=UNIT, kind="APPROVAL")
    with pytest.raises(ValueError, match="ROUND"):
        facade.ensure_seal(unit_code=UNIT_CODE, unit_name=UNIT, kind="ROUND")


@pytest.mark.parametrize(
    ("status", "act"), list(itertools.product(Seal.Status.values, TRANSITIONS))
)
def test_each_act_starts_only_where_the_rules_say(seal, status, act):
    destroyed_at = calendars.now() if status == "DESTROYED" else None
    Seal.objects.filter(pk=seal.pk).update(status=status, destroyed_at=destroyed_at)
    sources, target = TRANSITIONS[act]
    entries = AuditEntry.objects.count()
    if status in sources:
        ACTS[act](actor=SYSTEM, seal=seal)
        assert AuditEntry.objects.count() == entries + 1
    else:
        with pytest.raises(SealTransitionError):
            ACTS[act](actor=SYSTEM, seal=seal)
        target = status
        assert AuditEntry.objects.count() == entries
    assert Seal.objects.get(pk=seal.pk).status == target


def test_a_destroyed_seals_certificate_is_in_the_revocation_list(seal):
    register.destroy_seal(actor=SYSTEM, seal=seal)
    (entry,) = x509.load_der_x509_crl(authority.revocation_list())
    assert f"{entry.serial_number:x}" == seal.certificate.serial_number
    reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    assert reason is x509.ReasonFlags.cessation_of_operation


def test_a_renamed_unit_gets_a_new_seal_and_the_old_one_is_destroyed(seal):
    new = facade.ensure_seal(unit_code=UNIT_CODE, unit_name="阳江市江城区新局", kind="OFFICIAL")
    assert new.pk != seal.pk
    assert new.status == Seal.Status.ACTIVE
    assert Seal.objects.get(pk=seal.pk).status == Seal.Status.DESTROYED


def test_a_seal_that_ran_out_is_replaced(seal):
    with calendars.freeze(seal.valid_until + timedelta(days=1)):
        new = facade.ensure_seal(unit_code=UNIT_CODE, unit_name=UNIT, kind="OFFICIAL")
    assert new.pk != seal.pk
    assert new.valid_until > seal.valid_until


def test_a_suspended_seal_is_not_put_back_into_use_by_a_seed(seal):
    register.suspend_seal(actor=SYSTEM, seal=seal)
    found = facade.ensure_seal(unit_code=UNIT_CODE, unit_name="阳江市江城区新局", kind="OFFICIAL")
    assert found == seal
    assert found.status == Seal.Status.SUSPENDED


def test_a_name_that_no_seal_holds_leaves_nothing_behind():
    with pytest.raises(SealPictureError):
        facade.ensure_seal(unit_code=UNIT_CODE, unit_name="局" * 61, kind="OFFICIAL")
    assert not Seal.objects.exists()
