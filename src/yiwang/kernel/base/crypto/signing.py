"""Signed records: canonical JSON in a JWS that anyone can verify with the published keys.

The signing keys are derived from the master key, so every process of an installation has the same
ones without a table, and each key version of the ring stays published for as long as the ring keeps
it. Private keys are built once per process: parsing one per signature costs more than signing.

Sources: RFC 7515 (JWS, compact form), RFC 7517/7638 (JWK, thumbprint), RFC 8037 (Ed25519).
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from yiwang.kernel.base.crypto import keys
from yiwang.kernel.base.crypto.canonical import canonical_json, parse_canonical
from yiwang.kernel.base.crypto.errors import RecordInvalidError, RecordNotCanonicalError

Algorithm = Literal["ES256", "EdDSA"]
ALGORITHMS: tuple[Algorithm, ...] = ("ES256", "EdDSA")
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
P256_FIELD_BYTES = 32
ES256_HASH = ec.ECDSA(hashes.SHA256())
RECORD_PURPOSE = "record"


@dataclass(frozen=True, slots=True)
class SignedRecord:
    """A record with its signature; ``compact`` is what is stored, printed and handed out."""

    record: dict[str, Any]
    key_id: str
    algorithm: Algorithm
    compact: str

    def __str__(self) -> str:
        return self.compact


@dataclass(frozen=True, slots=True)
class RecordKey:
    """One key pair with the prepared first part of its signatures."""

    key_id: str
    algorithm: Algorithm
    private: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
    jwk: dict[str, str]
    protected: bytes

    def sign(self, data: bytes) -> bytes:
        """Sign ``data`` in the form that JWS wants: 64 bytes for both algorithms."""
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return self.private.sign(data)
        r, s = decode_dss_signature(self.private.sign(data, ES256_HASH))
        return r.to_bytes(P256_FIELD_BYTES, "big") + s.to_bytes(P256_FIELD_BYTES, "big")

    def verify(self, signature: bytes, data: bytes) -> None:
        """Raise ``InvalidSignature`` unless ``signature`` is this key's over ``data``."""
        if len(signature) != 2 * P256_FIELD_BYTES:
            raise InvalidSignature
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            self.private.public_key().verify(signature, data)
            return
        r = int.from_bytes(signature[:P256_FIELD_BYTES], "big")
        s = int.from_bytes(signature[P256_FIELD_BYTES:], "big")
        self.private.public_key().verify(encode_dss_signature(r, s), data, ES256_HASH)


def sign_record(record: Mapping[str, Any], *, algorithm: Algorithm = "ES256") -> SignedRecord:
    """Sign ``record`` with the current key.

    :raises RecordNotCanonicalError: the record holds a fraction, a date or another non-JSON value.
    """
    key = _key(keys.keyring().roots[keys.keyring().current], algorithm)
    payload = canonical_json(record)
    signing_input = key.protected + b"." + _b64(payload)
    compact = signing_input + b"." + _b64(key.sign(signing_input))
    return SignedRecord(json.loads(payload), key.key_id, algorithm, compact.decode("ascii"))


def verify_record(signed: SignedRecord | str) -> dict[str, Any]:
    """Return the record inside ``signed`` (a :class:`SignedRecord` or its compact text).

    The answer is read from the signed bytes, never from beside them.

    :raises RecordInvalidError: malformed, unknown key, wrong algorithm, or changed by even one bit.
    """
    compact = signed if isinstance(signed, str) else signed.compact
    try:
        protected, payload, signature = compact.encode("ascii").split(b".")
    except ValueError as error:
        raise RecordInvalidError(cause="not a compact signed record") from error
    key = _keys_by_header().get(protected)
    if key is None:
        raise RecordInvalidError(cause="unknown key or algorithm")
    try:
        key.verify(_unb64(signature), protected + b"." + payload)
        return parse_canonical(_unb64(payload))
    except (InvalidSignature, binascii.Error) as error:
        raise RecordInvalidError(cause="signature does not match") from error
    except RecordNotCanonicalError as error:
        raise RecordInvalidError(cause="record is not canonical") from error


def jwks() -> dict[str, list[dict[str, str]]]:
    """Return the public keys, current one first, as a JWK set for publication."""
    return {"keys": [dict(key.jwk) for key in _all_keys()]}


def _all_keys() -> list[RecordKey]:
    ring = keys.keyring()
    versions = sorted(ring.roots, key=lambda version: (version != ring.current, -version))
    return [_key(ring.roots[v], algorithm) for v in versions for algorithm in ALGORITHMS]


def _keys_by_header() -> dict[bytes, RecordKey]:
    return _headers_of(tuple(keys.keyring().roots.values()))


@lru_cache(maxsize=8)
def _headers_of(roots: tuple[bytes, ...]) -> dict[bytes, RecordKey]:
    found = [_key(root, algorithm) for root in roots for algorithm in ALGORITHMS]
    return {key.protected: key for key in found}


@lru_cache(maxsize=64)
def _key(root: bytes, algorithm: Algorithm) -> RecordKey:
    private: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
    if algorithm == "ES256":
        # 48 bytes modulo the order: the bias is below 2**-128 (FIPS 186-5 A.2.1).
        seed = keys.derived_key(root, "sign-es256", RECORD_PURPOSE, 48)
        scalar = int.from_bytes(seed, "big") % (P256_ORDER - 1) + 1
        private = ec.derive_private_key(scalar, ec.SECP256R1())
        point = private.public_key().public_numbers()
        public = {
            "crv": "P-256",
            "kty": "EC",
            "x": _b64(point.x.to_bytes(P256_FIELD_BYTES, "big")).decode("ascii"),
            "y": _b64(point.y.to_bytes(P256_FIELD_BYTES, "big")).decode("ascii"),
        }
    else:
        seed = keys.derived_key(root, "sign-ed25519", RECORD_PURPOSE, 32)
        private = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
        raw = private.public_key().public_bytes_raw()
        public = {"crv": "Ed25519", "kty": "OKP", "x": _b64(raw).decode("ascii")}
    key_id = _b64(hashlib.sha256(canonical_json(public)).digest()).decode("ascii")
    protected = _b64(canonical_json({"alg": algorithm, "kid": key_id}))
    jwk = {**public, "use": "sig", "alg": algorithm, "kid": key_id}
    return RecordKey(key_id, algorithm, private, jwk, protected)


def _b64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _unb64(data: bytes) -> bytes:
    """Decode strictly: a second spelling of the same bytes is refused."""
    decoded = base64.b64decode(data + b"=" * (-len(data) % 4), altchars=b"-_", validate=True)
    if _b64(decoded) != data:
        raise binascii.Error("not the shortest spelling")
    return decoded
