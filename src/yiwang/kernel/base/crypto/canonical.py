"""Canonical JSON: one sequence of bytes for one record.

A subset of RFC 8785 (JCS). Admitted: objects with text keys, arrays, text without lone surrogates,
``true``/``false``/``null``, and whole numbers within ±(2**53 - 1). Fractions, dates and money are
written by the caller as text, so no two languages can print them differently. Keys are sorted by
UTF-16 code units as RFC 8785 clause 3.2.3 says.
"""

import json
from collections.abc import Mapping
from typing import Any

from yiwang.kernel.base.crypto.errors import RecordNotCanonicalError

MAX_SAFE_INTEGER = 2**53 - 1
MAX_DEPTH = 32


def canonical_json(record: Mapping[str, Any]) -> bytes:
    """Write ``record`` as canonical UTF-8 JSON.

    :raises RecordNotCanonicalError: with the path of the first value that is not admitted.
    """
    return json.dumps(_ordered(record, "$", 0), ensure_ascii=False, separators=(",", ":")).encode()


def parse_canonical(data: bytes) -> dict[str, Any]:
    """Read bytes that :func:`canonical_json` could have written, and nothing else.

    :raises RecordNotCanonicalError: no JSON object, or another spelling of the same record.
    """
    try:
        record = json.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise RecordNotCanonicalError(path="$", cause="not JSON") from error
    if not isinstance(record, dict) or canonical_json(record) != data:
        raise RecordNotCanonicalError(path="$", cause="not in canonical form")
    return record


def _ordered(value: Any, path: str, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise RecordNotCanonicalError(path=path, cause=f"deeper than {MAX_DEPTH} levels")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _plain_text(value, path)
    if isinstance(value, int):
        if abs(value) > MAX_SAFE_INTEGER:
            raise RecordNotCanonicalError(
                path=path, cause="number beyond 2**53 - 1: write it as text"
            )
        return int(value)
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise RecordNotCanonicalError(path=path, cause="key is not text")
            _plain_text(key, path)
        keys = sorted(value, key=_utf16_order)
        return {key: _ordered(value[key], f"{path}.{key}", depth + 1) for key in keys}
    if isinstance(value, list | tuple):
        return [_ordered(item, f"{path}[{n}]", depth + 1) for n, item in enumerate(value)]
    raise RecordNotCanonicalError(path=path, cause=f"{type(value).__name__}: write it as text")


def _plain_text(value: str, path: str) -> str:
    if not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
        raise RecordNotCanonicalError(path=path, cause="lone surrogate")
    return str(value)


def _utf16_order(key: str) -> bytes:
    return key.encode("utf-16-be")
