"""The demonstration authority."""

import datetime
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import NameOID
from django.db import connection, connections
from django.db.utils import IntegrityError

from yiwang.kernel.base import calendars
from yiwang.kernel.base.crypto import authority
from yiwang.kernel.base.crypto.errors import CertificateProblemError
from yiwang.kernel.base.crypto.models import Certificate, SigningKey

UNIT = "阳江市江城区市场监督管理局"
CODE = "11441702MB2D00000X"


def named(name, oid):
    (attribute,) = name.get_attributes_for_oid(oid)
    return attribute.value


@pytest.mark.django_db
def test_every_certificate_is_signed_by_the_one_above():
    leaf = authority.issue_seal_certificate(UNIT, CODE)
    chain = [bytes(leaf.der), *authority.chain_above(leaf)]
    parsed = [x509.load_der_x509_certificate(der) for der in chain]
    assert len(parsed) == 3
    for lower, upper in zip(parsed, [*parsed[1:], parsed[-1]], strict=True):
        lower.verify_directly_issued_by(upper)
    assert authority.trust_anchors() == [chain[-1]]
    with pytest.raises((InvalidSignature, ValueError)):
        parsed[0].verify_directly_issued_by(parsed[2])


@pytest.mark.django_db
def test_a_seal_certificate_names_its_unit_and_may_only_sign_documents():
    parsed = authority.x509_certificate(authority.issue_seal_certificate(UNIT, CODE))
    assert named(parsed.subject, NameOID.ORGANIZATION_NAME) == UNIT
    assert named(parsed.subject, NameOID.ORGANIZATION_IDENTIFIER) == CODE
    assert not parsed.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    usage = parsed.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature
    assert usage.content_commitment
    assert not usage.key_cert_sign


@pytest.mark.django_db
def test_a_name_too_long_for_the_common_name_stands_whole_in_the_organization():
    name = "阳江市江城区城南街道办事处综合行政执法与应急管理联合指挥协调中心办公室"
    parsed = authority.x509_certificate(authority.issue_seal_certificate(name, CODE))
    assert named(parsed.subject, NameOID.ORGANIZATION_NAME) == name
    assert named(parsed.subject, NameOID.COMMON_NAME) == CODE


@pytest.mark.django_db
def test_the_authority_is_made_once():
    first, second = authority.ensure_authority(), authority.ensure_authority()
    assert first == second
    assert Certificate.objects.count() == 2
    with pytest.raises(IntegrityError):
        Certificate.objects.create(
            serial_number="1",
            role=Certificate.Role.ROOT,
            subject_name="另一个根",
            key=SigningKey.objects.create(
                key_id="1", private_pem="x", created_at=first.root.valid_from
            ),
            der=b"",
            valid_from=first.root.valid_from,
            valid_until=first.root.valid_until,
        )


@pytest.mark.django_db(transaction=True)
def test_processes_that_start_together_make_one_authority():
    def start(_):
        try:
            return authority.ensure_authority().root.serial_number
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(start, range(8)))) == 1
    assert Certificate.objects.count() == 2


@pytest.mark.django_db
def test_the_private_key_is_not_readable_in_the_table():
    key = authority.issue_seal_certificate(UNIT, CODE).key
    with connection.cursor() as cursor:
        cursor.execute("SELECT private_pem FROM crypto_signingkey WHERE id = %s", [key.pk])
        stored = bytes(cursor.fetchone()[0])
    assert b"PRIVATE KEY" not in stored
    key.refresh_from_db()
    assert "BEGIN PRIVATE KEY" in key.private_pem


@pytest.mark.django_db
def test_a_key_under_another_keys_name_is_refused():
    one = authority.issue_seal_certificate(UNIT, CODE).key
    other = authority.issue_seal_certificate(UNIT, CODE).key
    swapped = SigningKey(key_id="0" * 64, private_pem=other.private_pem)
    with pytest.raises(CertificateProblemError):
        authority.private_key(swapped)
    assert authority.private_key(one) is authority.private_key(one)


@pytest.mark.django_db
def test_a_revoked_certificate_stands_in_the_signed_list():
    leaf = authority.issue_seal_certificate(UNIT, CODE)
    authority.issue_seal_certificate(UNIT, CODE)
    authority.revoke_certificate(leaf, x509.ReasonFlags.superseded)
    crl = x509.load_der_x509_crl(authority.revocation_list())
    issuer = authority.x509_certificate(authority.ensure_authority().intermediate)
    assert crl.is_signature_valid(issuer.public_key())
    assert [f"{entry.serial_number:x}" for entry in crl] == [leaf.serial_number]
    assert crl.next_update_utc - crl.last_update_utc == datetime.timedelta(days=7)
    with pytest.raises(CertificateProblemError):
        authority.revoke_certificate(leaf, x509.ReasonFlags.superseded)


@pytest.mark.django_db
def test_validity_follows_the_clock_of_the_platform():
    moment = calendars.now() + datetime.timedelta(days=400)
    with calendars.freeze(moment):
        leaf = authority.issue_seal_certificate(UNIT, CODE)
    assert leaf.valid_from < moment < leaf.valid_until
    assert abs(leaf.valid_until - moment - datetime.timedelta(days=5 * 366)).total_seconds() < 2
