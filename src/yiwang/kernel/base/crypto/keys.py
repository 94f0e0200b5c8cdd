"""主密钥 and the keys derived from it.

One master key file per installation holds numbered root secrets. Every purpose (a column, a
signing use) gets its own key by HKDF-SM3, so a leaked ciphertext of one column says nothing of
another, and nothing but the file needs guarding. Text is sealed with SM4-GCM; equality search over
sealed text goes through a keyed blind index (HMAC-SM3).

Layout of a ciphertext: version of the root secret (1 byte), nonce (12), ciphertext, tag (16). The
version and the purpose are authenticated, so a value copied into another column does not open.

Sources: GB/T 32905 (SM3), GB/T 32907 (SM4), RFC 5869 (HKDF), NIST SP 800-38D (GCM).
"""

import base64
import json
import os
import secrets
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from yiwang.kernel.base.crypto.errors import DecryptionFailedError, KeyUnavailableError

ROOT_BYTES = 32
SM4_KEY_BYTES = 16
NONCE_BYTES = 12
TAG_BYTES = 16
BLIND_INDEX_BYTES = 16
OVERHEAD_BYTES = 1 + NONCE_BYTES + TAG_BYTES


@dataclass(frozen=True, slots=True)
class Keyring:
    """The root secrets of one installation, by version (1-255), and the one in use.

    ``index_root`` is apart from the versions: rotating them must not silently change the blind
    indexes already stored.
    """

    current: int
    roots: dict[int, bytes]
    index_root: bytes

    def to_json(self) -> str:
        """Write the ring as the text of a key file."""
        return json.dumps(
            {
                "current": self.current,
                "roots": {str(n): base64.b64encode(r).decode() for n, r in self.roots.items()},
                "index_root": base64.b64encode(self.index_root).decode(),
            },
            indent=1,
        )

    @classmethod
    def from_json(cls, text: str) -> "Keyring":
        """Read the text of a key file; a wrong form raises ``ValueError`` or ``KeyError``."""
        data = json.loads(text)
        roots = {int(n): base64.b64decode(r, validate=True) for n, r in data["roots"].items()}
        ring = cls(data["current"], roots, base64.b64decode(data["index_root"], validate=True))
        if ring.current not in roots or not all(1 <= n <= 255 for n in roots):
            raise ValueError("current version missing or out of range")
        if any(len(root) != ROOT_BYTES for root in (*roots.values(), ring.index_root)):
            raise ValueError(f"every secret must be {ROOT_BYTES} bytes")
        return ring


def master_key_path() -> Path:
    """Return the master key file: ``MASTER_KEY_FILE``, else ``VAR/keys/master.key``."""
    configured = getattr(settings, "MASTER_KEY_FILE", None)
    return Path(configured) if configured else Path(settings.VAR) / "keys" / "master.key"


def keyring() -> Keyring:
    """Return the ring of this installation, making the file (mode 0600) at the first call ever.

    :raises KeyUnavailableError: the file cannot be read or has a wrong form.
    """
    return _load(master_key_path())


def add_version() -> int:
    """Add a root secret, make it the current one, and return its number.

    Processes already running go on with the ring they read; restart them after a rotation.
    """
    path = master_key_path()
    ring = keyring()
    version = max(ring.roots) + 1
    if version > 255:
        raise KeyUnavailableError(version=version, cause="no version number left")
    roots = {**ring.roots, version: secrets.token_bytes(ROOT_BYTES)}
    draft = _write_beside(path, Keyring(version, roots, ring.index_root))
    draft.replace(path)
    forget_keys()
    return version


def forget_keys() -> None:
    """Drop every cached key, so that the next use reads the key file again."""
    _load.cache_clear()
    derived_key.cache_clear()


