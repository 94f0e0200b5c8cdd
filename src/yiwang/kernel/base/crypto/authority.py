"""演示证书机构: root, intermediate and seal certificates for demonstration and test.

A city that has a licensed CA (电子认证服务机构) installs that CA's certificates instead; nothing
outside this module knows who issued a certificate. P-256 throughout: pyHanko and every PDF reader
verify it, and a signature costs a third of RSA.

Sources: RFC 5280 (certificates, revocation lists), RFC 9336 (key purpose for document signing).
"""

import datetime
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID, ObjectIdentifier
from django.db import connection, transaction

from yiwang.kernel.base import calendars
from yiwang.kernel.base.crypto.errors import CertificateProblemError
from yiwang.kernel.base.crypto.models import Certificate, SigningKey

ROOT_NAME = "一网演示根证书"
INTERMEDIATE_NAME = "一网演示印章证书机构"
ROOT_YEARS, INTERMEDIATE_YEARS, SEAL_YEARS = 20, 15, 5
# Stories and tests are told at moments before the authority was made.
BACKDATED = datetime.timedelta(days=366)
CRL_VALID = datetime.timedelta(days=7)
DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")
# The common name holds 64 bytes at most (RFC 5280 appendix A); the organization has no such limit.
COMMON_NAME_BYTES = 64
AUTHORITY_LOCK = 7_391_204_001


@dataclass(frozen=True, slots=True)
class Authority:
    """The two upper certificates."""

    root: Certificate
    intermediate: Certificate


@transaction.atomic(savepoint=False)
def ensure_authority() -> Authority:
    """Return the authority, making its two certificates at the first call on a database."""
    found = {
        certificate.role: certificate
        for certificate in Certificate.objects.select_related("key").exclude(role="SEAL")
    }
    if len(found) < 2:
        # Two processes that start at once must not make two roots.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [AUTHORITY_LOCK])
        uppers = Certificate.objects.select_related("key")
        root = uppers.filter(role=Certificate.Role.ROOT).first() or _issue_upper(
            Certificate.Role.ROOT, ROOT_NAME, ROOT_YEARS, None
        )
        intermediate = uppers.filter(role=Certificate.Role.INTERMEDIATE).first() or _issue_upper(
            Certificate.Role.INTERMEDIATE, INTERMEDIATE_NAME, INTERMEDIATE_YEARS, root
        )
        return Authority(root, intermediate)
    return Authority(found["ROOT"], found["INTERMEDIATE"])


@transaction.atomic(savepoint=False)
def issue_seal_certificate(unit_name: str, unit_code: str) -> Certificate:
    """Issue a certificate with a fresh key to the unit that will own a seal."""
    issuer = ensure_authority().intermediate
    common_name = unit_name if len(unit_name.encode()) <= COMMON_NAME_BYTES else unit_code
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, unit_name),
            x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, unit_code),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
    return _issue(
        role=Certificate.Role.SEAL,
        subject=subject,
        subject_name=unit_name,
        unit_code=unit_code,
        years=SEAL_YEARS,
        issuer=issuer,
        extensions=[
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (_key_usage(digital_signature=True, content_commitment=True), True),
            (x509.ExtendedKeyUsage([DOCUMENT_SIGNING]), False),
        ],
    )


def revoke_certificate(certificate: Certificate, reason: x509.ReasonFlags) -> None:
    """Revoke ``certificate`` from now on; it stands in every later revocation list.

    :raises CertificateProblemError: it is revoked already.
    """
    changed = Certificate.objects.filter(pk=certificate.pk, revoked_at__isnull=True).update(
        revoked_at=calendars.now(), revocation_reason=reason.value
    )
    if not changed:
        raise CertificateProblemError(serial=certificate.serial_number, cause="already revoked")


