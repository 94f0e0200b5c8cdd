"""决定依据: what is kept of a decision names no person and no number of a person.

A trace holds only the facts that the rules read. Whoever may see the case finds the person there;
the trace is also shown, counted and exported where nobody needs to know whose it was.
"""

import re
from collections.abc import Mapping
from typing import Any

# 18 characters of an identity number, 11 digits of a mobile phone, neither inside a longer number.
_ID_NUMBER = re.compile(r"(?<!\d)(\d{6})\d{8}(\d{3}[\dXx])(?!\d)", re.ASCII)
_PHONE = re.compile(r"(?<!\d)(1\d{2})\d{4}(\d{4})(?!\d)", re.ASCII)


def mask_trace(record: Mapping[str, Any], hidden: Mapping[str, str]) -> dict[str, Any]:
    """Return a copy of a decision's record with numbers of persons and telephones masked.

    ``hidden`` maps each text that must not stand there either to what stands in its place.
    """
    masked: dict[str, Any] = _masked(record, hidden)
    return masked


def _masked(value: Any, hidden: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        for text, mask in hidden.items():
            value = value.replace(text, mask)
        return _PHONE.sub(r"\1****\2", _ID_NUMBER.sub(r"\1********\2", value))
    if isinstance(value, Mapping):
        return {key: _masked(entry, hidden) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_masked(entry, hidden) for entry in value]
    return value