@lru_cache(maxsize=8)
def _load(path: Path) -> Keyring:
    if not path.exists():
        _create(path)
    try:
        return Keyring.from_json(path.read_text(encoding="ascii"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unavailable(path, error) from error


def _unavailable(path: Path, error: Exception) -> KeyUnavailableError:
    refusal = KeyUnavailableError(cause=type(error).__name__)
    refusal.add_note(f"master key file: {path}")
    return refusal


def _create(path: Path) -> None:
    """Make the key file; of several processes that try at once, the first one wins."""
    ring = Keyring(1, {1: secrets.token_bytes(ROOT_BYTES)}, secrets.token_bytes(ROOT_BYTES))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = _write_beside(path, ring)
    except OSError as error:
        raise _unavailable(path, error) from error
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def _write_beside(path: Path, ring: Keyring) -> Path:
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".master-")
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(ring.to_json())
        file.flush()
        os.fsync(file.fileno())
    return Path(draft)


@lru_cache(maxsize=1024)
def derived_key(root: bytes, use: str, purpose: str, length: int) -> bytes:
    """Derive the key for one use (encrypt, index, sign) and purpose by HKDF-SM3."""
    info = f"yiwang/{use}/{purpose}".encode()
    return HKDF(hashes.SM3(), length, salt=None, info=info).derive(root)


def encrypt(plain: str, purpose: str) -> bytes:
    """Seal ``plain`` under the current key of ``purpose``; two calls never give the same bytes.

    ``purpose`` names what the value is (``party.citizen_id_no``) and must not change later.
    """
    return encrypt_bytes(plain.encode(), purpose)


def decrypt(sealed: bytes, purpose: str) -> str:
    """Open what :func:`encrypt` sealed.

    :raises DecryptionFailedError: changed or cut bytes, another purpose, another master key.
    :raises KeyUnavailableError: the key version is no longer in the master key file.
    """
    return decrypt_bytes(sealed, purpose).decode()


def encrypt_bytes(plain: bytes, purpose: str) -> bytes:
    """Seal bytes as :func:`encrypt` does text."""
    ring = keyring()
    head = bytes([ring.current])
    nonce = secrets.token_bytes(NONCE_BYTES)
    key = derived_key(ring.roots[ring.current], "encrypt", purpose, SM4_KEY_BYTES)
    encryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(head + purpose.encode())
    body = encryptor.update(plain) + encryptor.finalize()
    return head + nonce + body + encryptor.tag


def decrypt_bytes(sealed: bytes, purpose: str) -> bytes:
    """Open bytes as :func:`decrypt` does text, with the same errors."""
    sealed = bytes(sealed)
    if len(sealed) < OVERHEAD_BYTES:
        raise DecryptionFailedError(purpose=purpose, cause="too short")
    root = keyring().roots.get(sealed[0])
    if root is None:
        raise KeyUnavailableError(version=sealed[0], cause="version not in the key file")
    nonce = sealed[1 : 1 + NONCE_BYTES]
    body, tag = sealed[1 + NONCE_BYTES : -TAG_BYTES], sealed[-TAG_BYTES:]
    key = derived_key(root, "encrypt", purpose, SM4_KEY_BYTES)
    decryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
    decryptor.authenticate_additional_data(sealed[:1] + purpose.encode())
    try:
        return decryptor.update(body) + decryptor.finalize()
    except InvalidTag as error:
        raise DecryptionFailedError(purpose=purpose, cause="wrong key or changed bytes") from error


def is_current(sealed: bytes) -> bool:
    """Tell whether a ciphertext was made under the root secret now in use."""
    return bytes(sealed[:1]) == bytes([keyring().current])


def blind_index(value: str, purpose: str) -> bytes:
    """Return the 16-byte keyed index of ``value``, the same at every call, to search sealed text.

    The caller normalises first (upper case, no blanks): only equal strings meet.
    """
    key = derived_key(keyring().index_root, "index", purpose, ROOT_BYTES)
    mac = hmac.HMAC(key, hashes.SM3())
    mac.update(value.encode())
    return mac.finalize()[:BLIND_INDEX_BYTES]