def revocation_list() -> bytes:
    """Return the signed list of revoked seal certificates (DER), good for seven days."""
    authority = ensure_authority()
    issuer = authority.intermediate
    moment = calendars.now()
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(x509_certificate(issuer).subject)
        .last_update(moment)
        .next_update(moment + CRL_VALID)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(
                private_key(issuer.key).public_key()
            ),
            critical=False,
        )
        .add_extension(x509.CRLNumber(int(moment.timestamp())), critical=False)
    )
    revoked = Certificate.objects.filter(issuer=issuer, revoked_at__isnull=False)
    for serial, revoked_at, reason in revoked.order_by("pk").values_list(
        "serial_number", "revoked_at", "revocation_reason"
    ):
        entry = x509.RevokedCertificateBuilder(int(serial, 16), revoked_at)
        builder = builder.add_revoked_certificate(
            entry.add_extension(x509.CRLReason(x509.ReasonFlags(reason)), critical=False).build()
        )
    signed = builder.sign(private_key(issuer.key), hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.DER)


def trust_anchors() -> list[bytes]:
    """Return the root certificates (DER) that documents of this installation chain to."""
    return [bytes(ensure_authority().root.der)]


def chain_above(certificate: Certificate) -> list[bytes]:
    """Return the certificates (DER) above ``certificate``, nearest first, root last."""
    chain = []
    issuer = certificate.issuer
    while issuer is not None:
        chain.append(bytes(issuer.der))
        issuer = issuer.issuer
    return chain


def private_key(key: SigningKey) -> ec.EllipticCurvePrivateKey:
    """Return the private key, opened and parsed once per process."""
    return _parse_private_key(key.key_id, key.private_pem)


def x509_certificate(certificate: Certificate) -> x509.Certificate:
    """Return the parsed certificate."""
    return x509.load_der_x509_certificate(bytes(certificate.der))


@lru_cache(maxsize=2048)
def _parse_private_key(key_id: str, pem: str) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(pem.encode("ascii"), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or _key_id(key) != key_id:
        raise CertificateProblemError(key=key_id, cause="stored key is not the one it says")
    return key


def _issue_upper(
    role: Certificate.Role, name: str, years: int, issuer: Certificate | None
) -> Certificate:
    return _issue(
        role=role,
        subject=x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, name),
                x509.NameAttribute(NameOID.COMMON_NAME, name),
            ]
        ),
        subject_name=name,
        unit_code="",
        years=years,
        issuer=issuer,
        extensions=[
            (x509.BasicConstraints(ca=True, path_length=1 if issuer is None else 0), True),
            (_key_usage(key_cert_sign=True, crl_sign=True), True),
        ],
    )


def _issue(
    *,
    role: Certificate.Role,
    subject: x509.Name,
    subject_name: str,
    unit_code: str,
    years: int,
    issuer: Certificate | None,
    extensions: Sequence[tuple[x509.ExtensionType, bool]],
) -> Certificate:
    moment = calendars.now().replace(microsecond=0)
    valid_from = moment - BACKDATED
    valid_until = moment + datetime.timedelta(days=years * 366)
    own = ec.generate_private_key(ec.SECP256R1())
    signer = own if issuer is None else private_key(issuer.key)
    serial = x509.random_serial_number()
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else x509_certificate(issuer).subject)
        .public_key(own.public_key())
        .serial_number(serial)
        .not_valid_before(valid_from)
        .not_valid_after(valid_until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    signed = builder.sign(signer, hashes.SHA256())
    key = SigningKey.objects.create(
        key_id=_key_id(own),
        private_pem=own.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode("ascii"),
        created_at=moment,
    )
    return Certificate.objects.create(
        serial_number=f"{serial:x}",
        role=role,
        subject_name=subject_name,
        unit_code=unit_code,
        key=key,
        issuer=issuer,
        der=signed.public_bytes(serialization.Encoding.DER),
        valid_from=valid_from,
        valid_until=valid_until,
    )


def _key_id(key: ec.EllipticCurvePrivateKey) -> str:
    spki = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(spki).hexdigest()


def _key_usage(
    *,
    digital_signature: bool = False,
    content_commitment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=content_commitment,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
