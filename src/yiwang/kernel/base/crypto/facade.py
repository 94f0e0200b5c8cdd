"""密码服务: what other apps may use."""

from yiwang.kernel.base.crypto.canonical import canonical_json
from yiwang.kernel.base.crypto.errors import (
    CryptoError,
    DecryptionFailedError,
    KeyUnavailableError,
    RecordInvalidError,
    RecordNotCanonicalError,
)
from yiwang.kernel.base.crypto.keys import blind_index, decrypt, encrypt
from yiwang.kernel.base.crypto.signing import SignedRecord, jwks, sign_record, verify_record

__all__ = [
    "CryptoError",
    "DecryptionFailedError",
    "KeyUnavailableError",
    "RecordInvalidError",
    "RecordNotCanonicalError",
    "SignedRecord",
    "blind_index",
    "canonical_json",
    "decrypt",
    "encrypt",
    "jwks",
    "sign_record",
    "verify_record",
]
